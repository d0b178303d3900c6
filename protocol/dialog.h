/* The dialog: who owes which reply. The heart of a relay that adds or changes messages.
 *
 * Everything that is sent to the server passes dialog_send(), everything that comes from it passes
 * dialog_receive(). In between stands a FIFO with one entry for each message that will be answered.
 * It answers, for each message of the server: whose is it, and what becomes of it. It never looks
 * at SQL, does no I/O, and cannot be made to fail by either peer.
 *
 * 1. What is owed (chapter "Message Flow")
 *
 *	sent            answered by                                              error means
 *	start-up        R K S v …, then Z                                        the end
 *	Query           any T D C I G H d c W, then Z                            Z still follows
 *	FunctionCall    V, then Z                                                Z still follows
 *	Sync            Z                                                        Z still follows
 *	Parse           1                                                        skip until Sync
 *	Bind            2                                                        skip until Sync
 *	Describe 'S'    t, then T or n                                           skip until Sync
 *	Describe 'P'    T or n                                                   skip until Sync
 *	Execute         any D, G, H d c, then C, I or s                          skip until Sync
 *	Close           3                                                        skip until Sync
 *	Flush, CopyData, CopyDone, CopyFail, Terminate, password messages        owe nothing
 *
 * NoticeResponse, ParameterStatus and NotificationResponse come at any time and are nobody's. An
 * ErrorResponse of severity FATAL or PANIC is nobody's and the last the server says. Letters that
 * the protocol does not have are passed on.
 *
 * 2. Skip until Sync
 *
 * An error in an extended-query message makes the server discard every message up to the next Sync,
 * Query and FunctionCall included. So on such an E all entries up to the next Sync leave the FIFO;
 * if there is none yet, the dialog is skipping: what is sent is DIALOG_DISCARDED and owes nothing,
 * until a Sync is sent. dialog_verdict.voided says how many of our own (HIDE) messages left that
 * way: their answers will never come. An error while the server handles a Sync does not skip.
 *
 * 3. COPY
 *
 * Between CopyInResponse and the client's CopyDone or CopyFail the server swallows Sync and Flush.
 * It decides so at the moment it *reads* them: a Sync behind data is swallowed while the COPY
 * lives, and answered when the COPY had failed before. Nobody but the server knows which. Such
 * entries are *doubtful*: a reply that fits claims them, a reply that does not fit drops them,
 * dialog_is_idle() does not count them, and the success of the COPY drops those it passed over.
 * Nothing but d, c, f, H, S may be sent in between: see dialog_may_inject().
 *
 * One case cannot be told apart by anything the server says: a client that has sent a Sync into a
 * COPY, ends it, sends statements without another Sync in front, and the COPY fails. Whether these
 * statements were discarded only the server knows; then the dialog is `lost` in `doubt`: it forwards,
 * and the client loses nothing. It can be started anew where a mark is found (marker.h):
 * dialog_restart().
 *
 * CopyBothResponse (walsenders) makes the dialog transparent for the rest of the session.
 *
 * 4. Transparent
 *
 * A transparent dialog keeps no FIFO: all is forwarded, nothing may be injected. */
#ifndef PROTOCOL_DIALOG_H
#define PROTOCOL_DIALOG_H

#include "protocol/bytes.h"

/* The message an entry stands for. */
enum dialog_kind {
	DIALOG_NOBODY, /* no entry */
	DIALOG_STARTUP,
	DIALOG_PARSE,
	DIALOG_BIND,
	DIALOG_DESCRIBE_STATEMENT,
	DIALOG_DESCRIBE_PORTAL,
	DIALOG_EXECUTE,
	DIALOG_CLOSE,
	DIALOG_SYNC,
	DIALOG_QUERY,
	DIALOG_FUNCTION_CALL,
	DIALOG_COPY_END, /* CopyDone, CopyFail: owes nothing, but divides the Syncs around it */
};

/* What becomes of the replies to a message. */
enum dialog_mode {
	DIALOG_FORWARD, /* the client gets them as they are */
	DIALOG_HIDE,    /* ours: the client does not see them, the session may read them */
	DIALOG_REPLACE, /* the session reads them and writes what the client gets instead */
};

