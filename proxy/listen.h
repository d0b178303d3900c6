/* Opens the sockets that clients connect to. */
#ifndef PROXY_LISTEN_H
#define PROXY_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct log;

/* The sockets of one worker. */
struct listen_set {
	int *fds; /* owned; the descriptors go to the engine */
	size_t count;
};

#define LISTEN_ERROR_SIZE 512

/* Opens a set for each of `workers` workers: of each TCP address a socket each (SO_REUSEPORT, the
 * kernel spreads connections), of each path one socket in all. They are bound, but nobody can connect
 * until listen_begin(). NULL with a sentence in `error` when an address cannot be had. */
struct listen_set *listen_open(const struct config *config, size_t workers,
                               char error[LISTEN_ERROR_SIZE]);
/* Lets clients connect, once there is somebody to answer, and logs where. False, with a sentence in
 * `error` that names the address, when a socket cannot listen. */
bool listen_begin(const struct listen_set *sets, size_t workers, const struct config *config,
                  struct log *log, char error[LISTEN_ERROR_SIZE]);
/* Frees the sets, not the descriptors. NULL is allowed. */
void listen_free(struct listen_set *sets, size_t workers);
/* Removes the files of unix sockets. */
void listen_unlink(const struct config *config);

#endif
