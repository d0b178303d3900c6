/* Counts what is shared by all workers: sessions and those who are about to become one, in all and
 * by client address.
 *
 * Touched when a connection comes, is a session, and ends, never in between; a mutex guards it. */
#ifndef PROXY_CENSUS_H
#define PROXY_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

struct census_limits {
	uint64_t sessions;
	uint64_t sessions_per_address; /* 0: no limit */
};

/* Where a connection is. Both rooms hold as many; nobody is in both. */
enum census_room {
	CENSUS_NOWHERE,
	CENSUS_DOOR,   /* has not said yet who it is */
	CENSUS_INSIDE, /* a session, from its start-up packet on */
};

enum census_answer { CENSUS_WELCOME, CENSUS_FULL, CENSUS_ADDRESS_FULL };

/* NULL when out of memory. */
struct census *census_new(void);
/* NULL is allowed. */
void census_free(struct census *c);

/* Counts a connection in, unless that would pass a limit. Unix sockets are one address without limit
 * of its own. census_leave() must follow a welcome. Out of memory counts as full. */
enum census_answer census_enter(struct census *c, enum census_room room,
                                const struct sockaddr *from, const struct census_limits *limits);
/* Counts out what census_enter() has counted in. */
void census_leave(struct census *c, enum census_room room, const struct sockaddr *from);
/* Counts a cancel request; false when its address has had `limit` of them (0: no limit) in the second
 * that `now_ms`, of a clock that does not go back, is in. Addresses share counters at random when there
 * are many, which keeps the memory bounded. Unix sockets have no limit. */
bool census_cancel(struct census *c, const struct sockaddr *from, uint64_t limit, uint64_t now_ms);
/* How many are in a room at present. */
uint64_t census_count(struct census *c, enum census_room room);
/* The number of a new connection, for the log; never 0. */
uint32_t census_next_id(struct census *c);

#endif
