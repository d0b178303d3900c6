-- The TPC-H schema with data of our own making, about a hundredth of scale factor 1: deterministic,
-- the same on every machine, and rich enough that each of the 22 queries finds rows.

CREATE FUNCTION pick(i bigint, salt bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE
	RETURN abs(hashint8extended(i, salt) % n)::int;
CREATE FUNCTION word(i bigint, salt bigint, VARIADIC words text[]) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN words[1 + abs(hashint8extended(i, salt) % array_length(words, 1))];

CREATE TABLE region (r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152));
CREATE TABLE nation (n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL,
	n_regionkey int NOT NULL REFERENCES region, n_comment varchar(152));
CREATE TABLE supplier (s_suppkey int PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL,
	s_nationkey int NOT NULL REFERENCES nation, s_phone char(15) NOT NULL,
	s_acctbal numeric(15,2) NOT NULL, s_comment varchar(101) NOT NULL);
CREATE TABLE customer (c_custkey int PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL,
	c_nationkey int NOT NULL REFERENCES nation, c_phone char(15) NOT NULL,
	c_acctbal numeric(15,2) NOT NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL);
CREATE TABLE part (p_partkey int PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL,
	p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL, p_size int NOT NULL,
	p_container char(10) NOT NULL, p_retailprice numeric(15,2) NOT NULL, p_comment varchar(23) NOT NULL);
CREATE TABLE partsupp (ps_partkey int NOT NULL REFERENCES part, ps_suppkey int NOT NULL REFERENCES supplier,
	ps_availqty int NOT NULL, ps_supplycost numeric(15,2) NOT NULL, ps_comment varchar(199) NOT NULL,
	PRIMARY KEY (ps_partkey, ps_suppkey));
CREATE TABLE orders (o_orderkey int PRIMARY KEY, o_custkey int NOT NULL REFERENCES customer,
	o_orderstatus char(1) NOT NULL, o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL,
	o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL,
	o_comment varchar(79) NOT NULL);
CREATE TABLE lineitem (l_orderkey int NOT NULL REFERENCES orders, l_partkey int NOT NULL,
	l_suppkey int NOT NULL, l_linenumber int NOT NULL, l_quantity numeric(15,2) NOT NULL,
	l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL,
	l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL,
	l_commitdate date NOT NULL, l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL,
	l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber),
	FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp);

INSERT INTO region SELECT i - 1, name, 'region ' || i
	FROM unnest(ARRAY['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST']) WITH ORDINALITY AS r (name, i);
INSERT INTO nation SELECT i - 1, name, region, 'nation ' || i
	FROM unnest(ARRAY['ALGERIA', 'ARGENTINA', 'BRAZIL', 'CANADA', 'EGYPT', 'ETHIOPIA', 'FRANCE', 'GERMANY',
		'INDIA', 'INDONESIA', 'IRAN', 'IRAQ', 'JAPAN', 'JORDAN', 'KENYA', 'MOROCCO', 'MOZAMBIQUE', 'PERU',
		'CHINA', 'ROMANIA', 'SAUDI ARABIA', 'VIETNAM', 'RUSSIA', 'UNITED KINGDOM', 'UNITED STATES'],
		ARRAY[0, 1, 1, 1, 4, 0, 3, 3, 2, 2, 4, 4, 2, 4, 0, 0, 0, 1, 2, 3, 4, 2, 3, 3, 1])
		WITH ORDINALITY AS n (name, region, i);
INSERT INTO supplier SELECT i, 'Supplier#' || lpad(i::text, 9, '0'), 'address ' || pick(i, 1, 1000), pick(i, 2, 25),
	(10 + pick(i, 2, 25)) || '-' || (100 + pick(i, 3, 900)) || '-' || (1000 + pick(i, 4, 9000)),
	(pick(i, 5, 1100000) - 100000) / 100.0,
	CASE WHEN i % 40 = 7 THEN 'sly Customer of many Complaints' ELSE 'quick and quiet ' || i END
	FROM generate_series(1, 100) AS i;
INSERT INTO customer SELECT i, 'Customer#' || lpad(i::text, 9, '0'), 'address ' || pick(i, 11, 1000),
	pick(i, 12, 25),
	(10 + pick(i, 12, 25)) || '-' || (100 + pick(i, 13, 900)) || '-' || (1000 + pick(i, 14, 9000)),
	(pick(i, 15, 1100000) - 100000) / 100.0,
	word(i, 16, 'AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY'), 'customer ' || i
	FROM generate_series(1, 1500) AS i;
