"""The pointer: one small file, replaced in one step, that names a consistent set of table versions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
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
        written_at: UTC instant of the commit, ISO 8601; later than that of the version before.
        act: What made it: `import`, `commit`, `undo`, `compact`, `upgrade`; empty where nobody noted it.
        imports: Ids of the imports that it brought or undid.
        changed: Names of the tables that it changed.
        schema: Layout version of the workspace.
    """

    number: int = 0
    tables: Mapping[str, Pinned] = field(default_factory=lambda: MappingProxyType({}))
    written_at: str = ""
    act: str = ""
    imports: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    schema: int = SCHEMA_VERSION

    def following(
        self, tables: Mapping[str, Pinned], act: str = "commit", imports: tuple[str, ...] = ()
    ) -> Version:
        """The next version, written now, or just after this one where the clock went back."""
        now = datetime.now(UTC)
        if self.written_at:
            now = max(now, datetime.fromisoformat(self.written_at) + timedelta(milliseconds=1))
        changed = tuple(sorted(name for name in tables if tables[name] != self.tables.get(name)))
        written_at = now.isoformat(timespec="milliseconds")
        return Version(
            self.number + 1, MappingProxyType(dict(tables)), written_at, act, imports, changed, self.schema
        )


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
    schema = int(content["schema_version"])
    if not number:
        return Version(schema=schema)
    found = _history(root, number, tables) or _from_delta(root, Version(number, {}, written_at), tables)
    return replace(found, schema=schema)


def past(root: Path, number: int) -> Version | None:
    """A version as its history file tells it; None where there is none, or it cannot be read."""
    try:
        return _version(json.loads(history_file(root, number).read_text("utf-8")))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None


def number(root: Path) -> int:
    """Number of the current version: one small read."""
    found = _json(root / FILE_NAME).get("version")
    return found if isinstance(found, int) else -1


def write(root: Path, version: Version) -> None:
    """Make `version` the current one: first its history file, then the pointer, each in one step."""
    if version.number:
        write_past(root, version)
    _replace(root / FILE_NAME, text(version))


def write_past(root: Path, version: Version) -> None:
    """Write a version's history file, in one step."""
    _replace(history_file(root, version.number), history_text(version))


def text(version: Version) -> str:
    """Content of the pointer to a version."""
    tables = {name: pinned.version for name, pinned in version.tables.items()}
    head = {"version": version.number, "schema_version": version.schema}
    return json.dumps({**head, "tables": tables, "written_at": version.written_at}, ensure_ascii=False)


def history_text(version: Version) -> str:
    """Content of a version's history file."""
    history = {
        "version": version.number,
        "schema_version": version.schema,
        "written_at": version.written_at,
        "act": version.act,
        "imports": list(version.imports),
        "changed": list(version.changed),
        "tables": {name: _details(pinned) for name, pinned in version.tables.items()},
    }
    return json.dumps(history, ensure_ascii=False)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk, so that the pointer never outlives what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def history_file(root: Path, number: int) -> Path:
    """Where the history of a version is written."""
    return root / "versions" / f"{number}.json"


def _history(root: Path, number: int, tables: Mapping[str, int]) -> Version | None:
    """The version as its history file tells it; None where that is lost or tells of other tables."""
    version = past(root, number)
    told = {name: pinned.version for name, pinned in version.tables.items()} if version else None
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
    return Version(
        number=int(content["version"]),
        tables=MappingProxyType(tables),
        written_at=str(content["written_at"]),
        act=str(content.get("act", "")),
        imports=tuple(map(str, content.get("imports", ()))),
        changed=tuple(map(str, content.get("changed", ()))),
        schema=int(content["schema_version"]),
    )


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


def _replace(file: Path, content: str) -> None:
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync(file.parent)
