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
/* Letters that need no judgement at the moment; NULL: none. `context` is the session. */
const uint32_t *relay_plain(const void *context);
/* Messages of which the letter says all, as long as nobody looks at expressions: flow.h. */
extern const uint32_t relay_letters[8];
bool relay_take(void *context, uint8_t letter);

#endif
