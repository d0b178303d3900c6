/* What the client says: judged message by message on its way to the server.
 *
 * Only Query and Parse are looked into, first with a plain search for the tag; once a session has
 * prepared an expression, the names in Bind, Describe, Execute and Close too. All else goes on as it
 * came. */
#ifndef PROXY_RELAY_H
#define PROXY_RELAY_H

#include "proxy/flow.h"

/* A judge of flow.h; `context` is the session. */
enum flow_fate relay_judge(void *context, const struct frame *f, size_t *more);
/* The messages that go on unseen, and those that are only noted: see flow_rules. Without expressions in
 * the session nobody asks what a Bind or Execute is about. */
const bool *relay_unseen(const void *context);
bool relay_note(void *context, uint8_t letter);

#endif
