#!/usr/bin/python3
"""The questions that the proxy puts to the catalog on the client's own session: they leave no trace, an
error of theirs is the statement's error, and what they find is what the statement would find.

A question is held up by a lock on pg_attribute, which every question reads.
"""

import struct
import threading
import time

import cluster
import live
import wire
from live import Case, world

SELECT = "/*expr*/ select(widgets)"
WIDGETS = ["id", "name", "price", "made"]


def parse(text, name=""):
    return wire.message(b"P", wire.cstring(name) + wire.cstring(text) + b"\0\0")


def bind(portal="", name=""):
    return wire.message(b"B", wire.cstring(portal) + wire.cstring(name) + b"\0\0\0\0\0\0")


def execute(portal="", rows=0):
    return wire.message(b"E", wire.cstring(portal) + struct.pack("!I", rows))


FLUSH, SYNC = wire.message(b"H"), wire.message(b"S")


def whole(text):
    return parse(text) + bind() + execute()


def letters(connection, until=b"Z"):
    """The letters of the messages up to one, and what the last E said."""
    got, error = "", None
    while not got.endswith(until.decode()):
        kind, body = connection.read()
        got += kind.decode()
        if kind == b"E":
            error = wire.fields_of(body)
        elif kind == b"Z":
            connection.state = body.decode()
    return got, error


class Catalog(Case):
    def direct(self, **more):
        connection = wire.Connection("127.0.0.1", world.server.port, live.DATABASE, **more)
        self.addCleanup(connection.close)
        return connection

    def hold_up(self):
        """Nobody reads pg_attribute until the connection that is given ends its transaction."""
        blocker = self.direct()
        self.rows(blocker.query("SELECT 1"))
        self.assertIsNone(blocker.query("BEGIN").error)
        self.assertIsNone(blocker.query(
            "LOCK TABLE pg_catalog.pg_attribute IN ACCESS EXCLUSIVE MODE").error)
        return blocker

    def release_after(self, blocker, seconds):
        timer = threading.Timer(seconds, lambda: blocker.query("ROLLBACK"))
        timer.start()
        self.addCleanup(timer.join)

    def cancel_after(self, connection, seconds):
        def cancel():
            sock = wire.Connection("127.0.0.1", world.port, "", start=False)
            sock.send(wire.cancel_request(connection.pid, connection.key))
            sock.sock.recv(1)
            sock.sock.close()

        timer = threading.Timer(seconds, cancel)
        timer.start()
        self.addCleanup(timer.join)

    def works(self, connection):
        """The session is as good as new: an expression and a statement, one answer each."""
        self.assertEqual(connection.query(SELECT).names, WIDGETS)
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")
        self.assertEqual(connection.state, "I")


