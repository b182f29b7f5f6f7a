"""Days of a question: which ones count, and how a row's day is compared without dates' arithmetic.

A difference of dates is not the same in every engine, so days are counted back here and the engine
compares a local day with a day, or an instant with the second at which a day begins.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench.customers.lastday import last_day
from workbench.customers.purchases import day_of
from workbench.segments.rules.operands import PRESENCE

if TYPE_CHECKING:
    from workbench.data import Store

BACKWARDS = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Clock:
    """The day of a question.

    Attributes:
        as_of: Last day that counts.
        zone: Where a day of this workspace begins.
        is_now: Whether no day was asked for: what is state and not behaviour (tags, consent, who is a
            customer) then counts as it stands, be it younger than that day.
    """

    as_of: dt.date
    zone: ZoneInfo
    is_now: bool = False

    def back(self, days: int) -> dt.date:
        """The day so many days before."""
        return self.as_of - dt.timedelta(days)

    def begins(self, day: dt.date) -> int:
        """Epoch second at which a day begins."""
        return int(dt.datetime.combine(day, dt.time(), self.zone).timestamp())

    def seen(self, column: Any) -> Any:
        """Ibis expression: whether a row's day or second is not after the question."""
        return compare(self, column, "<=", self.as_of)

    def stands(self, column: Any) -> Any:
        """Ibis expression: whether a state of that day or second counts; one without a time does."""
        import ibis

        return ibis.literal(True) if self.is_now else column.isnull() | self.seen(column)


def clock(store: Store, as_of: dt.date | str | None) -> Clock:
    """The clock of a question; without a day, the last one on which customers did anything, else today.

    Raises:
        QuestionError: for a day that is none.
    """
    zone = store.zone
    if as_of is None:
        return Clock(last_day(store) or dt.datetime.now(zone).date(), zone, is_now=True)
    return Clock(day_of(as_of, zone), zone)


def compare(at: Clock, column: Any, op: str, value: Any) -> Any:
    """Ibis expression: a day compared with another; `column` is a date, or epoch seconds."""
    if op in PRESENCE:
        return column.notnull() if op == "known" else column.isnull()
    if op == "between":
        return compare(at, column, ">=", value[0]) & compare(at, column, "<=", value[1])
    first = value if column.type().is_date() else at.begins(value)
    after = value + dt.timedelta(1) if column.type().is_date() else at.begins(value + dt.timedelta(1))
    if op in ("==", "!="):
        same = (column >= first) & (column < after)
        return same if op == "==" else ~same
    return {
        "<": lambda: column < first,
        "<=": lambda: column < after,
        ">": lambda: column >= after,
        ">=": lambda: column >= first,
    }[op]()


def compare_ago(at: Clock, column: Any, op: str, value: Any) -> Any:
    """Ibis expression: the days from a day to the question compared with a number of days."""
    if op == "between":
        return compare(at, column, op, (at.back(value[1]), at.back(value[0])))
    day = None if op in PRESENCE else at.back(value)
    return compare(at, column, BACKWARDS.get(op, op), day)
