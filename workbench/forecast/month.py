"""Where a month will end: what is known, what is still to come, and what that means for a target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.errors import QuestionError, WorkbenchError
from workbench.forecast import delays
from workbench.forecast.ask import (
    answered,
    checked,
    is_store,
    known_events,
    read,
    share,
    until,
    with_holidays,
)
from workbench.forecast.bundle import Bundle
from workbench.forecast.notes import Note
from workbench.forecast.pacing import Pacing, paced
from workbench.metrics.periods import Period


def month_end(
    series: Any,
    metric: str | None = None,
    as_of: Any = None,
    target: float | Mapping[str, float] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    time: str | None = None,
    value: str | None = None,
    events: Any = None,
    country: str | None = None,
    level: float = 0.95,
    gaps: str = "missing",
    maturity: Sequence[float] | None = None,
    currency: str | None = None,
) -> Pacing:
    """Project the month of a day to its end.

    The projection is what the month has so far plus the forecast of the rest; young days that are not
    finished count with what they will come to. The interval is that of a sum of days (`Forecast.total`).

    Args:
        series, by, where, time, value, events, country, level, gaps, maturity, currency: As `forecast` has
            them.
        metric: One that adds up over days, or `sales:revenue` or `sales:orders`; None: `cost`.
        as_of: The last day that is known; None: the last one of the data, and the next month where that
            ends a month. What came later is not looked at.
        target: Of the whole month: one number, or member (joined by ` · `) → number; None: the store's
            targets for that month.

    Returns:
        `Pacing`.

    Raises:
        QuestionError: for a metric that does not add up, or a day outside of the data.
        InputError: for series that cannot be read.
    """
    bundle = read(
        series, metric=metric, by=by, where=where, period="all", time=time, value=value, gaps=gaps,
        maturity=maturity, currency=currency,
    )  # fmt: skip
    if not bundle.sums or bundle.step != "day":
        raise QuestionError(
            f"{bundle.name} by {bundle.step} does not add up to a month.",
            "Ask for daily values of a metric that adds up, such as cost or revenue.",
        )
    bundle = checked(until(bundle, as_of))
    first, last = month_of(bundle.last)
    if as_of is None and bundle.last == last:
        first, last = month_of(last + dt.timedelta(days=1))
    future = (last - bundle.last).days
    named = with_holidays(series, known_events(series, events), country, bundle, max(future, 1))
    ahead = answered(bundle, max(future, 1), named, share("level", level))
    planned, notes = _targets(series, bundle, target, where, first, last, currency)
    return paced(ahead, delays.learnt(bundle), first, last, planned, (*ahead.notes, *notes))


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month of a day."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _targets(
    series: Any,
    bundle: Bundle,
    target: Any,
    where: Mapping[str, Any] | None,
    first: dt.date,
    last: dt.date,
    currency: str | None,
) -> tuple[Any, tuple[Note, ...]]:
    """The target of each series, nan where there is none."""
    names = [" · ".join(key.values()) for key in bundle.keys]
    if isinstance(target, Mapping):
        return np.array([float(target.get(name, np.nan)) for name in names]), ()
    if target is not None:
        if isinstance(target, bool) or not isinstance(target, int | float | np.number) or len(names) > 1:
            raise QuestionError(
                f"target={target!r} is no target of {len(names)} series.",
                "Write one number for one series, or member → number.",
            )
        return np.array([float(target)]), ()
    if not is_store(series) or bundle.name not in series.metrics:
        return np.full(len(names), np.nan), ()
    return _planned(series, bundle, where, Period(first, last, f"{first}..{last}"), currency)


def _planned(
    store: Any, bundle: Bundle, where: Mapping[str, Any] | None, month: Period, currency: str | None
) -> tuple[Any, tuple[Note, ...]]:
    """What the store's targets plan for a month."""
    from workbench.metrics import kpis

    try:
        table = kpis(store, bundle.by, [bundle.name], month, "target", where, currency).table
    except WorkbenchError:  # targets know channels only
        return np.full(len(bundle.keys), np.nan), (Note.of("no_target_here"),)
    column = f"{bundle.name}_before"
    rows = table.astype(object).where(table.notna(), "").to_dict("records")
    found = {tuple(str(row[name]) for name in bundle.by): row[column] for row in rows}
    planned = [found.get(tuple(key.values()), "") for key in bundle.keys]
    return np.array([float(value) if value != "" else np.nan for value in planned]), ()
