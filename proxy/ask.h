/* An expression at work: the client's message is held while the catalog is asked on the client's
 * own session, and then sent with SQL in the expression's place.
 *
 * The question is put directly in front of the message, as extended-query messages with names of
 * their own: it does not touch the client's unnamed statement. Its replies are hidden. When nothing
 * is under way, nothing bound at least, it ends with Sync, and so is a transaction of its own: the
 * client's statement begins as if nothing had been before it, with its own snapshot and now(), and
 * may be one that forbids company (VACUUM, SET TRANSACTION). In a batch with a portal or a
 * transaction it ends with Flush, and leaves both as they are.
 *
 * An error of the question is the statement's own, and takes the unnamed statement along where the
 * message would have. If an earlier message of the batch fails, the server discards the question in
 * silence, and the message goes on with a statement that fails; or a Parse that fails does, when the
 * question's Sync has ended what the server skips. */
#ifndef PROXY_ASK_H
#define PROXY_ASK_H

#include <stdbool.h>

#include "proxy/flow.h"

struct dialog_verdict;
struct outbuf;
struct session;

/* Entries of the dialog that a question needs. */
#define ASK_MESSAGES 8

enum ask_outcome {
	ASK_UNCHANGED, /* there was no tag: the message goes on as it came */
	ASK_SETTLED,   /* what goes to the server in its place was put to `out` */
	ASK_WAITS,     /* session->hold says for what; `out` may hold a question */
};

/* Starts on a Query or Parse that may hold a tag. `f` is whole, or so much of one that is too long. */
enum ask_outcome ask_start(struct session *s, const struct frame *f, struct outbuf *out);
/* Whether what the held message waits for has come. */
bool ask_can_go_on(const struct session *s);
/* Goes on when it has: ASK_SETTLED or ASK_WAITS. */
enum ask_outcome ask_go_on(struct session *s, struct outbuf *out);

/* A reply to the question. What the client is to see of it (its error) is passed or put to `out`. */
enum flow_fate ask_reply(struct session *s, const struct frame *f,
                         const struct dialog_verdict *verdict, struct outbuf *out);
/* The server has discarded the question. */
void ask_void(struct session *s);
/* Ends what is at work, if anything is. */
void ask_free(struct session *s);

#endif
