/* Names as they are printed: numbers of anonymous ones, shortening, quotes. */
#include "compiler/encoding.h"
#include "compiler/printer.h"
#include "compiler/quote.h"

/* Of max_identifier_length, 63, SQLAlchemy leaves six for a counter. */
enum { LONGEST_GENERATED = 57 };

static struct str anon_text(struct printer *p, struct anon *anon);

static struct str part_text(struct printer *p, const struct name *name)
{
	return name->anon != NULL ? anon_text(p, name->anon) : name->text;
}

/* prefix, between, body, _number: made without printf(), as names are many. */
static struct str numbered(struct printer *p, struct str prefix, const struct anon *anon)
{
	char digits[12];
	char *end = digits + sizeof(digits);
	char *first = end;
	struct str name = anon->body;

	for (uint32_t rest = anon->number; rest > 0; rest /= 10)
		*--first = (char)('0' + rest % 10);
	*--first = '_';
	if (prefix.n + anon->between.n > 0)
		name = arena_concat(&p->c->arena, prefix, anon->between, name);
	return arena_concat(&p->c->arena, name, STR(""),
	                    (struct str){ first, (size_t)(end - first) });
}

/* The first rendering of an anonymous name gives it its number. */
static struct str anon_text(struct printer *p, struct anon *anon)
{
	struct arena *a = &p->c->arena;
	struct str first = STR("");

	if (anon->text.n > 0)
		return anon->text;
	if (anon->first != NULL)
		first = part_text(p, anon->first);
	if (anon->second != NULL) {
		struct str second = part_text(p, anon->second);

		anon->text = arena_concat(a, first, anon->between, second);
		return anon->text;
	}
	if (anon->number == 0)
		anon->number = ++keymap_at(a, &p->bodies, NULL, anon->body)->number;
	anon->text = numbered(p, first, anon);
	return anon->text;
}

static struct str shortened(struct printer *p, struct str text, enum name_class class)
{
	const struct encoding *e = p->c->settings->encoding;
	struct keymap_value *known;
	struct str *copy;

	if (text.n <= LONGEST_GENERATED || encoding_count(e, text) <= LONGEST_GENERATED)
		return text;
	known = keymap_at(&p->c->arena, &p->truncated[class], NULL, text);
	if (known->pointer == NULL) {
		struct str head = { text.p, encoding_offset(e, text, LONGEST_GENERATED) };

		copy = NEW(p->c, struct str);
		*copy = arena_printf(&p->c->arena, "%.*s_%x", STR_ARG(head),
		                     (unsigned)++p->truncated_count[class]);
		known->pointer = copy;
	}
	copy = known->pointer;
	return *copy;
}

struct str name_text(struct printer *p, struct name name, enum name_class class, bool generated)
{
	if (name.anon != NULL)
		return shortened(p, anon_text(p, name.anon), class);
	return generated ? shortened(p, name.text, class) : name.text;
}

void name_count(struct printer *p, struct name name)
{
	if (name.anon == NULL || name.anon->number != 0)
		return;
	/* A value's name is never seen: its text need not be made. */
	if (name.anon->first == NULL)
		name.anon->number =
			++keymap_at(&p->c->arena, &p->bodies, NULL, name.anon->body)->number;
	else
		anon_text(p, name.anon);
}

void put_identifier(struct printer *p, struct str name)
{
	quote_identifier(&p->out->text, name);
}

void put_name(struct printer *p, struct name name, enum name_class class, bool generated)
{
	struct str text = name_text(p, name, class, generated);

	if (name.quote_always)
		quote_name(&p->out->text, text);
	else if (name.quote_never) /* quoted_name(…, False) may hold anything */
		put_verbatim(p, text, p->top->statement->span);
	else
		put_identifier(p, text);
}

void put_name_again(struct printer *p, struct name *name, enum name_class class, bool generated)
{
	struct str text;

	if (name->plain) {
		put(p, name->anon != NULL ? name->anon->text : name->text);
		return;
	}
	text = name_text(p, *name, class, generated);
	/* What was shortened is looked up again each time. */
	if (!name->quote_always && !quote_is_needed(text) &&
	    text.p == (name->anon != NULL ? name->anon->text.p : name->text.p)) {
		name->plain = true;
		put(p, text);
		return;
	}
	put_name(p, *name, class, generated);
}

struct anon *name_shadow(struct printer *p, struct from *f)
{
	struct frame *frame = frame_standing(p, f);

	if (frame == NULL)
		frame = p->top;
	if (frame == NULL || f->schema.n > 0)
		return NULL;
	for (size_t i = 0; i < frame->shadowed.n; i++) {
		const struct str *bare = frame->shadowed.items[i];
		struct keymap_value *known;

		if (!str_eq(*bare, f->name.text))
			continue;
		known = keymap_at(&p->c->arena, &p->shadows, NULL, *bare);
		if (known->pointer == NULL)
			known->pointer = anon_new(p->c, *bare);
		return known->pointer;
	}
	return NULL;
}

void put_table(struct printer *p, struct from *f)
{
	if (f->schema.n > 0) {
		put_identifier(p, f->schema);
		put_char(p, '.');
	}
	put_name_again(p, &f->name, NAME_ALIAS, false);
}

void put_from_name(struct printer *p, struct from *f)
{
	if (f->kind == FROM_TABLE || f->kind == FROM_TABLE_CLAUSE) {
		struct anon *shadow = name_shadow(p, f);

		if (shadow != NULL) {
			put_name(p, (struct name){ .anon = shadow }, NAME_ALIAS, true);
			return;
		}
		put_table(p, f);
		return;
	}
	put_name_again(p, &f->name, f->kind == FROM_VALUES ? NAME_VALUES : NAME_ALIAS, false);
}
