#include "proxy/reflect_sql.h"

/* Texts in another language, laid out by hand. */
/* clang-format off */

#define EQ   " OPERATOR(pg_catalog.=) "
#define NE   " OPERATOR(pg_catalog.<>) "
#define GE   " OPERATOR(pg_catalog.>=) "
#define GT   " OPERATOR(pg_catalog.>) "
#define LE   " OPERATOR(pg_catalog.<=) "
#define PLUS " OPERATOR(pg_catalog.+) "
#define MINUS " OPERATOR(pg_catalog.-) "
#define TIMES " OPERATOR(pg_catalog.*) "
#define TEXT "::pg_catalog.text"
#define OID  "::pg_catalog.oid"
#define QUOTED(x) "pg_catalog.quote_ident(" x ")"

/* Who asks, in the server's log and statistics. */
#define SIGNATURE "/* pgexpr catalog */"

/* The relations that an expression can name. */
#define SELECTABLE ".relkind" EQ "ANY ('{r,p,v,m,f}'::pg_catalog.\"char\"[]) "

/* Oids from here on are not the system's own: access/transam.h, FirstNormalObjectId. */
#define FIRST_NORMAL "16384"

/* The two spellings of a name. */
#define PLAIN(x) x TEXT
#define DIGITS(x) \
	"pg_catalog.encode(pg_catalog.convert_to(" x TEXT ", pg_catalog.getdatabaseencoding()), 'hex')"

/* A namespace's name; it may come in quotes. */
#define SCHEMA_OF(x) x "::pg_catalog.regnamespace" TEXT

/* Where every row stands that a shape is made from, and who wrote it: (xmin, ctid) changes with every
 * update, also with the second one in a transaction, and comes back when the transaction rolls back.
 * What is outside of the relation's own rows is taken by its name: its schema, its columns' types
 * and what is under a domain, and what its foreign keys point to. The start of the postmaster is the
 * seed, because rows may come back with another content after a restore. */
#define TYPE_PRINT \
	"(SELECT pg_catalog.concat(t.xmin, t.ctid, pg_catalog.format_type(t.oid, NULL), " \
	"pg_catalog.format_type(t.typbasetype, NULL)) " \
	"FROM pg_catalog.pg_type t WHERE t.oid" EQ "a.atttypid)"
#define COLUMNS_PRINT \
	"(SELECT pg_catalog.string_agg(pg_catalog.concat(a.xmin, a.ctid, " \
	"CASE WHEN a.atttypid" GE FIRST_NORMAL " THEN " TYPE_PRINT " END), ',' ORDER BY a.attnum) " \
	"FROM pg_catalog.pg_attribute a WHERE a.attrelid" EQ "c.oid AND a.attnum" GT "0)"
#define TARGET_PRINT \
	"k.confrelid::pg_catalog.regclass, " \
	"(SELECT pg_catalog.string_agg(pg_catalog.concat(f.xmin, f.ctid), ',' ORDER BY f.attnum) " \
	"FROM pg_catalog.pg_attribute f " \
	"WHERE f.attrelid" EQ "k.confrelid AND f.attnum" EQ "ANY (k.confkey))"
#define KEYS_PRINT \
	"(SELECT pg_catalog.string_agg(pg_catalog.concat(k.xmin, k.ctid, " TARGET_PRINT "), ',' " \
	"ORDER BY k.oid) FROM pg_catalog.pg_constraint k WHERE k.conrelid" EQ "c.oid)"
#define SEED \
	"(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())" TIMES "1000000)" \
	"::pg_catalog.int8"
#define FINGERPRINT \
	"pg_catalog.hashtextextended(pg_catalog.concat(c.xmin, c.ctid, " \
	"c.relnamespace::pg_catalog.regnamespace, " COLUMNS_PRINT ", ';', " KEYS_PRINT "), " SEED ")"

/* The oid of u(schema, name, oid). to_regclass() finds a bare name through the search_path; behind a
 * schema without USAGE it would raise an error, so there it is not asked. */
