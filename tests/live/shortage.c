/* Makes the n-th allocation of a process fail: for LD_PRELOAD, ruled through the file that
 * SHORTAGE_FILE names, which the test maps as well. Whatever allocates is concerned: the program,
 * libuv, OpenSSL, the C library. */
#include "tests/support/short_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SHORTAGE_FILE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*short_memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared != MAP_FAILED)
		short_memory = shared;
}
