"""Writing Delta tables from a pinned version on: what a killed writer left beyond it never surfaces."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.store.pointer import Pinned, sync

if TYPE_CHECKING:
    import pyarrow as pa

MAX_SMALL_FILES = 24
SMALL_BYTES = 16 * 2**20
TARGET_BYTES = 64 * 2**20
ROW_GROUP = 122_880
"""Rows of a Parquet row group: what one DuckDB thread reads at a time."""

_FOREVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


def write(folder: Path, base: Pinned | None, rows: Any, replace: str | None) -> Pinned:
    """Write rows in one Delta commit that starts from `base`.

    Args:
        folder: Folder of the table.
        base: The pinned table; None where it has no rows yet.
        rows: Arrow table or stream of record batches.
        replace: SQL of the rows to replace, `"all"`, or None to append.

    Returns:
        The table at its new version.
    """
    from deltalake import WriterProperties, write_deltalake

    table = _at(folder, base)
    fresh = base is None or replace == "all"
    write_deltalake(
        table if table is not None else str(folder),
        rows,
        mode="overwrite" if fresh or replace else "append",
        predicate=None if fresh else replace,
        schema_mode="overwrite" if fresh else "merge",
        configuration=_FOREVER if table is None else None,
        target_file_size=TARGET_BYTES,
        writer_properties=WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP),
    )
    return _pinned(folder, base)


def compacted(folder: Path, pinned: Pinned) -> Pinned:
    """Return the table with its many small files joined, or as it is."""
    from deltalake import DeltaTable

    table = DeltaTable(str(folder))
    small = sum(size < SMALL_BYTES for size in _actions(table)["size_bytes"].to_pylist())
    if small <= MAX_SMALL_FILES:
        return pinned
    table.optimize.compact(target_size=TARGET_BYTES)
    return _pinned(folder, pinned)


def paths(folder: Path, pinned: Pinned | None) -> list[str]:
    """Absolute paths of the Parquet files, as DuckDB wants them (its wildcards escaped)."""
    return [_escaped(str(folder / name)) for name in pinned.files] if pinned else []


def _at(folder: Path, base: Pinned | None) -> Any:
    """The Delta table with the content of `base`; None where there is none yet."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        return None
    table = DeltaTable(str(folder))
    if base is not None and table.version() != base.version:
        table.restore(base.version)
    return table


def _pinned(folder: Path, base: Pinned | None) -> Pinned:
    from deltalake import DeltaTable

    table = DeltaTable(str(folder))
    actions = _actions(table)
    files = tuple(sorted(actions["path"].to_pylist()))
    pinned = Pinned(
        table.version(),
        sum(actions["num_records"].to_pylist()),
        tuple(field.name for field in table.schema().fields),
        files,
    )
    _sync(
        folder,
        set(files) - set(base.files if base else ()),
        range(base.version + 1 if base else 0, pinned.version + 1),
    )
    return pinned


def _actions(table: Any) -> pa.Table:
    import pyarrow as pa

    return pa.table(table.get_add_actions(flatten=True)).select(["path", "size_bytes", "num_records"])


def _sync(folder: Path, files: Iterable[str], versions: Iterable[int]) -> None:
    for name in (*files, *(f"_delta_log/{version:020}.json" for version in versions)):
        sync(folder / name)
    for name in (".", "_delta_log", ".."):
        sync(folder / name)


def _escaped(path: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?" else letter for letter in path)
