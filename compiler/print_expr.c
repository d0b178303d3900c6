/* Column expressions: the visit methods of SQLAlchemy's SQLCompiler and PGCompiler. */
#include "compiler/encoding.h"
#include "compiler/froms.h"
#include "compiler/functions.h"
#include "compiler/literal.h"
#include "compiler/printer.h"
#include "compiler/quote.h"

void print_type(struct printer *p, const struct type *t, struct span at)
{
	type_print(p->c, &p->out->text, t, at);
}

void print_list(struct printer *p, const struct vec *nodes, struct str separator)
{
	for (size_t i = 0; i < nodes->n; i++) {
		size_t before = p->out->text.n;
		size_t behind;

		if (i > 0)
			put(p, separator);
		behind = p->out->text.n;
		print_node(p, nodes->items[i]);
		/* and_() of nothing prints nothing, and takes its separator along. */
		if (p->out->text.n == behind)
			buffer_cut(p->out, before);
	}
}

/* ------------------------------------------------------------------ columns, labels, text */

/* Whether the columns that another one stands for are a label, or its element and the label. */
static bool stands_for_label(const struct vec *proxies)
{
	const struct node *first = proxies->items[0];
	const struct node *second = proxies->n > 1 ? proxies->items[1] : first;

	while (second != first && second->kind == NODE_LABEL && second->label.element != first)
		second = second->label.element;
	return first->kind == NODE_LABEL || second->kind == NODE_LABEL;
}

/* Whether a long name is shortened: columns of subqueries carry their select's labels, which are.
 * Explicit labels are not. */
static bool is_generated_name(const struct node *n)
{
	while (n->kind == NODE_COLUMN && n->column.from != NULL) {
		enum from_kind kind = n->column.from->kind;

		if (kind == FROM_TABLE || kind == FROM_TABLE_CLAUSE || kind == FROM_VALUES ||
		    kind == FROM_TABLE_VALUED)
			return false;
		if (n->column.proxies.n == 0)
			return false;
		if (kind == FROM_SUBQUERY || kind == FROM_LATERAL ||
		    (kind == FROM_CTE && n->column.from->cte.alias_of == NULL))
			return !stands_for_label(&n->column.proxies);
		n = n->column.proxies.items[0];
	}
	return false;
}

static void put_column_name(struct printer *p, struct node *n)
{
	bool generated = n->column.name.text.n > 57 && is_generated_name(n);

	put_name_again(p, &n->column.name, NAME_LABEL, generated);
}

static void print_column(struct printer *p, struct node *n)
{
	struct from *f = n->column.from;

	from_word(p, p->mention.end > 0 ? p->mention : n->span);
	p->mention = (struct span){ 0, 0 };
	if (n->column.literal) {
		/* Of a subquery: behind its name, as SQLAlchemy has it. */
		if (f != NULL && !p->context.bare_columns && !name_empty(f->name)) {
			put_from_name(p, f);
			put_char(p, '.');
		}
		put_verbatim(p, n->column.name.text, n->span);
		return;
	}
	if (f == NULL || p->context.bare_columns) {
		put_column_name(p, n);
		return;
	}
	if (f->path_base != NULL && !path_use(p, f, n->span)) {
		path_print_scalar(p, n);
		return;
	}
	/* The column's name is numbered before the table's. */
	name_text(p, n->column.name, NAME_LABEL, false);
	if (n->column.is_row) {
		put_from_name(p, f);
		return;
	}
	if (!name_empty(f->name)) {
		put_from_name(p, f);
		put_char(p, '.');
	}
	put_column_name(p, n);
}

/* t.table_valued(), and VALUES in the place of a value. */
static void print_from_node(struct printer *p, struct node *n)
{
	struct from *f = n->from;

	from_word(p, n->span);
	if (f->kind == FROM_VALUES) {
		print_from(p, f, false);
		return;
	}
	if (f->path_base != NULL && !path_use(p, f, n->span))
		fail(p->c, n->span, SQLSTATE_FEATURE,
		     "the whole row of a foreign-key path cannot be used in a data-modifying "
		     "statement");
	put_name(p, f->name, NAME_ALIAS, false);
}

