"""What the Contacts panel shows: hours, minutes, how many days, for whom, whose work list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.errors import unknown
from workbench.plans.contacts.asked import LONGEST
from workbench.segments.rules.consents import pairs
from workbench.widgets import people
from workbench.widgets.budget.state import amount
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Amounts, Setting, StateError, text_of

WEEKDAYS = {"5": 5, "10": 10, "15": 15, "20": 20}
"""Weekdays of the plan, as a choice."""

WORTH_DAYS = {"30": 30, "90": 90, "180": 180, "365": 365}
"""Days of a customer's value that a positive reaction counts as."""


def hours(_state: Any, value: Any) -> float | str:
    """Check hours a day; empty: as they are spent now."""
    found = amount(_state, value)
    if found != "" and found > LONGEST:  # type: ignore[operator]
        raise StateError(f"A day of {found} hours is none.", f"Give hours from 0 to {LONGEST:g}.")
    return found


def staff(state: Any, value: Any) -> dict[str, float]:
    """Check hours a day by marketer; an empty one is left out."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no hours of marketers.", "Write {'m01': 2}.")
    return _by_name(value, lambda item: hours(state, item))


def minutes(state: Any, value: Any) -> dict[str, float]:
    """Check minutes by method; an empty one is left out."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no minutes.", "Write {'call': 6}.")
    return _by_name(value, lambda item: amount(state, item))


def covered(state: Any, value: Any) -> dict[str, str]:
    """Check which channel's consent covers a method; an empty one is left out."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no channels.", "Write {'visit': 'call'}.")
    known = [channel for _, channel in pairs(state.store)]
    for channel in value.values():
        if channel and channel not in known:
            raise unknown("channel of consent", channel, known, StateError)
    return {str(name): str(channel) for name, channel in value.items() if channel}


def purpose(state: Any, value: Any) -> str:
    """Check a purpose of consent; empty: marketing, else the first."""
    known = list(dict.fromkeys(name for name, _ in pairs(state.store)))
    if value and value not in known:
        raise unknown("purpose of consent", value, known, StateError)
    return text_of(value)


def name(_state: Any, value: Any) -> str:
    """Check a name."""
    return text_of(value)


def page(_state: Any, value: Any) -> int:
    """Check a page number."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise StateError(f"{value!r} is no page.", "Give a whole number from 1.")
    return number


def _by_name(value: Mapping[Any, Any], check: Any) -> dict[str, float]:
    checked = {str(key): check(item) for key, item in value.items()}
    return {key: item for key, item in checked.items() if not isinstance(item, str)}


class ContactsState(State):
    """State of the Contacts panel."""

    also: ClassVar[tuple[str, ...]] = ()

    hours = Setting("", hours, "A marketer's hours a day; empty: as they are spent now.")
    staff = Amounts(lambda _state: {}, staff, "Marketer → own hours a day; 0: away.")
    minutes = Amounts(lambda _state: {}, minutes, "Method → minutes of a contact.")
    hour_cost = Setting("", amount, "What an hour costs; empty: not known.")
    weekdays = Setting("5", one_of("weekdays", tuple(WEEKDAYS)), "Weekdays of the plan: 5, 10, 15 or 20.")
    worth_days = Setting(
        "30", one_of("days", tuple(WORTH_DAYS)), "Days of value that a positive reaction counts as."
    )
    purpose = Setting("", purpose, "What the consent must be for; empty: marketing.")
    covered = Amounts(lambda _state: {}, covered, "Method → channel whose consent covers it.")
    marketer = Setting("", name, "Whose work list; empty: everybody's.")
    page = Setting(1, page, "Page of the work list, from 1.")
    segment = people.setting()

    @property
    def asked(self) -> dict[str, Any]:
        """The settings as arguments of `plans.contacts.propose`; what is not asked for is None."""
        given = {
            "hours": self.hours,
            "staff": self.staff,
            "minutes": self.minutes,
            "hour_cost": self.hour_cost,
            "days": WEEKDAYS[self.weekdays],
            "worth_days": WORTH_DAYS[self.worth_days],
            "purpose": self.purpose,
            "covered": self.covered,
        }
        return {key: None if value == "" else value for key, value in given.items()}
