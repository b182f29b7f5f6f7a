"""Members of a dimension as day sums: what a store knows of each, ready to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Metric
from workbench.compare import aging
from workbench.compare.days import Cells
from workbench.compare.result import Remark
from workbench.errors import QuestionError
from workbench.metrics import intervals
from workbench.metrics.dimensions import CALENDAR, UNKNOWN, dimension, named
from workbench.metrics.kpis import Measured, estimate, measure, split
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, additive, ask, of_money

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store
    from workbench.metrics.sums import Sums


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
    question, aged = aging.aged(question, age)
    cut = replace(question, by=(*question.by, *strata))
    young = age == "equal" and aging.as_young(cut)
    measured = measure(replace(cut, before=None, compare="") if young else cut)
    plain = measure(question) if strata else measured
    names = _names(plain)
    shift, top = split(*question.terms(chosen))
    unit = 0.0 if of_money(top) else max(top.values(), default=0.0)
    sides = [_Side(measured.keys, measured.now, False)]
    past = young.now if young else measured.before
    sides += [_Side(young.keys if young else measured.keys, past, True)] if past else []
    cells, stamps = _cells(sides, cut.by, names, top, question.terms(chosen)[1])
    level = estimate(plain, plain.now, chosen)
    remarks = (*aged, *aging.late(question, age))
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


def _names(measured: Measured) -> tuple[str, ...]:
    """The members as text, in the order of the answer's groups."""
    (name,) = measured.question.by
    return _texts(measured.keys[name], name)


def _texts(values: pd.Series[Any], name: str) -> tuple[str, ...]:
    """Members of a dimension as text."""
    if name in CALENDAR and name != "weekday":
        return tuple(str(value)[:10] for value in values)
    return tuple(UNKNOWN if value is None or value != value else str(value) for value in values)


@dataclass(frozen=True)
class _Side:
    """Groups and their day sums of one period."""

    keys: pd.DataFrame
    sums: Mapping[bool, Sums]
    past: bool


def _cells(
    sides: Sequence[_Side],
    by: Sequence[str],
    names: tuple[str, ...],
    top: Mapping[str, float],
    bottom: Mapping[str, float],
) -> tuple[Cells, np.ndarray]:
    """Day sums of now and of the period compared with as arrays, and the days behind their numbers."""
    import numpy as np
    import pandas as pd

    keys = pd.concat([side.keys for side in sides], ignore_index=True)
    starts = np.cumsum([0, *(len(side.keys) for side in sides)])
    sums = [side.sums[of_money(top, bottom)] for side in sides]
    group = np.concatenate([part.group + start for part, start in zip(sums, starts, strict=False)])
    past = np.concatenate(
        [np.full(len(part.group), side.past) for part, side in zip(sums, sides, strict=True)]
    )
    stamp = np.concatenate([part.day for part in sums])
    above, below = (np.concatenate([part.daily(terms) for part in sums]) for terms in (top, bottom))
    member = pd.Index(names).get_indexer(pd.Index(_texts(keys[by[0]], by[0])))
    strata = list(by[1:])
    stratum = keys.groupby(strata, dropna=False, sort=False).ngroup().to_numpy() if strata else 0 * member
    kept = member[group] >= 0  # members that only the past knows are not compared
    group, past, stamp, above, below = (part[kept] for part in (group, past, stamp, above, below))
    day, known = pd.factorize(stamp + past * (1 << 24))
    size = (len(names), int(stratum.max(initial=0)) + 1, len(known))
    cells = Cells(member[group], stratum[group], day, past, above, below, size)
    return cells, np.asarray(known) & ((1 << 24) - 1)
