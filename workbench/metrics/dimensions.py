"""The dimensions a question may break down by or filter on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.errors import QuestionError, unknown
from workbench.schema import ROLLUP_DIMENSIONS

if TYPE_CHECKING:
    import numpy as np

MEMBERS = tuple(column.name for column in ROLLUP_DIMENSIONS)
"""Dimensions with named members, as stored in the roll-up."""

CALENDAR = ("date", "week", "month", "weekday")
"""Dimensions that follow from the day; `date`, `week` (its Monday) and `month` (its first) are days."""

CLOCK = {"hour": "local_hour", "hour_of_week": "hour_of_week"}
"""Dimensions of the account's own clock → column of the roll-up."""

TIME = (*CALENDAR, *CLOCK)
DIMENSIONS = (*MEMBERS, *TIME)
ALIASES = {"ad": "creative"}
UNKNOWN = "(unknown)"
"""How a filter names the rows that have no member."""

MOST = 3


def breakdown(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The dimensions of `by`, checked.

    Raises:
        QuestionError: for an unknown dimension, one named twice, or more than three.
    """
    asked = named("by", by)
    names = tuple(dimension(name) for name in asked)
    if len(set(names)) < len(names):
        raise QuestionError(f"A dimension is named twice: {', '.join(asked)}.", "Name each one once.")
    if len(names) > MOST:
        raise QuestionError(
            f"{len(names)} dimensions are too many to read.",
            f"Break down by at most {MOST}, and filter with `where` for the rest.",
        )
    return names


def named(parameter: str, value: object) -> tuple[str, ...]:
    """One name or several as a tuple; None is none.

    Raises:
        QuestionError: for anything else.
    """
    names = (value,) if isinstance(value, str) else () if value is None else value
    if not isinstance(names, Iterable) or isinstance(names, Mapping | bytes):
        raise QuestionError(f"{parameter}={value!r} is no name.", "Write one name or a list of names.")
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise QuestionError(f"{name!r} in `{parameter}` is no name.", "Write names as text.")
    return found


def dimension(name: str) -> str:
    """The dimension called `name`, its alias resolved.

    Raises:
        QuestionError: if there is none.
    """
    found = ALIASES.get(name, name)
    if found not in DIMENSIONS:
        raise unknown("dimension", name, DIMENSIONS)
    return found


def stored(names: Sequence[str]) -> tuple[str, ...]:
    """The roll-up columns behind dimensions; calendar ones need none, every answer has the day."""
    return tuple(CLOCK.get(name, name) for name in names if name not in CALENDAR)


def calendar(name: str, days: np.ndarray) -> np.ndarray:
    """A calendar dimension of days (`datetime64[D]`): days, or weekday 0–6 (Monday is 0)."""
    numbers = days.astype("datetime64[D]").astype("int64")
    weekday: np.ndarray = (numbers + 3) % 7  # 1970-01-01 was a Thursday
    if name == "weekday":
        return weekday
    if name == "week":
        mondays: np.ndarray = days - weekday.astype("timedelta64[D]")
        return mondays
    if name == "month":
        return days.astype("datetime64[M]").astype("datetime64[D]")
    return days.astype("datetime64[D]")
