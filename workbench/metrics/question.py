"""A question, checked: plain parameters become catalogue entries, days and filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import catalogue
from workbench.catalogue import FACTS, MONEY_FACTS, Linear, Metric
from workbench.metrics import filters, money, periods
from workbench.metrics.dimensions import breakdown, named
from workbench.metrics.periods import Period
from workbench.metrics.query import profile

if TYPE_CHECKING:
    from workbench.data import Store

NOT_ADDITIVE = frozenset({"reach", "reached_impressions"})
"""Facts that no sum gives; table `reach` knows them for exact windows."""


@dataclass(frozen=True)
class Question:
    """What is asked of a store.

    Attributes:
        store: The store, pinned to a version.
        by: Dimensions of the breakdown.
        metrics: Catalogue entries.
        period: Days to answer for.
        compare: Words of the comparison; empty for none.
        before: Days to compare with; None where there are none.
        where: Filters.
        first: First day that has data.
        currency: ISO 4217 code of the amounts; empty: the settings or the data decide.
    """

    store: Store
    by: tuple[str, ...]
    metrics: tuple[Metric, ...]
    period: Period
    compare: str
    before: Period | None
    where: filters.Where
    first: dt.date
    currency: str = ""

    @property
    def empty(self) -> bool:
        """Whether the store holds no delivery at all."""
        return self.store.as_of is None

    @property
    def windows(self) -> tuple[Period, ...]:
        """The periods to read from the roll-up: now, and before if that is in the data."""
        return (self.period, self.before) if self.before and self.compare != "target" else (self.period,)

    @property
    def partial(self) -> bool:
        """Whether only part of the days compared with is in the data, and rows are more than days."""
        if self.compare == "target" or self.before is None or "date" in self.by:
            return False
        return 0 < self.inside(self.before) < self.before.days

    def span(self, period: Period) -> tuple[dt.date, dt.date]:
        """First and last day of a period that lie in the data; reversed where none does."""
        return max(period.start, self.first), min(period.end, self.store.as_of or period.end)

    def inside(self, period: Period) -> int:
        """Number of days of a period that lie in the data."""
        start, end = self.span(period)
        return max(0, (end - start).days + 1)

    def terms(self, metric: Metric) -> tuple[Linear, Linear]:
        """Coefficients of a metric's numerator and denominator."""
        return metric.terms(self.store.settings.margin)

    def columns(self) -> tuple[str, ...]:
        """Roll-up columns to add up; cost always, for it tells how much a remark is worth."""
        facts = {fact for metric in self.metrics for side in self.terms(metric) for fact in side}
        return tuple(sorted({FACTS[fact] for fact in facts - NOT_ADDITIVE} | {"cost_micros"}))

    def flags(self) -> tuple[str, ...]:
        """Roll-up columns of the ratios that some rows of the data do not know."""
        sides = [side for metric in self.metrics if metric.is_ratio for side in self.terms(metric)]
        used = {FACTS[fact] for side in sides for fact in side}
        return tuple(sorted(used & profile(self.store).gaps))


def ask(
    store: Store,
    by: str | Sequence[str] | None,
    metrics: str | Sequence[str],
    period: str | Period,
    compare: str | Period | None = None,
    where: Mapping[str, Any] | None = None,
    currency: str | None = None,
) -> Question:
    """Check the parameters of a question.

    Raises:
        QuestionError: for an unknown metric, dimension, period, filter value or currency.
    """
    names = tuple(dict.fromkeys(named("metrics", metrics)))
    entries = tuple(catalogue.pick(names, store.metrics))
    first = profile(store).first or store.as_of or dt.datetime.now(dt.UTC).date()
    days, before = _windows(store, period, compare, first)
    return Question(
        store=store,
        by=breakdown(by),
        metrics=entries,
        period=days,
        compare=compare.name if isinstance(compare, Period) else compare or "",
        before=before,
        where=filters.normal(store, where),
        first=first,
        currency=money.checked(currency),
    )


def of_money(*sides: Linear) -> bool:
    """Whether any fact of an expression is an amount."""
    return any(fact in MONEY_FACTS for side in sides for fact in side)


def additive(*sides: Linear) -> bool:
    """Whether every fact of an expression may be added over rows."""
    return not any(fact in NOT_ADDITIVE for side in sides for fact in side)


def _windows(
    store: Store, period: str | Period, compare: str | Period | None, first: dt.date
) -> tuple[Period, Period | None]:
    last = store.as_of or dt.datetime.now(dt.UTC).date()
    days = period if isinstance(period, Period) else periods.resolve(period, last, first)
    if compare == "target":
        return days, Period(days.start, days.end, "target")
    if not compare or isinstance(compare, Period):
        return days, compare or None
    return days, periods.before(days, compare, last, first)
