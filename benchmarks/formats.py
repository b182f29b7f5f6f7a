"""Key figures from the events themselves, by file format: is a copy in DuckDB's own worth keeping?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import alone, timed
from benchmarks.page import load, ms, table
from benchmarks.queries import select

FORMATS = {
    "zstd": "Parquet, zstd",
    "snappy": "Parquet, snappy, as the store writes",
    "duckdb": "DuckDB's own file",
}


def section(rows: int, repeats: int) -> Iterator[str]:
    """The section of the results."""
    events = alone("events:generate", rows=rows)["file"]
    floor = alone("queries:floor", name="kpis", events=events, repeats=repeats)
    yield from (f"## Key figures from {rows / 1e6:g}M events, by format", "", load(), "")
    lines = []
    for name, title in FORMATS.items():
        found = alone("formats:ask", events=events, name=name, repeats=repeats)
        if problem := found.get("failed"):
            lines.append((title, "–", "–", "–", "–", f"not run: {problem}"))
            continue
        if found["totals"] != floor["totals"]:
            raise SystemExit(f"{title} found {found['totals']}, not {floor['totals']}.")
        made = ms(found["made_ms"]) if found["made_ms"] else "–"
        times = f"{found['ms'] / floor['ms']:.2g}"
        lines.append((title, ms(found["ms"]), times, f"{found['mb']:,.0f} MB", made, ""))
    yield from table(("", "warm", "× floor", "file", "making the copy", "note"), lines)
    yield from ("", f"Memory floor, bare numpy sums of the needed columns: {ms(floor['ms'])}.", "")


def ask(events: str, name: str, repeats: int) -> dict[str, Any]:
    """Make a copy of the events in a format, once, and ask the key figures by campaign and day of it."""
    import duckdb

    start = time.perf_counter()
    file = Path(events) if name == "zstd" else Path(events).with_suffix(f".{name}")
    made = not file.exists()
    if made:
        _copy(events, file, name)
    spent = 1000 * (time.perf_counter() - start)
    with duckdb.connect(str(file), read_only=True) if name == "duckdb" else duckdb.connect() as connection:
        source = "events" if name == "duckdb" else f"read_parquet('{file}')"
        sql = select("kpis", source)
        answer, first, median = timed(lambda: connection.execute(sql).to_arrow_table(), repeats)
    totals = [float(sum(answer[column].to_pylist())) for column in ("clicks", "conversions")]
    mb = file.stat().st_size / 1e6
    return {"ms": median, "first_ms": first, "made_ms": spent if made else 0, "mb": mb, "totals": totals}


def _copy(events: str, file: Path, name: str) -> None:
    import duckdb

    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    if name == "duckdb":
        with duckdb.connect(str(part)) as connection:
            connection.execute(f"CREATE TABLE events AS SELECT * FROM read_parquet('{events}')")
    else:
        options = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880"
        duckdb.execute(f"COPY (SELECT * FROM read_parquet('{events}')) TO '{part}' ({options})")
    part.rename(file)