#define RESOLVE \
	"CASE WHEN u.oid" NE "0 THEN u.oid WHEN u.name" EQ "'' THEN NULL " \
	"WHEN u.schema" EQ "'' THEN pg_catalog.to_regclass(" QUOTED("u.name") ")" OID " " \
	"WHEN u.schema" EQ "'pg_temp' OR pg_catalog.has_schema_privilege(" \
	"pg_catalog.to_regnamespace(" QUOTED("u.schema") ")" OID ", 'USAGE') " \
	"THEN pg_catalog.to_regclass(pg_catalog.concat(" \
	QUOTED("u.schema") ", '.', " QUOTED("u.name") "))" OID " END"

const char reflect_sql_check[] =
	"SELECT q.n, c.oid, pg_catalog.pg_table_is_visible(c.oid), " FINGERPRINT " "
	"FROM (SELECT u.n, " RESOLVE " AS oid FROM ROWS FROM (pg_catalog.unnest($1), "
	"pg_catalog.unnest($2), pg_catalog.unnest($3)) "
	"WITH ORDINALITY AS u(schema, name, oid, n) OFFSET 0) q "
	"JOIN pg_catalog.pg_class c ON c.oid" EQ "q.oid WHERE c" SELECTABLE SIGNATURE;

#define RELATION_ROWS(NAME) \
	"SELECT 'r', c.oid" TEXT ", c.relkind" TEXT ", " \
	"pg_catalog.pg_table_is_visible(c.oid)" TEXT ", " FINGERPRINT TEXT ", " \
	"NULL, NULL, NULL, NULL, " NAME(SCHEMA_OF("c.relnamespace")) ", " NAME("c.relname") ", " \
	"NULL, NULL, NULL, NULL " \
	"FROM pg_catalog.unnest($1) AS q(oid) " \
	"JOIN pg_catalog.pg_class c ON c.oid" EQ "q.oid WHERE c" SELECTABLE

/* b: what is under a domain (or a domain's array), however many domains deep. */
#define BASE_TYPE \
	"(WITH RECURSIVE d(oid, typmod, depth) AS (" \
	"SELECT e.typbasetype, e.typtypmod, 1 WHERE e.typtype" EQ "'d' " \
	"UNION ALL SELECT i.typbasetype, i.typtypmod, d.depth" PLUS "1 FROM d " \
	"JOIN pg_catalog.pg_type i ON i.oid" EQ "d.oid WHERE i.typtype" EQ "'d') " \
	"SELECT d.oid, d.typmod, d.depth, i.typnamespace FROM d " \
	"JOIN pg_catalog.pg_type i ON i.oid" EQ "d.oid WHERE i.typtype" NE "'d')"

/* Too deep is what TYPE_PRINT does not reach: a type that someone may rename, under two domains or
 * under an array's domain. */
#define COLUMN_ROWS(NAME) \
	"SELECT 'c', a.attrelid" TEXT ", a.attnum" TEXT ", " \
	"pg_catalog.concat(a.attnotnull, a.atthasdef, a.attidentity" NE "'', a.attgenerated" NE "''), " \
	"a.atttypid" TEXT ", e.typtype" TEXT ", (e.oid" NE "t.oid)" TEXT ", " \
	"(b.oid" GE FIRST_NORMAL " AND (b.depth" GT "1 OR e.oid" NE "t.oid))" TEXT ", " \
	"(b.oid IS NOT NULL)" TEXT ", " \
	NAME("a.attname") ", " NAME("pg_catalog.format_type(a.atttypid, a.atttypmod)") ", " \
	NAME(SCHEMA_OF("e.typnamespace")) ", " NAME("e.typname") ", " \
	NAME("pg_catalog.format_type(b.oid, b.typmod)") ", " NAME(SCHEMA_OF("b.typnamespace")) " " \
	"FROM pg_catalog.unnest($1) AS q(oid) " \
	"JOIN pg_catalog.pg_attribute a " \
	"ON a.attrelid" EQ "q.oid AND a.attnum" GT "0 AND NOT a.attisdropped " \
	"JOIN pg_catalog.pg_type t ON t.oid" EQ "a.atttypid " \
	"LEFT JOIN pg_catalog.pg_type x ON x.oid" EQ "t.typelem AND x.typarray" EQ "t.oid " \
	"JOIN pg_catalog.pg_type e ON e.oid" EQ "COALESCE(x.oid, t.oid) " \
	"LEFT JOIN LATERAL " BASE_TYPE " b ON true "

