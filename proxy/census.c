#include "proxy/census.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "proxy/hash.h"

#define ROOMS (CENSUS_INSIDE + 1)

struct guest {
	UT_hash_handle hh;
	uint8_t address[16];
	uint64_t count[ROOMS];
};

/* Cancel requests of the addresses that fall upon this slot, in one second. */
struct cancels {
	uint64_t second;
	uint64_t count;
};

#define CANCEL_SLOTS 1024 /* a power of two */

struct census {
	pthread_mutex_t lock;
	uint64_t count[ROOMS];
	struct guest *guests; /* owned; those who are somewhere */
	uint32_t last_id;
	uint64_t seed; /* so that nobody can choose with whom to share a slot */
	struct cancels cancels[CANCEL_SLOTS];
};

struct census *census_new(void)
{
	struct census *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) != sizeof(c->seed))
		c->seed = (uint64_t)(uintptr_t)c;
	return c;
}

static void forget(struct census *c, struct guest *g)
{
	HASH_DEL(c->guests, g);
	free(g);
}

void census_free(struct census *c)
{
	if (c == NULL)
		return;
	while (c->guests != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash moves the head */
		forget(c, c->guests);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* The address as IPv6; false for those that are not counted apart. */
static bool read_address(const struct sockaddr *from, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (from->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
		return true;
	}
	if (from->sa_family == AF_INET) {
		memcpy(out, mapped, 12);
		memcpy(out + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
		return true;
	}
	return false;
}

static struct guest *find(struct census *c, const uint8_t address[16])
{
	struct guest *g = NULL;

	HASH_FIND(hh, c->guests, address, 16, g);
	return g;
}

static struct guest *find_or_add(struct census *c, const uint8_t address[16])
{
	struct guest *g = find(c, address);

	if (g != NULL)
		return g;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	memcpy(g->address, address, 16);
	HASH_ADD(hh, c->guests, address, 16, g);
	if (g->hh.tbl == NULL) {
		free(g);
		return NULL;
	}
	return g;
}

static enum census_answer enter(struct census *c, enum census_room room,
                                const struct sockaddr *from, const struct census_limits *limits)
{
	uint8_t address[16];
	struct guest *g;

	if (c->count[room] >= limits->sessions)
		return CENSUS_FULL;
	if (read_address(from, address)) {
		g = find_or_add(c, address);
		if (g == NULL)
			return CENSUS_FULL;
		if (limits->sessions_per_address != 0 &&
		    g->count[room] >= limits->sessions_per_address)
			return CENSUS_ADDRESS_FULL;
		g->count[room]++;
	}
	c->count[room]++;
	return CENSUS_WELCOME;
}

enum census_answer census_enter(struct census *c, enum census_room room,
                                const struct sockaddr *from, const struct census_limits *limits)
{
	enum census_answer answer;

	pthread_mutex_lock(&c->lock);
	answer = enter(c, room, from, limits);
	pthread_mutex_unlock(&c->lock);
	return answer;
}

void census_leave(struct census *c, enum census_room room, const struct sockaddr *from)
{
	uint8_t address[16];
	struct guest *g;

	pthread_mutex_lock(&c->lock);
	c->count[room]--;
	if (read_address(from, address)) {
		g = find(c, address);
		if (g != NULL)
			g->count[room]--;
		if (g != NULL && g->count[CENSUS_DOOR] + g->count[CENSUS_INSIDE] == 0)
			forget(c, g);
	}
	pthread_mutex_unlock(&c->lock);
}

/* FNV-1a, from the seed, with its high bits mixed in. */
static struct cancels *slot_of(struct census *c, const uint8_t address[16])
{
	uint64_t h = c->seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < 16; i++)
		h = (h ^ address[i]) * 0x100000001b3u;
	return &c->cancels[(h ^ h >> 32) & (CANCEL_SLOTS - 1)];
}

bool census_cancel(struct census *c, const struct sockaddr *from, uint64_t limit, uint64_t now_ms)
{
	uint8_t address[16];
	struct cancels *slot;
	bool ok;

	if (limit == 0 || !read_address(from, address))
		return true;
	pthread_mutex_lock(&c->lock);
	slot = slot_of(c, address);
	if (slot->second != now_ms / 1000)
		*slot = (struct cancels){ .second = now_ms / 1000 };
	ok = slot->count < limit;
	slot->count += ok ? 1 : 0;
	pthread_mutex_unlock(&c->lock);
	return ok;
}

uint64_t census_count(struct census *c, enum census_room room)
{
	uint64_t n;

	pthread_mutex_lock(&c->lock);
	n = c->count[room];
	pthread_mutex_unlock(&c->lock);
	return n;
}

uint32_t census_next_id(struct census *c)
{
	uint32_t id;

	pthread_mutex_lock(&c->lock);
	if (++c->last_id == 0)
		c->last_id = 1;
	id = c->last_id;
	pthread_mutex_unlock(&c->lock);
	return id;
}
