"""One metric of one row of an answer, ready to be shown: value, interval, change and what it means."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pandas as pd

from workbench.catalogue import Metric
from workbench.i18n import formats

SMALL_COUNT = 10_000
"""Counts below this are shown in full: 68, never 68.0."""

Verdict = Literal["good", "bad", "noise", "moved", "untested", "unknown"]


class Answer(Protocol):
    """What a table needs of a `MetricTable`."""

    @property
    def table(self) -> pd.DataFrame:
        """One row per member, columns as documented for `MetricTable`."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Metrics in column order."""

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions of the rows."""

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""


@dataclass(frozen=True)
class Reading:
    """One metric of one row.

    Attributes:
        metric: What is measured.
        currency: Currency of amounts.
        value, low, high: Value and 95% interval, in the metric's unit; None where unknown.
        before, change, diff, diff_low, diff_high: The comparison; `change` is relative, `diff` in the
            metric's own unit with its 95% interval.
        n: Day clusters behind the interval.
    """

    metric: Metric
    currency: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    before: float | None = None
    change: float | None = None
    diff: float | None = None
    diff_low: float | None = None
    diff_high: float | None = None
    n: int | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the change is good or bad, lies within noise, or only moved (no better side).

        Nothing is called better, worse or noise that was not tested: too few days, or a plan.
        """
        if self.diff is None:
            return "unknown"
        if self.diff_low is None or self.diff_high is None:
            return "untested"
        if not self.diff_low > 0 and not self.diff_high < 0:
            return "noise"
        if self.metric.better == "neither":
            return "moved"
        return "good" if (self.diff > 0) == (self.metric.better == "higher") else "bad"

    def shown(self, lang: str, short: bool = False) -> str:
        """The value in its unit."""
        short = short and not (self.metric.unit == "count" and abs(self.value or 0) < SMALL_COUNT)
        return formats.value(self.value, self.metric.unit, lang, self.currency, short)

    def interval(self, lang: str) -> str:
        """The 95% interval without repeating its unit; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return "–".join(_bare(limit, self.metric.unit, lang) for limit in (self.low, self.high))

    def moved(self, lang: str) -> str:
        """The change: rates in percentage points, everything else in percent."""
        if self.metric.unit == "percent":
            return formats.points(self.diff, lang)
        return formats.change(self.change, lang)


def readings(answer: Answer, row: Mapping[Hashable, Any] | pd.Series[Any]) -> tuple[Reading, ...]:
    """Return one reading per metric of `answer` for one row of its table."""
    return tuple(reading(answer, row, metric) for metric in answer.metrics)


def reading(answer: Answer, row: Mapping[Hashable, Any] | pd.Series[Any], metric: Metric) -> Reading:
    """Return the reading of `metric` in one row of an answer's table."""
    parts = ("low", "high", "before", "change", "diff", "diff_low", "diff_high")
    n = known(row.get("n"))
    return Reading(
        metric,
        answer.currency,
        known(row.get(metric.id)),
        **{part: known(row.get(f"{metric.id}_{part}")) for part in parts},
        n=None if n is None else int(n),
    )


def known(value: Any) -> float | None:
    """The number, or None where it is missing, NaN or infinite."""
    if value is None or pd.isna(value):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def member(value: Any) -> str | None:
    """A dimension's raw value as text; None where it is unknown."""
    return None if value is None or pd.isna(value) else str(value)


def _bare(limit: float, unit: str, lang: str) -> str:
    shown = formats.value(limit, unit, lang, "", short=True)
    return shown.removesuffix("%") if unit == "percent" else shown
