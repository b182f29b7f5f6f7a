"""What the Forecast panel shows: which metric, told apart by what, how far ahead and how far back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from workbench.errors import unknown
from workbench.forecast import choice
from workbench.metrics import filters
from workbench.metrics.dimensions import MEMBERS
from workbench.metrics.query import first_day
from workbench.widgets.forecast.choosing import BY, first
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Filters, Setting, StateError, names_of, text_of

HORIZONS = ("14", "28", "56", "91")
LOOKS = ("28", "91", "182")
"""Newest days among which anomalies are looked for."""


def outcome(state: State, value: Any) -> str:
    """Check a series: a metric that has a value every day, own sales, or one from outside."""
    name = text_of(value)
    return name if name == first(state) else choice(state.store, name).id


def member(_state: State, value: Any) -> str:
    """Check the name of a series; one that is not there shows the largest."""
    return text_of(value)


def day(state: State, value: Any) -> str:
    """Check a day inside of the data; empty or the last one: everything is looked at."""
    named = text_of(value)
    last, first = state.store.as_of, first_day(state.store)
    if not named or not last or not first:
        return ""
    try:
        found = dt.date.fromisoformat(named)
    except ValueError:
        raise StateError(f"{value!r} is no day.", "Write it as 2026-10-04.") from None
    if not first <= found <= last:
        raise StateError(f"{value} lies outside of the data.", f"They go from {first} to {last}.")
    return "" if found == last else found.isoformat()


def where(state: State, value: Any) -> dict[str, tuple[str, ...]]:
    """Check filters: dimension → values that the store holds."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no filters.", "Write {'channel': ['search']}.")
    for name in value:
        if name not in MEMBERS:
            raise unknown("filter", name, MEMBERS, StateError)
    return filters.normal(state.store, {name: names_of(item) for name, item in value.items()})


class ForecastState(State):
    """State of the Forecast panel."""

    metric = Setting(
        first,
        outcome,
        "What is forecast, by day: a metric, `sales:revenue`, `market:` and an outside series.",
    )
    by = Setting("", one_of("dimension", BY), "What is told apart: `channel`, …; empty: the total.")
    member = Setting("", member, "The series that is drawn; empty: the largest.")
    horizon = Setting("28", one_of("horizon", HORIZONS), "Days ahead.")
    look = Setting("91", one_of("length", LOOKS), "Newest days among which anomalies are looked for.")
    as_of = Setting("", day, "Last day that is looked at; empty: the last one of the data.")
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")
