"""The pointer: one small file, replaced in one step, that names a consistent set of table versions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import StoreError
from workbench.schema import SCHEMA_VERSION

FILE_NAME = "pointer.json"


@dataclass(frozen=True)
class Pinned:
    """One Delta table at one version, with what a reader needs, so that it need not read the Delta log.

    Attributes:
        version: Version of the Delta table.
        rows: Number of rows.
        columns: Names of the columns it has.
        files: Parquet files, relative to the table's folder.
    """

    version: int
    rows: int = 0
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Version:
    """One data version of a workspace: the tables that belong together.

    Attributes:
        number: 0 for an empty workspace; each commit adds 1.
        tables: Table name → Delta table at its version.
        as_of: Last local date of the roll-up.
        written_at: UTC instant of the commit, ISO 8601.
    """

    number: int = 0
    tables: Mapping[str, Pinned] = field(default_factory=lambda: MappingProxyType({}))
    as_of: date | None = None
    written_at: str = ""

    def following(self, tables: Mapping[str, Pinned], as_of: date | None) -> Version:
        """The next version, written now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Version(self.number + 1, MappingProxyType(dict(tables)), as_of, now)


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
        tables = {str(name): int(version) for name, version in content["tables"].items()}
        details = _version(_json(_history(root, number))) if number else Version()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(file) from None
    if {name: pinned.version for name, pinned in details.tables.items()} != tables:
        raise _damaged(_history(root, number))
    return details


def number(root: Path) -> int:
    """Number of the current version: one small read."""
    return int(_json(root / FILE_NAME).get("version", -1))


def write(root: Path, version: Version) -> None:
    """Make `version` the current one: first its history file, then the pointer, each in one step."""
    tables = {name: pinned.version for name, pinned in version.tables.items()}
    head = {"version": version.number, "schema_version": SCHEMA_VERSION}
    if version.number:
        details = {name: _details(pinned) for name, pinned in version.tables.items()}
        as_of = version.as_of.isoformat() if version.as_of else None
        _replace(
            _history(root, version.number),
            {**head, "written_at": version.written_at, "as_of": as_of, "tables": details},
        )
    _replace(root / FILE_NAME, {**head, "tables": tables, "written_at": version.written_at})


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk, so that the pointer never outlives what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _history(root: Path, number: int) -> Path:
    return root / "versions" / f"{number}.json"


def _details(pinned: Pinned) -> dict[str, Any]:
    return {
        "version": pinned.version,
        "rows": pinned.rows,
        "columns": list(pinned.columns),
        "files": list(pinned.files),
    }


def _version(content: dict[str, Any]) -> Version:
    tables = {
        name: Pinned(
            int(entry["version"]), int(entry["rows"]), tuple(entry["columns"]), tuple(entry["files"])
        )
        for name, entry in content["tables"].items()
    }
    as_of = date.fromisoformat(content["as_of"]) if content["as_of"] else None
    return Version(int(content["version"]), MappingProxyType(tables), as_of, str(content["written_at"]))


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
        json.dump(content, stream, ensure_ascii=False, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)
    sync(file.parent)
