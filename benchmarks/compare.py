"""Experiments against peers: 10 comparisons of 5M users, 500 segments, a slice, a quantile.

`python -m benchmarks.compare [--users N] [--peers PYTHON]` writes `benchmarks/results-compare.md`. Peers
(tea-tasting, gbstats) are no dependency of the project: PYTHON is an interpreter that has them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import CACHE, ROOT, SEED, alone, timed

RESULTS = Path(__file__).with_name("results-compare.md")
MEANS = ("revenue", "converted", "orders", "minutes")
METRICS = [*MEANS, ("clicks", "impressions")]
SEGMENTS = 250
"""Segments × two arms beside the control: 500 comparisons."""


def generate(users: int) -> dict[str, Any]:
    """Write the users once; returns the file."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = CACHE / f"users-{users}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(SEED)
        columns: dict[str, Any] = {
            "variant": pa.array(random.choice(["A", "B", "C"], users)).dictionary_encode()
        }
        buys = random.random(users) < 0.1
        columns["converted"] = buys.astype(float)
        columns["revenue"] = np.round(buys * random.lognormal(3.5, 1, users), 2)
        columns["orders"] = buys * (1.0 + random.poisson(0.4, users))
        columns["minutes"] = random.gamma(2, 3, users)
        columns["impressions"] = random.poisson(9, users) + 1.0
        columns["clicks"] = random.binomial(columns["impressions"].astype(int), 0.05).astype(float)
        columns["segment"] = random.integers(0, SEGMENTS, users)
        columns["variant"] = columns["variant"].cast(pa.string())
        pq.write_table(pa.table(columns), file, row_group_size=500_000)
    return {"file": str(file)}


def _table(file: str) -> Any:
    import ibis

    backend = ibis.duckdb.connect()
    return backend.read_parquet(file)


def scan(file: str, repeats: int) -> dict[str, Any]:
    """The floor: read the columns and add each up, without groups."""
    table = _table(file)
    asked, backend = _scan(table), table.get_backend()
    _, first, median = timed(lambda: backend.to_pyarrow(asked), repeats)
    return {"first_ms": first, "ms": median}


def _scan(table: Any) -> Any:
    names = [*MEANS, "clicks", "impressions"]
    return table.agg(**{name: table[name].sum() for name in names}, arms=table.variant.max())


def ours(file: str, repeats: int) -> dict[str, Any]:
    """Ten comparisons, the sample ratio and all checks, by the public question."""
    import workbench as wb

    table = _table(file)
    found, first, median = timed(lambda: wb.compare.experiment(table, METRICS), repeats)
    row = found.table.iloc[0]
    return {"first_ms": first, "ms": median, "rows": len(found.table), "effect": float(row["effect"])}


