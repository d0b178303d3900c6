/* The text that goes out: the client's own, with SQL or a statement that fails where expressions stood,
 * and what is needed to report on it. */
#include <inttypes.h>
#include <stdio.h>

#include "compiler/text.h"
#include "proxy/report_map.h"
#include "proxy/rewrite_parts.h"

enum { LONGEST_IDENTIFIER = 63 }; /* NAMEDATALEN - 1: a longer one would raise a notice */

static struct str nonce_mark(const struct rewrite *r, size_t number, char out[REPORT_MARK])
{
	int n = snprintf(out, REPORT_MARK, "#%016" PRIx64 ".%u#", r->session.nonce,
	                 (unsigned)number);

	return (struct str){ out, (size_t)n };
}

/* The identifier that is put where a column's name would be: it is in the server's log, so it says
 * in ASCII what is wrong, as far as there is room. */
static void put_marker(struct text *out, const struct expression *x, struct str mark)
{
	static const char prefix[] = "pgexpr: ";
	size_t room = LONGEST_IDENTIFIER - (sizeof(prefix) - 1) - 1 - mark.n;
	struct str message = x->error.message;

	text_char(out, '"');
	text_z(out, prefix);
	for (size_t i = 0; i < message.n && i < room; i++) {
		unsigned char c = (unsigned char)message.p[i];

		text_char(out, (char)(c == '"' ? '\'' : c < ' ' || c > '~' ? '?' : c));
	}
	text_char(out, ' ');
	text_str(out, mark);
	text_char(out, '"');
}

/* A statement that fails as the client's own would have. */
static struct str failing_sql(struct rewrite *r, const struct expression *x, struct str mark)
{
	struct text out;

	text_init(&out, &r->arena);
	text_z(&out, x->error.syntax ? "SELECT 0 \"x\" " : "SELECT ");
	put_marker(&out, x, mark);
	return text_view(&out);
}

/* What is written while the text is put together. */
struct output {
	struct text text;
	struct sourcemap map;
	size_t copied; /* bytes of the client's text that are dealt with */
	struct report_failure *failures;
	size_t failure_count;
	struct report_warning *warnings;
	size_t warning_count;
	struct rewrite_ruler ruler; /* of the client's text */
};

uint32_t rewrite_ruler_at(struct rewrite_ruler *ruler, size_t byte)
{
	if (byte > ruler->text.n)
		byte = ruler->text.n;
	if (byte < ruler->byte)
		ruler->byte = ruler->character = 0;
	ruler->character += encoding_count(
		ruler->encoding, (struct str){ ruler->text.p + ruler->byte, byte - ruler->byte });
	ruler->byte = byte;
	return (uint32_t)ruler->character;
}

static void copy_until(const struct rewrite *r, struct output *o, size_t end)
{
	if (end <= o->copied)
		return;
	sourcemap_copied(&o->map, o->text.n, o->copied);
	text_str(&o->text, (struct str){ r->query.p + o->copied, end - o->copied });
	o->copied = end;
}

static void put_failure(struct rewrite *r, struct output *o, const struct expression *x)
{
	struct report_failure *f = &o->failures[o->failure_count++];
	struct str mark = nonce_mark(r, o->failure_count, f->mark);
	struct splice s = splice_of(STR("SELECT"), r->rules, &(struct splice_place){ 0 }, r->query,
	                            x->tag->tag.start, x->tag->body.end);

	f->syntax = x->error.syntax;
	memcpy(f->sqlstate, x->error.sqlstate, sizeof(f->sqlstate));
	f->position = rewrite_ruler_at(&o->ruler, x->error.span.start) + 1;
	f->message = x->error.message;
	f->detail = x->error.detail;
	f->hint = x->error.hint;
	sourcemap_made(&o->map, o->text.n, x->error.span);
	text_str(&o->text, s.before);
	text_str(&o->text, failing_sql(r, x, mark));
	text_str(&o->text, s.after);
}

/* `expr sql`: the SQL itself is the answer. */
static struct str shown_sql(struct rewrite *r, const struct expression *x)
{
	struct text out;

	text_init(&out, &r->arena);
	splice_shown(&out, x->sql, r->rules);
	return text_view(&out);
}

