"""A workspace folder: recognised, refused or made, so that a crash never leaves one that is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import settings
from workbench.errors import StoreError
from workbench.schema import OLDEST_READABLE, SCHEMA_VERSION
from workbench.store import pointer

if TYPE_CHECKING:
    from filelock import FileLock

FOLDERS = (
    "tables",
    "rollups",
    "quarantine",
    "imports",
    "segments",
    "plans",
    "views",
    "mappings",
    "metrics",
    "notebooks",
    "versions",
    "vault",
    "audit",
)
LATER = ("targets", "tags", "decisions", "trash", "watch")
"""Folders that are made when something is put there."""

LOCK = ".lock"
SAVED_LOCK = ".saved"
"""Held while a saved thing is written: a lock of its own, for nobody waits for an import to save a view."""

WAIT_SECONDS = 120.0

_OURS = {
    settings.FILE_NAME,
    "workbench.part",
    LOCK,
    SAVED_LOCK,
    ".upkeep",
    pointer.FILE_NAME,
    f"{pointer.FILE_NAME}.part",
    *FOLDERS,
    *LATER,
}
_HARMLESS = {".DS_Store", ".git", ".gitignore", ".gitkeep", "lost+found"}
_FORBIDDEN = frozenset("[]^|\\%")
"""Characters that the Delta library cannot have in a path."""


def table_folder(root: Path, name: str) -> Path:
    """Folder of the Delta table called `name`."""
    homes = {"performance_hourly": root / "rollups" / name, "imports": root / "imports" / "ledger"}
    homes["vault"] = root / "vault" / "values"
    return homes.get(name, root / "tables" / name)


def prepare(path: str | Path) -> Path:
    """Return the folder of a workspace, made or completed where it is new.

    Raises:
        StoreError: when the path cannot be a workspace; nothing is written then.
    """
    root = _location(path)
    try:
        if not _is_made(root):
            _make(root)
    except OSError as error:
        raise StoreError(
            f"The workspace cannot be read or made here: {error.strerror or error}.",
            "Choose a folder that you may write to.",
            str(root),
        ) from None
    return root


def write_lock(root: Path) -> FileLock:
    """The workspace's one write lock; one object may be taken again by the thread that holds it."""
    from filelock import FileLock

    return FileLock(root / LOCK)


@contextmanager
def locked(root: Path, held: FileLock, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the write lock.

    Args:
        root: Folder of the workspace.
        held: Its lock, from `write_lock`.
        wait: Seconds to wait for another writer.

    Raises:
        StoreError: when another writer holds it for longer.
    """
    from filelock import Timeout

    try:
        held.acquire(timeout=wait)
    except Timeout:
        raise StoreError(
            f"Another program has been writing to this workspace for more than {wait:g} seconds.",
            "Wait for its import to end, then try again.",
            str(root),
        ) from None
    except OSError as error:
        raise StoreError(
            f"This workspace cannot be written to: {error.strerror or error}.",
            "Ask for the right to write to its folder.",
            str(root),
        ) from None
    try:
        yield
    finally:
        held.release()


def _location(path: str | Path) -> Path:
    if "://" in str(path):
        raise StoreError(
            f"A workspace is a folder of this machine, not {str(path)!r}.", "Give the path of a folder."
        )
    root = Path(path).expanduser().resolve()
    bad = sorted(set(str(root)) & _FORBIDDEN)
    if bad or not str(root).isprintable():
        raise StoreError(
            f"The path of a workspace cannot hold {' '.join(bad) or 'control characters'}.",
            "Choose a folder with another name.",
            str(root),
        )
    return root


def _is_made(root: Path) -> bool:
    """Whether the workspace stands; False where there is nothing, or only a beginning of one."""
    if not root.exists():
        return False
    if not root.is_dir():
        raise StoreError("This is a file, not a folder.", "Give the folder of a workspace.", str(root))
    names = {entry.name for entry in root.iterdir()} - _HARMLESS
    if settings.FILE_NAME not in names and names - _OURS:
        raise StoreError(
            "This folder holds other files and is no workspace.",
            "Choose an empty folder, or one that holds a workbench.toml.",
            str(root),
        )
    _check_schema(root)
    if pointer.FILE_NAME in names:
        return settings.FILE_NAME in names
    if any((root / "versions").glob("*.json")):
        raise StoreError(
            f"The file {pointer.FILE_NAME} is missing, so nobody can say which data is current.",
            f"Copy the file of versions/ with the highest number to {pointer.FILE_NAME}.",
            str(root),
        )
    return False


def _check_schema(root: Path) -> None:
    """Refuse a newer workspace before its settings are read: they may be unknown here."""
    file = root / settings.FILE_NAME
    try:
        found = tomllib.loads(file.read_text("utf-8-sig")).get("schema_version", 1) if file.exists() else 1
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return  # `settings.load` says which line
    refuse_newer(found, file)
    if found < OLDEST_READABLE:
        raise StoreError(
            f"This workspace has schema version {found}, which this workbench no longer reads.",
            f"Run: workbench upgrade -w {str(root)!r} (it makes a backup first).",
            str(file),
        )


def refuse_newer(found: object, file: Path) -> None:
    """Raise where a workspace was written by a newer workbench than this."""
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise StoreError(f"schema_version is {found!r}, which is no version.", "Correct it.", str(file))
    if found > SCHEMA_VERSION:
        raise StoreError(
            f"This workspace has schema version {found}; this workbench knows up to {SCHEMA_VERSION}.",
            "Install a newer workbench to open it.",
            str(file),
        )


def _make(root: Path) -> None:
    for name in ("", *FOLDERS):
        (root / name).mkdir(parents=True, exist_ok=True)
    with locked(root, write_lock(root)):
        if not (root / settings.FILE_NAME).exists():
            settings.save(root, settings.Settings(name=root.name, schema_version=SCHEMA_VERSION))
        if not (root / pointer.FILE_NAME).exists():
            pointer.write(root, pointer.Version())
