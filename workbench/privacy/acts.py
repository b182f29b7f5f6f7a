"""Acts of other rooms that the audit log records: imports, undos, backups, exports."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.privacy import audit
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    from workbench.store.backup import Backup
    from workbench.store.store import Store


def importing(store: Store, review: Any) -> AbstractContextManager[None]:
    """Record an import around its commit; files have no names here, for names may name people.

    Args:
        store: The workspace.
        review: The import's review.
    """
    counts = {"rows": review.rows_ok, "set_aside": review.rows_quarantined}
    about = {"import_id": review.import_id, "table": review.table, "source": review.source}
    return audit.recorded(store.path, "import", counts=counts, **about)


def exported(store: Store, what: str, rows: int, who: str = "") -> None:
    """Record that a table leaves the workspace, before it does.

    Args:
        store: The workspace.
        what: Name of the table.
        rows: Its rows.
        who: Who takes it; empty: the user of this machine.

    Raises:
        PrivacyError: when the line cannot be written; then the table must not leave.
    """
    audit.append(store.path, "export", who, counts={"rows": rows}, table=what)


@on_this_machine
def undo(store: Store, import_id: str) -> int:
    """Undo one import, and record it: see `workbench.store.undo.undo`.

    Args:
        store: The workspace; it moves to the new data version.
        import_id: Id of the import, or a beginning that only one id has.

    Returns:
        Number of the new data version.

    Raises:
        StoreError: for an import that cannot be undone; nothing changes then.
    """
    from workbench.store.undo import undo as take_out

    with audit.recorded(store.path, "undo", import_id=_whole(store, import_id)):
        return take_out(store, import_id)


def _whole(store: Store, start: str) -> str:
    """The id that begins like this, as the import's line has it; what is not sure stays as it was said."""
    store.refresh()
    if "imports" not in store.tables or not start:
        return start[:16]
    column = store.query("SELECT DISTINCT import_id FROM imports")["import_id"].to_pylist()
    found = [name for name in column if name.startswith(start)]
    return str(found[0]) if len(found) == 1 else start[:16]


def backup(store: Store, target: str | Path, newest_only: bool = False) -> Backup:
    """Write a backup, and record it: see `workbench.store.backup.backup`.

    Args:
        store: The workspace.
        target: File that ends with `.tar.zst`, `.tar.gz`, `.tgz` or `.tar`, else a folder; new.
        newest_only: Leave older data versions out.

    Returns:
        What was written.

    Raises:
        StoreError: for a target that cannot take it; no unfinished backup is left.
    """
    from workbench.store.backup import backup as write

    with audit.recorded(store.path, "backup"):
        return write(store, target, newest_only)
