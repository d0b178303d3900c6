/* Memory that ends at an unmapped page: a read one byte too far is a crash, not luck. */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include "protocol/bytes.h"

struct guard {
	uint8_t *map; /* owned: a page that may not be touched, the room, another such page */
	size_t room;
};

/* Room for `maximum` bytes. Aborts when the system refuses. */
void guard_init(struct guard *g, size_t maximum);
void guard_free(struct guard *g);
/* A copy of `b` whose last byte is the last of the room. Borrowed until the next call. */
struct bytes guard_place(struct guard *g, struct bytes b);

#endif
