"""Peers of `benchmarks.compare`, run by an interpreter that has them: prints one line of JSON.

`PYTHON benchmarks/compare_peers.py TASK FILE REPEATS`
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

MEANS = ("revenue", "converted", "orders", "minutes")


def timed(function: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Milliseconds of the first call and the median of the others."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - start))
    return {"first_ms": times[0], "ms": statistics.median(times[1:] or times)}


def _tea_metrics() -> dict[str, Any]:
    import tea_tasting as tt

    means = {name: tt.Mean(name) for name in MEANS}
    return {**means, "ctr": tt.RatioOfMeans("clicks", "impressions"), "srm": tt.SampleRatio()}


def tea_ibis(file: str, repeats: int) -> dict[str, float]:
    """tea-tasting over Ibis and DuckDB."""
    import ibis
    import tea_tasting as tt

    table = ibis.duckdb.connect().read_parquet(file)
    asked = tt.Experiment(_tea_metrics(), variant="variant")
    return timed(lambda: asked.analyze(table, control="A", all_variants=True), repeats)


def tea_pandas(file: str, repeats: int) -> dict[str, float]:
    """tea-tasting over pandas, read before."""
    import pandas as pd
    import tea_tasting as tt

    table = pd.read_parquet(file)
    asked = tt.Experiment(_tea_metrics(), variant="variant")
    return timed(lambda: asked.analyze(table, control="A", all_variants=True), repeats)


def tea_segments(file: str, repeats: int) -> dict[str, float]:
    """A loop over 250 segments, two arms each, by Ibis and DuckDB."""
    import ibis
    import tea_tasting as tt

    table = ibis.duckdb.connect().read_parquet(file)
    asked = tt.Experiment({"revenue": tt.Mean("revenue")}, variant="variant")

    def loop() -> None:
        for segment in range(250):
            asked.analyze(table.filter(table.segment == segment), control="A", all_variants=True)

    return timed(loop, repeats)


def gbstats(file: str, repeats: int) -> dict[str, float]:
    """gbstats on sums from one DuckDB query; CTR is left out, so eight comparisons."""
    import duckdb
    from gbstats.frequentist.tests import TwoSidedTTest
    from gbstats.models.statistics import SampleMeanStatistic

    sums = ", ".join(f"sum({name}), sum({name} * {name})" for name in MEANS)
    query = f"SELECT variant, count(*), {sums} FROM '{file}' GROUP BY 1"

    def ask() -> None:
        rows = {row[0]: row[1:] for row in duckdb.sql(query).fetchall()}
        for at in range(len(MEANS)):
            arms = {
                arm: SampleMeanStatistic(n=row[0], sum=row[1 + 2 * at], sum_squares=row[2 + 2 * at])
                for arm, row in rows.items()
            }
            for arm in ("B", "C"):
                TwoSidedTTest(arms["A"], arms[arm]).compute_result()

    return timed(ask, repeats)


if __name__ == "__main__":
    task, file, repeats = sys.argv[1:]
    print(json.dumps(globals()[task](file, int(repeats))))
