"""Ibis on DuckDB: pinned Parquet files as views, one cursor a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.schema import TABLES
from workbench.store import limits, parquet, spare
from workbench.store.engine import Engine
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import pyarrow as pa


class DuckDB(Engine):
    """One in-memory DuckDB with a view for each table and data version that was asked for.

    A view belongs to one data version: the schema `v<number>`.
    """

    def plain(self, sql: str) -> str:
        """Compiled SQL with the tables' own names, as `query` takes it."""
        return re.sub(r'"v\d+"\.', "", sql)

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

        schema = f"v{version.number}"
        select = self._select(version, name)
        with self._cursor() as cursor:
            self._answered(lambda: cursor.execute(f'CREATE VIEW {schema}."{name}" AS {select}'))
            columns = TABLES[name].arrow() if name in TABLES else _schema(cursor, select)
        return ops.DatabaseTable(
            name=name,
            schema=ibis.Schema.from_pyarrow(columns),
            source=self.backend,
            namespace=ops.Namespace(database=schema),
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


def _schema(cursor: Any, select: str) -> pa.Schema:
    return cursor.sql(f"SELECT * FROM ({select}) LIMIT 0").to_arrow_table().schema


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
