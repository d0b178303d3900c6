/* Values in the place of FROM objects and of members of set operations: sql/coercions.py. */
#include "compiler/call.h"
#include "compiler/coerce.h"
#include "compiler/statements.h"

struct from *coerce_from_text(struct compilation *c, struct node *text)
{
	struct from *f = from_new(c, FROM_TEXT, text->span);

	f->text = text;
	f->columns_known = true;
	return f;
}

/* FROM takes text() where the others do not. */
static _Noreturn void fail_text(struct compilation *c, const struct value *v)
{
	struct str text = STR("");

	value_string(v, &text);
	hint(c, "Write the table's name without quotes.");
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH,
	     "Textual SQL expression '%.*s' should be explicitly declared as text('%.*s')",
	     STR_ARG(text), STR_ARG(text));
}

static _Noreturn void fail_role(struct compilation *c, const struct value *v, const char *role)
{
	if (value_is_string(v))
		hint(c, "Write the table's name without quotes.");
	fail(c, v->span, SQLSTATE_DATATYPE_MISMATCH, "%s expected, got %.*s.", role,
	     STR_ARG(value_repr(c, v)));
}

static bool is_select(const struct value *v)
{
	return v->kind == VALUE_STATEMENT && statement_is_select(v->statement);
}

/* A column_valued() function may stand for its FROM. */
static struct from *from_of_node(struct compilation *c, struct node *n)
{
	if (n->kind == NODE_TEXT)
		return coerce_from_text(c, n);
	if (n->kind == NODE_COLUMN && n->column.is_row)
		return n->column.from;
	if (n->kind == NODE_FROM)
		return n->from;
	return NULL;
}

/* A function stands in FROM as it is, without an alias: PostgreSQL calls it after itself. */
static struct from *from_function(struct compilation *c, const struct value *v)
{
	struct from *f = function_as_from(c, v->node, (struct name){ 0 }, v->span);

	f->name = (struct name){ 0 };
	return f;
}

/* What the value is as a FROM object; NULL: nothing. */
static struct from *from_of(struct compilation *c, const struct value *v)
{
	switch (v->kind) {
	case VALUE_FROM:
		return v->from;
	case VALUE_NODE:
		if (v->node->kind == NODE_FUNCTION)
			return from_function(c, v);
		return from_of_node(c, v->node);
	case VALUE_STATEMENT: /* join(select(…)) is 1.x, an error in 2.0; but the meaning is plain */
		return is_select(v) ? statement_implicit_subquery(c, v->statement) : NULL;
	default:
		return NULL;
	}
}

struct from *coerce_from(struct compilation *c, struct value v)
{
	struct from *f = from_of(c, &v);

	if (f == NULL && value_is_string(&v))
		fail_text(c, &v);
	if (f == NULL)
		fail_role(c, &v, "FROM expression, such as a Table or alias() object");
	return f;
}

struct from *coerce_join_target(struct compilation *c, struct value v)
{
	struct from *f = from_of(c, &v);

	if (f == NULL)
		fail_role(
			c, &v,
			"Join target, typically a FROM expression, or ORM relationship attribute");
	return f;
}

struct statement *coerce_compound_element(struct compilation *c, struct value v)
{
	if (is_select(&v))
		return v.statement;
	if (v.kind == VALUE_NODE && v.node->kind == NODE_SCALAR_SELECT && !v.node->select.exists)
		return v.node->select.statement;
	if (v.kind == VALUE_FROM && v.from->kind == FROM_SUBQUERY)
		hint(c, "Use the plain select() object without calling .subquery() or .alias().");
	else if (v.kind == VALUE_FROM)
		hint(c, "To SELECT from any FROM clause, use the .select() method.");
	fail_role(c, &v, "SELECT construct for inclusion in a UNION or other set construct");
}
