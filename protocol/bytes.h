/* Borrowed bytes, and a reader that walks over them.
 *
 * The reader is sticky: a read that does not fit fails it, every later read gives zero or nothing,
 * and one reader_ok() at the end is enough. All integers of the protocol are big-endian. Nothing
 * here allocates; what a read returns borrows from the bytes that were read. */
#ifndef PROTOCOL_BYTES_H
#define PROTOCOL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct bytes {
	const uint8_t *p; /* borrowed; may be NULL when n is 0 */
	size_t n;
};

/* The bytes of a string literal, without its NUL. */
#define BYTES(literal) bytes_of((literal), sizeof(literal) - 1)
/* The two arguments of a "%.*s". */
#define BYTES_ARG(b) (int)(b).n, (const char *)(b).p

/* The `n` bytes at `p`. */
static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

/* The bytes of a C string, without its NUL. */
static inline struct bytes bytes_of_z(const char *z)
{
	return bytes_of(z, strlen(z));
}

/* Whether both are the same bytes. */
static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Whether `b` spells the C string `z`. */
static inline bool bytes_is(struct bytes b, const char *z)
{
	return bytes_eq(b, bytes_of_z(z));
}

/* Whether `b` begins with the C string `z`. */
static inline bool bytes_starts_with(struct bytes b, const char *z)
{
	size_t n = strlen(z);

	return b.n >= n && (n == 0 || memcmp(b.p, z, n) == 0);
}

/* Whether the C string `z` stands in `b` somewhere, its ASCII letters in any case. */
static inline bool bytes_contain_nocase(struct bytes b, const char *z)
{
	size_t n = strlen(z);

	for (size_t i = 0; i + n <= b.n; i++)
		if (strncasecmp((const char *)b.p + i, z, n) == 0)
			return true;
	return false;
}

/* What is left of `b` without its first `n` bytes; nothing when it has no more than that. */
static inline struct bytes bytes_from(struct bytes b, size_t n)
{
	if (n >= b.n)
		return (struct bytes){ 0 };
	return bytes_of(b.p + n, b.n - n);
}

/* The big-endian integer at `p`, which has the bytes. */
static inline uint16_t bytes_get_u16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t bytes_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Writes a big-endian integer to `p`, which has the room. */
static inline void bytes_set_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void bytes_set_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

struct reader {
	const uint8_t *p; /* borrowed: the next byte to read */
	size_t left;
	bool failed;
};

/* A reader at the front of `b`. */
static inline struct reader reader_of(struct bytes b)
{
	return (struct reader){ b.p, b.n, false };
}

/* The next `n` bytes; nothing, and a failed reader, when there are fewer. */
static inline struct bytes reader_take(struct reader *r, size_t n)
{
	struct bytes b = { r->p, n };

	if (r->failed || n > r->left) {
		r->failed = true;
		return (struct bytes){ 0 };
	}
	if (n > 0)
		r->p += n;
	r->left -= n;
	return b;
}

/* The next integer; 0, and a failed reader, when there are too few bytes. */
static inline uint8_t reader_u8(struct reader *r)
{
	struct bytes b = reader_take(r, 1);

	return b.n == 1 ? b.p[0] : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
	struct bytes b = reader_take(r, 2);

	return b.n == 2 ? bytes_get_u16(b.p) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
	struct bytes b = reader_take(r, 4);

	return b.n == 4 ? bytes_get_u32(b.p) : 0;
}

/* Text up to a NUL. The NUL is read but not part of what is returned; without one it fails. */
static inline struct bytes reader_cstring(struct reader *r)
{
	const uint8_t *nul = r->failed || r->left == 0 ? NULL : memchr(r->p, 0, r->left);
	struct bytes b;

	if (nul == NULL) {
		r->failed = true;
		return (struct bytes){ 0 };
	}
	b = reader_take(r, (size_t)(nul - r->p) + 1);
	b.n -= 1;
	return b;
}

/* A value that may be NULL: a parameter of Bind, a column of DataRow, an argument of FunctionCall. */
struct reader_value {
	bool null;
	struct bytes bytes; /* empty when null */
};

/* Int32 length, then that many bytes; length -1 is NULL. Any other negative length fails. */
static inline struct reader_value reader_value(struct reader *r)
{
	uint32_t n = reader_u32(r);
	struct reader_value v = { false, { 0 } };

	if (n == UINT32_MAX)
		v.null = true;
	else
		v.bytes = reader_take(r, n); /* 2^31 and more cannot fit: a body is shorter */
	return v;
}

/* Everything that is left. */
static inline struct bytes reader_rest(struct reader *r)
{
	return reader_take(r, r->failed ? 0 : r->left);
}

/* Whether every read fitted and nothing is left over. */
static inline bool reader_ok(const struct reader *r)
{
	return !r->failed && r->left == 0;
}

#endif
