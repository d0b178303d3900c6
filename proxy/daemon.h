/* The running proxy: listeners, workers, signals, reload and shutdown. */
#ifndef PROXY_DAEMON_H
#define PROXY_DAEMON_H

struct config;
struct tls;

#define DAEMON_ERROR_SIZE 512 /* as CONFIG_ERROR_SIZE and TLS_ERROR_SIZE */

/* What the daemon needs of the command line to load its settings again. */
struct daemon_source {
	const char *file; /* NULL: no file */
	int argc;
	char **argv;
	const char *warning; /* of daemon_check(), for the log; empty: none */
};

/* Whether the proxy could run with these settings: addresses are addresses, files can be read,
 * logins can succeed: when SCRAM depends on the server's certificate it is looked at, which may
 * take seconds. Gives what TLS needs, one reference; NULL with a sentence in `error`. What could
 * not be found out is a sentence in `warning`, else that is empty. */
struct tls *daemon_check(const struct config *config, char error[DAEMON_ERROR_SIZE],
                         char warning[DAEMON_ERROR_SIZE]);
/* Runs until it is told to stop. Takes its own references. Returns the exit status. */
int daemon_run(struct config *config, struct tls *tls, const struct daemon_source *source);

#endif
