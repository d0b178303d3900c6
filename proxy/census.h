/* Counts what is shared by all workers: sessions, in all and by client address.
 *
 * Touched when a session starts and ends, never in between; a mutex guards it. */
#ifndef PROXY_CENSUS_H
#define PROXY_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

struct census_limits {
	uint64_t sessions;
	uint64_t sessions_per_address; /* 0: no limit */
};

enum census_answer { CENSUS_WELCOME, CENSUS_FULL, CENSUS_ADDRESS_FULL };

/* NULL when out of memory. */
struct census *census_new(void);
void census_free(struct census *c);

/* Counts a session in, unless that would pass a limit. Unix sockets are one address without limit
 * of its own. census_leave() must follow a welcome. Out of memory counts as full. */
enum census_answer census_enter(struct census *c, const struct sockaddr *from,
                                const struct census_limits *limits);
void census_leave(struct census *c, const struct sockaddr *from);
/* Counts a cancel request; false when its address has had `limit` of them (0: no limit) in the second
 * that `now_ms`, of a clock that does not go back, is in. Addresses share counters at random when there
 * are many, which keeps the memory bounded. Unix sockets have no limit. */
bool census_cancel(struct census *c, const struct sockaddr *from, uint64_t limit, uint64_t now_ms);
/* Sessions at present. */
uint64_t census_sessions(struct census *c);
/* The number of a new connection, for the log; never 0. */
uint32_t census_next_id(struct census *c);

#endif