INSERT INTO part SELECT i,
	word(i, 21, 'almond', 'azure', 'forest', 'green', 'ivory', 'lemon') || ' '
		|| word(i, 22, 'antique', 'chiffon', 'green', 'lace', 'misty', 'rose'),
	'Manufacturer#' || 1 + pick(i, 23, 5), 'Brand#' || 1 + pick(i, 23, 5) || 1 + pick(i, 24, 5),
	word(i, 25, 'STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO') || ' '
		|| word(i, 26, 'ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED') || ' '
		|| word(i, 27, 'TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'),
	1 + pick(i, 28, 50),
	word(i, 29, 'SM', 'LG', 'MED', 'JUMBO', 'WRAP') || ' ' || word(i, 30, 'CASE', 'BOX', 'BAG', 'PKG', 'PACK'),
	(90000 + pick(i, 31, 20000)) / 100.0, 'part ' || i
	FROM generate_series(1, 2000) AS i;
INSERT INTO partsupp SELECT p, 1 + (p + 25 * s + pick(p, 41, 25)) % 100, 1 + pick(p * 4 + s, 42, 9999),
	(100 + pick(p * 4 + s, 43, 99900)) / 100.0, 'partsupp ' || p || ' ' || s
	FROM generate_series(1, 2000) AS p, generate_series(0, 3) AS s;
INSERT INTO orders SELECT i, 1 + 3 * pick(i, 51, 500), 'O', 0, date '1992-01-01' + pick(i, 52, 2405),
	word(i, 53, '1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'),
	'Clerk#' || lpad(pick(i, 54, 1000)::text, 9, '0'), 0,
	CASE WHEN i % 30 = 4 THEN 'the special deposits and requests' ELSE 'order ' || i END
	FROM generate_series(1, 15000) AS i;
-- The few large orders that query 18 looks for have seven lines of the largest quantity.
INSERT INTO lineitem SELECT o, part, supplier, line, quantity, quantity * p_retailprice, pick(id, 62, 11) / 100.0,
	pick(id, 63, 9) / 100.0,
	CASE WHEN shipped + 10 > date '1995-06-17' THEN 'N' WHEN pick(id, 64, 2) = 0 THEN 'R' ELSE 'A' END,
	CASE WHEN shipped > date '1995-06-17' THEN 'O' ELSE 'F' END, shipped,
	o_orderdate + 30 + pick(id, 65, 61), shipped + 1 + pick(id, 66, 30),
	word(id, 67, 'DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'),
	word(id, 68, 'REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'), 'line ' || id
	FROM (SELECT o_orderkey AS o, o_orderdate, line, o_orderkey * 8 + line AS id,
			1 + pick(o_orderkey * 8 + line, 61, 2000) AS part,
			CASE WHEN o_orderkey % 1500 = 77 THEN 50 ELSE 1 + pick(o_orderkey * 8 + line, 69, 50) END
				AS quantity,
			o_orderdate + 1 + pick(o_orderkey * 8 + line, 70, 121) AS shipped
		FROM orders, generate_series(1, 7) AS line
		WHERE o_orderkey % 1500 = 77 OR line <= 1 + pick(o_orderkey, 71, 7)) AS l
	JOIN part ON p_partkey = part
	CROSS JOIN LATERAL (SELECT ps_suppkey AS supplier FROM partsupp WHERE ps_partkey = part
		ORDER BY ps_suppkey OFFSET pick(id, 72, 4) LIMIT 1) AS s;
UPDATE orders SET o_totalprice = total, o_orderstatus = status
	FROM (SELECT l_orderkey, round(sum(l_extendedprice * (1 + l_tax) * (1 - l_discount)), 2) AS total,
			CASE WHEN bool_and(l_linestatus = 'F') THEN 'F' WHEN bool_and(l_linestatus = 'O') THEN 'O'
				ELSE 'P' END AS status
		FROM lineitem GROUP BY l_orderkey) AS l
	WHERE l_orderkey = o_orderkey;
CREATE INDEX ON lineitem (l_partkey, l_suppkey);
CREATE INDEX ON orders (o_custkey);
ANALYZE;
