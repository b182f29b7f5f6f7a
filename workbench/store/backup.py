"""Backup of a workspace at one moment, while writers go on: every kept version, or only the newest.

A backup is an archive (`.tar.zst`, `.tar.gz`, `.tar`) or a folder. Its last entry lists every file with
size and SHA-256, so an interrupted or damaged backup is told from a whole one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from workbench.errors import StoreError
from workbench.store import archive, history, pointer, rewrite, upkeep, workspace
from workbench.store.pointer import Version
from workbench.store.transaction import sentences

if TYPE_CHECKING:
    from workbench.store.store import Store

MANIFEST = "backup.json"
OTHER_ARCHIVES = (".zip", ".zst", ".gz", ".7z", ".xz", ".bz2")


@dataclass(frozen=True)
class Backup:
    """A finished backup.

    Attributes:
        path: The archive or folder.
        version: Newest data version in it.
        versions: All data versions in it.
        files: Number of files.
        bytes: Their size before compression.
    """

    path: Path
    version: int
    versions: tuple[int, ...]
    files: int
    bytes: int


def backup(store: Store, target: str | Path, newest_only: bool = False) -> Backup:
    """Write a backup; imports may go on meanwhile, and what they bring after the start is not in it.

    Args:
        store: The workspace.
        target: File that ends with `.tar.zst`, `.tar.gz`, `.tgz` or `.tar`, else a folder; new.
        newest_only: Leave older data versions out.

    Returns:
        What was written.

    Raises:
        StoreError: for a target that exists or lies in the workspace, a full disk, or a data file that is
            missing; no unfinished backup is left.
    """
    file = _target(Path(target).expanduser().absolute(), store.path)
    with upkeep.alone(store.path), sentences(file.parent):
        with workspace.locked(store.path, store.lock):
            rewrite.finish(store.path)
            newest = pointer.read(store.path)
        return written(store.path, newest, file, newest_only)


def written(root: Path, newest: Version, file: Path, newest_only: bool = False, link: bool = False) -> Backup:
    """Write a backup of a workspace whose upkeep lock is held; `link`: data files are linked, not copied."""
    versions = _versions(root, newest, newest_only)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with archive.writer(part, archive.ending(file)) as add:
            made = _Listing(add, part if link else None)
            for source, name, data in _content(root, newest, versions):
                made.copy(source, name, data)
            for version in versions:
                made.text(f"versions/{version.number}.json", pointer.history_text(version))
            made.text(pointer.FILE_NAME, pointer.text(newest))
            made.finish(newest, versions)
        os.replace(part, file)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
        raise
    numbers = tuple(version.number for version in versions)
    return Backup(file, newest.number, numbers, len(made.files), sum(size for size, _ in made.files.values()))


def _target(file: Path, root: Path) -> Path:
    if file.exists():
        raise StoreError("There is something at this place already.", "Give a new name.", str(file))
    if root in file.parents and file.parent != root / "backups":
        raise StoreError(
            "A backup inside of the workspace would go with it.", "Give a place outside.", str(file)
        )
    if not archive.ending(file) and file.suffix in OTHER_ARCHIVES:
        raise StoreError(
            f"Unknown kind of archive {file.suffix!r}.",
            f"Use one of {', '.join(archive.FORMATS)}.",
            str(file),
        )
    return file


def _versions(root: Path, newest: Version, newest_only: bool) -> list[Version]:
    numbers = [] if newest_only else history.numbers(root)
    past = [pointer.past(root, number) for number in numbers if number < newest.number]
    return [*(version for version in past if version), *([newest] if newest.number else [])]


def _content(root: Path, newest: Version, versions: list[Version]) -> Iterator[tuple[Path, str, bool]]:
    """Files, their names in the backup and whether they are data: the versions' files and Delta logs."""
    tables = {log.parent for log in root.glob("*/*/_delta_log")}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and not (_apart(name) or tables & {*path.parents}):
            yield path, name, False
    latest = {name: pinned.version for version in versions for name, pinned in version.tables.items()}
    latest |= {name: pinned.version for name, pinned in newest.tables.items()}
    for table in sorted(latest):
        folder = workspace.table_folder(root, table)
        names = {file.name for version in versions for file in _files(version, table)}
        for path in [*(folder / name for name in sorted(names)), *_log(folder, latest[table])]:
            yield path, path.relative_to(root).as_posix(), True


def _files(version: Version, table: str) -> tuple[pointer.File, ...]:
    return version.tables[table].files if table in version.tables else ()


def _apart(name: str) -> bool:
    """What is written from memory, or is no content."""
    first = name.split("/", 1)[0]
    own = first in (*upkeep.OWN, "tables", "rollups", pointer.FILE_NAME) or name.endswith(".part")
    return own or (first == "versions" and name.endswith(".json"))


def _log(folder: Path, latest: int) -> list[Path]:
    """The Delta log up to a version; the hint to the last checkpoint stays behind, for it may be beyond."""
    files = sorted((folder / "_delta_log").glob("*"))
    return [file for file in files if file.name[:20].isdecimal() and int(file.name[:20]) <= latest]


@dataclass
class _Listing:
    """Writes files and remembers size and digest of each; data files are linked into `links`."""

    add: archive.Add
    links: Path | None = None
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    def copy(self, path: Path, name: str, data: bool) -> None:
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            if not data:  # a view or a plan that somebody deleted just now
                return
            raise StoreError(
                "A data file is missing, so the backup would not be whole.",
                "Try again; if it stays, restore the file from an earlier backup.",
                str(path),
            ) from None
        with stream:
            source = _Hashed(stream, os.fstat(stream.fileno()).st_size)
            if data and self.links and archive.linked(path, self.links / name):
                source.drain()
            else:
                self.add(name, cast("IO[bytes]", source), source.size)
            self.files[name] = (source.size, source.digest.hexdigest())

    def text(self, name: str, content: str) -> None:
        encoded = content.encode()
        self.add(name, io.BytesIO(encoded), len(encoded))
        self.files[name] = (len(encoded), hashlib.sha256(encoded).hexdigest())

    def finish(self, newest: Version, versions: list[Version]) -> None:
        from workbench import __version__

        content = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "workbench": __version__,
            "schema_version": newest.schema,
            "version": newest.number,
            "versions": [version.number for version in versions],
            "files": self.files,
        }
        encoded = json.dumps(content, indent=1).encode()
        self.add(MANIFEST, io.BytesIO(encoded), len(encoded))


class _Hashed:
    """A stream that is hashed while it is read, never beyond the size it had when it was opened."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self.stream, self.size, self.digest, self._left = stream, size, hashlib.sha256(), size

    def read(self, count: int = -1) -> bytes:
        wanted = self._left if count < 0 else min(count, self._left)
        block = self.stream.read(wanted)
        self._left -= len(block)
        self.digest.update(block)
        return block

    def drain(self) -> None:
        while self.read(1 << 20):
            pass
