"""Day series of a store's metrics, with what is known of how finished their newest days are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.catalogue import FACTS, Linear
from workbench.errors import QuestionError
from workbench.forecast import delays
from workbench.forecast.bundle import Bundle
from workbench.forecast.smoothing import Floats
from workbench.metrics.intervals import quotient
from workbench.metrics.kpis import Measured, measure
from workbench.metrics.question import Question, additive, ask, of_money
from workbench.schema import ROLLUP_OUTCOMES

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.metrics.periods import Period

LATE = frozenset(
    fact for fact, column in FACTS.items() if column in {entry.name for entry in ROLLUP_OUTCOMES}
)
"""Facts that arrive days after the click."""

EPOCH = np.datetime64("1970-01-01")


def read(
    store: Store,
    metric: str | None = None,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    period: str | Period = "all",
    maturity: Sequence[float] | None = None,
    currency: str | None = None,
) -> Bundle:
    """One series a member.

    Sums of a member on a day on which others have data but it has none are 0, from its first day on; days on
    which nobody has data are missing.

    Raises:
        QuestionError: for a metric, dimension, filter or period that does not exist, or an empty store.
    """
    measured = measure(
        ask(store, by, tuple(dict.fromkeys((metric or "cost", "cost"))), period, None, where, currency)
    )
    bundle = _bundle(measured, store)
    if maturity is not None:
        return delays.given(bundle, maturity)
    return _aged(bundle, measured.question)


def of_measured(measured: Measured, metric: str) -> Bundle:
    """One series a group of what is measured already, as `read` gives it.

    Args:
        measured: Sums by day. metric: One of its question's metrics.
    """
    entry = next(entry for entry in measured.question.metrics if entry.id == metric)
    alone = replace(measured, question=replace(measured.question, metrics=(entry,), before=None, compare=""))
    return _aged(_bundle(alone, measured.question.store), alone.question)


def _aged(bundle: Bundle, question: Question) -> Bundle:
    """The bundle with how finished its newest days are."""
    days, last = _open(question.store, bundle, question), question.store.as_of
    behind = max((last - bundle.last).days, 0) if last else 0
    return delays.measured(bundle, question.store, question, days, behind) if days else bundle


def _bundle(measured: Measured, store: Store) -> Bundle:
    question, entry = measured.question, measured.question.metrics[0]
    top, bottom = question.terms(entry)
    if not additive(top, bottom):
        raise QuestionError(
            f"{entry.id} does not add up over days, so it has no day series.", "Ask for another metric."
        )
    sums = measured.now[of_money(top, bottom)]
    if not len(sums.day):
        raise QuestionError(
            "There is no delivery in this period.", "Import exports, or choose another period."
        )
    last = max(int(sums.day.max()), _day(min(question.period.end, store.as_of or dt.date.max)))
    days = EPOCH + np.arange(int(sums.day.min()), last + 1)
    above, there = matrix(measured, top, days)
    values = quotient(above, matrix(measured, bottom, days)[0]) if bottom else _sums(above, there)
    keys = [_members(row) for row in measured.keys.to_dict("records")] if question.by else [{}]
    return Bundle(
        days=days,
        values=values,
        keys=tuple(keys),
        by=question.by,
        name=entry.id,
        unit=entry.unit,
        currency=measured.currency.code if entry.unit == "money" else "",
        sums=not entry.is_ratio,
        price=_prices(measured, entry, above, days),
        money=measured.currency.code,
        where=dict(question.where),
        data_version=store.version,
    )


def _day(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days if day < dt.date.max else 0


def _members(row: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): "" if value is None or value != value else str(value) for name, value in row.items()}


def matrix(measured: Measured, terms: Linear, days: Any) -> tuple[Floats, Any]:
    """An expression of facts by group and day, 0 where there is none; and where there are rows."""
    sums = measured.now[of_money(terms)]
    at = sums.day - (days[0] - EPOCH).astype(int)
    inside = (at >= 0) & (at < len(days))
    grid, there = np.zeros((sums.groups, len(days))), np.zeros((sums.groups, len(days)), bool)
    there[sums.group[inside], at[inside]] = True
    if terms:
        grid[sums.group[inside], at[inside]] = sums.daily(terms)[inside]
    return grid, there


def _sums(values: Floats, there: Any) -> Floats:
    """Sums as series: missing before a member's first day and on days without any data."""
    begun = np.cumsum(there, axis=1) > 0
    return np.asarray(np.where(begun & there.any(axis=0), values, np.nan))


def _prices(measured: Measured, entry: Any, values: Floats, days: Any) -> Floats:
    """Money of one unit of each series: 1 for amounts, cost per count, nan for ratios."""
    if entry.is_ratio:
        return np.full(len(values), np.nan)
    if entry.unit == "money":
        return np.ones(len(values))
    cost, count = matrix(measured, {"cost": 1.0}, days)[0].sum(axis=1), values.sum(axis=1)
    return np.where(count > 0, cost / np.maximum(count, 1e-300), np.nan)


def _open(store: Store, bundle: Bundle, question: Question) -> int:
    """Newest days of which late facts may still come; 0 for metrics without any."""
    from workbench.sources.maturity import moving, settled

    facts = {fact for side in question.terms(question.metrics[0]) for fact in side}
    final = settled(moving(store)) if facts & LATE else None
    if final is None:
        return 0
    return int((bundle.days > np.datetime64(final)).sum())


def shorter(bundle: Bundle, steps: int) -> Bundle:
    """The bundle without its last `steps` steps."""
    keep = len(bundle.days) - steps
    return replace(bundle, days=bundle.days[:keep], values=bundle.values[:, :keep])
