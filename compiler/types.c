#include "compiler/types.h"

#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/quote.h"
#include "compiler/text.h"
#include "compiler/tree.h"
#include "compiler/vocabulary.h"

const struct type type_null = {
	.id = TYPE_NullType, .precision = -1, .scale = -1, .length = -1, .dimensions = -1
};

static const struct row {
	const char *name;
	const char *sql;
	enum affinity affinity;
} rows[TYPE_COUNT] = {
	[TYPE_NullType] = { "NullType", NULL, AFFINITY_NULL },
#define TYPE(id, affinity_, sql_, parameters, summary, example)                                    \
	[TYPE_##id] = { #id, sql_, AFFINITY_##affinity_ },
#include "compiler/types.def"
};

static const struct type plain[TYPE_COUNT] = {
	[TYPE_NullType] = { .id = TYPE_NullType,
	                    .precision = -1,
	                    .scale = -1,
	                    .length = -1,
	                    .dimensions = -1 },
#define TYPE(id_, affinity, sql, parameters, summary, example)                                     \
	[TYPE_##id_] = {                                                                           \
		.id = TYPE_##id_, .precision = -1, .scale = -1, .length = -1, .dimensions = -1     \
	},
#include "compiler/types.def"
};

const struct type *type_plain(enum type_id id)
{
	return id == TYPE_NullType ? &type_null : &plain[id];
}

enum affinity type_affinity(const struct type *t)
{
	return rows[t->id].affinity;
}

const char *type_name(const struct type *t)
{
	return rows[t->id].name;
}

bool type_is_null(const struct type *t)
{
	return t->id == TYPE_NullType;
}

bool type_is_multirange(const struct type *t)
{
	return t->id >= TYPE_INT4MULTIRANGE && t->id <= TYPE_TSTZMULTIRANGE;
}

bool type_same_affinity(const struct type *a, const struct type *b)
{
	enum affinity affinity = type_affinity(a);

	if (affinity != type_affinity(b))
		return false;
	if (affinity != AFFINITY_OTHER)
		return true;
	return a->id == b->id && (a->id != TYPE_Named || str_eq(a->name, b->name));
}

const struct type *type_acting(const struct type *t)
{
	while (t->id == TYPE_DOMAIN && t->item != NULL)
		t = t->item;
	return t;
}

bool type_is_concatenable(const struct type *t)
{
	switch (type_affinity(t)) {
	case AFFINITY_STRING:
	case AFFINITY_ARRAY:
	case AFFINITY_JSON:
	case AFFINITY_HSTORE:
		return true;
	default:
		return t->id == TYPE_ENUM;
	}
}

enum type_id type_family(enum affinity a)
{
	switch (a) {
	case AFFINITY_INTEGER:
		return TYPE_Integer;
	case AFFINITY_NUMERIC:
		return TYPE_Numeric;
	case AFFINITY_STRING:
		return TYPE_String;
	case AFFINITY_BOOLEAN:
		return TYPE_Boolean;
	case AFFINITY_DATE:
		return TYPE_Date;
	case AFFINITY_DATETIME:
		return TYPE_DateTime;
	case AFFINITY_TIME:
		return TYPE_Time;
	case AFFINITY_INTERVAL:
		return TYPE_Interval;
	default:
		return TYPE_NullType;
	}
}

struct str type_collation(const struct type *t)
{
	return t->id == TYPE_ARRAY && t->item != NULL ? t->item->collation : t->collation;
}

static struct type *type_copy(struct compilation *c, const struct type *t)
{
	struct type *copy = NEW(c, struct type);

	*copy = *t;
	return copy;
}

const struct type *type_collated(struct compilation *c, const struct type *t, struct str collation)
{
	struct type *copy = type_copy(c, t);

	copy->collation = collation;
	return copy;
}

const struct type *type_array_of(struct compilation *c, const struct type *item)
{
	struct type *t = type_copy(c, type_plain(TYPE_ARRAY));

	t->item = item;
	return t;
}

/* ------------------------------------------------------------------ types by PostgreSQL's names */

/* Names as format_type() writes them, without what stands in parentheses, and those that people
 * write behind `::`. SQLAlchemy reflects only some of them; the rest are unknown to it. The common
 * ones come first. */
#define SPELLED(literal)                                                                           \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
static const struct spelling {
	struct str name;
	enum type_id id;
	bool timezone;
	bool varying;
	bool written_only;
} spellings[] = {
	{ SPELLED("integer"), TYPE_INTEGER, false, false, false },
	{ SPELLED("text"), TYPE_TEXT, false, false, false },
	{ SPELLED("bigint"), TYPE_BIGINT, false, false, false },
	{ SPELLED("character varying"), TYPE_VARCHAR, false, false, false },
	{ SPELLED("timestamp without time zone"), TYPE_TIMESTAMP, false, false, false },
	{ SPELLED("timestamp with time zone"), TYPE_TIMESTAMP, true, false, false },
	{ SPELLED("numeric"), TYPE_NUMERIC, false, false, false },
	{ SPELLED("boolean"), TYPE_BOOLEAN, false, false, false },
	{ SPELLED("date"), TYPE_DATE, false, false, false },
	{ SPELLED("double precision"), TYPE_DOUBLE_PRECISION, false, false, false },
	{ SPELLED("uuid"), TYPE_UUID, false, false, false },
	{ SPELLED("jsonb"), TYPE_JSONB, false, false, false },
	{ SPELLED("smallint"), TYPE_SMALLINT, false, false, false },
	{ SPELLED("character"), TYPE_CHAR, false, false, false },
	{ SPELLED("\"char\""), TYPE_String, false, false, false },
	{ SPELLED("name"), TYPE_String, false, false, false },
	{ SPELLED("float"), TYPE_FLOAT, false, false, false },
	{ SPELLED("real"), TYPE_REAL, false, false, false },
	{ SPELLED("inet"), TYPE_INET, false, false, false },
	{ SPELLED("cidr"), TYPE_CIDR, false, false, false },
	{ SPELLED("citext"), TYPE_CITEXT, false, false, false },
	{ SPELLED("bit"), TYPE_BIT, false, false, false },
	{ SPELLED("bit varying"), TYPE_BIT, false, true, false },
	{ SPELLED("macaddr"), TYPE_MACADDR, false, false, false },
	{ SPELLED("macaddr8"), TYPE_MACADDR8, false, false, false },
	{ SPELLED("money"), TYPE_MONEY, false, false, false },
	{ SPELLED("oid"), TYPE_OID, false, false, false },
	{ SPELLED("regclass"), TYPE_REGCLASS, false, false, false },
	{ SPELLED("timestamp"), TYPE_TIMESTAMP, false, false, false },
	{ SPELLED("time"), TYPE_TIME, false, false, false },
	{ SPELLED("time with time zone"), TYPE_TIME, true, false, false },
	{ SPELLED("time without time zone"), TYPE_TIME, false, false, false },
	{ SPELLED("bytea"), TYPE_BYTEA, false, false, false },
	{ SPELLED("interval"), TYPE_INTERVAL, false, false, false },
	{ SPELLED("tsvector"), TYPE_TSVECTOR, false, false, false },
	{ SPELLED("hstore"), TYPE_HSTORE, false, false, false },
	{ SPELLED("json"), TYPE_JSON, false, false, false },
	{ SPELLED("int4range"), TYPE_INT4RANGE, false, false, false },
	{ SPELLED("int8range"), TYPE_INT8RANGE, false, false, false },
	{ SPELLED("numrange"), TYPE_NUMRANGE, false, false, false },
	{ SPELLED("daterange"), TYPE_DATERANGE, false, false, false },
	{ SPELLED("tsrange"), TYPE_TSRANGE, false, false, false },
	{ SPELLED("tstzrange"), TYPE_TSTZRANGE, false, false, false },
	{ SPELLED("int4multirange"), TYPE_INT4MULTIRANGE, false, false, false },
	{ SPELLED("int8multirange"), TYPE_INT8MULTIRANGE, false, false, false },
	{ SPELLED("nummultirange"), TYPE_NUMMULTIRANGE, false, false, false },
	{ SPELLED("datemultirange"), TYPE_DATEMULTIRANGE, false, false, false },
	{ SPELLED("tsmultirange"), TYPE_TSMULTIRANGE, false, false, false },
	{ SPELLED("tstzmultirange"), TYPE_TSTZMULTIRANGE, false, false, false },
	{ SPELLED("int"), TYPE_INTEGER, false, false, true },
	{ SPELLED("int4"), TYPE_INTEGER, false, false, true },
	{ SPELLED("int8"), TYPE_BIGINT, false, false, true },
	{ SPELLED("int2"), TYPE_SMALLINT, false, false, true },
	{ SPELLED("varchar"), TYPE_VARCHAR, false, false, true },
	{ SPELLED("char"), TYPE_CHAR, false, false, true },
	{ SPELLED("bpchar"), TYPE_CHAR, false, false, true },
	{ SPELLED("decimal"), TYPE_NUMERIC, false, false, true },
	{ SPELLED("dec"), TYPE_NUMERIC, false, false, true },
	{ SPELLED("float4"), TYPE_REAL, false, false, true },
	{ SPELLED("float8"), TYPE_DOUBLE_PRECISION, false, false, true },
	{ SPELLED("bool"), TYPE_BOOLEAN, false, false, true },
	{ SPELLED("timestamptz"), TYPE_TIMESTAMP, true, false, true },
	{ SPELLED("timetz"), TYPE_TIME, true, false, true },
	{ SPELLED("varbit"), TYPE_BIT, false, true, true },
	{ SPELLED("jsonpath"), TYPE_JSONPATH, false, false, true },
	{ SPELLED("regconfig"), TYPE_REGCONFIG, false, false, true },
	{ SPELLED("tsquery"), TYPE_TSQUERY, false, false, true },
};

static const struct spelling *spelling_find(struct str name, bool written)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (str_eq(name, spellings[i].name) && (written || !spellings[i].written_only))
			return &spellings[i];
	if (name.n > 9 && memcmp(name.p, "interval ", 9) == 0)
		return spelling_find(STR("interval"), written);
	return NULL;
}