static void print_label(struct printer *p, struct node *n)
{
	struct context saved = p->context;
	bool with_as = saved.within_columns && !saved.within_label;

	if (with_as) {
		name_text(p, n->label.name, NAME_LABEL, false);
		p->context.within_label = true;
		print_node(p, n->label.element);
		from_word(p, n->span);
		PUT(p, " AS ");
		put_name(p, n->label.name, NAME_LABEL, false);
	} else if (saved.label_as_name == n) {
		from_word(p, n->span);
		put_name(p, n->label.name, NAME_LABEL, false);
	} else {
		p->context.within_columns = false;
		print_node(p, n->label.element);
	}
	p->context = saved;
}

static bool is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '_' || (unsigned char)ch >= 0x80;
}

static struct node *text_bind(const struct node *n, struct str name)
{
	const struct keymap_value *number = NULL;

	if (n->text.numbers != NULL)
		number = keymap_find(n->text.numbers, NULL, name);
	return number == NULL ? NULL : n->text.binds.items[number->number - 1];
}

static bool is_name(char ch)
{
	return is_word(ch) || ch == '$';
}

/* :name, unless a colon, a backslash or a letter stands in front (`before`), or a colon behind:
 * (?<![:\w$\\]):([\w$]+)(?![:\w$]). The name's length; 0: none here. */
static size_t parameter_at(struct str s, size_t i, char before)
{
	size_t end = i + 1;

	if (s.p[i] != ':' || before == ':' || before == '\\' || is_name(before))
		return 0;
	while (end < s.n && is_name(s.p[end]))
		end++;
	return end < s.n && s.p[end] == ':' ? 0 : end - i - 1;
}

/* A colon behind a backslash that keeps it from naming a parameter: \\(:[\w$]*)(?![:\w$]). */
static bool is_escaped_colon(struct str s, size_t i)
{
	size_t end = i + 2;

	if (s.p[i] != '\\' || i + 1 >= s.n || s.p[i + 1] != ':')
		return false;
	while (end < s.n && is_name(s.p[end]))
		end++;
	return end == s.n || s.p[end] != ':';
}

static void print_parameter(struct printer *p, struct node *n, struct str name)
{
	struct node *bind = text_bind(n, name);

	if (bind == NULL)
		fail(p->c, n->span, SQLSTATE_INVALID_ARGUMENT,
		     "A value is required for bind parameter '%.*s'", STR_ARG(name));
	print_node(p, bind);
	from_word(p, n->span);
}

static void print_text(struct printer *p, struct node *n)
{
	const struct encoding *e = p->c->settings->encoding;
	struct str s = n->text.text;
	size_t done = 0;
	char before = '\0';

	from_word(p, n->span);
	for (size_t i = 0; i < s.n;) {
		size_t step = encoding_length(e, s.p + i, s.n - i);
		size_t length = parameter_at(s, i, before);

		/* A letter may end in a byte that looks like a backslash. */
		before = step > 1 ? 'x' : s.p[i];
		if (length > 0) {
			put_verbatim(p, (struct str){ s.p + done, i - done }, n->span);
			print_parameter(p, n, (struct str){ s.p + i + 1, length });
			before = 'x';
			step = 1 + length;
			done = i + step;
		} else if (step == 1 && is_escaped_colon(s, i)) {
			put_verbatim(p, (struct str){ s.p + done, i - done }, n->span);
			done = i + 1;
		}
		i += step;
	}
	put_verbatim(p, (struct str){ s.p + done, s.n - done }, n->span);
}

static void print_constant(struct printer *p, const struct node *n)
{
	static const struct str words[] = {
		[CONSTANT_NULL] = { "NULL", 4 },
		[CONSTANT_TRUE] = { "true", 4 },
		[CONSTANT_FALSE] = { "false", 5 },
	};

	from_word(p, n->span);
	put(p, words[n->constant]);
}

/* ------------------------------------------------------------------ operators */

/* What follows is made from the operator. */
static void from_operator(struct printer *p, const struct node *n)
{
	from_word(p, n->word.end > 0 ? n->word : n->span);
}

static bool is_chain(char ch)
{
	return is_word(ch) || ch == '.';
}

/* Where an operand that is a column is mentioned: a column is one object however often it is named,
 * but beside an operator the text tells which mention this is. Empty when it does not. */
