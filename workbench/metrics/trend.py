"""Trends: metrics by day, week or month, with no day left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.errors import unknown
from workbench.metrics.answer import MetricTable
from workbench.metrics.dimensions import breakdown, calendar
from workbench.metrics.kpis import answered, measure
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, ask

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

GRAINS = {"day": "date", "week": "week", "month": "month"}
_LONGEST = {"day": 92, "week": 740}
"""Longest period, in days, that `auto` shows by day or by week."""


def trend(
    store: Store,
    metrics: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    period: str | Period = "last_28_days",
    where: Mapping[str, Any] | None = None,
    compare: str | Period | None = None,
    grain: str = "auto",
    currency: str | None = None,
) -> MetricTable:
    """Answer metrics over time.

    Args:
        store: The store.
        metrics: Ids of the catalogue.
        by: Up to two further dimensions.
        period: Words such as `last_28_days`.
        where: Dimension → value or values to keep.
        compare: As in `kpis`; earlier days stand beside the days they are compared with.
        grain: `day`, `week`, `month`, or `auto`: by day up to 92 days, by week up to two years.
        currency: ISO 4217 code of amounts, as in `kpis`.

    Returns:
        A `MetricTable` by (`date`, `week` or `month`, then `by`) with a row for every step up to the
        last day that has data; a step without data is missing, never 0.

    Raises:
        QuestionError: for an unknown grain, metric, dimension, period, filter value or currency.
    """
    if grain not in (*GRAINS, "auto"):
        raise unknown("grain", grain, (*GRAINS, "auto"))
    question = ask(store, breakdown(by), metrics, period, compare, where, currency)
    chosen = GRAINS[_auto(question.period) if grain == "auto" else grain]
    question = replace(
        question, by=breakdown((chosen, *(n for n in question.by if n not in GRAINS.values())))
    )
    answer = answered(measure(question))
    return answer if question.empty else replace(answer, table=_filled(answer.table, question))


def _auto(period: Period) -> str:
    return next((name for name, most in _LONGEST.items() if period.days <= most), "month")


def _filled(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Add the steps without data, in order of time and then of the groups' size."""
    import numpy as np
    import pandas as pd

    grain, *others = question.by
    end = min(question.period.end, question.store.as_of or question.period.end)
    days = np.arange(np.datetime64(question.period.start), np.datetime64(end) + 1)
    steps = pd.DataFrame({grain: pd.Series(np.unique(calendar(grain, days))).astype(table[grain].dtype)})
    groups = table[others].drop_duplicates()
    every = steps.merge(groups, how="cross") if others else steps
    filled = every.merge(table, how="left", on=list(question.by))
    return filled.assign(**{name: filled[name].fillna(0).astype(int) for name in filled if name in _COUNTS})


_COUNTS = ("n", "n_before")
