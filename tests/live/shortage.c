/* Makes the n-th allocation of a process fail: for LD_PRELOAD, ruled through the file that SHORTAGE_FILE names.
 *
 * Whatever allocates ends here: malloc() of the program, of libuv, of OpenSSL, and of the C library's own
 * strdup() and the like. Blocks in use are counted as well. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

/* Shared with the test: five words of eight bytes. */
struct rule {
	atomic_long armed;
	atomic_long first; /* the number of the allocation that fails, counted from 1 */
	atomic_long last;  /* and the last that does */
	atomic_long count; /* while armed */
	atomic_long in_use;
};

static struct rule unruled;
static struct rule *rule = &unruled;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SHORTAGE_FILE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*rule), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared != MAP_FAILED)
		rule = shared;
}

static int fails(void)
{
	long n;

	if (atomic_load_explicit(&rule->armed, memory_order_relaxed) == 0)
		return 0;
	n = atomic_fetch_add(&rule->count, 1) + 1;
	if (n < atomic_load(&rule->first) || n > atomic_load(&rule->last))
		return 0;
	errno = ENOMEM; /* glibc looks */
	return 1;
}

static void *counted(void *p)
{
	if (p != NULL)
		atomic_fetch_add(&rule->in_use, 1);
	return p;
}

void *malloc(size_t n)
{
	return fails() ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
	if (p == NULL)
		return malloc(n);
	if (n == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : __libc_realloc(p, n);
}

void free(void *p)
{
	if (p != NULL)
		atomic_fetch_sub(&rule->in_use, 1);
	__libc_free(p);
}
