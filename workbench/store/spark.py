"""Ibis on Spark: the same pinned Parquet files, read by every executor from the same folder."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.errors import QuestionError, StoreError
from workbench.schema import TABLES
from workbench.store import limits, spark_session
from workbench.store.engine import Engine
from workbench.store.limits import Advertisers
from workbench.store.pointer import Pinned, Version
from workbench.store.workspace import table_folder

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = {
    "string": "STRING",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_GLOB = re.compile(r"([*?{}\[\]\\])")
_LOST = ("FAILED_READ_FILE", "PATH_NOT_FOUND", "FileNotFound", "does not exist")


class Spark(Engine):
    """A Spark session with a temporary view for each table and data version that was asked for.

    Args:
        root: Folder of the workspace; every executor must see it under the same path.
        url: `local[*]` or `spark://host:port`.
        advertisers: Whose rows are seen; None: everybody's.
    """

    def __init__(self, root: Path, url: str, advertisers: Advertisers = None) -> None:
        super().__init__(root, advertisers)
        self._url = url

    def plain(self, sql: str) -> str:
        """Compiled SQL with the tables' own names, as `query` takes it."""
        return re.sub(r"`v\d+_(\w+)`", r"`\1`", sql)

    def _connected(self) -> Any:
        session = spark_session.session(self._url)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
            import ibis

            return ibis.pyspark.connect(session)

    @property
    def _session(self) -> Any:
        return self.backend._session

    def _forget(self, number: int, tables: dict[str, Any]) -> None:
        for name in tables:
            self._session.catalog.dropTempView(_view(number, name))

    def _registered(self, version: Version, name: str) -> Any:
        import ibis
        import ibis.expr.operations as ops

        view = _view(version.number, name)
        rows = self._answered(lambda: self._seen(version, name))
        rows.createOrReplaceTempView(view)
        schema = ibis.Schema.from_pyarrow(TABLES[name].arrow()) if name in TABLES else _schema(rows)
        return ops.DatabaseTable(
            name=view, schema=schema, source=self.backend, namespace=ops.Namespace()
        ).to_expr()

    def _seen(self, version: Version, name: str) -> Any:
        """A table's rows that may be seen here."""
        rows = self._rows(name, version.tables.get(name))
        if self.advertisers is None:
            return rows
        if name != limits.ROLLUP:
            self.table(version, limits.ROLLUP)
        theirs = limits.condition(name, self.advertisers, _view(version.number, limits.ROLLUP), _literal)
        escaped = theirs.replace("{", "{{").replace("}", "}}")
        return self._session.sql(f"SELECT * FROM {{rows}} WHERE {escaped}", rows=rows)

    def _rows(self, name: str, pinned: Pinned | None) -> Any:
        """A pinned table; canonical columns that a file is older than are null."""
        folder = table_folder(self._root, name)
        files = [_escaped(str(folder / file.name)) for file in pinned.files] if pinned else []
        if name not in TABLES:
            return self._session.read.option("mergeSchema", "true").parquet(*files)
        columns = {column.name: _TYPES[column.type] for column in TABLES[name].columns}
        if files:
            ddl = ", ".join(f"`{column}` {type}" for column, type in columns.items())
            return self._session.read.schema(ddl).parquet(*files)
        nulls = ", ".join(f"CAST(NULL AS {type}) AS `{column}`" for column, type in columns.items())
        return self._session.sql(f"SELECT {nulls} WHERE false")

    def _text(self, version: Version, sql: str) -> pa.Table:
        import sqlglot
        from sqlglot import expressions as sg

        try:
            query, *others = sqlglot.parse(sql, dialect=_dialect())
        except sqlglot.errors.SqlglotError as error:
            raise _refused(error) from None
        if others or not isinstance(query, sg.Query):
            raise QuestionError(
                "The query is not one SELECT.", "A store is only read with SQL; use commit to write."
            )
        named = {cte.alias_or_name.lower() for cte in query.find_all(sg.CTE)}
        if self.advertisers is not None and (strange := _strange(query, {*TABLES, *version.tables, *named})):
            raise limits.refusal(strange)
        for table in query.find_all(sg.Table):
            name = table.name.lower()
            if not table.db and name not in named and (name in TABLES or name in version.tables):
                alias = table.alias_or_name
                table.set("this", sg.to_identifier(self.table(version, name).get_name()))
                if not table.alias:
                    table.set("alias", sg.TableAlias(this=sg.to_identifier(alias)))
        return self._run(version, query.sql(_dialect()))

    def _run(self, version: Version, sql: str) -> pa.Table:  # noqa: ARG002 (views carry their version)
        import pyarrow as pa

        table = self._answered(lambda: self._session.sql(sql).toArrow())
        return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))

    def _answered(self, ask: Callable[[], Any]) -> Any:
        from py4j.protocol import Py4JError
        from pyspark.errors import AnalysisException, PySparkException

        try:
            return ask()
        except (Py4JError, ConnectionError) as error:
            raise StoreError(
                f"Spark at {self._url} has stopped: {_first_line(error)}",
                "Start it again, restart the kernel, or use engine='duckdb'.",
            ) from None
        except PySparkException as error:
            if any(word in str(error) for word in _LOST):
                raise _unreadable(error) from None
            if isinstance(error, AnalysisException):
                raise _refused(error) from None
            raise QuestionError(
                f"Spark could not answer: {_first_line(error)}", "Check the query and Spark's log."
            ) from None


@cache
def _dialect() -> Any:
    """Spark's SQL with names in double quotes, as in every other engine; Spark alone reads texts there."""
    from sqlglot.dialects.spark import Spark as SparkSQL

    class Tokenizer(SparkSQL.Tokenizer):  # type: ignore[misc]
        QUOTES: ClassVar = ["'"]
        IDENTIFIERS: ClassVar = ["`", '"']

    return type("WorkbenchSpark", (SparkSQL,), {"Tokenizer": Tokenizer})


def _strange(query: Any, known: set[str]) -> set[str]:
    """What a query reads beside known tables: files by their format's name, catalogues, functions, views."""
    from sqlglot import expressions as sg

    def is_known(table: Any) -> bool:
        """Whether it is one of the store's tables, by its plain name."""
        return not table.db and isinstance(table.this, sg.Identifier) and table.name.lower() in known

    return {table.sql() for table in query.find_all(sg.Table) if not is_known(table)}


def _schema(rows: Any) -> Any:
    import ibis
    from ibis.backends.pyspark.datatypes import PySparkType

    return ibis.Schema(PySparkType.to_ibis(rows.schema))


def _literal(value: str) -> str:
    """SQL literal of a text, in which Spark reads backslashes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _view(number: int, name: str) -> str:
    return f"v{number}_{name}"


def _escaped(path: str) -> str:
    return _GLOB.sub(r"\\\1", path)


def _unreadable(error: Exception) -> StoreError:
    return StoreError(
        f"A data file of the workspace cannot be read: {_first_line(error)}",
        "Every executor must see the folder under the same path; restore lost files from a backup.",
    )


def _refused(error: Exception) -> QuestionError:
    return QuestionError(
        f"The query cannot be answered: {_first_line(error)}", "Check its tables and columns."
    )


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
