-- The tables over which pgexpr is compared with SQLAlchemy: every type, every kind of relation,
-- every way for names and keys to be awkward; a few hundred rows that are always the same.

CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION file_fdw;
CREATE SCHEMA audit;
CREATE SCHEMA "Odd Schema";

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE audit.level AS ENUM ('low', 'high');
CREATE TYPE pair AS (x int, y text);
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);

-- The small ones

CREATE TABLE a (id int PRIMARY KEY, x int, y int, s text, f boolean);
INSERT INTO a SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i % 12 - 2 END,
	CASE WHEN i % 5 = 0 THEN NULL ELSE (i * 7) % 20 END,
	CASE WHEN i % 9 = 0 THEN NULL WHEN i % 8 = 0 THEN '50% of_' || i
	     ELSE (ARRAY['red', 'Green', 'blue', 'it''s', 'x y', 'q'])[i % 6 + 1] || i % 4 END,
	CASE WHEN i % 6 = 0 THEN NULL ELSE i % 2 = 0 END
FROM generate_series(1, 40) i;

CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, x int, s text);
INSERT INTO b SELECT i, CASE WHEN i % 10 = 0 THEN NULL ELSE (i * 3) % 40 + 1 END,
	CASE WHEN i % 11 = 0 THEN NULL ELSE i % 10 END, CASE WHEN i % 4 = 0 THEN NULL ELSE 'b' || i % 5 END
FROM generate_series(1, 50) i;

CREATE TABLE c (id int PRIMARY KEY, b_id int REFERENCES b, x int);
INSERT INTO c SELECT i, CASE WHEN i % 8 = 0 THEN NULL ELSE (i * 7) % 50 + 1 END, i % 6
FROM generate_series(1, 30) i;

CREATE TABLE nofk (id int PRIMARY KEY, x int);
INSERT INTO nofk SELECT i, i * i FROM generate_series(1, 10) i;

-- Shop

CREATE TABLE customer (
	id serial PRIMARY KEY, name text NOT NULL, email email, parent_id int REFERENCES customer,
	mood mood, data jsonb, raw json, tags text[], attrs hstore, active boolean DEFAULT true);
INSERT INTO customer (id, name, email, parent_id, mood, data, raw, tags, attrs, active)
SELECT i, (ARRAY['Ada', 'Bob', 'Cy', 'Dé', 'Eve''s', 'Zoë'])[i % 6 + 1] || ' ' || i,
	CASE WHEN i % 4 = 0 THEN NULL ELSE 'c' || i || '@example.org' END,
	CASE WHEN i < 4 OR i % 5 = 0 THEN NULL ELSE i / 2 END,
	CASE WHEN i % 7 = 0 THEN NULL ELSE (ARRAY['sad', 'ok', 'happy'])[i % 3 + 1]::mood END,
	CASE WHEN i % 6 = 0 THEN NULL
	     ELSE jsonb_build_object('a', i % 5, 'b', jsonb_build_object('c', 'v' || i % 3, 'd', i % 2 = 0),
	                             'list', jsonb_build_array(i, i % 3, 'z'), 'q', NULL) END,
	CASE WHEN i % 8 = 0 THEN NULL
	     ELSE json_build_object('k', i % 4, 'n', json_build_object('m', i), 'arr', json_build_array(i, 2)) END,
	CASE WHEN i % 9 = 0 THEN NULL WHEN i % 10 = 0 THEN '{}'
	     ELSE ARRAY['t' || i % 3, 'u' || i % 4, 'a'] END,
	CASE WHEN i % 11 = 0 THEN NULL ELSE hstore(ARRAY['k', 'v', 'n'], ARRAY['x' || i % 3, i::text, NULL]) END,
	CASE WHEN i % 13 = 0 THEN NULL ELSE i % 3 > 0 END
FROM generate_series(1, 30) i;
SELECT setval('customer_id_seq', 100);

CREATE TABLE orders (
	id serial PRIMARY KEY, customer_id int REFERENCES customer, amount numeric(10,2), qty int,
	price float8, placed_on date, placed_at timestamp, placed_tz timestamptz, at_time time,
	iv interval, during tsrange, nums int4range, days daterange, ref uuid, matrix int[][],
	codes int[], note varchar(50), small smallint, big bigint, ratio numeric, flag boolean,
	status text DEFAULT 'new', blob bytea, region text);
