/* Sixteen bytes that are looked at at once: a vector type of gcc and clang, in whatever the
 * processor has for it. Comparing two of them gives bytes of all ones or zeros. */
#ifndef COMPILER_LANES_H
#define COMPILER_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t lanes __attribute__((vector_size(16)));

#define LANES sizeof(lanes)

/* The bytes from `p` on, which need not be aligned. */
static inline lanes lanes_at(const char *p)
{
	lanes l;

	memcpy(&l, p, LANES);
	return l;
}

/* Whether any of the bytes is not 0. */
static inline bool lanes_any(lanes l)
{
	uint64_t words[LANES / sizeof(uint64_t)];

	memcpy(words, &l, LANES);
	return (words[0] | words[1]) != 0;
}

/* Which byte is the first that is not 0; LANES: none. */
static inline size_t lanes_first(lanes l)
{
	uint64_t words[LANES / sizeof(uint64_t)];

	memcpy(words, &l, LANES);
	for (size_t i = 0; i < LANES / sizeof(uint64_t); i++)
		if (words[i] != 0)
			return i * sizeof(uint64_t) +
			       (size_t)(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			                        ? __builtin_ctzll(words[i])
			                        : __builtin_clzll(words[i])) /
			               8;
	return LANES;
}

#endif
