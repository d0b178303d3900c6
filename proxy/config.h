/* The settings: from options.def, the configuration file and the command line.
 *
 * A config is immutable and counted: a reload makes a new one, and every session keeps the one it was
 * born with. The command line overrides the file, the file the defaults. Errors come back as one
 * sentence for the operator, with the file's line where there is one. */
#ifndef PROXY_CONFIG_H
#define PROXY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct config_list {
	size_t count;
	char **items; /* owned */
};

enum catalog_check { CATALOG_CHECK_AUTO, CATALOG_CHECK_ALWAYS };

enum require_auth { REQUIRE_AUTH_AUTO, REQUIRE_AUTH_ON, REQUIRE_AUTH_OFF };
enum client_tls { CLIENT_TLS_OFF, CLIENT_TLS_ALLOW, CLIENT_TLS_REQUIRE };
enum client_tls_verify {
	CLIENT_TLS_VERIFY_OFF,
	CLIENT_TLS_VERIFY_OPTIONAL,
	CLIENT_TLS_VERIFY_REQUIRED
};
enum server_tls {
	SERVER_TLS_DISABLE,
	SERVER_TLS_PREFER,
	SERVER_TLS_REQUIRE,
	SERVER_TLS_VERIFY_CA,
	SERVER_TLS_VERIFY_FULL,
};
enum channel_binding_mismatch { CHANNEL_BINDING_MISMATCH_REFUSE, CHANNEL_BINDING_MISMATCH_ALLOW };
enum server_tls_negotiation { SERVER_TLS_POSTGRES, SERVER_TLS_DIRECT };

#define CONFIG_FIELD_TEXT    char * /* owned */
#define CONFIG_FIELD_LIST    struct config_list
#define CONFIG_FIELD_NUMBER  uint64_t
#define CONFIG_FIELD_SIZE    uint64_t
#define CONFIG_FIELD_SECONDS uint64_t
#define CONFIG_FIELD_SWITCH  uint64_t
#define CONFIG_FIELD_MODE    uint64_t
#define CONFIG_FIELD_CHOICE  uint64_t

struct config {
	unsigned references; /* atomic */
#define OPTION(name, kind, initial, least, most, when, value, summary) CONFIG_FIELD_##kind name;
#include "proxy/options.def"
};

/* What the command line asks for besides settings. */
struct config_command {
	const char *file; /* --config; borrowed from argv */
	bool check;       /* --check-config */
	bool version;     /* --version */
	bool help;        /* --help */
};

#define CONFIG_ERROR_SIZE 512

/* Reads the command line for --config and the words that are no settings; settings are checked for
 * their names only. False with a sentence in `error` when it cannot be understood. */
bool config_read_command(int argc, char **argv, struct config_command *out,
                         char error[CONFIG_ERROR_SIZE]);

/* Defaults, then `file` (NULL: none), then the flags of the command line. One reference, which the
 * caller owns; NULL with a sentence in `error`. */
struct config *config_load(const char *file, int argc, char **argv, char error[CONFIG_ERROR_SIZE]);

/* One reference more. Any thread. */
struct config *config_ref(struct config *c);
/* Frees the config with its last reference. NULL is allowed; any thread may call it. */
void config_unref(struct config *c);

/* The name of a setting in which the two differ although a reload cannot change it, from `*at` on,
 * which moves past it; NULL when there is no further one. Start with `*at` = 0. */
const char *config_fixed_difference(const struct config *a, const struct config *b, size_t *at);
/* Takes those settings over from `from`, so that `to` tells the truth after a reload. */
bool config_keep_fixed(struct config *to, const struct config *from);

/* The text of --help: usage and every setting with its default. */
void config_print_help(FILE *out);

#endif
