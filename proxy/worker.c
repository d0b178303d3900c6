#include "proxy/worker.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "proxy/config.h"
#include "proxy/memo.h"
#include "proxy/session.h"
#include "proxy/shapes.h"
#include "proxy/tls.h"

/* Free chunks that a worker keeps for slow peers: 1 MiB. */
#define KEEP_CHUNKS 16
/* The longest message that is put beside a stream: what the server takes. */
#define BESIDE_MAX MESSAGE_LIMIT_LARGE

bool worker_set_config(struct worker *w, struct config *config, struct tls *tls)
{
	struct address server;
	const char *why;

	if (!address_parse(config->server, ADDRESS_SERVER_PORT, &server, &why))
		return false;
	w->server = server;
	config_ref(config);
	config_unref(w->config);
	w->config = config;
	if (tls != NULL)
		tls_ref(tls);
	tls_unref(w->tls);
	w->tls = tls;
	return true;
}

bool worker_init(struct worker *w, struct log *log, struct census *census, struct config *config,
                 struct tls *tls)
{
	*w = (struct worker){ .log = log, .census = census };
	backlog_pool_init(&w->pool, KEEP_CHUNKS);
	outbuf_init(&w->to_client, BESIDE_MAX);
	outbuf_init(&w->to_server, BESIDE_MAX);
	w->buffer = malloc(FLOW_HEADROOM + WORKER_BUFFER);
	w->shapes = shapes_new((size_t)config->catalog_memory);
	w->memos = memos_new((size_t)config->compile_cache);
	if (w->buffer != NULL && w->shapes != NULL && w->memos != NULL &&
	    worker_set_config(w, config, tls))
		return true;
	worker_free(w);
	return false;
}

void worker_free(struct worker *w)
{
	backlog_pool_free(&w->pool);
	outbuf_free(&w->to_client);
	outbuf_free(&w->to_server);
	free(w->buffer);
	if (w->shapes != NULL)
		shapes_free(w->shapes);
	memos_free(w->memos);
	config_unref(w->config);
	tls_unref(w->tls);
	*w = (struct worker){ 0 };
}

void worker_read_clock(struct worker *w)
{
	struct timespec t;

	if (w->stopped_clock)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE,
	              &t); /* a few nanoseconds, right to a few milliseconds */
	w->now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t worker_nonce(struct worker *w)
{
	uint64_t nonce;

	if (w->random_left < sizeof(nonce)) {
		/* At most 256 bytes a call never come short. */
		for (size_t at = 0; at < sizeof(w->random); at += 256)
			if (getrandom(w->random + at, 256, 0) != 256)
				abort(); /* a kernel without randomness */
		w->random_left = sizeof(w->random);
	}
	w->random_left -= sizeof(nonce);
	memcpy(&nonce, w->random + w->random_left, sizeof(nonce));
	return nonce;
}

void worker_tick(struct worker *w)
{
	struct session *next;

	for (struct session *s = w->timed.first; s != NULL; s = next) {
		next = s->next;
		if (w->now >= s->deadline)
			session_expire(s);
	}
}

/* A session that is told moves to another list or is freed, so the lists are walked apart, and the
 * next one is read first. */
static void tell_all(struct session_list *list, void (*tell)(struct session *))
{
	struct session *next;

	for (struct session *s = list->first; s != NULL; s = next) {
		next = s->next;
		tell(s);
	}
}

void worker_drain(struct worker *w)
{
	w->draining = true;
	tell_all(&w->timed, session_drain);
	tell_all(&w->steady, session_drain);
}

void worker_end_sessions(struct worker *w)
{
	tell_all(&w->timed, session_end);
	tell_all(&w->steady, session_end);
}
