"""What the Interactions panel shows: period, comparison, breakdown."""

from __future__ import annotations

import datetime as dt
from typing import Any

from workbench.customers.service.ask import span
from workbench.errors import WorkbenchError, unknown
from workbench.metrics import periods
from workbench.widgets import people, pointing
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, text_of

BY = ("", "method", "marketer", "kind", "message", "region")
COMPARISONS = ("previous_period", "previous_year")


def period(state: State, value: Any) -> str:
    """Check a period in words."""
    return periods.resolve(text_of(value), *_span(state)).name


def comparison(state: State, value: Any) -> str:
    """Check a comparison; None or an empty text is no comparison."""
    if value in (None, "", NO_COMPARISON):
        return NO_COMPARISON
    if value in COMPARISONS:
        return str(value)
    try:
        return period(state, value)
    except WorkbenchError:
        allowed = (*COMPARISONS, NO_COMPARISON, "a period such as 2026-10")
        raise unknown("comparison", value, allowed, StateError) from None


def _span(state: State) -> tuple[dt.date, dt.date]:
    return span(state.store)


class InteractionsState(State):
    """State of the Interactions panel."""

    period = Setting("last_90_days", period, "Days in which cases came and promotions went out.")
    compare = Setting("previous_period", comparison, "What the period is compared with, or `none`.")
    by = Setting("", one_of("dimension", BY), "What is told apart: `method`, `marketer`, …; empty: nothing.")
    segment = people.setting()
    chosen = pointing.setting()
