/* pgexpr: the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/cli_compile.h"
#include "proxy/cli_words.h"
#include "proxy/config.h"
#include "proxy/daemon.h"
#include "proxy/tls.h"
#include "proxy/version.h"

/* Exit status of a command line that cannot be understood. */
#define EXIT_USAGE 2

static int complain(const char *error)
{
	fprintf(stderr, "pgexpr: %s\n", error);
	return EXIT_USAGE;
}

static int serve(const struct config_command *command, int argc, char **argv)
{
	char error[CONFIG_ERROR_SIZE], warning[DAEMON_ERROR_SIZE] = "";
	struct daemon_source source = { command->file, argc, argv, warning };
	struct config *config = config_load(command->file, argc, argv, error);
	struct tls *tls = config != NULL ? daemon_check(config, error, warning) : NULL;
	int status = EXIT_SUCCESS;

	if (command->check && warning[0] != '\0')
		fprintf(stderr, "pgexpr: warning: %s\n", warning);
	if (tls == NULL)
		status = complain(error);
	else if (command->check)
		puts("the settings are right");
	else
		status = daemon_run(config, tls, &source);
	tls_unref(tls);
	config_unref(config);
	return status;
}

int main(int argc, char **argv)
{
	struct config_command command;
	char error[CONFIG_ERROR_SIZE];

	if (argc > 1 && strcmp(argv[1], "compile") == 0)
		return cli_compile(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "words") == 0)
		return cli_words(argc - 1, argv + 1);
	if (!config_read_command(argc, argv, &command, error))
		return complain(error);
	if (command.help) {
		config_print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (command.version) {
		puts("pgexpr " PGEXPR_VERSION);
		return EXIT_SUCCESS;
	}
	return serve(&command, argc, argv);
}
