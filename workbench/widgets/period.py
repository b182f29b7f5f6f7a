"""The state of panels about days of delivery: period, comparison and filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.errors import WorkbenchError, unknown
from workbench.metrics import filters, periods
from workbench.metrics.dimensions import MEMBERS
from workbench.metrics.query import first_day
from workbench.widgets.state import State
from workbench.widgets.traits import Filters, Setting, StateError, names_of, text_of

NO_COMPARISON = "none"
FEWEST_DAYS, MOST_DAYS = 7, 180
"""Ends of the slider for the last N days."""


def period(state: PeriodState, value: Any) -> str:
    """Check a period in words."""
    return periods.resolve(text_of(value), *state.span).name


def comparison(state: PeriodState, value: Any) -> str:
    """Check a comparison; None or an empty text is no comparison."""
    if value in (None, "", NO_COMPARISON):
        return NO_COMPARISON
    if value in periods.COMPARISONS:
        return str(value)
    try:
        return period(state, value)
    except WorkbenchError:
        allowed = (*periods.COMPARISONS, NO_COMPARISON, "a period such as 2026-10")
        raise unknown("comparison", value, allowed, StateError) from None


def where(state: PeriodState, value: Any) -> dict[str, tuple[str, ...]]:
    """Check filters: dimension → values that the store holds."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no filters.", "Write {'channel': ['search']}.")
    for name in value:
        if name not in MEMBERS:
            raise unknown("filter", name, MEMBERS, StateError)
    return filters.normal(state.store, {name: names_of(item) for name, item in value.items()})


class PeriodState(State):
    """State of a panel about days of delivery."""

    also: ClassVar[tuple[str, ...]] = ("days",)

    period = Setting("last_28_days", period, "Period in words: `last_28_days`, `2026-10`, …")
    compare = Setting("previous_period", comparison, "What the period is compared with, or `none`.")
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """(last day, first day) that have data, as periods are resolved."""
        last = self.store.as_of or dt.datetime.now(dt.UTC).date()
        return last, first_day(self.store) or last

    @property
    def days(self) -> int:
        """Length of the period in days; setting it chooses the last N days."""
        return periods.resolve(self.period, *self.span).days

    @days.setter
    def days(self, value: Any) -> None:
        """Choose the last `value` days, within the ends of the slider."""
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            number = 0
        if isinstance(value, bool) or not FEWEST_DAYS <= number <= MOST_DAYS:
            raise StateError(
                f"{value!r} is no number of days.", f"Allowed: {FEWEST_DAYS} to {MOST_DAYS}.", "days"
            )
        self.update(period=f"last_{number}_days")
