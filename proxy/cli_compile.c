#include "proxy/cli_compile.h"

#include <errno.h>
#include <getopt.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/encoding.h"
#include "proxy/report_map.h"
#include "proxy/rewrite.h"
#include "proxy/shapes.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): this command has one thread */

enum { COMPILES = 0, DOES_NOT_COMPILE = 1, TROUBLE = 2 };

enum { SHAPES_LIMIT = 64 * 1024 * 1024, MOST_COLUMNS = 32 };

static const char usage[] =
	"Usage: pgexpr compile [--db CONNINFO] [--tag WORD] [TEXT | --file FILE | -]\n"
	"\n"
	"Prints the SQL of an expression, or of a query with tagged expressions, without\n"
	"running it.\n"
	"\n"
	"  -d, --db CONNINFO  the database whose tables the text names: libpq's connection\n"
	"                     string or URI; the rest comes from PGHOST, PGUSER ...\n"
	"  -f, --file FILE    read the text from FILE; without TEXT, or with -, from\n"
	"                     standard input\n"
	"  -t, --tag WORD     the word of the tag (expr)\n"
	"\n"
	"A text without a tag is one expression. Exit status: 0 it compiles, 1 it does not,\n"
	"2 it could not be tried.\n";

struct options {
	const char *db;
	const char *file;
	const char *tag;
	const char *text; /* from the command line, or NULL */
	bool help;
};

