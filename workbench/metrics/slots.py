"""Time slots: a metric by hour of the week, as an index against the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.metrics.answer import MetricTable
from workbench.metrics.dimensions import breakdown
from workbench.metrics.intervals import quotient
from workbench.metrics.kpis import answered, kpis
from workbench.metrics.notes import Note
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, ask

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

SLOT = "hour_of_week"
SLOTS = 168


def slots(
    store: Store,
    metric: str = "cvr",
    by: str | Sequence[str] | None = None,
    period: str | Period = "all",
    where: Mapping[str, Any] | None = None,
) -> MetricTable:
    """Answer a metric by hour of the week (Monday 00 = 0 … 167) and up to two dimensions.

    Args:
        store: The store.
        metric: Id of the catalogue.
        by: Up to two further dimensions.
        period: Words such as `last_90_days`.
        where: Dimension → value or values to keep.

    Returns:
        A `MetricTable` with `hour_of_week` after the `by` columns, and `slot_index`: the slot's rate
        over the rate of all slots of its group; for a sum, over the mean of the 168 slots. Rows
        that know only their day are left out, and a note says which share of cost they hold. Clusters
        of a cell are its dates.

    Raises:
        QuestionError: for an unknown metric, dimension, period or filter value.
    """
    others = tuple(name for name in breakdown(by) if name != SLOT)
    question = ask(store, (*others, SLOT), metric, period, None, where)
    answer = answered(question, hours=True)
    whole = answered(replace(question, by=others), hours=True)
    table = _indexed(answer.table, whole.table, others, question)
    return replace(answer, table=table, notes=(*answer.notes, *_without_hours(question)))


def _indexed(
    table: pd.DataFrame, whole: pd.DataFrame, others: tuple[str, ...], question: Question
) -> pd.DataFrame:
    metric = question.metrics[0]
    overall = whole[[*others, metric.id]].rename(columns={metric.id: "_whole"})
    joined = (
        table.merge(overall, how="left", on=list(others))
        if others
        else table.assign(_whole=overall["_whole"].iloc[0])
    )
    base = joined.pop("_whole").to_numpy() / (1 if metric.is_ratio else SLOTS)
    place = list(joined.columns).index(f"{metric.id}_high") + 1
    joined.insert(place, "slot_index", quotient(joined[metric.id].to_numpy(), base))
    return joined.sort_values([*others, SLOT], kind="stable").reset_index(drop=True)


def _without_hours(question: Question) -> tuple[Note, ...]:
    """The share of cost (of impressions, where nothing cost) in rows that know only their day."""
    if question.empty:
        return ()
    answer = kpis(
        question.store,
        by="hour",
        metrics=("cost", "impressions"),
        period=question.period,
        where=question.where,
    )
    lacking = answer.table["hour"].isna()
    for name in ("cost", "impressions"):
        whole = float(answer.table[name].sum())
        part = float(answer.table.loc[lacking, name].sum())
        if whole:
            return (Note.of("no_hour", share=part / whole, of=name),) if part else ()
    return (Note.of("no_hours"),) if lacking.any() else ()
