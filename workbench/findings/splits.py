"""Advice about the budget's split, and what later curves say of such advice in the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.findings.finding import Figure, Finding, metric_words

if TYPE_CHECKING:
    from workbench.data import Store

CODE = "split"
METRIC = "cpa"
"""What another split of the same money changes: what a conversion costs over everything that it is for."""


def finding(store: Store, where: Mapping[str, Any] | None) -> tuple[Finding, ...]:
    """Another split of the same budget, where that surely brings more.

    Args:
        store: The store. where: Dimension → value or values to keep.
    """
    from workbench.plans import propose

    try:
        plan = propose(store, where=where, draws=True)
    except QuestionError:
        return ()  # too little data for curves: nothing is advised
    gain = plan.plan.gain
    if gain is None or not gain.low > 0:
        return ()
    outcome = store.metrics[plan.outcome]
    more = Figure(round(gain.corrected), outcome.unit, plan.currency, round(gain.low), round(gain.high))
    said = Finding(
        id=CODE,
        status="info",
        code=CODE,
        values={
            "gain": more,
            "outcome": metric_words(outcome),
            "weekly": Figure(plan.now.total_spend, "money", plan.currency),
        },
        effect=gain.corrected * plan.cost_today,
        effect_range=(gain.low * plan.cost_today, gain.high * plan.cost_today),
        currency=plan.currency,
        state={"metric": METRIC, "filters": dict(plan.where)},
        panel="budget",
    )
    return (said,)


def cases(
    store: Store, where: Mapping[str, Any] | None, ends: Sequence[dt.date]
) -> Iterator[tuple[str, bool]]:
    """The kind of each past split that would have been advised, and whether later curves agree with it.

    Args:
        store: The store. where: Dimension → value or values to keep.
        ends: Last days that were known, each followed by the next one's weeks.
    """
    from workbench.plans import advised

    try:
        found = advised(store, ends, where)
    except QuestionError:
        return  # too little data for curves
    for past in found:
        if past.low > 0:
            yield CODE, past.won