/* ---- the command line and the text ----------------------------------------------------------- */

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "file", required_argument, NULL, 'f' },
		{ "tag", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	*o = (struct options){ .db = "", .tag = "expr" };
	optind = 1;
	while ((c = getopt_long(argc, argv, "d:f:t:h", names, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->db = optarg;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 't':
			o->tag = optarg;
			break;
		case 'h':
			o->help = true;
			break;
		default:
			return false;
		}
	}
	if (optind < argc)
		o->text = argv[optind++];
	if (o->text != NULL && o->file != NULL)
		return false;
	return optind == argc;
}

/* All of a stream, with a NUL behind it; NULL with errno. */
static char *read_all(FILE *in, size_t *n)
{
	size_t capacity = 65536;
	char *text = malloc(capacity);

	*n = 0;
	while (text != NULL) {
		char *larger;

		*n += fread(text + *n, 1, capacity - *n - 1, in);
		if (ferror(in)) {
			free(text);
			return NULL;
		}
		if (feof(in)) {
			text[*n] = '\0';
			return text;
		}
		if (*n + 1 < capacity)
			continue;
		capacity *= 2;
		larger = realloc(text, capacity);
		if (larger == NULL)
			free(text);
		text = larger;
	}
	return NULL;
}

static char *read_text(const struct options *o, size_t *n)
{
	FILE *in = stdin;
	char *text;

	if (o->text != NULL && strcmp(o->text, "-") != 0) {
		*n = strlen(o->text);
		return strdup(o->text);
	}
	if (o->file != NULL && strcmp(o->file, "-") != 0)
		in = fopen(o->file, "r");
	text = in == NULL ? NULL : read_all(in, n);
	if (text == NULL)
		fprintf(stderr, "pgexpr: cannot read %s: %s\n",
		        o->file != NULL ? o->file : "standard input", strerror(errno));
	if (in != NULL && in != stdin)
		fclose(in);
	return text;
}

/* ---- the catalog over libpq ------------------------------------------------------------------ */

/* The text is taken to be UTF-8 unless the user says otherwise, whatever the database is in. */
static PGconn *connect_to(const char *db)
{
	const char *names[4] = { "fallback_application_name", "dbname", NULL };
	const char *values[4] = { "pgexpr compile", db, NULL };
	PGconn *conn;

	if (getenv("PGCLIENTENCODING") == NULL) {
		names[1] = "client_encoding";
		values[1] = "UTF8";
		names[2] = "dbname";
		values[2] = db;
	}
	conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	fprintf(stderr, "pgexpr: %s", conn == NULL ? "out of memory\n" : PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

/* The parameters as C strings; NULL when out of memory. */
static char **copy_parameters(const struct question *q)
{
	char **copies = calloc(q->parameter_count + 1, sizeof(*copies));

	for (size_t i = 0; copies != NULL && i < q->parameter_count; i++)
		copies[i] = strndup(q->parameters[i].p, q->parameters[i].n);
	return copies;
}

static void free_parameters(char **copies)
{
	for (size_t i = 0; copies != NULL && copies[i] != NULL; i++)
		free(copies[i]);
	free(copies);
}

static void give_row(struct rewrite *r, const PGresult *result, int row)
{
	struct bytes columns[MOST_COLUMNS];
	int count = PQnfields(result);

	for (int i = 0; i < count && i < MOST_COLUMNS; i++) {
		bool null = PQgetisnull(result, row, i) == 1;

		columns[i] = bytes_of(null ? NULL : PQgetvalue(result, row, i),
		                      (size_t)PQgetlength(result, row, i));
	}
	rewrite_row(r, columns, (size_t)count);
}

static bool answer(PGconn *conn, struct rewrite *r)
{
	const struct question *q = rewrite_question(r);
	char **parameters = copy_parameters(q);
	PGresult *result = PQexecParams(conn, q->sql, (int)q->parameter_count, q->types,
	                                (const char *const *)parameters, NULL, NULL, 0);
	bool ok = PQresultStatus(result) == PGRES_TUPLES_OK;

	for (int row = 0; ok && row < PQntuples(result); row++)
		give_row(r, result, row);
	if (ok)
		rewrite_answered(r);
	else
		fprintf(stderr, "pgexpr: %s", PQerrorMessage(conn));
	PQclear(result);
	free_parameters(parameters);
	return ok;
}

static struct str parameter_status(const PGconn *conn, const char *name)
{
	const char *value = PQparameterStatus(conn, name);

	return str_of(value == NULL ? "" : value);
}

/* ---- the outcome ----------------------------------------------------------------------------- */

/* The text as it was given, and what of it was put before it here. */
struct source {
	struct str text;
	size_t added; /* characters, ASCII */
	const struct encoding *encoding;
};

/* Shows the line of the 1-based position and a caret below it, as psql does. */
static void show_place(const struct source *source, uint32_t position)
{
	struct str text = { source->text.p + source->added, source->text.n - source->added };
	size_t at = position > source->added ? position - 1 - source->added : 0;
	size_t byte = encoding_offset(source->encoding, text, at);
	size_t start = byte;
	size_t end = byte;
	unsigned line = 1;
	int width;

	while (start > 0 && text.p[start - 1] != '\n')
		start--;
	while (end < text.n && text.p[end] != '\n')
		end++;
	for (size_t i = 0; i < start; i++)
		line += text.p[i] == '\n';
	width = fprintf(stderr, "LINE %u: ", line);
	fprintf(stderr, "%.*s\n%*s", (int)(end - start), text.p + start, width, "");
	for (size_t i = start; i < byte;) {
		fputc(text.p[i] == '\t' ? '\t' : ' ', stderr);
		i += encoding_length(source->encoding, text.p + i, byte - i);
	}
	fputs("^\n", stderr);
}

static void show_failure(const struct source *source, const struct report_failure *f)
{
	fprintf(stderr, "ERROR:  %.*s\n", STR_ARG(f->message));
	if (f->position > 0)
		show_place(source, f->position);
	if (!str_empty(f->detail))
		fprintf(stderr, "DETAIL:  %.*s\n", STR_ARG(f->detail));
	if (!str_empty(f->hint))
		fprintf(stderr, "HINT:  %.*s\n", STR_ARG(f->hint));
}

static int show(const struct source *source, struct rewrite *r)
{
	struct report_map *map = rewrite_report_map(r);
	const struct report_map_parts *parts;
	int status;

	if (map == NULL) {
		fputs("pgexpr: out of memory\n", stderr);
		return TROUBLE;
	}
	parts = report_map_parts(map);
	for (size_t i = 0; i < parts->warning_count; i++)
		fprintf(stderr, "WARNING:  %.*s\n", STR_ARG(parts->warnings[i].message));
	for (size_t i = 0; i < parts->failure_count; i++)
		show_failure(source, &parts->failures[i]);
	status = parts->failure_count > 0 ? DOES_NOT_COMPILE : COMPILES;
	if (status == COMPILES)
		printf("%.*s\n", STR_ARG(rewrite_text(r)));
	report_map_unref(map);
	return status;
}

/* The text may be a bare expression, or a query with tags in it: when there is none, it gets one. */
static int compile_text(PGconn *conn, struct shapes *shapes, const struct options *o,
                        const char *text, size_t n, size_t added)
{
	struct rewrite_settings settings = {
		.tag = str_of(o->tag),
		.max_expression_size = SIZE_MAX,
		.cartesian_warnings = true,
	};
	struct rewrite_session session = {
		.client_encoding = parameter_status(conn, "client_encoding"),
		.server_encoding = parameter_status(conn, "server_encoding"),
		.standard_conforming_strings =
			str_is(parameter_status(conn, "standard_conforming_strings"), "on"),
		.settings_certain = true,
		.server_version = (uint32_t)PQserverVersion(conn),
		.database = str_of(PQdb(conn)),
	};
	const struct encoding *encoding = encoding_find(session.client_encoding);
	struct source source = { { text, n }, added, encoding ? encoding : encoding_utf8() };
	struct rewrite *r;
	int status = TROUBLE;

	r = rewrite_new(shapes, &settings, &session, source.text);
	while (r != NULL && rewrite_state(r) == REWRITE_ASK)
		if (!answer(conn, r))
			goto done;
	if (r != NULL && !rewrite_changed(r))
		status = -1; /* there was no tag */
	else if (r != NULL)
		status = show(&source, r);
done:
	rewrite_free(r);
	return status;
}

static int compile_tagged(PGconn *conn, struct shapes *shapes, const struct options *o,
                          const char *text, size_t n)
{
	size_t size = n + strlen(o->tag) + sizeof("/**/ ");
	char *tagged;
	int added;
	int status = compile_text(conn, shapes, o, text, n, 0);

	if (status >= 0)
		return status;
	tagged = malloc(size);
	if (tagged == NULL)
		return TROUBLE;
	added = snprintf(tagged, size, "/*%s*/ ", o->tag);
	memcpy(tagged + added, text, n);
	status = compile_text(conn, shapes, o, tagged, n + (size_t)added, (size_t)added);
	free(tagged);
	if (status < 0)
		fputs("ERROR:  the text is not valid in the client encoding\n", stderr);
	return status < 0 ? DOES_NOT_COMPILE : status;
}

int cli_compile(int argc, char **argv)
{
	struct options o;
	struct shapes *shapes = NULL;
	PGconn *conn = NULL;
	char *text = NULL;
	size_t n = 0;
	int status = TROUBLE;

	if (!read_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return TROUBLE;
	}
	if (o.help) {
		fputs(usage, stdout);
		return COMPILES;
	}
	text = read_text(&o, &n);
	if (text == NULL)
		goto done;
	conn = connect_to(o.db);
	shapes = shapes_new(SHAPES_LIMIT);
	if (conn != NULL && shapes != NULL)
		status = compile_tagged(conn, shapes, &o, text, n);
done:
	shapes_free(shapes);
	PQfinish(conn);
	free(text);
	return status;
}

/* NOLINTEND(concurrency-mt-unsafe) */