static struct span mention_of(const struct printer *p, const struct node *n,
                              const struct node *column, bool right)
{
	struct str q = p->c->query;
	struct str key = column->column.key;
	size_t start = right ? n->word.end : n->span.start;
	size_t end = right ? n->span.end : n->word.start;
	struct span none = { 0, 0 };

	if (n->word.end == 0 || start >= end || end > q.n)
		return none;
	if (right) {
		while (start < end && (q.p[start] == ' ' || q.p[start] == '('))
			start++;
		for (end = start; end < n->span.end && is_chain(q.p[end]);)
			end++;
	} else {
		while (end > start && (q.p[end - 1] == ' ' || q.p[end - 1] == '.'))
			end--;
		for (start = end; start > n->span.start && is_chain(q.p[start - 1]);)
			start--;
	}
	if (end - start <= key.n || q.p[end - key.n - 1] != '.' ||
	    memcmp(q.p + end - key.n, key.p, key.n) != 0)
		return none;
	return (struct span){ (uint32_t)start, (uint32_t)end };
}

/* One side of an operator. */
static void print_side(struct printer *p, struct node *n, bool right)
{
	struct node *side = right ? n->binary.right : n->binary.left;

	if (side->kind == NODE_COLUMN)
		p->mention = mention_of(p, n, side, right);
	print_node(p, side);
}

/* A step of a path as Python's str() writes it. */
static struct str step_text(struct printer *p, const struct literal *l)
{
	struct str text = literal_text(l);

	return l->kind == LITERAL_STRING || text.n > 0 ? text : literal_repr(p->c, l);
}

/* '{a, 5}' */
static void put_path_text(struct printer *p, const struct literal *l)
{
	struct text path;

	text_init(&path, &p->c->arena);
	text_char(&path, '{');
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			text_z(&path, ", ");
		text_str(&path, step_text(p, l->items[i]));
	}
	text_char(&path, '}');
	quote_literal(&p->out->text, text_view(&path), p->c->settings->encoding);
}

/* ARRAY['a', $1]::TEXT[]: a text cannot hold what only the server sees. */
static void put_path_array(struct printer *p, const struct literal *l)
{
	PUT(p, "ARRAY[");
	for (size_t i = 0; i < l->count; i++) {
		const struct literal *step = l->items[i];

		if (i > 0)
			PUT(p, ", ");
		if (literal_is_parameter(step))
			print_literal(p, step, &type_null);
		else
			quote_literal(&p->out->text, step_text(p, step), p->c->settings->encoding);
	}
	PUT(p, "]::TEXT[]");
}

/* JSON's path of keys and indexes is one value. */
static bool print_path(struct printer *p, struct node *n)
{
	const struct literal *l = n->kind == NODE_BIND ? n->bind.value : NULL;
	bool seen = true;

	if (l == NULL || (l->kind != LITERAL_LIST && l->kind != LITERAL_TUPLE))
		return false;
	name_count(p, n->bind.name);
	from_word(p, n->span);
	for (size_t i = 0; i < l->count; i++)
		seen = seen && !literal_is_parameter(l->items[i]);
	if (seen)
		put_path_text(p, l);
	else
		put_path_array(p, l);
	return true;
}

static bool takes_path(const struct op *op)
{
	return op->id == OP_json_path_getitem_op || op->id == OP_path_astext;
}

/* left op right, the operands knowing that they stand in an operator. */
static void print_generic(struct printer *p, struct node *n, struct str sql, bool eager)
{
	bool was_in_operator = p->context.in_operator;
	bool parenthesis = was_in_operator && eager;

	p->context.in_operator = true;
	if (parenthesis)
		put_char(p, '(');
	print_side(p, n, false);
	from_operator(p, n);
	if (n->binary.op->id == OP_custom_op)
		put_verbatim(p, sql, n->span);
	else
		put(p, sql);
	if (!takes_path(n->binary.op) || !print_path(p, n->binary.right))
		print_side(p, n, true);
	if (parenthesis)
		put_char(p, ')');
	p->context.in_operator = was_in_operator;
}

/* JSON's -> and #>; as_integer() and its like cast what ->> gives. */
static void print_json_index(struct printer *p, struct node *n)
{
	bool path = n->binary.op->id == OP_json_path_getitem_op;

	if (type_affinity(n->type) == AFFINITY_JSON) {
		print_generic(p, n, path ? STR(" #> ") : STR(" -> "), true);
		return;
	}
	from_operator(p, n);
	PUT(p, "CAST(");
	print_generic(p, n, path ? STR(" #>> ") : STR(" ->> "), true);
	from_operator(p, n);
	PUT(p, " AS ");
	print_type(p, n->type, n->span);
	put_char(p, ')');
}