INSERT INTO orders
SELECT i, CASE WHEN i % 12 = 0 THEN NULL ELSE (i * 7) % 30 + 1 END,
	CASE WHEN i % 15 = 0 THEN NULL ELSE (i * 37 % 1000)::numeric / 4 END,
	CASE WHEN i % 14 = 0 THEN NULL ELSE i % 9 + 1 END, (i % 13) * 1.25 + 0.5,
	date '2020-01-01' + i * 5, timestamp '2020-01-01 08:30:00' + i * interval '31 hours',
	timestamptz '2020-01-01 08:30:00+00' + i * interval '31 hours', time '06:00' + i * interval '7 minutes',
	CASE WHEN i % 6 = 0 THEN NULL ELSE i * interval '90 minutes' END,
	tsrange(timestamp '2020-01-01' + i * interval '1 day', timestamp '2020-01-03' + i * interval '1 day'),
	CASE WHEN i % 10 = 0 THEN 'empty'::int4range ELSE int4range(i, i + 10) END,
	daterange(date '2020-01-01' + i, CASE WHEN i % 7 = 0 THEN NULL ELSE date '2020-02-01' + i END),
	('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
	ARRAY[ARRAY[i, i + 1], ARRAY[i + 2, i + 3]],
	CASE WHEN i % 5 = 0 THEN NULL ELSE ARRAY[i % 4, i % 7, 9] END,
	CASE WHEN i % 3 = 0 THEN NULL ELSE 'note ' || i END, (i % 100)::smallint, i::bigint * 4000000000,
	i / 3.0, i % 2 = 0, (ARRAY['new', 'paid', 'sent', 'void'])[i % 4 + 1], decode(lpad(to_hex(i), 4, '0'), 'hex'),
	CASE WHEN i % 17 = 0 THEN NULL ELSE (ARRAY['north', 'south', 'east'])[i % 3 + 1] END
FROM generate_series(1, 120) i;
SELECT setval('orders_id_seq', 500);

CREATE TABLE product (id serial PRIMARY KEY, sku varchar(20) UNIQUE NOT NULL, title text, price numeric(8,2),
	tax numeric(4,3));
INSERT INTO product SELECT i, 'SKU-' || lpad(i::text, 3, '0'), 'Product ' || i, i * 3.25, 0.190 FROM generate_series(1, 15) i;
SELECT setval('product_id_seq', 100);
CREATE TABLE item (
	order_id int REFERENCES orders, line int, sku varchar(20) REFERENCES product (sku), qty int,
	price numeric(8,2), PRIMARY KEY (order_id, line));
INSERT INTO item SELECT o, l, 'SKU-' || lpad(((o * l) % 15 + 1)::text, 3, '0'), (o + l) % 5 + 1, ((o * 13 + l) % 90) / 4.0
FROM generate_series(1, 60) o, generate_series(1, 3) l WHERE (o + l) % 4 > 0;

-- Keys

CREATE TABLE twofk (id int PRIMARY KEY, a_id int REFERENCES customer, b_id int REFERENCES customer, x int);
INSERT INTO twofk SELECT i, i % 30 + 1, (i * 11) % 30 + 1, i FROM generate_series(1, 20) i;
CREATE TABLE compfk (a int, b int, note text, PRIMARY KEY (a, b));
INSERT INTO compfk SELECT i % 4, i, 'n' || i FROM generate_series(1, 12) i;
CREATE TABLE compref (id int PRIMARY KEY, a int, b int, x int, CONSTRAINT compref_to FOREIGN KEY (a, b) REFERENCES compfk);
INSERT INTO compref SELECT i, (i % 12 + 1) % 4, i % 12 + 1, i FROM generate_series(1, 15) i;
CREATE TABLE country (id int PRIMARY KEY, code char(2) UNIQUE, name text);
INSERT INTO country VALUES (1, 'fr', 'France'), (2, 'is', 'Ísland'), (3, 'jp', '日本');
CREATE TABLE city (id int PRIMARY KEY, country_code char(2) REFERENCES country (code), name text, pop bigint);
INSERT INTO city VALUES (1, 'fr', 'Paris', 2100000), (2, 'is', 'Reykjavík', 130000), (3, NULL, 'Atlantis', NULL),
	(4, 'jp', '京都', 1460000);

-- The same bare name in two schemas

CREATE TABLE events (id int PRIMARY KEY, kind text, customer_id int REFERENCES customer, n int);
INSERT INTO events SELECT i, (ARRAY['login', 'buy', 'logout'])[i % 3 + 1], i % 30 + 1, i % 4 FROM generate_series(1, 24) i;
CREATE TABLE audit.events (id int PRIMARY KEY, kind text, event_id int REFERENCES public.events, at timestamptz, level audit.level);
INSERT INTO audit.events SELECT i, 'k' || i % 2, i % 24 + 1, timestamptz '2021-05-01 00:00+00' + i * interval '1 hour',
	(ARRAY['low', 'high'])[i % 2 + 1]::audit.level FROM generate_series(1, 18) i;
CREATE TABLE audit.log (id bigint PRIMARY KEY, events_id int REFERENCES audit.events, line text);
INSERT INTO audit.log SELECT i, i % 18 + 1, 'line ' || i FROM generate_series(1, 9) i;

-- Names

CREATE TABLE "Mixed Case" ("Id" int PRIMARY KEY, "Select" text, "Größe" int, "with space" text, "quo""te" int, lower int);
INSERT INTO "Mixed Case" SELECT i, 's' || i, i * 10, 'w' || i, -i, i + 1 FROM generate_series(1, 6) i;
CREATE TABLE "order" (id int PRIMARY KEY, "user" text, "table" int, "values" int, items text, keys int, "group" int);
INSERT INTO "order" SELECT i, 'u' || i, i, i * 2, 'i' || i, i % 2, i % 3 FROM generate_series(1, 8) i;
CREATE TABLE "select" (id int PRIMARY KEY, "from" int, "1st" int, "$money" int, "a.b" int, "100%" int);
INSERT INTO "select" SELECT i, i + 1, i + 2, i + 3, i + 4, i + 5 FROM generate_series(1, 5) i;
CREATE TABLE "überblick" (id int PRIMARY KEY, "straße" text, "数" int);
INSERT INTO "überblick" VALUES (1, 'Hauptstraße', 7), (2, '京都', 8), (3, NULL, NULL);
CREATE TABLE "Odd Schema"."Odd Table" (id int PRIMARY KEY, "Odd Column" text, a_id int REFERENCES public.a);
INSERT INTO "Odd Schema"."Odd Table" VALUES (1, 'one', 1), (2, 'two', 2);
CREATE TABLE a_table_whose_name_is_rather_long_but_still_fits_into_the_63 (
	id int PRIMARY KEY, a_column_whose_name_is_rather_long_but_still_fits_in_the_63_x int);
INSERT INTO a_table_whose_name_is_rather_long_but_still_fits_into_the_63 VALUES (1, 10), (2, 20);

-- Every type

CREATE TABLE typed (
	id int PRIMARY KEY, i2 smallint, i8 bigint, num numeric, num52 numeric(5,2), f4 real, f8 float8,
	ch char(3), vc varchar(10), t text, qch "char", nm name, ci citext, yes boolean, d date,
	ts timestamp, tz timestamptz, ts3 timestamp(3), tm time, tmz timetz, iv interval, ivd interval day to second(2),
	u uuid, by bytea, js json, jb jsonb, ip inet, net cidr, mac macaddr, mac8 macaddr8, b1 bit(4), bv varbit,
	cash money, o oid, rc regclass, x xml, pt point, jp jsonpath, tv tsvector, tq tsquery,
	ir int4range, br int8range, nr numrange, dr daterange, tr tsrange, tzr tstzrange,
	imr int4multirange, dmr datemultirange, ia int[], ta text[], na numeric(6,2)[], ja jsonb[], ua uuid[], da date[],
	md mood, mda mood[], em email, po positive, pr pair, hs hstore, col text COLLATE "C");
INSERT INTO typed
SELECT i, i, i * 10000000000, i * 1.10, i * 1.25, i * 0.5, i * 0.25, 'c' || i, 'v' || i, 'text ' || i, chr(64 + i)::"char", 'n' || i,
	'CaSe' || i, i % 2 = 0, date '2020-02-28' + i, timestamp '2020-02-28 23:59:59.5' + i * interval '1 h',
	timestamptz '2020-02-28 23:00+00' + i * interval '1 day', timestamp '2020-01-01 00:00:00.123' + i * interval '1 s',
	time '10:00' + i * interval '1 min', (time '10:00' + i * interval '1 min')::timetz, i * interval '1 day 2 hours', i * interval '1.5 seconds',
	('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, decode('00ff' || lpad(i::text, 2, '0'), 'hex'),
	json_build_object('i', i), jsonb_build_object('i', i, 's', 'x' || i), ('10.0.0.' || i)::inet, ('10.' || i || '.0.0/16')::cidr,
	('08:00:2b:01:02:0' || i)::macaddr, ('08:00:2b:01:02:03:04:0' || i)::macaddr8, i::bit(4), ('1' || i::bit(2)::text)::varbit,
	(i * 2.5)::numeric::money, i, 'a'::regclass, ('<e>' || i || '</e>')::xml, point(i, -i), '$.i', to_tsvector('english', 'The quick foxes ' || i),
	to_tsquery('english', 'fox & quick'), int4range(i, i + 5), int8range(i, NULL), numrange(i, i + 1.5, '[]'), daterange(date '2020-01-01', date '2020-01-01' + i),
	tsrange(timestamp '2020-01-01', timestamp '2020-01-01' + i * interval '1 h'), tstzrange(timestamptz '2020-01-01 00:00+00', NULL),
	int4multirange(int4range(1, i + 1), int4range(20, 20 + i)), datemultirange(daterange(date '2020-01-01', date '2020-01-01' + i)),
	ARRAY[i, NULL, 3], ARRAY['a' || i, 'b,c', NULL, '"q"'], ARRAY[i + 0.5], ARRAY[jsonb_build_object('k', i)],
	ARRAY['00000000-0000-4000-8000-000000000001'::uuid], ARRAY[date '2020-01-01' + i],
	(ARRAY['sad', 'ok', 'happy'])[i % 3 + 1]::mood, ARRAY['ok', 'sad']::mood[], 'e' || i || '@x.org', i, ROW(i, 'p' || i)::pair,
	hstore('k' || i, 'v'), (ARRAY['b', 'A', 'a', 'B'])[i % 4 + 1]
FROM generate_series(1, 6) i;
INSERT INTO typed (id) VALUES (7);

CREATE TABLE doc (id int PRIMARY KEY, title text, body text,
	tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(title, '') || ' ' || coalesce(body, ''))) STORED);
