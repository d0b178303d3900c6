/* What the server says from the start-up packet to its first ReadyForQuery. */
#ifndef PROXY_LOGIN_H
#define PROXY_LOGIN_H

#include "proxy/flow.h"

struct outbuf;
struct session;

/* Judges one message. Logins without proof are refused where the settings say so, SCRAM-PLUS is
 * left out for a client without TLS. The first NegotiateProtocolVersion is merged with what we took
 * from the start-up packet; all else goes on. */
enum flow_fate login_reply(struct session *s, const struct frame *f, struct outbuf *out);
/* Remembers a ParameterStatus, at any time of the session. */
void login_note_setting(struct session *s, struct bytes body);

#endif
