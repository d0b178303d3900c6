"""What every client is asked: an expression, the same in SQL, values. $n stands for a value.

The two give the same rows, types and, where SQL itself fails, the same SQLSTATE, over any driver
that sends the values apart from the text. Drivers that put them into the text are asked the same;
`questions.inline` says where that makes a difference.
"""

import datetime
import decimal
import re
import uuid

TABLES = """
CREATE TYPE shade AS ENUM ('red', 'green', 'blue');
CREATE TABLE kind (id int PRIMARY KEY, title text);
INSERT INTO kind VALUES (1, 'one'), (2, 'two'), (3, 'three');
CREATE TABLE thing (
	id int PRIMARY KEY, kind_id int REFERENCES kind, name text, code varchar(20), price numeric(8,2),
	ratio float8, made date, at timestamp, atz timestamptz, tm time, iv interval, ref uuid, data jsonb,
	raw json, blob bytea, tags text[], nums int[], active boolean, big bigint, small smallint,
	col shade, span int4range, ip inet);
INSERT INTO thing
SELECT i, i % 3 + 1, 'thing ' || i, 'c' || i, i * 1.25, i * 0.5, date '2024-01-01' + i,
	timestamp '2024-01-01 10:00' + i * interval '1 hour',
	timestamptz '2024-01-01 10:00+00' + i * interval '1 hour', time '10:00' + i * interval '1 minute',
	i * interval '90 minutes', ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
	jsonb_build_object('a', i, 'b', jsonb_build_object('c', 'v' || i)), json_build_object('a', i),
	decode(lpad(to_hex(i), 4, '0'), 'hex'), ARRAY['t' || i, 'all'], ARRAY[i, i + 1], i % 2 = 0,
	i * 10000000000, i, (ARRAY['red', 'green', 'blue'])[i % 3 + 1]::shade, int4range(i, i + 3),
	('10.0.0.' || i)::inet
FROM generate_series(1, 9) i;
INSERT INTO thing (id) VALUES (10);
"""

UTC = datetime.timezone.utc
COLUMNS = {
    "id": 3, "name": "thing 3", "code": "c3", "price": decimal.Decimal("3.75"), "ratio": 1.5,
    "made": datetime.date(2024, 1, 4), "at": datetime.datetime(2024, 1, 1, 13),
    "atz": datetime.datetime(2024, 1, 1, 13, tzinfo=UTC), "tm": datetime.time(10, 3),
    "iv": datetime.timedelta(hours=4, minutes=30),
    "ref": uuid.UUID("00000000-0000-4000-8000-000000000003"), "blob": b"\0\3",
    "tags": ["t3", "all"], "nums": [3, 4], "active": True, "big": 30000000000, "small": 3,
    "col": "red",
}

# Of each column C, with V a value of it.
OF_COLUMNS = [
    ("select(thing.c.id).where(thing.c.C == $1).order_by(thing.c.id)",
     "SELECT id FROM thing WHERE C = $1 ORDER BY id", "V"),
    ("select(thing.c.id).where(thing.c.C.in_($1)).order_by(thing.c.id)",
     "SELECT id FROM thing WHERE C = ANY ($1) ORDER BY id", "[V]"),
    ("select(thing.c.id).where(thing.c.C.not_in([$1, $2])).order_by(thing.c.id)",
     "SELECT id FROM thing WHERE C NOT IN ($1, $2) ORDER BY id", "VV"),
    ("select(thing.c.id).where(thing.c.C.between($1, $2)).order_by(thing.c.id)",
     "SELECT id FROM thing WHERE C BETWEEN $1 AND $2 ORDER BY id", "VV"),
    ("select(func.coalesce(thing.c.C, $1).label('v')).order_by(thing.c.id)",
     "SELECT coalesce(C, $1) AS v FROM thing ORDER BY id", "V"),
    ("select(case((thing.c.id > 5, $1), else_=thing.c.C).label('v')).order_by(thing.c.id)",
     "SELECT CASE WHEN id > 5 THEN $1 ELSE C END AS v FROM thing ORDER BY id", "V"),
    ("update(thing).values(C=$1).where(thing.c.id == 9).returning(thing.c.C)",
     "UPDATE thing SET C = $1 WHERE id = 9 RETURNING C", "V"),
    ("insert(thing).values([{'id': 77, 'C': $1}, {'id': 78, 'C': $2}]).returning(thing.c.C)",
     "INSERT INTO thing (id, C) VALUES (77, $1), (78, $2) RETURNING C", "VN"),
]


