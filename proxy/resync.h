/* A session that has lost count finds its place again.
 *
 * When the dialog is in doubt (dialog.h) everything passes as it comes, and expressions cannot be
 * compiled. The client's first statement behind a Sync is held, a mark (protocol/marker.h) is put
 * in front of it, and when the mark has been found the session goes on as if it had just begun.
 * What it knew of prepared expressions is forgotten: reports on them go on as the server makes
 * them. */
#ifndef PROXY_RESYNC_H
#define PROXY_RESYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "proxy/flow.h"

struct session;

/* Everything passes from now on. False when out of memory. */
bool resync_begin(struct session *s);
/* Whether a message of the client of this type is to be held, and a mark put in front of it. */
bool resync_holds(const struct session *s, uint8_t type);
/* Whether a mark is to be put for the message that is held: the first, or once more. */
bool resync_wants_mark(const struct session *s);
/* Puts the mark; the dialog is not told, for it is lost. */
void resync_put_mark(struct session *s, struct outbuf *out);
/* Judges a message of the server. */
enum flow_fate resync_reply(struct session *s, const struct frame *f, struct outbuf *out);
/* Ends it, if it has begun. */
void resync_free(struct session *s);

#endif
