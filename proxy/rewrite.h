/* Turns one query text with tags into the text that is sent in its place.
 *
 * Sans-I/O: a rewrite says which catalog question to ask next and takes the rows of the answer; who
 * carries them (a session on the client's own connection, the command line over libpq, a test) is
 * not its business. It finds the tags, compiles each expression in its place, splices, and keeps
 * what is needed to report errors: positions of the server's own errors are mapped into the client's
 * text, and an expression that does not compile becomes a statement that must fail, whose
 * ErrorResponse gets our fields. */
#ifndef PROXY_REWRITE_H
#define PROXY_REWRITE_H

#include "compiler/str.h"
#include "protocol/bytes.h"

struct outbuf;
struct rewrite;
struct shapes;   /* the worker's cache of relation shapes: shapes.h */
struct bindings; /* what a session's names were last found to be: bindings.h */
struct memos;    /* the worker's memory of rewritten texts: memo.h */

/* What the session knows when the text arrives. */
struct rewrite_session {
	struct str client_encoding; /* as ParameterStatus spells it; empty: UTF8 */
	struct str server_encoding; /* likewise; empty: the client's */
	bool standard_conforming_strings;
	bool settings_certain;        /* false: a message in flight may change the two above */
	bool transaction_failed;      /* the last ReadyForQuery said E and nothing is in flight */
	uint32_t server_version;      /* 150018 */
	struct str database;          /* part of the cache's key */
	uint64_t nonce;               /* unguessable, new for each rewrite */
	struct bytes parameter_types; /* of a Parse, as they stand there: OIDs of four bytes */
	/* For catalog_check = auto: the session's bindings, borrowed for the life of the
	 * rewrite; NULL: the catalog is asked about every name. `catalog_epoch` grows with
	 * everything the session sends that may change catalog or search_path
	 * (rewrite_keeps_catalog()), and with every end of a transaction in which it did.
	 * `now_ms` is of a clock that does not go back. */
	struct bindings *bindings;
	/* With bindings: texts that were rewritten before, of the worker; borrowed likewise. NULL:
	 * none. */
	struct memos *memos;
	uint64_t catalog_epoch;
	uint64_t now_ms;
};

struct rewrite_settings {
	struct str tag;             /* "expr" */
	size_t max_expression_size; /* bytes of the query text */
	size_t compile_memory;
	uint32_t max_nesting;
	bool cartesian_warnings;
};

/* One catalog question: an SQL text with $n parameters, all of them text, results in text format. */
struct question {
	const char *sql; /* static */
	size_t parameter_count;
	const struct str *parameters; /* borrowed until the question is answered */
	const uint32_t *types;        /* OIDs of the parameters */
};

enum rewrite_state {
	REWRITE_ASK,  /* ask rewrite_question(), give rows, call rewrite_answered() */
	REWRITE_DONE, /* take the result */
};

/* Whether a text, as it goes to the server, leaves catalog and search_path as they are: see
 * bindings_survive(). False when the session's settings are not certain, or in doubt. */
bool rewrite_keeps_catalog(const struct rewrite_session *session, struct str text);
/* Whether that was found for the result when a text like it came before; false: it has to be looked
 * into. */
bool rewrite_is_known_to_keep_catalog(const struct rewrite *r);

/* Whether the text may hold a tag at all: one search, no lexing. Call before anything else. */
bool rewrite_may_concern(struct str query, struct str tag);

/* Starts on a text. `query` and `shapes` are borrowed for the life of the rewrite; the settings and
 * what is known of the session are copied. NULL when out of memory; when memory runs out later, or
 * the rewrite's budget does, the text to send is a statement that fails, without a report map. */
struct rewrite *rewrite_new(struct shapes *shapes, const struct rewrite_settings *settings,
                            const struct rewrite_session *session, struct str query);
/* NULL is allowed. */
void rewrite_free(struct rewrite *r);

/* What the caller has to do next. */
enum rewrite_state rewrite_state(const struct rewrite *r);
/* The open question, while the state is ASK; borrowed until it is answered. */
const struct question *rewrite_question(const struct rewrite *r);
/* One row of the answer: `columns[i].p` NULL is SQL NULL; borrowed for the call. False: the row is
 * not what was asked for, or memory is out; the rewrite turns into a failed one, which takes no more
 * rows. rewrite_answered() is to be called all the same. */
bool rewrite_row(struct rewrite *r, const struct bytes *columns, size_t count);
/* The answer is complete. Moves on to the next question or to DONE. */
void rewrite_answered(struct rewrite *r);
/* Nobody will answer (the server skips until Sync): every expression that still needs the catalog
 * becomes the failing statement in its analysis form. Moves to DONE. */
void rewrite_abandon(struct rewrite *r);

/* Whether the text holds several statements: then a question must be a transaction of its own. */
bool rewrite_is_multi_statement(const struct rewrite *r);
/* False when the tags were no tags after all (in a string, in a comment of another kind): the text
 * goes on untouched. Valid once DONE. */
bool rewrite_changed(const struct rewrite *r);
/* The text to send; borrowed from the rewrite. */
struct str rewrite_text(const struct rewrite *r);

/* What stays behind for the reports of this text: the map, the marked errors, warnings. Immutable
 * and counted, with a reference for the caller; it borrows nothing. NULL when nothing was changed,
 * or memory ran out. A Parse keeps it for as long as its statement may be run. */
struct report_map *rewrite_report_map(struct rewrite *r);
/* One reference more; NULL stays NULL. */
struct report_map *report_map_ref(struct report_map *m);
/* Frees the map with its last reference. NULL is allowed. */
void report_map_unref(struct report_map *m);
/* Rewrites the body of an ErrorResponse or NoticeResponse that the server sent for this text: maps P,
 * or swaps in our own fields when the report is that of our failing statement. Appends the whole
 * message (type byte included) to `out`; false when nothing is to be changed (send the original). */
bool report_map_apply(const struct report_map *m, uint8_t type, struct bytes body,
                      struct outbuf *out);
/* Appends the warnings (the compiler's lint) as NoticeResponse messages, which the client is to get
 * in front of the statement's own replies. Gives their number. */
size_t report_map_notices(const struct report_map *m, struct outbuf *out);

#endif
