/* The running proxy: listeners, workers, signals, reload and shutdown. */
#ifndef PROXY_DAEMON_H
#define PROXY_DAEMON_H

struct config;

/* What the daemon needs of the command line to load its settings again. */
struct daemon_source {
	const char *file; /* NULL: no file */
	int argc;
	char **argv;
};

/* Runs until it is told to stop. Takes its own reference of `config`. Returns the exit status. */
int daemon_run(struct config *config, const struct daemon_source *source);

#endif
