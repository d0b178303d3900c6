"""Runs a text through SQLAlchemy and through pgexpr and says where the two differ.

Compared are rows (in order where the statement orders, else as multisets), column names, type
OIDs, the number of rows that a DML statement changed and what its table holds afterwards, whether
the cartesian-product warning is given, and errors.
"""

import ast
import collections
import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
import time

import cluster
import wire
from cluster import ROOT
from reference import Reference

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.sql")
STATE = os.path.join(ROOT, "build", "live", "cluster.json")
MODES = ("simple", "extended", "parameters")

# Errors that come of a literal having become a parameter, which SQL cannot see is the same twice.
ONLY_AS_PARAMETER = {"42803", "42P10", "42P18", "42P08"}


class Setting:
    """A private cluster with the schema, the reference over it, and the proxy before it.

    keep: the cluster is left running, and the next Setting with keep uses it again.
    direct: no proxy; the texts go through `pgexpr compile`.
    """

    def __init__(self, keep=False, direct=False, proxy=True, options=()):
        with open(SCHEMA, encoding="utf-8") as file:
            schema = file.read()
        template = "live_" + hashlib.sha256(schema.encode()).hexdigest()[:8]
        self.host, self.port = "127.0.0.1", None
        self.directory = None
        os.makedirs(os.path.dirname(STATE), exist_ok=True)
        if keep:
            with open(STATE + ".lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._attach()
                if self.port is None:
                    self._keep(cluster.Cluster(keep=True))
                self._fill(template, schema)
        else:
            private = cluster.Cluster()
            self.port, self.directory = private.port, private.directory
            self._fill(template, schema)
        self.database = "run_%d" % os.getpid()
        self._admin('CREATE DATABASE %s TEMPLATE %s' % (self.database, template))
        cluster.at_end(lambda: self._admin('DROP DATABASE %s WITH (FORCE)' % self.database))
        self.reference = Reference(self.port, self.database)
        cluster.at_end(self.reference.close)
        self.server = wire.Connection(self.host, self.port, self.database)
        self.program = os.path.join(ROOT, "build", cluster.VARIANT, "pgexpr")
        self.direct = direct
        self._entry = self._compiled = self._theirs = None
        self.proxy = self.client = None
        if proxy and not direct:
            self.proxy = cluster.Proxy("%s:%d" % (self.host, self.port), options=options)
            self.connect()

    def connect(self):
        """A new session through the proxy."""
        self.client = wire.Connection("127.0.0.1", self.proxy.port, self.database)

    def _attach(self):
        try:
            with open(STATE, encoding="ascii") as file:
                state = json.load(file)
            with open(os.path.join(state["directory"], "data", "postmaster.pid"),
                      encoding="ascii") as file:
                if int(file.readline()) != state["pid"]:
                    return
            os.kill(state["pid"], 0)
            wire.Connection("127.0.0.1", state["port"], "postgres").close()
            self.port, self.directory = state["port"], state["directory"]
        except (OSError, ValueError, wire.Broken):
            return

    def _keep(self, kept):
        self.port, self.directory = kept.port, kept.directory
        with open(STATE, "w", encoding="ascii") as file:
            json.dump({"directory": kept.directory, "port": kept.port,
                       "pid": kept.process.pid}, file)

    def _admin(self, sql):
        connection = wire.Connection("127.0.0.1", self.port, "postgres")
        result = connection.query(sql)
        connection.close()
        if result.error:
            raise cluster.LiveError("%s: %s" % (sql, result.error["M"]))
        return result

    def _fill(self, template, schema):
        if self._admin("SELECT 1 FROM pg_database WHERE datname = '%s'" % template).rows:
            return
        self._admin("CREATE DATABASE %s" % template)
        connection = wire.Connection("127.0.0.1", self.port, template)
        result = connection.query(schema)
        connection.close()
        if result.error:
            self._admin("DROP DATABASE %s" % template)
            raise cluster.LiveError("schema.sql: %s" % result.error)

    # What one side gives

    def on_server(self, sql, compiled):
        """The reference's SQL, on the server itself."""
        return capture(self.server, lambda: self.server.query(sql), compiled)

    def on_proxy(self, text, compiled, mode):
        """The text, through the proxy (or `pgexpr compile`), in one of MODES."""
        if self.direct:
            sql, error = self.compile(text)
            if error:
                result = wire.Result()
                result.error = {"C": "?", "M": error}
                return Outcome(result)
            return self.on_server(sql, compiled)
        statement = "/*expr*/ " + text
        if mode == "simple":
            run = lambda: self.client.query(statement)
        elif mode == "extended":
            run = lambda: self.client.extended(statement)
        else:
            text, values, types = parameters(text)
            run = lambda: self.client.extended("/*expr*/ " + text, values, types)
        try:
            return capture(self.client, run, compiled)
        except (wire.Broken, OSError) as broken:
            result = wire.Result()
            result.error = {"C": "08006", "M": "session lost: %s" % broken, "lost": True}
            if self.proxy.is_alive():
                self.connect()
            return Outcome(result)

    def compile(self, text):
        """The SQL of a text by `pgexpr compile`, and the error instead of it."""
        done = subprocess.run(
            [self.program, "compile", "--db", "host=127.0.0.1 port=%d user=postgres dbname=%s"
             % (self.port, self.database), "--file", "-"],
            input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            return None, done.stderr.decode("utf-8", "replace").strip() or "status %d" \
                % done.returncode
        return done.stdout.decode(), None

    def sql_of(self, text):
        """Our SQL for a text, or the error."""
        if self.direct:
            sql, error = self.compile(text)
            return sql or error
        if self.client is None:
            return ""
        try:
            result = self.client.query("/*expr sql*/ " + text)
        except (wire.Broken, OSError) as broken:
            return "session lost: %s" % broken
        if result.error:
            return sentence(result.error)
        return result.rows[0][0] if result.rows else ""

    def compare(self, entry, mode):
        """The differences for an entry of the corpus, as lines; None when the mode does not fit."""
        compiled = self._expected(entry)
        if mode == "parameters" and ("literal" in entry.marks or self.direct
                                     or parameters(entry.text) is None):
            return None
        ours = self.on_proxy(entry.text, compiled, mode)
        if ours.result.error and ours.result.error.get("lost"):
            return [ours.result.error["M"]]
        if entry.error:
            return expected_error(entry, ours, mode)
        if compiled.sql is not None and self._theirs is None:
            self._theirs = self.on_server(compiled.sql, compiled)
        if mode == "parameters" and ours.result.error \
                and ours.result.error["C"] in ONLY_AS_PARAMETER:
            return None
        return differences(entry, compiled, self._theirs, ours)

    def _expected(self, entry):
        """The reference's statement for an entry; it is asked once for all modes."""
        if self._entry is not entry:
            compiled = self.reference.compile(entry.sqlalchemy or entry.text)
            if entry.sql is not None:
                compiled.error, compiled.sql, compiled.cartesian = None, entry.sql, None
                compiled.ordered = re.search(r"\border by\b[^)]*$", entry.sql, re.I) is not None
                compiled.returning = re.search(r"\breturning\b", entry.sql, re.I) is not None
            self._entry, self._compiled, self._theirs = entry, compiled, None
        return self._compiled

    def check(self, entry):
        """What is wrong with an entry as such: the reference must give what its marks say."""
        compiled = self.reference.compile(entry.sqlalchemy or entry.text)
        if entry.error or entry.sql is not None:
            if not entry.differs and entry.sql is not None and not compiled.error:
                return ["`-- sql` without `differs`, though SQLAlchemy takes the text"]
            if entry.sql is None:
                return []
            compiled.sql, compiled.error = entry.sql, None
        fails = compiled.error
        if compiled.sql is not None:
            theirs = self.on_server(compiled.sql, compiled)
            fails = theirs.result.error and theirs.result.error["M"]
        if fails and "error" not in entry.marks:
            return ["SQLAlchemy fails: %s: %s" % (type(fails).__name__, fails),
                    "its SQL: %s" % compiled.sql]
        if not fails and "error" in entry.marks:
            return ["marked `error`, but SQLAlchemy gives %s" % compiled.sql]
        return []


class Outcome:
    """One side's answer: the result, and for DML the rows of the changed table afterwards."""

    def __init__(self, result, after=None):
        self.result = result
        self.after = after


def capture(connection, run, compiled):
    """Runs a statement in a transaction that is rolled back."""
    if connection.state != "I":
        connection.query("ROLLBACK")
    connection.query("BEGIN")
    if compiled.is_dml or "next" in (compiled.sql or "").lower():
        connection.query("SELECT reset_sequences()")
    result = run()
    after = None
    if compiled.is_dml and compiled.target and not result.error:
        dump = connection.query("SELECT t::text FROM %s t" % compiled.target)
        after = collections.Counter(row[0] for row in dump.rows)
    connection.query("ROLLBACK")
    return Outcome(result, after)


def sentence(fields):
    text = "%s: %s" % (fields.get("C"), fields.get("M"))
    if fields.get("D"):
        text += "\n  DETAIL: " + fields["D"]
    if fields.get("H"):
        text += "\n  HINT: " + fields["H"]
    if fields.get("P"):
        text += "\n  at character " + fields["P"]
    return text


def expected_error(entry, ours, mode):
    """Where an error is not the one that `-- error` describes."""
    fields = ours.result.error
    if not fields:
        return ["no error, but one with %s was expected" % entry.error]
    wrong = []
    if entry.error != "XXXXX" and fields["C"] != entry.error:
        wrong.append("SQLSTATE %s, expected %s" % (fields["C"], entry.error))
    said = " ".join(fields.get(letter, "") for letter in "MDH")
    if entry.error_message not in said:
        wrong.append("the message lacks: %s" % entry.error_message)
    if entry.error_at and mode != "parameters":
        statement = "/*expr*/ " + entry.text
        at = int(fields.get("P", 0))
        if not at or not statement[at - 1:].startswith(entry.error_at):
            wrong.append("it stands at \"%s\", expected \"%s\""
                         % (statement[at - 1:at + 19] if at else "", entry.error_at))
    return wrong and wrong + ["pgexpr: " + sentence(fields)]


def first_sentence(error):
    """The pieces of SQLAlchemy's first sentence that must be found in our message: what is left
    of it without its pictures of Python objects. None of them when the message is Python's own."""
    if not type(error).__module__.startswith("sqlalchemy") and not isinstance(error, ValueError):
        return []
    text = str(error.args[0]) if error.args else str(error)
    text = re.sub(r"Table\('.*?, schema=[^)]*\)|'?<[^>]*>+'?|'?\[Column\(.*", "\0",
                  re.sub(r"\s+", " ", text))
    text = re.split(r"\. |, got |;|\(Background", text)[0]
    return [piece.strip(" .'\"").lower() for piece in text.split("\0")
            if piece.strip(" .'\"")]


def differences(entry, compiled, theirs, ours):
    """Lines that say how the outcomes differ."""
    reference = compiled.error or (theirs.result.error and theirs.result.error)
    if ours.result.error:
        if not reference:
            return ["pgexpr fails: " + sentence(ours.result.error)]
        if "loose" not in entry.marks and compiled.error:
            wanted = first_sentence(compiled.error)
            said = re.sub(r"\s+", " ", " ".join(ours.result.error.get(l, "") for l in "MDH"))
            if not all(piece in said.lower() for piece in wanted):
                return ["SQLAlchemy says: %s" % compiled.error,
                        "pgexpr says: " + sentence(ours.result.error)]
        return []
    if reference:
        if isinstance(reference, dict):
            reference = sentence(reference)
        return ["SQLAlchemy fails, pgexpr does not: %s" % reference]
    wrong = []
    left, right = theirs.result, ours.result
    if compiled.is_dml and not compiled.returning:
        left.columns, left.rows = [], []
    if left.names != right.names:
        wrong.append("names: SQLAlchemy %s" % left.names)
        wrong.append("       pgexpr     %s" % right.names)
    elif left.types != right.types:
        for name, one, other in zip(left.names, left.types, right.types):
            if one != other:
                wrong.append("type of %s: SQLAlchemy %d, pgexpr %d" % (name, one, other))
    if left.tag != right.tag:
        wrong.append("tag: SQLAlchemy %s, pgexpr %s" % (left.tag, right.tag))
    if "volatile" not in entry.marks:
        if compiled.ordered and "unordered" not in entry.marks:
            wrong += rows_differ(left.rows, right.rows)
        else:
            wrong += multisets_differ(collections.Counter(left.rows),
                                      collections.Counter(right.rows), "row")
        if theirs.after is not None or ours.after is not None:
            wrong += multisets_differ(theirs.after or collections.Counter(),
                                      ours.after or collections.Counter(), "table row")
    if compiled.cartesian is not None:
        warned = any("cartesian product" in notice.get("M", "") for notice in right.notices)
        if warned != compiled.cartesian and ours.result is not theirs.result:
            wrong.append("cartesian product warning: SQLAlchemy %s, pgexpr %s"
                         % (compiled.cartesian, warned))
    return wrong


def rows_differ(left, right):
    if left == right:
        return []
    for number, (one, other) in enumerate(zip(left, right), 1):
        if one != other:
            return ["row %d: SQLAlchemy %s" % (number, one), "        pgexpr    %s" % (other,)]
    return ["SQLAlchemy gives %d rows, pgexpr %d" % (len(left), len(right))]


def multisets_differ(left, right, word):
    wrong = []
    for row in list((left - right).elements())[:3]:
        wrong.append("%s only of SQLAlchemy: %s" % (word, row))
    for row in list((right - left).elements())[:3]:
        wrong.append("%s only of pgexpr: %s" % (word, row))
    return wrong


# Literals as parameters

_TEXT_METHODS = {"like", "ilike", "not_like", "not_ilike", "between", "in_", "not_in", "notin_",
                 "is_distinct_from", "is_not_distinct_from"}
_NUMBER_METHODS = _TEXT_METHODS | {"limit", "offset"}
_INT4, _INT8, _UNKNOWN = 23, 20, 0


def _number(node):
    """The value of a numeric constant, a sign before it included, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number(node.operand)
        return None if value is None or isinstance(node.operand, ast.UnaryOp) else -value
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    return None


def _is_constant(node):
    return isinstance(node, (ast.Constant, ast.UnaryOp, ast.List, ast.Tuple, ast.Dict))


class _Values(ast.NodeVisitor):
    """Finds the literals that stand where a value may."""

    def __init__(self):
        self.found = []

    def take(self, node, text=False):
        # A float stays: PostgreSQL reads the literal as numeric, drivers send it as float8.
        number = _number(node)
        if isinstance(number, int) and -2**63 <= number < 2**63:
            self.found.append(node)
        elif text and isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.found.append(node)

    def visit_Compare(self, node):
        sides = [node.left, node.comparators[0]]
        if len(node.ops) == 1 and not all(_is_constant(side) for side in sides):
            for side in sides:
                self.take(side, text=True)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        sides = [node.left, node.right]
        if not any(_is_constant(side) for side in sides):
            pass
        elif not all(_is_constant(side) or isinstance(side, ast.BinOp) for side in sides):
            for side in sides:
                self.take(side)
        self.generic_visit(node)

    def visit_Call(self, node):
        call = node.func
        name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
        if name == "literal" and len(node.args) == 1 and not node.keywords:
            self.take(node.args[0])
        elif isinstance(call, ast.Attribute):
            if isinstance(call.value, ast.Name) and call.value.id == "func":
                for argument in node.args:
                    self.take(argument)
            elif name in _NUMBER_METHODS:
                for argument in node.args:
                    if isinstance(argument, (ast.List, ast.Tuple)):
                        for item in argument.elts:
                            self.take(item, text=True)
                    elif not name.endswith("in_"):  # $1 there is a list, not a number
                        self.take(argument, text=name in _TEXT_METHODS)
            elif name == "values":
                for keyword in node.keywords:
                    self.take(keyword.value)
        self.generic_visit(node)


def parameters(text):
    """The text with the literals that stand as values made $1, $2 …, with their values and types.

    Integers are declared as the server would read the literal; strings are left undeclared.
    None when the text has none.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    finder = _Values()
    finder.visit(tree)
    if not finder.found:
        return None
    lines = text.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    spans = sorted({(starts[node.lineno - 1] + node.col_offset,
                     starts[node.end_lineno - 1] + node.end_col_offset): node
                    for node in finder.found}.items(), key=lambda item: item[0])
    source, out, at = text.encode(), b"", 0
    values, types = [], []
    for (start, end), node in spans:
        if start < at:
            continue
        value = _number(node)
        if value is None:
            values.append(node.value)
            types.append(_UNKNOWN)
        else:
            values.append(repr(value))
            types.append(_INT4 if -2**31 <= value < 2**31 else _INT8)
        out += source[at:start] + b"$%d" % len(values)
        at = end
    return (out + source[at:]).decode(), values, types


def stop_kept():
    """Ends the cluster that `keep` left running."""
    try:
        with open(STATE, encoding="ascii") as file:
            state = json.load(file)
    except OSError:
        return False
    os.unlink(STATE)
    pidfile = os.path.join(state["directory"], "data", "postmaster.pid")
    try:
        with open(pidfile, encoding="ascii") as file:
            pid = int(file.readline())
        if pid == state["pid"]:
            os.kill(pid, signal.SIGINT)
            end = time.monotonic() + 20
            while os.path.exists(pidfile) and time.monotonic() < end:
                time.sleep(0.05)
    except (OSError, ValueError):
        pass
    if re.fullmatch(r"/tmp/pgexpr\.\w+", state["directory"]):
        subprocess.run(["rm", "-rf", state["directory"]], check=False)
    return True