/* "10,2" as two numbers; those that are not there stay -1. */
static void read_modifiers(struct str text, int32_t out[2])
{
	size_t i = 0;

	out[0] = out[1] = -1;
	for (size_t n = 0; n < 2; n++) {
		while (i < text.n && (text.p[i] == ' ' || text.p[i] == ','))
			i++;
		while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && out[n] < 100000000) {
			out[n] = (out[n] < 0 ? 0 : out[n] * 10) + (text.p[i] - '0');
			i++;
		}
	}
}

/* The type of that spelling, with the name as it was written and its modifiers; NULL for none. */
static struct type *type_spelled(struct compilation *c, const struct spelling *s, struct str name,
                                 struct str modifiers)
{
	int32_t m[2];
	struct type *t;

	if (s == NULL)
		return NULL;
	t = type_copy(c, type_plain(s->id));
	t->timezone = s->timezone;
	t->varying = s->varying;
	read_modifiers(modifiers, m);
	switch (type_affinity(t)) {
	case AFFINITY_NUMERIC:
		if (m[1] >= 0) { /* SQLAlchemy takes both or none */
			t->precision = m[0];
			t->scale = m[1];
		}
		break;
	case AFFINITY_STRING:
	case AFFINITY_OTHER:
		t->length = m[0];
		break;
	default:
		t->precision = m[0];
		break;
	}
	if (s->id == TYPE_INTERVAL && name.n > 9)
		t->fields = (struct str){ name.p + 9, name.n - 9 };
	return t;
}

