/* Runs a worker: its thread, its event loop, its listening sockets, its clock and its mailbox. */
#ifndef PROXY_ENGINE_H
#define PROXY_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

struct census;
struct config;
struct engine;
struct log;
struct tls;

enum engine_order {
	ENGINE_ACCEPT, /* the sockets listen: take connections */
	ENGINE_DRAIN, /* accept no more; sessions end at their next boundary; stop after the last */
	ENGINE_END,   /* end every session now */
};

struct engine_setup {
	struct log *log; /* borrowed, as all here, until engine_join() */
	struct census *census;
	struct config *config; /* counted */
	struct tls *tls;       /* counted */
	const int *listeners;  /* bound, non-blocking; owned by the engine from now on */
	size_t listener_count;
	void (*stopped)(void *context); /* called on the engine's thread, at its end */
	void *context;
};

/* Starts the thread, which takes no connections until it is ordered to. NULL, with libuv's code in
 * *error, when it cannot: a reason to end the program, nothing is unwound. */
struct engine *engine_start(const struct engine_setup *setup, int *error);
/* Gives an order, from any thread; it is carried out soon after. To end includes to drain. */
void engine_order(struct engine *e, enum engine_order order);
/* New sessions get these, of which references are taken. Any thread. */
void engine_reload(struct engine *e, struct config *config, struct tls *tls);
/* Waits for the thread, which must have been ordered to drain, and frees the engine. */
void engine_join(struct engine *e);

#endif
