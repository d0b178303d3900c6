/* `pgexpr compile`: shows the SQL of an expression without running it, for editors, CI and support.
 *
 * Reads the catalog over a connection of its own (libpq), with the very questions that the proxy
 * asks on a client's session. */
#ifndef PROXY_CLI_COMPILE_H
#define PROXY_CLI_COMPILE_H

/* Runs the command; argv[0] is "compile". The SQL goes to standard output, warnings and errors to
 * standard error, an error with a caret under the mistake. Answers the exit status: 0 it compiles,
 * 1 it does not, 2 it could not be tried (usage, connection, file). */
int cli_compile(int argc, char **argv);

#endif