/* A foreign key to a partitioned table has helpers towards each partition, which hang on the same
 * relation as their parent: they are left out. */
#define KEY_ROWS(NAME) \
	"SELECT k.contype" TEXT ", k.conrelid" TEXT ", u.n" TEXT ", u.mine" TEXT ", k.oid" TEXT ", " \
	"k.confrelid" TEXT ", NULL, NULL, NULL, " \
	NAME("k.conname") ", " NAME("f.attname") ", " NAME(SCHEMA_OF("r.relnamespace")) ", " \
	NAME("r.relname") ", NULL, NULL " \
	"FROM pg_catalog.unnest($1) AS q(oid) " \
	"JOIN pg_catalog.pg_constraint k " \
	"ON k.conrelid" EQ "q.oid AND k.contype" EQ "ANY ('{p,f}'::pg_catalog.\"char\"[]) " \
	"CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) " \
	"WITH ORDINALITY AS u(mine, other, n) " \
	"LEFT JOIN pg_catalog.pg_class r ON r.oid" EQ "k.confrelid " \
	"LEFT JOIN pg_catalog.pg_attribute f " \
	"ON f.attrelid" EQ "k.confrelid AND f.attnum" EQ "u.other " \
	"WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p " \
	"WHERE p.oid" EQ "k.conparentid AND p.conrelid" EQ "k.conrelid) "

#define SHAPES(NAME) \
	RELATION_ROWS(NAME) "UNION ALL " COLUMN_ROWS(NAME) "UNION ALL " KEY_ROWS(NAME) SIGNATURE

const char reflect_sql_shapes_plain[] = SHAPES(PLAIN);
const char reflect_sql_shapes_digits[] = SHAPES(DIGITS);

/* By the rule of did-you-mean a name more than three characters longer or shorter is no neighbour. */
#define LENGTH_FITS(x, wanted) \
	"pg_catalog.abs(pg_catalog.length(" x TEXT ")" MINUS "pg_catalog.length(" wanted "))" LE "3 "
#define SEARCHED_SCHEMAS \
	"CASE WHEN u.schema" EQ "'' THEN ARRAY(SELECT pg_catalog.to_regnamespace(" QUOTED("p.name") ")" \
	OID " FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) AS p(name)) " \
	"ELSE ARRAY[pg_catalog.to_regnamespace(" QUOTED("u.schema") ")" OID "] END"
#define BEGINS_ALIKE \
	"pg_catalog.lower(pg_catalog.left(y.name, 2))" EQ "pg_catalog.lower(pg_catalog.left(u.name, 2))"

/* Reads all of pg_class, which only a name that is not there may cost. Of too many, those that begin
 * alike are given. */
#define NEIGHBOURS(NAME) \
	"SELECT u.n, " NAME("x.name") " " \
	"FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) " \
	"WITH ORDINALITY AS u(schema, name, n) " \
	"CROSS JOIN LATERAL (SELECT y.name FROM (" \
	"SELECT c.relname" TEXT " AS name FROM pg_catalog.pg_class c " \
	"WHERE c" SELECTABLE "AND c.relnamespace" EQ "ANY (" SEARCHED_SCHEMAS ") " \
	"AND (c.oid" GE FIRST_NORMAL " OR pg_catalog.left(u.name, 3)" EQ "'pg_') " \
	"AND " LENGTH_FITS("c.relname", "u.name") \
	"AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE') " \
	"UNION ALL SELECT s.nspname" TEXT " FROM pg_catalog.pg_namespace s " \
	"WHERE (" LENGTH_FITS("s.nspname", "u.name") "OR " LENGTH_FITS("s.nspname", "u.schema") ") " \
	"AND (pg_catalog.left(s.nspname" TEXT ", 3)" NE "'pg_' OR s.nspname" TEXT EQ "u.schema) " \
	"AND pg_catalog.has_schema_privilege(s.oid, 'USAGE')) y " \
	"ORDER BY " BEGINS_ALIKE " DESC, y.name LIMIT 1000) x " SIGNATURE

const char reflect_sql_neighbours_plain[] = NEIGHBOURS(PLAIN);
const char reflect_sql_neighbours_digits[] = NEIGHBOURS(DIGITS);
