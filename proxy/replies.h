/* What the server says: judged message by message on its way to the client.
 *
 * The dialog tells whose each message is. Settings and transaction states are noted, replies to our
 * own questions kept back, and reports on expressions put into the client's terms. */
#ifndef PROXY_REPLIES_H
#define PROXY_REPLIES_H

#include "proxy/flow.h"

/* A judge of flow.h; `context` is the session. */
enum flow_fate replies_judge(void *context, const struct frame *f, size_t *more);
/* The messages that go on unseen, and those that are only noted, while no expression is at work: see
 * flow_rules. */
const bool *replies_unseen(const void *context);
bool replies_note(void *context, uint8_t letter);

#endif
