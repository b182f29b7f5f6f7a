"""Ibis on DuckDB: pinned Parquet files as views, one cursor a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, StoreError
from workbench.schema import TABLES
from workbench.store import parquet
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import pyarrow as pa

_CACHED_QUERIES = 512
_KEPT_VERSIONS = 16


class Engine:
    """One in-memory DuckDB with a view for each table and data version that was asked for.

    A view belongs to one data version (a schema `v<number>`), so an expression keeps answering from
    the version it was made at, and moving on never replaces what another thread is reading.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = RLock()
        self._backend: Any = None
        self._versions: dict[int, dict[str, Any]] = {}
        self._compiled: dict[Any, str] = {}

    def table(self, version: Version, name: str) -> Any:
        """Ibis table of one data version."""
        with self._lock:
            tables = self._versions.get(version.number)
            if tables is None:
                tables = self._begun(version)
            if name not in tables:
                tables[name] = self._registered(version, name)
            return tables[name]

    def sql(self, expression: Any) -> str:
        """DuckDB SQL of an Ibis expression, compiled once for equal expressions."""
        node = expression.op()
        with self._lock:
            if node not in self._compiled:
                if len(self._compiled) >= _CACHED_QUERIES:
                    self._compiled.clear()
                self._compiled[node] = str(self.backend.compile(expression))
            return self._compiled[node]

    def query(self, version: Version, question: Any) -> pa.Table:
        """Answer an Ibis expression, or SQL over the tables of `version`."""
        if isinstance(question, str):
            self._check_reads(question)
            return self._run(version, question)
        import ibis.expr.operations as ops

        expression = question.as_table()
        if any(op.source is not self._backend for op in expression.op().find(ops.DatabaseTable)):
            raise QuestionError(
                "The query asks a table of another store.", "Take it from this store's table()."
            )
        if expression.op().find((ops.InMemoryTable, ops.ScalarUDF)):
            with self._lock:  # Ibis registers these on its one connection
                return _answered(lambda: self.backend.to_pyarrow(expression))
        return self._run(version, self.sql(expression))

    @property
    def backend(self) -> Any:
        """The Ibis backend, connected on first use."""
        with self._lock:
            if self._backend is None:
                import ibis

                self._backend = ibis.duckdb.connect()
                parquet.configure(self._backend.con)
            return self._backend

    def _run(self, version: Version, sql: str) -> pa.Table:
        for name in sorted(set(re.findall(r"\w+", sql.lower())) & {*TABLES, *version.tables}):
            self.table(version, name)
        with self._cursor() as cursor:
            if version.number in self._versions:
                cursor.execute(f"SET search_path = 'v{version.number}'")
            return _whole(_answered(lambda: cursor.sql(sql)))

    def _check_reads(self, sql: str) -> None:
        with self._cursor() as cursor:
            statements = _answered(lambda: cursor.extract_statements(sql))
        if [statement.type.name for statement in statements] not in (["SELECT"], ["EXPLAIN"]):
            raise QuestionError(
                "The query is not one SELECT.", "A store is only read with SQL; use commit to write."
            )

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self.backend.con.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _begun(self, version: Version) -> dict[str, Any]:
        """Make room for a version's tables; the oldest of many versions goes."""
        with self._cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA v{version.number}")
            if len(self._versions) >= _KEPT_VERSIONS:
                oldest = next(iter(self._versions))
                cursor.execute(f"DROP SCHEMA v{oldest} CASCADE")
                del self._versions[oldest]
        return self._versions.setdefault(version.number, {})

    def _registered(self, version: Version, name: str) -> Any:
        import ibis
        import ibis.expr.operations as ops

        schema = f"v{version.number}"
        select = parquet.select(self._root, name, version.tables.get(name))
        with self._cursor() as cursor:
            _answered(lambda: cursor.execute(f'CREATE VIEW {schema}."{name}" AS {select}'))
            columns = TABLES[name].arrow() if name in TABLES else _schema(cursor, select)
        return ops.DatabaseTable(
            name=name,
            schema=ibis.Schema.from_pyarrow(columns),
            source=self.backend,
            namespace=ops.Namespace(database=schema),
        ).to_expr()


def _whole(answer: Any) -> pa.Table:
    """Read an answer; sums of integers, which DuckDB makes 128 bits wide, become int64 again."""
    import pyarrow as pa

    table = _answered(answer.to_arrow_table)
    wide = pa.decimal128(38, 0)
    fields = [pa.field(field.name, pa.int64()) if field.type == wide else field for field in table.schema]
    try:
        return table.cast(pa.schema(fields))
    except pa.ArrowInvalid:  # a sum that 64 bits cannot hold stays wide
        return table


def _schema(cursor: Any, select: str) -> pa.Schema:
    return cursor.sql(f"SELECT * FROM ({select}) LIMIT 0").to_arrow_table().schema


def _answered(ask: Callable[[], Any]) -> Any:
    """Call DuckDB; its errors become sentences."""
    import duckdb

    try:
        return ask()
    except duckdb.IOException as error:
        raise StoreError(
            f"A data file of the workspace cannot be read: {_first_line(error)}",
            "Restore the file from a backup, or import its report again.",
        ) from None
    except duckdb.Error as error:
        raise QuestionError(
            f"The query cannot be answered: {_first_line(error)}", "Check its tables and columns."
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
