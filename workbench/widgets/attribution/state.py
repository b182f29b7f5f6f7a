"""What the Attribution panel shows: model, window, breakdown, period."""

from __future__ import annotations

import datetime as dt
from typing import Any

from workbench.attribution import MODELS
from workbench.attribution.stores import DIMENSIONS, GOALS
from workbench.metrics import periods
from workbench.metrics.query import first_day
from workbench.widgets import people
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, text_of

FEWEST_DAYS, MOST_DAYS = 1, 90
"""Ends of the slider for the attribution window."""


def window(_state: Any, value: Any) -> int:
    """Check a window in days."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if isinstance(value, bool) or not FEWEST_DAYS <= number <= MOST_DAYS:
        raise StateError(f"{value!r} is no window.", f"Allowed: {FEWEST_DAYS} to {MOST_DAYS} days.")
    return number


def period(state: AttributionState, value: Any) -> str:
    """Check a period in words."""
    last = state.store.as_of or dt.datetime.now(dt.UTC).date()
    return periods.resolve(text_of(value), last, first_day(state.store) or last).name


class AttributionState(State):
    """State of the Attribution panel."""

    period = Setting("last_90_days", period, "Days whose conversions count: `last_90_days`, `all`, …")
    model = Setting("markov", one_of("model", tuple(MODELS)), "Model in front: `markov`, `shapley`, …")
    window = Setting(30, window, "Days before a conversion in which a touch counts.")
    by = Setting(
        "channel", one_of("dimension", tuple(DIMENSIONS)), "What gets credit: `channel`, `campaign`, …"
    )
    goal = Setting("order", one_of("goal", GOALS), "What a conversion is: `order` or `lead`.")
    segment = people.setting()
