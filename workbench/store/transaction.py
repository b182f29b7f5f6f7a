"""A transaction: data files first, then the Delta logs, then the pointer; all of it or nothing.

Files are what takes room, so a disk that fills up is met before any log names them, and they go again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError, WorkbenchError
from workbench.schema import TABLES
from workbench.store import changes as rules
from workbench.store import delta, parquet, pointer, rewrite, rollup, workspace
from workbench.store.changes import FACTS, LEDGER, ROLLUP
from workbench.store.pointer import File, Pinned, Version

if TYPE_CHECKING:
    import pyarrow as pa
    from filelock import FileLock

INCOMING = "incoming"
"""Name of the new rows in the SQL of what they replace."""

MAX_SMALL_FILES = 24
"""More small files than this are joined at the next write."""


@contextmanager
def begin(
    root: Path, held: FileLock, wait: float = workspace.WAIT_SECONDS, act: str = "commit"
) -> Iterator[Transaction]:
    """Keep other writers out, and make what was written current at the end.

    Args:
        root: Folder of the workspace.
        held: Its write lock.
        wait: Seconds to wait for another writer.
        act: What the transaction is, for the list of versions.

    Raises:
        StoreError: when something cannot be written; the workspace stays as it is.
    """
    with sentences(root), workspace.locked(root, held, wait), parquet.connect() as connection:
        rewrite.finish(root)
        base = pointer.read(root)
        work = Transaction(root, connection, base, dict(base.tables), act)
        try:
            yield work
            if work.written:
                work.finish()
        except BaseException:
            work.discard()
            raise


@contextmanager
def sentences(root: Path) -> Iterator[None]:
    """Whatever goes wrong while writing becomes one sentence."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:
        reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
        raise StoreError(
            f"The data could not be written: {reason.rstrip('.')}.",
            "Nothing was changed; check that the folder is writable and the disk has room, then try again.",
            str(root),
        ) from error


@dataclass(frozen=True)
class _Begun:
    """A table that is written: whether anew, and with which columns."""

    anew: bool
    schema: pa.Schema


