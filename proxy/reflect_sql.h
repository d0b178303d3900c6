/* The texts of the questions to PostgreSQL's catalog: reflect.h says what they are for.
 *
 * Each of those that carry names comes in two spellings: `plain`, and `digits`, in which names are
 * the hexadecimal digits of the server's own bytes, so that no conversion can fail. */
#ifndef PROXY_REFLECT_SQL_H
#define PROXY_REFLECT_SQL_H

/* $1 text[] schemas, $2 text[] names, $3 oid[]. A row for each that is found: its number from 1,
 * oid, visible, fingerprint. */
extern const char reflect_sql_check[];
enum { REFLECT_SQL_CHECK_COLUMNS = 4 };

/* $1 oid[]. Rows of four kinds in no certain order, kind and the relation's oid first, then
 *  r: relkind, visible, fingerprint, 4 NULL, schema, name
 *  c: a column: number, flags (not null, default, identity, generated), type's oid, typtype, is an
 *     array, lies too deep, has a base type; name, type, type's schema, type's name, base type,
 *     base type's schema
 *  p, f: one column of a key: place in the key, column's number, constraint's oid, referenced oid,
 *     3 NULL; constraint's name, referenced column, referenced schema, referenced relation
 * Of an array, schema, name and typtype are the elements'. */
extern const char reflect_sql_shapes_plain[];
extern const char reflect_sql_shapes_digits[];
enum { REFLECT_SQL_SHAPES_COLUMNS = 15 };

/* $1 text[] schemas, $2 text[] names. Rows: which one, from 1, and a name like it. */
extern const char reflect_sql_neighbours_plain[];
extern const char reflect_sql_neighbours_digits[];
enum { REFLECT_SQL_NEIGHBOURS_COLUMNS = 2 };

#endif
