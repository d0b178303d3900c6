/* CTEs: collected where they are met, printed in the WITH of the outermost statement, or of the one
 * that uses them when they are nesting. SQLCompiler.visit_cte(), _render_cte_clause(). */
#include "compiler/printer.h"

static struct from *reference_of(struct from *cte)
{
	return cte->cte.restates != NULL ? cte->cte.restates : cte;
}

static struct cte_entry *entry_by_reference(struct printer *p, const struct from *reference)
{
	struct keymap_value *known = keymap_find(&p->cte_references, reference, STR(""));
	struct cte_entry *e = known == NULL ? NULL : known->pointer;

	return e == NULL || e->gone ? NULL : e;
}

static struct cte_entry *entry_by_name(struct printer *p, uint32_t level, struct str name)
{
	struct keymap_value *known =
		keymap_find(&p->cte_names, (const void *)(uintptr_t)level, name);
	struct cte_entry *e = known == NULL ? NULL : known->pointer;

	return e == NULL || e->gone ? NULL : e;
}

static void enter(struct printer *p, struct cte_entry *e)
{
	struct arena *a = &p->c->arena;

	keymap_at(a, &p->cte_references, e->reference, STR(""))->pointer = e;
	keymap_at(a, &p->cte_names, (const void *)(uintptr_t)e->level, e->name)->pointer = e;
}

/* add_cte(nest_here=True) of a CTE that was met before: it moves here. */
static void move_here(struct printer *p, struct cte_entry *e, struct span at)
{
	if (e->nest_here)
		fail(p->c, at, SQLSTATE_INVALID_ARGUMENT,
		     "CTE is stated as 'nest_here' in more than one location");
	keymap_at(&p->c->arena, &p->cte_names, (const void *)(uintptr_t)e->level, e->name)
		->pointer = NULL;
	e->level = p->top->level;
	e->nest_here = true;
	p->has_nesting = true;
	enter(p, e);
}

/* t(x, anon_1): a recursive CTE names its columns. */
static void print_cte_columns(struct printer *p, struct from *cte)
{
	const struct vec *labels = labels_of(p->c, cte->statement);
	bool first = true;

	put_char(p, '(');
	for (size_t i = 0; i < labels->n; i++) {
		const struct labelled *l = labels->items[i];

		if (l->repeated)
			continue;
		if (!first)
			PUT(p, ", ");
		first = false;
		if (name_empty(l->fallback))
			put_identifier(p, l->proxy_key);
		else
			put_name(p, l->fallback, NAME_LABEL, false);
	}
	put_char(p, ')');
}

/* name AS (body), into a text of its own. */
static void print_definition(struct printer *p, struct cte_entry *e)
{
	struct from *cte = e->cte;
	struct buffer *out = p->out;
	struct context saved = p->context;
	struct from *around = p->cte;

	e->text = p->out = buffer_new(p->c);
	p->context = (struct context){ 0 };
	p->cte = cte;
	from_word(p, cte->span);
	put_name(p, cte->name, NAME_ALIAS, false);
	if (cte->cte.recursive)
		print_cte_columns(p, cte);
	PUT(p, " AS ");
	if (cte->cte.prefixes.n > 0) {
		print_texts(p, &cte->cte.prefixes);
		put_char(p, ' ');
	}
	put_char(p, '(');
	print_statement_at(p, cte->statement, (struct place){ .from = true });
	put_char(p, ')');
	if (cte->cte.suffixes.n > 0) {
		put_char(p, ' ');
		print_texts(p, &cte->cte.suffixes);
	}
	p->cte = around;
	p->context = saved;
	p->out = out;
	vec_push(p->c, &p->ctes, e);
}

static bool same_cte(const struct from *a, const struct from *b)
{
	return a == b || a == b->cte.restates;
}

/* The CTE was not met before, or takes the place of the one that it restates. */
static void collect(struct printer *p, struct from *cte, struct str name, uint32_t level,
                    bool nest_here)
{
	struct cte_entry *e = NEW(p->c, struct cte_entry);

	*e = (struct cte_entry){
		.cte = cte,
		.reference = reference_of(cte),
		.name = name,
		.level = level,
		.nest_here = nest_here,
	};
	p->has_nesting = p->has_nesting || nest_here || cte->cte.nesting;
	enter(p, e);
	if (cte->cte.alias_of != NULL)
		print_cte(p, cte->cte.alias_of, false, false);
	else
		print_definition(p, e);
}