enum dialog_sent {
	DIALOG_OWED,      /* send it; a reply is owed now */
	DIALOG_SILENT,    /* send it; it owes none, or in a COPY perhaps none */
	DIALOG_DISCARDED, /* send it, but the server will throw it away: no reply, ever */
	DIALOG_FULL,      /* do not send it now, nor read on: until dialog_is_full() ends */
};

enum dialog_copy {
	DIALOG_NO_COPY,
	DIALOG_COPY_IN, /* until the COPY ends, also after the client's CopyDone */
	DIALOG_COPY_OUT,
};

/* What to do with one message of the server. */
struct dialog_verdict {
	enum dialog_mode mode; /* DIALOG_FORWARD for what is nobody's */
	enum dialog_kind kind; /* whose it is; for N, S and A: what the server was busy with */
	uint32_t tag;          /* of that entry, 0 for DIALOG_NOBODY */
	/* N, S, A: may come at any time and belong to no request; kind and tag are a guess. */
	bool async;
	/* It was the entry's last reply: nothing is owed for it any more. */
	bool last;
	/* E of severity FATAL or PANIC, or any E before the first Z: forward it, the server closes. */
	bool fatal;
	/* The server said what the protocol does not allow here. The dialog is transparent from now
	 * on. */
	bool lost;
	/* With lost: the server has said nothing wrong, but there is more than one reading of it. */
	bool doubt;
	/* With lost: replies to our own messages could still come, and would reach the client. End the
	 * session. */
	bool leaks;
	/* HIDE entries that left the FIFO with this message and will not be answered: those behind
	 * an E up to the next Sync, all of them when fatal or lost; also those that a failed COPY has
	 * put in doubt. The verdict's own entry is not counted. */
	uint32_t voided;
};

/* Eight bytes, so that a pipeline of 100 000 messages costs less than a megabyte. */
struct dialog_entry {
	uint32_t tag;
	uint8_t kind;
	uint8_t mode;
	bool doubtful : 1; /* the server may have swallowed or discarded the message */
	/* …and as it is ours, it was reported as voided: its replies are hidden if they come after
	 * all, but nobody waits for them. */
	bool given_up : 1;
	uint8_t more; /* as many more of the same stand behind: doubtful Sync, DIALOG_COPY_END */
};

#define DIALOG_SMALL 16 /* entries that the struct has room for; a power of two */

struct dialog {
	struct dialog_entry small[DIALOG_SMALL];
	struct dialog_entry *ring; /* NULL while `small` is enough; else owned */
	uint32_t capacity;         /* a power of two */
	uint32_t head;             /* index of the oldest entry, before the mask */
	uint32_t count;
	uint32_t maximum;
	uint32_t hard;   /* entries that certainly owe something */
	uint32_t hidden; /* HIDE entries that are waited for */
	uint32_t stray;  /* HIDE entries reported as voided that may be answered after all */
	uint32_t ready;  /* certain entries that end in Z */
	uint32_t unsure; /* doubtful statements */
	uint32_t copy_ends;
	uint8_t status;  /* of the last Z, 0 before the first */
	uint8_t copy;    /* enum dialog_copy */
	bool copy_ended; /* the client has sent the CopyDone or CopyFail of the current COPY */
	bool skipping;   /* the server discards, and no certain Sync has been sent yet */
	bool flushed;    /* nothing that owes was sent behind the last message that flushes */
	bool open;       /* the client has a batch open */
	bool bound;      /* …with a Bind or Execute in it, or that is not known */
	bool synced;     /* the last message sent, Flush aside, was a Sync */
	bool transparent;
	bool ended; /* a FATAL was seen */
};

/* A dialog at the start of a session, owing the first ReadyForQuery. Holds at most `maximum`
 * entries: DIALOG_SMALL when that is less, and no more than 2^30. Allocates nothing yet. */
