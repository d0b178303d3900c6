/* An allocator that refuses what it is told to; glibc's own stands behind it. For one file of a
 * program or of a library to preload: everything that allocates ends here, strdup() and the like of
 * the C library too. A sanitizer brings an allocator of its own, and then nothing is refused or
 * counted. */
#ifndef TESTS_SUPPORT_SHORT_MEMORY_H
#define TESTS_SUPPORT_SHORT_MEMORY_H

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Allocations are numbered from 1 while it is armed. */
struct short_memory {
	atomic_long armed;
	atomic_long first; /* the number of the allocation that fails */
	atomic_long last;  /* and the last that does */
	atomic_long count;
	atomic_long in_use; /* blocks, armed or not */
};

static struct short_memory short_memory_own;
static struct short_memory *short_memory = &short_memory_own;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define SHORT_MEMORY 0
#else
#define SHORT_MEMORY 1

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static int short_memory_fails(void)
{
	long n;

	if (atomic_load_explicit(&short_memory->armed, memory_order_relaxed) == 0)
		return 0;
	n = atomic_fetch_add(&short_memory->count, 1) + 1;
	if (n < atomic_load(&short_memory->first) || n > atomic_load(&short_memory->last))
		return 0;
	errno = ENOMEM; /* glibc looks */
	return 1;
}

static void *short_memory_counted(void *p)
{
	if (p != NULL)
		atomic_fetch_add(&short_memory->in_use, 1);
	return p;
}

void *malloc(size_t n)
{
	return short_memory_fails() ? NULL : short_memory_counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return short_memory_fails() ? NULL : short_memory_counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
	if (p == NULL)
		return malloc(n);
	if (n == 0) {
		free(p);
		return NULL;
	}
	return short_memory_fails() ? NULL : __libc_realloc(p, n);
}

void free(void *p)
{
	if (p != NULL)
		atomic_fetch_sub(&short_memory->in_use, 1);
	__libc_free(p);
}
#endif

#endif
