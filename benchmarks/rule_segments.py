"""Rule segments: size of a nested rule and overlap of 20, against pandas and Polars doing the same."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from benchmarks import peers, shop
from benchmarks.measure import alone
from benchmarks.page import ms
from benchmarks.shop import DAY, REGIONS


def rows(buyers: int, repeats: int) -> Iterator[tuple[str, ...]]:
    """Rows of the section on customers.

    Args:
        buyers: Customers of the shop.
        repeats: Of each measurement.
    """
    made = alone("shop:build", buyers=buyers)
    where = {key: made.get(key, "") for key in ("folder", "people", "orders")}
    what = f"{buyers:,} customers, {made.get('rows', 0):,} orders"
    python = peers.python()
    tasks = (
        ("nested rule being edited: another bound counted, workbench", "count", sys.executable),
        ("nested rule being edited: another bound counted, pandas", "pandas_count", python),
        ("nested rule being edited: another bound counted, Polars", "polars_count", python),
        ("nested rule: members with money, each time from the orders, workbench", "size", sys.executable),
        ("overlap of 20 segments, workbench", "overlap", sys.executable),
        ("overlap of 20 segments, pandas", "pandas_overlap", python),
        ("overlap of 20 segments, Polars", "polars_overlap", python),
    )
    for name, task, program in tasks:
        times = 1 if task == "size" else repeats
        found = (
            alone(f"rule_segments:{task}", program, repeats=times, **where)
            if program
            else {"failed": peers.HOW}
        )
        if problem := found.get("failed"):
            yield f"{name}: {what}", "–", "–", "–", f"not run: {problem}"
        else:
            note = f"{found['answer']}; processor {ms(found['cpu_ms'])}, first {ms(found['first_cpu_ms'])}"
            yield (
                f"{name}: {what}",
                ms(found["ms"]),
                ms(found["first_ms"]),
                f"{found['peak_mb']:,.0f} MB",
                note,
            )


def _measured(function: Callable[[], Any], repeats: int) -> dict[str, Any]:
    """Times of the first call, which adds up the orders, and of the quickest of the others."""
    clocks = []
    for _ in range(repeats + 1):
        start, began = time.perf_counter(), time.process_time()
        answer = function()
        clocks.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - began)))
    (first, worked), rest = clocks[0], clocks[1:]
    wall, cpu = (min(part) for part in zip(*rest, strict=True))
    return {
        "first_ms": first,
        "first_cpu_ms": worked,
        "ms": wall,
        "cpu_ms": cpu,
        "answer": f"{answer:,}",
    }


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
    import workbench as wb

    store, bounds = wb.open(folder), itertools.count(2)
    return _counting(lambda: _nested(next(bounds)).count(store, DAY), repeats)


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


def pandas_count(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """Read, group and join once; then another bound each time over that frame."""
    held, bounds = cache(_pandas), itertools.count(2)
    return _counting(lambda: int(_pandas_rule(held(people, orders), next(bounds)).sum()), repeats)


def _counting(ask: Callable[[], int], repeats: int) -> dict[str, Any]:
    """As `_measured`, with the answer of the first bound."""
    answers: list[int] = []
    found = _measured(lambda: answers.append(ask()) or 0, repeats)
    return {**found, "answer": f"{answers[0]:,}"}


def pandas_overlap(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """Read, group and join once; then 20 flags and their products over that frame."""
    held = cache(_pandas)

    def ask() -> int:
        frame = held(people, orders)
        tests = (
            frame["recent"] >= 1,
            frame["spent"] >= 5e8,
            frame["orders"] >= 2,
            frame["gender"] == "female",
        )
        flags = [(frame["region"] == region) & test for region in REGIONS for test in tests]
        return int(sum((one & other).sum() for one in flags for other in flags))

    return _measured(ask, repeats)


def _pandas(people: str, orders: str) -> Any:
    import pandas as pd

    rows = shop.frame(orders, ["customer_id", "local_date", "amount_micros"])
    rows["age"] = (pd.Timestamp(DAY) - rows.pop("local_date")).dt.days.astype("int16")
    rows["recent"] = rows["age"] < 90
    rows["spent"] = rows.pop("amount_micros").where(rows["age"] < 365, 0)
    sums = rows.groupby("customer_id", sort=False).agg(
        recent=("recent", "sum"), spent=("spent", "sum"), last=("age", "min"), orders=("age", "size")
    )
    del rows
    who = shop.frame(people, ["customer_id", "region", "gender"]).join(sums, on="customer_id")
    return who.drop(columns="customer_id").fillna({"recent": 0, "spent": 0, "orders": 0})


def _pandas_rule(frame: Any, times: int) -> Any:
    who = frame["region"].isin(REGIONS[:2]) | (frame["gender"] == "female")
    return who & ((frame["recent"] >= times) | (frame["spent"] >= 5e8)) & (frame["last"] >= 7)


def polars_count(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """The same in Polars."""
    import polars as pl

    held, bounds = cache(_polars), itertools.count(2)
    who = pl.col("region").is_in(REGIONS[:2]) | (pl.col("gender") == "female")

    def ask() -> int:
        worth = (pl.col("recent") >= next(bounds)) | (pl.col("spent") >= 500_000_000)
        found = held(people, orders).lazy().filter(who & worth & (pl.col("last") >= 7))
        return int(found.select(pl.len()).collect().item())

    return _counting(ask, repeats)


def polars_overlap(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """20 flags and the counts of all pairs as one question of Polars."""
    import polars as pl

    held = cache(_polars)
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
        return int(held(people, orders).lazy().select(**pairs).collect().sum_horizontal().item())

    return _measured(ask, repeats)


def _polars(people: str, orders: str) -> Any:
    import datetime as dt

    import polars as pl

    age = (pl.lit(dt.date.fromisoformat(DAY)) - pl.col("local_date")).dt.total_days()
    sums = (
        pl.scan_parquet(orders)
        .group_by("customer_id")
        .agg(
            recent=(age < 90).sum(),
            spent=pl.col("amount_micros").filter(age < 365).sum(),
            last=age.min(),
            orders=pl.len(),
        )
    )
    who = pl.scan_parquet(people).select("customer_id", "region", "gender")
    joined = who.join(sums, on="customer_id", how="left").drop("customer_id")
    return joined.with_columns(pl.col("recent", "spent", "orders").fill_null(0)).collect(engine="streaming")
