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

QUESTIONS = {
    "count": "nested rule being edited, another bound each time, members counted",
    "overlap": "overlap of 20 segments",
}


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
    for name, task, program in (
        ("workbench", "ours", sys.executable),
        ("pandas", "in_pandas", python),
        ("Polars", "in_polars", python),
    ):
        found = (
            alone(f"rule_segments:{task}", program, repeats=repeats, **where)
            if program
            else {"failed": peers.HOW}
        )
        for kind, said in QUESTIONS.items():
            yield _row(f"{said}, {name}: {what}", found, found.get(kind, {}))


def _row(title: str, found: dict[str, Any], one: dict[str, Any]) -> tuple[str, ...]:
    if problem := found.get("failed"):
        return title, "–", "–", "–", f"not run: {problem}"
    note = f"{one['answer']}; processor {ms(one['cpu_ms'])}, of the first {ms(one['first_cpu_ms'])}"
    return title, ms(one["ms"]), ms(one["first_ms"]), f"{found['peak_mb']:,.0f} MB", note


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


def ours(folder: str, repeats: int, **_files: str) -> dict[str, Any]:
    """The live count while a rule is edited, then an overlap: each adds up the orders once."""
    import workbench as wb

    store, bounds = wb.open(folder), itertools.count(2)
    return {
        "count": _counting(lambda: _nested(next(bounds)).count(store, DAY), repeats),
        "overlap": _measured(
            lambda: int(wb.segments.overlap(store, _many(), DAY).sizes.to_numpy().sum()), repeats
        ),
    }


def in_pandas(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """Read, group and join once for both, then flags over that frame."""
    held, bounds = cache(lambda: _pandas(people, orders)), itertools.count(2)
    return {
        "count": _counting(lambda: int(_pandas_rule(held(), next(bounds)).sum()), repeats),
        "overlap": _measured(lambda: _pandas_overlap(held()), repeats),
    }


def _counting(ask: Callable[[], int], repeats: int) -> dict[str, Any]:
    """As `_measured`, with the answer of the first bound."""
    answers: list[int] = []
    found = _measured(lambda: answers.append(ask()) or 0, repeats)
    return {**found, "answer": f"{answers[0]:,}"}


def _pandas_overlap(frame: Any) -> int:
    """20 flags and their products."""
    tests = (
        frame["recent"] >= 1,
        frame["spent"] >= 5e8,
        frame["orders"] >= 2,
        frame["gender"] == "female",
    )
    flags = [(frame["region"] == region) & test for region in REGIONS for test in tests]
    return int(sum((one & other).sum() for one in flags for other in flags))


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


def in_polars(people: str, orders: str, repeats: int, **_more: str) -> dict[str, Any]:
    """The same in Polars."""
    held, bounds = cache(lambda: _polars(people, orders)), itertools.count(2)
    return {
        "count": _counting(lambda: _polars_count(held(), next(bounds)), repeats),
        "overlap": _measured(lambda: _polars_overlap(held()), repeats),
    }


def _polars_count(frame: Any, times: int) -> int:
    import polars as pl

    who = pl.col("region").is_in(REGIONS[:2]) | (pl.col("gender") == "female")
    worth = (pl.col("recent") >= times) | (pl.col("spent") >= 500_000_000)
    found = frame.lazy().filter(who & worth & (pl.col("last") >= 7)).select(pl.len())
    return int(found.collect().item())


def _polars_overlap(frame: Any) -> int:
    """20 flags and the counts of all pairs as one question."""
    import polars as pl

    tests = (
        pl.col("recent") >= 1,
        pl.col("spent") >= 500_000_000,
        pl.col("orders") >= 2,
        pl.col("gender") == "female",
    )
    flags = [(pl.col("region") == region) & test for region in REGIONS for test in tests]
    pairs = {f"{a}_{b}": (one & other).sum() for a, one in enumerate(flags) for b, other in enumerate(flags)}
    return int(frame.lazy().select(**pairs).collect().sum_horizontal().item())


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
