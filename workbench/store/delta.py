"""The Delta log: which files make up a table. What a killed writer left beyond the pin never surfaces."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError
from workbench.store.pointer import File, Pinned, sync

if TYPE_CHECKING:
    import pyarrow as pa

_FOREVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


def commit(
    folder: Path, base: Pinned | None, schema: pa.Schema, added: Sequence[File], removed: Iterable[str]
) -> Pinned:
    """Make files part of a table, and others no part of it, in one Delta commit on top of `base`.

    Args:
        folder: Folder of the table.
        base: The table as it is pinned; None to begin it anew, whatever is there.
        schema: Columns of the added files.
        added: New files, already in the folder.
        removed: Names of files of `base`.

    Returns:
        The table at its new version.

    Raises:
        StoreError: when a column has another type than in `base`.
    """
    table = _begun(folder, schema) if base is None else _restored(folder, base, schema)
    gone = set(removed)
    actions = [
        *map(_add, added),
        *(_remove(file) for file in (base.files if base else ()) if file.name in gone),
    ]
    if actions:
        table.create_write_transaction(actions, "append", table.schema())
        table.update_incremental()  # the transaction leaves the object at the version before
    kept = [file for file in (base.files if base else ()) if file.name not in gone]
    columns = tuple(field.name for field in table.schema().fields)
    pinned = Pinned(table.version(), columns, (*kept, *added))
    first = base.version + 1 if base else max(0, pinned.version - 1)
    _sync(folder, [file.name for file in added], range(first, pinned.version + 1))
    return pinned


def joined(name: str, one: pa.Schema, other: pa.Schema) -> pa.Schema:
    """The columns of two schemas of one table.

    Raises:
        StoreError: when a column has two types.
    """
    import pyarrow as pa

    for field in other:
        if field.name in one.names and one.field(field.name).type != field.type:
            raise _two_types(name, field.name, one.field(field.name).type, field.type)
    return pa.unify_schemas([one, other])


def read(folder: Path, version: int) -> Pinned:
    """The table at a version, as its Delta log tells it.

    Raises:
        StoreError: when the log does not have that version.
    """
    import pyarrow as pa
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(str(folder), version=version)
    except (DeltaError, OSError):
        raise StoreError(
            f"Version {version} of table {folder.name!r} is missing.",
            "Restore the folder from a backup.",
            str(folder),
        ) from None
    files = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    columns = tuple(field.name for field in table.schema().fields)
    return Pinned(version, columns, tuple(map(_file, files)))


def _file(action: dict[str, Any]) -> File:
    days = (action.get("min.local_date"), action.get("max.local_date"))
    return File(action["path"], action["num_records"], action["size_bytes"], *days)


def _begun(folder: Path, schema: pa.Schema) -> Any:
    from deltalake import DeltaTable

    return DeltaTable.create(str(folder), schema, mode="overwrite", configuration=_FOREVER)


def _restored(folder: Path, base: Pinned, schema: pa.Schema) -> Any:
    """The table with the content of `base` and at least the columns of `schema`."""
    from deltalake import DeltaTable, Schema

    table = DeltaTable(str(folder))
    if table.version() != base.version:
        table.restore(base.version)
    known = {field.name: field for field in table.schema().fields}
    wanted = Schema.from_arrow(schema).fields
    for field in wanted:
        held = known[field.name].type if field.name in known else field.type
        if held != field.type:
            raise _two_types(folder.name, field.name, held, field.type)
    if missing := [field for field in wanted if field.name not in known]:
        table.alter.add_columns(missing)
    return table


def _two_types(table: str, column: str, held: object, given: object) -> StoreError:
    return StoreError(
        f"Column {column!r} is {held} in the table and {given} in the new rows.",
        "Convert it, or replace the whole table.",
        table,
    )


def _add(file: File) -> Any:
    from deltalake.transaction import AddAction

    days = {"local_date": file.first.isoformat()} if file.first else {}
    last = {"local_date": file.last.isoformat()} if file.last else {}
    stats = {"numRecords": file.rows, "minValues": days, "maxValues": last, "nullCount": {}}
    return AddAction(file.name, file.bytes, {}, _now(), True, json.dumps(stats))


def _remove(file: File) -> Any:
    from deltalake.transaction import RemoveAction

    return RemoveAction(file.name, True, _now(), file.bytes, {})


def _now() -> int:
    return int(time.time() * 1000)


def _sync(folder: Path, files: Iterable[str], versions: Iterable[int]) -> None:
    for name in (*files, *(f"_delta_log/{version:020}.json" for version in versions)):
        sync(folder / name)
    for name in ("_delta_log", ".", ".."):
        sync(folder / name)


def settle(folder: Path, pinned: Pinned) -> None:
    """Let the log end with the pinned content, where a killed writer went beyond it."""
    from deltalake import DeltaTable

    table = DeltaTable(str(folder))
    told = set(_names(table))
    if told != {file.name for file in pinned.files}:
        table.restore(pinned.version)


def _names(table: Any) -> list[str]:
    """Names of the files of a table at its version."""
    import pyarrow as pa

    return [str(name) for name in pa.table(table.get_add_actions(flatten=True))["path"].to_pylist()]


def trim(folder: Path, oldest: int) -> None:
    """Drop the log from before a version, once a checkpoint holds what it said."""
    from deltalake import DeltaTable

    log = folder / "_delta_log"
    before = [file for file in log.iterdir() if file.name[:20].isdecimal() and int(file.name[:20]) < oldest]
    if not before:
        return
    checkpoint = log / f"{oldest:020}.checkpoint.parquet"
    if not checkpoint.is_file():
        DeltaTable(str(folder), version=oldest).create_checkpoint()
        sync(checkpoint)
        sync(log)
    for file in sorted(before):
        file.unlink(missing_ok=True)
