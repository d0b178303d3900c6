#include "proxy/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/config.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): strerror() gives a text of the thread's own */

/* The protocol's name in ALPN's form: a length and the name. */
static const unsigned char alpn[] = "\012postgresql";
#define ALPN_SIZE (sizeof(alpn) - 1)

struct tls {
	unsigned references; /* atomic */
	SSL_CTX *clients;    /* owned; NULL: off */
	SSL_CTX *server;     /* owned; NULL: disabled */
	X509 *shown;         /* owned; the certificate that clients see; NULL: none */
};

__attribute__((format(printf, 2, 3))) static bool refuse(char error[TLS_ERROR_SIZE],
                                                         const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, TLS_ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

void tls_last_error(const struct ssl_st *ssl, char error[TLS_ERROR_SIZE])
{
	unsigned long code = ERR_peek_last_error();
	long verified = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	if (verified != X509_V_OK)
		text = X509_verify_cert_error_string(verified);
	snprintf(error, TLS_ERROR_SIZE, "%s", text != NULL ? text : "the connection was closed");
	ERR_clear_error();
}

/* "setting: FILE: what OpenSSL says" */
static bool refuse_file(char error[TLS_ERROR_SIZE], const char *setting, const char *file)
{
	char reason[TLS_ERROR_SIZE];

	if (access(file, R_OK) != 0)
		return refuse(error, "%s: cannot read %.200s: %s", setting, file, strerror(errno));
	tls_last_error(NULL, reason);
	return refuse(error, "%s: %.200s: %.200s", setting, file, reason);
}

/* ALPN is optional behind an SSLRequest; who offers other protocols only is at the wrong door. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                       const unsigned char *in, unsigned in_size, void *context)
{
	unsigned char *chosen;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, out_size, alpn, ALPN_SIZE, in, in_size) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* There is nobody to type a passphrase. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return 0;
}

/* Of a connection, while there are bytes in it. */
enum { READ_BUFFER = 64 * 1024 };

static SSL_CTX *new_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_IGNORE_UNEXPECTED_EOF |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	/* A record's header and body with one recv(), and in a large result several records. */
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_BUFFER);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	return ctx;
}

/* A key that others can read is no secret: libpq's rule. */
static bool check_key(const char *setting, const char *file, char error[TLS_ERROR_SIZE])
{
	struct stat st;
	mode_t allowed;

	if (stat(file, &st) != 0)
		return refuse(error, "%s: cannot open %.300s", setting, file);
	allowed = st.st_uid == 0 ? 0740 : 0700; /* Debian's: of root, for a group */
	if ((st.st_mode & 0777 & ~allowed) != 0)
		return refuse(error, "%s: %.300s can be read by others; its mode should be 0600",
		              setting, file);
	return true;
}

static bool use_certificate(SSL_CTX *ctx, const char *leg, const char *cert, const char *key,
                            char error[TLS_ERROR_SIZE])
{
	char setting[64];

	snprintf(setting, sizeof(setting), "%s_tls_cert", leg);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return refuse_file(error, setting, cert);
	snprintf(setting, sizeof(setting), "%s_tls_key", leg);
	if (!check_key(setting, key, error))
		return false;
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return refuse_file(error, setting, key);
	return true;
}

static bool use_authorities(SSL_CTX *ctx, const char *setting, const char *file,
                            char error[TLS_ERROR_SIZE])
{
	if (strcmp(file, "system") == 0)
		return SSL_CTX_set_default_verify_paths(ctx) == 1 ||
		       refuse_file(error, setting, file);
	return SSL_CTX_load_verify_locations(ctx, file, NULL) == 1 ||
	       refuse_file(error, setting, file);
}

/* --- the client's leg --- */

static bool verify_clients(SSL_CTX *ctx, const struct config *c, char error[TLS_ERROR_SIZE])
{
	int mode = SSL_VERIFY_PEER;

	if (c->client_tls_verify == CLIENT_TLS_VERIFY_OFF)
		return true;
	if (c->client_tls_ca[0] == '\0')
		return refuse(error, "client_tls_verify needs client_tls_ca: the authorities that "
		                     "client certificates are checked with");
	if (!use_authorities(ctx, "client_tls_ca", c->client_tls_ca, error))
		return false;
	if (strcmp(c->client_tls_ca, "system") != 0)
		SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(c->client_tls_ca));
	if (c->client_tls_verify == CLIENT_TLS_VERIFY_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx, mode, NULL);
	return true;
}

