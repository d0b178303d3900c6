#include "compiler/json_text.h"

#include "compiler/compilation.h"
#include "compiler/encoding.h"
#include "compiler/text.h"

static void put_unicode(struct text *out, uint32_t point)
{
	if (point >= 0x10000) {
		point -= 0x10000;
		text_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (point >> 10)),
		            (unsigned)(0xdc00 + (point & 0x3ff)));
		return;
	}
	text_printf(out, "\\u%04x", (unsigned)point);
}

static void put_ascii(struct text *out, char ch)
{
	switch (ch) {
	case '"':
		text_z(out, "\\\"");
		break;
	case '\\':
		text_z(out, "\\\\");
		break;
	case '\n':
		text_z(out, "\\n");
		break;
	case '\r':
		text_z(out, "\\r");
		break;
	case '\t':
		text_z(out, "\\t");
		break;
	case '\b':
		text_z(out, "\\b");
		break;
	case '\f':
		text_z(out, "\\f");
		break;
	default:
		if ((unsigned char)ch < 0x20)
			text_printf(out, "\\u%04x", (unsigned char)ch);
		else
			text_char(out, ch);
	}
}

/* The code point of a whole UTF-8 character of n bytes. */
static uint32_t decoded(const char *p, size_t n)
{
	uint32_t point = (unsigned char)p[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		point = point << 6 | ((unsigned char)p[i] & 0x3fu);
	return point;
}

static void put_string(struct compilation *c, struct text *out, struct str s)
{
	const struct encoding *e = c->settings->encoding;

	text_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		size_t n = encoding_length(e, s.p + i, s.n - i);

		if (n == 1 && (unsigned char)s.p[i] < 0x80)
			put_ascii(out, s.p[i]);
		else if (e->class == ENCODING_UTF8 && n > 1)
			put_unicode(out, decoded(s.p + i, n));
		else
			text_str(out, (struct str){ s.p + i, n });
		i += n;
	}
	text_char(out, '"');
}

/* Keys are strings; Python writes numbers and constants as one. */
static void put_key(struct compilation *c, struct text *out, const struct literal *key)
{
	if (key->kind == LITERAL_STRING) {
		put_string(c, out, literal_text(key));
		return;
	}
	text_char(out, '"');
	json_text(c, out, key);
	text_char(out, '"');
}

static void put_dict(struct compilation *c, struct text *out, const struct literal *l)
{
	text_char(out, '{');
	for (size_t i = 0; i + 1 < l->count; i += 2) {
		if (i > 0)
			text_z(out, ", ");
		put_key(c, out, l->items[i]);
		text_z(out, ": ");
		json_text(c, out, l->items[i + 1]);
	}
	text_char(out, '}');
}

static void put_list(struct compilation *c, struct text *out, const struct literal *l)
{
	text_char(out, '[');
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			text_z(out, ", ");
		json_text(c, out, l->items[i]);
	}
	text_char(out, ']');
}

void json_text(struct compilation *c, struct text *out, const struct literal *l)
{
	compilation_descend(c, l->span);
	switch (l->kind) {
	case LITERAL_NONE:
		text_z(out, "null");
		break;
	case LITERAL_BOOL:
		text_z(out, l->number ? "true" : "false");
		break;
	case LITERAL_INTEGER:
	case LITERAL_FLOAT:
	case LITERAL_DECIMAL:
		text_str(out, literal_text(l));
		break;
	case LITERAL_STRING:
	case LITERAL_DATE:
	case LITERAL_DATETIME:
	case LITERAL_DATETIME_TZ:
	case LITERAL_TIME:
	case LITERAL_UUID:
		put_string(c, out, literal_text(l));
		break;
	case LITERAL_LIST:
	case LITERAL_TUPLE:
		put_list(c, out, l);
		break;
	case LITERAL_DICT:
		put_dict(c, out, l);
		break;
	default:
		hint(c, "Use func.jsonb_build_object() or func.jsonb_build_array().");
		fail(c, l->span, SQLSTATE_DATATYPE_MISMATCH,
		     "a value of this kind cannot be part of a JSON value");
	}
	compilation_ascend(c);
}
