"""The store: one workspace at one pinned data version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench import settings as settings_
from workbench.errors import StoreError, unknown
from workbench.schema import ROLLUP_DIMENSIONS, TABLES
from workbench.store import engines, history, levels, limits, pointer, shared, workspace

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    import pyarrow as pa
    from filelock import FileLock

    from workbench.catalogue import Metric
    from workbench.store.changes import Change


_MARKED = "channel"
"""The dimension whose SQL serves as a pattern for others."""


class Store:
    """A workspace's tables at one data version, which stays until `refresh`.

    Args:
        path: Folder; an empty or missing one becomes a new workspace.
        engine: `"duckdb"`, or a Spark: `"local[*]"`, `"spark://host:port"`; None: as the settings say.
        version: Number of an older version, or when it was current: the store stays there and only
            reads; None: the newest.

    Raises:
        StoreError: for a folder that is no workspace, a damaged one, one of a newer schema version, or a
            data version that is not kept.
    """

    def __init__(
        self, path: str | Path, engine: str | None = None, version: history.When | None = None
    ) -> None:
        if engine:
            engines.check(engine)
        self.path: Path = workspace.prepare(path)
        self.settings: settings_.Settings = settings_.load(self.path)
        self.engine = engine or self.settings.engine
        engines.check(self.engine)
        self.is_past = version is not None
        self._version = (
            pointer.read(self.path)
            if version is None
            else history.at(self.path, version, self.settings.timezone)
        )
        self._moving = Lock()
        self.advertisers: limits.Advertisers = settings_.advertisers()
        self._engine = engines.connect(self.engine, self.path, self.advertisers)
        self._kept: dict[tuple[int, str], Any] = {}

    def __repr__(self) -> str:
        held = ", ".join(self.tables) or "no tables yet"
        past = " (past)" if self.is_past else ""
        return f"Store({str(self.path)!r}, version {self.version}{past}, as of {self.as_of}: {held})"

    @property
    def version(self) -> int:
        """Number of the pinned data version; 0 for an empty workspace."""
        return self._version.number

    @property
    def written_at(self) -> datetime | None:
        """UTC instant at which the pinned version was written; None for an empty workspace."""
        return datetime.fromisoformat(self._version.written_at) if self._version.written_at else None

    @property
    def zone(self) -> ZoneInfo:
        """Where a day of this workspace begins: UTC where no time zone is set."""
        return ZoneInfo(self.settings.timezone or "UTC")

    @property
    def whole(self) -> Store:
        """The store with everybody's rows: this one, unless it is a part for some customers."""
        return self

    @property
    def as_of(self) -> date | None:
        """Last local date of delivery or conversions in the pinned version."""
        if self.advertisers is not None:
            day: date | None = self._once("as of", self._as_of)
            return day
        rollup = self._version.tables.get("performance_hourly")
        return rollup.last if rollup else None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that hold rows in the pinned version."""
        return tuple(self.row_counts)

    @property
    def row_counts(self) -> dict[str, int]:
        """Table → its rows in the pinned version."""
        return {name: count for name, count in self._counts().items() if count}

    @cached_property
    def lock(self) -> FileLock:
        """The workspace's write lock; a thread that holds it may take it again."""
        return workspace.write_lock(self.path)

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The metric catalogue: the built-in entries and the workspace's own."""
        from workbench.catalogue import catalogue

        return catalogue(self.path)

    def table(self, name: str) -> Any:
        """Return a table at the pinned version as an Ibis table.

        Args:
            name: Canonical table (empty with its columns when it has no rows yet), or an own one.

        Raises:
            QuestionError: if there is no such table.
        """
        version = self._version
        if name not in TABLES and name not in version.tables:
            raise unknown("table", name, {*TABLES, *version.tables})
        return self._engine.table(version, name)

    def query(self, question: Any) -> pa.Table:
        """Answer an Ibis expression or SQL; safe from several threads.

        Args:
            question: Ibis expression over `table`, or SQL of the engine that names the tables plainly.

        Raises:
            QuestionError: for a query that cannot be answered.
            StoreError: for a data file that cannot be read.
        """
        try:
            return self._engine.query(self._version, question)
        except StoreError:
            if not self._files_moved():
                raise
            return self._engine.query(self._version, question)

    def query_each(self, questions: Sequence[Any]) -> Iterator[pa.Table]:
        """Answers of several large expressions over `table`, in their order, worked out side by side.

        For sums by millions of keys: an engine that adds up on several threads keeps a table of all keys for
        each of them, so parts of the keys, a thread each, take a fraction of the memory.

        Raises:
            QuestionError: for a query that cannot be answered.
            StoreError: for a data file that cannot be read.
        """
        return self._engine.query_each(self._version, questions)

    def _files_moved(self) -> bool:
        """Take over the pinned version's new files, where an erasure made them anew; False where none did."""
        found = pointer.past(self.path, self.version)
        with self._moving:
            if found is None or found.tables == self._version.tables:
                return False
            self._version = found
            self._engine.drop(found.number)
        return True

    def sql(self, expression: Any) -> str:
        """The engine's SQL of an Ibis expression, as `query` also takes it."""
        return self._engine.plain(self._engine.sql(expression))

    def literal(self, day: date) -> str:
        """A day as it stands in the SQL of `sql`."""
        return self._engine.literal(day)

    def labels(self, lang: str) -> dict[tuple[str, str], str]:
        """How values are shown: (dimension, value) → label in `lang`, from table `labels`."""
        labels: dict[tuple[str, str], str] = self._once(f"labels {lang}", lambda: self._labels(lang))
        return labels

    def members(self, dimension: str) -> tuple[str, ...]:
        """Values of a roll-up dimension, those with most impressions first.

        Raises:
            QuestionError: for a name that is no roll-up dimension.
        """
        names = [column.name for column in ROLLUP_DIMENSIONS]
        if dimension not in names:
            raise unknown("dimension", dimension, names)
        members: tuple[str, ...] = self._once(f"members {dimension}", lambda: self._members(dimension))
        return members

    def at(self, when: history.When) -> Store:
        """Another store, pinned to an older version for good: last month's report, to the digit.

        Args:
            when: Number of a version; a moment (ISO 8601 or datetime); or a day, meaning its end. Days
                and moments without a zone are in the workspace's `timezone`, else UTC.

        Raises:
            StoreError: for a version that never was or is no longer kept, naming the kept ones.
        """
        return Store(self.path, self.engine, when)

    def versions(self) -> pd.DataFrame:
        """The kept data versions, the newest first.

        Returns:
            Columns `version`, `written_at` (UTC), `act` (`import`, `commit`, `undo`, `compact`,
            `upgrade`), `imports` (ids), `tables` (changed ones), `current`.
        """
        found = history.frame(self.path)
        return found if self.advertisers is None else found.assign(imports="")

    @property
    def side_by_side(self) -> bool:
        """Whether several reports of the same spend stand beside each other."""
        return bool(self._once("side by side", self._side_by_side))

    def switches(self, columns: Sequence[str]) -> tuple[levels.Switch, ...]:
        """Where reports other than the preferred ones answer questions that need some dimensions.

        Args:
            columns: Roll-up columns that the answer needs.
        """
        needed = tuple(sorted(set(columns) - {*levels.ACCOUNT}))
        if not needed or not self.side_by_side:
            return ()
        found: tuple[levels.Switch, ...] = self._once(
            f"switches {' '.join(needed)}", lambda: levels.switches(self.slices(needed))
        )
        return found

    def slices(self, columns: Sequence[str] = ()) -> pa.Table:
        """Sums of every report by account and day, those that `preferred` leaves out, too.

        Args:
            columns: Roll-up columns that a row must know to count as known.

        Returns:
            As `levels.slices` describes.
        """
        return self.query(levels.slices(self.table("performance_hourly"), columns))

    def refresh(self) -> int:
        """Move to the newest data version, in place, and return its number; a past store stays."""
        with self._moving:
            if self.is_past:
                return self.version
            if pointer.number(self.path) != self.version:
                self._version = pointer.read(self.path)
        return self.version

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """Keep other writers out, at the newest version, so that a commit may rest on what was read.

        Yields:
            This store, moved to the newest data version.

        Raises:
            StoreError: when another writer keeps this one out for too long, or this store is a past one.
        """
        self.check_present()
        with workspace.locked(self.path, self.lock):
            self.refresh()
            yield self

    def commit(self, changes: Sequence[Change], ledger: pa.Table | None = None) -> int:
        """Write changes, roll-up and ledger, make them current, and move to them.

        Args:
            changes: What to append or replace, in this order.
            ledger: Rows of table `imports`; one with a known `import_id` replaces it.

        Returns:
            Number of the new data version.

        Raises:
            StoreError: when a change does not fit or cannot be written; nothing changes then.
        """
        from workbench.store import writer

        self.check_present()
        written = writer.commit(self.path, changes, ledger, self.lock)
        with self._moving:
            if written.number > self.version:
                self._version = written
        return written.number

    def check_present(self) -> None:
        """Refuse to write to a store that is pinned to the past, or for a visitor who may only look.

        Raises:
            StoreError: where it is, or for such a visitor.
        """
        if not settings_.saves():
            raise StoreError("Your link lets you look, not change data.", "Ask for a planner's link.")
        limits.check_open(self.advertisers)
        if self.is_past:
            raise StoreError(
                f"This store is pinned to the past version {self.version}, which nobody can change.",
                "Open the workspace without a version to write to it.",
                str(self.path),
            )

    def _once(self, key: str, ask: Any) -> Any:
        number = self.version
        if (number, key) not in self._kept:
            self._kept = {known: value for known, value in self._kept.items() if known[0] == number}
            self._kept[number, key] = shared.held(self, f"store.{key}", ask)
        return self._kept[number, key]

    def _counts(self) -> dict[str, int]:
        """Table → its rows in the pinned version that may be seen here."""
        tables = dict(sorted(self._version.tables.items()))
        if self.advertisers is None:
            return {name: pinned.rows for name, pinned in tables.items()}
        count: dict[str, int] = self._once("counts", lambda: {name: self._count(name) for name in tables})
        return count

    def _count(self, name: str) -> int:
        return int(self.query(self.table(name).count().name("n").as_table())["n"][0].as_py())

    def _as_of(self) -> date | None:
        """The last day of what a limit leaves."""
        last = self.table(limits.ROLLUP).local_date.max().name("last").as_table()
        found: date | None = self.query(last)["last"][0].as_py()
        return found

    def _side_by_side(self) -> bool:
        rollup = self.table("performance_hourly")
        return bool(self.query(rollup.filter(~rollup.preferred).count().name("n").as_table())["n"][0].as_py())

    def _labels(self, lang: str) -> dict[tuple[str, str], str]:
        labels = self.table("labels")
        rows = self.query(labels.filter(labels.lang == lang)).to_pylist()
        return {(row["dimension"], row["value"]): row["label"] for row in rows}

    def _members(self, dimension: str) -> tuple[str, ...]:
        switches = self.switches((dimension,))
        if switches:
            found = self.query(self._ranked(dimension, switches))
        else:  # the same question but for one name: compiled once for all dimensions
            sql = self._once("ranked", lambda: self.sql(self._ranked(_MARKED, ())))
            found = self.query(re.sub(rf"([\"`]){_MARKED}\1", rf"\g<1>{dimension}\1", sql))
        return tuple(found["member"].to_pylist())

    def _ranked(self, dimension: str, switches: tuple[levels.Switch, ...]) -> Any:
        """Ibis expression of a dimension's members, those with most impressions first."""
        import ibis

        rollup = self.table("performance_hourly")
        answering = levels.answering(rollup, switches)
        return (
            rollup.filter(answering, rollup[dimension].notnull())
            .group_by(member=rollup[dimension])
            .agg(n=rollup.impressions.sum().fill_null(0))
            .order_by(ibis.desc("n"), "member")
        )
