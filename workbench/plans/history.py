"""What was spent and what came of it, by cell and week: what fits, plans and back-tests begin with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

JOINT, WEEK = " · ", 7


def history(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    metric: str = "conversions",
    period: str = "all",
    where: Mapping[str, Any] | None = None,
    currency: str | None = None,
    final: bool = True,
) -> pd.DataFrame:
    """Weekly spend and response of every cell of a workspace.

    Args:
        store: The workspace.
        by: One or two dimensions that make up a cell.
        metric: What counts as response.
        period: Words such as `last_90_days`. where: Filters. currency: As in `metrics.kpis`.
        final: Leave out weeks whose conversions still arrive: they look as if spend had brought less.

    Returns:
        One row a cell and whole week (its Monday): `cell`, the columns of `by`, `time`, `spend`, `response`;
        0 where nothing was seen.

    Raises:
        QuestionError: for a metric that is a quotient, whose weeks do not add up.
    """
    from workbench import metrics
    from workbench.sources.maturity import moving, settled

    names = [by] if isinstance(by, str) else list(by)
    adding(store, metric)
    answer = metrics.trend(store, ["cost", metric], names, period, where, grain="week", currency=currency)
    first, last = answer.period.start, min(answer.period.end, store.as_of or answer.period.end)
    last = min(last, settled(moving(store)) or last) if final else last
    table = answer.to_frame()
    table["time"] = [_day(value) for value in table["week"]]
    whole = [first <= day and day + dt.timedelta(days=WEEK - 1) <= last for day in table["time"]]
    table = table[whole].rename(columns={"cost": "spend", metric: "response"})
    table["cell"] = cell_of(table, names)
    table[["spend", "response"]] = table[["spend", "response"]].astype(float).fillna(0.0)
    return table[["cell", *names, "time", "spend", "response"]].reset_index(drop=True)


def adding(store: Store, metric: str) -> None:
    """Refuse a quotient as the response of a plan."""
    from workbench.catalogue import catalogue

    known = catalogue(store.path)
    if metric in known and known[metric].is_ratio:
        raise QuestionError(
            f"{metric!r} is a quotient, and a plan adds responses up.", "Use a count, such as conversions."
        )


def cell_of(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """The names of the cells of rows: their parts, joined."""
    parts = zip(*(table[name].astype(str) for name in by), strict=True)
    return [JOINT.join(part) for part in parts]


def called(cell: str, names: Mapping[str, str]) -> str:
    """A cell by the shown names of its parts."""
    return JOINT.join(names.get(part, part) for part in cell.split(JOINT))


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