def _of_columns():
    for column, value in COLUMNS.items():
        for expression, sql, what in OF_COLUMNS:
            if column == "id" and "thing).values" in expression:
                continue
            if what == "[V]" and isinstance(value, list):
                continue
            values = {"V": [value], "[V]": [[value]], "VV": [value, value],
                      "VN": [value, None]}[what]
            yield (re.sub(r"\bC\b", column, expression), re.sub(r"\bC\b", column, sql), values)


def _ask(expression, sql, *values):
    return (expression, sql, list(values))


def _where(expression, sql, *values):
    return _ask("select(thing.c.id).where(%s).order_by(thing.c.id)" % expression,
                "SELECT id FROM thing WHERE %s ORDER BY id" % sql, *values)


def _value(expression, sql, *values):
    if "thing" not in expression:
        return _ask("select((%s).label('v'))" % expression, "SELECT %s AS v" % sql, *values)
    return _ask("select((%s).label('v')).order_by(thing.c.id)" % expression,
                "SELECT %s AS v FROM thing ORDER BY id" % sql, *values)


TWO = decimal.Decimal("2")
STRINGS = ["é日本😀", "it's", "a\\b", "%_%", "?", "$1", ":x", "{d}", '"q"', "/*expr*/", "a\nb", "",
           ";--", "x" * 50000]

