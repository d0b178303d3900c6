#include "compiler/catalog.h"

/* Linear: whoever fills a catalog bounds the number of its entries. */
enum catalog_answer catalog_by_name(const struct catalog *k, struct str schema, struct str name,
                                    const struct catalog_entry **out)
{
	static const struct catalog_entry absent;

	*out = &absent;
	if (str_empty(name))
		return CATALOG_ABSENT; /* no relation is called so, nor can it be asked for */
	for (size_t i = 0; i < k->count; i++) {
		const struct catalog_entry *e = &k->entries[i];

		if (str_eq(e->name, name) && str_eq(e->schema, schema)) {
			*out = e;
			return e->relation == NULL ? CATALOG_ABSENT : CATALOG_FOUND;
		}
	}
	*out = NULL;
	return CATALOG_UNKNOWN;
}

enum catalog_answer catalog_by_oid(const struct catalog *k, uint32_t oid,
                                   const struct catalog_entry **out)
{
	*out = NULL;
	for (size_t i = 0; i < k->count; i++) {
		const struct catalog_entry *e = &k->entries[i];

		if (e->relation != NULL && e->relation->oid == oid) {
			*out = e;
			return CATALOG_FOUND;
		}
		if (e->relation == NULL && str_empty(e->name) && e->oid == oid)
			*out = e;
	}
	return *out == NULL ? CATALOG_UNKNOWN : CATALOG_ABSENT;
}