/* Cuts `(10,2)` out of a name as format_type() writes it. */
static struct str split_modifiers(struct compilation *c, struct str text, struct str *modifiers)
{
	const char *open = text.n > 0 && text.p[0] != '"' ? memchr(text.p, '(', text.n) : NULL;
	const char *close =
		open == NULL ? NULL : memchr(open, ')', text.n - (size_t)(open - text.p));
	const char *end = text.p + text.n;

	*modifiers = (struct str){ NULL, 0 };
	if (close == NULL)
		return text;
	*modifiers = (struct str){ open + 1, (size_t)(close - open - 1) };
	if (close + 1 == end)
		return (struct str){ text.p, (size_t)(open - text.p) };
	return arena_printf(&c->arena, "%.*s%.*s", (int)(open - text.p), text.p,
	                    (int)(end - close - 1), close + 1);
}

static struct str without_brackets(struct str text, bool *array)
{
	while (text.n > 2 && text.p[text.n - 2] == '[' && text.p[text.n - 1] == ']') {
		text.n -= 2;
		*array = true;
	}
	return text;
}

/* format_type() of a type of pg_catalog or, of hstore and citext, of any schema. */
static const struct type *type_formatted(struct compilation *c, struct str text,
                                         struct str type_name_)
{
	struct str modifiers;
	struct str name = split_modifiers(c, text, &modifiers);
	const struct spelling *s = spelling_find(name, false);
	struct type *t;

