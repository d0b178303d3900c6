#include "proxy/cli_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compiler/vocabulary.h"

enum { SHOWN = 0, NO_SUCH_WORD = 1, USAGE = 2 };

enum { NAME_WIDTH = 34 };

static const char usage[] =
	"Usage: pgexpr words [NAME ...]\n"
	"       pgexpr words --page\n"
	"\n"
	"Lists the words of the expression language, shows what is known of some, or writes the\n"
	"whole reference in Markdown.\n";

static const char *const class_names[] = {
#define CLASS(name, parent) [RECEIVER_##name] = #name,
	RECEIVERS(CLASS)
#undef CLASS
};

/* `generative select` for GENERATIVE_SELECT. */
static void class_title(enum receiver receiver, char out[64])
{
	const char *name = class_names[receiver];
	size_t n = 0;

	for (; name[n] != '\0' && n < 63; n++)
		out[n] = (char)(name[n] == '_' ? ' ' : tolower((unsigned char)name[n]));
	out[n] = '\0';
}

static bool is_of_class(const struct word *w, enum receiver receiver)
{
	return w->receiver == receiver && w->kind != WORD_REFUSED;
}

static bool has_words(enum receiver receiver)
{
	for (size_t i = 0; i < vocabulary_count; i++)
		if (is_of_class(&vocabulary_words[i], receiver))
			return true;
	return false;
}

/* How the word is written: `.where(*whereclause)`, `.c`, `Numeric(precision=None)`. */
static int print_usage(FILE *out, const struct word *w)
{
	const char *dot = w->receiver == RECEIVER_NONE ? "" : ".";

	if (w->signature == NULL)
		return fprintf(out, "%s%s", dot, w->name);
	return fprintf(out, "%s%s(%s)", dot, w->name, w->signature);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void list_class(enum receiver receiver)
{
	char title[64];

	class_title(receiver, title);
	if (receiver == RECEIVER_NONE)
		puts("words that stand alone");
	else
		printf("\nof a value of class `%s`\n", title);
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];
		int width;

		if (!is_of_class(w, receiver))
			continue;
		fputs("  ", stdout);
		width = print_usage(stdout, w);
		printf("%*s%s\n", width < NAME_WIDTH ? NAME_WIDTH - width : 2, "",
		       w->summary == NULL ? "" : w->summary);
	}
}

static int list(void)
{
	for (int receiver = 0; receiver < RECEIVER_COUNT; receiver++)
		if (has_words((enum receiver)receiver))
			list_class((enum receiver)receiver);
	return SHOWN;
}

/* ---- one word -------------------------------------------------------------------------------- */

static void show_word(const struct word *w)
{
	char title[64];

	class_title(w->receiver, title);
	print_usage(stdout, w);
	if (w->receiver != RECEIVER_NONE)
		printf("   of a value of class `%s`", title);
	putchar('\n');
	if (w->kind == WORD_REFUSED)
		printf("  not in the language: %s\n", w->hint);
	else if (w->summary != NULL)
		printf("  %s\n", w->summary);
	if (w->example != NULL)
		printf("  %s\n", w->example);
}

static bool show(const char *name)
{
	bool found = false;

	for (size_t i = 0; i < vocabulary_count; i++) {
		if (strcmp(vocabulary_words[i].name, name) != 0)
			continue;
		show_word(&vocabulary_words[i]);
		found = true;
	}
	if (!found)
		fprintf(stderr, "pgexpr: there is no word \"%s\"\n", name);
	return found;
}

/* ---- the page -------------------------------------------------------------------------------- */

/* A cell of a table: a bar would end it. */
static void print_cell(const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text);
	}
}

static void page_class(enum receiver receiver)
{
	enum receiver parent = vocabulary_parent(receiver);
	char title[64];
	char parent_title[64];

	class_title(receiver, title);
	class_title(parent, parent_title);
	if (receiver == RECEIVER_NONE)
		puts("\n## Words that stand alone\n");
	else if (parent == RECEIVER_NONE)
		printf("\n## Of a value of class `%s`\n\n", title);
	else
		printf("\n## Of a value of class `%s`, besides those of `%s`\n\n", title,
		       parent_title);
	puts("| word | what it is | example |\n| --- | --- | --- |");
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];

		if (!is_of_class(w, receiver))
			continue;
		fputs("| `", stdout);
		print_usage(stdout, w);
		fputs("` | ", stdout);
		print_cell(w->summary);
		fputs(" | ", stdout);
		if (w->example != NULL) {
			putchar('`');
			print_cell(w->example);
			putchar('`');
		}
		puts(" |");
	}
}

static void page_refused(void)
{
	puts("\n## What SQLAlchemy has and the language has not\n\n| word | why, and what to write "
	     "|"
	     "\n| --- | --- |");
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];

		if (w->kind != WORD_REFUSED)
			continue;
		printf("| `%s%s` | ", w->receiver == RECEIVER_NONE ? "" : ".", w->name);
		print_cell(w->hint);
		puts(" |");
	}
}

static int page(void)
{
	puts("# The words of the expression language\n\n"
	     "Made by `pgexpr words --page` from the table that the compiler works by. Signatures "
	     "are Python's.");
	for (int receiver = 0; receiver < RECEIVER_COUNT; receiver++)
		if (has_words((enum receiver)receiver))
			page_class((enum receiver)receiver);
	page_refused();
	return SHOWN;
}

int cli_words(int argc, char **argv)
{
	int status = SHOWN;

	if (argc == 1)
		return list();
	if (argc == 2 && strcmp(argv[1], "--page") == 0)
		return page();
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return SHOWN;
	}
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			fputs(usage, stderr);
			return USAGE;
		}
		if (!show(argv[i]))
			status = NO_SUCH_WORD;
	}
	return status;
}
