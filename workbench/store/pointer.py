"""The pointer: one small file, replaced in one step, that names a consistent set of table versions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import StoreError
from workbench.schema import SCHEMA_VERSION

FILE_NAME = "pointer.json"


@dataclass(frozen=True)
class File:
    """One Parquet file of a Delta table; files never change once written.

    Attributes:
        name: Path relative to the table's folder.
        rows: Number of rows.
        bytes: Size.
        first, last: Smallest and largest `local_date`, where the table has one.
    """

    name: str
    rows: int
    bytes: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Pinned:
    """One Delta table at one version, with all that a reader needs instead of the Delta log.

    Attributes:
        version: Version of the Delta table.
        columns: Names of the columns it has.
        files: Its Parquet files.
    """

    version: int
    columns: tuple[str, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(file.rows for file in self.files)

    @property
    def last(self) -> date | None:
        """Largest `local_date`."""
        return max((file.last for file in self.files if file.last), default=None)


@dataclass(frozen=True)
class Version:
    """One data version of a workspace: the tables that belong together.

    Attributes:
        number: 0 for an empty workspace; each commit adds 1.
        tables: Table name → Delta table at its version.
        written_at: UTC instant of the commit, ISO 8601.
    """

    number: int = 0
    tables: Mapping[str, Pinned] = field(default_factory=lambda: MappingProxyType({}))
    written_at: str = ""

    def following(self, tables: Mapping[str, Pinned]) -> Version:
        """The next version, written now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Version(self.number + 1, MappingProxyType(dict(tables)), now)


def read(root: Path) -> Version:
    """Return the current version of a workspace.

    Raises:
        StoreError: when the pointer cannot be read, or is of a newer schema version.
    """
    from workbench.store.workspace import refuse_newer

    file = root / FILE_NAME
    content = _json(file)
    refuse_newer(content.get("schema_version"), file)
    try:
        number = int(content["version"])
        tables = {str(name): _number(entry) for name, entry in content["tables"].items()}
        written_at = str(content.get("written_at", ""))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(file) from None
    if not number:
        return Version()
    return _history(root, number, tables) or _from_delta(root, Version(number, {}, written_at), tables)


def number(root: Path) -> int:
    """Number of the current version: one small read."""
    found = _json(root / FILE_NAME).get("version")
    return found if isinstance(found, int) else -1


def write(root: Path, version: Version) -> None:
    """Make `version` the current one: first its history file, then the pointer, each in one step."""
    tables = {name: pinned.version for name, pinned in version.tables.items()}
    head = {"version": version.number, "schema_version": SCHEMA_VERSION}
    if version.number:
        details = {name: _details(pinned) for name, pinned in version.tables.items()}
        history = {**head, "written_at": version.written_at, "tables": details}
        _replace(_history_file(root, version.number), history)
    _replace(root / FILE_NAME, {**head, "tables": tables, "written_at": version.written_at})


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk, so that the pointer never outlives what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _history_file(root: Path, number: int) -> Path:
    return root / "versions" / f"{number}.json"


def _history(root: Path, number: int, tables: Mapping[str, int]) -> Version | None:
    """The version as its history file tells it; None where that is lost or tells of other tables."""
    try:
        version = _version(json.loads(_history_file(root, number).read_text("utf-8")))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None
    told = {name: pinned.version for name, pinned in version.tables.items()}
    return version if told == tables else None


def _from_delta(root: Path, version: Version, tables: Mapping[str, int]) -> Version:
    """The version as the Delta logs tell it: slower, and only needed where a history file was lost."""
    from workbench.store import delta
    from workbench.store.workspace import table_folder

    pinned = {name: delta.read(table_folder(root, name), at) for name, at in tables.items()}
    return replace(version, tables=MappingProxyType(pinned))


def _number(entry: Any) -> int:
    """Version of a table in a pointer; a history file copied over a lost pointer serves as one."""
    return int(entry["version"] if isinstance(entry, dict) else entry)


def _details(pinned: Pinned) -> dict[str, Any]:
    files = [[file.name, file.rows, file.bytes, _text(file.first), _text(file.last)] for file in pinned.files]
    return {"version": pinned.version, "columns": list(pinned.columns), "files": files}


def _version(content: dict[str, Any]) -> Version:
    tables = {
        name: Pinned(int(entry["version"]), tuple(entry["columns"]), tuple(map(_file, entry["files"])))
        for name, entry in content["tables"].items()
    }
    return Version(int(content["version"]), MappingProxyType(tables), str(content["written_at"]))


def _file(entry: list[Any]) -> File:
    name, rows, size, first, last = entry
    return File(
        str(name), int(rows), int(size), *(date.fromisoformat(day) if day else None for day in (first, last))
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise _damaged(file) from None
    if not isinstance(content, dict):
        raise _damaged(file)
    return content


def _damaged(file: Path) -> StoreError:
    return StoreError(
        "This file cannot be read, so the workspace's data version is unknown.",
        "Restore it from a backup; the tables themselves are untouched.",
        str(file),
    )


def _replace(file: Path, content: dict[str, Any]) -> None:
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)
    sync(file.parent)
