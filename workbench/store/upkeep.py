"""Upkeep: one job at a time, apart from writers; and joining small files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.errors import StoreError
from workbench.store import pointer, transaction, workspace

if TYPE_CHECKING:
    from workbench.store.store import Store

LOCK = ".upkeep"
"""Held by backup, vacuum, compaction and upgrade, so that none takes files from under another."""

OWN = (workspace.LOCK, LOCK, workspace.SAVED_LOCK, "backups")
"""What a workspace folder holds that is no content of it."""


@dataclass(frozen=True)
class Compacted:
    """What a compaction did.

    Attributes:
        version: Data version afterwards; a new one if anything was joined.
        joined: Table → number of small files that were joined.
        files: Number of files of the current version before and after.
    """

    version: int
    joined: Mapping[str, int]
    files: tuple[int, int]


def compact(store: Store) -> Compacted:
    """Join the small files of every table; no row changes.

    Files of older versions stay until `vacuum`; readers and writers are not disturbed.

    Raises:
        StoreError: when another program writes for too long, or the disk is full; nothing changes then.
    """
    with (
        alone(store.path),
        store.writing(),
        transaction.begin(store.path, store.lock, act="compact") as work,
    ):
        before = _files(work.version)
        joined = {name: count for name in sorted(work.tables) if (count := work.join(name))}
    store.refresh()
    return Compacted(work.version.number, MappingProxyType(joined), (before, _files(work.version)))


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other upkeep out.

    Raises:
        StoreError: at once when other upkeep is under way, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(root / LOCK, timeout=0):
            yield
    except Timeout:
        raise StoreError(
            "A backup, compaction, vacuum or upgrade of this workspace is under way.",
            "Wait for its end, then try again.",
            str(root),
        ) from None
    except OSError as error:
        raise StoreError(
            f"This workspace cannot be written to: {error.strerror or error}.",
            "Ask for the right to write to its folder.",
            str(root),
        ) from None


def _files(version: pointer.Version) -> int:
    return sum(len(pinned.files) for pinned in version.tables.values())
