"""What became of a finding after somebody decided about it: its metric before the decision, and since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import i18n
from workbench.errors import QuestionError
from workbench.findings.decisions import Decision, decisions
from workbench.findings.finding import Figure
from workbench.metrics.kpis import kpis

if TYPE_CHECKING:
    from workbench.data import Store

MOST_DAYS = 28
FEWEST_DAYS = 8
"""Days without which a ratio has no interval; under them nothing is called better or worse."""


@dataclass(frozen=True)
class Outcome:
    """A metric in equally many days before and after a decision; it shows what followed, not why.

    Attributes:
        decision: The decision.
        verdict: `better`, `worse`, `same` (within noise) or `early` (too few days so far).
        days: Days on each side.
        before, after: The metric with its 95% interval; None where it is too early.
    """

    decision: Decision
    verdict: str
    days: int
    before: Figure | None = None
    after: Figure | None = None

    def sentence(self, lang: str) -> str:
        """What followed."""
        if self.before is None or self.after is None:
            return i18n.text("findings.outcome_early", lang, days=self.days)
        figures = {"before": self.before.shown(lang), "after": self.after.shown(lang)}
        return i18n.text(f"findings.outcome_{self.verdict}", lang, days=self.days, **figures)


def outcome(store: Store, decision: Decision) -> Outcome | None:
    """What followed a decision.

    Args:
        store: The store.
        decision: The decision.

    Returns:
        None for a decision that was about the data, not about a metric.

    Raises:
        QuestionError: for a metric or member that the store no longer has.
    """
    if not decision.metric or store.as_of is None:
        return None
    days = min((store.as_of - decision.day).days, MOST_DAYS)
    if days < FEWEST_DAYS:
        return Outcome(decision, "early", max(days, 0))
    return _compared(store, decision, days)


def outcomes(store: Store, ids: Sequence[str] | None = None) -> tuple[Outcome, ...]:
    """What followed each decision that was about a metric, the newest decision first.

    Args:
        store: The store.
        ids: Findings that count; None: all.
    """
    made = [one for one in decisions(store) if ids is None or one.finding in ids]
    return tuple(found for one in made if (found := _known(store, one)))


def _known(store: Store, decision: Decision) -> Outcome | None:
    """None also where the store no longer has what the decision was about."""
    try:
        return outcome(store, decision)
    except QuestionError:
        return None


def _compared(store: Store, decision: Decision, days: int) -> Outcome:
    day, one = decision.day, dt.timedelta(days=1)
    since = f"{day + one}..{day + dt.timedelta(days=days)}"
    before = f"{day - dt.timedelta(days=days - 1)}..{day}"
    answer = kpis(store, (), [decision.metric], since, before, dict(decision.where))
    row, metric = answer.table.iloc[0], answer.metrics[0]

    def known(part: str) -> float:
        return float(row.get(f"{metric.id}{part}", float("nan")))

    before_it = Figure(known("_before"), metric.unit, answer.currency)
    after = Figure(known(""), metric.unit, answer.currency, known("_low"), known("_high"))
    return Outcome(
        decision, _verdict(metric.better, known("_diff_low"), known("_diff_high")), days, before_it, after
    )


def _verdict(better: str, low: float, high: float) -> str:
    """Whether an interval of a difference lies on one side of nothing, and on which."""
    if not (low > 0 or high < 0) or better == "neither":
        return "same"
    return "better" if (low > 0) == (better == "higher") else "worse"
