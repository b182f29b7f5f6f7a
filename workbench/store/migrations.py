"""Migrations: a workspace of an earlier layout becomes one of this, step by step, after a backup.

To add a step: raise `SCHEMA_VERSION`, append a `Migration`, and raise `OLDEST_READABLE` only where the new
code cannot read the old layout. A step may run again after a crash, so it must not mind its own work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import settings
from workbench.errors import StoreError
from workbench.store import backup, history, parquet, pointer, transaction, upkeep, workspace
from workbench.store.changes import LEDGER
from workbench.store.pointer import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.store.transaction import Transaction


@dataclass(frozen=True)
class Migration:
    """One step.

    Attributes:
        to: Layout version that it leads to.
        what: What it does, in words.
        run: Does it, in a transaction; tables it writes become a new data version.
    """

    to: int
    what: str
    run: Callable[[Transaction], None]


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did.

    Attributes:
        before, after: Layout versions.
        done: What each step did, in words.
        backup: The backup that was made first; None where there was nothing to do.
    """

    before: int
    after: int
    done: tuple[str, ...] = ()
    backup: Path | None = None


def upgrade(
    path: str | Path, target: str | Path | None = None, steps: Sequence[Migration] | None = None
) -> Upgraded:
    """Bring a workspace to this workbench's layout.

    Args:
        path: Folder of the workspace.
        target: Where the backup goes that is made first; None: `backups/` in the workspace, where data
            files are only linked and take no room.
        steps: The migrations; None: the workbench's own.

    Returns:
        What was done.

    Raises:
        StoreError: for a folder that is no workspace or of a newer workbench, or while anybody writes to
            it; a step that fails leaves the layout of the step before.
    """
    root = Path(path).expanduser().resolve()
    before = _layout(root)
    todo = [step for step in (MIGRATIONS if steps is None else steps) if step.to > before]
    if not todo:
        return Upgraded(before, before)
    with upkeep.alone(root), transaction.sentences(root), _nobody_writes(root) as held:
        made = _backup(root, before, target)
        for step in todo:
            _run(root, step, held)
    return Upgraded(before, todo[-1].to, tuple(step.what for step in todo), made)


def _layout(root: Path) -> int:
    file = root / settings.FILE_NAME
    if not file.is_file() or not (root / pointer.FILE_NAME).is_file():
        raise StoreError("This folder is no workspace.", "Give the folder of one.", str(root))
    found = _document(file).get("schema_version", 1)
    workspace.refuse_newer(found, file)
    return int(found)


@contextmanager
def _nobody_writes(root: Path) -> Iterator[Any]:
    held = workspace.write_lock(root)
    with workspace.locked(root, held, wait=0.0):
        yield held


def _backup(root: Path, layout: int, target: str | Path | None) -> Path:
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    file = Path(target).expanduser().absolute() if target else root / "backups" / f"layout-{layout}-{stamp}"
    if file.exists():
        raise StoreError("There is something at the backup's place.", "Give a new name.", str(file))
    return backup.written(root, pointer.read(root), file, link=target is None).path


def _run(root: Path, step: Migration, held: Any) -> None:
    """One step: its tables, then the pointer, then the settings; after a crash it runs again."""
    with transaction.begin(root, held, act="upgrade") as work:
        work.layout = step.to
        step.run(work)
    if not work.written:
        pointer.write(root, replace(pointer.read(root), schema=step.to))
    _stamp(root / settings.FILE_NAME, step.to)


def _document(file: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(file.read_text("utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise StoreError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None


def _stamp(file: Path, layout: int) -> None:
    """Write the layout version, leaving every comment and setting as it is."""
    import tomlkit

    document = _document(file)
    document["schema_version"] = layout
    part = file.with_suffix(".part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    os.replace(part, file)
    pointer.sync(file.parent)


def _tell_acts(work: Transaction) -> None:
    """Note in the history what made each version, where the version before it is kept."""
    before = Version()
    for number in history.numbers(work.root):
        version = pointer.past(work.root, number)
        if version and not version.act and before.number == number - 1:
            imports = _brought(work, before, version)
            changed = (name for name in version.tables if version.tables[name] != before.tables.get(name))
            told = replace(version, imports=imports, changed=tuple(sorted(changed)))
            pointer.write_past(work.root, replace(told, act="import" if imports else "commit"))
        before = version or Version(-1)


def _brought(work: Transaction, before: Version, after: Version) -> tuple[str, ...]:
    """Ids of the imports that are new in a version's ledger."""
    earlier, later = (
        f"SELECT import_id, imported_at FROM ({parquet.select(work.root, LEDGER, v.tables.get(LEDGER))})"
        for v in (before, after)
    )
    found = work.connection.execute(f"SELECT import_id FROM ({later} EXCEPT {earlier}) ORDER BY 1")
    return tuple(name for (name,) in found.fetchall())


MIGRATIONS = (Migration(2, "Each kept data version says what made it.", _tell_acts),)
"""The workbench's own steps, in order."""