/* The constants of the SQL, which stands at byte `at` of the text. */
static void put_constants(struct rewrite *r, const struct expression *x, size_t at)
{
	for (size_t i = 0; i < x->constant_count; i++) {
		r->constants[r->constant_count] = x->constants[i];
		r->constants[r->constant_count++].out += (uint32_t)at;
	}
}

/* The marks of the SQL from byte `skip` on, which stands at byte `at` of the text. */
static void put_marks(struct rewrite *r, struct output *o, const struct expression *x, size_t at,
                      size_t skip)
{
	struct sourcemap part = { .arena = &r->arena, .count = x->mark_count, .marks = x->marks };

	for (size_t i = 0; i < x->mark_count; i++)
		part.marks[i].out =
			part.marks[i].out > skip ? part.marks[i].out - (uint32_t)skip : 0;
	sourcemap_append(&o->map, at, &part);
}

static void put_warnings(struct output *o, const struct expression *x)
{
	for (size_t i = 0; i < x->warning_count; i++)
		o->warnings[o->warning_count++] = (struct report_warning){
			.position = rewrite_ruler_at(&o->ruler, x->warnings[i].span.start) + 1,
			.message = x->warnings[i].message,
		};
}

static void put_compiled(struct rewrite *r, struct output *o, struct expression *x,
                         const struct splice_place *place)
{
	struct str sql = x->tag->sql ? shown_sql(r, x) : x->sql;
	struct splice s =
		splice_of(sql, r->rules, place, r->query, x->tag->tag.start, x->tag->body.end);

	if (s.impossible) {
		rewrite_fail(
			x, "0A000",
			STR("a recursive WITH of a data-modifying expression cannot join the WITH "
		            "before it"),
			STR("Write WITH RECURSIVE before the expression."));
		put_failure(r, o, x);
		return;
	}
	sourcemap_made(&o->map, o->text.n, x->tag->tag);
	text_str(&o->text, s.before);
	if (!x->tag->sql)
		put_marks(r, o, x, o->text.n, s.skip);
	if (!x->tag->sql && s.skip == 0)
		put_constants(r, x, o->text.n);
	text_str(&o->text, (struct str){ sql.p + s.skip, sql.n - s.skip });
	text_str(&o->text, s.after);
	put_warnings(o, x);
}

static void put_expression(struct rewrite *r, struct output *o, size_t i)
{
	struct expression *x = &r->expressions[i];

	copy_until(r, o, x->tag->tag.start);
	if (x->state == EXPRESSION_COMPILED)
		put_compiled(r, o, x, &r->places[i]);
	else
		put_failure(r, o, x);
	o->copied = x->tag->body.end;
}

static size_t count_warnings(const struct rewrite *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->tagged.count; i++)
		n += r->expressions[i].warning_count;
	return n;
}

static size_t count_constants(const struct rewrite *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->tagged.count; i++)
		n += r->expressions[i].constant_count;
	return n;
}

struct report_map *rewrite_text_make(struct rewrite *r)
{
	struct output o = { .ruler = { .encoding = r->position_encoding, .text = r->query } };

	text_init(&o.text, &r->arena);
	sourcemap_init(&o.map, &r->arena);
	o.failures = arena_array(&r->arena, r->tagged.count, sizeof(*o.failures));
	o.warnings = arena_array(&r->arena, count_warnings(r), sizeof(*o.warnings));
	r->constants = arena_array(&r->arena, count_constants(r), sizeof(*r->constants));
	r->places = splice_places(&r->arena, r->query, r->rules, &r->tagged);
	for (size_t i = 0; i < r->tagged.count; i++)
		put_expression(r, &o, i);
	copy_until(r, &o, r->query.n);
	r->emitted = text_view(&o.text);
	sourcemap_count_characters(&o.map, r->emitted, r->query, r->position_encoding);
	return report_map_new(&(struct report_map_parts){
		.marks = o.map.marks,
		.mark_count = o.map.count,
		.failures = o.failures,
		.failure_count = o.failure_count,
		.warnings = o.warnings,
		.warning_count = o.warning_count,
	});
}
