#include "proxy/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/allow.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): strerror() gives a text of the thread's own */

enum option_kind {
	KIND_TEXT,
	KIND_LIST,
	KIND_NUMBER,
	KIND_SIZE,
	KIND_SECONDS,
	KIND_SWITCH,
	KIND_MODE,
	KIND_CHOICE,
};

enum option_when { WHEN_FIXED, WHEN_LIVE };

struct option {
	const char *group; /* set in rows that begin a group of --help */
	const char *name;
	enum option_kind kind;
	enum option_when when;
	const char *initial;
	uint64_t least;
	uint64_t most;
	const char *value;
	const char *summary;
	size_t offset;
};

static const struct option options[] = {
#define OPTION(id, k, i, l, m, w, v, s)                                                            \
	{ .name = #id,                                                                             \
	  .kind = KIND_##k,                                                                        \
	  .when = WHEN_##w,                                                                        \
	  .initial = i,                                                                            \
	  .least = l,                                                                              \
	  .most = m,                                                                               \
	  .value = v,                                                                              \
	  .summary = s,                                                                            \
	  .offset = offsetof(struct config, id) },
#define OPTION_GROUP(title) { .group = title },
#include "proxy/options.def"
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* The flags that are no settings. */
static const struct word {
	const char *name;
	const char *value;
	const char *summary;
} words[] = {
	{ "config", "FILE", "read settings from FILE first" },
	{ "check-config", NULL, "say whether the settings are right, and exit" },
	{ "version", NULL, "print the version, and exit" },
	{ "help", NULL, "print this, and exit" },
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

__attribute__((format(printf, 2, 3))) static bool refuse(char error[CONFIG_ERROR_SIZE],
                                                         const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, CONFIG_ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

/* Whether `name` (n bytes) spells the setting: `-` and `_` are the same. */
static bool name_is(const char *option, const char *name, size_t n)
{
	if (strlen(option) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char a = option[i] == '-' ? '_' : option[i];
		char b = name[i] == '-' ? '_' : name[i];

		if (a != b)
			return false;
	}
	return true;
}

static const struct option *find_option(const char *name, size_t n)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].name != NULL && name_is(options[i].name, name, n))
			return &options[i];
	return NULL;
}

static const struct word *find_word(const char *name, size_t n)
{
	for (size_t i = 0; i < WORD_COUNT; i++)
		if (name_is(words[i].name, name, n))
			return &words[i];
	return NULL;
}

static void *field_of(struct config *c, const struct option *o)
{
	return (char *)c + o->offset;
}

static const void *field_in(const struct config *c, const struct option *o)
{
	return (const char *)c + o->offset;
}

static void list_free(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){ 0 };
}

