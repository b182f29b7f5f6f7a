"""How old the days are that are compared: conversions come late, so young days look worse than they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.catalogue import FACTS
from workbench.compare.result import Remark
from workbench.errors import QuestionError
from workbench.metrics.kpis import Measured, measure
from workbench.metrics.maturity import remark
from workbench.metrics.periods import Period
from workbench.schema import ROLLUP_OUTCOMES

if TYPE_CHECKING:
    from workbench.metrics.question import Question

LATE = frozenset(
    fact for fact, column in FACTS.items() if column in {entry.name for entry in ROLLUP_OUTCOMES}
)
"""Facts that arrive days after the click."""


def aged(question: Question, age: int | str | None) -> tuple[Question, tuple[Remark, ...]]:
    """The question without the days that are younger than `age`, the same for every member."""
    last = question.store.as_of
    if age is None or last is None:
        return question, ()
    if age == "equal":
        return question, _told(question)
    days = _final_age(question) if age == "final" else _whole(age)
    end = min(question.period.end, last - dt.timedelta(days=days))
    if end < question.period.start:
        raise QuestionError(
            f"No day of the period is {days} days old.", "Ask for a longer period or a smaller `age`.", "age"
        )
    if end == question.period.end:
        return question, ()
    kept = Period(question.period.start, end, f"{question.period.start}..{end}")
    left_out = (question.period.end - end).days
    return replace(question, period=kept, before=_shortened(question, left_out)), (
        Remark.of("left_out_young", "info", days=left_out, age=days, last=end),
    )


def _shortened(question: Question, days: int) -> Period | None:
    """The period compared with, without as many days at its end."""
    past = question.before
    if past is None or (past.end - past.start).days < days:
        return past
    end = past.end - dt.timedelta(days=days)
    return Period(past.start, end, f"{past.start}..{end}")


def _whole(age: int | str) -> int:
    if isinstance(age, bool) or not isinstance(age, int) or age < 0:
        raise QuestionError(
            f"age={age!r} is no number of days.", "Write a whole number, 'final', 'equal', or None.", "age"
        )
    return age


def _final_age(question: Question) -> int:
    """Days after which no source of the question corrects a day any more."""
    from workbench.sources.maturity import moving

    kept = question.where.get("source")
    last = question.store.as_of
    open_days = [
        (last - item.first_open).days + 1
        for item in moving(question.store)
        if last and item.days and (not kept or item.source in kept)
    ]
    return max(open_days, default=0)


def late(question: Question, age: int | str | None) -> tuple[Remark, ...]:
    """A warning where late conversions make young days look worse than they are."""
    sides = question.terms(question.metrics[0])
    note = remark(question) if age is None and any(fact in LATE for side in sides for fact in side) else None
    return (Remark.of("young_days", **note.values),) if note else ()


def as_young(question: Question) -> Measured:
    """The period compared with as it was known when it was as young as the period is now.

    The newest kept data version whose last day lies as many days after the end of that period as the last
    day of the data lies after the end of the present one.

    Raises:
        QuestionError: without a period to compare with, or where no such version is kept.
    """
    past, wanted = _wanted(question)
    for number in question.store.versions()["version"]:
        older = question.store.at(int(number))
        if older.as_of == wanted:
            return measure(replace(question, store=older, period=past, before=None, compare=""))
    raise QuestionError(
        f"No kept data version ends on {wanted}: the past cannot be seen as young as the present.",
        "Ask for age='final' or a number of days instead.",
        "age",
    )


def _wanted(question: Question) -> tuple[Period, dt.date]:
    """The period compared with, and the last day that its data had when it was as young as now."""
    past, last = question.before, question.store.as_of
    if past is None or last is None:
        raise QuestionError(
            "age='equal' sees the past as young as the present; there is no past to compare with.",
            "Name one in `compare`, or write a number of days.",
            "age",
        )
    return past, past.end + (last - min(question.period.end, last))


def _told(question: Question) -> tuple[Remark, ...]:
    _, wanted = _wanted(question)
    return (Remark.of("equal_age_past", "info", day=wanted),)
