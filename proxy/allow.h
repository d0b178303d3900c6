/* The allow list: networks whose clients may connect. */
#ifndef PROXY_ALLOW_H
#define PROXY_ALLOW_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

/* Whether `text` is a network: an address, or an address and a prefix length. */
bool allow_is_network(const char *text);
/* Whether one of the networks lets `from` in: with none, everybody comes in; unix sockets always. */
bool allow_admits(char *const *networks, size_t count, const struct sockaddr *from);

#endif