void dialog_init(struct dialog *d, uint32_t maximum);
/* Gives its memory back; only dialog_init() may follow. */
void dialog_free(struct dialog *d);
/* From now on everything is forwarded. For walsenders: right after dialog_init(). */
void dialog_set_transparent(struct dialog *d);

/* Back from transparent: everything that was sent has been answered, and the server, outside of any
 * batch, is in this transaction status. */
void dialog_restart(struct dialog *d, uint8_t status);

/* Notes a message on its way to the server. Call it once per message, in the order in which they are
 * sent, before the server can have answered, and only for what will be sent.
 *
 * `type` is its letter, `what` the 'S' or 'P' of a Describe (ignored for others). `mode` and `tag`
 * come back in the verdicts on its replies; a tag is any number, 0 when there is nothing to
 * remember. DIALOG_FULL only when the maximum is reached or memory refused: nothing was noted;
 * wait for replies, then try again. Messages that owe nothing are never refused. */
enum dialog_sent dialog_send(struct dialog *d, uint8_t type, uint8_t what, enum dialog_mode mode,
                             uint32_t tag);

/* Makes sure that the next `n` messages are not refused, so that a question of several messages is
 * put whole or not at all. False when the maximum or memory does not allow it. */
bool dialog_reserve(struct dialog *d, uint32_t n);

/* Whether dialog_receive() must see the body of a message of this type: Z and E. The first part of
 * an E is enough, S and V stand at its front. */
bool dialog_needs_body(uint8_t type);
/* Takes a message of the server, when its header is complete, once per message. `body` may be empty
 * for types that dialog_needs_body() does not name. */
struct dialog_verdict dialog_receive(struct dialog *d, uint8_t type, struct bytes body);

/* The short way for most replies: dialog_receive() when all that it would say is that the message is
 * the client's, under tag 0. False when it would say more: then nothing was done. */
bool dialog_receive_plain(struct dialog *d, uint8_t type);

/* The transaction status of the last ReadyForQuery: 'I', 'T', 'E'; 0 before the first. */
static inline uint8_t dialog_status(const struct dialog *d)
{
	return d->status;
}

/* Whether the first ReadyForQuery has not come yet. */
static inline bool dialog_is_starting(const struct dialog *d)
{
	return d->status == 0 && !d->transparent;
}

/* Whether the server has answered everything it certainly owes, and is not skipping. Says nothing
 * about transactions: for a boundary, ask also whether the status is 'I'. A transparent dialog is
 * never idle. */
static inline bool dialog_is_idle(const struct dialog *d)
{
	return d->hard == 0 && !d->skipping && !d->transparent;
}

/* Whether the server discards messages until a Sync that has not been sent yet. */
static inline bool dialog_is_skipping(const struct dialog *d)
{
	return d->skipping;
}

/* Whether the next message will be DIALOG_DISCARDED if it is not a Sync. */
static inline bool dialog_discards(const struct dialog *d)
{
	return d->skipping && d->count == 0;
}

/* Which COPY the server is in, as far as it has said so. */
static inline enum dialog_copy dialog_in_copy(const struct dialog *d)
{
	return (enum dialog_copy)d->copy;
}

/* Whether a COPY FROM STDIN is on and the client has not sent its CopyDone or CopyFail: whatever is
 * sent now is read by the COPY. */
static inline bool dialog_takes_copy(const struct dialog *d)
{
	return d->copy == DIALOG_COPY_IN && !d->copy_ended;
}

/* Whether the client has sent CopyDone or CopyFail and the server may not have come to it. Messages of
 * our own would be read behind the COPY; but if it fails nobody could say whether, because a Sync
 * that was sent into it may be in force. Better wait for what is owed: see dialog_is_flushed(). */
static inline bool dialog_copy_is_ending(const struct dialog *d)
{
	return d->copy_ends > 0 && d->hard > 0;
}

/* Whether everything is forwarded and nothing is known of replies: see 4. */
static inline bool dialog_is_transparent(const struct dialog *d)
{
	return d->transparent;
}

/* Whether the last message that was sent, Flush aside, was a Sync: the server does not skip
 * behind it, or has read it in a COPY and ends the session at the next statement. Also when
 * transparent. */
