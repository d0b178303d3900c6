#include "compiler/functions.h"

static const struct function functions[] = {
#define FUNCTION(name_, rule_, type_, bare_, style_)                                               \
	{ #name_, sizeof(#name_) - 1, FUNCTION_##rule_, FUNCTION_##style_, TYPE_##type_, bare_ },
#include "compiler/functions.def"
};

static const struct function_result results[] = {
#define RETURNS(name_, type_, item_) { #name_, sizeof(#name_) - 1, TYPE_##type_, TYPE_##item_ },
#include "compiler/functions.def"
};

const struct function *function_find(struct str name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (name.n == functions[i].length &&
		    str_eq_nocase(name, (struct str){ functions[i].name, functions[i].length }))
			return &functions[i];
	return NULL;
}

const struct function_result *function_result(struct str name)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (name.n == results[i].length &&
		    str_eq_nocase(name, (struct str){ results[i].name, results[i].length }))
			return &results[i];
	return NULL;
}
