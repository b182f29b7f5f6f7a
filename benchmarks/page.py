"""How results are written: numbers, tables, and where and how busily they were measured."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain


def machine() -> str:
    """Where and when this was measured."""
    import psutil

    day, memory = dt.datetime.now(dt.UTC).date(), psutil.virtual_memory().total / 1e9
    return (
        f"Made by `make bench` on {day}: {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}. Medians of warm runs, a fresh process each; "
        "trust the ratios more than the milliseconds."
    )


def load(when: str = "when this began") -> str:
    """How busy the machine was: other work makes everything slower."""
    return f"Load of the machine {when}: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]


def ms(value: float) -> str:
    """Milliseconds with about three digits; seconds where they are many."""
    if value >= 10_000:
        return f"{value / 1000:.2f} s"
    return f"{value:,.3g} ms" if value < 100 else f"{value:,.0f} ms"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    for line in chain((head, ["---"] * len(head)), rows):
        yield "| " + " | ".join(line) + " |"