class NoTrace(Catalog):
    def test_the_statements_time_begins_with_it(self):
        connection = self.wire()
        text = "/*expr*/ select(func.now() == func.statement_timestamp(), widgets.c.id).limit(1)"
        self.assertEqual(self.value(connection.query(text)), "t")

    def test_what_wants_no_company_may_follow_in_the_batch(self):
        for alone in ("VACUUM parts", "DISCARD ALL", "CREATE DATABASE alone; DROP DATABASE alone"):
            connection = self.wire()
            for text in alone.split("; "):
                connection.send(parse(SELECT, "s") + whole(text) + SYNC)
                self.assertEqual(letters(connection), ("112CZ", None), text)
                connection.query("DEALLOCATE ALL")

    def test_a_transaction_may_choose_its_level_behind_it(self):
        for text in ("BEGIN ISOLATION LEVEL SERIALIZABLE; %s; COMMIT", "BEGIN; SET TRANSACTION ISOLATION "
                     "LEVEL REPEATABLE READ; %s; COMMIT"):
            connection = self.wire()
            results = connection.query_all(text % SELECT)
            self.assertEqual([result.error for result in results], [None] * len(results))

    def test_a_question_that_fails_takes_the_unnamed_statement_along_where_the_statement_would(self):
        texts = {"proxied": SELECT, "direct": "SELECT * FROM widgets"}
        for name, message in (("query", lambda text: wire.message(b"Q", wire.cstring(text))),
                              ("unnamed parse", lambda text: parse(text) + SYNC),
                              ("named parse", lambda text: parse(text, "n") + SYNC)):
            said = {}
            for side, connection in (("proxied", self.wire()), ("direct", self.direct())):
                connection.query("BEGIN")
                connection.query("SELECT 1 / 0")
                # The batch is open, so that the question is put, and the transaction refuses it.
                connection.send(parse("ROLLBACK") + message(texts[side]))
                said[side] = [letters(connection)[0]]
                connection.send(bind() + execute() + SYNC)
                got, error = letters(connection)
                said[side] += [got, error and error["C"], connection.state]
                said[side].append(connection.query("SELECT 5").rows)
            with self.subTest(name):
                self.assertEqual(said["proxied"], said["direct"])
                self.assertEqual(said["direct"][2], None if name == "named parse" else "26000")

    def test_portals_and_the_unnamed_statement_are_the_clients(self):
        connection = self.wire()
        connection.send(parse("SELECT generate_series(1, 5)") + bind("open") + execute("open", 2) + FLUSH)
        self.assertEqual(letters(connection, b"s")[0], "12DDs")
        connection.send(parse("/*expr*/ select(parts.c.id)", "named") + execute("open", 2) + bind("again")
                        + execute("again", 1) + execute("open", 0) + SYNC)
        self.assertEqual(letters(connection)[0], "1DDs2DsDCZ")

    def test_nothing_prepared_or_open_is_left(self):
        connection = self.wire()
        for text in (SELECT, "BEGIN", SELECT.replace("widgets", "parts")):
            self.assertIsNone(connection.query(text).error)
            self.assertEqual(self.value(connection.query("SELECT count(*) FROM pg_prepared_statements")), "0")
            self.assertEqual(self.value(connection.query("SELECT count(*) FROM pg_cursors")), "0")

    def test_what_forgets_all_statements_does_not_hurt(self):
        connection = self.wire()
        connection.query("CREATE FUNCTION pg_temp.forget() RETURNS int LANGUAGE plpgsql AS "
                         "$$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$")
        for text in ("DISCARD ALL", "DEALLOCATE ALL", "DISCARD PLANS", "DISCARD TEMP"):
            self.works(connection)
            self.assertIsNone(connection.query(text).error)
            self.works(connection)
        connection.query("CREATE FUNCTION pg_temp.forget() RETURNS int LANGUAGE plpgsql AS "
                         "$$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$")
        connection.send(whole("SELECT pg_temp.forget()") + whole(SELECT) + whole("SELECT pg_temp.forget()")
                        + whole("/*expr*/ select(parts)") + SYNC)
        got, error = letters(connection)
        self.assertIsNone(error)
        self.assertEqual(got.count("C"), 4)

    def test_a_hostile_search_path_changes_nothing(self):
        world.server.psql("""CREATE SCHEMA evil; CREATE FUNCTION evil.eq(name, name) RETURNS bool IMMUTABLE
            LANGUAGE sql AS 'SELECT false';
            CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.eq);
            CREATE FUNCTION evil.eq(oid, oid) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT false';
            CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.eq);
            CREATE FUNCTION evil.current_schemas(bool) RETURNS name[] LANGUAGE sql AS $$ SELECT '{evil}'::name[] $$;
            CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass';
            CREATE TYPE evil.text AS ENUM ('x'); CREATE TABLE evil.pg_class (oid int);
            CREATE TABLE evil.pg_attribute (attrelid int)""", live.DATABASE)
        self.addCleanup(lambda: world.server.psql("DROP SCHEMA evil CASCADE", live.DATABASE))
        connection = self.wire()
        connection.query("SET search_path = evil, pg_catalog, public")
        for text in (SELECT, "/*expr*/ select(other.widgets)", "/*expr*/ select(parts).join(widgets)"):
            self.rows(connection.query(text))
        self.assertEqual(connection.query(SELECT).names, WIDGETS)

    def test_walsenders_are_left_alone(self):
        connection = self.wire(settings={"replication": "database"})
        self.assertEqual(connection.query("IDENTIFY_SYSTEM").names,
                         ["systemid", "timeline", "xlogpos", "dbname"])
        # No expression: PostgreSQL takes the comment for a comment.
        self.assertEqual(self.fails(connection.query(SELECT))["M"], 'column "widgets" does not exist')
        self.assertEqual(self.value(connection.query("SELECT 1")), "1")


