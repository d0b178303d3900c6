#include "tests/support/guard.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void guard_init(struct guard *g, size_t maximum)
{
	g->room = (maximum + page() - 1) / page() * page();
	g->map = mmap(NULL, g->room + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED || mprotect(g->map + page(), g->room, PROT_READ | PROT_WRITE) != 0)
		abort();
}

void guard_free(struct guard *g)
{
	munmap(g->map, g->room + 2 * page());
}

struct bytes guard_place(struct guard *g, struct bytes b)
{
	uint8_t *end = g->map + page() + g->room;

	if (b.n > g->room)
		abort();
	if (b.n > 0)
		memcpy(end - b.n, b.p, b.n);
	return bytes_of(end - b.n, b.n);
}
