/* A worker: one thread with one event loop, and the sessions that live and die on it.
 *
 * Workers share nothing that changes but the census and the log. What sessions need of their worker
 * is in this struct, so that they can be tested without a loop. */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include "proxy/address.h"
#include "proxy/backlog.h"
#include "proxy/flow.h"

struct census;
struct config;
struct log;
struct memos;
struct session;
struct shapes;
struct tls;
struct uv_loop_s;

#define WORKER_BUFFER (64u * 1024u)

/* Sessions, linked through themselves. */
struct session_list {
	struct session *first;
};

struct worker {
	struct uv_loop_s *loop; /* owned by whoever runs it */
	struct log *log;        /* borrowed */
	struct census *census;  /* borrowed, shared */
	struct shapes *shapes;  /* owned */
	struct memos *memos;    /* owned */
	struct config *config;  /* counted: for new sessions */
	struct address server;  /* of that config */
	struct tls *tls;        /* counted: likewise; NULL: none, for tests */
	uint64_t now;           /* milliseconds, when the clock was last read */
	bool stopped_clock;     /* tests move `now` themselves */
	bool draining;          /* sessions end at their next boundary */

	uint8_t *buffer; /* owned: FLOW_HEADROOM bytes, then WORKER_BUFFER to read into */
	struct backlog_pool pool;
	struct outbuf to_client; /* what is put beside the streams; empty between events */
	struct outbuf to_server;

	/* A session has a deadline, and none had: worker_tick() is needed. NULL: the tests' own. */
	void (*on_deadline)(struct worker *w);
	struct session_list timed;  /* those with a deadline */
	struct session_list steady; /* those without */
	size_t session_count;

	uint8_t random[512]; /* for nonces, from the system */
	size_t random_left;
};

/* Prepares everything but the loop. `config` is counted. False when out of memory or when the
 * server's address is none (config_check_addresses() says so before). */
bool worker_init(struct worker *w, struct log *log, struct census *census, struct config *config,
                 struct tls *tls);
/* Frees what it owns, once there are no sessions any more. */
void worker_free(struct worker *w);
/* New sessions get this one; takes references. False: the server's address is none; nothing
 * changed. */
bool worker_set_config(struct worker *w, struct config *config, struct tls *tls);
/* Brings `now` up to date. */
void worker_read_clock(struct worker *w);
/* An unguessable number. */
uint64_t worker_nonce(struct worker *w);
/* Sessions whose deadline has passed are told; `w->now` is the present. */
void worker_tick(struct worker *w);
/* Sessions end at their next boundary, those at one at once. */
void worker_drain(struct worker *w);
/* Every session ends now. */
void worker_end_sessions(struct worker *w);

#endif