class Fails(Catalog):
    """The question is held up until something ends it: that is the error of the statement."""

    def setUp(self):
        self.connection = self.wire(timeout=15)
        self.works(self.connection)
        self.connection.query("SET statement_timeout = '300ms'")

    def after(self, blocker):
        blocker.query("ROLLBACK")
        self.connection.query("ROLLBACK")
        self.connection.query("RESET statement_timeout")
        self.works(self.connection)

    def test_a_query(self):
        blocker = self.hold_up()
        self.connection.send(wire.message(b"Q", SELECT.encode() + b"\0") * 2)
        for _ in range(2):
            got, error = letters(self.connection)
            self.assertEqual((got, error["C"], error.get("P")), ("EZ", "57014", None))
            self.assertEqual(self.connection.state, "I")
        self.after(blocker)

    def test_several_statements(self):
        blocker = self.hold_up()
        got = self.connection.query_all("SELECT 1; %s" % SELECT)
        self.assertEqual([result.error["C"] for result in got], ["57014"])
        self.after(blocker)

    def test_a_query_in_a_transaction(self):
        self.connection.query("BEGIN")
        blocker = self.hold_up()
        self.connection.send(wire.message(b"Q", SELECT.encode() + b"\0")
                             + wire.message(b"Q", b"SELECT 2\0"))
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"], self.connection.state), ("EZ", "57014", "E"))
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"]), ("EZ", "25P02"))
        self.after(blocker)

    def test_a_batch(self):
        """The rest of it is skipped, to its Sync, and the unnamed statement is gone."""
        self.connection.send(parse("SELECT 'old'") + SYNC)
        self.assertEqual(letters(self.connection)[0], "1Z")
        blocker = self.hold_up()
        self.connection.send(whole(SELECT) + whole("SELECT 2") + wire.message(b"Q", b"SELECT 3\0") + SYNC)
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"], self.connection.state), ("EZ", "57014", "I"))
        blocker.query("ROLLBACK")
        self.connection.send(bind() + SYNC)
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"]), ("EZ", "26000"))
        self.after(blocker)

    def test_a_batch_of_expressions(self):
        blocker = self.hold_up()
        self.connection.send(whole(SELECT) + whole(SELECT) + SYNC + whole("SELECT 1") + SYNC)
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"]), ("EZ", "57014"))
        self.assertEqual(letters(self.connection)[0], "12DCZ")
        self.after(blocker)

    def test_in_the_middle_of_a_batch(self):
        blocker = self.hold_up()
        self.connection.send(whole("SELECT 1") + whole(SELECT) + whole("SELECT 2") + SYNC)
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"], self.connection.state), ("12DCEZ", "57014", "I"))
        self.after(blocker)

    def test_in_a_batch_in_a_transaction(self):
        self.connection.query("BEGIN")
        blocker = self.hold_up()
        self.connection.send(whole(SELECT) + whole("SELECT 2") + SYNC)
        got, error = letters(self.connection)
        self.assertEqual((got, error["C"], self.connection.state), ("EZ", "57014", "E"))
        self.after(blocker)

    def test_by_a_cancel_request(self):
        self.connection.query("SET statement_timeout = 0")
        for message, ends in ((wire.message(b"Q", SELECT.encode() + b"\0"), "EZ"),
                              (whole(SELECT) + SYNC, "EZ"),
                              (whole("SELECT 1") + whole(SELECT) + SYNC, "12DCEZ")):
            blocker = self.hold_up()
            self.cancel_after(self.connection, 0.2)
            self.connection.send(message)
            got, error = letters(self.connection)
            self.assertEqual((got, error["C"]), (ends, "57014"))
            self.assertIn("user request", error["M"])
            blocker.query("ROLLBACK")
        self.after(blocker)

    def test_by_the_end_of_the_backend(self):
        for message in (wire.message(b"Q", SELECT.encode() + b"\0"), whole(SELECT) + SYNC):
            connection = self.wire(timeout=15)
            connection.query(SELECT)
            blocker = self.hold_up()
            connection.send(message)
            time.sleep(0.2)
            self.rows(blocker.query("SELECT pg_terminate_backend(%d)" % connection.pid))
            kind, body = connection.read()
            self.assertEqual((kind, wire.fields_of(body)["C"]), (b"E", "57P01"))
            with self.assertRaises((wire.Broken, OSError)):
                connection.read()
            blocker.query("ROLLBACK")

    def test_the_timeout_is_not_spent_by_the_question(self):
        self.connection.query("SET statement_timeout = '1s'")
        blocker = self.hold_up()
        self.release_after(blocker, 0.7)
        result = self.connection.query("/*expr*/ select(func.pg_sleep(0.6), widgets.c.id).limit(1)")
        self.assertEqual(len(self.rows(result)), 1)

    def test_notices_and_notifications_pass_meanwhile(self):
        self.connection.query("SET statement_timeout = 0")
        self.connection.query("LISTEN here")
        other = self.direct()
        other.query("SELECT 1")
        blocker = self.hold_up()
        self.release_after(blocker, 0.4)
        other.query("NOTIFY here, 'word'")
        self.rows(self.connection.query(SELECT))
        self.rows(self.connection.query("SELECT 1"))
        self.assertEqual(len(self.connection.notifications), 1)

    def test_an_earlier_error_of_the_batch_does_not_deadlock(self):
        for mistake in ("SELECT 1 / 0", "SELEC", "SELECT no_such_column", "SELECT * FROM no_such_table"):
            self.connection.send(whole(mistake) + whole(SELECT) + whole("/*expr*/ select(parts)") + SYNC)
            got, error = letters(self.connection)
            self.assertEqual((got[-2:], self.connection.state), ("EZ", "I"), error)
        self.connection.send(whole("SELECT 1 / 0") + wire.message(b"Q", SELECT.encode() + b"\0") + SYNC)
        self.assertEqual(letters(self.connection)[0], "1EZ")
        self.connection.query("RESET statement_timeout")
        self.works(self.connection)