def paired(file: str, repeats: int) -> dict[str, Any]:
    """Scan and question in turn, so that other work on the machine slows both alike."""
    import time

    import workbench as wb

    table = _table(file)
    asked = _scan(table)
    backend = table.get_backend()
    ways = {"scan": lambda: backend.to_pyarrow(asked), "ours": lambda: wb.compare.experiment(table, METRICS)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(2 * repeats + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(1000 * (time.perf_counter() - start))
    ratios = [ours / scan for ours, scan in zip(times["ours"][1:], times["scan"][1:], strict=True)]
    medians = {name: statistics.median(each[1:]) for name, each in times.items()}
    return {"scan_ms": medians["scan"], "ms": medians["ours"], "ratio": statistics.median(ratios)}


def segments(file: str, repeats: int) -> dict[str, Any]:
    """500 comparisons of one metric by segment in one pass."""
    import workbench as wb

    table = _table(file)
    found, first, median = timed(lambda: wb.compare.experiment(table, "revenue", by="segment"), repeats)
    return {"first_ms": first, "ms": median, "rows": len(found.table)}


def slices(file: str, repeats: int) -> dict[str, Any]:
    """One slice of the cube, in processor time: the machine may be busy with other work."""
    import time

    import workbench as wb

    answer = wb.compare.experiment(_table(file), METRICS, keep=["segment"])
    times = []
    for segment in range(repeats + 1):
        start = time.process_time()
        answer.slice(where={"segment": segment})
        times.append(1000 * (time.process_time() - start))
    return {"first_ms": times[0], "ms": statistics.median(times[1:]), "cells": len(answer.cube.rows)}


def quantile(file: str, repeats: int) -> dict[str, Any]:
    """Medians of one column in three arms with their intervals."""
    import workbench as wb

    table = _table(file)
    asked = [wb.compare.Quantile("minutes", 0.5)]
    found, first, median = timed(lambda: wb.compare.experiment(table, asked), repeats)
    return {"first_ms": first, "ms": median, "effect": float(found.table["effect"][0])}


def notebook(file: str, repeats: int) -> dict[str, Any]:
    """What a notebook does: pandas groups, Welch by statsmodels, metric by metric."""
    import pandas as pd
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    data = pd.read_parquet(file)

    def ask() -> int:
        done = 0
        for name in MEANS:
            parts = {arm: rows[name] for arm, rows in data.groupby("variant")}
            for arm in ("B", "C"):
                CompareMeans(DescrStatsW(parts[arm]), DescrStatsW(parts["A"])).tconfint_diff(usevar="unequal")
                done += 1
        return done

    done, first, median = timed(ask, repeats)
    return {"first_ms": first, "ms": median, "rows": done}


PEERS = {
    "tea_ibis": "tea-tasting, Ibis and DuckDB",
    "tea_pandas": "tea-tasting, pandas (read before)",
    "gbstats": "gbstats on one DuckDB query, without the ratio",
}


def peer(python: str, task: str, file: str, repeats: int) -> dict[str, Any]:
    """What a peer needs, by its own interpreter."""
    command = [python, str(Path(__file__).with_name("compare_peers.py")), task, file, str(repeats)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        return {"failed": (run.stderr.strip().splitlines() or ["no output"])[-1]}
    return dict(json.loads(run.stdout.splitlines()[-1]))


def report(users: int, python: str, repeats: int) -> Iterator[str]:
    """The results page, line by line as it is measured; the scan is taken before and after."""
    from benchmarks.page import load, machine, ms, table

    file = alone("compare:generate", users=users)["file"]
    given = {"file": file, "repeats": repeats}
    yield from (f"# Experiments, {users / 1e6:g}M users", "", machine(), "", load(), "")
    bare, own, both = (alone(f"compare:{task}", **given) for task in ("scan", "ours", "paired"))
    floor = both["scan_ms"]
    extra = f"{own['rows']} comparisons, + {own['peak_mb'] - bare['peak_mb']:.0f} MB over the scan"
    rows = [("bare scan of the columns", {**bare, "ms": floor}, "the floor")]
    rows.append(("workbench, all checks, in turn with the scan", {**own, **both}, extra))
    rows.append(
        ("pandas + statsmodels (read before), without the ratio", alone("compare:notebook", **given), "")
    )
    rows += (
        [(title, peer(python, task, file, repeats), "") for task, title in PEERS.items()] if python else []
    )
    yield from table(("10 comparisons, 3 arms", "warm", "first", "× scan", "note"), _lines(rows, floor, ms))
    many = alone("compare:segments", **given)
    loop = peer(python, "tea_segments", file, 1) if python else {"failed": "no peers"}
    rows = [
        ("workbench, one pass", many, f"{many['rows']} comparisons"),
        ("tea-tasting, a loop", loop, "250 segments × 2 arms"),
    ]
    yield ""
    yield from table(
        ("500 comparisons by segment", "warm", "first", "× scan", "note"), _lines(rows, floor, ms)
    )
    cut, rank = alone("compare:slices", **{**given, "repeats": 50}), alone("compare:quantile", **given)
    rows = [
        ("a slice of the cube (processor time)", cut, f"{cut['cells']} cells"),
        ("median of 3 arms with intervals", rank, ""),
    ]
    yield ""
    yield from table(("", "warm", "first", "× scan", "note"), _lines(rows, floor, ms))


def _lines(rows: Any, floor: float, ms: Any) -> Iterator[tuple[str, ...]]:
    for title, found, note in rows:
        if "failed" in found:
            yield title, "–", "–", "–", f"not run: {found['failed']}"
        else:
            yield (
                title,
                ms(found["ms"]),
                ms(found["first_ms"]),
                f"{found.get('ratio', found['ms'] / floor):.2g}",
                note,
            )


def main() -> None:
    """Measure, print, and write the results file."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare")
    parser.add_argument("--users", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers", default="", help="interpreter with tea-tasting and gbstats")
    options = parser.parse_args()
    lines = []
    for line in report(options.users, options.peers, options.repeats):
        print(line, flush=True)
        lines.append(line)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
