/* Who may come in: networks, connections and sessions in all and by address, cancel requests by
 * address; and what a client has to bring. What is refused is logged here, with the address. */
#ifndef PROXY_ADMISSION_H
#define PROXY_ADMISSION_H

#include <stdbool.h>

struct session;
struct sockaddr;
struct worker;

/* Before a byte is read: strangers do not get as far as TLS. */
bool admission_admits(struct worker *w, const struct sockaddr *from);
/* What its listener and its address ask of a client. `local`: see session_start(). */
void admission_set_demands(struct session *s, bool local);
/* Counts in a connection that has not said yet who it is, until admission_enter(),
 * admission_may_cancel() or admission_leave(). False: there are too many of those; nothing is said
 * to it, for it has said nothing. */
bool admission_arrives(struct session *s);
/* Counts the session in: NULL, and admission_leave() is to follow; or a sentence for the client, whose
 * SQLSTATE is 53300. */
const char *admission_enter(struct session *s);
/* Counts it out of wherever it is counted. */
void admission_leave(struct session *s);
/* Whether one more cancel request may go to the server. */
bool admission_may_cancel(struct session *s);

#endif
