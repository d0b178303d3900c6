#include "compiler/quote.h"

static const char *const reserved[] = {
#define RESERVED(word) #word,
#include "compiler/reserved.def"
};

static bool is_reserved(struct str name)
{
	size_t low = 0;
	size_t high = sizeof(reserved) / sizeof(reserved[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = name.p[0] - reserved[middle][0];

		if (order == 0) /* most words differ in their first letter */
			order = strncmp(name.p, reserved[middle], name.n);

		if (order == 0 && reserved[middle][name.n] == '\0')
			return true;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

bool quote_is_needed(struct str name)
{
	if (str_empty(name) || (name.p[0] >= '0' && name.p[0] <= '9') || name.p[0] == '$')
		return true;
	for (size_t i = 0; i < name.n; i++) {
		if (!is_plain(name.p[i]))
			return true;
	}
	return is_reserved(name);
}

void quote_name(struct text *out, struct str name)
{
	size_t from = 0;

	text_char(out, '"');
	/* No encoding has a quote inside a character. */
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '"')
			continue;
		text_str(out, (struct str){ name.p + from, i + 1 - from });
		from = i;
	}
	if (from < name.n)
		text_str(out, (struct str){ name.p + from, name.n - from });
	text_char(out, '"');
}

void quote_identifier(struct text *out, struct str name)
{
	if (quote_is_needed(name))
		quote_name(out, name);
	else
		text_str(out, name);
}

/* Whether the server could hold no such value: it has a NUL, or ends inside a character, which
 * would swallow the closing quote. */
static bool is_broken(struct str value, const struct encoding *e)
{
	return memchr(value.p, '\0', value.n) != NULL ||
	       (e->stepped && !encoding_is_valid(e, value));
}

/* Every byte as an escape: ugly, unambiguous, and the server says what is wrong with it. */
static void put_broken(struct text *out, struct str value)
{
	text_z(out, "E'");
	for (size_t i = 0; i < value.n; i++)
		text_printf(out, "\\x%02x", (unsigned)(unsigned char)value.p[i]);
	text_char(out, '\'');
}

/* The value with quotes, and backslashes if they are escapes, doubled. */
static void put_doubled(struct text *out, struct str value, const struct encoding *e,
                        bool backslashes)
{
	size_t from = 0;
	size_t i = 0;

	while (i < value.n) {
		if (value.p[i] == '\'' || (backslashes && value.p[i] == '\\')) {
			text_str(out, (struct str){ value.p + from, i + 1 - from });
			from = i++;
		} else {
			i += e->stepped ? encoding_length(e, value.p + i, value.n - i) : 1;
		}
	}
	if (from < value.n)
		text_str(out, (struct str){ value.p + from, value.n - from });
}

void quote_literal(struct text *out, struct str value, const struct encoding *e)
{
	/* Inside a character a backslash needs no doubling, but E'…' does no harm. */
	bool backslashes = value.n > 0 && memchr(value.p, '\\', value.n) != NULL;

	if (value.n > 0 && is_broken(value, e)) {
		put_broken(out, value);
		return;
	}
	text_z(out, backslashes ? "E'" : "'");
	put_doubled(out, value, e, backslashes);
	text_char(out, '\'');
}

void quote_text_as_select(struct text *out, struct str sql, const struct encoding *e)
{
	text_z(out, "SELECT ");
	quote_literal(out, sql, e);
	text_z(out, "::pg_catalog.text AS sql");
}
