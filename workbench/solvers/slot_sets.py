"""Sets of time slots that rules speak of: groups by name, days, hours; and hours as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import NUMBERS, checked

if TYPE_CHECKING:
    import pandas as pd

HOURS, DAY = 168, 24
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SLOT, JOIN = "hour_of_week", " · "
NOT_BY = ("cell", "form", "group", SLOT, *NUMBERS, "rate", "highest", "scale_low", "scale_high")


@dataclass(frozen=True, eq=False)
class Slots:
    """A CurveTable of time slots.

    Attributes:
        table: As checked, `hour_of_week` as whole numbers.
        by: Columns that name a group.
    """

    table: pd.DataFrame
    by: tuple[str, ...]

    @cached_property
    def hour(self) -> Any:
        """Hour of the week of each slot."""
        return self.table[SLOT].to_numpy(int)

    @cached_property
    def day(self) -> Any:
        """Weekday of each slot, Monday 0."""
        return self.hour // DAY

    @cached_property
    def group(self) -> Any:
        """Name of each slot's group; empty where nothing names one."""
        names = [self.table[name].astype(str) for name in self.by]
        return np.array(
            [JOIN.join(own) for own in zip(*names, strict=True)] if names else [""] * len(self.hour)
        )

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(dict.fromkeys(self.group))

    def named(self, name: Any) -> Any:
        """Which slots a name means: of a group (`("search", "north")`, `"search · north"`), or of `by`."""
        wanted = JOIN.join(map(str, name)) if isinstance(name, tuple) else str(name)
        inside = self.group == wanted
        for column in self.by:
            inside = inside | (self.table[column].astype(str) == wanted).to_numpy()
        if not inside.any():
            values = [value for column in self.by for value in self.table[column].astype(str).unique()]
            raise unknown("group of slots", wanted, [*self.groups, *values])
        return inside

    def hours(self, what: str, given: Any) -> Any:
        """Which slots hours mean: numbers, (weekday, hour) pairs, or group → either.

        Raises:
            QuestionError: for hours that no week has.
        """
        if given is None:
            return np.zeros(len(self.hour), bool)
        if isinstance(given, Mapping):
            found = np.zeros(len(self.hour), bool)
            for name, own in given.items():
                found |= self.named(name) & np.isin(self.hour, hours_of(what, own))
            return found
        return np.isin(self.hour, hours_of(what, given))


def hours_of(what: str, given: Any) -> list[int]:
    """Hours of the week, from numbers 0 … 167 or (weekday, hour) pairs."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        given = [given]
    found = []
    for one in given:
        pair = isinstance(one, tuple | list) and len(one) == 2
        each = list(one) if pair else [0, one]
        whole = all(isinstance(part, int | np.integer) and not isinstance(part, bool) for part in each)
        most = (6, DAY - 1) if pair else (0, HOURS - 1)
        if not whole or not all(0 <= part <= top for part, top in zip(each, most, strict=True)):
            raise QuestionError(
                f"{one!r} in `{what}` is no hour of a week.",
                "Write 0 (Monday 0 h) to 167 (Sunday 23 h), or (weekday, hour) with Monday 0.",
            )
        found.append(int(each[0]) * DAY + int(each[1]))
    return found


def read_slots(curves: Any) -> Slots:
    """A CurveTable with `hour_of_week`, checked.

    Raises:
        QuestionError: for a table that is none, hours that no week has, or a slot that is there twice.
    """
    import pandas as pd

    table = checked(curves)
    if SLOT not in table:
        raise QuestionError(
            "The curves have no column 'hour_of_week'.", "Take them from response.fit_slots, or use allocate."
        )
    hour = pd.to_numeric(table[SLOT], errors="coerce")
    wrong = ~((hour >= 0) & (hour < HOURS) & (hour == np.floor(hour)))
    if wrong.any():
        raise QuestionError(
            f"Hour {table[SLOT][wrong].iloc[0]!s} is in no week.",
            "Number the hours 0 (Monday 0 h) to 167 (Sunday 23 h).",
        )
    table[SLOT] = hour.astype(int)
    by = tuple(
        str(name) for name in table if name not in NOT_BY and not pd.api.types.is_numeric_dtype(table[name])
    )
    twice = table.duplicated([*by, SLOT])
    if twice.any():
        raise QuestionError(
            f"Slot {table['cell'][twice].iloc[0]!r} has the hour and group of another one.",
            "Give each hour of a group one row.",
        )
    return Slots(table, by)