/* int / int is numeric in SQLAlchemy: the right side is cast, with its own precision if it has one. */
static void print_truediv(struct printer *p, struct node *n)
{
	struct node *right = n->binary.right;
	const struct type *t = type_affinity(right->type) == AFFINITY_NUMERIC
	                               ? right->type
	                               : type_plain(TYPE_Numeric);

	print_side(p, n, false);
	from_operator(p, n);
	PUT(p, " / CAST(");
	print_node(p, right);
	from_operator(p, n);
	PUT(p, " AS ");
	print_type(p, t, n->span);
	put_char(p, ')');
}

/* Like division, % is no operator to the eager ones in it. */
static void print_mod(struct printer *p, struct node *n)
{
	print_side(p, n, false);
	from_operator(p, n);
	PUT(p, " % ");
	print_side(p, n, true);
}

static void print_floordiv(struct printer *p, struct node *n)
{
	bool whole = type_affinity(n->binary.right->type) == AFFINITY_INTEGER;

	if (!whole) {
		from_operator(p, n);
		PUT(p, "FLOOR(");
	}
	print_side(p, n, false);
	from_operator(p, n);
	PUT(p, " / ");
	print_side(p, n, true);
	if (!whole)
		put_char(p, ')');
}

static void print_escape(struct printer *p, struct node *n)
{
	if (n->binary.escape == NULL)
		return;
	PUT(p, " ESCAPE ");
	print_literal(p, n->binary.escape->bind.value, type_plain(TYPE_String));
}

/* The LIKE family; contains() and its kin put '%' around the right side. */
static void print_like(struct printer *p, struct node *n, struct str sql, bool before, bool after)
{
	struct node *right = n->binary.right;

	print_side(p, n, false);
	from_operator(p, n);
	put(p, sql);
	if (before)
		PUT(p, "'%' || ");
	if (before || after)
		right = expr_group(p->c, right, op_of(OP_concat_op));
	print_node(p, right);
	if (after)
		PUT(p, " || '%'");
	print_escape(p, n);
}

/* The flags of a regular expression, the configuration of match(): a text, or a $n. */
static bool has_flags(const struct node *n)
{
	return n->binary.flags.p != NULL || n->binary.extra != NULL;
}

static void put_flags(struct printer *p, const struct node *n)
{
	if (n->binary.extra != NULL)
		print_literal(p, n->binary.extra->bind.value, n->binary.extra->type);
	else
		quote_literal(&p->out->text, n->binary.flags, p->c->settings->encoding);
}

static void print_match(struct printer *p, struct node *n)
{
	if (n->binary.op->id == OP_not_match_op)
		PUT(p, "NOT ");
	print_side(p, n, false);
	from_operator(p, n);
	PUT(p, " @@ plainto_tsquery(");
	if (has_flags(n)) {
		put_flags(p, n);
		PUT(p, ", ");
	}
	print_side(p, n, true);
	put_char(p, ')');
}

static void print_regexp(struct printer *p, struct node *n)
{
	bool negated = n->binary.op->id == OP_not_regexp_match_op;
	struct str flags = n->binary.flags;

	if (!has_flags(n)) {
		print_generic(p, n, negated ? STR(" !~ ") : STR(" ~ "), false);
		return;
	}
	if (str_is(flags, "i")) {
		print_generic(p, n, negated ? STR(" !~* ") : STR(" ~* "), false);
		return;
	}
	print_side(p, n, false);
	from_operator(p, n);
	put(p, negated ? STR(" !~ ") : STR(" ~ "));
	PUT(p, "CONCAT('(?', ");
	put_flags(p, n);
	PUT(p, ", ')', ");
	print_side(p, n, true);
	put_char(p, ')');
}

static void print_regexp_replace(struct printer *p, struct node *n)
{
	from_operator(p, n);
	PUT(p, "REGEXP_REPLACE(");
	print_side(p, n, false);
	PUT(p, ", ");
	print_side(p, n, true);
	if (has_flags(n)) {
		PUT(p, ", ");
		put_flags(p, n);
	}
	put_char(p, ')');
}

/* The right side is a list of the two bounds, with AND between them. */
static void print_between(struct printer *p, struct node *n)
{
	bool negated = n->binary.op->id == OP_not_between_op;

	if (n->binary.symmetric)
		print_generic(p, n,
		              negated ? STR(" NOT BETWEEN SYMMETRIC ") : STR(" BETWEEN SYMMETRIC "),
		              false);
	else
		print_generic(p, n, negated ? STR(" NOT BETWEEN ") : STR(" BETWEEN "), false);
}

