"""What the Customer card panel shows: whose card, up to which day, which part of the timeline."""

from __future__ import annotations

from typing import Any

from workbench.customers import identify
from workbench.customers.cards.history import KINDS
from workbench.customers.purchases import day_of
from workbench.errors import unknown
from workbench.widgets import people
from workbench.widgets.state import State
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

MOST_PAGES = 10_000


def customer(state: Any, value: Any) -> str:
    """Check a customer; any other identifier than the pseudonym stays out of state and link."""
    named = text_of(value)
    return identify(state.store, named) if named else ""


def day(_state: Any, value: Any) -> str:
    """Check the last day that counts; empty: the last day of the data."""
    named = text_of(value)
    return day_of(named).isoformat() if named else ""


def kinds(_state: Any, value: Any) -> tuple[str, ...]:
    """Check kinds of the timeline."""
    names = names_of(value)
    for name in names:
        if name not in KINDS:
            raise unknown("kind", name, KINDS, StateError)
    return tuple(name for name in KINDS if name in names)


def page(_state: Any, value: Any) -> int:
    """Check the number of a page."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if isinstance(value, bool) or not 1 <= number <= MOST_PAGES:
        raise StateError(f"{value!r} is no page.", f"Allowed: 1 to {MOST_PAGES}.")
    return number


class CustomerCardState(State):
    """State of the Customer card panel."""

    customer = Setting("", customer, "Whose card; empty: nobody's yet.")
    as_of = Setting("", day, "Last day that counts; empty: the last day of the data.")
    kinds = Words((), kinds, "Kinds of happenings in the timeline; empty: all.")
    page = Setting(1, page, "Page of the timeline, the newest first.")
    segment = people.setting()
