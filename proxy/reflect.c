#include "proxy/reflect.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/quote.h"
#include "compiler/text.h"
#include "proxy/reflect_sql.h"

enum { OID_ARRAY = 1028, TEXT_ARRAY = 1009 };

/* ---- parameters ------------------------------------------------------------------------------ */

static const uint32_t check_types[] = { TEXT_ARRAY, TEXT_ARRAY, OID_ARRAY };
static const uint32_t shape_types[] = { OID_ARRAY };

/* One element of an array literal, quoted. The server reads it after it converted the text, so a
 * backslash byte inside of a character is none. */
static void put_element(struct text *out, struct str s, const struct encoding *e)
{
	text_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		size_t n = encoding_length(e, s.p + i, s.n - i);

		if (n == 1 && (s.p[i] == '"' || s.p[i] == '\\'))
			text_char(out, '\\');
		text_str(out, (struct str){ s.p + i, n });
		i += n;
	}
	text_char(out, '"');
}

enum item_part { ITEM_SCHEMA, ITEM_NAME, ITEM_OID };

static struct str item_array(struct arena *arena, const struct encoding *e,
                             const struct reflect_item *items, size_t count, enum item_part part)
{
	struct text out;

	text_init(&out, arena);
	text_char(&out, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_char(&out, ',');
		if (part == ITEM_OID)
			text_printf(&out, "%u", (unsigned)items[i].oid);
		else
			put_element(&out, part == ITEM_SCHEMA ? items[i].schema : items[i].name, e);
	}
	text_char(&out, '}');
	return text_view(&out);
}

static void ask(struct question *out, const char *sql, struct str *parameters, size_t count,
                const uint32_t *types)
{
	*out = (struct question){
		.sql = sql,
		.parameter_count = count,
		.parameters = parameters,
		.types = types,
	};
}

void reflect_ask_check(struct arena *arena, const struct reflect_text *text,
                       const struct reflect_item *items, size_t count, struct question *out)
{
	struct str *parameters = arena_array(arena, 3, sizeof(*parameters));

	parameters[0] = item_array(arena, text->client, items, count, ITEM_SCHEMA);
	parameters[1] = item_array(arena, text->client, items, count, ITEM_NAME);
	parameters[2] = item_array(arena, text->client, items, count, ITEM_OID);
	ask(out, reflect_sql_check, parameters, 3, check_types);
}

/* Whether the server might fail to convert a name for the client: every character has a place in
 * UTF8, and nothing is converted for a client in SQL_ASCII or in the server's own encoding. From a
 * server in SQL_ASCII nothing is converted either, but the bytes must be valid for the client. */
static bool needs_digits(const struct reflect_text *text)
{
	struct str client = text->client_name;
	struct str server = text->server_name;

	if (str_empty(client) || str_empty(server) || str_eq_nocase(client, server) ||
	    str_eq_nocase(client, STR("SQL_ASCII")))
		return false;
	return !str_eq_nocase(client, STR("UTF8")) || str_eq_nocase(server, STR("SQL_ASCII"));
}

/* ---- cells ----------------------------------------------------------------------------------- */

static struct str cell(const struct bytes *column)
{
	return (struct str){ (const char *)column->p, column->n };
}

