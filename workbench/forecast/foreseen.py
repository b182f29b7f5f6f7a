"""Which holidays a series follows: each foreseen from before it, with and without what other times did."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.forecast import regression
from workbench.forecast.backtest import WORTH
from workbench.forecast.events import Marks
from workbench.forecast.smoothing import Floats

SEASONS = 4
"""Seasons before a holiday whose mean is expected of it, as `seasonal_mean` does."""

BACK = 8
"""Seasons that are looked through for them."""

CLEAR, CLEARER = 1.28, 2.58
"""Standard deviations from which on an effect is believed: after a trial, and where one time tells it."""


def followed(z: Floats, marks: Marks, tried: Any, effects: regression.Effects, m: int) -> Any:
    """Which kinds of event each series follows, (N, E); kinds that are not tried are followed.

    A kind that came several times is followed where its effect is likely (80%) and the days of each time,
    foreseen from the same season positions before it, are missed by less with the effect of the other times
    than without. A kind that came once cannot be tried so: its effect must be sure (99%).

    Args:
        z: Series, (N, T), missing as nan. marks: Of events, over history and horizon.
        tried: Which kinds are to be tried, flags (E,). effects: Of the marks. m: Season length.
    """
    steps = z.shape[1]
    days = marks.values[:steps]
    number, usual = _number(days, marks.kind, tried), _usual(z, days, m)
    other = _of_other_times(z, days, number, marks.kind, tried, m)
    kept = np.ones((len(z), len(marks.names)), bool)
    for kind in np.flatnonzero(tried):
        columns = marks.kind == kind
        inside = (days[:, columns] > 0).any(axis=1)
        effect = other[:, :, columns] if other.size else other
        shift = np.einsum("ntc,tc->nt", effect, days[:, columns])[:, inside]
        rest = (z - usual)[:, inside]
        told = np.isfinite(rest) & np.isfinite(shift)
        with_it, without = (_sum(np.abs(rest - part), told) for part in (shift, 0.0))
        size = _size(days[inside][:, columns], effects, columns)
        helps = (with_it <= WORTH * without) & (size > CLEAR)
        kept[:, kind] = np.where(told.any(axis=1), helps, size > CLEARER)
    return kept


def _number(days: Floats, kind: Any, tried: Any) -> Any:
    """How many times a kind had come before the one that a step lies in, modulo 2; −1 outside, (T, E)."""
    found = np.full((len(days), len(tried)), -1)
    for each in np.flatnonzero(tried):
        inside: Any = (days[:, kind == each] > 0).any(axis=1)
        begins = inside & ~np.concatenate([[False], inside[:-1]])
        found[:, each] = np.where(inside, (np.cumsum(begins) - 1) % 2, -1)
    return found


def _usual(z: Floats, days: Floats, m: int) -> Floats:
    """Mean of the last seasons' same steps that lie in no event, (N, T); nan where none is known."""
    plain = np.where((days > 0).any(axis=1), np.nan, z)
    past = np.full((BACK, *z.shape), np.nan)
    for back in range(1, BACK + 1):
        past[back - 1, :, back * m :] = plain[:, : z.shape[1] - back * m]
    known = np.isfinite(past)
    kept = known & (np.cumsum(known, axis=0) <= SEASONS)
    count = kept.sum(axis=0)
    return np.where(count > 0, np.where(kept, past, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _of_other_times(z: Floats, days: Floats, number: Any, kind: Any, tried: Any, m: int) -> Floats:
    """Effects at each step as the other half of the times tell them; nan where it does not, (N, T, C)."""
    found = np.full((*z.shape, days.shape[1]), np.nan)
    for half in (0, 1):
        hidden = number == half
        without = np.where(hidden.any(axis=1), np.nan, z)
        learnt = regression.effects(without, days, m)
        values = np.where(learnt.heard, learnt.values, np.nan)
        at = hidden[:, kind] & np.asarray(tried)[kind]
        found = np.where(at[None], values[:, None, :], found)
    return np.where(days > 0, found, 0.0)


def _sum(values: Floats, told: Any) -> Floats:
    return np.asarray(np.where(told, values, 0.0).sum(axis=1))


def _size(days: Floats, effects: regression.Effects, columns: Any) -> Any:
    """A kind's mean effect in standard deviations, (N,); 0 where nothing tells it."""
    if not len(days):
        return np.zeros(len(effects.values))
    weight = days.mean(axis=0)
    middle = effects.values[:, columns] @ weight
    at = np.flatnonzero(columns)
    variance = np.einsum("c,ncd,d->n", weight, effects.cov[:, at[:, None], at], weight)
    sd = np.sqrt(np.maximum(variance, 1e-24))
    return np.where(effects.heard[:, columns].any(axis=1), np.abs(middle) / sd, 0.0)