static bool list_add(struct config_list *list, const char *p, size_t n)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): list_free() leaves NULL behind */
	char **grown = realloc(list->items, (list->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return false;
	list->items = grown;
	list->items[list->count] = strndup(p, n);
	if (list->items[list->count] == NULL)
		return false;
	list->count++;
	return true;
}

/* Adds the comma-separated items of `value`, blanks around them dropped. */
static bool list_add_all(struct config_list *list, const char *value)
{
	while (*value != '\0') {
		size_t n = strcspn(value, ",");
		const char *p = value;

		value += n + (value[n] == ',');
		while (n > 0 && isspace((unsigned char)*p)) {
			p++;
			n--;
		}
		while (n > 0 && isspace((unsigned char)p[n - 1]))
			n--;
		if (n > 0 && !list_add(list, p, n))
			return false;
	}
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };
static const struct unit size_units[] = {
	{ "", 1 },          { "k", 1u << 10 },  { "K", 1u << 10 },
	{ "kB", 1u << 10 }, { "M", 1u << 20 },  { "MB", 1u << 20 },
	{ "G", 1u << 30 },  { "GB", 1u << 30 }, { NULL, 0 },
};
static const struct unit time_units[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { NULL, 0 },
};

/* A number with one of the units behind it; false when it is none or too large. */
static bool read_number(const char *value, const struct unit *units, uint64_t *out)
{
	char *end;
	unsigned long long n;

	if (!isdigit((unsigned char)*value))
		return false;
	errno = 0;
	n = strtoull(value, &end, 10);
	while (isspace((unsigned char)*end))
		end++;
	for (; units->name != NULL; units++)
		if (strcmp(end, units->name) == 0)
			return errno == 0 && !__builtin_mul_overflow(n, units->factor, out);
	return false;
}

static bool read_choice(const char *value, const char *choices, uint64_t *out)
{
	for (uint64_t at = 0; *choices != '\0'; at++) {
		size_t n = strcspn(choices, "|");

		if (strlen(value) == n && memcmp(value, choices, n) == 0) {
			*out = at;
			return true;
		}
		choices += n + (choices[n] == '|');
	}
	return false;
}

static bool read_switch(const char *value, uint64_t *out)
{
	static const char *const spellings[][2] = {
		{ "off", "on" }, { "no", "yes" }, { "false", "true" }, { "0", "1" }
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		for (uint64_t on = 0; on < 2; on++) {
			if (strcmp(value, spellings[i][on]) == 0) {
				*out = on;
				return true;
			}
		}
	}
	return false;
}

static bool read_mode(const char *value, uint64_t *out)
{
	char *end;

	if (*value < '0' || *value > '7')
		return false;
	*out = strtoull(value, &end, 8);
	return *end == '\0';
}

static bool set_number(struct config *c, const struct option *o, const char *value,
                       const struct unit *units, const char *what, char error[CONFIG_ERROR_SIZE])
{
	uint64_t *field = field_of(c, o);
	uint64_t n;

	if (!read_number(value, units, &n))
		return refuse(error, "%s: \"%s\" is not %s", o->name, value, what);
	if (n < o->least || n > o->most)
		return refuse(error, "%s: %s is outside the valid range (%llu .. %llu%s)", o->name,
		              value, (unsigned long long)o->least, (unsigned long long)o->most,
		              o->kind == KIND_SECONDS ? " ms" : "");
	*field = n;
	return true;
}

static bool set_text(struct config *c, const struct option *o, const char *value,
                     char error[CONFIG_ERROR_SIZE])
{
	char **field = field_of(c, o);
	size_t n = strlen(value);
	char *copy;

	if (n < o->least || (o->most != 0 && n > o->most))
		return refuse(error, "%s: \"%s\" must have %llu to %llu characters", o->name, value,
		              (unsigned long long)o->least, (unsigned long long)o->most);
	copy = strdup(value);
	if (copy == NULL)
		return refuse(error, "out of memory");
	free(*field);
	*field = copy;
	return true;
}

/* Gives one setting a value. Lists grow; whoever starts a new source empties them first. */
static bool set_option(struct config *c, const struct option *o, const char *value,
                       char error[CONFIG_ERROR_SIZE])
{
	uint64_t *number = field_of(c, o);

	switch (o->kind) {
	case KIND_TEXT:
		return set_text(c, o, value, error);
	case KIND_LIST:
		return list_add_all(field_of(c, o), value) || refuse(error, "out of memory");
	case KIND_NUMBER:
		return set_number(c, o, value, no_units, "a number", error);
	case KIND_SIZE:
		return set_number(c, o, value, size_units, "a size (1024, 64k, 1M, 1G)", error);
	case KIND_SECONDS:
		return set_number(c, o, value, time_units, "a time (5, 500ms, 2min, 1h)", error);
	case KIND_SWITCH:
		return read_switch(value, number) ||
		       refuse(error, "%s: \"%s\" is neither on nor off", o->name, value);
	case KIND_MODE:
		if (!read_mode(value, number) || *number > o->most)
			return refuse(error, "%s: \"%s\" is not an octal mode", o->name, value);
		return true;
	case KIND_CHOICE:
		return read_choice(value, o->value, number) ||
		       refuse(error, "%s: \"%s\" is none of %s", o->name, value, o->value);
	}
	return false;
}

/* One source of settings: the file or the command line. */
struct source {
	struct config *config;
	bool seen[OPTION_COUNT]; /* lists that this source has begun */
	int line;
	bool too_long;
	char *error; /* CONFIG_ERROR_SIZE bytes, empty until something is wrong */
};

static bool source_set(struct source *s, const struct option *o, const char *value)
{
	size_t at = (size_t)(o - options);

	if (o->kind == KIND_LIST && !s->seen[at])
		list_free(field_of(s->config, o));
	s->seen[at] = true;
	return set_option(s->config, o, value, s->error);
}

/* Prefixes the error with the place, unless there is one already. */
static void blame_line(struct source *s)
{
	char copy[CONFIG_ERROR_SIZE];

	memcpy(copy, s->error, sizeof(copy));
	snprintf(s->error, CONFIG_ERROR_SIZE, "line %d: %.400s", s->line, copy);
}

static int on_ini_pair(void *user, const char *section, const char *name, const char *value)
{
	struct source *s = user;
	const struct option *o = find_option(name, strlen(name));
	bool ok;

	if (s->error[0] != '\0')
		return 0;
	if (*section != '\0' && strcmp(section, "pgexpr") != 0)
		ok = refuse(s->error,
		            "unknown section [%s]: settings stand at the top or in [pgexpr]",
		            section);
	else if (o == NULL)
		ok = refuse(s->error, "unknown setting \"%s\"", name);
	else
		ok = source_set(s, o, value);
	if (!ok)
		blame_line(s);
	return ok;
}

struct file_reader {
	FILE *file;
	struct source *source;
};

/* fgets for inih: counts lines, and notices those that do not fit inih's buffer. */
static char *read_line(char *line, int size, void *user)
{
	struct file_reader *r = user;

	if (fgets(line, size, r->file) == NULL)
		return NULL;
	r->source->line++;
	if (strchr(line, '\n') == NULL && !feof(r->file))
		r->source->too_long = true;
	return line;
}

static bool load_file(struct source *s, const char *path)
{
	struct file_reader r = { .file = fopen(path, "re"), .source = s };
	int bad;

	if (r.file == NULL)
		return refuse(s->error, "cannot open %s: %s", path, strerror(errno));
	bad = ini_parse_stream(read_line, &r, on_ini_pair, s);
	if (ferror(r.file))
		bad = refuse(s->error, "cannot read %s: %s", path, strerror(errno));
	else if (s->too_long)
		bad = !refuse(s->error, "a line is too long (give lists one item a line)");
	else if (bad != 0 && s->error[0] == '\0')
		refuse(s->error, "line %d: neither a setting nor a section", bad);
	fclose(r.file);
	if (s->error[0] != '\0') {
		char copy[CONFIG_ERROR_SIZE];

		memcpy(copy, s->error, sizeof(copy));
		return refuse(s->error, "%.120s: %.380s", path, copy);
	}
	return bad == 0;
}

/* One `--name=value`, `--name value`, or `--switch` of the command line. */
struct flag {
	const struct option *option; /* one of the two */
	const struct word *word;
	const char *value; /* borrowed from argv */
};

/* Reads the flag at argv[*at] and moves behind it. */
static bool next_flag(int argc, char **argv, int *at, struct flag *out,
                      char error[CONFIG_ERROR_SIZE])
{
	const char *arg = argv[(*at)++];
	size_t n;
	const char *wanted;

	if (strncmp(arg, "--", 2) != 0 || arg[2] == '\0')
		return refuse(error, "\"%s\" is not understood; --help lists the flags", arg);
	arg += 2;
	n = strcspn(arg, "=");
	*out = (struct flag){ find_option(arg, n), find_word(arg, n),
		              arg[n] == '=' ? arg + n + 1 : NULL };
	if (out->option == NULL && out->word == NULL)
		return refuse(error, "unknown flag \"--%.*s\"; --help lists them", (int)n, arg);
	wanted = out->option != NULL ? out->option->value : out->word->value;
	if (wanted == NULL && out->value != NULL)
		return refuse(error, "--%.*s takes no value", (int)n, arg);
	if (wanted != NULL && out->value == NULL) {
		if (*at >= argc)
			return refuse(error, "--%.*s needs a value: %s", (int)n, arg, wanted);
		out->value = argv[(*at)++];
	}
	return true;
}

static bool load_flags(struct source *s, int argc, char **argv)
{
	struct flag flag;

	for (int at = 1; at < argc;) {
		if (!next_flag(argc, argv, &at, &flag, s->error))
			return false;
		if (flag.option != NULL && !source_set(s, flag.option, flag.value))
			return false;
	}
	return true;
}

bool config_read_command(int argc, char **argv, struct config_command *out,
                         char error[CONFIG_ERROR_SIZE])
{
	struct flag flag = { 0 };

	*out = (struct config_command){ 0 };
	for (int at = 1; at < argc;) {
		if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "-?") == 0) {
			out->help = true;
			at++;
			continue;
		}
		if (strcmp(argv[at], "-V") == 0) {
			out->version = true;
			at++;
			continue;
		}
		if (!next_flag(argc, argv, &at, &flag, error))
			return false;
		if (flag.word == NULL)
			continue;
		if (strcmp(flag.word->name, "config") == 0)
			out->file = flag.value;
		else if (strcmp(flag.word->name, "check-config") == 0)
			out->check = true;
		else if (strcmp(flag.word->name, "version") == 0)
			out->version = true;
		else
			out->help = true;
	}
	return true;
}

