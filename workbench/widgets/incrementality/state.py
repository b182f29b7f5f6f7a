"""What the Incrementality panel shows: who was treated, from when on, and by which method."""

from __future__ import annotations

import datetime as dt
from typing import Any

from workbench import catalogue
from workbench.errors import unknown
from workbench.metrics import periods
from workbench.metrics.query import first_day
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

METHODS = ("synthetic_control", "did", "its")
BEFORE = ("56", "112", "224")
"""Days before the start that are learnt from."""

USUAL = "last_28_days"
"""The period that is asked for at first."""


def outcome(state: State, value: Any) -> str:
    """Check a metric that delivery answers."""
    return catalogue.pick([text_of(value)], state.store.metrics)[0].id


def treated(state: State, value: Any) -> tuple[str, ...]:
    """Check the regions that were treated."""
    names = tuple(dict.fromkeys(names_of(value)))
    known = state.store.members("region")
    for name in names:
        if name not in known:
            raise unknown("region", name, known, StateError)
    return names


def day(state: State, value: Any) -> str:
    """Check a day inside of the data."""
    last = state.store.as_of
    first = first_day(state.store)
    try:
        found = dt.date.fromisoformat(text_of(value))
    except ValueError:
        raise StateError(f"{value!r} is no day.", "Write it as 2026-10-04.") from None
    if last and first and not first <= found <= last:
        raise StateError(f"{value} lies outside of the data.", f"They go from {first} to {last}.")
    return found.isoformat()


def usual_start(state: State) -> str:
    """Four weeks before the end of the data."""
    last = state.store.as_of or dt.datetime.now(dt.UTC).date()
    return periods.resolve(USUAL, last, first_day(state.store) or last).start.isoformat()


def usual_end(state: State) -> str:
    """The end of the data."""
    return (state.store.as_of or dt.datetime.now(dt.UTC).date()).isoformat()


class IncrementalityState(State):
    """State of the Incrementality panel."""

    treated = Words(lambda state: state.store.members("region")[:1], treated, "Regions that were treated.")
    start = Setting(usual_start, day, "First day of the treatment.")
    end = Setting(usual_end, day, "Last day of the treatment.")
    metric = Setting("conversions", outcome, "Outcome by day.")
    method = Setting("synthetic_control", one_of("method", METHODS), "How the effect is estimated.")
    before = Setting("112", one_of("length", BEFORE), "Days before the start to learn from.")