class Copies(Catalog):
    """Expressions in a pipeline with COPY: the server's replies are those to the same SQL, to the letter.

    Between CopyInResponse and CopyDone the server swallows Sync, so what seems to be two transactions is
    one, and what a question must not end.
    """

    options = ("--catalog-check", "always")

    IN = parse("COPY copied FROM STDIN") + bind() + execute()
    INTO_VIEW = parse("COPY copied_view FROM STDIN") + bind() + execute()
    DATA, BAD, DONE = wire.message(b"d", b"1\n"), wire.message(b"d", b"x\n"), wire.message(b"c")
    TEXT = "/*expr*/ select(copied.c.a)"

    def setUp(self):
        self.connections = []
        for connection in (self.wire(), self.direct()):
            self.connections.append(connection)
        _, direct = self.connections
        for sql in ("DROP TABLE IF EXISTS copied CASCADE", "CREATE TABLE copied (a int)",
                    "CREATE VIEW copied_view AS SELECT a FROM copied"):
            self.assertIsNone(direct.query(sql).error)

    def tearDown(self):
        self.connections[1].query("DROP TABLE copied CASCADE")

    def same(self, *steps, but=""):
        """Steps are what is sent, and the letter up to which is read before the next. Replies of the letters
        `but` are not compared."""
        heard = []
        for connection, text in zip(self.connections, (self.TEXT, "SELECT a FROM copied")):
            connection.query("TRUNCATE copied")
            said = []
            for build, until in steps:
                connection.send(build(text))
                said.append(letters(connection, until)[0] if until else "")
                said[-1] = "".join(letter for letter in said[-1] if letter not in but)
            said.append(self.value(connection.query("SELECT count(*) FROM copied")))
            said.append(connection.state)
            heard.append(said)
        self.assertEqual(heard[0], heard[1])
        return heard[0]

    def test_a_swallowed_sync_does_not_end_the_transaction(self):
        fails = parse("SELECT 1/0") + bind() + execute()
        said = self.same((lambda text: self.IN + SYNC + self.DATA + self.DONE + whole(text) + fails + SYNC, b"Z"))
        self.assertEqual(said[-2:], ["0", "I"])  # the COPY is undone
        said = self.same((lambda text: self.IN + SYNC, b"G"),
                         (lambda text: self.DATA + self.DONE + whole(text) + fails + SYNC, b"Z"))
        self.assertEqual(said[-2:], ["0", "I"])

    def test_behind_a_swallowed_sync_nothing_is_waited_for_in_vain(self):
        self.same((lambda text: self.IN + SYNC, b"G"), (lambda text: self.DATA + self.DONE, None),
                  (parse, None), (lambda text: bind() + execute() + SYNC, b"Z"))

    def test_behind_the_end_of_a_copy(self):
        copy = wire.message(b"Q", b"COPY copied FROM STDIN\0")

        def query(text):
            return wire.message(b"Q", wire.cstring(text))

        self.same((lambda text: copy, b"G"), (lambda text: self.DATA + self.DONE + query(text), b"Z"),
                  (lambda text: b"", b"Z"))
        self.same((lambda text: copy + self.DATA + self.DONE + query(text), b"Z"), (lambda text: b"", b"Z"))
        self.same((lambda text: self.IN + self.DATA + self.DONE + whole(text) + SYNC, b"Z"))

    def test_behind_a_copy_that_reads_nothing(self):
        self.same((lambda text: self.INTO_VIEW + SYNC, b"Z"),
                  (lambda text: self.IN + self.DATA + self.DONE + whole(text) + SYNC, b"Z"))

    def test_behind_a_copy_that_fails(self):
        self.same((lambda text: self.IN + SYNC, b"G"), (lambda text: self.BAD, b"E"),
                  (lambda text: self.DONE + SYNC, b"Z"), (lambda text: whole(text) + SYNC, b"Z"))

    def test_statements_of_which_nobody_can_say_whether_they_were_discarded(self):
        """A Sync in the COPY, statements behind its end without another, and it fails: on its data, and
        they were discarded; or before it reads the Sync, and they were not."""
        def query(text):
            return wire.message(b"Q", wire.cstring(text))

        behind = self.DONE + whole("SELECT 1") + parse("SELECT 2") + SYNC
        begin, end = (query("BEGIN"), b"Z"), (query("ROLLBACK"), b"Z")
        noisy = [(query("SET %s = %s" % pair), b"Z") for pair in (("client_min_messages", "log"), ("log_duration", "on"))]
        quiet = query("RESET ALL"), b"Z"
        for copy, more in ((self.IN, []), (self.INTO_VIEW, [(b"", b"Z")])):
            doubt = [(copy + SYNC + self.BAD + behind, b"Z")]
            for before, after in (([], []), ([begin], [end]), (noisy, [quiet])):
                for again in (query, whole):
                    last = SYNC if again == whole else b""
                    steps = before + doubt + [(lambda text: again(text) + last, b"Z")] + more + after + [
                        (lambda text: again(text) + last, b"Z")]
                    self.same(*((step if callable(step) else (lambda text, step=step: step), until)
                                for step, until in steps), but="N" if before is noisy else "")

    def test_behind_a_copy_out_of_the_batch(self):
        out = parse("COPY (SELECT 1) TO STDOUT") + bind() + execute()
        self.same((lambda text: out + whole(text) + SYNC, b"Z"))
        self.same((lambda text: out + FLUSH, b"C"), (lambda text: whole(text) + SYNC, b"Z"))


