"""Rule segments: size of a nested rule and overlap of 20, against pandas and Polars doing the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import CACHE, SEED, alone, timed
from benchmarks.page import ms

DAY = "2026-06-30"
REGIONS = ("north", "south", "east", "west", "centre")


def rows(people: int, repeats: int) -> Iterator[tuple[str, ...]]:
    """Rows of the section on customers.

    Args:
        people: Customers, with an order each on average.
        repeats: Of each measurement.
    """
    made = alone("rule_segments:world", people=people)
    where = {key: made.get(key, "") for key in ("folder", "people_file", "orders_file")}
    what = f"{people:,} customers, {made.get('rows', 0):,} orders"
    tasks = (
        ("nested rule being edited: another bound counted, workbench", "count"),
        ("nested rule: members with money, workbench", "size"),
        ("nested rule: members counted, pandas", "pandas_count"),
        ("nested rule: members counted, Polars", "polars_count"),
        ("overlap of 20 segments, workbench", "overlap"),
        ("overlap of 20 segments, pandas", "pandas_overlap"),
        ("overlap of 20 segments, Polars", "polars_overlap"),
    )
    for name, task in tasks:
        found = alone(f"rule_segments:{task}", repeats=repeats, **where)
        if problem := found.get("failed"):
            yield f"{name}: {what}", "–", "–", "–", f"not run: {problem}"
        else:
            note = f"{found['answer']}; processor {ms(found['cpu_ms'])}"
            yield (
                f"{name}: {what}",
                ms(found["ms"]),
                ms(found["first_ms"]),
                f"{found['peak_mb']:,.0f} MB",
                note,
            )


def world(people: int) -> dict[str, Any]:
    """Write customers and their orders once: a workspace, and Parquet files for the others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from workbench import data

    folder = CACHE / f"rules-{people}"
    files = {name: CACHE / f"rules-{people}-{name}.parquet" for name in ("people", "orders")}
    if not files["orders"].exists():
        rng = np.random.default_rng(SEED)
        ids = pa.array(np.arange(people)).cast(pa.string())
        regions = pa.array(np.array(REGIONS)[rng.integers(0, len(REGIONS), people)])
        genders = pa.array(np.array(["female", "male"])[rng.integers(0, 2, people)])
        customers = pa.table({"customer_id": ids, "region": regions, "gender": genders})
        days = np.datetime64(DAY) - rng.integers(0, 730, people).astype("timedelta64[D]")
        buyers = pa.array(np.floor(people * rng.random(people) ** 1.5).astype(np.int64))
        orders = pa.table(
            {
                "transaction_id": ids,
                "customer_id": ids.take(buyers),
                "local_date": pa.array(days).cast(pa.date32()),
                "amount_micros": pa.array(rng.integers(100, 50_000, people) * 10_000),
                "kind": pa.repeat(pa.scalar("order"), people),
            }
        )
        data.open(folder).commit(
            [data.Change("customers", customers, "all"), data.Change("transactions", orders, "all")]
        )
        pq.write_table(customers, files["people"])
        pq.write_table(orders.select(["customer_id", "local_date", "amount_micros"]), files["orders"])
    paths = {f"{name}_file": str(file) for name, file in files.items()}
    return {"folder": str(folder), "rows": people, **paths}


def _measured(function: Callable[[], Any], repeats: int) -> dict[str, Any]:
    began = time.process_time()
    answer, first, median = timed(function, repeats)
    cpu = 1000 * (time.process_time() - began) / (repeats + 1)
    return {"first_ms": first, "ms": median, "cpu_ms": cpu, "answer": f"{answer:,}"}


def _nested(times: int = 2) -> Any:
    from workbench import segments as sg

    return sg.rule(
        (sg.field("region").is_in(REGIONS[:2]) | (sg.field("gender") == "female"))
        & (sg.ordered(times, within_days=90) | sg.spent(500, 365))
        & ~(sg.days_since("orders") < 7)
    )


def _many() -> dict[str, Any]:
    from workbench import segments as sg

    return {
        f"{region} {kind}": (sg.field("region") == region) & test
        for region in REGIONS
        for kind, test in (
            ("recent", sg.ordered(1, 90)),
            ("spender", sg.spent(500, 365)),
            ("repeat", sg.ordered(2)),
            ("women", sg.field("gender") == "female"),
        )
    }


def count(folder: str, repeats: int, **_files: str) -> dict[str, Any]:
    """The live count while a rule is edited: another bound each time."""
    import itertools

    import workbench as wb

    store, bounds = wb.open(folder), itertools.count(2)
    last = _nested().count(store, DAY)
    answer = _measured(lambda: _nested(next(bounds)).count(store, DAY), repeats)
    return {**answer, "answer": f"{last:,}"}


