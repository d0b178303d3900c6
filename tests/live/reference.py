"""The reference: what SQLAlchemy 2.0.40 sends for a text, and what the server gives for that.

The text is evaluated as Python among all of SQLAlchemy's words and the reflected tables, and
executed with the psycopg2 dialect and without a statement cache. At the last moment, where the
dialect hands the statement to the driver, it is taken away: psycopg2 puts the parameters in, and
the resulting SQL runs on a plain connection, so that rows, names, types and errors are seen just
as the server said them.
"""

import ast
import datetime
import decimal
import os
import sys
import uuid
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_UNPACKED = os.path.join(ROOT, "build", "oracle", "usr", "lib", "python3", "dist-packages")
if os.path.isdir(_UNPACKED):
    sys.path.insert(0, _UNPACKED)

try:
    import psycopg2  # noqa: E402
    import sqlalchemy  # noqa: E402
    from sqlalchemy import event, sql  # noqa: E402
    from sqlalchemy.dialects import postgresql  # noqa: E402
except ModuleNotFoundError as missing:
    raise SystemExit("%s: run `make deps`" % missing) from None

if sqlalchemy.__version__ != "2.0.40":
    raise SystemExit("the reference is SQLAlchemy 2.0.40, found %s: run `make deps`"
                     % sqlalchemy.__version__)

CARTESIAN = "cartesian product"


class _Taken(Exception):
    """Carries a statement away from the driver."""

    def __init__(self, text):
        super().__init__()
        self.text = text


class Schema:
    """`audit.events`: the tables of one schema as attributes."""

    def __init__(self, tables):
        self.__dict__.update(tables)


class Compiled:
    """What SQLAlchemy made of a text: sql, or the error it raised."""

    def __init__(self):
        self.sql = None
        self.error = None      # an exception of SQLAlchemy or Python
        self.cartesian = False
        self.ordered = False   # the outermost statement has an ORDER BY
        self.target = None     # the table that a DML statement changes, as SQL
        self.returning = False # rows are asked for
        self.is_dml = False


class Reference:
    """Evaluates texts against the tables of one database."""

    def __init__(self, port, database, user="postgres"):
        url = "postgresql+psycopg2://%s@127.0.0.1:%d/%s" % (user, port, database)
        self.engine = sqlalchemy.create_engine(url, query_cache_size=0)
        self.connection = self.engine.connect()
        event.listen(self.engine, "before_cursor_execute", self._take)
        self.taking = False
        self.words = _words()
        self.tables = {}
        self.refresh()

    def close(self):
        self.connection.close()
        self.engine.dispose()

    def refresh(self):
        """Reflects everything in the search path, and every other schema by its name."""
        self.tables = {}
        schemas = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inspector = sqlalchemy.inspect(self.connection)
            default = inspector.default_schema_name
            metadata = sqlalchemy.MetaData()  # one, so that keys find tables of other schemas
            for schema in inspector.get_schema_names():
                if schema == "information_schema" or schema.startswith("pg_"):
                    continue
                name = None if schema == default else schema
                metadata.reflect(self.connection, schema=name, views=True)
                for foreign in inspector.get_foreign_table_names(schema=name):
                    sqlalchemy.Table(foreign, metadata, schema=name, autoload_with=self.connection)
                found = {table.name: table for table in metadata.tables.values()
                         if table.schema == name}
                if name is None:
                    self.tables.update(found)
                else:
                    schemas[schema] = Schema(found)
                    self.tables.update({"%s.%s" % (schema, key): table
                                        for key, table in found.items()})
        self.connection.rollback()
        self.names = {**{name: schemas[name] for name in schemas if name.isidentifier()},
                      **{name: table for name, table in self.tables.items()
                         if name.isidentifier()},
                      **self.words, "tables": self.tables}

    def _take(self, _connection, cursor, statement, parameters, _context, _many):
        if self.taking:
            raise _Taken(cursor.mogrify(statement, parameters).decode("utf-8"))

    def evaluate(self, text):
        """The Python value of a program: bindings, then an expression."""
        tree = ast.parse(text.strip() + "\n", "<expression>")
        last = tree.body.pop()
        if not isinstance(last, ast.Expr):
            raise SyntaxError("the last line is no expression")
        names = dict(self.names)
        exec(compile(tree, "<expression>", "exec"), names)  # pylint: disable=exec-used
        return eval(compile(ast.Expression(last.value), "<expression>", "eval"), names)

    def compile(self, text):
        """What SQLAlchemy sends when the text is executed."""
        done = Compiled()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                statement = self.evaluate(text)
                if not isinstance(statement, sql.base.Executable):
                    statement = sqlalchemy.select(statement)
                elif isinstance(statement, sqlalchemy.sql.functions.FunctionElement):
                    statement = sqlalchemy.select(statement)
                self._describe(statement, done)
                self.taking = True
                self.connection.execute(statement)
            except _Taken as taken:
                done.sql = taken.text
            except Exception as error:  # whatever the text provokes is the answer
                taken = error
                while taken is not None and not isinstance(taken, _Taken):
                    taken = taken.__cause__ or taken.__context__
                if taken is not None:
                    done.sql = taken.text
                else:
                    done.error = error
            finally:
                self.taking = False
                self.connection.rollback()
        done.cartesian = any(CARTESIAN in str(warning.message) for warning in caught)
        return done

    def _describe(self, statement, done):
        done.ordered = bool(getattr(statement, "_order_by_clauses", ()))
        done.is_dml = isinstance(statement, sql.dml.UpdateBase)
        if done.is_dml:
            done.returning = bool(statement._returning)
            table = statement.table
            while not isinstance(table, sqlalchemy.Table) and hasattr(table, "element"):
                table = table.element
            if isinstance(table, sqlalchemy.Table):
                done.target = self.engine.dialect.identifier_preparer.format_table(table)


def _words():
    """Every word of SQLAlchemy that a text may use, the PostgreSQL dialect's before the rest."""
    words = {}
    for module in (sqlalchemy.types, sqlalchemy.sql.expression, sqlalchemy, postgresql):
        for name in dir(module):
            value = getattr(module, name)
            if not name.startswith("_") and not isinstance(value, type(sys)):
                words[name] = value
    # The dialect's insert has ON CONFLICT; the generic functions are the documented ones.
    words.update({
        "datetime": datetime, "date": datetime.date, "time": datetime.time,
        "timedelta": datetime.timedelta, "decimal": decimal, "Decimal": decimal.Decimal, "uuid": uuid,
        "sa": sqlalchemy, "sqlalchemy": sqlalchemy, "postgresql": postgresql, "pg": postgresql,
        "types": sqlalchemy.types, "operators": sqlalchemy.sql.operators,
        "insert": postgresql.insert, "ARRAY": postgresql.ARRAY, "JSON": postgresql.JSON,
        "Enum": sqlalchemy.Enum, "array_agg": postgresql.array_agg,
        "quoted_name": sql.quoted_name, "nullsfirst": sqlalchemy.nullsfirst,
        "nullslast": sqlalchemy.nullslast, "table": sql.table, "column": sql.column,
    })
    for gone in ("event", "util", "exc", "inspect", "Table", "Column", "MetaData"):
        words.pop(gone, None)
    return words
