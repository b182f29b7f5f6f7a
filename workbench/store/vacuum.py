"""Vacuum: data files that no kept version needs go, and with them what killed writers left.

It holds the write lock, so no writer is half-way; files and versions of the last hour stay all the same,
for readers that have not moved on yet and for programs that write the Delta tables without the lock.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import StoreError
from workbench.store import delta, history, pointer, rewrite, upkeep, workspace
from workbench.store.pointer import Version
from workbench.store.transaction import sentences

if TYPE_CHECKING:
    from workbench.store.store import Store

KEEP_DAYS = 100.0
"""Days for which every version is kept: last quarter's reports come out again."""

KEEP_VERSIONS = 10
GRACE_HOURS = 1.0


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum removed, or would remove.

    Attributes:
        kept: Numbers of the versions that stay, the oldest first.
        removed: Numbers of the versions that went.
        files: Number of files that went.
        bytes: Their size.
    """

    kept: tuple[int, ...]
    removed: tuple[int, ...]
    files: int
    bytes: int


def vacuum(
    store: Store,
    keep_days: float = KEEP_DAYS,
    keep_versions: int = KEEP_VERSIONS,
    keep: Collection[int] = (),
    grace_hours: float = GRACE_HOURS,
    dry_run: bool = False,
) -> Vacuumed:
    """Remove old versions and the files that only they need.

    Args:
        store: The workspace.
        keep_days: Versions that were current at any time of the last so many days stay.
        keep_versions: The newest so many stay in any case, 1 or more.
        keep: Numbers of further versions that stay, such as those of published reports.
        grace_hours: What was current or written in the last so many hours stays in any case.
        dry_run: Only say what would go.

    Returns:
        What went. Readers of a version that stays notice nothing.

    Raises:
        StoreError: for a rule that keeps nothing, or while other upkeep or a writer is busy for long.
    """
    if keep_versions < 1 or keep_days < 0 or grace_hours < 0:
        raise StoreError(
            "A vacuum keeps at least the current version.",
            "Give keep_versions of 1 or more, and days and hours of 0 or more.",
        )
    root = store.path
    with upkeep.alone(root), store.writing(), sentences(root):
        rewrite.finish(root)
        known = _known(root)
        kept = _kept(known, keep_days, keep_versions, keep, grace_hours)
        removed = tuple(version.number for version in known if version.number not in kept)
        staying = [version for version in known if version.number in kept]
        old = time.time() - grace_hours * 3600
        if not dry_run:
            _settle(root, known[-1:])
            for number in removed:  # first nobody can open them any more, then their files go
                pointer.history_file(root, number).unlink(missing_ok=True)
        count = size = 0
        for file in _garbage(root, staying, old):
            count, size = count + 1, size + file.stat().st_size
            if not dry_run:
                file.unlink(missing_ok=True)
        if not dry_run:
            _trim(root, staying, old)
    return Vacuumed(tuple(sorted(kept)), removed, count, size)


def _known(root: Path) -> list[Version]:
    """Every version that can be read, the oldest first; the current one in any case."""
    current = pointer.read(root)
    past = [pointer.past(root, number) for number in history.numbers(root) if number != current.number]
    return [*(version for version in past if version), current]


def _kept(known: list[Version], days: float, versions: int, named: Collection[int], grace: float) -> set[int]:
    """Numbers of the versions that stay; a version's time ends when the next one is written."""
    since = datetime.now(UTC) - timedelta(days=days, hours=grace)
    recent = {
        version.number
        for version, following in pairwise(known)
        if datetime.fromisoformat(following.written_at) >= since
    }
    return (
        recent
        | {version.number for version in known[-versions:]}
        | ({version.number for version in known} & set(named))
    )


def _settle(root: Path, current: list[Version]) -> None:
    """Let the Delta logs end with what is current: no reader of theirs asks for a killed writer's files."""
    for version in current:
        for name, pinned in version.tables.items():
            delta.settle(workspace.table_folder(root, name), pinned)


def _garbage(root: Path, staying: list[Version], old: float) -> Iterator[Path]:
    needed = {
        workspace.table_folder(root, name) / file.name
        for version in staying
        for name, pinned in version.tables.items()
        for file in pinned.files
    }
    data = (file for folder in _folders(root) for file in folder.glob("*.parquet"))
    litter = (file for place in ("*.part", "*/*.part", "*/*/_delta_log/*.tmp") for file in root.glob(place))
    newest = pointer.number(root)
    beyond = (
        file
        for file in (root / "versions").glob("*.json")
        if file.stem.isdecimal() and int(file.stem) > newest
    )
    for file in (*(file for file in data if file not in needed), *litter, *beyond):
        if _age(file) < old:
            yield file


def _folders(root: Path) -> set[Path]:
    """Folders of all tables, also of those that no version names."""
    begun = (folder for home in ("tables", "rollups") for folder in (root / home).glob("*/"))
    return {*begun, *(log.parent for log in root.glob("*/*/_delta_log"))}


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # gone meanwhile
        return time.time()


def _trim(root: Path, staying: list[Version], old: float) -> None:
    """Shorten the Delta logs to the kept versions; folders of tables that no version has go whole."""
    oldest: dict[Path, int] = {}
    for version in staying:
        for name, pinned in version.tables.items():
            folder = workspace.table_folder(root, name)
            oldest[folder] = min(pinned.version, oldest.get(folder, pinned.version))
    for folder in _folders(root):
        if folder in oldest:
            delta.trim(folder, oldest[folder])
        elif not any(_age(file) >= old for file in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)