	/* Most are nothing but their name: that type needs no copy. */
	if (s != NULL && s->name.n == name.n && modifiers.n == 0 && !s->timezone && !s->varying)
		return type_plain(s->id);
	t = type_spelled(c, s, name, modifiers);

	if (t == NULL && (str_is(type_name_, "hstore") || str_is(type_name_, "citext"))) {
		t = type_copy(c,
		              type_plain(str_is(type_name_, "hstore") ? TYPE_HSTORE : TYPE_CITEXT));
		t->sql = text;
	}
	return t != NULL ? t : &type_null;
}

/* The part behind the last dot outside quotes: what a domain's base is called. */
static struct str last_part(struct str text)
{
	size_t start = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == '.' && !quoted)
			start = i + 1;
	}
	return (struct str){ text.p + start, text.n - start };
}

static const struct type *type_domain(struct compilation *c, const struct relation_column *column,
                                      struct str text)
{
	struct type *t = type_copy(c, type_plain(TYPE_DOMAIN));
	bool array = false;
	struct str base = without_brackets(column->base_type, &array);

	t->schema = column->type_schema;
	t->name = column->type_name;
	t->sql = text;
	t->item = type_formatted(c, base, last_part(base));
	if (array)
		t->item = type_array_of(c, t->item);
	return t;
}

const struct type *type_reflected(struct compilation *c, const struct relation_column *column)
{
	bool array = false;
	struct str text = without_brackets(column->type, &array);
	const struct type *t;

	if (column->type_kind == 'e') {
		struct type *named = type_copy(c, type_plain(TYPE_ENUM));

		named->schema = column->type_schema;
		named->name = column->type_name;
		named->sql = text;
		t = named;
	} else if (column->type_kind == 'd') {
		t = type_domain(c, column, text);
	} else {
		t = type_formatted(c, text, column->type_name);
	}
	return array ? type_array_of(c, t) : t;
}

const struct type *type_written(struct compilation *c, const struct tree_type *written)
{
	bool system = written->schema.n == 0 || str_is(written->schema, "pg_catalog");
	struct type *t = NULL;

	if (!written->quoted &&
	    (system || str_is(written->name, "hstore") || str_is(written->name, "citext")))
		t = type_spelled(c, spelling_find(written->name, true), written->name,
		                 written->modifier);
	if (t == NULL) {
		t = type_copy(c, type_plain(TYPE_Named));
		t->schema = written->schema;
		t->name = written->name;
	}
	t->sql = written->text;
	if (written->brackets.n > 0) {
		struct type *array = type_copy(c, type_array_of(c, t));

		array->sql = arena_printf(&c->arena, "%.*s%.*s", STR_ARG(written->text),
		                          STR_ARG(written->brackets));
		return array;
	}
	return t;
}

/* OIDs of src/include/catalog/pg_type.dat. */
const struct type *type_declared(uint32_t oid)
{
	switch (oid) {
	case 16:
		return type_plain(TYPE_BOOLEAN);
	case 17:
		return type_plain(TYPE_BYTEA);
	case 20:
		return type_plain(TYPE_BIGINT);
	case 21:
	case 23:
		return type_plain(TYPE_INTEGER);
	case 19:
	case 25:
	case 1042:
	case 1043:
		return type_plain(TYPE_TEXT);
	case 700:
	case 701:
		return type_plain(TYPE_Float);
	case 1700:
		return type_plain(TYPE_NUMERIC);
	case 1082:
		return type_plain(TYPE_DATE);
	case 1083:
	case 1266:
		return type_plain(TYPE_TIME);
	case 1114:
	case 1184:
		return type_plain(TYPE_TIMESTAMP);
	case 1186:
		return type_plain(TYPE_INTERVAL);
	case 2950:
		return type_plain(TYPE_UUID);
	default:
		return &type_null;
	}
}