/* Notes the CTE; answers whether it is the one whose body is being printed. */
static bool meet(struct printer *p, struct from *cte, struct str name, bool nest_here)
{
	struct cte_entry *e = entry_by_reference(p, reference_of(cte));
	bool nesting = cte->cte.nesting || nest_here;
	uint32_t level = nesting && p->top != NULL ? p->top->level : 1;
	bool embedded;

	if (e != NULL) {
		if (nest_here)
			move_here(p, e, cte->span);
		level = e->level;
	} else {
		e = entry_by_name(p, level, name);
	}
	if (e == NULL) {
		collect(p, cte, name, level, nest_here);
		return false;
	}
	embedded = p->cte == e->cte;
	if (same_cte(cte, e->cte))
		return embedded;
	if (e->cte != cte->cte.restates)
		fail(p->c, cte->span, SQLSTATE_DUPLICATE_ALIAS,
		     "Multiple, unrelated CTEs found with the same name: '%.*s'", STR_ARG(name));
	/* What was met within is what this one restates: this one takes its place. */
	e->gone = true;
	collect(p, cte, name, level, nest_here);
	return false;
}

void print_cte(struct printer *p, struct from *cte, bool listed, bool nest_here)
{
	struct str name = name_text(p, cte->name, NAME_ALIAS, false);
	bool within = meet(p, cte, name, nest_here);

	if (!listed)
		return;
	lint_element(p->context.lint, cte, name);
	from_word(p, cte->span);
	/* An alias that was made recursive is, within its own body, the CTE itself; what it was an
	 * alias of takes a number all the same. */
	if (within && cte->cte.alias_of != NULL)
		name_text(p, cte->cte.alias_of->name, NAME_ALIAS, false);
	if (cte->cte.alias_of != NULL && !within) {
		put_name(p, cte->cte.alias_of->name, NAME_ALIAS, false);
		PUT(p, " AS ");
	}
	put_name(p, cte->name, NAME_ALIAS, false);
}

void print_added_ctes(struct printer *p, struct statement *s)
{
	for (size_t i = 0; i < s->ctes.n; i++) {
		const struct added_cte *added = s->ctes.items[i];

		print_cte(p, added->cte, false, added->nest_here);
	}
}

/* Whether the WITH of the statement on top has this CTE. The outermost one has what is left. */
static bool belongs_here(const struct printer *p, const struct cte_entry *e, bool following)
{
	uint32_t level = p->top->level;

	if (e->gone || e->text == NULL)
		return false;
	if (level == 1)
		return true;
	if (!e->cte->cte.nesting && !e->nest_here)
		return false;
	return e->level == level || (following && e->level == level + 1);
}

void print_with(struct printer *p, size_t start, bool following)
{
	struct buffer *with = NULL;
	bool recursive = false;
	bool first = true;
	size_t kept = 0;

	if (p->top->level > 1 && !p->has_nesting)
		return;
	for (size_t i = 0; i < p->ctes.n; i++) {
		const struct cte_entry *e = p->ctes.items[i];

		if (belongs_here(p, e, following))
			recursive = recursive || e->cte->cte.recursive;
	}
	for (size_t i = 0; i < p->ctes.n; i++) {
		struct cte_entry *e = p->ctes.items[i];

		if (!belongs_here(p, e, following)) {
			if (!e->gone)
				p->ctes.items[kept++] = e;
			continue;
		}
		if (with == NULL) {
			with = buffer_new(p->c);
			text_z(&with->text, recursive ? "WITH RECURSIVE " : "WITH ");
		}
		if (!first)
			text_z(&with->text, ", ");
		first = false;
		buffer_append(p->c, with, e->text);
		e->gone = true;
	}
	p->ctes.n = kept;
	if (with == NULL)
		return;
	text_char(&with->text, ' ');
	buffer_insert(p->c, p->out, start, with);
}
