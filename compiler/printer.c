#include "compiler/printer.h"

/* ------------------------------------------------------------------ texts */

struct buffer *buffer_new(struct compilation *c)
{
	struct buffer *b = NEW(c, struct buffer);

	text_init(&b->text, &c->arena);
	sourcemap_init(&b->map, &c->arena);
	return b;
}

void buffer_insert(struct compilation *c, struct buffer *b, size_t at, struct buffer *part)
{
	struct insertion *i = NEW(c, struct insertion);

	*i = (struct insertion){ .next = b->insertions, .at = at, .part = part };
	b->insertions = i;
}

/* The insertions in the order of the text; of two at one place the later one stands in front. */
static struct insertion **sorted(struct compilation *c, const struct buffer *b, size_t *count)
{
	struct insertion **all;
	struct insertion **from;
	struct insertion **to;
	size_t n = 0;

	for (struct insertion *i = b->insertions; i != NULL; i = i->next)
		n++;
	*count = n;
	from = all = arena_array(&c->arena, n, sizeof(*all));
	to = arena_array(&c->arena, n, sizeof(*to));
	for (struct insertion *i = b->insertions; i != NULL; i = i->next)
		*all++ = i;
	/* A merge sort, stable over the latest first. */
	for (size_t width = 1; width < n; width *= 2) {
		struct insertion **swap = from;

		for (size_t start = 0; start < n; start += 2 * width) {
			size_t middle = start + width < n ? start + width : n;
			size_t end = middle + width < n ? middle + width : n;
			size_t a = start;
			size_t z = middle;

			for (size_t i = start; i < end; i++)
				to[i] = z == end || (a < middle && from[a]->at <= from[z]->at)
				                ? from[a++]
				                : from[z++];
		}
		from = to;
		to = swap;
	}
	return from;
}

/* Adds the marks of src that stand in [start, end). */
static void copy_marks(struct buffer *out, const struct buffer *src, size_t *mark, size_t start,
                       size_t end)
{
	const struct sourcemap *m = &src->map;
	size_t base = out->text.n - (end - start);

	/* What was in force before an insertion is in force behind it. */
	if (*mark > 0 && start > 0 && end > start) {
		const struct sourcemap_mark *last = &m->marks[*mark - 1];
		size_t passed = last->copied ? start - last->out : 0;

		if (last->copied)
			sourcemap_copied(&out->map, base, last->start + passed);
		else
			sourcemap_made(&out->map, base, (struct span){ last->start, last->start });
	}
	for (; *mark < m->count && m->marks[*mark].out < end; ++*mark) {
		const struct sourcemap_mark *k = &m->marks[*mark];

		if (k->copied)
			sourcemap_copied(&out->map, base + (k->out - start), k->start);
		else
			sourcemap_made(&out->map, base + (k->out - start),
			               (struct span){ k->start, k->start });
	}
}

/* The same for its constants. */
static void copy_tokens(struct buffer *out, const struct buffer *src, size_t *next, size_t start,
                        size_t end)
{
	const struct sourcemap *m = &src->map;
	size_t base = out->text.n - (end - start);

	for (; *next < m->token_count && m->tokens[*next].out < end; ++*next)
		sourcemap_token(&out->map, base + (m->tokens[*next].out - start),
		                m->tokens[*next].token);
}

static void flatten_into(struct compilation *c, struct buffer *out, const struct buffer *src)
{
	size_t count;
	size_t at = 0;
	size_t mark = 0;
	size_t token = 0;
	struct insertion **parts = sorted(c, src, &count);

	for (size_t i = 0; i <= count; i++) {
		size_t end = i < count ? parts[i]->at : src->text.n;

		text_str(&out->text, (struct str){ src->text.p + at, end - at });
		copy_marks(out, src, &mark, at, end);
		copy_tokens(out, src, &token, at, end);
		at = end;
		if (i < count)
			flatten_into(c, out, parts[i]->part);
	}
}

struct buffer *buffer_flatten(struct compilation *c, struct buffer *b)
{
	struct buffer *flat;

	if (b->insertions == NULL)
		return b;
	flat = buffer_new(c);
	flatten_into(c, flat, b);
	return flat;
}

