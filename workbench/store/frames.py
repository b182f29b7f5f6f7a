"""Frames that are in no store, as a table that questions can be asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def in_memory(frame: pa.Table) -> tuple[Any, Any]:
    """An Ibis table over an Arrow table, and the engine that answers it: DuckDB, in memory, of its own.

    Nothing is copied: the engine reads the frame's own columns.
    """
    import ibis

    return ibis.memtable(frame), ibis.duckdb.connect()
