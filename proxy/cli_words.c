#include "proxy/cli_words.h"

#include <stdio.h>
#include <string.h>

#include "compiler/nearest.h"
#include "compiler/vocabulary.h"

enum { SHOWN = 0, NO_SUCH_WORD = 1, USAGE = 2 };

enum { NAME_WIDTH = 34 };

static const char usage[] =
	"Usage: pgexpr words [NAME ...]\n"
	"       pgexpr words --markdown\n"
	"\n"
	"Lists the words of the expression language, shows what is known of some, or writes the\n"
	"whole reference as a page.\n";

/* What each class of values is, as it follows "of" in a title. */
static const char *const class_titles[RECEIVER_COUNT] = {
	[RECEIVER_ELEMENT] = "every column expression",
	[RECEIVER_COLUMN] = "a column",
	[RECEIVER_BIND] = "a value",
	[RECEIVER_LABEL] = "a label",
	[RECEIVER_FUNCTION] = "a function call",
	[RECEIVER_FUNCTION_FILTER] = "a call with filter()",
	[RECEIVER_WITHIN_GROUP] = "a call with within_group()",
	[RECEIVER_OVER] = "a call with over()",
	[RECEIVER_EXISTS] = "exists()",
	[RECEIVER_SCALAR_SELECT] = "a scalar subquery",
	[RECEIVER_SEQUENCE] = "a sequence",
	[RECEIVER_TEXT] = "text()",
	[RECEIVER_TYPED_ARRAY] = "an ARRAY",
	[RECEIVER_TYPED_JSON] = "a JSON or JSONB",
	[RECEIVER_TYPED_JSONB] = "a JSONB",
	[RECEIVER_TYPED_HSTORE] = "an HSTORE",
	[RECEIVER_TYPED_RANGE] = "a range or multirange",
	[RECEIVER_FROM] = "whatever stands in FROM",
	[RECEIVER_TABLE] = "a table",
	[RECEIVER_ALIAS] = "an alias or a subquery",
	[RECEIVER_SUBQUERY] = "a subquery",
	[RECEIVER_CTE] = "a CTE",
	[RECEIVER_LATERAL] = "a LATERAL",
	[RECEIVER_TABLESAMPLE] = "a TABLESAMPLE",
	[RECEIVER_TABLE_VALUED] = "a function in FROM",
	[RECEIVER_JOIN] = "a join",
	[RECEIVER_VALUES] = "values()",
	[RECEIVER_STATEMENT] = "every statement",
	[RECEIVER_SELECT_BASE] = "a select, a set operation or text().columns()",
	[RECEIVER_GENERATIVE_SELECT] = "a select or a set operation",
	[RECEIVER_SELECT] = "a select",
	[RECEIVER_COMPOUND] = "a set operation",
	[RECEIVER_TEXTUAL_SELECT] = "text().columns()",
	[RECEIVER_DML] = "an insert, an update or a delete",
	[RECEIVER_INSERT] = "an insert",
	[RECEIVER_DML_WHERE] = "an update or a delete",
	[RECEIVER_UPDATE] = "an update",
	[RECEIVER_DELETE] = "a delete",
	[RECEIVER_COLUMNS] = "a collection of columns, such as t.c",
	[RECEIVER_TYPE] = "a type",
	[RECEIVER_LITERAL] = "a Python value",
	[RECEIVER_DATETIME] = "the module datetime",
	[RECEIVER_TIMEZONE] = "datetime.timezone",
	[RECEIVER_DECIMAL] = "the module decimal",
	[RECEIVER_UUID] = "the module uuid",
	[RECEIVER_OPERATORS] = "the module operators",
	[RECEIVER_BUILTIN] = "Python itself, where they are called",
};

/* The parts of the reference, in its order: words that stand alone, types, then class by class, and
 * what there is not. */
struct part {
	enum receiver receiver;
	bool types;
	bool refused;
};

static bool is_in(const struct part *part, const struct word *w)
{
	if (w->kind == WORD_TYPE && w->signature == NULL)
		return false; /* comes out of catalogs only */
	if (part->refused || w->kind == WORD_REFUSED)
		return part->refused && w->kind == WORD_REFUSED;
	return w->receiver == part->receiver && (w->kind == WORD_TYPE) == part->types;
}

static bool is_empty(const struct part *part)
{
	for (size_t i = 0; i < vocabulary_count; i++)
		if (is_in(part, &vocabulary_words[i]))
			return false;
	return true;
}

static void each_part(void (*print)(const struct part *part))
{
	struct part part = { .receiver = RECEIVER_NONE };

	print(&part);
	part.types = true;
	print(&part);
	part.types = false;
	for (int receiver = RECEIVER_NONE + 1; receiver < RECEIVER_COUNT; receiver++) {
		part.receiver = (enum receiver)receiver;
		if (!is_empty(&part))
			print(&part);
	}
	part.refused = true;
	print(&part);
}

