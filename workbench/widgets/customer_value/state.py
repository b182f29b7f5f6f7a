"""What the Customer value panel shows: how far ahead, known up to when, of whom, in which currency."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

from workbench.customers.held import held
from workbench.errors import WorkbenchError, unknown
from workbench.schema import NO_CURRENCY
from workbench.segments import SEGMENTS, listed
from workbench.widgets import people, pointing
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, text_of

HORIZONS = MappingProxyType({"30": 30, "90": 90, "180": 90, "365": 90})
"""Days ahead → days of the windows of the back-test: long horizons leave too few windows to learn from."""

OUTCOMES = ("buy", "churn", "respond")
"""What a customer may do next."""

BEST = MappingProxyType({"5": 0.05, "10": 0.1, "20": 0.2, "30": 0.3, "50": 0.5})
"""Percent of the customers to address → share."""

UNITS = ("week", "month", "quarter")

EVERYBODY = "all"


def day(state: Any, value: Any) -> str:
    """Check a day on which orders were known."""
    known = held(state.store)
    try:
        found = dt.date.fromisoformat(text_of(value))
    except ValueError:
        raise StateError(f"{value!r} is no day.", "Write it as 2026-10-04.") from None
    if known.first and known.last and not known.first <= found <= known.last:
        raise StateError(
            f"{value} lies outside of the orders.", f"They go from {known.first} to {known.last}."
        )
    return found.isoformat()


def latest(state: Any) -> str:
    """The day of the last order."""
    return (held(state.store).last or dt.datetime.now(dt.UTC).date()).isoformat()


def currency(state: Any, value: Any) -> str:
    """Check a currency of the orders."""
    known = held(state.store).currencies or (NO_CURRENCY,)
    if value not in known:
        raise unknown("currency", value, known, StateError)
    return str(value)


def usual_currency(state: Any) -> str:
    """The currency of most orders."""
    return (held(state.store).currencies or (NO_CURRENCY,))[0]


def whose(state: Any, value: Any) -> str:
    """Check whose value it is: everybody's, an RFM segment's, or that of a saved segment, kept by its id."""
    named = text_of(value)
    if named in (EVERYBODY, *SEGMENTS):
        return named
    if not named:
        return EVERYBODY
    try:
        return people.segment(state, named)
    except WorkbenchError:
        saved = [rule.name for rule in listed(state.store)]
        raise unknown("segment", named, (EVERYBODY, *SEGMENTS, *saved), StateError) from None


class CustomerValueState(State):
    """State of the Customer value panel."""

    horizon = Setting("365", one_of("horizon", tuple(HORIZONS)), "Days ahead: `30`, `90`, `180`, `365`.")
    as_of = Setting(latest, day, "Last day that was known.")
    segment = Setting(
        EVERYBODY, whose, "An RFM segment, such as `champions`, a saved segment by id or name, or `all`."
    )
    currency = Setting(usual_currency, currency, "Currency of the orders that count.")
    outcome = Setting("buy", one_of("outcome", OUTCOMES), "What customers may do: `buy`, `churn`, `respond`.")
    best = Setting("20", one_of("share", tuple(BEST)), "Percent of the customers to address, the likeliest.")
    unit = Setting("month", one_of("period", UNITS), "Length of a cohort and its periods: `week`, `month`, …")
    chosen = pointing.setting()
