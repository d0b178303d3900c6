/* The first packets of a client: SSLRequest, GSSENCRequest, then a StartupMessage or a CancelRequest.
 *
 * Reads exactly the bytes of each packet, so that nothing of what follows is here when a packet is
 * answered. Decides nothing but what the packet is and whether it is allowed. */
#ifndef PROXY_GREET_H
#define PROXY_GREET_H

#include "protocol/bytes.h"

struct outbuf;
struct session;

enum greet_verdict {
	GREET_MORE,    /* read on: greet_wanted() bytes */
	GREET_ANSWER,  /* `out` goes to the client, then read on */
	GREET_SECURE,  /* `out` goes to the client, then TLS begins, then read on */
	GREET_SESSION, /* session->start->packet goes to the server */
	GREET_CANCEL,  /* likewise, on a connection of its own */
	GREET_REFUSE,  /* `out` goes to the client, and that is all */
	GREET_DROP,    /* nobody speaks PostgreSQL here */
};

/* How many bytes may be read now. */
size_t greet_wanted(const struct session *s);
/* Takes bytes of the client, at most greet_wanted(). */
enum greet_verdict greet_read(struct session *s, struct bytes in, struct outbuf *out);

#endif