static bool load_clients(struct tls *t, const struct config *c, char error[TLS_ERROR_SIZE])
{
	if (c->client_tls == CLIENT_TLS_OFF && c->client_tls_verify != CLIENT_TLS_VERIFY_OFF)
		return refuse(error, "client_tls_verify cannot work while client_tls is off");
	if (c->client_tls == CLIENT_TLS_OFF)
		return true;
	if (c->client_tls_cert[0] == '\0' || c->client_tls_key[0] == '\0')
		return refuse(error, "client_tls needs client_tls_cert and client_tls_key");
	t->clients = new_context(TLS_server_method());
	if (t->clients == NULL)
		return refuse(error, "out of memory");
	SSL_CTX_set_alpn_select_cb(t->clients, choose_alpn, NULL);
	SSL_CTX_set_session_id_context(t->clients, alpn, ALPN_SIZE);
	/* Resumption is by tickets; there is no cache that workers would have to lock. */
	SSL_CTX_set_session_cache_mode(t->clients, SSL_SESS_CACHE_OFF);
	if (!use_certificate(t->clients, "client", c->client_tls_cert, c->client_tls_key, error))
		return false;
	t->shown = SSL_CTX_get0_certificate(t->clients);
	if (t->shown != NULL)
		X509_up_ref(t->shown);
	return verify_clients(t->clients, c, error);
}

/* --- the server's leg --- */

static bool load_server(struct tls *t, const struct config *c, char error[TLS_ERROR_SIZE])
{
	bool verifies = c->server_tls >= SERVER_TLS_VERIFY_CA;
	bool has_cert = c->server_tls_cert[0] != '\0';

	if (has_cert != (c->server_tls_key[0] != '\0'))
		return refuse(error, "server_tls_cert and server_tls_key go together");
	if (c->server_tls_negotiation == SERVER_TLS_DIRECT && c->server_tls < SERVER_TLS_REQUIRE)
		return refuse(error,
		              "server_tls_negotiation = direct needs server_tls = require or "
		              "stronger: there is no falling back from it");
	if (verifies && c->server_tls_ca[0] == '\0')
		return refuse(error, "server_tls = verify-ca and verify-full need server_tls_ca: a "
		                     "file of authorities, or the word system");
	if (c->server_tls == SERVER_TLS_DISABLE)
		return true;
	if (verifies && c->server[0] == '/')
		return refuse(error, "server_tls cannot verify the server of a unix socket");
	t->server = new_context(TLS_client_method());
	if (t->server == NULL || SSL_CTX_set_alpn_protos(t->server, alpn, ALPN_SIZE) != 0)
		return refuse(error, "out of memory");
	if (has_cert &&
	    !use_certificate(t->server, "server", c->server_tls_cert, c->server_tls_key, error))
		return false;
	if (verifies)
		SSL_CTX_set_verify(t->server, SSL_VERIFY_PEER, NULL);
	return !verifies || use_authorities(t->server, "server_tls_ca", c->server_tls_ca, error);
}

/* --- */

struct tls *tls_load(const struct config *config, char error[TLS_ERROR_SIZE])
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		refuse(error, "out of memory");
		return NULL;
	}
	t->references = 1;
	ERR_clear_error();
	if (load_clients(t, config, error) && load_server(t, config, error))
		return t;
	tls_unref(t);
	return NULL;
}

struct tls *tls_ref(struct tls *t)
{
	__atomic_add_fetch(&t->references, 1, __ATOMIC_RELAXED);
	return t;
}

void tls_unref(struct tls *t)
{
	if (t == NULL || __atomic_sub_fetch(&t->references, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	SSL_CTX_free(t->clients);
	SSL_CTX_free(t->server);
	X509_free(t->shown);
	free(t);
}

struct ssl_ctx_st *tls_for_clients(const struct tls *t)
{
	return t->clients;
}

struct ssl_ctx_st *tls_for_server(const struct tls *t)
{
	return t->server;
}

bool tls_is_shared(const struct tls *t, const struct ssl_st *server)
{
	const X509 *theirs = SSL_get0_peer_certificate(server);

	return theirs != NULL && t->shown != NULL && X509_cmp(theirs, t->shown) == 0;
}

static bool is_number(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

bool tls_expect_host(struct ssl_st *ssl, const char *host, bool check)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	/* A macro that casts const away, which clang would not let pass. */
	if (!is_number(host) && SSL_set_tlsext_host_name(ssl, (char *)(uintptr_t)host) != 1)
		return false;
	if (!check)
		return true;
	if (is_number(host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

void tls_cleanse(struct ssl_st *ssl, bool on)
{
	if (on)
		SSL_set_options(ssl, SSL_OP_CLEANSE_PLAINTEXT);
	else
		SSL_clear_options(ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

bool tls_is_postgresql(const struct ssl_st *ssl)
{
	const unsigned char *name;
	unsigned size;

	SSL_get0_alpn_selected(ssl, &name, &size);
	return size == ALPN_SIZE - 1 && memcmp(name, alpn + 1, size) == 0;
}

/* NOLINTEND(concurrency-mt-unsafe) */
