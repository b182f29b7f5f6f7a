"""Advice: what could be better although nothing changed: where, when, and how the budget is split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.findings import places
from workbench.findings.finding import Figure, Finding, metric_words
from workbench.findings.page import Page
from workbench.findings.review import ranked
from workbench.findings.thresholds import Thresholds
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from workbench.data import Store


def advise(
    store: Store,
    period: str | Period = "last_84_days",
    where: Mapping[str, Any] | None = None,
    limit: int = 5,
    thresholds: Thresholds | None = None,
    budget: bool = True,
) -> tuple[Finding, ...]:
    """What could be better: weak regions and hours of a channel, money in the wrong channel; by money.

    Args:
        store: The store.
        period: Days looked at, in words: more of them show smaller differences.
        where: Dimension → value or values to keep.
        limit: Most findings to return.
        thresholds: What a finding needs.
        budget: Whether to fit response curves and see what another split of the budget would bring.

    Returns:
        At most `limit` findings. Regions and hours are one family of tests (Holm): the chance of any false
        one among them is at most `thresholds.alarm`. A split is only advised where the lower end of its gain,
        with optimism taken off, is above nothing.

    Raises:
        QuestionError: for an unknown period or filter.
    """
    page = Page(store, period, "", where or {}, thresholds or Thresholds())
    if store.as_of is None:
        return ()
    kept = (*ranked(places.tests(page), page.thresholds.alarm), *(_split(store, where) if budget else ()))
    return _mixed(kept)[:limit]


def _mixed(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """By money, but of each kind the first one before any second one: five weak hours are one idea."""
    order = sorted(found, key=lambda finding: -abs(finding.effect or 0.0))
    before: Counter[str] = Counter()
    turns = []
    for finding in order:
        turns.append((before[finding.code], finding))
        before[finding.code] += 1
    return tuple(finding for _, finding in sorted(turns, key=lambda turn: turn[0]))


def _split(store: Store, where: Mapping[str, Any] | None) -> tuple[Finding, ...]:
    """Another split of the same budget, where that surely brings more."""
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
    finding = Finding(
        id="split",
        status="info",
        code="split",
        values={
            "gain": more,
            "outcome": metric_words(outcome),
            "weekly": Figure(plan.now.total_spend, "money", plan.currency),
        },
        effect=gain.corrected * plan.cost_today,
        currency=plan.currency,
        state={},
        panel="budget",
    )
    return (finding,)