/* What stands in an array that the client sends: IN ($1) means = ANY ($1). */
static bool is_array_operand(const struct node *n)
{
	if (n->kind == NODE_ARRAY)
		return true;
	if (n->kind != NODE_BIND || !n->bind.expanding)
		return false;
	return n->bind.value->kind == LITERAL_PARAMETER || n->bind.value->kind == LITERAL_TYPED;
}

static void print_in(struct printer *p, struct node *n)
{
	bool negated = n->binary.op->id == OP_not_in_op;
	bool was_in_operator = p->context.in_operator;
	struct node *right = n->binary.right;
	struct node *left = n->binary.left;
	bool array;

	if (right->kind == NODE_BIND && right->bind.expanding)
		right = bind_given(p, right);
	array = is_array_operand(right);
	p->context.in_operator = true;
	if (negated)
		put_char(p, '(');
	print_side(p, n, false);
	from_operator(p, n);
	if (array)
		put(p, negated ? STR(" != ALL (") : STR(" = ANY ("));
	else
		put(p, n->binary.op->sql);
	if (right->kind == NODE_BIND && right->bind.expanding) {
		size_t width = left->kind == NODE_TUPLE ? left->tuple.items.n : 1;

		name_count(p, right->bind.name);
		from_word(p, right->span);
		if (array)
			print_literal(p, right->bind.value, &type_null);
		else
			print_in_list(p, right, negated, width);
	} else {
		print_node(p, right);
	}
	if (array)
		put_char(p, ')');
	if (negated)
		put_char(p, ')');
	p->context.in_operator = was_in_operator;
}

static void print_getitem(struct printer *p, struct node *n)
{
	print_side(p, n, false);
	from_operator(p, n);
	put_char(p, '[');
	print_side(p, n, true);
	put_char(p, ']');
}

/* Inside a LATERAL a comparison counts for the statement around it alone, as in visit_binary() of
 * sql/compiler.py. */
static void note_edges(struct printer *p, struct node *n)
{
	const struct vec *left = froms_of(p->c, n->binary.left);
	const struct vec *right = froms_of(p->c, n->binary.right);

	if (p->context.lateral_lint != NULL)
		lint_lateral_edges(p->context.lateral_lint, p->context.lateral, left, right);
	else
		lint_edges(p->context.lint, left, right);
}

static void print_binary(struct printer *p, struct node *n)
{
	const struct op *op = n->binary.op;

	if (p->context.lint != NULL && op->comparison) /* of any kind, LIKE and IN too */
		note_edges(p, n);
	switch (op->id) {
	case OP_truediv:
		print_truediv(p, n);
		break;
	case OP_floordiv:
		print_floordiv(p, n);
		break;
	case OP_mod:
		print_mod(p, n);
		break;
	case OP_like_op:
	case OP_not_like_op:
	case OP_ilike_op:
	case OP_not_ilike_op:
		print_like(p, n, op->sql, false, false);
		break;
	case OP_contains_op:
		print_like(p, n, STR(" LIKE "), true, true);
		break;
	case OP_not_contains_op:
		print_like(p, n, STR(" NOT LIKE "), true, true);
		break;
	case OP_startswith_op:
		print_like(p, n, STR(" LIKE "), false, true);
		break;
	case OP_not_startswith_op:
		print_like(p, n, STR(" NOT LIKE "), false, true);
		break;
	case OP_endswith_op:
		print_like(p, n, STR(" LIKE "), true, false);
		break;
	case OP_not_endswith_op:
		print_like(p, n, STR(" NOT LIKE "), true, false);
		break;
	case OP_icontains_op:
		print_like(p, n, STR(" ILIKE "), true, true);
		break;
	case OP_not_icontains_op:
		print_like(p, n, STR(" NOT ILIKE "), true, true);
		break;
	case OP_istartswith_op:
		print_like(p, n, STR(" ILIKE "), false, true);
		break;
	case OP_not_istartswith_op:
		print_like(p, n, STR(" NOT ILIKE "), false, true);
		break;
	case OP_iendswith_op:
		print_like(p, n, STR(" ILIKE "), true, false);
		break;
	case OP_not_iendswith_op:
		print_like(p, n, STR(" NOT ILIKE "), true, false);
		break;
	case OP_match_op:
	case OP_not_match_op:
		print_match(p, n);
		break;
	case OP_regexp_match_op:
	case OP_not_regexp_match_op:
		print_regexp(p, n);
		break;
	case OP_regexp_replace_op:
		print_regexp_replace(p, n);
		break;
	case OP_between_op:
	case OP_not_between_op:
		print_between(p, n);
		break;
	case OP_in_op:
	case OP_not_in_op:
		print_in(p, n);
		break;
	case OP_getitem:
		print_getitem(p, n);
		break;
	case OP_json_getitem_op:
	case OP_json_path_getitem_op:
		print_json_index(p, n);
		break;
	default:
		print_generic(p, n, op->sql, op->eager);
		break;
	}
}