INSERT INTO doc (id, title, body) VALUES (1, 'Cats', 'The cats sat on a mat'), (2, 'Dogs and cats', 'dogs run'),
	(3, NULL, 'a running fox'), (4, 'Quick', NULL), (5, 'Mats', 'mat mat mat');

CREATE TABLE gen (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int GENERATED BY DEFAULT AS IDENTITY, n int,
	doubled int GENERATED ALWAYS AS (n * 2) STORED, made timestamp DEFAULT '2020-01-01');
INSERT INTO gen (n) SELECT i * 3 FROM generate_series(1, 5) i;

CREATE TABLE kv (k text PRIMARY KEY, v int NOT NULL DEFAULT 0, note text, UNIQUE (v, note));
INSERT INTO kv VALUES ('one', 1, 'uno'), ('two', 2, NULL), ('three', 3, 'tre');
CREATE UNIQUE INDEX kv_lower ON kv (lower(k)) WHERE v > 0;

-- What is no plain table

CREATE TABLE measure (city_id int NOT NULL, day date NOT NULL, peak int) PARTITION BY RANGE (day);
CREATE TABLE measure_2020 PARTITION OF measure FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE measure_2021 PARTITION OF measure FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO measure SELECT i % 3 + 1, date '2020-12-01' + i * 4, i % 30 FROM generate_series(0, 20) i;
CREATE TABLE parent_t (id int PRIMARY KEY, x int);
CREATE TABLE child_t (z int) INHERITS (parent_t);
INSERT INTO parent_t VALUES (1, 1), (2, 2);
INSERT INTO child_t VALUES (3, 3, 30);
CREATE VIEW v_customer AS SELECT id, name, tags FROM customer WHERE active;
CREATE VIEW "View Two" AS SELECT o.id AS "Order Id", o.amount, k.name FROM orders o LEFT JOIN customer k ON k.id = o.customer_id;
CREATE MATERIALIZED VIEW mv_sales AS SELECT region, count(*) AS n, sum(amount) AS total FROM orders GROUP BY region;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE ft (n int, word text) SERVER files OPTIONS (program 'printf "1,one\n2,two\n"', format 'csv');

CREATE SEQUENCE counter START 7;
CREATE FUNCTION full_name(customer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.name || ' #' || $1.id $$;
CREATE FUNCTION audit.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION pairs(n int) RETURNS TABLE (i int, sq int) LANGUAGE sql IMMUTABLE AS
	$$ SELECT g, g * g FROM generate_series(1, n) g $$;

-- Sequences do not roll back: the comparison sets them before each statement that draws from one.
CREATE FUNCTION reset_sequences() RETURNS void LANGUAGE sql AS $$
	SELECT setval('customer_id_seq', 100), setval('orders_id_seq', 500), setval('product_id_seq', 100),
	       setval('gen_id_seq', 50), setval('gen_k_seq', 50), setval('counter', 7, false);
$$;

ANALYZE;
