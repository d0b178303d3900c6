/* A mark in the server's replies: everything that was sent before it has been answered.
 *
 * For a relay that has lost count, when the dialog is in doubt (dialog.h). Behind a Sync, and in
 * front of a statement, the server does not skip, and a message that a COPY could not bear is one
 * that would have cost the session anyway. There a statement of its own is put: an empty one, whose
 * parameters are declared to be of four types that nobody else knows of. The server does not look
 * at them but gives them back when it is asked, also in a failed transaction, and takes no snapshot
 * for it. Its own Sync ends it.
 *
 * ParseComplete has no name on it: one that may be the mark's is kept, with what comes at any time,
 * until the next reply says whose it is. A mark that is cancelled is put once more.
 *
 * Sans-I/O; allocates nothing. */
#ifndef PROTOCOL_MARKER_H
#define PROTOCOL_MARKER_H

#include "protocol/bytes.h"

struct outbuf;

#define MARKER_TRIES 4

struct marker {
	uint64_t secret[2];
	uint8_t sent;  /* marks */
	uint8_t found; /* of them, in order */
	uint8_t state; /* marker.c's: what the replies have shown of the next one */
};

enum marker_verdict {
	MARKER_PASS,      /* not ours: what was kept goes on in front of it */
	MARKER_KEEP,      /* keep it behind what was kept */
	MARKER_KEEP_ONLY, /* what was kept goes on; keep this */
	MARKER_FOUND, /* hide it, and the ParseComplete that was kept first; the rest of that goes on */
	MARKER_HIDE,  /* ours */
	MARKER_AGAIN, /* an error that may be the mark's: as MARKER_PASS, and put another mark */
	MARKER_OVER,  /* like that, but there have been MARKER_TRIES of them */
	MARKER_DONE,  /* hide it: ReadyForQuery, with the server's status; nothing else is owed */
};

/* `secret`: two unguessable numbers. */
void marker_init(struct marker *m, const uint64_t secret[2]);
/* Puts a mark: directly behind a Sync, or behind another mark. */
void marker_put(struct marker *m, struct outbuf *out);
/* What becomes of a message of the server. `body` is looked at for t and E, and must be whole. */
enum marker_verdict marker_receive(struct marker *m, uint8_t type, struct bytes body);

#endif
