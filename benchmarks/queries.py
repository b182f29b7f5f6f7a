"""Two questions, asked of the roll-up, of the events through DuckDB and pandas, and of bare memory.

Every contender returns its totals, so that a wrong answer cannot be a fast one.
"""

from __future__ import annotations

from typing import Any

from benchmarks.measure import timed

KEYS = {"kpis": ("campaign", "local_date"), "heat map": ("hour_of_week",)}
SUMS = {
    "kpis": ("clicks", "cost_micros", "conversions", "revenue_micros"),
    "heat map": ("clicks", "conversions"),
}
RATES = ["impressions", "clicks", "cost", "conversions", "revenue", "ctr", "cvr", "cpa", "roas"]


def question(name: str, workspace: str, repeats: int, **_: Any) -> dict[str, Any]:
    """The public question: sums, rates and their 95% intervals."""
    import workbench as wb

    store = wb.open(workspace)

    def ask() -> Any:
        if name == "kpis":
            return wb.metrics.kpis(store, by=["campaign", "date"], metrics=RATES, period="all").table
        return wb.metrics.slots(store, metric="cvr", by=[], period="all").table

    table, first, median = timed(ask, repeats)
    totals = [float(table[name].sum()) for name in ("clicks", "conversions")] if name == "kpis" else None
    return {"first_ms": first, "ms": median, "totals": totals, "rows": len(table)}


def rollup(name: str, workspace: str, repeats: int, **_: Any) -> dict[str, Any]:
    """The same sums only, from the roll-up through the store."""
    import workbench as wb

    store = wb.open(workspace)
    sql = f"SELECT {_selected(name, 'sum(impressions)')} FROM performance_hourly WHERE preferred GROUP BY ALL"
    table, first, median = timed(lambda: store.query(sql), repeats)
    return {"first_ms": first, "ms": median, "totals": _totals(table.to_pydict()), "rows": len(table)}


def events_duckdb(name: str, events: str, repeats: int, **_: Any) -> dict[str, Any]:
    """The same sums from the events, in zstd Parquet, by DuckDB."""
    import duckdb

    connection = duckdb.connect()
    sql = select(name, f"read_parquet('{events}')")
    table, first, median = timed(lambda: connection.execute(sql).to_arrow_table(), repeats)
    return {"first_ms": first, "ms": median, "totals": _totals(table.to_pydict()), "rows": len(table)}


def events_pandas(name: str, events: str, repeats: int, rows: int, **_: Any) -> dict[str, Any]:
    """The same sums from the events by pandas; loading is timed apart."""
    import psutil

    needed, free = rows * 100 / 1e9, psutil.virtual_memory().available / 1e9
    if needed > free / 2:  # other work on the machine must not be driven out
        return {"skipped": f"needs about {needed:.0f} GB, {free:.0f} GB free"}
    import pandas as pd

    columns = [*KEYS[name], *SUMS[name]]
    frame, load, _ = timed(lambda: pd.read_parquet(events, columns=columns), 1)

    def ask() -> Any:
        groups = frame.groupby(list(KEYS[name]), observed=True)
        return groups[list(SUMS[name])].sum().join(groups.size().rename("impressions"))

    table, first, median = timed(ask, repeats)
    return {
        "first_ms": first,
        "ms": median,
        "load_ms": load,
        "totals": _totals({name: table[name].tolist() for name in ("clicks", "conversions")}),
        "rows": len(table),
    }


def floor(name: str, events: str, repeats: int, **_: Any) -> dict[str, Any]:
    """The memory floor: a bare numpy sum over each needed column, already in memory."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(events, columns=[*KEYS[name], *SUMS[name]])
    columns = [_numbers(table[column]) for column in table.column_names]
    sums, first, median = timed(lambda: [int(np.sum(column, dtype=np.int64)) for column in columns], repeats)
    totals = dict(zip(table.column_names, sums, strict=True))
    return {
        "first_ms": first,
        "ms": median,
        "totals": [float(totals["clicks"]), float(totals["conversions"])],
    }


def _numbers(column: Any) -> Any:
    """The column's codes or values as one numpy array."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if pa.types.is_dictionary(whole.type):
        whole = whole.indices
    return (whole.cast(pa.int32()) if pa.types.is_date(whole.type) else whole).to_numpy()


def select(name: str, events: str) -> str:
    """SQL of a question over events."""
    return f"SELECT {_selected(name, 'count(*)')} FROM {events} GROUP BY ALL"


def _selected(name: str, impressions: str) -> str:
    sums = ", ".join(f"CAST(sum({column}) AS DOUBLE) AS {column}" for column in SUMS[name])
    return f"{', '.join(KEYS[name])}, {impressions} AS impressions, {sums}"


def _totals(columns: dict[str, list[float]]) -> list[float]:
    return [float(sum(columns[name])) for name in ("clicks", "conversions")]