QUESTIONS = [
    *_of_columns(),
    *[_value("cast($1, Text)", "cast($1 AS text)", string) for string in STRINGS],
    *[_where("thing.c.name != $1", "name <> $1", string) for string in STRINGS],
    # LIMIT and its kin
    _ask("select(thing.c.id).order_by(thing.c.id).limit($1).offset($2)",
         "SELECT id FROM thing ORDER BY id LIMIT $1 OFFSET $2", 2, 1),
    _ask("select(thing.c.id).order_by(thing.c.id).slice($1, $2)",
         "SELECT id FROM thing ORDER BY id LIMIT $2::int8 - $1::int8 OFFSET $1", 2, 5),
    _ask("select(thing.c.id).order_by(thing.c.id).fetch($1)",
         "SELECT id FROM thing ORDER BY id FETCH FIRST ($1) ROWS ONLY", 2),
    _ask("select(thing.c.id).order_by(thing.c.id).limit($1)",
         "SELECT id FROM thing ORDER BY id LIMIT $1", None),
    # Types that the text gives
    _value("literal($1)", "$1", "text"),
    _value("literal($1, Integer)", "$1::int", 2),
    _value("type_coerce($1, Numeric)", "$1::numeric", TWO),
    _value("bindparam('q', $1, Date)", "$1::date", COLUMNS["made"]),
    _value("cast($1, ARRAY(Integer))", "cast($1 AS int[])", [5, 6]),
    _value("cast($1, JSONB)", "cast($1 AS jsonb)", '{"a": 1}'),
    _ask("select(values(column('n', Integer), column('s', Text), name='v').data([($1, $2)]))",
         "SELECT * FROM (VALUES ($1::int, $2::text)) v (n, s)", 1, "a"),
    # Operators
    _value("thing.c.id + $1", "id + $1", 4),
    _value("$1 + thing.c.id", "$1 + id", 4),
    _value("thing.c.price * $1", "price * $1", TWO),
    _value("thing.c.ratio / $1", "ratio / $1", 2.0),
    _value("thing.c.name + $1 + thing.c.code", "name || $1 || code", "!"),
    _value("thing.c.made + $1::interval", "made + $1::interval", datetime.timedelta(days=1)),
    _value("thing.c.made - $1::date", "made - $1::date", COLUMNS["made"]),
    _value("thing.c.at + $1", "at + $1", datetime.timedelta(days=1)),
    _value("thing.c.tags + $1", "tags || $1", ["z"]),
    _value("1 + $1", "1 + $1", 2),
    _value("2.5 * $1", "2.5 * $1", TWO),
    _where("thing.c.name.like($1)", "name LIKE $1", "%3"),
    _where("thing.c.name.icontains($1)", "name ILIKE '%' || $1 || '%'", "G 3"),
    _where("thing.c.name.contains($1, autoescape=True)",
           "position($1 IN name) > 0", "3"),
    _where("thing.c.name.startswith($1, autoescape=True)", "starts_with(name, $1)", "%"),
    _where("thing.c.name.regexp_match($1)", "name ~ $1", "3$"),
    _where("thing.c.active.is_($1)", "active IS NOT DISTINCT FROM $1", True),
    _where("thing.c.active.is_($1)", "active IS NOT DISTINCT FROM $1", None),
    _where("and_($1, thing.c.id == 1)", "$1 AND id = 1", True),
    _where("or_($1, thing.c.id == 1)", "$1 OR id = 1", False),
    _where("tuple_(thing.c.id, thing.c.name).in_([($1, $2), ($3, $4)])",
           "(id, name) IN (($1, $2), ($3, $4))", 1, "thing 1", 2, "thing 2"),
    # JSON, arrays, ranges
    _where("thing.c.data['a'] == $1", "data->'a' = $1::jsonb", "3"),
    _where("thing.c.data[$1].astext == $2", "data->>$1 = $2", "a", "3"),
    _where("thing.c.data['b']['c'].astext == $1", "data->'b'->>'c' = $1", "v3"),
    _where("thing.c.data['a'].as_integer() == $1", "(data->>'a')::int = $1", 3),
    _where("thing.c.data.contains($1)", "data @> $1::jsonb", '{"a": 3}'),
    _where("thing.c.data.has_key($1)", "jsonb_exists(data, $1)", "a"),
    _where("thing.c.data.has_any($1)", "jsonb_exists_any(data, $1)", ["a", "q"]),
    _where("thing.c.data.path_exists($1)", "jsonb_path_exists(data, $1::jsonpath)", "$.b.c"),
    _where("thing.c.tags.contains($1)", "tags @> $1", ["t3"]),
    _where("thing.c.tags.overlap($1)", "tags && $1", ["t3", "t4"]),
    _where("thing.c.tags.any($1)", "$1 = ANY (tags)", "t3"),
    _where("thing.c.tags[$1] == $2", "tags[$1] = $2", 1, "t3"),
    _where("thing.c.span.contains($1::int)", "span @> $1::int", 4),
    _where("thing.c.ip.op('<<=')($1::inet)", "ip <<= $1::inet", "10.0.0.0/30"),
    # Functions
    _where("func.lower(thing.c.name) == func.lower($1)", "lower(name) = lower($1)", "THING 3"),
    _where("thing.c.id == func.coalesce($1, thing.c.id)", "id = coalesce($1, id)", None),
    _where("thing.c.made >= func.date_trunc($1, thing.c.made)", "made >= date_trunc($1, made)",
           "month"),
    _value("func.length($1)", "length($1)", "abc"),
    _value("func.abs($1)", "abs($1)", -3),
    _value("func.round($1::numeric, $2)", "round($1::numeric, $2)", decimal.Decimal("1.234"), 1),
    _value("func.concat($1::text, thing.c.code)", "concat($1::text, code)", "a"),
    _value("func.array_position(thing.c.tags, $1)", "array_position(tags, $1)", "all"),
    _value("func.timezone($1, thing.c.at)", "timezone($1, at)", "UTC"),
    _value("func.lag(thing.c.id, $1).over(order_by=thing.c.id)", "lag(id, $1) OVER (ORDER BY id)",
           2),
    _value("array([$1, $2])", "ARRAY[$1, $2]", "a", "b"),
    _value("case((thing.c.id > $1, $2), else_=$3)", "CASE WHEN id > $1 THEN $2 ELSE $3 END", 3,
           "hi", "lo"),
    _value("case((thing.c.id > $1, 1), else_=$2)", "CASE WHEN id > $1 THEN 1 ELSE $2 END", 3, 0),
    _value("case({1: $1, 2: $2}, value=thing.c.id, else_=$3)",
           "CASE id WHEN 1 THEN $1 WHEN 2 THEN $2 ELSE $3 END", "a", "b", "c"),
    # Statements
    _where("exists().where(kind.c.id == thing.c.kind_id, kind.c.title == $1)",
           "EXISTS (SELECT FROM kind WHERE kind.id = kind_id AND title = $1)", "two"),
    _where("thing.fk.kind.c.title == $1",
           "(SELECT title FROM kind WHERE kind.id = kind_id) = $1", "two"),
    _ask("k = select(kind.c.id).where(kind.c.id > $1).cte('k')\nselect(k.c.id).where(k.c.id < $2)",
         "WITH k AS (SELECT id FROM kind WHERE id > $1) SELECT id FROM k WHERE id < $2", 1, 3),
    _ask("select(thing.c.id).where(thing.c.id == $1)"
         ".union_all(select(kind.c.id).where(kind.c.title == $2))",
         "SELECT id FROM thing WHERE id = $1 UNION ALL SELECT id FROM kind WHERE title = $2", 3,
         "two"),
    _ask("select(thing.c.kind_id, func.count()).where(thing.c.kind_id > 0)"
         ".group_by(thing.c.kind_id).having(func.count() > $1).order_by(thing.c.kind_id)",
         "SELECT kind_id, count(*) AS count_1 FROM thing WHERE kind_id > 0 GROUP BY 1 "
         "HAVING count(*) > $1 ORDER BY 1", 2),
    _ask("insert(kind).from_select(['id', 'title'], select(thing.c.id + $1, $2::text)"
         ".where(thing.c.id < 3)).returning(kind.c.id, kind.c.title)",
         "INSERT INTO kind (id, title) SELECT id + $1, $2::text FROM thing WHERE id < 3 "
         "RETURNING id, title", 100, "t"),
    _ask("insert(kind).values(id=$1, title=$2).on_conflict_do_update(index_elements=['id'], "
         "set_={'title': $3}).returning(kind.c.title)",
         "INSERT INTO kind (id, title) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET title = $3 "
         "RETURNING title", 3, "new", "old"),
    _ask("update(thing).values(data=$1::jsonb, name=func.upper($2)).where(thing.c.id == $3)"
         ".returning(thing.c.data, thing.c.name)",
         "UPDATE thing SET data = $1::jsonb, name = upper($2) WHERE id = $3 RETURNING data, name",
         '{"q": [1]}', "q", 3),
    _ask("delete(thing).where(thing.c.id == $1).returning(thing.c.id)",
         "DELETE FROM thing WHERE id = $1 RETURNING id", 3),
    _ask("insert(kind).values(id=$1)", "INSERT INTO kind (id) VALUES ($1)", 9),
    # What fails
    _where("thing.c.id == $1", "id = $1", "no number"),
    _value("thing.c.id / $1", "id / $1", 0),
    _ask("insert(kind).values(id=$1)", "INSERT INTO kind (id) VALUES ($1)", 1),
    _ask("select(thing.c.nope).where(thing.c.id == $1)", "SELECT nope FROM thing WHERE id = $1", 1),
    _ask("select(nowhere.c.x).where(nowhere.c.x == $1)", "SELECT x FROM nowhere WHERE x = $1", 1),
]


def inline(expression, values):
    """Whether a driver that writes the values into the text asks something else: None is IS NULL
    there, and a value that is quoted whatever it is has no type of its own."""
    return not ((None in values and "==" in expression)
                or re.search(r"literal\(\$1, |type_coerce|values\(column|bindparam|1 \+ \$|2\.5 \*",
                             expression))
