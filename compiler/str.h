/* Text as a pointer and a length, and the span of a text.
 *
 * A `struct str` is borrowed: whoever made it says how long it lives. It is never NUL-terminated
 * by luck. Nothing here allocates. */
#ifndef COMPILER_STR_H
#define COMPILER_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* Byte offsets [start, end) in the whole query text that the client sent. */
struct span {
	uint32_t start;
	uint32_t end;
};

/* A str over a string literal. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* The two arguments of a "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p

/* The text of a C string, without its NUL. */
static inline struct str str_of(const char *z)
{
	return (struct str){ z, strlen(z) };
}

/* Whether both are the same bytes. */
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Whether `s` spells the C string `z`. */
static inline bool str_is(struct str s, const char *z)
{
	return str_eq(s, str_of(z));
}

/* ASCII case folding only, as PostgreSQL folds keywords. */
bool str_eq_nocase(struct str a, struct str b);

/* A hash of the text, for tables: eight bytes a step. */
static inline uint64_t str_hash(struct str s)
{
	const uint64_t multiplier = 0x9e3779b97f4a7c15U;
	uint64_t h = s.n;
	uint64_t last = 0;

	for (; s.n >= sizeof(last); s.p += sizeof(last), s.n -= sizeof(last)) {
		memcpy(&last, s.p, sizeof(last));
		h = (h ^ last) * multiplier;
		h ^= h >> 32;
	}
	for (last = 0; s.n > 0; s.n--)
		last = last << 8 | (unsigned char)*s.p++;
	h = (h ^ last) * multiplier;
	return h ^ h >> 32;
}

/* Whether it has no bytes. */
static inline bool str_empty(struct str s)
{
	return s.n == 0;
}

/* The smallest span that covers both. */
static inline struct span span_join(struct span a, struct span b)
{
	return (struct span){ a.start < b.start ? a.start : b.start,
		              a.end > b.end ? a.end : b.end };
}

#endif
