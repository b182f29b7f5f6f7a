"""A period and the one before it at equal age: what a brief compares where conversions are still to come.

Days of which too little has arrived are left out on both sides. The others count with what they will come
to where older data versions tell; else once as they stand and once with the usual late conversions added.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.findings.ages import Ages, ages, completed
from workbench.findings.page import Page
from workbench.findings.series import series
from workbench.forecast.delays import LEAST_SHARE, TRUSTED
from workbench.metrics.kpis import answered, measure
from workbench.metrics.periods import Period
from workbench.metrics.question import Question, ask

if TYPE_CHECKING:
    import numpy as np

    from workbench.metrics.answer import MetricTable

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Even:
    """How a period is compared at equal age.

    Attributes:
        ages: How much of each day has arrived.
        out: Days at the end of both periods that are left out.
        days: Days that are left of the period.
    """

    ages: Ages
    out: int
    days: int

    @property
    def views(self) -> tuple[np.ndarray, ...]:
        """What may have arrived of each day; none where too few days are left to compare."""
        return self.ages.views if self.days > 0 else ()

    def answers(self, question: Question) -> tuple[MetricTable, ...]:
        """A compared question without the days left out, late facts as they will be, under each view."""
        if not self.views:
            return ()
        before = question.before and _without(question.before, self.out)
        sums = measure(replace(question, period=_without(question.period, self.out), before=before))
        return tuple(answered(completed(sums, self.ages, view)) for view in self.views)


def even(page: Page, answer: MetricTable) -> Even | None:
    """How the period of an answer is compared at equal age; None where nothing of it is still to come.

    Args:
        page: The question's store and filters.
        answer: What is compared with the days before.
    """
    last = page.store.as_of
    if answer.compare is None or answer.compare.name == "target" or last is None:
        return None
    start, end = answer.period.start, min(answer.period.end, last)
    if end < start:
        return None
    found = ages(series(replace(page, period=Period(start, end, "now")), ()))
    first, final = ((day - EPOCH).days for day in (start, end))
    inside = (found.days >= first) & (found.days <= final)
    if not (inside & (found.least < TRUSTED)).any():
        return None
    ready = found.days[inside & (found.least >= LEAST_SHARE)]
    newest = int(ready.max()) if len(ready) else first - 1
    out = (answer.period.end - EPOCH).days - newest
    return Even(found, out, min(answer.period.days, answer.compare.days) - out)


def asked(
    page: Page, answer: MetricTable, by: tuple[str, ...], metrics: tuple[str, ...], currency: str | None
) -> Question:
    """A question about the days of an answer and those that it is compared with."""
    return ask(page.store, by, metrics, answer.period, answer.compare, page.where, currency)


def _without(period: Period, days: int) -> Period:
    return replace(period, end=period.end - dt.timedelta(days=days))