static void print_operator_list(struct printer *p, struct node *n)
{
	bool was_in_operator = p->context.in_operator;

	if (n->list.op == NULL || n->list.op->id == OP_comma_op) {
		print_list(p, &n->list.items, n->list.op == NULL ? STR(" ") : STR(", "));
		return;
	}
	p->context.in_operator = true;
	print_list(p, &n->list.items, n->list.op->sql);
	p->context.in_operator = was_in_operator;
}

/* Whether its text may begin with a minus, which behind another one would begin a comment. */
static bool begins_with_minus(const struct node *n)
{
	for (;;) {
		switch (n->kind) {
		case NODE_COLUMN:
			return n->column.literal;
		case NODE_TEXT:
			return true;
		case NODE_UNARY:
			return n->unary.op != NULL;
		case NODE_BINARY:
			n = n->binary.left;
			break;
		case NODE_LIST:
			if (n->list.items.n == 0)
				return false;
			n = n->list.items.items[0];
			break;
		case NODE_TYPE_COERCE:
			n = n->cast.element;
			break;
		case NODE_LABEL:
			n = n->label.element;
			break;
		default:
			return false;
		}
	}
}

static void print_unary(struct printer *p, struct node *n)
{
	struct node *element = n->unary.element;
	const struct op *op = n->unary.op;
	bool parenthesis = false;

	if (op == NULL) {
		print_node(p, element);
		from_operator(p, n);
		put(p, n->unary.modifier->sql);
		return;
	}
	from_operator(p, n);
	put(p, op->sql);
	if (op->id == OP_neg && begins_with_minus(element))
		put_char(p, ' ');
	if (op->id == OP_any_op || op->id == OP_all_op)
		parenthesis = element->kind != NODE_GROUPING && element->kind != NODE_SCALAR_SELECT;
	if (parenthesis)
		put_char(p, '(');
	print_node(p, element);
	if (parenthesis)
		put_char(p, ')');
}

/* ------------------------------------------------------------------ the rest */

static void print_case(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	PUT(p, "CASE ");
	if (n->case_.value != NULL) {
		print_node(p, n->case_.value);
		put_char(p, ' ');
	}
	for (size_t i = 0; i < n->case_.count; i++) {
		from_word(p, n->span);
		PUT(p, "WHEN ");
		print_node(p, n->case_.whens[i].condition);
		PUT(p, " THEN ");
		print_node(p, n->case_.whens[i].result);
		put_char(p, ' ');
	}
	if (n->case_.otherwise != NULL) {
		PUT(p, "ELSE ");
		print_node(p, n->case_.otherwise);
		put_char(p, ' ');
	}
	PUT(p, "END");
}

static void print_cast(struct printer *p, struct node *n)
{
	struct str collation = type_collation(n->type);

	from_word(p, n->span);
	PUT(p, "CAST(");
	print_node(p, n->cast.element);
	from_word(p, n->span);
	PUT(p, " AS ");
	print_type(p, n->type, n->span);
	put_char(p, ')');
	if (collation.n > 0) {
		PUT(p, " COLLATE ");
		put_identifier(p, collation);
	}
}

static void print_extract(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	PUT(p, "EXTRACT(");
	put_verbatim(p, n->extract.field, n->span);
	PUT(p, " FROM ");
	print_node(p, n->extract.element);
	put_char(p, ')');
}

/* Functions are written as they stand, quoted only for a character that no name has. */
static void put_function_name(struct printer *p, struct str name)
{
	bool legal = name.n > 0 && !(name.p[0] >= '0' && name.p[0] <= '9') && name.p[0] != '$';

	for (size_t i = 0; i < name.n && legal; i++)
		legal = (is_word(name.p[i]) && (unsigned char)name.p[i] < 0x80) || name.p[i] == '$';
	if (legal)
		put(p, name);
	else
		quote_name(&p->out->text, name);
}

static void put_upper(struct printer *p, const char *word)
{
	for (; *word != '\0'; word++)
		put_char(p, *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word);
}