class Current:
    """What a name means is what it means to the statement. For each catalog_check."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.proxy = cluster.Proxy("127.0.0.1:%d" % world.server.port, options=cls.options)

    @classmethod
    def tearDownClass(cls):
        faults = cls.proxy.close()
        if faults:
            raise live.cluster.LiveError("\n".join(faults))

    def wire(self, **more):
        connection = wire.Connection("127.0.0.1", self.proxy.port, live.DATABASE, **more)
        self.addCleanup(connection.close)
        return connection

    def names(self, connection, text=SELECT, behind=""):
        result = connection.query(text)
        self.assertIsNone(result.error, (behind, result.error))
        return result.names

    def scratch(self, sql, drop):
        world.server.psql(sql, live.DATABASE)
        self.addCleanup(lambda: world.server.psql(drop, live.DATABASE))

    def test_search_path_of_every_origin(self):
        self.scratch("CREATE ROLE pathfinder; GRANT pathfinder TO postgres; GRANT USAGE ON SCHEMA public, other "
                     "TO pathfinder; GRANT SELECT ON ALL TABLES IN SCHEMA public, other TO pathfinder",
                     "ALTER ROLE postgres RESET search_path; ALTER DATABASE live RESET search_path; "
                     "DROP OWNED BY pathfinder; DROP ROLE pathfinder; DROP FUNCTION turned(); DROP FUNCTION turning()")
        world.server.psql("CREATE FUNCTION turned() RETURNS int LANGUAGE sql SET search_path = other AS 'SELECT 1'; "
                          "CREATE FUNCTION turning() RETURNS int LANGUAGE plpgsql AS "
                          "$$ BEGIN SET search_path = other; RETURN 1; END $$", live.DATABASE)
        other = ["id", "colour"]
        c = self.wire()
        steps = [
            ("SELECT 1", WIDGETS), ("SET search_path = other, public", other), ("RESET search_path", WIDGETS),
            ("SET search_path TO other", other), ("SET SESSION search_path = public", WIDGETS),
            ("BEGIN", WIDGETS), ("SET LOCAL search_path = other", other), ("COMMIT", WIDGETS),
            ("BEGIN", WIDGETS), ("SET search_path = other", other), ("ROLLBACK", WIDGETS),
            ("BEGIN", WIDGETS), ("SAVEPOINT s", WIDGETS), ("SET search_path = other", other),
            ("ROLLBACK TO s", WIDGETS), ("SET LOCAL search_path = other", other), ("RELEASE s", other),
            ("END", WIDGETS), ("SELECT set_config('search_path', 'other', false)", other),
            ("SELECT set_config('search_path', 'public', false)", WIDGETS),
            ("SELECT public.turned()", WIDGETS), ("SELECT public.turning()", other),
            ("DISCARD ALL", WIDGETS), ("DO $$ BEGIN SET search_path = other; END $$", other),
            ("SELECT 1; RESET search_path; SELECT 2", WIDGETS),
            ("SET search_path = \"$user\", public", WIDGETS),
            ("PREPARE p AS SELECT set_config('search_path', 'other', false)", WIDGETS), ("EXECUTE p", other),
            ("RESET ALL", WIDGETS),
            ("UPDATE pg_settings SET setting = 'other' WHERE name = 'search_path'", other),
            ("RESET search_path", WIDGETS),
            ("WITH x AS (SELECT set_config('search_path', 'other', false)) SELECT * FROM x", other),
            ("RESET search_path", WIDGETS),
            ("BEGIN; SET LOCAL search_path = other; COMMIT", WIDGETS),
            ("BEGIN; SET search_path = other", other), ("SELECT 1/0", None), ("ROLLBACK", WIDGETS),
        ]
        for text, expected in steps:
            c.query(text)
            if expected:
                self.assertEqual(self.names(c, SELECT, text), expected, text)
        # A schema with the role's name stands in "$user".
        c.query("BEGIN; CREATE SCHEMA pathfinder; CREATE TABLE pathfinder.widgets (mine int); "
                "GRANT USAGE ON SCHEMA pathfinder TO pathfinder; GRANT SELECT ON pathfinder.widgets TO pathfinder")
        self.assertEqual(self.names(c), WIDGETS)
        c.query("SET ROLE pathfinder")
        self.assertEqual(self.names(c), ["mine"])
        c.query("RESET ROLE")
        self.assertEqual(self.names(c), WIDGETS)
        c.query("SET LOCAL SESSION AUTHORIZATION pathfinder")
        self.assertEqual(self.names(c), ["mine"])
        c.query("ROLLBACK")
        self.assertEqual(self.names(c), WIDGETS)
        for where in ("ROLE postgres", "DATABASE live"):
            world.server.psql("ALTER %s SET search_path = other" % where)
            self.assertEqual(self.names(c), WIDGETS)
            self.assertEqual(self.names(self.wire()), other)
            world.server.psql("ALTER %s RESET search_path" % where)
            self.assertEqual(self.names(self.wire()), WIDGETS)
        self.assertEqual(self.names(self.wire(settings={"search_path": "other"})), other)
        self.assertEqual(self.names(self.wire(settings={"options": "-c search_path=other"})), other)

    def test_search_path_in_the_extended_protocol(self):
        c = self.wire()
        c.query(SELECT)
        c.send(whole("SET search_path = other") + parse(SELECT) + bind() + wire.message(b"D", b"P\0") + SYNC)
        self.assertEqual(c._collect()[-1].names, ["id", "colour"])
        c.send(parse("SELECT set_config('search_path', $1, false)", "turn") + SYNC)
        letters(c)
        c.query(SELECT)
        c.send(wire.message(b"B", b"\0turn\0\0\0\0\1\0\0\0\6public\0\0") + execute() + SYNC)
        letters(c)
        self.assertEqual(self.names(c), WIDGETS)
        c.send(parse("SET LOCAL search_path = other", "locally") + SYNC)
        letters(c)
        c.query("BEGIN")
        self.assertEqual(self.names(c), WIDGETS)
        c.send(bind("p", "locally") + execute("p") + SYNC)
        letters(c)
        self.assertEqual(self.names(c), ["id", "colour"])
        c.query("COMMIT")
        self.assertEqual(self.names(c), WIDGETS)

    def test_ddl_of_this_session_is_seen_at_once(self):
        self.scratch("CREATE TABLE changing (a int)", "DROP TABLE changing")
        c = self.wire()
        text = "/*expr*/ select(changing)"
        steps = [
            ("SELECT 1", ["a"]), ("ALTER TABLE changing ADD b int", ["a", "b"]),
            ("ALTER TABLE changing RENAME b TO c", ["a", "c"]), ("ALTER TABLE changing DROP c", ["a"]),
            ("BEGIN", ["a"]), ("ALTER TABLE changing ADD b int", ["a", "b"]),
            ("ALTER TABLE changing ADD c int", ["a", "b", "c"]), ("ROLLBACK", ["a"]),
            ("BEGIN", ["a"]), ("SAVEPOINT s", ["a"]), ("ALTER TABLE changing ADD b int", ["a", "b"]),
            ("ROLLBACK TO s", ["a"]), ("COMMIT", ["a"]),
            ("BEGIN; ALTER TABLE changing ADD x int; COMMIT", ["a", "x"]),
            ("DO $$ BEGIN ALTER TABLE changing DROP x; END $$", ["a"]),
            ("CREATE TEMP TABLE changing (t text)", ["t"]), ("DROP TABLE pg_temp.changing", ["a"]),
            ("CREATE TEMP TABLE changing AS SELECT 1 AS made", ["made"]), ("DISCARD TEMP", ["a"]),
            ("SELECT 1 AS into_ INTO TEMP changing", ["into_"]), ("DISCARD ALL", ["a"]),
            ("BEGIN; CREATE TEMP TABLE changing (t int) ON COMMIT DROP", ["t"]), ("COMMIT", ["a"]),
            ("EXPLAIN ANALYZE CREATE TEMP TABLE changing AS SELECT 1 AS e", ["e"]), ("DISCARD ALL", ["a"]),
        ]
        for sql, expected in steps:
            self.assertIsNone(c.query(sql).error, sql)
            self.assertEqual(self.names(c, text), expected, sql)
            c.send(parse(text) + bind() + wire.message(b"D", b"P\0") + SYNC)
            self.assertEqual(c._collect()[-1].names, expected, sql)
        c.send(whole("ALTER TABLE changing ADD z int") + parse(text) + bind() + wire.message(b"D", b"P\0") + SYNC)
        self.assertEqual(c._collect()[-1].names, ["a", "z"])

    def other_sessions(self):
        return [self.wire(), wire.Connection("127.0.0.1", world.server.port, live.DATABASE)]

    def test_ddl_of_others(self):
        """Through the proxy or not: at once, or, when it was looked at less than a second ago, then."""
        self.scratch("CREATE TABLE moving (a int)", "DROP TABLE moving")
        c = self.wire()
        text = "/*expr*/ select(moving)"
        expected = ["a"]
        for number, other in enumerate(self.other_sessions()):
            self.addCleanup(other.close)
            self.assertEqual(self.names(c, text), expected)
            self.assertIsNone(other.query("ALTER TABLE moving ADD b%d int" % number).error)
            changed = time.monotonic()
            expected = expected + ["b%d" % number]
            while self.names(c, text) != expected:
                self.assertLess(time.monotonic() - changed, self.stale, "still not seen")
                time.sleep(0.02)
            # A new name, a column not known yet: what is not there is looked for every time.
            self.assertIsNone(other.query("ALTER TABLE moving ADD c%d int" % number).error)
            self.assertEqual(self.names(c, "/*expr*/ select(moving.c.c%d)" % number), ["c%d" % number])
            expected = expected + ["c%d" % number]


    def test_what_a_trigger_does_behind_a_plain_statement(self):
        """It cannot be seen in what the session sends: so like the DDL of others."""
        self.scratch("CREATE TABLE fires (i int); CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS "
                     "$$ BEGIN PERFORM set_config('search_path', 'other', false); RETURN NEW; END $$; "
                     "CREATE TRIGGER fire BEFORE INSERT ON fires FOR EACH ROW EXECUTE FUNCTION fire()",
                     "DROP TABLE fires; DROP FUNCTION fire()")
        c = self.wire()
        for _ in range(3):
            self.assertEqual(self.names(c), WIDGETS)
        self.assertIsNone(c.query("INSERT INTO fires VALUES (1)").error)
        changed = time.monotonic()
        while c.query(SELECT).names != ["id", "colour"]:
            self.assertLess(time.monotonic() - changed, self.stale, "still not seen")
            time.sleep(0.02)


class Auto(Current, Catalog):
    options = ("--catalog-check", "auto")
    stale = 1.2  # a second, and the time of a look

    def test_without_ddl_nothing_is_asked_for_a_second(self):
        """Or else the test above would show nothing."""
        c = self.wire()
        for _ in range(3):  # the first is looked at without knowing what was sent before
            self.names(c)
        blocker = self.hold_up()
        self.names(c)
        start = time.monotonic()
        self.rows(c.query(SELECT))
        self.assertLess(time.monotonic() - start, 0.5)
        self.release_after(blocker, 1.5)
        self.rows(c.query("SELECT 1"))
        time.sleep(1.1)
        self.rows(c.query(SELECT))
        self.assertGreater(time.monotonic() - start, 1.4)


class Always(Current, Catalog):
    options = ("--catalog-check", "always")
    stale = 0.0


if __name__ == "__main__":
    live.main()
