/* What the server says: judged message by message on its way to the client.
 *
 * The dialog tells whose each message is. Settings and transaction states are noted, replies to our
 * own questions kept back, and reports on expressions put into the client's terms. */
#ifndef PROXY_REPLIES_H
#define PROXY_REPLIES_H

#include "proxy/flow.h"

/* A judge of flow.h; `context` is the session. */
enum flow_fate replies_judge(void *context, const struct frame *f, size_t *more);
/* Messages of which the letter says all, unless an expression or a COPY is at work: flow.h. */
extern const uint32_t replies_letters[8];
bool replies_take(void *context, uint8_t letter);
/* Letters that need no judgement at the moment; NULL: none. `context` is the session. */
const uint32_t *replies_plain(const void *context);

#endif
