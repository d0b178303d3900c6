#!/usr/bin/python3
"""Every client_encoding that PostgreSQL has, with expressions that hold strings and identifiers in it; errors
point to characters, not to bytes. In the seven that only clients have, the second byte of a character may be a
backslash, a bracket or a letter: those are looked for and used. And backslashes mean what
standard_conforming_strings says at that moment, also when it changes in the middle of a pipeline."""

import struct
import unittest

import live
import wire
from live import world

# What each encoding is called in Python, and characters to look in.
LATIN, GREEK, CYRILLIC, CHINESE, KOREAN, KANA = "éüñçøß", "αβγδ", "абвгд", "一中文字", "한글", "あいうカナ"
CLIENT_ONLY = {"SJIS": "cp932", "BIG5": "big5", "GBK": "gbk", "UHC": "cp949", "GB18030": "gb18030",
               "JOHAB": "johab", "SHIFT_JIS_2004": "shift_jis_2004"}
CANDIDATES = LATIN + GREEK + CYRILLIC + CHINESE + KOREAN + KANA + "אבגاب–€žłąğșţþđŠกขươ"
NASTY = b"\\[]{}|^`~@_azAZ09?"


class Session:
    """A connection that speaks bytes of an encoding."""

    def __init__(self, port, database, encoding, **settings):
        self.connection = wire.Connection("127.0.0.1", port, database,
                                          settings={"client_encoding": encoding, **settings})

    def close(self):
        self.connection.close()

    def run(self, *messages):
        """(rows of raw values, names of columns, fields of the error as bytes)"""
        self.connection.send(b"".join(messages))
        rows, names, error = [], [], None
        while True:
            kind, body = self.connection.read()
            if kind == b"Z":
                return rows, names, error
            if kind == b"E":
                error = {chr(part[0]): part[1:] for part in body.split(b"\0") if part}
            elif kind == b"D":
                at, values = 2, []
                for _ in range(struct.unpack("!H", body[:2])[0]):
                    size = struct.unpack("!i", body[at:at + 4])[0]
                    values.append(None if size < 0 else body[at + 4:at + 4 + size])
                    at += 4 + max(size, 0)
                rows.append(tuple(values))
            elif kind == b"T":
                at, names = 2, []
                for _ in range(struct.unpack("!H", body[:2])[0]):
                    end = body.index(b"\0", at)
                    names.append(body[at:end])
                    at = end + 19

    def query(self, text):
        return self.run(wire.message(b"Q", text + b"\0"))

    def extended(self, text):
        return self.run(wire.message(b"P", b"\0" + text + b"\0\0\0") + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                        + wire.message(b"D", b"P\0") + wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S"))


class Case(unittest.TestCase):
    connections = {}  # to the server itself, one for each database

    def session(self, encoding, database=live.DATABASE, port=None, **settings):
        made = Session(port or world.port, database, encoding, **settings)
        self.addCleanup(made.close)
        return made

    def rows(self, answer):
        self.assertIsNone(answer[2], answer[2])
        return answer[0]

    def direct(self, database, sql):
        if database not in self.connections:
            self.connections[database] = wire.Connection("127.0.0.1", world.server.port, database,
                                                         settings={"client_encoding": "UTF8"})
        result = self.connections[database].query(sql)
        return result.rows if result.error is None else None

    def encodings(self, database):
        """Those that the server converts to and from, by its own word."""
        names = [row[0] for row in self.direct(database, "SELECT pg_encoding_to_char(i) FROM generate_series(0, 60) i "
                                               "WHERE pg_encoding_to_char(i) <> ''")]
        self.assertGreater(len(names), 38)
        usable = []
        for name in names:
            try:
                wire.Connection("127.0.0.1", world.server.port, database,
                                settings={"client_encoding": name}).close()
                usable.append(name)
            except wire.Broken:
                pass
        return usable

    def sample(self, encoding):
        """[(character, bytes)] that the server's conversion knows, the nasty ones first."""
        found = []
        if encoding in CLIENT_ONLY:
            codec = CLIENT_ONLY[encoding]
            seen = set()
            for code in range(0xa1, 0xffe0):
                if 0xd800 <= code < 0xe000 or len(seen) >= 3 * len(NASTY):
                    continue
                try:
                    data = chr(code).encode(codec)
                except UnicodeError:
                    continue
                second = data[1:2]
                if len(data) == 2 and second in [bytes([b]) for b in NASTY] \
                        and sum(1 for mark in seen if mark[0] == second) < 3:
                    if self.converts(encoding, chr(code), data):
                        seen.add((second, code))
                        found.append((chr(code), data))
            # UHC has letters only; of JOHAB's PostgreSQL takes none.
            self.assertTrue(any(data[1:2] == b"\\" for _, data in found)
                            or encoding in ("UHC", "JOHAB"), "no backslash found in " + encoding)
            self.assertTrue(len(found) > 5 or encoding == "JOHAB")
        for character in CANDIDATES:
            if len(found) > 40:
                break
            rows = self.direct(live.DATABASE, "SELECT encode(convert_to('%s', '%s'), 'hex')" % (character, encoding))
            if rows and self.converts(encoding, character, bytes.fromhex(rows[0][0])):
                found.append((character, bytes.fromhex(rows[0][0])))
        return found

    def converts(self, encoding, character, data):
        rows = self.direct(live.DATABASE, "SELECT convert_from('\\x%s', '%s') = '%s' AND convert_to('%s', '%s') = '\\x%s'"
                           % (data.hex(), encoding, character, character, encoding, data.hex()))
        return rows == [("t",)]




class EveryEncoding(Case):
    def check(self, encoding, sample):
        characters = "".join(character for character, _ in sample)
        data = b"".join(part for _, part in sample)
        utf8 = characters.encode().hex().encode()
        session = self.session(encoding)
        where = "in %s: " % encoding
        quoted = [b"'" + data + b"'", b'"' + data + b'"', b"E'" + data + b"'", b"$q$" + data + b"$q$"]
        for run in (session.query, session.extended):
            for text in quoted:
                rows = self.rows(run(b"/*expr*/ select(literal(" + text + b"), func.length(" + text
                                     + b"), func.encode(func.convert_to(" + text + b", 'UTF8'), 'hex'))"))
                self.assertEqual(rows, [(data, str(len(characters)).encode(), utf8)], where)
            # Each character at the end of its string, where a backslash would hide the quote.
            text = b", ".join(b"literal('" + part + b"')" for _, part in sample)
            self.assertEqual(self.rows(run(b"/*expr*/ select(" + text + b")")), [tuple(part for _, part in sample)])
            # Around an expression, and a tag that is none.
            rows = self.rows(run(b"SELECT '" + data + b"/*expr*/' AS \"" + data + b"\", (/*expr*/ select(literal('"
                                 + data + b"'))) -- " + data))
            self.assertEqual(rows, [(data + b"/*expr*/", data)], where)
        self.errors(session, characters, data, where)
        self.names(session, sample[:12], where)

    def errors(self, session, characters, data, where):
        for text, word in ((b"/*expr*/ select(literal('%s'), widgets.c.nope)", "nope"),
                           (b"/*expr*/ select(literal('%s'), func.no_such(widgets.c.id))", "no_such"),
                           (b"SELECT '%s', (/*expr*/ select(literal(\"%s\"), widgets.c.nope))", "nope"),
                           (b"SELECT '%s', (/*expr*/ select(widgets.c.id).limit(1)), no_such", "no_such")):
            _, _, error = session.query(text.replace(b"%s", data))
            self.assertIsNotNone(error, where)
            plain = text.decode().replace("%s", characters)
            at = int(error.get("P", b"0"))
            self.assertTrue(plain[at - 1:].startswith(word) or plain[at - 1:].startswith("func." + word)
                            or plain[at - 1:].startswith("widgets.c." + word),
                            "%s%s points at %r of %r" % (where, error, plain[at - 1:at + 12], plain))

    def names(self, session, sample, where):
        """A table and a column of that name, quoted and, where it can be a word, as it is."""
        characters = "".join(character for character, _ in sample)
        data = b"".join(part for _, part in sample)
        self.direct(live.DATABASE, 'CREATE TABLE "%s" ("%s" int); INSERT INTO "%s" VALUES (7)'
                    % (characters, characters, characters))
        try:
            texts = [b'/*expr*/ select(tables["' + data + b'"].c["' + data + b'"])']
            if characters.isidentifier() and all(byte >= 0x80 for byte in data):
                texts.append(b"/*expr*/ select(" + data + b".c." + data + b")")
            for text in texts:
                for run in (session.query, session.extended):
                    rows, names, error = run(text)
                    self.assertIsNone(error, where)
                    self.assertEqual((rows, names), ([(b"7",)], [data]), where)
            # A word's bytes are those of the encoding, whatever ASCII they may hold.
            rows, names, error = session.query(b"/*expr*/ select(literal(1).label('" + data + b"'))")
            self.assertEqual((rows, names, error), ([(b"1",)], [data], None), where)
        finally:
            self.direct(live.DATABASE, 'DROP TABLE "%s"' % characters)

    def test_all_that_the_server_converts(self):
        seen = 0
        for encoding in self.encodings(live.DATABASE):
            if encoding in ("SQL_ASCII",):
                continue
            with self.subTest(encoding):
                sample = self.sample(encoding)
                self.assertTrue(sample, encoding)
                self.check(encoding, sample)
                seen += 1
        self.assertGreaterEqual(seen, 37)

    def test_the_seven_that_only_clients_have(self):
        usable = self.encodings(live.DATABASE)
        for encoding in CLIENT_ONLY:
            self.assertIn(encoding, usable)

    def test_unquoted_words_with_second_bytes_of_ascii(self):
        """PostgreSQL reads its own encoding, after the conversion: such a character is a letter to it."""
        for encoding in CLIENT_ONLY:
            sample = [(c, d) for c, d in self.sample(encoding) if c.isalpha() and d[1:2] < b"\x80"][:4]
            if not sample:
                continue
            characters, data = "".join(c for c, _ in sample), b"".join(d for _, d in sample)
            with self.subTest(encoding):
                self.direct(live.DATABASE, "CREATE TABLE %s (a int); INSERT INTO %s VALUES (1)" % (characters, characters))
                try:
                    rows = self.rows(self.session(encoding).query(b"/*expr*/ select(" + data + b".c.a)"))
                    self.assertEqual(rows, [(b"1",)])
                finally:
                    self.direct(live.DATABASE, "DROP TABLE %s" % characters)

    def test_sql_ascii_clients(self):
        session = self.session("SQL_ASCII")
        data = "naïve – 文字".encode()
        self.assertEqual(self.rows(session.query(b"/*expr*/ select(literal('" + data + b"'))")), [(data,)])

    def test_bytes_that_are_no_text_are_the_servers_business(self):
        for encoding, data in (("UTF8", b"\xff\xfe"), ("SJIS", b"\x81"), ("EUC_JP", b"\xa4"), ("GB18030", b"\x81\x30")):
            session = self.session(encoding)
            for text in (b"/*expr*/ select(literal('" + data + b"'))", b"SELECT '" + data + b"', (/*expr*/ select(1))"):
                _, _, error = session.query(text)
                self.assertIsNotNone(error, encoding)
                self.assertIn(error["C"][:2], (b"22", b"42"), error)
            self.assertEqual(self.rows(session.query(b"SELECT 1")), [(b"1",)])

    def test_it_may_change_within_a_session(self):
        session = self.session("UTF8")
        for encoding, codec in (("SJIS", "cp932"), ("LATIN1", "latin-1"), ("UTF8", "utf-8"), ("BIG5", "big5")):
            session.query(("SET client_encoding = '%s'" % encoding).encode())
            data = ("表" if encoding != "LATIN1" else "é").encode(codec)
            rows = self.rows(session.query(b"/*expr*/ select(literal('" + data + b"'), func.length('" + data + b"'))"))
            self.assertEqual(rows, [(data, b"1")], encoding)

    def test_it_may_change_in_a_pipeline(self):
        session = self.session("UTF8")
        data = "表".encode("cp932")
        self.assertEqual(data[1:], b"\\")
        session.connection.send(wire.message(b"Q", b"SET client_encoding = 'SJIS'\0")
                                + wire.message(b"Q", b"/*expr*/ select(literal('" + data + b"'))\0"))
        self.assertEqual(session.run()[2], None)
        self.assertEqual(self.rows(session.run()), [(data,)])


class ServerEncodings(Case):
    """Databases that are not UTF8."""

    def database(self, encoding):
        name = "in_" + encoding.lower()
        world.server.psql("CREATE DATABASE %s ENCODING '%s' TEMPLATE template0 LOCALE 'C'" % (name, encoding))
        self.addCleanup(lambda: world.server.psql("DROP DATABASE %s WITH (FORCE)" % name))
        self.addCleanup(lambda: self.connections.pop(name).close())
        self.assertIsNotNone(self.direct(name, "CREATE TABLE widgets (id int)"))
        return name

    def check(self, database, encoding, characters, data):
        session = self.session(encoding, database)
        for run in (session.query, session.extended):
            rows = self.rows(run(b"/*expr*/ select(literal('" + data + b"'), func.length('" + data + b"'))"))
            self.assertEqual(rows, [(data, str(len(characters)).encode())], encoding)
        for tail, word in ((", widgets.c.nope)", "nope"), (", func.no_such(widgets.c.id))", "no_such")):
            _, _, error = session.query(b"/*expr*/ select(literal('" + data + b"')" + tail.encode())
            plain = "/*expr*/ select(literal('" + characters + "')" + tail
            at = int(error["P"])
            self.assertIn(word, plain[at - 1:at + 20], (encoding, error))

    def test_multibyte_servers(self):
        for server, clients, characters in (
                ("EUC_JP", {"EUC_JP": "euc_jp", "SJIS": "cp932", "UTF8": "utf-8"}, "表現ソ構文"),
                ("EUC_KR", {"EUC_KR": "euc_kr", "UHC": "cp949", "JOHAB": "johab", "UTF8": "utf-8"}, "한글문자"),
                ("EUC_TW", {"UTF8": "utf-8", "BIG5": "big5"}, "中文許功"),
                ("EUC_CN", {"EUC_CN": "gb2312", "UTF8": "utf-8"}, "中文字符"),
                ("LATIN1", {"LATIN1": "latin-1", "UTF8": "utf-8"}, "éüß"),
                ("WIN1251", {"WIN1251": "cp1251", "KOI8R": "koi8-r", "WIN866": "cp866", "UTF8": "utf-8",
                             "ISO_8859_5": "iso8859-5"}, "слово")):
            database = self.database(server)
            usable = self.encodings(database)
            for encoding, codec in clients.items():
                if encoding not in usable:
                    continue
                with self.subTest("%s by %s" % (server, encoding)):
                    self.check(database, encoding, characters, characters.encode(codec))

    def test_mule_internal(self):
        database = self.database("EUC_JP")
        rows = self.direct(database, "SELECT encode(convert(convert_to('表現', 'EUC_JP'), 'EUC_JP', 'MULE_INTERNAL'), 'hex')")
        self.check(database, "MULE_INTERNAL", "表現", bytes.fromhex(rows[0][0]))

    def test_a_server_without_encoding(self):
        """SQL_ASCII: bytes are characters, to the server and so for positions."""
        name = "without"
        world.server.psql("CREATE DATABASE %s ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'" % name)
        self.addCleanup(lambda: world.server.psql("DROP DATABASE %s WITH (FORCE)" % name))
        database = name
        world.server.psql("CREATE TABLE widgets (id int)", name)
        session = self.session("SQL_ASCII", database)
        data = "é文".encode()
        rows = self.rows(session.query(b"/*expr*/ select(literal('" + data + b"'), func.length('" + data + b"'))"))
        self.assertEqual(rows, [(data, str(len(data)).encode())])
        text = b"/*expr*/ select(literal('" + data + b"'), func.no_such(widgets.c.id))"
        error = session.query(text)[2]
        self.assertIn(b"no_such", text[int(error["P"]) - 1:][:20])

    def test_byte_escapes_beyond_ascii(self):
        """E'\\xe9' is a byte of the server's encoding: where the client's differs, what it would be is not known."""
        same = self.session("UTF8")
        self.assertEqual(self.rows(same.query(rb"/*expr*/ select(literal(E'\xc3\xa9'))")), [("é".encode(),)])
        other = self.session("LATIN1")
        answer = other.query(rb"/*expr*/ select(literal(E'\xc3\xa9'))")
        if answer[2] is None:
            self.assertEqual(answer[0], [(b"\xe9",)])
        else:
            self.assertEqual(answer[2]["C"], b"0A000")


class Backslashes(Case):
    """What standard_conforming_strings says, when it says it."""

    def test_off(self):
        session = self.session("UTF8", standard_conforming_strings="off", escape_string_warning="off")
        for text, value in ((rb"'a\'b\\c'", b"a'b\\c"), (rb"'\x41\101\n'", b"AA\n"), (rb"E'\\'", b"\\"),
                            (rb"$$\'$$", b"\\'"), (rb"'\\' '\\'", None)):
            for run in (session.query, session.extended):
                answer = run(b"/*expr*/ select(literal(" + text + b"))")
                if value is not None:
                    self.assertEqual(self.rows(answer), [(value,)], text)
                rows = self.rows(run(b"SELECT 'x\\'/*expr*/ y', (/*expr*/ select(literal('\\\\')))"))
                self.assertEqual(rows, [(b"x'/*expr*/ y", b"\\")])

    def test_off_in_encodings_with_backslashes_as_second_bytes(self):
        for encoding, codec, character in (("SJIS", "cp932", "表"), ("BIG5", "big5", "功"), ("GBK", "gbk", "誠"),
                                           ("GB18030", "gb18030", "誠"), ("SHIFT_JIS_2004", "shift_jis_2004", "表"),
                                           ("UHC", "cp949", None)):
            if character is None:
                found = [c for c, d in self.sample(encoding) if d[1:2] in (b"a", b"z", b"A", b"Z")]
                character = found[0]
            data = character.encode(codec)
            for setting in ("on", "off"):
                session = self.session(encoding, standard_conforming_strings=setting, escape_string_warning="off")
                with self.subTest("%s %s" % (encoding, setting)):
                    text = b"/*expr*/ select(literal('" + data + b"'), literal('" + data + data + b"''" + data + b"'))"
                    self.assertEqual(self.rows(session.query(text)), [(data, data + data + b"'" + data)])
                    text = b"SELECT '" + data + b"', '/*expr*/" + data + b"', (/*expr*/ select(literal('" + data + b"')))"
                    self.assertEqual(self.rows(session.query(text)), [(data, b"/*expr*/" + data, data)])

    def switched(self, *texts):
        """Sent in one go: the first error, and the last row."""
        session = self.session("UTF8", escape_string_warning="off")
        session.connection.send(b"".join(wire.message(b"Q", text + b"\0") for text in texts))
        answers = [session.run() for _ in texts]
        return answers

    def test_switched_in_a_pipeline_of_queries(self):
        answers = self.switched(b"SET standard_conforming_strings = off", rb"/*expr*/ select(literal('a\'b'))",
                                b"SET standard_conforming_strings = on", rb"/*expr*/ select(literal('a\'))")
        self.assertEqual([answer[2] for answer in answers], [None] * 4)
        self.assertEqual((answers[1][0], answers[3][0]), ([(b"a'b",)], [(b"a\\",)]))

    def test_switched_in_a_batch(self):
        """What it will be is not known before the batch is over: right, or refused, and never misread."""
        session = self.session("UTF8", escape_string_warning="off")

        def whole(text):
            return (wire.message(b"P", b"\0" + text + b"\0\0\0") + wire.message(b"B", b"\0\0\0\0\0\0\0\0")
                    + wire.message(b"E", b"\0\0\0\0\0"))

        for first, text, good in ((b"SET standard_conforming_strings = off", rb"/*expr*/ select(literal('a\'b'))", b"a'b"),
                                  (b"SET standard_conforming_strings = off", rb"/*expr*/ select(literal('a\\b'))", b"a\\b"),
                                  (b"SET standard_conforming_strings = off", b"/*expr*/ select(literal('plain'))", b"plain"),
                                  (b"SELECT 1", rb"/*expr*/ select(literal('a\\b'))", b"a\\\\b")):
            session.query(b"SET standard_conforming_strings = on")
            rows, _, error = session.run(whole(first), whole(text), wire.message(b"S"))
            if error is None:
                self.assertEqual(rows[-1:], [(good,)], text)
            else:
                self.assertNotEqual(good, b"plain", error)
                self.assertEqual(error["C"][:2], b"0A", error)

    def test_switched_within_a_string_of_statements(self):
        """The text was read before its SET is run, by the server as by us."""
        session = self.session("UTF8", escape_string_warning="off")
        rows, _, error = session.query(rb"SET standard_conforming_strings = off; /*expr*/ select(literal('a\b'))")
        self.assertEqual((rows, error), ([(b"a\\b",)], None))
        rows, _, error = session.query(rb"SET standard_conforming_strings = on; /*expr*/ select(literal('a\'b'))")
        self.assertEqual((rows, error), ([(b"a'b",)], None))


if __name__ == "__main__":
    live.main()