static bool is_substring(const struct node *n)
{
	return str_eq_nocase(n->function.name, STR("substring")) && n->function.arguments.n >= 2 &&
	       n->function.arguments.n <= 3;
}

static void print_substring(struct printer *p, struct node *n)
{
	struct vec *a = &n->function.arguments;

	PUT(p, "SUBSTRING(");
	print_node(p, a->items[0]);
	PUT(p, " FROM ");
	print_node(p, a->items[1]);
	if (a->n > 2) {
		PUT(p, " FOR ");
		print_node(p, a->items[2]);
	}
	put_char(p, ')');
}

static void put_known_name(struct printer *p, const struct function *known)
{
	switch (known->style) {
	case FUNCTION_UPPER:
		put_upper(p, known->name);
		break;
	case FUNCTION_GROUPING_SETS:
		PUT(p, "GROUPING SETS");
		break;
	case FUNCTION_AGGREGATE_STRINGS:
		PUT(p, "string_agg");
		break;
	default:
		put_function_name(p, str_of(known->bare != NULL ? known->bare : known->name));
		break;
	}
}

static void print_function(struct printer *p, struct node *n)
{
	const struct function *known = n->function.known;
	struct vec *arguments = &n->function.arguments;

	from_word(p, n->span);
	if (known != NULL && known->style == FUNCTION_NEXT_VALUE) {
		print_list(p, arguments, STR(", "));
		return;
	}
	if (is_substring(n)) {
		print_substring(p, n);
		return;
	}
	if (known != NULL) {
		put_known_name(p, known);
		if (known->bare != NULL && arguments->n == 0)
			return;
	} else {
		for (size_t i = 0; i < n->function.package_count; i++) {
			put_function_name(p, n->function.packages[i]);
			put_char(p, '.');
		}
		put_function_name(p, n->function.name);
	}
	put_char(p, '(');
	print_list(p, arguments, STR(", "));
	put_char(p, ')');
}

static void print_bound(struct printer *p, const struct frame_bound *b, bool lower)
{
	switch (b->kind) {
	case BOUND_UNBOUNDED:
		put(p, lower ? STR("UNBOUNDED PRECEDING") : STR("UNBOUNDED FOLLOWING"));
		break;
	case BOUND_CURRENT:
		PUT(p, "CURRENT ROW");
		break;
	case BOUND_PRECEDING:
		print_node(p, b->offset);
		PUT(p, " PRECEDING");
		break;
	case BOUND_FOLLOWING:
		print_node(p, b->offset);
		PUT(p, " FOLLOWING");
		break;
	}
}

static void print_over(struct printer *p, struct node *n)
{
	static const struct str modes[] = {
		[FRAME_RANGE] = { "RANGE", 5 },
		[FRAME_ROWS] = { "ROWS", 4 },
		[FRAME_GROUPS] = { "GROUPS", 6 },
	};
	const char *blank = "";

	print_node(p, n->over.element);
	/* SQLAlchemy words the frame first, so its values are numbered before the others. */
	for (struct frame_bound *b = &n->over.lower; n->over.mode != FRAME_NONE && b != NULL;
	     b = b == &n->over.lower ? &n->over.upper : NULL)
		if (b->offset != NULL)
			name_count(p, b->offset->bind.name);
	from_word(p, n->span);
	PUT(p, " OVER (");
	if (n->over.partition_by.n > 0) {
		PUT(p, "PARTITION BY ");
		print_list(p, &n->over.partition_by, STR(", "));
		blank = " ";
	}
	if (n->over.order_by.n > 0) {
		put(p, str_of(blank));
		PUT(p, "ORDER BY ");
		print_list(p, &n->over.order_by, STR(", "));
		blank = " ";
	}
	if (n->over.mode != FRAME_NONE) {
		from_word(p, n->span);
		put(p, str_of(blank));
		put(p, modes[n->over.mode]);
		PUT(p, " BETWEEN ");
		print_bound(p, &n->over.lower, true);
		PUT(p, " AND ");
		print_bound(p, &n->over.upper, false);
	}
	put_char(p, ')');
}

static void print_filter(struct printer *p, struct node *n)
{
	print_node(p, n->filter.element);
	from_word(p, n->span);
	PUT(p, " FILTER (WHERE ");
	print_node(p, n->filter.criterion);
	put_char(p, ')');
}

static void print_within_group(struct printer *p, struct node *n)
{
	print_node(p, n->within_group.element);
	from_word(p, n->span);
	PUT(p, " WITHIN GROUP (ORDER BY ");
	print_list(p, &n->within_group.order_by, STR(", "));
	put_char(p, ')');
}

