"""Time slots: a metric by hour of the week, as an index against the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.metrics.answer import MetricTable
from workbench.metrics.dimensions import breakdown
from workbench.metrics.intervals import quotient
from workbench.metrics.kpis import Measured, answered, estimate, measure
from workbench.metrics.notes import Note
from workbench.metrics.periods import Period
from workbench.metrics.question import additive, ask

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

SLOT = "hour_of_week"
SLOTS = 168


def slots(
    store: Store,
    metric: str = "cvr",
    by: str | Sequence[str] | None = ("channel",),
    period: str | Period = "all",
    where: Mapping[str, Any] | None = None,
    currency: str | None = None,
) -> MetricTable:
    """Answer a metric by hour of the week (Monday 00 = 0 … 167) and up to two dimensions.

    Args:
        store: The store.
        metric: Id of the catalogue.
        by: Up to two further dimensions; None or empty: the total.
        period: Words such as `last_90_days`.
        where: Dimension → value or values to keep.
        currency: ISO 4217 code of amounts, as in `kpis`.

    Returns:
        A `MetricTable` with `hour_of_week` after the `by` columns, and `slot_index`: the slot's rate
        over the rate of all slots of its group; for a sum, over the mean of the 168 slots. Rows
        that know only their day are left out, and a note says which share of cost they hold. Clusters
        of a cell are its dates.

    Raises:
        QuestionError: for an unknown metric, dimension, period, filter value or currency.
    """
    others = tuple(name for name in breakdown(by) if name != SLOT)
    measured = measure(ask(store, (*others, SLOT), metric, period, None, where, currency))
    answer = answered(measured, slot_index=_index(measured, others))
    known = answer.table.dropna(subset=[SLOT])
    table = known.sort_values([*others, SLOT], kind="stable").reset_index(drop=True)
    return replace(answer, table=table, notes=(*answer.notes, *_without_hours(measured)))


def _index(measured: Measured, others: tuple[str, ...]) -> np.ndarray:
    """Each cell's value over that of all its group's cells that know their hour."""
    import numpy as np

    metric, keys = measured.question.metrics[0], measured.keys
    top, bottom = measured.question.terms(metric)
    if not additive(top, bottom):
        return np.full(len(keys), np.nan)
    group = (
        keys.groupby(list(others), dropna=False).ngroup().to_numpy() if others else np.zeros(len(keys), int)
    )
    coarse = np.where(keys[SLOT].isna(), -1, group)
    whole = {money: sums.regrouped(coarse) for money, sums in measured.now.items()}
    overall = np.append(estimate(measured, whole, metric).value, np.nan)
    base = overall[coarse] / (1 if metric.is_ratio else SLOTS)
    return quotient(estimate(measured, measured.now, metric).value, base)


def _without_hours(measured: Measured) -> tuple[Note, ...]:
    """Which share of cost lies in rows that know only their day."""
    import numpy as np

    lacking = measured.keys[SLOT].isna().to_numpy()
    cost = np.nan_to_num(measured.now[True].total({"cost": 1.0}))
    if not lacking.any():
        return ()
    if lacking.all():
        return (Note.of("no_hours"),)
    share = float(cost[lacking].sum() / cost.sum()) if cost.sum() else 0.0
    return (Note.of("no_hour", share=share) if share else Note.of("some_no_hour"),)
