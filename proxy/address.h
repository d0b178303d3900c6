/* An address as the operator writes it: host:port, [v6]:port, host, or the path of a unix socket. */
#ifndef PROXY_ADDRESS_H
#define PROXY_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

#define ADDRESS_TEXT_SIZE 280

struct address {
	char text[ADDRESS_TEXT_SIZE]; /* for the log */
	bool is_path;
	char host[256]; /* name, number or path */
	char port[6];
};

#define ADDRESS_LISTEN_PORT "6432"
#define ADDRESS_SERVER_PORT "5432"

/* Reads `text`. Without a port it gets `port`; a path that is a directory gets PostgreSQL's socket
 * name in it. Looks nothing up. False, with a sentence in `why`, when it is no address. */
bool address_parse(const char *text, const char *port, struct address *out, const char **why);

/* Whether it can only be reached from this machine: a path, localhost, 127.0.0.0/8, ::1. */
bool address_is_local(const struct address *a);

/* The same of a socket's own address. */
bool address_is_loopback(const struct sockaddr *sa);

/* Writes a socket's address as text: 127.0.0.1:50112, [::1]:50112, "unix". */
void address_print(const struct sockaddr *sa, char out[ADDRESS_TEXT_SIZE]);

#endif