/* What no single setting can be blamed for. */
static bool check_together(const struct config *c, char error[CONFIG_ERROR_SIZE])
{
	if (c->listen.count == 0)
		return refuse(error, "listen: at least one address is needed");
	if (c->server[0] == '\0')
		return refuse(error, "server: an address is needed");
	for (size_t i = 0; i < c->allow.count; i++)
		if (!allow_is_network(c->allow.items[i]))
			return refuse(error, "allow: \"%s\" is no network (10.0.0.0/8, fd00::/8)",
			              c->allow.items[i]);
	for (const char *p = c->tag; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-' && *p != '.')
			return refuse(error, "tag: \"%s\" must be of letters, digits, _ - .",
			              c->tag);
	return true;
}

static bool load_defaults(struct config *c, char error[CONFIG_ERROR_SIZE])
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].name != NULL &&
		    !set_option(c, &options[i], options[i].initial, error))
			return false;
	return true;
}

struct config *config_load(const char *file, int argc, char **argv, char error[CONFIG_ERROR_SIZE])
{
	struct config *c = calloc(1, sizeof(*c));
	struct source in_file = { .config = c, .error = error };
	struct source in_flags = { .config = c, .error = error };

	error[0] = '\0';
	if (c == NULL) {
		refuse(error, "out of memory");
		return NULL;
	}
	c->references = 1;
	if (!load_defaults(c, error) || (file != NULL && !load_file(&in_file, file)) ||
	    !load_flags(&in_flags, argc, argv) || !check_together(c, error)) {
		config_unref(c);
		return NULL;
	}
	return c;
}