static void print_row(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	put_char(p, '(');
	print_list(p, &n->tuple.items, STR(", "));
	put_char(p, ')');
}

static void print_array(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	PUT(p, "ARRAY[");
	print_list(p, &n->array.items, STR(", "));
	put_char(p, ']');
	if (n->array.items.n == 0 && n->type->item != NULL && !type_is_null(n->type->item)) {
		PUT(p, "::");
		print_type(p, n->type, n->span);
	}
}

static void print_slice_part(struct printer *p, struct node *n)
{
	if (n == NULL)
		PUT(p, "NULL");
	else
		print_node(p, n);
}

static void print_slice(struct printer *p, struct node *n)
{
	print_slice_part(p, n->slice.start);
	put_char(p, ':');
	print_slice_part(p, n->slice.stop);
}

static void print_sequence(struct printer *p, struct node *n)
{
	struct text name;

	text_init(&name, &p->c->arena);
	if (n->sequence.schema.n > 0) {
		quote_identifier(&name, n->sequence.schema);
		text_char(&name, '.');
	}
	quote_identifier(&name, n->sequence.name);
	from_word(p, n->span);
	PUT(p, "nextval(");
	quote_literal(&p->out->text, text_view(&name), p->c->settings->encoding);
	put_char(p, ')');
}

static void print_scalar_select(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	put_char(p, '(');
	print_statement_at(p, n->select.statement, (struct place){ 0 });
	put_char(p, ')');
}

static void print_function_column(struct printer *p, struct node *n)
{
	from_word(p, n->span);
	put_char(p, '(');
	print_node(p, n->function_column.function);
	PUT(p, ").");
	put_name(p, n->function_column.name, NAME_LABEL, false);
}

static void print_aggregate(struct printer *p, struct node *n)
{
	print_node(p, n->aggregate.target);
	PUT(p, " ORDER BY ");
	print_list(p, &n->aggregate.order_by, STR(", "));
}

static void print_grouping(struct printer *p, struct node *n)
{
	put_char(p, '(');
	print_node(p, n->grouping);
	put_char(p, ')');
}

static void print_any(struct printer *p, struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		print_column(p, n);
		break;
	case NODE_BIND:
		print_bind(p, n);
		break;
	case NODE_CONSTANT:
		print_constant(p, n);
		break;
	case NODE_TEXT:
		print_text(p, n);
		break;
	case NODE_BINARY:
		print_binary(p, n);
		break;
	case NODE_LIST:
		print_operator_list(p, n);
		break;
	case NODE_UNARY:
		print_unary(p, n);
		break;
	case NODE_GROUPING:
		print_grouping(p, n);
		break;
	case NODE_CASE:
		print_case(p, n);
		break;
	case NODE_CAST:
		print_cast(p, n);
		break;
	case NODE_TYPE_COERCE:
		print_node(p, n->cast.element);
		break;
	case NODE_EXTRACT:
		print_extract(p, n);
		break;
	case NODE_FUNCTION:
		print_function(p, n);
		break;
	case NODE_OVER:
		print_over(p, n);
		break;
	case NODE_FILTER:
		print_filter(p, n);
		break;
	case NODE_WITHIN_GROUP:
		print_within_group(p, n);
		break;
	case NODE_LABEL:
		print_label(p, n);
		break;
	case NODE_TUPLE:
		print_row(p, n);
		break;
	case NODE_ARRAY:
		print_array(p, n);
		break;
	case NODE_SLICE:
		print_slice(p, n);
		break;
	case NODE_COLLATION:
		put_identifier(p, n->collation);
		break;
	case NODE_SCALAR_SELECT:
		print_scalar_select(p, n);
		break;
	case NODE_FROM:
		print_from_node(p, n);
		break;
	case NODE_FUNCTION_COLUMN:
		print_function_column(p, n);
		break;
	case NODE_AGGREGATE_ORDER_BY:
		print_aggregate(p, n);
		break;
	case NODE_TEXT_REFERENCE:
		print_text_reference(p, n);
		break;
	case NODE_LABEL_REFERENCE:
		print_label_reference(p, n);
		break;
	case NODE_SEQUENCE:
		print_sequence(p, n);
		break;
	}
}

void print_node(struct printer *p, struct node *n)
{
	compilation_descend(p->c, n->span);
	print_any(p, n);
	compilation_ascend(p->c);
}
