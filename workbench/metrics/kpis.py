"""Key figures by dimension, with intervals and a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Linear, Metric
from workbench.metrics import intervals, levels, reach, targets, totals, unknown
from workbench.metrics.answer import MetricTable, code_version
from workbench.metrics.dimensions import TIME
from workbench.metrics.maturity import remark
from workbench.metrics.money import Currency, reporting
from workbench.metrics.notes import Note
from workbench.metrics.periods import Period
from workbench.metrics.query import day_sums, needed, shape
from workbench.metrics.question import Question, additive, ask, of_money
from workbench.metrics.rates import rates_of
from workbench.metrics.sums import Grid, Sums, grid

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

DEFAULT = ("impressions", "clicks", "ctr", "cost", "cpc", "conversions", "cvr", "cpa", "revenue", "roas")
"""Metrics of an answer when none are named."""


def kpis(
    store: Store,
    by: str | Sequence[str] | None = ("channel",),
    metrics: str | Sequence[str] | None = None,
    period: str | Period = "last_28_days",
    compare: str | Period | None = None,
    where: Mapping[str, Any] | None = None,
    currency: str | None = None,
) -> MetricTable:
    """Answer metrics by 0–3 dimensions over a period.

    Args:
        store: The store.
        by: Dimensions of the breakdown (`workbench.metrics.DIMENSIONS`); None or empty: one row, the total.
        metrics: Ids of the catalogue; none: the usual ten.
        period: Words such as `last_28_days` or `2026-03`.
        compare: `previous_period`, `previous_year`, `target`, or a period in words.
        where: Dimension → value or values to keep.
        currency: ISO 4217 code of the amounts; None: the settings' currency where there are amounts in it
            or rates into it, else the one with most cost. Other amounts are converted at the rate of
            their own day (the last known, at most 7 days old); what has none is left out and named.

    Returns:
        A `MetricTable`. Ratios are ratios of sums, null on a zero denominator; their 95% intervals
        take the days as clusters and are missing under 8 days. Differences are of independent
        periods (Welch); of a sum, of its daily totals, a day without data counting 0. Where the data
        begin after the period compared with, sums get no change and no difference.

    Raises:
        QuestionError: for an unknown metric, dimension, period, filter value or currency.
    """
    return answered(measure(ask(store, by, metrics or DEFAULT, period, compare, where, currency)))


@dataclass(frozen=True)
class Measured:
    """Everything fetched for a question: groups, sums of both periods, and the currency."""

    question: Question
    keys: pd.DataFrame
    now: Mapping[bool, Sums]
    before: Mapping[bool, Sums] | None
    currency: Currency
    notes: tuple[Note, ...]
    sql: str

    @cached_property
    def days(self) -> tuple[np.ndarray, ...]:
        """Days of each period by group, which all differences of sums rest on."""
        return tuple(totals.days(self, period) for period in self.question.windows)


def answered(measured: Measured, **more: np.ndarray) -> MetricTable:
    """The answer to a question whose sums are fetched, with further columns by group."""
    import pandas as pd

    question = measured.question
    found = {metric.id: estimate(measured, measured.now, metric) for metric in question.metrics}
    columns: dict[str, Any] = {}
    for metric in question.metrics:
        columns |= _columns(measured, metric, found[metric.id])
    values = pd.DataFrame({**columns, **more, **_counts(measured)}, index=measured.keys.index)
    table = pd.concat([measured.keys, values], axis=1)
    return table_of(measured, _ordered(table, question), _remarks(measured, list(found.values())))


def measure(question: Question) -> Measured:
    """Fetch the sums of a question."""
    store = question.store
    asked = shape(question.by, question.columns(), question.where, len(question.windows), question.flags())
    sums, sql = day_sums(store, asked, question.windows)
    cells = grid(sums, question.by, question.where, question.windows)
    cells, currency = reporting(cells, question.currency, store.settings.currency, rates_of(store))
    keys = targets.keys(question, cells.keys)
    cells = replace(cells, keys=keys)
    now, missing = _part(question, cells, 0, question.period, currency)
    before, gaps = _before(question, cells, currency)
    blended = unknown.notes(question, cells, currency)
    notes = (*currency.notes, *levels.notes(question, needed(asked)), *missing, *gaps, *blended)
    return Measured(question, keys, now, before, currency, notes, sql)


def table_of(measured: Measured, table: pd.DataFrame, notes: tuple[Note, ...]) -> MetricTable:
    """Wrap a finished table."""
    question = measured.question
    return MetricTable(
        table=table.reset_index(drop=True),
        metrics=question.metrics,
        by=question.by,
        period=question.period,
        compare=question.before,
        where=question.where,
        currency=measured.currency.code,
        as_of=question.store.as_of,
        data_version=question.store.version,
        code_version=code_version(),
        notes=notes,
        sql=measured.sql,
        moving=remark(question),
    )


def estimate(measured: Measured, sums: Mapping[bool, Sums], metric: Metric) -> intervals.Ratio:
    """A metric by group, with its variance where it is a ratio of sums over days."""
    top, bottom = measured.question.terms(metric)
    part = sums[of_money(top, bottom)]
    above = part.total(top)
    if not bottom:
        return intervals.exact(above)
    value = intervals.quotient(above, part.total(bottom))
    if not additive(top, bottom) or not part.facts:
        return intervals.exact(value)
    shift, rest = split(top, bottom)
    unit = 0.0 if of_money(rest) else max(rest.values(), default=0.0)
    return intervals.ratio(value, part.daily(rest), part.daily(bottom), part.group, shift, unit)


def split(top: Linear, bottom: Linear) -> tuple[float, Linear]:
    """A ratio as constant + ratio: (revenue − cost) / cost is −1 + revenue / cost, and as sure."""
    fact, factor = next(iter(bottom.items()))
    if len(bottom) > 1 or fact not in top or len(top) == 1:
        return 0.0, top
    return top[fact] / factor, {name: value for name, value in top.items() if name != fact}


def _part(
    question: Question, cells: Grid, number: int, period: Period, currency: Currency
) -> tuple[dict[bool, Sums], tuple[Note, ...]]:
    """Sums of all rows (False) and of rows in the reporting currency (True)."""
    people, notes = reach.people(question, cells.keys, period)
    plain = cells.part(number).with_totals(people)
    money = cells.part(number, currency.only).with_totals(people) if currency.only else plain
    return {False: plain, True: money}, notes


def _before(
    question: Question, cells: Grid, currency: Currency
) -> tuple[dict[bool, Sums] | None, tuple[Note, ...]]:
    if question.before is None:
        gone = bool(question.compare)
        return None, (Note.of("nothing_before"),) if gone else ()
    if question.compare == "target":
        planned, notes = targets.planned(question, cells.keys, currency.code)
        return {False: planned, True: planned}, notes
    sums, notes = _part(question, cells, 1, question.before, currency)
    return sums, (*notes, *_lacking(question))


def _lacking(question: Question) -> tuple[Note, ...]:
    """What of the period compared with lies outside of the data."""
    if question.empty or question.before is None:
        return ()
    known = question.inside(question.before)
    if not known:
        return (Note.of("nothing_before"),)
    if not question.partial:
        return ()
    days = question.inside(question.period)
    return (Note.of("before_incomplete", known=known, all=question.before.days, days=days),)


def _columns(measured: Measured, metric: Metric, now: intervals.Ratio) -> dict[str, np.ndarray]:
    """The columns of one metric, by their place after its name."""
    low, high = now.limits() if metric.is_ratio else (now.value * float("nan"),) * 2
    columns = {metric.id: now.value, f"{metric.id}_low": low, f"{metric.id}_high": high}
    if not measured.question.compare:
        return columns
    before = intervals.exact(now.value * float("nan"))
    if measured.before:
        before = estimate(measured, measured.before, metric)
    compared = {"before": before.value, "change": intervals.change(now.value, before.value)}
    compared |= intervals.difference(now, before)
    if not metric.is_ratio:
        compared |= totals.difference(measured, metric)
    if not metric.is_ratio and measured.question.partial:
        compared |= {name: now.value * float("nan") for name in compared if name != "before"}
    return columns | {f"{metric.id}_{name}": values for name, values in compared.items()}


def _counts(measured: Measured) -> dict[str, np.ndarray]:
    counts = {"n": measured.now[False].days()}
    if measured.before and measured.question.compare != "target":
        counts["n_before"] = measured.before[False].days()
    return counts


def _ordered(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Time first where it leads, else by the largest sum; ties by name, so the order is stable."""
    by = list(question.by)
    if not by:
        return table
    names = table[by].astype(str)
    timed = [name for name in by if name in TIME]
    if timed and by[0] in TIME:
        return table.loc[_sorted([table[name] if name in TIME else names[name] for name in by])]
    sums = [metric.id for metric in question.metrics if not metric.is_ratio] or [question.metrics[0].id]
    leading = "cost" if "cost" in sums else sums[0]
    return table.loc[_sorted([-table[leading], *(names[name] for name in by)])]


def _sorted(keys: list[pd.Series]) -> pd.Index:
    import pandas as pd

    frame = pd.concat(keys, axis=1)
    frame.columns = pd.RangeIndex(len(keys))
    return frame.sort_values(list(frame.columns), na_position="last", kind="stable").index


def _remarks(measured: Measured, ratios: list[intervals.Ratio]) -> tuple[Note, ...]:
    import numpy as np

    question, store = measured.question, measured.question.store
    notes = list(measured.notes)
    if question.empty:
        return (Note.of("empty"),)
    if not measured.now[False].days().any():
        notes.append(Note.of("no_rows"))
    elif question.period.end > (store.as_of or question.period.end):
        notes.append(Note.of("unfinished", day=store.as_of))
    if any(metric.without_margin for metric in question.metrics) and not store.settings.margin:
        notes.append(Note.of("no_margin"))
    rows = len(measured.keys)
    few = int(np.any([ratio.few for ratio in ratios], axis=0).sum())
    if few:
        notes.append(Note.of("too_few_days", rows=few, all=rows, days=intervals.FEWEST_DAYS))
    return tuple(notes)