static inline bool dialog_is_synced(const struct dialog *d)
{
	return d->synced;
}

/* Whether a FATAL was seen: the server is about to close. */
static inline bool dialog_has_ended(const struct dialog *d)
{
	return d->ended;
}

/* Whether a message that owes a reply would be refused. */
static inline bool dialog_is_full(const struct dialog *d)
{
	return d->count >= d->maximum;
}

/* How many replies are certainly owed. */
static inline uint32_t dialog_outstanding(const struct dialog *d)
{
	return d->hard;
}

/* How many messages of our own have not been answered to the end, and are not voided. */
static inline uint32_t dialog_hidden(const struct dialog *d)
{
	return d->hidden;
}

/* Whether dialog_receive() may still say HIDE: also for messages that were voided because of a failed
 * COPY and turn out not to be. While it is true every message of the server must be shown. */
static inline bool dialog_may_hide(const struct dialog *d)
{
	return d->hidden > 0 || d->stray > 0;
}

/* How many ReadyForQuery are certainly to come: whether a Sync, Query or FunctionCall stands behind
 * what the server is busy with. */
static inline uint32_t dialog_ready_owed(const struct dialog *d)
{
	return d->ready;
}

/* Whether everything that is owed will come without another message: nothing that owes was sent
 * behind the last Flush, Sync, Query or FunctionCall, and no COPY waits for data. Otherwise the
 * server may sit on replies, and waiting for them without sending a Flush waits for ever. */
static inline bool dialog_is_flushed(const struct dialog *d)
{
	return (d->flushed && !dialog_takes_copy(d)) || d->hard == 0;
}

/* Whether the client has a batch open: it has sent extended messages, and no Sync, Query or
 * FunctionCall behind them. Hidden messages do not open one. A Sync that a COPY has swallowed does
 * not end it: what comes behind is in the transaction of what stands in front. It counts as open
 * while that is in doubt, too. */
static inline bool dialog_batch_is_open(const struct dialog *d)
{
	return d->open;
}

/* Whether nothing is owed but for the client's open batch, if one is open, and the server has bound
 * and executed nothing in it: no portal hangs on its end. */
static inline bool dialog_batch_is_bare(const struct dialog *d)
{
	return !d->bound && d->ready == 0 && d->unsure == 0;
}

/* The oldest entry when it is plain: the client's, under tag 0, not in doubt, no COPY on, nothing
 * hidden behind it. NULL otherwise, and when there is none. Borrowed until the next call. */
static inline const struct dialog_entry *dialog_plain_head(const struct dialog *d)
{
	const struct dialog_entry *ring = d->ring != NULL ? d->ring : d->small;
	const struct dialog_entry *head = &ring[d->head & (d->capacity - 1)];
	bool plain = d->count > 0 && d->copy == DIALOG_NO_COPY && !dialog_may_hide(d) &&
	             head->tag == 0 && head->mode == DIALOG_FORWARD && !head->doubtful;

	return plain ? head : NULL;
}

/* Whether the server is busy with a plain Query. Until its Z, an E or a COPY there is nothing to be
 * learnt from the replies: its T, D, C and I need not be shown. */
static inline bool dialog_is_on_plain_query(const struct dialog *d)
{
	const struct dialog_entry *head = dialog_plain_head(d);

	return head != NULL && head->kind == DIALOG_QUERY;
}

/* Whether messages of our own may be put in front of the client's next message: a session has
 * started, is not a walsender, is not skipping, has not ended, and no COPY FROM STDIN is on. It
 * says nothing of the transaction status.
 *
 * A statement that has been sent may still turn out to be a COPY. So put them only in front of a
 * message that may not stand inside of a COPY either: never in front of d, c, f, H or S. */
bool dialog_may_inject(const struct dialog *d);

/* What the server is busy with: the oldest certain entry, and its tag. DIALOG_NOBODY, and 0, when
 * nothing is owed. */
enum dialog_kind dialog_current(const struct dialog *d, uint32_t *tag);

#endif