/* ------------------------------------------------------------------ as SQL */

static void print_named(struct compilation *c, struct text *out, const struct type *t,
                        struct span at)
{
	if (t->name.n == 0)
		fail(c, at, SQLSTATE_INVALID_ARGUMENT, "PostgreSQL %s type requires a name.",
		     type_name(t));
	if (t->schema.n > 0) {
		quote_identifier(out, t->schema);
		text_char(out, '.');
	}
	quote_identifier(out, t->name);
}

static void print_enum(struct compilation *c, struct text *out, const struct type *t,
                       struct span at)
{
	if (t->not_native) {
		text_printf(out, "VARCHAR(%d)", (int)t->length);
		return;
	}
	print_named(c, out, t, at);
}

static void print_time(struct text *out, const struct type *t)
{
	text_z(out, rows[t->id].sql);
	if (t->precision >= 0)
		text_printf(out, "(%d)", (int)t->precision);
	text_z(out, t->timezone ? " WITH TIME ZONE" : " WITHOUT TIME ZONE");
}

static void print_interval(struct text *out, const struct type *t)
{
	text_z(out, "INTERVAL");
	if (t->fields.n > 0) {
		text_char(out, ' ');
		text_str(out, t->fields);
	}
	if (t->precision >= 0)
		text_printf(out, " (%d)", (int)t->precision);
}

static void print_bit(struct text *out, const struct type *t)
{
	if (!t->varying) {
		text_printf(out, "BIT(%d)", t->length > 0 ? (int)t->length : 1);
		return;
	}
	text_z(out, "BIT VARYING");
	if (t->length >= 0)
		text_printf(out, "(%d)", (int)t->length);
}

static void print_number(struct text *out, const struct type *t)
{
	bool takes_scale = t->id == TYPE_Numeric || t->id == TYPE_NUMERIC || t->id == TYPE_DECIMAL;

	text_z(out, rows[t->id].sql);
	if (t->precision < 0 || !(takes_scale || t->id == TYPE_Float || t->id == TYPE_FLOAT) ||
	    (t->precision == 0 && !takes_scale))
		return;
	if (takes_scale && t->scale >= 0)
		text_printf(out, "(%d, %d)", (int)t->precision, (int)t->scale);
	else
		text_printf(out, "(%d)", (int)t->precision);
}

static bool takes_length(const struct type *t)
{
	return strcmp(rows[t->id].sql, "VARCHAR") == 0 || strcmp(rows[t->id].sql, "CHAR") == 0;
}

void type_print(struct compilation *c, struct text *out, const struct type *t, struct span at)
{
	if (t->sql.n > 0) {
		text_str(out, t->sql);
		return;
	}
	switch (t->id) {
	case TYPE_ARRAY:
		type_print(c, out, t->item, at);
		for (int32_t i = t->dimensions < 1 ? 1 : t->dimensions; i > 0; i--)
			text_z(out, "[]");
		return;
	case TYPE_Enum:
		print_enum(c, out, t, at);
		return;
	case TYPE_ENUM:
	case TYPE_DOMAIN:
		print_named(c, out, t, at);
		return;
	case TYPE_BIT:
		print_bit(out, t);
		return;
	case TYPE_Uuid:
	case TYPE_UUID:
		text_z(out, t->not_native ? "CHAR(32)" : "UUID");
		return;
	case TYPE_JSONPathType:
		text_z(out, "JSONPATH");
		return;
	default:
		break;
	}
	if (rows[t->id].sql == NULL)
		fail(c, at, SQLSTATE_DATATYPE_MISMATCH, "Can't generate DDL for %s()",
		     rows[t->id].name);
	switch (type_affinity(t)) {
	case AFFINITY_NUMERIC:
		print_number(out, t);
		return;
	case AFFINITY_DATETIME:
	case AFFINITY_TIME:
		print_time(out, t);
		return;
	case AFFINITY_INTERVAL:
		print_interval(out, t);
		return;
	default:
		text_z(out, rows[t->id].sql);
		if (t->length > 0 && takes_length(t))
			text_printf(out, "(%d)", (int)t->length);
		return;
	}
}

/* ------------------------------------------------------------------ calls: Numeric(10, 2) */

