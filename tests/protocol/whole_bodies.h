/* What every reader of a message's body keeps to: it takes the whole body, no part of it, and
 * nothing more. */
#ifndef TESTS_WHOLE_BODIES_H
#define TESTS_WHOLE_BODIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/guard.h"

struct whole_body {
	bool (*read)(struct bytes body);
	const char *body;
	size_t size;
	bool open; /* what follows is part of the last field */
};

/* The body and its size. */
#define BODY(text) (text), sizeof(text) - 1

static inline void each_is_read_only_whole(const struct whole_body *bodies, size_t count)
{
	struct guard g;

	guard_init(&g, 256);
	for (size_t i = 0; i < count; i++) {
		uint8_t more[256] = { 0 };
		size_t size = bodies[i].size;

		memcpy(more, bodies[i].body, size);
		for (size_t n = 0; n < size; n++)
			assert_false(bodies[i].read(guard_place(&g, bytes_of(more, n))));
		assert_true(bodies[i].read(guard_place(&g, bytes_of(more, size))));
		assert_int_equal(bodies[i].read(guard_place(&g, bytes_of(more, size + 1))),
		                 bodies[i].open);
	}
	guard_free(&g);
}

#endif
