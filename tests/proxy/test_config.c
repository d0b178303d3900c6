/* Settings: where they come from, what they may be, and what a reload may change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy/config.h"

static char error[CONFIG_ERROR_SIZE];

/* Loads flags separated by blanks, over a file with this text (NULL: none). */
static struct config *load(const char *text, const char *flags)
{
	char path[] = "/tmp/pgexpr-config-XXXXXX";
	char *copy = strdup(flags);
	char *argv[32] = { copy };
	int count = 1;
	struct config *c;

	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[count++] = word;
	if (text != NULL) {
		int fd = mkstemp(path);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
		close(fd);
	}
	error[0] = '\0';
	c = config_load(text != NULL ? path : NULL, count, argv, error);
	if (text != NULL)
		unlink(path);
	free(copy);
	return c;
}

static void expect_refusal(const char *text, const char *flags, const char *sentence)
{
	struct config *c = load(text, flags);

	assert_null(c);
	if (strstr(error, sentence) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error, sentence);
}

static void every_setting_has_a_default_that_it_accepts(void **state)
{
	struct config *c = load(NULL, "");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->listen.count, 1);
	assert_string_equal(c->listen.items[0], "127.0.0.1:6432");
	assert_string_equal(c->server, "127.0.0.1:5432");
	assert_string_equal(c->tag, "expr");
	assert_int_equal(c->max_expression_size, 1 << 20);
	assert_int_equal(c->login_timeout, 60000);
	assert_int_equal(c->cartesian_warnings, 1);
	assert_int_equal(c->unix_socket_mode, 0777);
	assert_int_equal(c->catalog_check, CATALOG_CHECK_AUTO);
	config_unref(c);
}

static void the_file_overrides_defaults_and_flags_override_the_file(void **state)
{
	struct config *c = load("server = a:1\ntag = sql\n[pgexpr]\nworkers = 3\n", "--server b:2");

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->server, "b:2");
	assert_string_equal(c->tag, "sql");
	assert_int_equal(c->workers, 3);
	config_unref(c);
}

static void dashes_and_underscores_are_the_same(void **state)
{
	struct config *c = load("log-level = warning\n", "--max_sessions=5 --log-format json");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->max_sessions, 5);
	assert_int_equal(c->log_level, 2);
	assert_int_equal(c->log_format, 1);
	config_unref(c);
}

static void a_list_is_replaced_by_a_source_and_grows_within_it(void **state)
{
	struct config *c = load("listen = a:1, b:2\nlisten = /c\n", "");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->listen.count, 3);
	assert_string_equal(c->listen.items[1], "b:2");
	assert_string_equal(c->listen.items[2], "/c");
	config_unref(c);
	c = load("listen = a:1, b:2\n", "--listen x:1 --listen y:2");
	assert_non_null(c);
	assert_int_equal(c->listen.count, 2);
	assert_string_equal(c->listen.items[0], "x:1");
	config_unref(c);
}

static void sizes_and_times_have_units(void **state)
{
	struct config *c = load("max_expression_size = 64k\nlogin_timeout = 500ms\n"
	                        "shutdown_timeout = 2min\nconnect_timeout = 3\n",
	                        "");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->max_expression_size, 65536);
	assert_int_equal(c->login_timeout, 500);
	assert_int_equal(c->shutdown_timeout, 120000);
	assert_int_equal(c->connect_timeout, 3000);
	config_unref(c);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	expect_refusal("\n# comment\nnonsense = 1\n", "", "line 3: unknown setting \"nonsense\"");
	expect_refusal("[other]\ntag = x\n", "", "unknown section [other]");
	expect_refusal("tag\n", "", "line 1: neither a setting nor a section");
	expect_refusal("workers = many\n", "", "line 1: workers: \"many\" is not a number");
	expect_refusal(NULL, "--workers -1", "is not a number");
	expect_refusal(NULL, "--workers 257", "outside the valid range (0 .. 256)");
	expect_refusal(NULL, "--log-level loud", "none of debug|info|warning|error");
	expect_refusal(NULL, "--cartesian-warnings maybe", "neither on nor off");
	expect_refusal(NULL, "--unix-socket-mode 888", "not an octal mode");
	expect_refusal(NULL, "--unix-socket-mode 7777", "not an octal mode");
	expect_refusal(NULL, "--max-expression-size 1T", "is not a size");
	expect_refusal(NULL, "--max-expression-size 99999999999G", "is not a size");
	expect_refusal(NULL, "--login-timeout 5days", "is not a time");
	expect_refusal(NULL, "--tag */", "must be of letters");
	expect_refusal(NULL, "--nonsense 1", "unknown flag \"--nonsense\"");
	expect_refusal(NULL, "--tag", "needs a value");
	expect_refusal(NULL, "word", "is not understood");
	expect_refusal("listen = ,\n", "", "at least one address");
	assert_null(config_load("/nonexistent/file", 0, NULL, error));
	assert_non_null(strstr(error, "cannot open /nonexistent/file"));
}

static void a_line_that_does_not_fit_is_not_cut_in_silence(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "tag = ", 6);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	assert_null(load(text, ""));
}

static void a_reload_keeps_what_needs_a_restart(void **state)
{
	struct config *a = load(NULL, "--listen a:1 --workers 2 --tag x");
	struct config *b = load(NULL, "--listen b:1 --workers 3 --tag y");
	size_t at = 0;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_string_equal(config_fixed_difference(a, b, &at), "listen");
	assert_string_equal(config_fixed_difference(a, b, &at), "workers");
	assert_null(config_fixed_difference(a, b, &at));
	assert_true(config_keep_fixed(b, a));
	assert_string_equal(b->listen.items[0], "a:1");
	assert_int_equal(b->workers, 2);
	assert_string_equal(b->tag, "y");
	at = 0;
	assert_null(config_fixed_difference(a, b, &at));
	config_unref(a);
	config_unref(b);
}

static void words_of_the_command_line_are_told_from_settings(void **state)
{
	char *argv[] = { strdup("pgexpr"), strdup("--config"), strdup("f"), strdup("--tag=x"),
		         strdup("--check-config") };
	struct config_command command;

	(void)state;
	assert_true(config_read_command(5, argv, &command, error));
	assert_string_equal(command.file, "f");
	assert_true(command.check);
	assert_false(command.help || command.version);
	for (size_t i = 0; i < 5; i++)
		free(argv[i]);
}

static void help_lists_every_setting(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	config_print_help(out);
	fclose(out);
#define OPTION(name, kind, initial, least, most, when, value, summary)                             \
	assert_non_null(strstr(text, summary));
#include "proxy/options.def"
	assert_non_null(strstr(text, "--max-expression-size SIZE"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_has_a_default_that_it_accepts),
		cmocka_unit_test(the_file_overrides_defaults_and_flags_override_the_file),
		cmocka_unit_test(dashes_and_underscores_are_the_same),
		cmocka_unit_test(a_list_is_replaced_by_a_source_and_grows_within_it),
		cmocka_unit_test(sizes_and_times_have_units),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(a_line_that_does_not_fit_is_not_cut_in_silence),
		cmocka_unit_test(a_reload_keeps_what_needs_a_restart),
		cmocka_unit_test(words_of_the_command_line_are_told_from_settings),
		cmocka_unit_test(help_lists_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