/* The argument of that name; absent when the signature has none. */
static const struct value *argument(const struct call *call, const char *name, size_t *index)
{
	static const struct value absent = { .kind = VALUE_ABSENT };

	for (size_t i = 0; i < call->arg_count; i++) {
		if (str_is(call_parameter(call, i), name)) {
			*index = i;
			return &call->args[i];
		}
	}
	return &absent;
}

static int32_t number_argument(struct compilation *c, const struct call *call, const char *name)
{
	size_t i;
	const struct value *v = argument(call, name, &i);
	int64_t n;

	if (!value_given(*v) || value_is_none(v))
		return -1;
	n = call_integer(c, call, i, -1);
	if (n < 0 || n > 1000000000)
		fail(c, v->span, SQLSTATE_INVALID_ARGUMENT, "%s of %s() is out of range", name,
		     call->word->name);
	return (int32_t)n;
}

static bool flag_argument(struct compilation *c, const struct call *call, const char *name,
                          bool otherwise)
{
	size_t i;

	return value_given(*argument(call, name, &i)) ? call_flag(c, call, i, otherwise)
	                                              : otherwise;
}

static struct str string_argument(struct compilation *c, const struct call *call, const char *name)
{
	size_t i;

	return value_given(*argument(call, name, &i)) ? call_string(c, call, i) : STR("");
}

/* The fields of an interval are words: they go into the SQL as they are. */
static struct str fields_argument(struct compilation *c, const struct call *call)
{
	struct str fields = string_argument(c, call, "fields");
	size_t i;

	for (size_t k = 0; k < fields.n; k++) {
		char letter = (char)(fields.p[k] | 0x20);

		if (fields.p[k] != ' ' && (letter < 'a' || letter > 'z'))
			fail(c, argument(call, "fields", &i)->span, SQLSTATE_INVALID_ARGUMENT,
			     "the fields of an interval are words such as DAY TO SECOND");
	}
	return fields;
}

static void construct_enum(struct compilation *c, const struct call *call, struct type *t)
{
	int32_t longest = 0;

	for (size_t i = 0; i < call->rest_count; i++) {
		struct str label;

		if (!value_string(&call->rest[i], &label))
			fail(c, call->rest[i].span, SQLSTATE_DATATYPE_MISMATCH,
			     "the labels of %s() are strings", call->word->name);
		if ((int32_t)label.n > longest)
			longest = (int32_t)label.n;
	}
	if (t->length < longest)
		t->length = longest;
	t->not_native = !flag_argument(c, call, "native_enum", true);
}

static void construct_array(struct compilation *c, const struct call *call, struct type *t)
{
	t->item = coerce_type(c, &call->args[0]);
	if (t->item->id == TYPE_ARRAY)
		fail(c, call->args[0].span, SQLSTATE_INVALID_ARGUMENT,
		     "Do not nest ARRAY types; ARRAY(basetype) handles multi-dimensional arrays of "
		     "basetype");
	t->dimensions = number_argument(c, call, "dimensions");
	t->zero_indexes = flag_argument(c, call, "zero_indexes", false);
}

struct value type_construct(struct compilation *c, struct call *call)
{
	struct type *t = type_copy(c, type_plain(call->word->type));

	t->precision = number_argument(c, call, "precision");
	if (t->precision < 0)
		t->precision = number_argument(c, call, "second_precision");
	t->scale = number_argument(c, call, "scale");
	t->length = number_argument(c, call, "length");
	t->timezone = flag_argument(c, call, "timezone", false);
	t->varying = flag_argument(c, call, "varying", false);
	t->none_as_null = flag_argument(c, call, "none_as_null", false);
	t->not_native = !flag_argument(c, call, "native_uuid", true);
	t->fields = fields_argument(c, call);
	t->collation = string_argument(c, call, "collation");
	t->schema = string_argument(c, call, "schema");
	t->name = t->id == TYPE_BOOLEAN || t->id == TYPE_Boolean ? STR("")
	                                                         : string_argument(c, call, "name");
	if (t->id == TYPE_ARRAY)
		construct_array(c, call, t);
	else if (t->id == TYPE_Enum || t->id == TYPE_ENUM)
		construct_enum(c, call, t);
	else if (t->id == TYPE_DOMAIN)
		t->item = coerce_type(c, &call->args[1]);
	return value_type(t, call->span);
}
