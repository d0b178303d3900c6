/* `pgexpr words`: the language's vocabulary, from the table that the compiler works by. */
#ifndef PROXY_CLI_WORDS_H
#define PROXY_CLI_WORDS_H

/* Runs the command; argv[0] is "words". Without a name it lists every word, by the class of value it
 * is asked of; with names it shows all that is known of them, or which ones are nearest;
 * --markdown writes the reference page, compiler/WORDS.md. Answers the exit status: 0, 1 no such
 * word, 2 usage. */
int cli_words(int argc, char **argv);

#endif
