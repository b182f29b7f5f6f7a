"""The commit: changes, roll-up and ledger, current in one step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.store import changes as rules
from workbench.store import rollup, transaction, workspace
from workbench.store.changes import FACTS, Change, Keys, Slice
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import pyarrow as pa
    from filelock import FileLock

IMPORT = "coalesce(import_id, '')"
"""SQL of a row's import, empty where it has none."""


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
    with transaction.sentences(root):
        fitting = rules.checked(changes)
        entries = rules.ledger(ledger) if ledger is not None else None
    with transaction.begin(root, held, wait) as work:
        for change in fitting:
            work.rows(change.table, change.rows, _replaced(change))
        if facts := tuple(change for change in fitting if change.table in FACTS):
            work.roll_up(rollup.touched(facts))
        if entries is not None:
            work.enter(entries)
            work.act, work.imports = "import", _brought(entries)
    return work.version


def _replaced(change: Change) -> str | None:
    if isinstance(change.replace, Slice):
        part = rules.predicate(change.table, change.replace)
        if change.imports is None:
            return part
        return f"{part} AND {rules.among(IMPORT, change.imports)}"
    if isinstance(change.replace, Keys):
        return rules.keyed(change.replace, transaction.INCOMING)
    return change.replace


def _brought(entries: pa.Table) -> tuple[str, ...]:
    """Ids of the imports that an entry makes active; the others only say what was replaced."""
    rows = zip(entries["import_id"].to_pylist(), entries["active"].to_pylist(), strict=True)
    return tuple(name for name, active in rows if active is not False)
