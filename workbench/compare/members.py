"""Members of a dimension as day sums: what a store knows of each, ready to be compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.catalogue import FACTS, Metric
from workbench.compare.days import Cells
from workbench.compare.result import Remark
from workbench.errors import QuestionError
from workbench.metrics import intervals
from workbench.metrics.dimensions import CALENDAR, UNKNOWN, dimension, named
from workbench.metrics.kpis import Measured, estimate, measure, split
from workbench.metrics.maturity import remark
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, additive, ask, of_money
from workbench.schema import ROLLUP_OUTCOMES

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

LATE = frozenset(
    fact for fact, column in FACTS.items() if column in {entry.name for entry in ROLLUP_OUTCOMES}
)
"""Facts that arrive days after the click."""


@dataclass(frozen=True)
class Members:
    """The members of one dimension and their day sums of one metric.

    Attributes:
        names: Members, largest denominator first as far as the store's order says.
        cells: Day sums by member and stratum; the ratio is without its constant.
        level: The ratios by member over all strata, as `metrics.kpis` answers them.
        metric: The metric.
        shift: Constant of the ratio, such as −1 of (revenue − cost) / cost.
        unit: What one more event adds to the numerator; 0 when it is an amount.
        stamps: Days since 1970 behind the numbers of the cells' days.
        measured: The measured question, for its currency, notes and query.
        remarks: What a reader must know.
    """

    names: tuple[str, ...]
    cells: Cells
    level: intervals.Ratio
    metric: Metric
    shift: float
    unit: float
    stamps: np.ndarray
    measured: Measured
    remarks: tuple[Remark, ...]


def members(
    store: Store,
    by: str,
    metric: str,
    period: str | Period,
    compare: str | Period | None,
    where: Mapping[str, Any] | None,
    adjust: str | Sequence[str] | None,
    age: int | str | None,
    currency: str | None,
) -> Members:
    """Fetch the day sums of every member, by the strata that make them alike.

    Raises:
        QuestionError: for a metric that is no ratio of sums, a dimension that is unknown or named
            twice, an age that leaves no day, or what `metrics.kpis` refuses.
    """
    question = ask(store, by, metric, period, compare, where, currency)
    chosen = _ratio(question)
    strata = tuple(dimension(name) for name in named("adjust", adjust))
    _check_strata(question.by, strata)
    question, aged = _aged(question, age)
    measured = measure(replace(question, by=(*question.by, *strata)))
    plain = measure(question) if strata else measured
    names = _names(plain)
    shift, top = split(*question.terms(chosen))
    unit = 0.0 if of_money(top) else max(top.values(), default=0.0)
    cells, stamps = _cells(measured, names, top, question.terms(chosen)[1])
    level = estimate(plain, plain.now, chosen)
    remarks = (*aged, *_late(question, age))
    return Members(names, cells, level, chosen, shift, unit, stamps, plain, remarks)


def _ratio(question: Question) -> Metric:
    (metric,) = question.metrics
    top, bottom = question.terms(metric)
    if not bottom or not additive(top, bottom):
        raise QuestionError(
            f"Metric {metric.id!r} says how much there is, not how good it is.",
            "Compare a ratio of sums such as ctr, cvr, cpa or roas.",
        )
    if len(question.by) != 1:
        raise QuestionError(
            f"Members of {len(question.by)} dimensions cannot be ranked at once.", "Name one in `by`."
        )
    return metric


def _check_strata(by: tuple[str, ...], strata: tuple[str, ...]) -> None:
    if len(set(strata)) < len(strata) or set(by) & set(strata):
        raise QuestionError(
            f"adjust={list(strata)!r} names a dimension twice, or the one that is compared.",
            "Name each other dimension once, such as ['region', 'device', 'hour'].",
        )


def _aged(question: Question, age: int | str | None) -> tuple[Question, tuple[Remark, ...]]:
    """The question without the days that are younger than `age`, the same for every member."""
    last = question.store.as_of
    if age is None or last is None:
        return question, ()
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
            f"age={age!r} is no number of days.", "Write a whole number, 'final', or None.", "age"
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


def _late(question: Question, age: int | str | None) -> tuple[Remark, ...]:
    """A warning where late conversions make young days look worse than they are."""
    sides = question.terms(question.metrics[0])
    note = remark(question) if age is None and any(fact in LATE for side in sides for fact in side) else None
    return (Remark.of("young_days", **note.values),) if note else ()


def _names(measured: Measured) -> tuple[str, ...]:
    """The members as text, in the order of the answer's groups."""
    (name,) = measured.question.by
    values = measured.keys[name]
    if name in CALENDAR and name != "weekday":
        return tuple(str(value)[:10] for value in values)
    return tuple(UNKNOWN if value is None or value != value else str(value) for value in values)


def _cells(
    measured: Measured, names: tuple[str, ...], top: Mapping[str, float], bottom: Mapping[str, float]
) -> tuple[Cells, np.ndarray]:
    """Day sums of now and of the period compared with as arrays, and the days behind their numbers."""
    import numpy as np
    import pandas as pd

    by, *strata = measured.question.by
    number = {name: at for at, name in enumerate(names)}
    member = np.array([number[name] for name in _names_of(measured, by)], dtype="int64")
    stratum = np.zeros(len(member), "int64")
    if strata:
        stratum = measured.keys.groupby(strata, dropna=False, sort=False).ngroup().to_numpy()
    sides = [side[of_money(top, bottom)] for side in (measured.now, measured.before) if side]
    group = np.concatenate([side.group for side in sides])
    past = np.concatenate([np.full(len(side.group), at > 0) for at, side in enumerate(sides)])
    stamp = np.concatenate([side.day for side in sides])
    day, known = pd.factorize(stamp + past * (1 << 24))
    sums = [np.concatenate([side.daily(terms) for side in sides]) for terms in (top, bottom)]
    size = (len(names), int(stratum.max(initial=0)) + 1, len(known))
    above, below = sums
    cells = Cells(member[group], stratum[group], day, past, above, below, size)
    return cells, np.asarray(known) & ((1 << 24) - 1)


def _names_of(measured: Measured, by: str) -> tuple[str, ...]:
    return _names(replace(measured, question=replace(measured.question, by=(by,))))
