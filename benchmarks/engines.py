"""The same public questions answered by DuckDB and by Spark on this machine: what moving to Spark costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import alone, timed
from benchmarks.page import ms, table

ENGINES = ("duckdb", "local[*]")


def section(workspace: str, repeats: int) -> Iterator[str]:
    """The section of the results."""
    found = {
        engine: alone("engines:ask", engine=engine, workspace=workspace, repeats=repeats)
        for engine in ENGINES
    }
    yield from ("", "### The same questions by engine", "")
    lines = []
    for engine, answer in found.items():
        if problem := answer.get("failed"):
            lines.append((f"`{engine}`", "–", "–", "–", "–", f"not run: {problem}"))
            continue
        if answer["totals"] != found["duckdb"]["totals"]:
            raise SystemExit(f"{engine} found {answer['totals']}, not {found['duckdb']['totals']}.")
        shown = (answer["start_ms"], answer["kpis_ms"], answer["hours_ms"])
        memory = f"{answer['peak_mb'] + answer['java_mb']:,.0f} MB"
        lines.append((f"`{engine}`", *map(ms, shown), memory, "Python and Java" if answer["java_mb"] else ""))
    yield from table(("engine", "start and first answer", "KPIs", "hour map", "peak memory", "note"), lines)


def ask(engine: str, workspace: str, repeats: int) -> dict[str, Any]:
    """Start an engine, then ask key figures by campaign and day, and the hour map."""
    import workbench as wb

    start = time.perf_counter()
    store = wb.open(workspace, engine=engine)
    total = wb.metrics.kpis(store, by=None, metrics=["clicks", "cost"], period="all").table
    began = 1000 * (time.perf_counter() - start)
    _, _, kpis = timed(
        lambda: wb.metrics.kpis(store, by=["campaign", "date"], period="last_28_days"), repeats
    )
    _, _, hours = timed(lambda: wb.metrics.slots(store, metric="cvr", by=[], period="all"), repeats)
    return {
        "start_ms": began,
        "kpis_ms": kpis,
        "hours_ms": hours,
        "java_mb": _children_mb(),
        "totals": [float(total["clicks"].sum()), float(total["cost"].sum())],
    }


def _children_mb() -> float:
    """Memory that processes started by this one hold now: Spark's Java."""
    import psutil

    found = psutil.Process().children(recursive=True)
    return sum(process.memory_info().rss for process in found) / 1e6
