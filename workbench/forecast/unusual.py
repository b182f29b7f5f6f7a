"""How unlikely each step of a series is: seen from the days before it and from those after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.forecast import delays, regression, smoothing, tails
from workbench.forecast import events as occasions
from workbench.forecast.bundle import Bundle
from workbench.forecast.events import Event
from workbench.forecast.fit import CHUNK, WIDTHS
from workbench.forecast.scale import Scale, scale_of
from workbench.forecast.smoothing import Floats

PATIENCE = 10
"""Surprises in a row on one side that are a new level, no longer a breakdown."""

CLIP = 2.0
"""Standard deviations at which a surprise is cut before the filter learns from it."""

EDGE = 4
"""Seasons at either end of a series that are seen from the other side alone."""

APART = 3.0
"""Standard deviations by which the two views differ where the level changed between them."""

BAND = 0.95
"""Level of the intervals."""


@dataclass(frozen=True, eq=False)
class Unusual:
    """N series seen from both sides.

    Attributes:
        expected, low, high: In units of the series, (N, T).
        p: Chance of a value at least as far off, the larger of both views'; nan where not tested, (N, T).
        change: Chance under the view from before alone, (N, T); small for long where the level changed.
        before: Expected from before alone, (N, T).
        values: As they are known, (N, T).
    """

    expected: Floats
    low: Floats
    high: Floats
    p: Floats
    change: Floats
    before: Floats
    values: Floats


def unusual(bundle: Bundle, named: tuple[Event, ...]) -> Unusual:
    """Look at every step of every series of a bundle, in chunks."""
    values = delays.learnt(bundle)
    parts = []
    for at in range(0, len(values), CHUNK):
        rows = slice(at, at + CHUNK)
        parts.append(_seen(replace(bundle, values=bundle.values[rows]), values[rows], named))
    fields = ("expected", "low", "high", "p", "change", "before", "values")
    return Unusual(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in fields})


def _seen(bundle: Bundle, values: Floats, named: tuple[Event, ...]) -> Unusual:
    m, steps = bundle.season, values.shape[1]
    marks = occasions.marks(named, bundle.days, steps, WIDTHS[bundle.step])
    scale = scale_of(values)
    z = scale.to(values)
    once = _short_and_once(marks)
    shift = _shift(z, marks, once, m)
    blind = marks.inside(once)
    learnt = np.where(blind, np.nan, z - shift)
    before = _ahead(learnt, m)
    after = _ahead(learnt[:, ::-1], m)[:, ::-1]
    rest = [np.where(blind, np.nan, learnt - guess) for guess in (before, after)]
    least = np.where(np.abs(rest[0]) <= np.abs(rest[1]), *rest)
    sides = [
        _judged(bundle, scale, guess + shift, left, least)
        for guess, left in zip((before, after), rest, strict=True)
    ]
    return _both(bundle, sides, m)


def _short_and_once(marks: occasions.Marks) -> Any:
    """Kinds whose effect nothing but their own few days tells: they explain a day, they do not predict it."""
    columns = np.bincount(marks.kind, minlength=len(marks.names)) if len(marks.names) else np.zeros(0, int)
    return (marks.times < 2) & (columns < 2)


def _shift(z: Floats, marks: occasions.Marks, once: Any, m: int) -> Floats:
    """Effects of the events that are known well enough, (N, T)."""
    kept = ~once[marks.kind] if len(marks.kind) else np.zeros(0, bool)
    columns = marks.values[:, kept]
    if not columns.shape[1]:
        return np.zeros_like(z)
    return np.asarray(regression.effects(z, columns, m).values @ columns.T)


def _ahead(z: Floats, m: int) -> Floats:
    """One-step forecasts of the parameters that forecast best over all, (N, T)."""
    begin, sets = smoothing.start(z, m), smoothing.grid()
    last = np.array([z.shape[1] - 1])
    done = smoothing.run(z, sets, begin, last, EDGE * m, CLIP, PATIENCE)
    chosen = smoothing.best(done.loss)[0]
    return np.asarray(done.ahead[:, np.arange(len(z)), chosen].T)


@dataclass(frozen=True, eq=False)
class Side:
    """One view: expected values, limits and chances in units of the series; middle and sd in its scale."""

    expected: Floats
    low: Floats
    high: Floats
    p: Floats
    z: Floats
    sd: Floats


def _judged(bundle: Bundle, scale: Scale, guess: Floats, rest: Floats, nearer: Floats) -> Side:
    """Chances of the values of each series under one view; young steps are compared at their own age."""
    z, (least, most) = scale.to(bundle.values), delays.bounds(bundle)
    rows = []
    for n, values in enumerate(bundle.values):
        own = tails.of(scale, n)
        low = tails.judged(values, own, z[n], own.aged(guess[n], least), rest[n], nearer[n])
        if not bundle.open:
            rows.append(low)
            continue
        high = tails.judged(values, own, z[n], own.aged(guess[n], most), rest[n], nearer[n])
        p = np.where(
            values > high[0],
            high[3],
            np.where(values < low[0], low[3], np.where(np.isfinite(values), 1.0, np.nan)),
        )
        rows.append((high[0], low[1], high[2], p, high[4]))
    expected, low_, high_, p_, sd = (np.array(part) for part in zip(*rows, strict=True))
    return Side(expected, low_, high_, p_, guess, sd)


def _both(bundle: Bundle, sides: list[Side], m: int) -> Unusual:
    """Both views as one: unusual is what fits neither the days before nor the days after.

    Its chance is the larger of both: where the level changes, one of the views is surprised and no day is
    flagged.
    """
    values = bundle.values
    before, after = sides
    steps = values.shape[1]
    first = np.argmax(np.isfinite(values), axis=1)[:, None]
    step = np.arange(steps)
    early, late = step < first + EDGE * m, step >= steps - EDGE * m
    weight = np.where(late, 1.0, np.where(early, 0.0, 0.5)) * np.ones_like(values)
    apart = np.abs(before.z - after.z) > APART * np.minimum(before.sd, after.sd)[:, None]
    nearer = np.abs(values - before.expected) <= np.abs(values - after.expected)
    weight = np.where(apart & (weight == 0.5), nearer, weight)
    p = np.where(late, before.p, np.where(early, after.p, np.maximum(before.p, after.p)))
    expected, low, high = (
        weight * getattr(before, name) + (1 - weight) * getattr(after, name)
        for name in ("expected", "low", "high")
    )
    return Unusual(expected, low, high, p, before.p, before.expected, values)