struct config *config_ref(struct config *c)
{
	__atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
	return c;
}

void config_unref(struct config *c)
{
	if (c == NULL || __atomic_sub_fetch(&c->references, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].name == NULL)
			continue;
		if (options[i].kind == KIND_TEXT)
			free(*(char **)field_of(c, &options[i]));
		else if (options[i].kind == KIND_LIST)
			list_free(field_of(c, &options[i]));
	}
	free(c);
}

static bool list_eq(const struct config_list *a, const struct config_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool same(const struct config *a, const struct config *b, const struct option *o)
{
	switch (o->kind) {
	case KIND_TEXT:
		return strcmp(*(char *const *)field_in(a, o), *(char *const *)field_in(b, o)) == 0;
	case KIND_LIST:
		return list_eq(field_in(a, o), field_in(b, o));
	default:
		return *(const uint64_t *)field_in(a, o) == *(const uint64_t *)field_in(b, o);
	}
}

const char *config_fixed_difference(const struct config *a, const struct config *b, size_t *at)
{
	while (*at < OPTION_COUNT) {
		const struct option *o = &options[(*at)++];

		if (o->name != NULL && o->when == WHEN_FIXED && !same(a, b, o))
			return o->name;
	}
	return NULL;
}

static bool copy_list(struct config_list *to, const struct config_list *from)
{
	list_free(to);
	for (size_t i = 0; i < from->count; i++)
		if (!list_add(to, from->items[i], strlen(from->items[i])))
			return false;
	return true;
}

bool config_keep_fixed(struct config *to, const struct config *from)
{
	char error[CONFIG_ERROR_SIZE];

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];

		if (o->name == NULL || o->when != WHEN_FIXED || same(to, from, o))
			continue;
		if (o->kind == KIND_LIST) {
			if (!copy_list(field_of(to, o), field_in(from, o)))
				return false;
		} else if (o->kind == KIND_TEXT) {
			if (!set_text(to, o, *(char *const *)field_in(from, o), error))
				return false;
		} else {
			*(uint64_t *)field_of(to, o) = *(const uint64_t *)field_in(from, o);
		}
	}
	return true;
}

static void print_flag(FILE *out, const char *name, const char *value, const char *summary)
{
	char spelling[64];
	int n = snprintf(spelling, sizeof(spelling), "--%s%s%s", name, value != NULL ? " " : "",
	                 value != NULL ? value : "");

	/* A flag is written with dashes, as is the custom; underscores work too. */
	for (char *p = spelling; *p != '\0' && *p != ' '; p++)
		if (*p == '_')
			*p = '-';
	if (n > 30)
		fprintf(out, "  %s\n  %-30s  %s", spelling, "", summary);
	else
		fprintf(out, "  %-30s  %s", spelling, summary);
}

void config_print_help(FILE *out)
{
	fputs("pgexpr is a PostgreSQL proxy that compiles SQLAlchemy expressions: it stands "
	      "between\n"
	      "a client and a server and turns statements tagged /*expr*/ into SQL.\n\n"
	      "Usage:\n"
	      "  pgexpr [--listen ADDRESS] [--server ADDRESS] [FLAG ...]\n"
	      "  pgexpr compile --help\n"
	      "  pgexpr words [NAME ...]\n\n"
	      "Every setting is a flag and a line `name = value` of the configuration file.\n"
	      "Those with a star need a restart; a reload (SIGHUP) changes the others.\n",
	      out);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];

		if (o->group != NULL) {
			fprintf(out, "\n%s\n", o->group);
			continue;
		}
		print_flag(out, o->name, o->value, o->summary);
		fprintf(out, " (%s)%s\n", o->initial, o->when == WHEN_FIXED ? " *" : "");
	}
	fputs("\nOther\n", out);
	for (size_t i = 0; i < WORD_COUNT; i++) {
		print_flag(out, words[i].name, words[i].value, words[i].summary);
		fputc('\n', out);
	}
}

/* NOLINTEND(concurrency-mt-unsafe) */
