"""History rewritten: every kept version's files made anew, for what no version may hold any longer.

A change of pseudonyms or an erasure must reach time travel too. New files are written beside the old
ones; a journal then names each pair; then the Delta logs and the kept versions are told the new names,
a new data version is made, and the old files go. A crash before the journal changes nothing; after it,
`finish` completes the work, as often as needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from workbench.schema import TABLES
from workbench.store import history, parquet, pointer
from workbench.store.pointer import File, Pinned, Version
from workbench.store.workspace import table_folder

JOURNAL = "rewrite.json"
"""In `versions/`: it names files, never what is in them."""


@dataclass(frozen=True)
class Rule:
    """What becomes of the rows of one table.

    Attributes:
        condition: SQL of the rows that are concerned; files without such a row stay as they are.
        values: Column → SQL of its new value, for every row of a file that is rewritten.
        keep: SQL of the rows that stay.
    """

    condition: str
    values: Mapping[str, str]
    keep: str = "true"


@dataclass(frozen=True)
class Done:
    """What was rewritten: rows that were concerned, and files."""

    rows: Mapping[str, int]
    files: int


def kept_files(root: Path) -> dict[str, Pinned]:
    """Table → its files in any kept version, as one table."""
    found: dict[str, dict[str, File]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for version in versions(root):
        for name, pinned in version.tables.items():
            found.setdefault(name, {}).update({file.name: file for file in pinned.files})
            columns[name] = tuple(dict.fromkeys((*columns.get(name, ()), *pinned.columns)))
    return {name: Pinned(0, columns[name], tuple(files.values())) for name, files in found.items()}


def versions(root: Path) -> list[Version]:
    """The kept versions, and the current one in any case."""
    found = {number: pointer.past(root, number) for number in history.numbers(root)}
    current = pointer.read(root)
    found[current.number] = current
    return [version for version in found.values() if version and version.number]


def rewrite(root: Path, connection: Any, rules: Mapping[str, Rule], act: str) -> Done:
    """Apply rules to all files of all kept versions; call it with the write lock held.

    Args:
        root: Folder of the workspace.
        connection: DuckDB connection that knows what the rules' SQL names.
        rules: Table → rule.
        act: What the new data version is called in the list of versions.

    Returns:
        Rows concerned by table, and how many files were rewritten.
    """
    finish(root)
    moved: dict[str, dict[str, File]] = {}
    rows: dict[str, int] = {}
    for name, pinned in kept_files(root).items():
        if name in rules:
            moved[name], rows[name] = _table(root, connection, name, pinned, rules[name])
    moved = {name: files for name, files in moved.items() if files}
    if moved:
        _save(root, {"act": act, "tables": _told(moved)})
        finish(root)
    _sweep(root, rules)
    return Done({name: count for name, count in rows.items() if count}, sum(map(len, moved.values())))


def finish(root: Path) -> bool:
    """Complete a rewriting that a crash cut short; True where there was one."""
    journal = root / "versions" / JOURNAL
    if not journal.is_file():
        return False
    content = json.loads(journal.read_text("utf-8"))
    moved = {
        name: {old: _file(new) for old, new in files.items()} for name, files in content["tables"].items()
    }
    for name, files in moved.items():
        _log(table_folder(root, name), files)
    known = versions(root)
    for version in known:
        pointer.write_past(root, _renamed(version, moved))
    current = _renamed(max(known, key=lambda version: version.number), moved)
    if current.act != content["act"] or not content.get("begun"):
        _save(root, {**content, "begun": True})
        pointer.write(root, current.following(current.tables, content["act"]))
    for name, files in moved.items():
        for old in files:
            (table_folder(root, name) / old).unlink(missing_ok=True)
    journal.unlink()
    pointer.sync(journal.parent)
    return True


def _table(root: Path, connection: Any, name: str, pinned: Pinned, rule: Rule) -> tuple[dict[str, File], int]:
    folder = table_folder(root, name)
    moved, concerned = {}, 0
    for file in pinned.files:
        one = Pinned(0, _columns(folder, file), (file,))
        source = parquet.select(root, name, one)
        count = _counted(connection, f"SELECT count(*) FROM ({source}) WHERE {rule.condition}")
        if count:
            moved[file.name] = _one(connection, folder, source, _names(name, one), rule)
            concerned += count
    return moved, concerned


def _columns(folder: Path, file: File) -> tuple[str, ...]:
    import pyarrow.parquet as pq

    return tuple(pq.read_schema(folder / file.name).names)


def _names(table: str, one: Pinned) -> tuple[str, ...]:
    return TABLES[table].names if table in TABLES else one.columns


def _one(connection: Any, folder: Path, source: str, names: Sequence[str], rule: Rule) -> File:
    """One file made anew, with rows in their order."""
    wanted = ", ".join(f"{rule.values.get(name, _quoted(name))} AS {_quoted(name)}" for name in names)
    rows = f"SELECT {wanted} FROM ({source}) WHERE {rule.keep}"
    name = f"part-{uuid4()}.parquet"
    path = parquet.text(str(folder / name))
    options = f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {parquet.ROW_GROUP}"
    count = _counted(connection, f"COPY ({rows}) TO {path} ({options})")
    days: tuple[date | None, ...] = (None, None)
    if "local_date" in names:
        days = connection.execute(f"SELECT min(local_date), max(local_date) FROM ({rows})").fetchall()[0]
    pointer.sync(folder / name)
    return File(name, count, (folder / name).stat().st_size, *days)


def _counted(connection: Any, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _renamed(version: Version, moved: Mapping[str, Mapping[str, File]]) -> Version:
    tables = {
        name: Pinned(
            pinned.version,
            pinned.columns,
            tuple(moved.get(name, {}).get(file.name, file) for file in pinned.files),
        )
        for name, pinned in version.tables.items()
    }
    return replace(version, tables=MappingProxyType(tables))


def _sweep(root: Path, tables: Iterable[str]) -> None:
    """Delete data files that no kept version names: what killed writers and dropped versions left."""
    kept = kept_files(root)
    for name in tables:
        folder = table_folder(root, name)
        named = {file.name for file in kept[name].files} if name in kept else set()
        for file in folder.glob("*.parquet"):
            if file.name not in named:
                file.unlink(missing_ok=True)


def _log(folder: Path, moved: Mapping[str, File]) -> None:
    """Tell the Delta log, which names files in JSON commits and in checkpoints, the new names."""
    log = folder / "_delta_log"
    for file in sorted(log.glob("*.json")):
        lines = file.read_text("utf-8").splitlines()
        told = [json.dumps(_action(json.loads(line), moved)) if line.strip() else line for line in lines]
        if told != lines:
            _replace(file, ("\n".join(told) + "\n").encode())
    for file in sorted(log.glob("*.checkpoint*.parquet")):
        _checkpoint(file, moved)


def _action(action: dict[str, Any], moved: Mapping[str, File]) -> dict[str, Any]:
    for kind in ("add", "remove"):
        told = action.get(kind)
        if told and (new := moved.get(unquote(told["path"]))):
            told |= {"path": quote(new.name), "size": new.bytes}
            if told.get("stats"):
                told["stats"] = json.dumps({**json.loads(told["stats"]), "numRecords": new.rows})
    return action


def _checkpoint(file: Path, moved: Mapping[str, File]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    rows = [_action(row, moved) for row in table.to_pylist(maps_as_pydicts=None)]
    part = file.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(rows, table.schema), part)
    os.replace(part, file)


def _told(moved: Mapping[str, Mapping[str, File]]) -> dict[str, Any]:
    return {
        name: {
            old: [new.name, new.rows, new.bytes, *(day and day.isoformat() for day in (new.first, new.last))]
            for old, new in files.items()
        }
        for name, files in moved.items()
    }


def _file(entry: Sequence[Any]) -> File:
    name, rows, size, *days = entry
    return File(name, rows, size, *(day and date.fromisoformat(day) for day in days))


def _save(root: Path, content: Mapping[str, Any]) -> None:
    _replace(root / "versions" / JOURNAL, json.dumps(content).encode())


def _replace(file: Path, content: bytes) -> None:
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)
    pointer.sync(file.parent)