void buffer_cut(struct buffer *b, size_t end)
{
	b->text.n = end;
	sourcemap_cut(&b->map, end);
}

void buffer_append(struct compilation *c, struct buffer *b, const struct buffer *part)
{
	size_t base = b->text.n;
	size_t count;
	struct insertion **parts;

	sourcemap_append(&b->map, base, &part->map);
	text_str(&b->text, text_view(&part->text));
	if (part->insertions == NULL)
		return;
	parts = sorted(c, part, &count);
	/* From the last: of two at one place the first one has to be put in last. */
	while (count-- > 0)
		buffer_insert(c, b, base + parts[count]->at, parts[count]->part);
}

void put_verbatim(struct printer *p, struct str text, struct span at)
{
	static const char dangerous[] = "'\"()[]{};$/-\\";
	bool comment = false;

	put(p, text);
	for (size_t i = 0; i < text.n; i++) {
		if (memchr(dangerous, text.p[i], sizeof(dangerous) - 1) == NULL)
			continue;
		if (!p->has_verbatim)
			p->verbatim = at;
		p->has_verbatim = true;
		comment = comment || (text.p[i] == '-' && i > 0 && text.p[i - 1] == '-');
	}
	if (comment)
		put_char(p, '\n');
}

/* ------------------------------------------------------------------ the stack */

static void stand(struct printer *p, const struct from *f, struct frame *frame)
{
	if (f->id >= p->standing_capacity) {
		size_t capacity = 2 * (size_t)p->c->next_id + 16;
		struct frame **grown = arena_array(&p->c->arena, capacity, sizeof(*grown));

		if (p->standing_capacity > 0)
			memcpy(grown, p->standing, p->standing_capacity * sizeof(*grown));
		p->standing = grown;
		p->standing_capacity = capacity;
	}
	p->standing[f->id] = frame;
}

static struct frame *stands(const struct printer *p, const struct from *f)
{
	return f->id < p->standing_capacity ? p->standing[f->id] : NULL;
}

void frame_push(struct printer *p, struct frame *frame, struct statement *s)
{
	frame->up = p->top;
	frame->statement = s;
	frame->level = p->top == NULL ? 1 : p->top->level + 1;
	frame->owner = frame;
	switch (s->kind) {
	case STATEMENT_SELECT:
		frame->barrier = p->top == NULL ? frame->level : p->top->barrier;
		break;
	case STATEMENT_COMPOUND:
		/* Its members see what stands around it as if they stood there themselves. */
		frame->owner = p->top == NULL ? frame : p->top->owner;
		frame->barrier = p->top == NULL ? frame->level : p->top->barrier;
		break;
	default:
		frame->barrier = frame->level;
		break;
	}
	p->top = frame;
}

void frame_own(struct printer *p, const struct vec *froms)
{
	struct frame *frame = p->top;
	struct compilation *c = p->c;

	if (frame->own.n + froms->n > frame->covered_capacity) {
		size_t capacity = 2 * (frame->own.n + froms->n);
		struct frame **grown = arena_array(&c->arena, capacity, sizeof(*grown));

		if (frame->own.n > 0)
			memcpy(grown, frame->covered, frame->own.n * sizeof(*grown));
		frame->covered = grown;
		frame->covered_capacity = capacity;
	}
	for (size_t i = 0; i < froms->n; i++) {
		struct from *f = froms->items[i];

		if (stands(p, f) == frame)
			continue;
		frame->covered[frame->own.n] = stands(p, f);
		vec_push(c, &frame->own, f);
		stand(p, f, frame);
	}
}

void frame_pop(struct printer *p)
{
	struct frame *frame = p->top;

	for (size_t i = frame->own.n; i-- > 0;)
		stand(p, frame->own.items[i], frame->covered[i]);
	p->top = frame->up;
}

struct frame *frame_standing(const struct printer *p, const struct from *f)
{
	struct frame *frame = stands(p, f);

	return frame != NULL && p->top != NULL && frame->level >= p->top->barrier ? frame : NULL;
}

bool frame_is_own(const struct printer *p, const struct frame *frame, const struct from *f)
{
	return stands(p, f) == frame;
}