static void print_title(const struct part *part)
{
	if (part->refused)
		printf("What SQLAlchemy has and the language has not");
	else if (part->types)
		printf("Types");
	else if (part->receiver == RECEIVER_NONE)
		printf("Words that stand alone");
	else
		printf("Of %s", class_titles[part->receiver]);
}

/* How the word is written: `.where(*whereclause)`, `.c`, `Numeric(precision=None)`. */
static int print_usage(const struct word *w)
{
	bool alone = w->receiver == RECEIVER_NONE || w->receiver == RECEIVER_BUILTIN;
	const char *dot = alone ? "" : ".";

	if (w->signature == NULL)
		return printf("%s%s", dot, w->name);
	return printf("%s%s(%s)", dot, w->name, w->signature);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void list_part(const struct part *part)
{
	print_title(part);
	putchar('\n');
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];
		int width;

		if (!is_in(part, w))
			continue;
		fputs("  ", stdout);
		width = print_usage(w);
		printf("%*s%s\n", width < NAME_WIDTH ? NAME_WIDTH - width : 2, "",
		       part->refused ? w->hint : w->summary);
	}
	putchar('\n');
}

/* ---- one word -------------------------------------------------------------------------------- */

/* The lines of the text, indented. */
static void print_lines(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		printf("    %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void show_word(const struct word *w)
{
	print_usage(w);
	if (w->receiver != RECEIVER_NONE)
		printf("   of %s", class_titles[w->receiver]);
	putchar('\n');
	if (w->kind == WORD_REFUSED)
		printf("  Not in the language. %s\n", w->hint);
	else
		printf("  %s\n", w->summary);
	if (w->example != NULL)
		print_lines(w->example);
}

static bool can_be_said(const struct word *w)
{
	return w->kind != WORD_TYPE || w->signature != NULL;
}

static void complain(const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, str_of(name));
	for (size_t i = 0; i < vocabulary_count; i++)
		if (can_be_said(&vocabulary_words[i]))
			nearest_offer(&nearest, str_of(vocabulary_words[i].name));
	fprintf(stderr, "pgexpr: there is no word \"%s\"\n", name);
	if (nearest.ties == 1)
		fprintf(stderr, "Perhaps you meant \"%.*s\".\n", STR_ARG(nearest.first));
	else if (nearest.ties == 2)
		fprintf(stderr, "Perhaps you meant \"%.*s\" or \"%.*s\".\n", STR_ARG(nearest.first),
		        STR_ARG(nearest.second));
}

/* Shows the word wherever it occurs; `.where` and `where()` will do for `where`. */
static bool show(const char *argument)
{
	const char *start = argument + strspn(argument, ".");
	struct str name = { start, strcspn(start, "(") };
	bool found = false;

	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];

		if (!str_is(name, w->name) || !can_be_said(w))
			continue;
		show_word(w);
		found = true;
	}
	if (!found)
		complain(argument);
	return found;
}

/* ---- the page -------------------------------------------------------------------------------- */

/* A cell of a table: a bar would end it, a line's end too. */
static void print_cell(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		if (*text == '\n')
			fputs("`<br>`", stdout);
		else
			putchar(*text);
	}
}

static void page_part(const struct part *part)
{
	enum receiver parent = vocabulary_parent(part->receiver);

	fputs("\n## ", stdout);
	print_title(part);
	if (!part->refused && parent != RECEIVER_NONE)
		printf(", besides those of %s", class_titles[parent]);
	puts(part->refused ? "\n\n| word | what to do |\n| --- | --- |"
	                   : "\n\n| word | what it is | example |\n| --- | --- | --- |");
	for (size_t i = 0; i < vocabulary_count; i++) {
		const struct word *w = &vocabulary_words[i];

		if (!is_in(part, w))
			continue;
		fputs("| `", stdout);
		print_usage(w);
		fputs("` | ", stdout);
		print_cell(part->refused ? w->hint : w->summary);
		if (!part->refused) {
			fputs(" | `", stdout);
			print_cell(w->example);
			putchar('`');
		}
		puts(" |");
	}
}

static const char page_head[] =
	"# The words of the expression language\n"
	"\n"
	"Made by `pgexpr words --markdown` from the table that the compiler works by; `make "
	"golden` "
	"writes it anew.\n"
	"Signatures are Python's, and the words are SQLAlchemy's: its manual says more of each. "
	"The examples run, over `tests/live/schema.sql`.\n"
	"`LANGUAGE.md` says how words make an expression. Operators are Python's: `+ - * / % // << "
	">> & | ~ == != < <= > >= []`, and `and`, `or`, `not`.\n";

static void page(void)
{
	fputs(page_head, stdout);
	each_part(page_part);
}

int cli_words(int argc, char **argv)
{
	int status = SHOWN;

	if (argc == 1) {
		each_part(list_part);
		return SHOWN;
	}
	if (argc == 2 && strcmp(argv[1], "--markdown") == 0) {
		page();
		return SHOWN;
	}
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
