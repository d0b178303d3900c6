/* What TLS needs beside a connection: certificates, keys, authorities, for both legs.
 *
 * Read once, when settings are loaded; immutable and counted, shared by all workers. A reload reads the
 * files again; sessions keep what they began with. */
#ifndef PROXY_TLS_H
#define PROXY_TLS_H

#include <stdbool.h>

struct config;
struct ssl_ctx_st;
struct ssl_st;

#define TLS_ERROR_SIZE 512

/* One reference; NULL with a sentence in `error` when a file cannot be used or settings do not go
 * together. */
struct tls *tls_load(const struct config *config, char error[TLS_ERROR_SIZE]);
/* One reference more. Any thread. */
struct tls *tls_ref(struct tls *t);
/* NULL is allowed. Any thread. */
void tls_unref(struct tls *t);

/* For connections of clients; NULL when TLS is off. Borrowed. */
struct ssl_ctx_st *tls_for_clients(const struct tls *t);
/* For connections to the server; NULL when TLS is disabled. Borrowed. */
struct ssl_ctx_st *tls_for_server(const struct tls *t);
/* Whether the server of this connection showed the certificate that we show to clients: only then
 * can SCRAM bind the channel from end to end. */
bool tls_is_shared(const struct tls *t, const struct ssl_st *server);
/* Sets up a connection to `host`: its name is sent, and checked if the settings say so. */
bool tls_expect_host(struct ssl_st *ssl, const char *host, bool check);
/* Whether the peer has agreed to speak `postgresql` (ALPN). */
bool tls_is_postgresql(const struct ssl_st *ssl);
/* Whether what was received is wiped from OpenSSL's buffer once it was read: while a password may
 * be in it. */
void tls_cleanse(struct ssl_st *ssl, bool on);
/* OpenSSL's sentence for what failed last on this thread; never empty. */
void tls_last_error(const struct ssl_st *ssl, char error[TLS_ERROR_SIZE]);

#endif
