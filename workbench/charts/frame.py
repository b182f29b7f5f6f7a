"""From answers to chart rows: which column is what, which index a member has, what it is called."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    from workbench.catalogue import Metric
    from workbench.metrics import MetricTable

Row = dict[str, Any]
Labels = Mapping[tuple[str, str], str]
"""(dimension, value) → shown label, as `Store.labels` gives it."""

DAYS = ("date", "week", "month")
MOST = 8
"""As many series as there are colours that stay apart."""


def metric_of(answer: MetricTable, name: str | None) -> Metric:
    """The metric of an answer called `name`, the first one by default.

    Raises:
        QuestionError: if the answer does not hold it.
    """
    metrics = {metric.id: metric for metric in answer.metrics}
    chosen = name or next(iter(metrics))
    if chosen not in metrics:
        raise unknown("metric", chosen, metrics, where="this answer")
    return metrics[chosen]


def dimensions(answer: MetricTable, kind: str, time: Sequence[str] = ()) -> tuple[str, str | None]:
    """The time dimension (or the only one) and the group of an answer that a chart of this kind draws.

    Raises:
        QuestionError: if it is broken down by something else.
    """
    first = [name for name in answer.by if name in time] if time else list(answer.by[:1])
    rest = [name for name in answer.by if name not in first]
    if len(first) != 1 or len(rest) > bool(time):
        wanted = (
            f"one of {', '.join(time)} and at most one more dimension" if time else "exactly one dimension"
        )
        shown = ", ".join(answer.by) or "nothing"
        raise QuestionError(f"A {kind} cannot show an answer by {shown}.", f"Ask by {wanted}.")
    return first[0], rest[0] if rest else None


def places(members: Iterable[Any], order: Sequence[str] | None) -> dict[Any, int]:
    """Member → series index, which is its colour: its place in `order`, the others after those.

    At most eight members are kept. A member has the same colour in every chart as long as the places
    of those shown are among the first eight; else the shown ones are numbered anew.
    """
    found = {None if missing(member) else member: 0 for member in members}
    rank: dict[Any, int] = {member: index for index, member in enumerate(order or ())}
    after = len(rank)
    for member in found:
        found[member] = rank.get(member, after)
        after += member not in rank
    kept = sorted(found, key=lambda member: found[member])[:MOST]
    if any(found[member] >= MOST for member in kept):
        return {member: index for index, member in enumerate(kept)}
    return {member: found[member] for member in kept}


def series_scale(values: Sequence[Any]) -> dict[str, Any]:
    """A scale that gives series index i the i-th of `values`."""
    return {"domain": list(range(len(values))), "range": list(values)}


def missing(amount: Any) -> bool:
    """Whether a cell holds nothing."""
    return amount is None or amount != amount or str(amount) in ("NaT", "<NA>")


def figure(amount: Any) -> float | None:
    """A number as compact as it stays exact for any reader: six significant digits, None if missing."""
    if missing(amount) or not math.isfinite(amount):
        return None
    size = float(amount)
    whole = round(size)
    return whole if abs(size - whole) < 1e-9 * max(1.0, abs(size)) else float(f"{size:.6g}")


def safe(member: Any) -> Any:
    """A member as a JSON value."""
    return str(member)[:10] if isinstance(member, dt.date) else getattr(member, "item", lambda: member)()


def instant(day: Any) -> int:
    """A day as UTC milliseconds."""
    import pandas as pd

    return int(pd.Timestamp(day).timestamp() * 1000)


def day(milliseconds: int) -> dt.date:
    """The day of UTC milliseconds."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).date()
