"""Import of a large CSV beside bare readers of the same file, which neither check nor keep anything safe."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import CACHE, alone
from benchmarks.page import load, ms, table

CONTENDERS = {
    "imports:load": "workbench: import, checked, committed, rolled up",
    "readers:blocks": "workbench: cells with line numbers only",
    "readers:duckdb": "DuckDB, bare reader → Parquet",
    "readers:arrow": "pyarrow, bare reader in memory",
}


def section(rows: int) -> Iterator[str]:
    """The section of the results."""
    made = alone("imports:write", rows=rows)
    yield from (f"## A CSV of {made['mb']:,.0f} MB, {rows:,} rows", "", load(), "")
    found = {task: alone(task, file=made["file"]) for task in CONTENDERS}
    bare = found["readers:duckdb"].get("first_ms")
    lines = []
    for task, title in CONTENDERS.items():
        answer = found[task]
        if problem := answer.get("failed"):
            lines.append((title, "–", "–", "–", "–", f"not run: {problem}"))
            continue
        if answer["rows"] != rows:
            raise SystemExit(f"{title} found {answer['rows']:,} rows, not {rows:,}.")
        times = f"{answer['first_ms'] / bare:.2g}" if bare else "–"
        note = f"the same file again {ms(answer['again_ms'])}" if "again_ms" in answer else ""
        lines.append(
            (title, ms(answer["first_ms"]), ms(answer["cpu_ms"]), times, f"{answer['peak_mb']:,.0f} MB", note)
        )
    yield from table(("", "time", "processor time", "× bare DuckDB", "peak memory", "note"), lines)
    yield ""


def blocks(file: str) -> dict[str, Any]:
    """The import's own reader: every cell as text, with line numbers, into a Parquet file."""
    import tempfile
    from pathlib import Path

    import pyarrow.parquet as pq

    from workbench.sources import grid

    with tempfile.TemporaryDirectory() as folder:
        return _clocked(
            lambda: pq.read_metadata(grid.read(Path(file), {"date", "clicks"}, None, Path(folder)).body.cells)
        )


def duckdb(file: str) -> dict[str, Any]:
    """DuckDB's reader with the types that it sniffs, into a Parquet file."""
    import duckdb as db

    target = CACHE / "bare.parquet"
    with db.connect() as connection:
        found = _clocked(
            lambda: connection.execute(
                f"COPY (SELECT * FROM read_csv('{file}')) TO '{target}' (FORMAT parquet)"
            ).fetchall()[0][0]
        )
    target.unlink()
    return found


def arrow(file: str) -> dict[str, Any]:
    """The reader of pyarrow."""
    from pyarrow import csv

    return _clocked(lambda: csv.read_csv(file).num_rows)


def _clocked(read: Any) -> dict[str, Any]:
    start, work = time.perf_counter(), time.process_time()
    rows = read()
    spent = {"first_ms": 1000 * (time.perf_counter() - start), "cpu_ms": 1000 * (time.process_time() - work)}
    return {**spent, "rows": rows if isinstance(rows, int) else rows.num_rows, "cores": os.cpu_count()}
