"""What a fit knows of weeks to come: how spend carries over, and the season of a year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response.carryover import KINDS

if TYPE_CHECKING:
    from workbench.response import ResponseModel

YEAR = 52
"""Weeks after which a season comes again: a Monday stays a Monday."""
SMOOTH = (0.25, 0.5, 0.25)
"""A week's season is told by its neighbours, too: one week alone is noisy."""


def carryover(model: ResponseModel) -> dict[str, Any]:
    """Cell → weights of its spend by lag, shape (L,), as `optimize.allocate_periods` takes them."""
    found: dict[str, Any] = {}
    for part in model.parts:
        lay = part.problem.lay
        free = lay.free(part.best.z)
        kernels: dict[int, Any] = {}
        for group in lay.groups:
            weights, _ = KINDS[group.carry].weights(free[group.carried], part.lags)
            kernels |= dict(zip(group.channels.tolist(), weights, strict=True))
        found |= {name: kernels[channel] for channel, _, name in part.cells()}
    return found


def season(model: ResponseModel, weeks: Sequence[dt.date]) -> tuple[list[float], int]:
    """Factor of each week's responses, 1 in the mean of the fitted weeks, and how many of them are known.

    Args:
        model: A weekly fit. weeks: Mondays.

    Returns:
        (factors, weeks whose season a year before, or their own, was fitted; 1 where none was).
    """
    data = model.parts[0].data
    pad = np.pad(data.season, 1, mode="edge")
    smooth = np.convolve(pad, SMOOTH, mode="valid")
    known = {day.astype(object): float(value) for day, value in zip(data.times, smooth, strict=True)}
    found = [_of(known, week) for week in weeks]
    return [1.0 if value is None else value for value in found], sum(value is not None for value in found)


def _of(known: dict[dt.date, float], week: dt.date) -> float | None:
    """The week's own season, else that of the nearest year before."""
    for years in range(4):
        if (value := known.get(week - dt.timedelta(weeks=YEAR * years))) is not None:
            return value
    return None
