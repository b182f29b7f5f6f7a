"""The question: which days are out of the ordinary, and which of them does an event explain?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.forecast import spans, tails
from workbench.forecast.ask import checked, code_version, known_events, read, share, until, with_holidays
from workbench.forecast.bundle import Bundle
from workbench.forecast.events import Event
from workbench.forecast.notes import Note
from workbench.forecast.oddities import Anomalies
from workbench.forecast.unusual import Unusual, unusual

if TYPE_CHECKING:
    from workbench.metrics.periods import Period

CORRECTIONS = ("BH", "BY")
"""Benjamini & Hochberg (1995), and Benjamini & Yekutieli (2001) for tests that depend on one another."""


def anomalies(
    series: Any,
    *,
    metric: str | None = None,
    as_of: Any = None,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    period: str | Period = "all",
    last: int | None = None,
    time: str | None = None,
    value: str | None = None,
    events: Any = None,
    country: str | None = None,
    alarm: float = 0.05,
    correction: str = "BH",
    gaps: str = "missing",
    maturity: Sequence[float] | None = None,
    price: float | None = None,
    currency: str | None = None,
) -> Anomalies:
    """Find the days that fit neither the days before them nor those after.

    Every day is expected from its weekday, trend and known events, by a filter that outliers cannot move,
    once forwards and once backwards in time; its chance is that of a gamma-Poisson count, else of Student's t
    with tails as thick as the series shows. All days of all series are one family of tests.

    Args:
        series, metric, as_of, by, where, period, time, value, gaps, currency: As `forecast` takes them.
        last: Newest steps that are judged; None: all. The earlier ones tell what is usual.
        events: As `forecast` takes them: they explain a day, and longer ones are expected.
        country: As `forecast` takes it; its holidays explain a day.
        alarm: False discovery rate: expected share of false ones among what is found. Where nothing is wrong,
            it is the chance of finding anything.
        correction: `BH`, or `BY`.
        maturity: What part of the newest step has arrived, of the one before, …. A store learns it from its
            older data versions; where it cannot, a young day must be too low even if much is still to come.
        price: Money of one unit; None: 1 for amounts of a store, the cost per unit for its counts.

    Returns:
        `Anomalies`.

    Raises:
        QuestionError: for parameters that do not fit. InputError: for series that cannot be read.
    """
    if correction not in CORRECTIONS:
        raise unknown("correction", correction, CORRECTIONS)
    bundle = read(
        series, metric=metric, by=by, where=where, period=period, time=time, value=value, gaps=gaps,
        maturity=maturity, currency=currency,
    )  # fmt: skip
    how = Rules(share("alarm", alarm), correction, last, price)
    bundle = checked(until(bundle, as_of))
    return _answer(bundle, with_holidays(series, known_events(series, events), country, bundle, 1), how)


@dataclass(frozen=True)
class Rules:
    """When a day is out of the ordinary: as `anomalies` takes these."""

    alarm: float
    correction: str
    last: int | None
    price: float | None


def _answer(bundle: Bundle, named: tuple[Event, ...], how: Rules) -> Anomalies:
    """Judge the days of a bundle."""
    seen = unusual(bundle, tuple(event for event in named if not event.country))
    p = chances(bundle, seen, how)
    return told(bundle, seen, p, tails.adjusted(p, how.correction), named, how)


def chances(bundle: Bundle, seen: Unusual, how: Rules) -> Any:
    """Chance of each step of each series, nan where it is not judged, (N, T)."""
    return np.where(_judged(bundle, how), seen.p, np.nan)


def told(bundle: Bundle, seen: Unusual, p: Any, q: Any, named: tuple[Event, ...], how: Rules) -> Anomalies:
    """The answer for chances and adjusted chances, which may be those of a larger family."""
    price = _price(how.price, bundle)
    found = spans.flagged(bundle, seen, p, q, how.alarm, named, price)
    return Anomalies(
        table=found,
        spans=spans.spans(found, bundle),
        changes=spans.changes(bundle, seen, q, _judged(bundle, how), how.alarm, named, price),
        alarm=how.alarm,
        correction=how.correction,
        tested=int(np.isfinite(p).sum()),
        notes=(*bundle.notes, *_notes(bundle)),
        events=named,
        code_version=code_version(),
        bundle=bundle,
        seen=seen,
    )


def _judged(bundle: Bundle, how: Rules) -> Any:
    """The newest steps, which are judged, (T,)."""
    steps = len(bundle.days)
    return np.arange(steps) >= steps - _last(how.last, bundle)


def _last(last: int | None, bundle: Bundle) -> int:
    steps = len(bundle.days)
    if last is None:
        return steps
    if isinstance(last, bool) or not isinstance(last, int | np.integer) or last < 1:
        raise QuestionError(f"last={last!r} is no number of steps.", "Write a whole number from 1 on.")
    return min(int(last), steps)


def _price(given: float | None, bundle: Bundle) -> Any:
    """Money of one unit of each series."""
    if given is not None:
        return np.full(len(bundle.keys), float(given))
    return np.full(len(bundle.keys), np.nan) if bundle.price is None else bundle.price


def _notes(bundle: Bundle) -> tuple[Note, ...]:
    return (Note.of(f"age_{bundle.shares_from}", days=bundle.open),) if bundle.open else ()