def size(folder: str, repeats: int, **_files: str) -> dict[str, Any]:
    """The public question, with money and consent."""
    import workbench as wb

    store = wb.open(folder)
    return _measured(lambda: _nested().size(store, DAY).customers, repeats)


def overlap(folder: str, repeats: int, **_files: str) -> dict[str, Any]:
    """The public question of 20 segments."""
    import workbench as wb

    store = wb.open(folder)
    return _measured(lambda: int(wb.segments.overlap(store, _many(), DAY).sizes.to_numpy().sum()), repeats)


def pandas_count(people_file: str, orders_file: str, repeats: int, **_more: str) -> dict[str, Any]:
    """Read, group, join and filter in pandas."""
    return _measured(lambda: int(_pandas_rule(_pandas(people_file, orders_file)).sum()), repeats)


def pandas_overlap(people_file: str, orders_file: str, repeats: int, **_more: str) -> dict[str, Any]:
    """Read, group, join, 20 flags and their product in pandas."""

    def ask() -> int:
        frame = _pandas(people_file, orders_file)
        tests = (
            frame["recent"] >= 1,
            frame["spent"] >= 5e8,
            frame["orders"] >= 2,
            frame["gender"] == "female",
        )
        flags = [(frame["region"] == region) & test for region in REGIONS for test in tests]
        return int(sum((one & other).sum() for one in flags for other in flags))

    return _measured(ask, repeats)


def _pandas(people_file: str, orders_file: str) -> Any:
    import pandas as pd

    orders = pd.read_parquet(orders_file)
    age = (pd.Timestamp(DAY) - pd.to_datetime(orders["local_date"])).dt.days
    marked = orders.assign(
        recent=age < 90, spent=orders["amount_micros"].where(age < 365, 0), age=age, orders=1
    )
    sums = marked.groupby("customer_id").agg(
        recent=("recent", "sum"), spent=("spent", "sum"), last=("age", "min"), orders=("orders", "sum")
    )
    people = pd.read_parquet(people_file).join(sums, on="customer_id")
    return people.fillna({"recent": 0, "spent": 0, "orders": 0})


def _pandas_rule(frame: Any) -> Any:
    who = frame["region"].isin(REGIONS[:2]) | (frame["gender"] == "female")
    return who & ((frame["recent"] >= 2) | (frame["spent"] >= 5e8)) & (frame["last"] >= 7)


def polars_count(people_file: str, orders_file: str, repeats: int, **_more: str) -> dict[str, Any]:
    """The same as one lazy question of Polars."""
    import polars as pl

    who = pl.col("region").is_in(REGIONS[:2]) | (pl.col("gender") == "female")
    rule = who & ((pl.col("recent") >= 2) | (pl.col("spent") >= 500_000_000)) & (pl.col("last") >= 7)

    def ask() -> int:
        found = _polars(people_file, orders_file).filter(rule).select(pl.len()).collect()
        return int(found.item())

    return _measured(ask, repeats)


def polars_overlap(people_file: str, orders_file: str, repeats: int, **_more: str) -> dict[str, Any]:
    """20 flags and the counts of all pairs as one lazy question of Polars."""
    import polars as pl

    tests = (
        pl.col("recent") >= 1,
        pl.col("spent") >= 500_000_000,
        pl.col("orders") >= 2,
        pl.col("gender") == "female",
    )
    flags = [(pl.col("region") == region) & test for region in REGIONS for test in tests]

    def ask() -> int:
        pairs = {
            f"{a}_{b}": (one & other).sum() for a, one in enumerate(flags) for b, other in enumerate(flags)
        }
        return int(_polars(people_file, orders_file).select(**pairs).collect().sum_horizontal().item())

    return _measured(ask, repeats)


def _polars(people_file: str, orders_file: str) -> Any:
    import datetime as dt

    import polars as pl

    age = (pl.lit(dt.date.fromisoformat(DAY)) - pl.col("local_date")).dt.total_days()
    sums = (
        pl.scan_parquet(orders_file)
        .group_by("customer_id")
        .agg(
            recent=(age < 90).sum(),
            spent=pl.col("amount_micros").filter(age < 365).sum(),
            last=age.min(),
            orders=pl.len(),
        )
    )
    joined = pl.scan_parquet(people_file).join(sums, on="customer_id", how="left")
    return joined.with_columns(pl.col("recent", "spent", "orders").fill_null(0))