static bool read_number(const struct bytes *column, uint64_t most, uint64_t *out)
{
	uint64_t v = 0;

	if (column->p == NULL || column->n == 0 || column->n > 10)
		return false;
	for (size_t i = 0; i < column->n; i++) {
		if (column->p[i] < '0' || column->p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(column->p[i] - '0');
	}
	*out = v;
	return v <= most;
}

static bool read_oid(const struct bytes *column, uint32_t *out)
{
	uint64_t v;

	if (!read_number(column, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* A place or an attribute number: 1 to 32767. */
static bool read_small(const struct bytes *column, uint16_t *out)
{
	uint64_t v;

	if (!read_number(column, INT16_MAX, &v) || v == 0)
		return false;
	*out = (uint16_t)v;
	return true;
}

static bool read_bool(const struct bytes *column)
{
	return column->p != NULL && column->n > 0 && column->p[0] == 't';
}

static bool read_char(const struct bytes *column, char *out)
{
	if (column->p == NULL || column->n == 0)
		return false;
	*out = (char)column->p[0];
	return true;
}

/* An int8 with its sign. */
static bool read_fingerprint(const struct bytes *column, uint64_t *out)
{
	char digits[24];
	char *end;

	if (column->p == NULL || column->n == 0 || column->n >= sizeof(digits))
		return false;
	memcpy(digits, column->p, column->n);
	digits[column->n] = '\0';
	*out = (uint64_t)strtoll(digits, &end, 10);
	return *end == '\0';
}

/* ---- names ----------------------------------------------------------------------------------- */

/* PostgreSQL's names of encodings, where iconv's are others. */
static const struct {
	const char *postgres;
	const char *iconv;
} charset_names[] = {
	{ "EUC_JP", "EUC-JP" },
	{ "EUC_CN", "EUC-CN" },
	{ "EUC_KR", "EUC-KR" },
	{ "EUC_TW", "EUC-TW" },
	{ "EUC_JIS_2004", "EUC-JISX0213" },
	{ "UTF8", "UTF-8" },
	{ "LATIN6", "ISO-8859-10" },
	{ "LATIN7", "ISO-8859-13" },
	{ "LATIN8", "ISO-8859-14" },
	{ "LATIN9", "ISO-8859-15" },
	{ "LATIN10", "ISO-8859-16" },
	{ "WIN1256", "CP1256" },
	{ "WIN1258", "CP1258" },
	{ "WIN866", "CP866" },
	{ "WIN874", "CP874" },
	{ "KOI8R", "KOI8-R" },
	{ "KOI8U", "KOI8-U" },
	{ "WIN1251", "CP1251" },
	{ "WIN1252", "CP1252" },
	{ "ISO_8859_5", "ISO-8859-5" },
	{ "ISO_8859_6", "ISO-8859-6" },
	{ "ISO_8859_7", "ISO-8859-7" },
	{ "ISO_8859_8", "ISO-8859-8" },
	{ "WIN1250", "CP1250" },
	{ "WIN1253", "CP1253" },
	{ "WIN1254", "CP1254" },
	{ "WIN1255", "CP1255" },
	{ "WIN1257", "CP1257" },
	{ "SJIS", "CP932" },
	{ "BIG5", "CP950" },
	{ "UHC", "UHC" },
	{ "SHIFT_JIS_2004", "SHIFT_JISX0213" },
};

/* The other names (LATIN1 to LATIN5, GBK, GB18030, JOHAB) are the same. */
static void charset_name(struct str postgres, char out[32])
{

	for (size_t i = 0; i < sizeof(charset_names) / sizeof(charset_names[0]); i++)
		if (str_eq_nocase(postgres, str_of(charset_names[i].postgres))) {
			snprintf(out, 32, "%s", charset_names[i].iconv);
			return;
		}
	snprintf(out, 32, "%.*s", STR_ARG(postgres));
}

static int digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Converts `raw` to the client's encoding; an empty answer: it cannot be. */
static struct str convert(struct arena *arena, const struct reflect_text *text, struct str raw)
{
	char from[32];
	char to[32];
	size_t room = 4 * raw.n;
	char *start = arena_alloc(arena, room + 1);
	char *out = start;
	char *in = arena_alloc(arena, raw.n + 1);
	size_t left = raw.n;
	iconv_t cd;
	bool whole;

	if (str_eq_nocase(text->server_name, STR("SQL_ASCII")))
		return encoding_is_valid(text->client, raw) ? raw : STR("");
	memcpy(in, raw.p, raw.n);
	charset_name(text->server_name, from);
	charset_name(text->client_name, to);
	cd = iconv_open(to, from);
	if (cd == (iconv_t)-1)
		return STR("");
	/* The second call: a character that the next might have joined is held back until then. */
	whole = iconv(cd, &in, &left, &out, &room) == 0 && left == 0 &&
	        iconv(cd, NULL, NULL, &out, &room) == 0;
	iconv_close(cd);
	return whole ? (struct str){ start, (size_t)(out - start) } : STR("");
}

/* A name out of its digits. */
static bool decode_digits(struct arena *arena, const struct reflect_text *text,
                          const struct bytes *column, struct str *out)
{
	char *p = arena_alloc(arena, column->n / 2 + 1);
	struct str raw = { p, column->n / 2 };

	if (column->n % 2 != 0)
		return false;
	for (size_t i = 0; i < raw.n; i++) {
		int high = digit_value(column->p[2 * i]);
		int low = digit_value(column->p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		p[i] = (char)(high << 4 | low);
	}
	*out = raw;
	if (is_ascii(raw))
		return true;
	*out = convert(arena, text, raw);
	if (str_empty(*out))
		*out = arena_printf(arena, "?%.*s?", BYTES_ARG(*column));
	return true;
}

/* A name or type, copied. SQL NULL is an empty one. */
static bool read_text(struct arena *arena, const struct reflect_text *text, bool digits,
                      const struct bytes *column, struct str *out)
{
	*out = STR("");
	if (column->p == NULL)
		return true;
	if (digits)
		return decode_digits(arena, text, column, out);
	*out = arena_copy(arena, cell(column));
	return true;
}

/* Cuts one identifier off the front of `s`, as the server writes them, and gives its name. */
static struct str cut_identifier(struct arena *arena, struct str *s, bool *quoted)
{
	struct text name;
	size_t i = 0;

	text_init(&name, arena);
	*quoted = s->n > 0 && s->p[0] == '"';
	if (!*quoted) {
		while (i < s->n && is_bare(s->p[i]))
			i++;
		text_str(&name, (struct str){ s->p, i });
	}
	for (i += *quoted; *quoted && i < s->n; i++) {
		bool quote = s->p[i] == '"';

		if (quote && (i + 1 == s->n || s->p[i + 1] != '"')) {
			i++;
			break;
		}
		text_char(&name, s->p[i]);
		i += quote;
	}
	*s = (struct str){ s->p + i, s->n - i };
	return text_view(&name);
}

/* The schema's name as regnamespace wrote it, without quotes. */
static struct str unquoted(struct arena *arena, struct str s)
{
	bool quoted;

	return s.n > 0 && s.p[0] == '"' ? cut_identifier(arena, &s, &quoted) : s;
}

/* What format_type() wrote, made independent of the session's search_path and of
 * quote_all_identifiers: types of pg_catalog bare, the others with their schema. */
static struct str canonical_type(struct arena *arena, struct str type, struct str schema)
{
	bool quoted;
	struct str rest = type;
	struct str name = cut_identifier(arena, &rest, &quoted);
	struct text out;

	if (str_empty(type))
		return type;
	if (rest.n > 0 && rest.p[0] == '.') {
		rest = (struct str){ rest.p + 1, rest.n - 1 };
		name = cut_identifier(arena, &rest, &quoted);
	}
	text_init(&out, arena);
	if (!str_is(schema, "pg_catalog")) {
		quote_identifier(&out, schema);
		text_char(&out, '.');
		quote_identifier(&out, name);
	} else if (quoted && (str_is(name, "char") || str_is(name, "bit"))) {
		quote_name(&out, name); /* bare, they are words for other types */
	} else {
		text_str(&out, name);
	}
	text_str(&out, rest);
	return text_view(&out);
}

/* ---- answers --------------------------------------------------------------------------------- */

bool reflect_read_check(const struct bytes *columns, size_t count, size_t items,
                        struct reflect_found *out)
{
	uint64_t number;

	if (count != REFLECT_SQL_CHECK_COLUMNS || !read_number(&columns[0], items, &number) ||
	    number == 0)
		return false;
	out->item = (size_t)number - 1;
	out->visible = read_bool(&columns[2]);
	return read_oid(&columns[1], &out->oid) && read_fingerprint(&columns[3], &out->fingerprint);
}

struct draft_column {
	uint16_t number;
	struct relation_column column;
};

/* One column of a key. */
struct draft_part {
	char kind; /* p f */
	uint16_t place;
	uint16_t number;
	uint32_t oid; /* of the constraint */
	uint32_t referenced;
	struct str name;
	struct str column;
	struct str schema;
	struct str relation;
};

struct draft {
	uint32_t oid;
	bool found; /* its own row has come */
	struct reflect_shape shape;
	bool shallow; /* no type lies too deep */
	struct draft_column *columns;
	size_t column_count;
	size_t column_capacity;
	struct draft_part *parts;
	size_t part_count;
	size_t part_capacity;
	struct relation_key *keys; /* those built so far */
};

struct reflect_answer {
	struct arena *arena;
	struct reflect_text text;
	bool digits;
	struct draft *drafts; /* one for each oid asked for */
	size_t count;
	size_t last; /* where the last row belonged */
};

struct reflect_answer *reflect_ask_shapes(struct arena *arena, const struct reflect_text *text,
                                          const uint32_t *oids, size_t count, struct question *out)
{
	struct reflect_answer *a = arena_alloc(arena, sizeof(*a));
	struct str *parameter = arena_alloc(arena, sizeof(*parameter));
	struct text list;

	a->arena = arena;
	a->text = *text;
	a->digits = needs_digits(text);
	a->drafts = arena_array(arena, count, sizeof(*a->drafts));
	a->count = count;
	text_init(&list, arena);
	text_char(&list, '{');
	for (size_t i = 0; i < count; i++) {
		a->drafts[i] = (struct draft){ .oid = oids[i], .shallow = true };
		text_printf(&list, i > 0 ? ",%u" : "%u", (unsigned)oids[i]);
	}
	text_char(&list, '}');
	*parameter = text_view(&list);
	ask(out, a->digits ? reflect_sql_shapes_digits : reflect_sql_shapes_plain, parameter, 1,
	    shape_types);
	return a;
}

static struct draft *find_draft(struct reflect_answer *a, uint32_t oid)
{
	for (size_t i = 0; i < a->count; i++) {
		size_t at = (a->last + i) % a->count;

		if (a->drafts[at].oid == oid) {
			a->last = at;
			return &a->drafts[at];
		}
	}
	return NULL;
}

/* Room for one more element; the array moves within the arena. */
static void *more(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
	void *larger;

	if (count < *capacity)
		return array;
	*capacity = *capacity == 0 ? 16 : 2 * *capacity;
	larger = arena_array(arena, *capacity, size);
	if (count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

static bool take_text(const struct reflect_answer *a, const struct bytes *column, struct str *out)
{
	return read_text(a->arena, &a->text, a->digits, column, out);
}

static bool read_relation_row(struct reflect_answer *a, struct draft *d,
                              const struct bytes *columns)
{
	struct relation *r = &d->shape.relation;

	r->oid = d->oid;
	d->shape.visible = read_bool(&columns[3]);
	d->found = read_char(&columns[2], &r->kind) &&
	           read_fingerprint(&columns[4], &d->shape.fingerprint) &&
	           take_text(a, &columns[9], &r->schema) && take_text(a, &columns[10], &r->name);
	r->schema = unquoted(a->arena, r->schema);
	return d->found;
}

static bool read_column_row(struct reflect_answer *a, struct draft *d, const struct bytes *columns)
{
	struct draft_column read = { 0 };
	struct relation_column *c = &read.column;
	struct str flags = cell(&columns[3]);
	struct str base_schema;

	if (!read_small(&columns[2], &read.number) || flags.p == NULL || flags.n != 4 ||
	    !read_oid(&columns[4], &c->type_oid) || !read_char(&columns[5], &c->type_kind) ||
	    !take_text(a, &columns[9], &c->name) || !take_text(a, &columns[10], &c->type) ||
	    !take_text(a, &columns[11], &c->type_schema) ||
	    !take_text(a, &columns[12], &c->type_name) ||
	    !take_text(a, &columns[13], &c->base_type) || !take_text(a, &columns[14], &base_schema))
		return false;
	c->not_null = flags.p[0] == 't';
	c->is_generated = flags.p[3] == 't';
	c->is_identity = flags.p[2] == 't';
	c->has_default = flags.p[1] == 't' && !c->is_generated;
	c->is_array = read_bool(&columns[6]);
	if (read_bool(&columns[7]))
		d->shallow = false;
	c->type_schema = unquoted(a->arena, c->type_schema);
	c->type = canonical_type(a->arena, c->type, c->type_schema);
	c->base_type = read_bool(&columns[8]) ? canonical_type(a->arena, c->base_type,
	                                                       unquoted(a->arena, base_schema))
	                                      : STR("");
	d->columns = more(a->arena, d->columns, d->column_count, &d->column_capacity, sizeof(read));
	d->columns[d->column_count++] = read;
	return true;
}

static bool read_key_row(struct reflect_answer *a, struct draft *d, const struct bytes *columns)
{
	struct draft_part read = { .kind = (char)columns[0].p[0] };

	if (!read_small(&columns[2], &read.place) || !read_small(&columns[3], &read.number) ||
	    !read_oid(&columns[4], &read.oid) || !read_oid(&columns[5], &read.referenced) ||
	    !take_text(a, &columns[9], &read.name) || !take_text(a, &columns[10], &read.column) ||
	    !take_text(a, &columns[11], &read.schema) ||
	    !take_text(a, &columns[12], &read.relation))
		return false;
	read.schema = unquoted(a->arena, read.schema);
	d->parts = more(a->arena, d->parts, d->part_count, &d->part_capacity, sizeof(read));
	d->parts[d->part_count++] = read;
	return true;
}

bool reflect_read_shape(struct reflect_answer *a, const struct bytes *columns, size_t count)
{
	struct draft *d;
	uint32_t oid;
	char kind;

	if (count != REFLECT_SQL_SHAPES_COLUMNS || !read_char(&columns[0], &kind) ||
	    !read_oid(&columns[1], &oid))
		return false;
	d = find_draft(a, oid);
	if (d == NULL)
		return false;
	switch (kind) {
	case 'r':
		return read_relation_row(a, d, columns);
	case 'c':
		return read_column_row(a, d, columns);
	case 'p':
	case 'f':
		return read_key_row(a, d, columns);
	default:
		return false;
	}
}

/* ---- a relation from its rows ---------------------------------------------------------------- */

static int compare_columns(const void *x, const void *y)
{
	const struct draft_column *a = x;
	const struct draft_column *b = y;

	return (a->number > b->number) - (a->number < b->number);
}

static int compare_text(struct str a, struct str b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* The primary key first, then foreign keys by name; within a key by place. */
static int compare_parts(const void *x, const void *y)
{
	const struct draft_part *a = x;
	const struct draft_part *b = y;
	int order = (a->kind == 'f') - (b->kind == 'f');

	if (order == 0)
		order = compare_text(a->name, b->name);
	if (order == 0)
		order = (a->oid > b->oid) - (a->oid < b->oid);
	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static bool find_column(const struct draft *d, uint16_t number, uint16_t *index)
{
	struct draft_column wanted = { .number = number };
	const struct draft_column *found = d->column_count == 0
	                                           ? NULL
	                                           : bsearch(&wanted, d->columns, d->column_count,
	                                                     sizeof(wanted), compare_columns);

	if (found == NULL)
		return false;
	*index = (uint16_t)(found - d->columns);
	return true;
}

static void build_columns(struct arena *arena, struct draft *d)
{
	struct relation_column *columns = arena_array(arena, d->column_count, sizeof(*columns));

	if (d->column_count > 0)
		qsort(d->columns, d->column_count, sizeof(*d->columns), compare_columns);
	for (size_t i = 0; i < d->column_count; i++)
		columns[i] = d->columns[i].column;
	d->shape.relation.columns = columns;
	d->shape.relation.column_count = d->column_count;
}

/* The key whose parts begin at `parts`; there are `count` of them. */
static bool build_key(struct arena *arena, struct draft *d, const struct draft_part *parts,
                      size_t count)
{
	struct relation *r = &d->shape.relation;
	uint16_t *columns = arena_array(arena, count, sizeof(*columns));
	struct str *referenced = arena_array(arena, count, sizeof(*referenced));

	for (size_t i = 0; i < count; i++) {
		if (parts[i].place != i + 1 || !find_column(d, parts[i].number, &columns[i]))
			return false;
		referenced[i] = parts[i].column;
	}
	if (parts->kind == 'p') {
		r->primary = columns;
		r->primary_count = count;
		return true;
	}
	d->keys[r->key_count++] = (struct relation_key){
		.name = parts->name,
		.count = count,
		.columns = columns,
		.referenced = parts->referenced,
		.referenced_schema = parts->schema,
		.referenced_name = parts->relation,
		.referenced_columns = referenced,
	};
	return true;
}

static bool build_keys(struct arena *arena, struct draft *d)
{
	size_t next;

	if (d->part_count > 0)
		qsort(d->parts, d->part_count, sizeof(*d->parts), compare_parts);
	d->keys = arena_array(arena, d->part_count, sizeof(*d->keys));
	d->shape.relation.keys = d->keys;
	for (size_t i = 0; i < d->part_count; i = next) {
		for (next = i + 1; next < d->part_count; next++)
			if (d->parts[next].oid != d->parts[i].oid)
				break;
		if (!build_key(arena, d, &d->parts[i], next - i))
			return false;
	}
	return true;
}

const struct reflect_shape *reflect_shapes(struct reflect_answer *a, size_t *count)
{
	struct reflect_shape *shapes = arena_array(a->arena, a->count, sizeof(*shapes));

	*count = 0;
	for (size_t i = 0; i < a->count; i++) {
		struct draft *d = &a->drafts[i];

		if (!d->found)
			continue;
		build_columns(a->arena, d);
		if (!build_keys(a->arena, d))
			return NULL;
		d->shape.lasting = d->shallow;
		shapes[(*count)++] = d->shape;
	}
	return shapes;
}

/* ---- neighbours ------------------------------------------------------------------------------ */

void reflect_ask_neighbours(struct arena *arena, const struct reflect_text *text,
                            const struct reflect_item *items, size_t count, struct question *out)
{
	struct str *parameters = arena_array(arena, 2, sizeof(*parameters));

	parameters[0] = item_array(arena, text->client, items, count, ITEM_SCHEMA);
	parameters[1] = item_array(arena, text->client, items, count, ITEM_NAME);
	ask(out, needs_digits(text) ? reflect_sql_neighbours_digits : reflect_sql_neighbours_plain,
	    parameters, 2, check_types);
}

bool reflect_read_neighbour(struct arena *arena, const struct reflect_text *text,
                            const struct bytes *columns, size_t count, size_t items, size_t *item,
                            struct str *name)
{
	uint64_t number;

	if (count != REFLECT_SQL_NEIGHBOURS_COLUMNS || !read_number(&columns[0], items, &number) ||
	    number == 0)
		return false;
	*item = (size_t)number - 1;
	return read_text(arena, text, needs_digits(text), &columns[1], name);
}
