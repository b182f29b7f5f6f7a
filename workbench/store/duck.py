"""Ibis on DuckDB: pinned Parquet files as views, one cursor a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.schema import TABLES
from workbench.store import limits, parquet, spare
from workbench.store.engine import Engine
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import datetime as dt

    import pyarrow as pa


class DuckDB(Engine):
    """One in-memory DuckDB with a view for each table and data version that was asked for.

    A view belongs to one data version: the schema `v<number>`.
    """

    def plain(self, sql: str) -> str:
        """Compiled SQL with the tables' own names, as `query` takes it."""
        return re.sub(r'"v\d+"\.', "", sql)

    def literal(self, day: dt.date) -> str:
        """A day as Ibis writes it for DuckDB: every question names a few, and compiling each costs more."""
        return f"MAKE_DATE({day.year}, {day.month}, {day.day})"

    def query_each(self, version: Version, questions: Sequence[Any]) -> Iterator[pa.Table]:
        """Answers of several large expressions in their order, each by a DuckDB of its own with one thread.

        A thread of a shared DuckDB that groups holds nearly every group itself, so memory would grow with
        the number of cores.
        """
        with ThreadPoolExecutor(parquet.threads()) as cores:
            yield from cores.map(lambda question: self._apart(version, question), questions)

    def _apart(self, version: Version, question: Any) -> pa.Table:
        """Answer an expression in a new DuckDB with one thread, if it only reads this version's files."""
        names = _names(question, f"v{version.number}")
        if names is None or self.advertisers is not None:  # a limit reads the roll-up, too
            return self.query(version, question)
        sql = self.sql(question.as_table())
        with closing(parquet.alone()) as connection:
            connection.execute(f"CREATE SCHEMA v{version.number}")
            for name in names:
                self._view(connection, version, name)
            return self._whole(self._answered(lambda: connection.sql(sql)))

    def _view(self, connection: Any, version: Version, name: str) -> str:
        """Name a table's rows that may be seen on a connection; returns what is selected."""
        select = self._select(version, name)
        self._answered(lambda: connection.execute(f'CREATE VIEW v{version.number}."{name}" AS {select}'))
        return select

    def _connected(self) -> Any:
        import ibis

        backend = spare.take() or ibis.duckdb.connect()
        parquet.configure(backend.con)
        return backend

    def _begin(self, number: int) -> None:
        with self._cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA v{number}")

    def _forget(self, number: int, tables: dict[str, Any]) -> None:  # noqa: ARG002 (the schema holds them)
        with self._cursor() as cursor:
            cursor.execute(f"DROP SCHEMA v{number} CASCADE")

    def _registered(self, version: Version, name: str) -> Any:
        import ibis
        import ibis.expr.operations as ops

        with self._cursor() as cursor:
            select = self._view(cursor, version, name)
            columns = TABLES[name].arrow() if name in TABLES else _schema(cursor, select)
        return ops.DatabaseTable(
            name=name,
            schema=ibis.Schema.from_pyarrow(columns),
            source=self.backend,
            namespace=ops.Namespace(database=f"v{version.number}"),
        ).to_expr()

    def _select(self, version: Version, name: str) -> str:
        """SELECT of a table, with the rows that may be seen here."""
        whole = parquet.select(self._root, name, version.tables.get(name))
        if self.advertisers is None:
            return whole
        if name != limits.ROLLUP:
            self.table(version, limits.ROLLUP)
        rollup = f"v{version.number}.{limits.ROLLUP}"
        theirs = limits.condition(name, self.advertisers, rollup, parquet.text)
        return f"SELECT * FROM ({whole}) WHERE {theirs}"

    def _text(self, version: Version, sql: str) -> pa.Table:
        with self._cursor() as cursor:
            statements = self._answered(lambda: cursor.extract_statements(sql))
            if self.advertisers is not None:
                limits.check_sql(cursor, sql, {*TABLES, *version.tables})
        if [statement.type.name for statement in statements] not in (["SELECT"], ["EXPLAIN"]):
            raise QuestionError(
                "The query is not one SELECT.", "A store is only read with SQL; use commit to write."
            )
        return self._run(version, sql)

    def _run(self, version: Version, sql: str) -> pa.Table:
        for name in sorted(set(re.findall(r"\w+", sql.lower())) & {*TABLES, *version.tables}):
            self.table(version, name)
        with self._cursor() as cursor:
            if version.number in self._versions:
                cursor.execute(f"SET search_path = 'v{version.number}'")
            return self._whole(self._answered(lambda: cursor.sql(sql)))

    def _whole(self, answer: Any) -> pa.Table:
        """Read an answer; sums of integers, which DuckDB makes 128 bits wide, become int64 again."""
        import pyarrow as pa

        table = self._answered(answer.to_arrow_table)
        wide = pa.decimal128(38, 0)
        fields = [pa.field(field.name, pa.int64()) if field.type == wide else field for field in table.schema]
        try:
            return table.cast(pa.schema(fields))
        except pa.ArrowInvalid:  # a sum that 64 bits cannot hold stays wide
            return table

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self.backend.con.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _answered(self, ask: Callable[[], Any]) -> Any:
        import duckdb

        try:
            return ask()
        except duckdb.Error as error:
            raise parquet.unreadable(error) or QuestionError(
                f"The query cannot be answered: {_first_line(error)}", "Check its tables and columns."
            ) from None


def _names(question: Any, schema: str) -> set[str] | None:
    """Tables that an expression reads; None where it reads more than the files of one version."""
    import ibis.expr.operations as ops

    node = question.as_table().op()
    tables = node.find(ops.DatabaseTable)
    if node.find((ops.InMemoryTable, ops.ScalarUDF)) or any(op.namespace.database != schema for op in tables):
        return None
    return {op.name for op in tables}


def _schema(cursor: Any, select: str) -> pa.Schema:
    return cursor.sql(f"SELECT * FROM ({select}) LIMIT 0").to_arrow_table().schema


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
