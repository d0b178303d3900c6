#include "compiler/value.h"

#include "compiler/types.h"
#include "compiler/vocabulary.h"

struct value value_node(struct node *n)
{
	return (struct value){ .kind = VALUE_NODE, .span = n->span, .node = n };
}

struct value value_from(struct from *f)
{
	return (struct value){ .kind = VALUE_FROM, .span = f->span, .from = f };
}

struct value value_statement(struct statement *s)
{
	return (struct value){ .kind = VALUE_STATEMENT, .span = s->span, .statement = s };
}

struct value value_type(const struct type *t, struct span span)
{
	return (struct value){ .kind = VALUE_TYPE, .span = span, .type = t };
}

/* Classes of sql/elements.py. */
static const char *describe_node(const struct node *n)
{
	switch (n->kind) {
	case NODE_COLUMN:
		return n->column.reflected != NULL ? "Column" : "ColumnClause";
	case NODE_BIND:
		return "BindParameter";
	case NODE_CONSTANT:
		return n->constant == CONSTANT_NULL   ? "Null"
		       : n->constant == CONSTANT_TRUE ? "True_"
		                                      : "False_";
	case NODE_TEXT:
		return "TextClause";
	case NODE_BINARY:
		return "BinaryExpression";
	case NODE_LIST:
		return "ExpressionClauseList";
	case NODE_UNARY:
		return n->unary.element != NULL && n->unary.element->kind == NODE_SCALAR_SELECT &&
		                       n->unary.element->select.exists
		               ? "Exists"
		               : "UnaryExpression";
	case NODE_GROUPING:
		return "Grouping";
	case NODE_CASE:
		return "Case";
	case NODE_CAST:
		return "Cast";
	case NODE_TYPE_COERCE:
		return "TypeCoerce";
	case NODE_EXTRACT:
		return "Extract";
	case NODE_FUNCTION:
		return "Function";
	case NODE_OVER:
		return "Over";
	case NODE_FILTER:
		return "FunctionFilter";
	case NODE_WITHIN_GROUP:
		return "WithinGroup";
	case NODE_LABEL:
		return "Label";
	case NODE_TUPLE:
		return "Tuple";
	case NODE_ARRAY:
		return "array";
	case NODE_SLICE:
		return "Slice";
	case NODE_COLLATION:
		return "CollationClause";
	case NODE_SCALAR_SELECT:
		return n->select.exists ? "Exists" : "ScalarSelect";
	case NODE_FROM:
		return "TableValuedColumn";
	case NODE_FUNCTION_COLUMN:
		return "ScalarFunctionColumn";
	case NODE_AGGREGATE_ORDER_BY:
		return "aggregate_order_by";
	case NODE_SEQUENCE:
		return "Sequence";
	case NODE_TEXT_REFERENCE:
	case NODE_LABEL_REFERENCE:
		break;
	}
	return "ColumnElement";
}

static const char *describe_from(const struct from *f)
{
	switch (f->kind) {
	case FROM_TABLE:
		return "Table";
	case FROM_TABLE_CLAUSE:
		return "TableClause";
	case FROM_ALIAS:
		return "Alias";
	case FROM_TABLESAMPLE:
		return "TableSample";
	case FROM_SUBQUERY:
		return "Subquery";
	case FROM_LATERAL:
		return "Lateral";
	case FROM_CTE:
		return "CTE";
	case FROM_JOIN:
		return "Join";
	case FROM_GROUPING:
		return "FromGrouping";
	case FROM_VALUES:
		return "Values";
	case FROM_TABLE_VALUED:
		return "TableValuedAlias";
	case FROM_TEXT:
		return "TextClause";
	}
	return "FromClause";
}

static const char *describe_statement(const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_SELECT:
		return "Select";
	case STATEMENT_COMPOUND:
		return "CompoundSelect";
	case STATEMENT_INSERT:
		return "Insert";
	case STATEMENT_UPDATE:
		return "Update";
	case STATEMENT_DELETE:
		return "Delete";
	case STATEMENT_TEXT:
		break;
	}
	return "TextualSelect";
}

static const char *describe_literal(const struct literal *l)
{
	switch (l->kind) {
	case LITERAL_NONE:
		return "None";
	case LITERAL_BOOL:
		return "bool";
	case LITERAL_INTEGER:
		return "int";
	case LITERAL_FLOAT:
		return "float";
	case LITERAL_DECIMAL:
		return "Decimal";
	case LITERAL_STRING:
		return "str";
	case LITERAL_BYTES:
		return "bytes";
	case LITERAL_DATE:
		return "date";
	case LITERAL_DATETIME:
	case LITERAL_DATETIME_TZ:
		return "datetime";
	case LITERAL_TIME:
		return "time";
	case LITERAL_INTERVAL:
		return "timedelta";
	case LITERAL_UUID:
		return "UUID";
	case LITERAL_RANGE:
		return "Range";
	case LITERAL_MULTIRANGE:
		return "MultiRange";
	case LITERAL_LIST:
		return "list";
	case LITERAL_TUPLE:
		return "tuple";
	case LITERAL_SET:
		return "set";
	case LITERAL_DICT:
		return "dict";
	case LITERAL_PARAMETER:
	case LITERAL_TYPED:
		break;
	}
	return "value";
}

static const char *describe_kind(enum value_kind kind)
{
	switch (kind) {
	case VALUE_LIST:
		return "list";
	case VALUE_TUPLE:
		return "tuple";
	case VALUE_SET:
		return "set";
	case VALUE_DICT:
		return "dict";
	case VALUE_SLICE:
		return "slice";
	case VALUE_COLUMNS:
		return "ReadOnlyColumnCollection";
	case VALUE_WORD:
		return "function";
	case VALUE_METHOD:
		return "method";
	case VALUE_FUNC:
		return "func";
	case VALUE_MODULE:
		return "module";
	case VALUE_TABLES:
		return "tables";
	case VALUE_SCHEMA:
		return "schema";
	case VALUE_FK:
		return "fk";
	case VALUE_OPERATOR:
		return "operator";
	default:
		return "value";
	}
}

struct str value_describe(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NODE:
		return str_of(describe_node(v->node));
	case VALUE_FROM:
		return str_of(describe_from(v->from));
	case VALUE_STATEMENT:
		return str_of(describe_statement(v->statement));
	case VALUE_TYPE:
		return STR("type");
	case VALUE_LITERAL:
		return str_of(describe_literal(v->literal));
	default:
		return str_of(describe_kind(v->kind));
	}
}
