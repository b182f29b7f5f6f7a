"""A geo test straight from a store: regions that were treated, against the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.compare.causal.ask import incremental
from workbench.compare.result import Comparison
from workbench.errors import QuestionError, unknown
from workbench.metrics.dimensions import MEMBERS, dimension, named
from workbench.metrics.kpis import kpis

if TYPE_CHECKING:
    from workbench.data import Store

BEFORE = 112
"""Days before the start that are looked at: sixteen weeks."""


def geo_test(
    store: Store,
    treated: str | Sequence[str],
    start: str | dt.date,
    end: str | dt.date | None = None,
    metric: str = "conversions",
    by: str = "region",
    before_days: int = BEFORE,
    where: Mapping[str, Any] | None = None,
    method: str = "synthetic_control",
    currency: str | None = None,
    **wishes: Any,
) -> Comparison:
    """Estimate what a change in some regions brought, against the regions without it.

    Args:
        store: The store.
        treated: Members of `by` that were treated.
        start, end: First and last day of the treatment; without an end, the last day that has data.
        metric: A metric of the catalogue, by day.
        by: Dimension of the units.
        before_days: Days before the start to learn from.
        where: Dimension → value or values to keep.
        method: As in `incremental`.
        currency: ISO 4217 code of amounts.
        wishes: Further arguments of `incremental`.

    Returns:
        A `Comparison` as `incremental` gives it; a ratio is compared by its daily values.

    Raises:
        QuestionError: for an unknown member, metric, or days that are none.
        InputError: as `incremental`.
    """
    names, unit = _treated(store, treated, by)
    first, last = _day(start), _day(end) if end else store.as_of or _day(start)
    period = f"{first - dt.timedelta(days=before_days)}..{last}"
    answer = kpis(store, ["date", unit], metric, period, None, where, currency)
    known = answer.table.dropna(subset=[unit])
    table = known.assign(_treated=known[unit].isin(names).astype(int))
    # a day without a row had none of a sum, and no value of a ratio
    missing = "drop" if store.metrics[metric].is_ratio else "zero"
    given = {"start": first, "missing": missing, "currency": answer.currency, **wishes}
    found = incremental(table, unit, "date", metric, "_treated", method, **given)
    return found.with_(
        as_of=store.as_of,
        data_version=store.version,
        sql=answer.sql,
        better={metric: store.metrics[metric].better},
        details={**found.details, "treated": names, "by": unit},
    )


def _treated(store: Store, treated: str | Sequence[str], by: str) -> tuple[tuple[str, ...], str]:
    """The treated members and their dimension, checked."""
    names, unit = named("treated", treated), dimension(by)
    if unit not in MEMBERS:
        raise unknown("dimension", by, MEMBERS)
    known = store.members(unit)
    for name in names:
        if name not in known:
            raise unknown(unit, name, known)
    return names, unit


def _day(value: str | dt.date) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise QuestionError(f"{value!r} is no day.", "Write a day such as 2026-10-04.") from None
