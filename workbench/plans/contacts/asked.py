"""What a contact plan is asked for: hours, minutes and days, checked, as capacity and rules of the solver."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown
from workbench.plans.contacts.facts import Facts, weekdays

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.contacts.base import Base

MORNING = 9.0
"""When a marketer's day begins."""

LONGEST = 12.0
"""Hours that a day may have."""

STEP = 0.25
"""Hours of one step of the slider."""

MOST_DAYS = 20
MOST_WORTH_DAYS = 365


@dataclass(frozen=True)
class Asked:
    """A question for contacts.

    Attributes:
        hours: A marketer's hours a day. staff: Marketer → own hours a day; 0: away.
        minutes: Method → minutes of a contact. hour_cost: What an hour costs; 0: not known.
        days: Weekdays of the plan. worth_days: Days that a positive reaction is worth.
    """

    hours: float
    staff: Mapping[str, float] = field(default_factory=dict)
    minutes: Mapping[str, float] = field(default_factory=dict)
    hour_cost: float = 0.0
    days: int = 5
    worth_days: int = 30

    def hours_of(self, marketer: str) -> float:
        """A marketer's hours a day."""
        return float(self.staff.get(marketer, self.hours))


def asked_of(
    known: Facts,
    hours: float | None,
    staff: Mapping[str, float] | None,
    minutes: Mapping[str, float] | None,
    hour_cost: float,
    days: int,
    worth_days: int,
) -> Asked:
    """The question with what is not said as it is now.

    Raises:
        QuestionError: for hours, minutes or days that are none, and names that nobody has.
    """
    for name in staff or {}:
        if name not in known.marketers:
            raise unknown("marketer", name, known.marketers)
    for name in minutes or {}:
        if name not in known.minutes:
            raise unknown("method", name, tuple(known.minutes))
    told = {**known.minutes, **{name: _length(name, value) for name, value in (minutes or {}).items()}}
    own = {name: _hours(value) for name, value in (staff or {}).items()}
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise QuestionError(f"The plan has {days!r} days.", f"Give a whole number from 1 to {MOST_DAYS}.")
    if not hour_cost >= 0 or math.isinf(hour_cost):
        raise QuestionError(f"An hour costs {hour_cost!r}.", "Give a number, 0 or more.")
    return Asked(
        usual_hours(known) if hours is None else _hours(hours), own, told, float(hour_cost), days, worth_days
    )


def usual_hours(known: Facts) -> float:
    """Hours a day as they are spent now, rounded up to a quarter."""
    return min(max(math.ceil(known.hours_now / STEP) * STEP, STEP), LONGEST)


def _hours(value: float) -> float:
    if isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise QuestionError(f"A day of {value!r} hours is none.", f"Give hours from 0 to {LONGEST:g}.")
    return float(value)


def _length(name: str, value: float) -> float:
    if isinstance(value, bool) or not 0 < value <= LONGEST * 60:
        raise QuestionError(
            f"A contact by {name!r} of {value!r} minutes is none.", "Give minutes above 0, at most 720."
        )
    return float(value)


def capacity(found: Base, asked: Asked) -> pd.DataFrame:
    """Who can do what on which day: one row a marketer, method that the marketer has used, and day.

    Raises:
        QuestionError: where nobody has an hour.
    """
    import pandas as pd

    days = pd.to_datetime(weekdays(found.facts.start, asked.days))
    rows = [
        (row["marketer"], row["method"], day, math.inf)
        for row in found.facts.staff.to_dict("records")
        if asked.hours_of(row["marketer"]) > 0
        for day in days
    ]
    if not rows:
        raise QuestionError("No marketer has an hour.", "Give at least one of them hours above 0.")
    return pd.DataFrame(rows, columns=["marketer", "method", "day", "contacts"])


def rules(found: Base, asked: Asked, room: pd.DataFrame) -> dict[str, Any]:
    """The rules of the solver: one contact of a customer in the plan, hours and minutes.

    The gate's fatigue cap needs no rule of its own: whom it lets through on the first day has room for one
    contact more, and gets one at most.
    """
    who = list(dict.fromkeys(room["marketer"]))
    spoken = found.facts.languages
    told: dict[str, Any] = {
        "minutes": {name: asked.minutes[name] for name in dict.fromkeys(room["method"])},
        "hours": {name: (MORNING, MORNING + asked.hours_of(name)) for name in who},
        "hour_cost": asked.hour_cost,
    }
    if spoken and all(name in spoken for name in who):
        told["languages"] = {name: spoken[name] for name in who}
    return told


def last_day_of(known: Facts, days: int) -> dt.date:
    """Last day of a plan of so many weekdays."""
    return weekdays(known.start, days)[-1]
