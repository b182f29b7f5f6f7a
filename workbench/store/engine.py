"""What every engine of questions does alike: tables by data version, each expression compiled once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.store.limits import Advertisers
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import datetime as dt

    import pyarrow as pa

_CACHED_QUERIES = 512
_KEPT_VERSIONS = 16


class Engine(ABC):
    """Ibis over the pinned Parquet files of one workspace.

    An expression keeps answering from the data version its tables were made at, and moving on never
    replaces what another thread is reading.

    Args:
        root: Folder of the workspace.
        advertisers: Whose rows are seen; None: everybody's.
    """

    def __init__(self, root: Path, advertisers: Advertisers = None) -> None:
        self._root, self.advertisers = root, advertisers
        self._lock = RLock()
        self._backend: Any = None
        self._versions: dict[int, dict[str, Any]] = {}
        self._compiled: dict[Any, str] = {}
        self._literals: dict[dt.date, str] = {}

    @property
    def backend(self) -> Any:
        """The Ibis backend, connected on first use."""
        with self._lock:
            if self._backend is None:
                self._backend = self._connected()
            return self._backend

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
        """SQL of an Ibis expression over versioned names, compiled once for equal expressions."""
        node = expression.op()
        with self._lock:
            if node not in self._compiled:
                if len(self._compiled) >= _CACHED_QUERIES:
                    self._compiled.clear()
                self._compiled[node] = str(self.backend.compile(expression))
            return self._compiled[node]

    @abstractmethod
    def plain(self, sql: str) -> str:
        """Compiled SQL with the tables' own names, as `query` takes it."""

    def literal(self, day: dt.date) -> str:
        """A day as it stands in compiled SQL."""
        import ibis
        import sqlglot

        with self._lock:
            if day not in self._literals:
                select = str(self.backend.compile(ibis.literal(day).name("day")))
                dialect = self.backend.dialect
                self._literals[day] = sqlglot.parse_one(select, dialect=dialect).selects[0].this.sql(dialect)
            return self._literals[day]

    def query(self, version: Version, question: Any) -> pa.Table:
        """Answer an Ibis expression, or SQL over the tables of `version`."""
        if isinstance(question, str):
            return self._text(version, question)
        import ibis.expr.operations as ops

        expression = question.as_table()
        if any(op.source is not self._backend for op in expression.op().find(ops.DatabaseTable)):
            raise QuestionError(
                "The query asks a table of another store.", "Take it from this store's table()."
            )
        if expression.op().find((ops.InMemoryTable, ops.ScalarUDF)):
            with self._lock:  # Ibis registers these on its one connection
                return self._answered(lambda: self.backend.to_pyarrow(expression))
        return self._run(version, self.sql(expression))

    def query_each(self, version: Version, questions: Sequence[Any]) -> Iterator[pa.Table]:
        """Answers of several large expressions, in their order."""
        return (self.query(version, question) for question in questions)

    def _begun(self, version: Version) -> dict[str, Any]:
        """Make room for a version's tables; the oldest of many versions goes."""
        if len(self._versions) >= _KEPT_VERSIONS:
            oldest = next(iter(self._versions))
            self._forget(oldest, self._versions.pop(oldest))
        self._begin(version.number)
        return self._versions.setdefault(version.number, {})

    def drop(self, number: int) -> None:
        """Let the tables of a version go, because its files have other names now."""
        with self._lock:
            if number in self._versions:
                self._forget(number, self._versions.pop(number))

    def _begin(self, number: int) -> None:  # noqa: B027  (most engines need nothing)
        """Prepare for the tables of a version."""

    @abstractmethod
    def _connected(self) -> Any:
        """A connected Ibis backend."""

    @abstractmethod
    def _forget(self, number: int, tables: dict[str, Any]) -> None:
        """Let the tables of a version go."""

    @abstractmethod
    def _registered(self, version: Version, name: str) -> Any:
        """Make one table of a version known; returns its Ibis table."""

    @abstractmethod
    def _text(self, version: Version, sql: str) -> pa.Table:
        """Answer SQL in the engine's own dialect that names the tables plainly."""

    @abstractmethod
    def _run(self, version: Version, sql: str) -> pa.Table:
        """Answer compiled SQL."""

    @abstractmethod
    def _answered(self, ask: Any) -> Any:
        """Call the engine; its errors become sentences."""
