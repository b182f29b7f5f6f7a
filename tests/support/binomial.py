"""Whether intervals hold the truth as often as they claim: limits that can fail on both sides."""

from __future__ import annotations

import numpy as np
from scipy import stats

CHANCE = 0.005
"""Chance of a right interval to fall outside of each limit."""


def limits(count: int, level: float = 0.95) -> tuple[int, int]:
    """Fewest and most of `count` independent intervals that may hold the truth."""
    few = int(stats.binom.ppf(CHANCE, count, level))
    return few, int(stats.binom.isf(CHANCE, count, level))


def held(inside: np.ndarray, level: float = 0.95) -> bool:
    """Whether the number of intervals that hold the truth is one that `level` makes likely.

    Args:
        inside: Whether each interval holds its truth: (worlds,) of independent worlds.
        level: What the intervals claim.
    """
    few, most = limits(len(inside), level)
    return few <= int(np.sum(inside)) <= most


def held_together(inside: np.ndarray, level: float = 0.95) -> bool:
    """The same for the mean over several intervals of one world, which fail together.

    Args:
        inside: (worlds, intervals); the worlds are independent and give the error of the mean.
        level: What the intervals claim on average.
    """
    share = np.asarray(inside, float).mean(axis=1)
    error = share.std(ddof=1) / np.sqrt(len(share))
    return bool(abs(share.mean() - level) <= stats.norm.isf(CHANCE) * error)
