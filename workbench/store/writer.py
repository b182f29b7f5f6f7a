"""The commit: facts, roll-up and ledger first, then the pointer; all from the newest version on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import StoreError, WorkbenchError
from workbench.store import changes as rules
from workbench.store import delta, pointer, rollup, workspace
from workbench.store.changes import FACTS, LEDGER, ROLLUP, Change, Slice
from workbench.store.engine import configure, source_sql
from workbench.store.pointer import Pinned, Version

if TYPE_CHECKING:
    import pyarrow as pa


def commit(
    root: Path, changes: Sequence[Change], ledger: pa.Table | None, wait: float = workspace.WAIT_SECONDS
) -> Version:
    """Write the changes and make them current in one step.

    Args:
        root: Folder of the workspace.
        changes: What to write, in this order.
        ledger: Rows of `imports`; one with a known `import_id` replaces it.
        wait: Seconds to wait for another writer.

    Returns:
        The new current version.

    Raises:
        StoreError: when a change does not fit or cannot be written; the workspace stays as it is.
    """
    fitting = rules.checked(changes)
    entries = rules.fit(LEDGER, ledger) if ledger is not None else None
    try:
        with workspace.lock(root, wait):
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
    tables = dict(base.tables)
    for change in changes:
        tables[change.table] = _write(root, tables, change.table, change.rows, _replaced(change))
    as_of = base.as_of
    facts = tuple(change for change in changes if change.table in FACTS)
    if facts:
        as_of = _roll_up(root, tables, rollup.touched(facts))
    if ledger is not None:
        ids = ", ".join(rules.literal(id) for id in ledger["import_id"].to_pylist())
        tables[LEDGER] = _write(root, tables, LEDGER, ledger, f"import_id IN ({ids})")
    for name in tables:
        if tables[name] != base.tables.get(name):
            tables[name] = delta.compacted(workspace.table_folder(root, name), tables[name])
    return base.following(tables, as_of)


def _replaced(change: Change) -> str | None:
    if isinstance(change.replace, Slice):
        return rules.predicate(change.table, change.replace)
    return change.replace


def _write(root: Path, tables: dict[str, Pinned], name: str, rows: object, replace: str | None) -> Pinned:
    return delta.write(workspace.table_folder(root, name), tables.get(name), rows, replace)


def _roll_up(root: Path, tables: dict[str, Pinned], windows: tuple[rollup.Window, ...] | None) -> date | None:
    """Make the roll-up of the windows anew in one DuckDB pass; return its last day."""
    import duckdb

    where = rollup.predicate(windows)
    performance, conversions = (source_sql(root, name, tables.get(name)) for name in FACTS)
    with duckdb.connect() as connection:
        configure(connection)
        rows = connection.sql(rollup.sql(performance, conversions, where)).to_arrow_reader()
        replace = "all" if windows is None else where
        tables[ROLLUP] = _write(root, tables, ROLLUP, rows, replace)
        last = f"SELECT max(local_date) FROM ({source_sql(root, ROLLUP, tables[ROLLUP])})"
        return connection.execute(last).fetchall()[0][0]


def _failed(root: Path, error: Exception) -> StoreError:
    reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
    return StoreError(
        f"The data could not be written: {reason.rstrip('.')}.",
        "Nothing was changed; check that the folder is writable and the disk has room, then try again.",
        str(root),
    )
