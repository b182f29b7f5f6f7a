"""What became of a finding after somebody decided about it: its figure before the decision, and since.

Conversions come late, so the days since are younger than those before. Both sides count with what they will
come to where older data versions tell; else a verdict must hold as things are and with the usual late
conversions still to come. Days of which too little has arrived are waited for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.errors import QuestionError
from workbench.findings import splits
from workbench.findings.ages import Ages, ages, completed
from workbench.findings.decisions import Decision, decisions
from workbench.findings.finding import Aside, Figure, Percent, Words, metric_words, worded
from workbench.findings.followed import KINDS, followed, kind
from workbench.findings.page import Page
from workbench.findings.series import series
from workbench.findings.thresholds import Thresholds
from workbench.forecast.delays import LEAST_SHARE
from workbench.forecast.stores import LATE
from workbench.metrics.answer import MetricTable
from workbench.metrics.kpis import answered, measure
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, ask

if TYPE_CHECKING:
    from workbench.data import Store

EPOCH = dt.date(1970, 1, 1)
MOST_DAYS = 28
FEWEST_DAYS = 8
"""Days without which a ratio has no interval; under them nothing is called better or worse."""


@dataclass(frozen=True)
class Outcome:
    """A figure in equally many days before and after a decision; it shows what followed, not why.

    Attributes:
        decision: The decision.
        verdict: `better`, `worse`, `same` (within noise) or `early` (too few days so far).
        days: Days on each side.
        before, after: The figure, a metric with its 95% interval; None where it is too early.
        aside: What late conversions mean for it; None where they mean nothing.
        what: What is counted, where the finding was about no metric of the delivery.
        needed: Days that are waited for where it is too early; 0: some more.
        code: Its text is `findings.<code>`; empty: the one of its verdict.
    """

    decision: Decision
    verdict: str
    days: int
    before: Figure | Percent | Words | None = None
    after: Figure | Percent | Words | None = None
    aside: Aside | None = None
    what: Words | None = None
    needed: int = 0
    code: str = ""

    def sentence(self, lang: str) -> str:
        """What followed."""
        early = "outcome_wait" if self.needed else "outcome_early"
        code = self.code or (f"outcome_{self.verdict}" if self.after is not None else early)
        figures = {"before": self.before, "after": self.after}
        known = {name: value for name, value in figures.items() if value is not None}
        said = worded(code, {"days": self.days, "needed": self.needed, **known}, lang)
        if self.what:
            said = worded("outcome_of", {"what": self.what, "said": said}, lang)
        return said + (worded(self.aside.code, self.aside.values, lang) if self.aside else "")


def outcome(store: Store, decision: Decision) -> Outcome | None:
    """What followed a decision.

    Args:
        store: The store.
        decision: The decision.

    Returns:
        None for a decision about the data, contacts that are due, or what the store no longer holds.

    Raises:
        QuestionError: for a metric or member that the store no longer has.
    """
    if (about := kind(decision)) in KINDS:
        told = followed(store, decision)
        return Outcome(decision, **told) if told else None
    if about == splits.CODE:
        found = _of_metric(store, replace(decision, metric=decision.metric or splits.METRIC))
        return found and replace(found, what=metric_words(store.metrics[found.decision.metric]))
    return _of_metric(store, decision)


def _of_metric(store: Store, decision: Decision) -> Outcome | None:
    """What followed a decision about a metric of the delivery."""
    if not decision.metric or store.as_of is None:
        return None
    asked = _asked(store, decision, MOST_DAYS)
    facts = tuple(fact for side in asked.terms(asked.metrics[0]) for fact in side)
    aged = _aged(store, decision, asked) if LATE & {*facts} else None
    days = min((_last(store.as_of, aged) - decision.day).days, MOST_DAYS)
    if days < FEWEST_DAYS:
        return Outcome(decision, "early", max(days, 0))
    return _compared(store, decision, days, aged, facts)


def outcomes(store: Store, ids: Sequence[str] | None = None) -> tuple[Outcome, ...]:
    """What followed each decision of which data tell it, the newest decision first.

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


def _asked(store: Store, decision: Decision, days: int) -> Question:
    """The metric on equally many days after and before a decision."""
    day, one = decision.day, dt.timedelta(days=1)
    since = f"{day + one}..{day + dt.timedelta(days=days)}"
    before = f"{day - dt.timedelta(days=days - 1)}..{day}"
    return ask(store, (), (decision.metric,), since, before, dict(decision.where))


def _aged(store: Store, decision: Decision, asked: Question) -> Ages:
    """How much of each day has arrived."""
    window = Period(asked.period.start, min(asked.period.end, store.as_of or asked.period.end), "since")
    return ages(series(Page(store, window, "", dict(decision.where), Thresholds()), ()))


def _last(as_of: dt.date, aged: Ages | None) -> dt.date:
    """The last day of which enough has arrived, whatever is assumed."""
    if aged is None or not len(aged.days):
        return as_of
    ready = aged.days[aged.least >= LEAST_SHARE]
    # days without any data behind the last one are nobody's to wait for
    newest = int(ready.max()) if len(ready) else int(aged.days.min()) - 1
    return min(as_of, EPOCH + dt.timedelta(days=newest))


def _compared(
    store: Store, decision: Decision, days: int, aged: Ages | None, facts: tuple[str, ...]
) -> Outcome:
    measured = measure(_asked(store, decision, days))
    tables = [answered(completed(measured, aged, view)) for view in aged.views] if aged else []
    first, *others = tables or [answered(measured)]
    verdicts = {_verdict_of(table) for table in (first, *others)}
    verdict = verdicts.pop() if len(verdicts) == 1 else "same"
    start = (decision.day - EPOCH).days + 1
    aside = aged.remark(facts, start, verdict == "worse") if aged else None
    return Outcome(decision, verdict, days, _figure(first, "_before"), _figure(first, "", ends=True), aside)


def _number(answer: MetricTable, part: str) -> float:
    return float(answer.table.iloc[0].get(f"{answer.metrics[0].id}{part}", float("nan")))


def _figure(answer: MetricTable, part: str, ends: bool = False) -> Figure:
    """The metric of one side, with its interval where it has one."""
    metric, value = answer.metrics[0], _number(answer, part)
    if not ends:
        return Figure(value, metric.unit, answer.currency)
    return Figure(value, metric.unit, answer.currency, _number(answer, "_low"), _number(answer, "_high"))


def _verdict_of(answer: MetricTable) -> str:
    ends = (_number(answer, "_diff_low"), _number(answer, "_diff_high"))
    return _verdict(answer.metrics[0].better, *ends)


def _verdict(better: str, low: float, high: float) -> str:
    """Whether an interval of a difference lies on one side of nothing, and on which."""
    if not (low > 0 or high < 0) or better == "neither":
        return "same"
    return "better" if (low > 0) == (better == "higher") else "worse"