@dataclass
class Transaction:
    """One commit under way.

    Attributes:
        root: Folder of the workspace.
        connection: DuckDB connection in which SELECTs are run.
        version: The version it stands on; after the end, the new one.
        tables: The tables as they are so far.
        act, imports: What the list of versions says of it.
        layout: Layout version of the workspace from then on; 0: as before.
    """

    root: Path
    connection: Any
    version: Version
    tables: dict[str, Pinned]
    act: str
    imports: tuple[str, ...] = ()
    layout: int = 0
    _begun: dict[str, _Begun] = field(default_factory=dict)
    _made: set[Path] = field(default_factory=set)

    @property
    def written(self) -> bool:
        """Whether anything was written."""
        return bool(self._begun)

    def select(self, name: str) -> str:
        """SELECT of a table as it is so far."""
        return parquet.select(self.root, name, self.tables.get(name))

    def schema(self, name: str) -> pa.Schema:
        """Columns of a table: the canonical ones, or those an own table has."""
        if name in TABLES:
            return TABLES[name].arrow()
        empty: pa.Table = self.connection.sql(f"SELECT * FROM ({self.select(name)}) LIMIT 0").to_arrow_table()
        return empty.schema

    def rows(self, name: str, rows: pa.Table | Path, replace: str | None) -> None:
        """Write Arrow rows or files of rows; `replace` is SQL of what they replace, `"all"`, or None."""
        schema = TABLES[name].arrow() if isinstance(rows, Path) else rows.schema
        if isinstance(rows, Path) and rows.is_dir():
            self.write(name, [], schema, replace, rows)
            return
        parquet.name_rows(self.connection, INCOMING, rows)
        self.write(name, [f"SELECT * FROM {INCOMING}"], schema, replace)
        self.connection.execute(f"DROP VIEW {INCOMING}")

    def enter(self, entries: pa.Table) -> None:
        """Write rows of the ledger in the place of those with the same id."""
        entries = self._in_order(entries)
        self.rows(LEDGER, entries, rules.among("import_id", entries["import_id"].to_pylist()))

    def _in_order(self, entries: pa.Table) -> pa.Table:
        """New entries later than every one before, also where the clock went back: the order counts."""
        import pyarrow as pa

        ledger = f"SELECT import_id, imported_at FROM ({self.select(LEDGER)}) WHERE imported_at IS NOT NULL"
        held = {row["import_id"]: row["imported_at"] for row in self._asked(ledger)}
        if not held:
            return entries
        first = max(held.values()) + timedelta(milliseconds=1)
        told = zip(entries["import_id"].to_pylist(), entries["imported_at"].to_pylist(), strict=True)
        times = [time if time is None or time == held.get(name) else max(time, first) for name, time in told]
        place = entries.column_names.index("imported_at")
        field = entries.schema.field("imported_at")
        return entries.set_column(place, field, pa.array(times, field.type))

    def _asked(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.connection.sql(sql).to_arrow_table().to_pylist()
        return found

    def roll_up(self, windows: tuple[rollup.Window, ...] | None) -> None:
        """Make the roll-up of some windows (None: all of it) anew from the facts."""
        where = rollup.predicate(windows)
        performance, conversions = map(self.select, FACTS)
        days = self.connection.execute(rollup.days_sql(performance, conversions, where)).fetchall()
        selects = [
            rollup.sql(performance, conversions, f"({where}) AND {rules.between('local_date', *span)}")
            for span in rollup.spans(days)
        ]
        self.write(ROLLUP, selects, TABLES[ROLLUP].arrow(), "all" if windows is None else where)

    def write(
        self,
        name: str,
        selects: Sequence[str],
        schema: pa.Schema,
        replace: str | None,
        adopted: Path | None = None,
    ) -> None:
        """Write the rows of SELECTs; `replace` is SQL of what they replace, `"all"`, or None.

        `adopted` is a folder of finished files, which move into that of the table.
        """
        base = None if replace == "all" else self.tables.get(name)
        condition = replace if base and replace else "false"
        gone = self._rewritten(name, base, condition)
        if base and gone:
            rest = _only(base, gone)
            kept = parquet.select(self.root, name, rest)
            selects = [f"SELECT * FROM ({kept}) WHERE ({condition}) IS NOT TRUE", *selects]
        self._hold(name, base, schema, self._files(name, selects, schema, adopted), gone)

    def revert(self, name: str, pinned: Pinned | None) -> None:
        """Give a table the files again that it had in an older version, which are all still there."""
        import pyarrow as pa

        now, schema = self.tables[name], self.schema(name)
        if pinned is None or not set(pinned.columns) >= set(now.columns):
            self.write(name, [parquet.select(self.root, name, pinned)], schema, "all")
            return
        known, wanted = ({file.name for file in one.files} for one in (now, pinned))
        back = [file for file in pinned.files if file.name not in known]
        told = pa.schema([field for field in schema if field.name in now.columns])
        self._hold(name, now, told, back, known - wanted)

    def join(self, name: str) -> int:
        """Join the small files of a table, rows unchanged.

        Returns:
            How many files were joined.
        """
        base = self.tables.get(name)
        small = small_files(base) if base else set()
        if base is None or len(small) < 2:
            return 0
        schema = self.schema(name)
        files = self._files(name, [parquet.select(self.root, name, _only(base, small))], schema)
        self._hold(name, base, schema, files, small)
        return len(small)

    def finish(self) -> None:
        """Tell the Delta logs, then make all of it current."""
        import pyarrow as pa

        for name, begun in self._begun.items():
            base = None if begun.anew else self.version.tables.get(name)
            known = {file.name for file in base.files} if base else set()
            named = {file.name for file in self.tables[name].files}
            added = [file for file in self.tables[name].files if file.name not in known]
            folder = workspace.table_folder(self.root, name)
            schema = begun.schema if added or base is None else pa.schema([])  # a column that no file has
            self.tables[name] = delta.commit(folder, base, schema, added, known - named)
            self._made -= {folder / file.name for file in added}
        self.discard()
        base_version = replace(self.version, schema=self.layout or self.version.schema)
        self.version = base_version.following(self.tables, self.act, self.imports)
        pointer.write(self.root, self.version)

    def discard(self) -> None:
        """Delete the new files that no log names: all of them, where something went wrong."""
        for file in self._made:
            file.unlink(missing_ok=True)
        self._made.clear()

    def _hold(
        self, name: str, base: Pinned | None, schema: pa.Schema, files: list[File], gone: set[str]
    ) -> None:
        """Let a table have new files and lose others, so far for this transaction only."""
        earlier = self._begun.get(name)
        anew = base is None or bool(earlier and earlier.anew)
        if earlier and base:
            schema = delta.joined(name, earlier.schema, schema)
        self._begun[name] = _Begun(anew, schema)
        kept = tuple(file for file in (base.files if base else ()) if file.name not in gone)
        come = schema.names if files or base is None else ()
        columns = tuple(dict.fromkeys((*(base.columns if base else ()), *come)))
        self.tables[name] = Pinned(base.version if base else -1, columns, (*kept, *files))

    def _files(
        self, name: str, selects: Sequence[str], schema: pa.Schema, adopted: Path | None = None
    ) -> list[File]:
        """Write or move new files, and know them even where that fails half-way."""
        folder, own = workspace.table_folder(self.root, name), name not in TABLES
        there = set(folder.glob("*.parquet"))
        try:
            moved = parquet.adopt(adopted, folder) if adopted else []
            return moved + [
                file
                for rows in selects
                for file in parquet.write(self.connection, rows, folder, schema.names, empty=own)
            ]
        finally:
            self._made |= set(folder.glob("*.parquet")) - there

    def _rewritten(self, name: str, base: Pinned | None, condition: str) -> set[str]:
        """Files to write anew: those that lose rows, and small ones when there are many."""
        if not base:
            return set()
        folder, small = workspace.table_folder(self.root, name), small_files(base)
        losing = parquet.holding(self.connection, folder, base, condition) if condition != "false" else set()
        return losing | (small if len(small) > MAX_SMALL_FILES else set())


def small_files(pinned: Pinned) -> set[str]:
    """Names of a table's files that are under a quarter of the usual size."""
    return {file.name for file in pinned.files if file.bytes < parquet.FILE_BYTES / 4}


def _only(base: Pinned, names: set[str]) -> Pinned:
    return Pinned(base.version, base.columns, tuple(file for file in base.files if file.name in names))
