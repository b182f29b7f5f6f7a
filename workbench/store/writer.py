"""The commit: facts, roll-up and ledger first, then the pointer; all on top of the newest version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError, WorkbenchError
from workbench.schema import TABLES
from workbench.store import changes as rules
from workbench.store import delta, parquet, pointer, rollup, workspace
from workbench.store.changes import FACTS, LEDGER, ROLLUP, Change, Slice
from workbench.store.pointer import Pinned, Version

if TYPE_CHECKING:
    import pyarrow as pa
    from filelock import FileLock

MAX_SMALL_FILES = 24
"""More files than this that are under a quarter of the usual size are joined at the next write."""


def commit(
    root: Path,
    changes: Sequence[Change],
    ledger: pa.Table | None,
    held: FileLock,
    wait: float = workspace.WAIT_SECONDS,
) -> Version:
    """Write the changes and make them current in one step.

    Args:
        root: Folder of the workspace.
        changes: What to write, in this order.
        ledger: Rows of `imports`; one with a known `import_id` replaces it.
        held: The workspace's write lock.
        wait: Seconds to wait for another writer.

    Returns:
        The new current version.

    Raises:
        StoreError: when a change does not fit or cannot be written; the workspace stays as it is.
    """
    try:
        fitting = rules.checked(changes)
        entries = rules.ledger(ledger) if ledger is not None else None
        with workspace.locked(root, held, wait):
            base = pointer.read(root)
            if not fitting and entries is None:
                return base
            version = _written(root, base, fitting, entries)
            pointer.write(root, version)
            return version
    except WorkbenchError:
        raise
    except Exception as error:
        raise _failed(root, error) from error


def _written(root: Path, base: Version, changes: tuple[Change, ...], ledger: pa.Table | None) -> Version:
    with parquet.connect() as connection:
        write = _Writer(root, connection, dict(base.tables))
        for change in changes:
            write.rows(change.table, change.rows, _replaced(change))
        if facts := tuple(change for change in changes if change.table in FACTS):
            write.roll_up(rollup.touched(facts))
        if ledger is not None:
            write.rows(LEDGER, ledger, rules.among("import_id", ledger["import_id"].to_pylist()))
    return base.following(write.tables)


@dataclass
class _Writer:
    """One commit under way: the tables as they are so far."""

    root: Path
    connection: Any
    tables: dict[str, Pinned]

    def rows(self, name: str, rows: pa.Table, replace: str | None) -> None:
        """Write Arrow rows; `replace` is SQL of what they replace, `"all"`, or None."""
        self.connection.register("incoming", rows)
        self._write(name, ["SELECT * FROM incoming"], rows.schema, replace)
        self.connection.unregister("incoming")

    def roll_up(self, windows: tuple[rollup.Window, ...] | None) -> None:
        """Make the roll-up of some windows (None: all of it) anew from the facts."""
        where = rollup.predicate(windows)
        performance, conversions = (parquet.select(self.root, name, self.tables.get(name)) for name in FACTS)
        days = self.connection.execute(rollup.days_sql(performance, conversions, where)).fetchall()
        selects = [
            rollup.sql(performance, conversions, f"({where}) AND {rules.between('local_date', *span)}")
            for span in rollup.spans(days)
        ]
        self._write(ROLLUP, selects, TABLES[ROLLUP].arrow(), "all" if windows is None else where)

    def _write(self, name: str, selects: list[str], schema: pa.Schema, replace: str | None) -> None:
        folder = workspace.table_folder(self.root, name)
        base = None if replace == "all" else self.tables.get(name)
        condition = replace if base and replace else "false"
        gone = self._rewritten(folder, base, condition)
        if base and gone:
            rest = Pinned(base.version, base.columns, tuple(file for file in base.files if file.name in gone))
            kept = parquet.select(self.root, name, rest)
            selects = [f"SELECT * FROM ({kept}) WHERE ({condition}) IS NOT TRUE", *selects]
        own = name not in TABLES
        files = [
            file
            for rows in selects
            for file in parquet.write(self.connection, rows, folder, schema.names, empty=own)
        ]
        self.tables[name] = delta.commit(folder, base, schema, files, gone)

    def _rewritten(self, folder: Path, base: Pinned | None, condition: str) -> set[str]:
        """Files to write anew: those that lose rows, and small ones when there are many."""
        if not base:
            return set()
        small = {file.name for file in base.files if file.bytes < parquet.FILE_BYTES / 4}
        losing = parquet.holding(self.connection, folder, base, condition) if condition != "false" else set()
        return losing | (small if len(small) > MAX_SMALL_FILES else set())


def _replaced(change: Change) -> str | None:
    if isinstance(change.replace, Slice):
        return rules.predicate(change.table, change.replace)
    return change.replace


def _failed(root: Path, error: Exception) -> StoreError:
    reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
    return StoreError(
        f"The data could not be written: {reason.rstrip('.')}.",
        "Nothing was changed; check that the folder is writable and the disk has room, then try again.",
        str(root),
    )
