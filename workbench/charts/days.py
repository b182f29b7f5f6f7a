"""Rows of a trend: one a day, gaps kept as gaps, line ends marked and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.charts import frame
from workbench.charts.frame import Row

if TYPE_CHECKING:
    import pandas as pd

_STEPS = {"date": "D", "week": "7D", "month": "MS"}
_APART = 18
"""Pixels between two names."""


def rows_of(table: pd.DataFrame, metric: str, time: str) -> list[Row]:
    """One row a day, missing days as null so that a line breaks instead of inventing."""
    import pandas as pd

    days = pd.to_datetime(table[time])
    frames = table.set_axis(days, axis=0)
    every = pd.date_range(days.min(), days.max(), freq=_STEPS[time])
    columns = {"m": metric, "lo": f"{metric}_low", "hi": f"{metric}_high", "b": f"{metric}_before"}
    found = {key: frames[name].reindex(every).tolist() for key, name in columns.items() if name in frames}
    rows = [
        {"t": frame.instant(at)} | {key: frame.figure(values[number]) for key, values in found.items()}
        for number, at in enumerate(every)
    ]
    return _marked([_without_blank(row) for row in rows])


def _without_blank(row: Row) -> Row:
    return {key: amount for key, amount in row.items() if amount is not None or key == "m"}


def _marked(rows: list[Row]) -> list[Row]:
    """Mark with `p` the points that a line would not show: the last one, and those between gaps."""
    known = [row["m"] is not None for row in rows]
    last = max((index for index, there in enumerate(known) if there), default=-1)
    for index, row in enumerate(rows):
        alone = known[index] and not any(known[max(0, index - 1) : index] + known[index + 1 : index + 2])
        if index == last or alone:
            row["p"] = 1
    return rows


def rows_by_group(
    table: pd.DataFrame,
    metric: str,
    time: str,
    group: str,
    places: dict[Any, int],
    name: Callable[[Any], str],
) -> list[Row]:
    """Rows of every group that has a place, one group after the other.

    Args:
        table: The answer's table.
        metric, time, group: Columns.
        places: Member → series index (`frame.places`).
        name: What a member is called.
    """
    rows: list[Row] = []
    for member, place in sorted(places.items(), key=lambda item: item[1]):
        part = table[table[group].isna()] if member is None else table[table[group] == member]
        line = [{k: row[k] for k in ("t", "m", "p") if k in row} for row in rows_of(part, metric, time)]
        rows += [row | {"s": place, "name": name(member), "key": frame.safe(member)} for row in line]
    return rows


def with_labels(rows: list[Row], zero: bool, height: int) -> list[Row]:
    """Give each line's last point the place of its name (`ly`), so that no two names cover each other.

    Args:
        rows: Rows of all lines.
        zero: Whether the axis begins at zero.
        height: Pixels of the chart.
    """
    ends = {row["s"]: row for row in rows if row.get("p") and row["m"] is not None}
    values = [row["m"] for row in rows if row["m"] is not None] + ([0] if zero else [])
    apart = (max(values) - min(values)) * _APART / height or 1.0
    below = -float("inf")
    for row in sorted(ends.values(), key=lambda row: row["m"]):
        below = row["ly"] = max(row["m"], below + apart)
    return rows
