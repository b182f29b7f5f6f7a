"""Means over a distribution by brute force: the trapezoid rule on a line that stretches both ends."""

from __future__ import annotations

import numpy as np
from scipy.special import expit


def over_line(distribution, f):
    """A mean over a distribution of positive numbers."""
    return _weigh(distribution, f, np.exp, lambda z: z)


def over_share(distribution, f):
    """A mean over a distribution on [0, 1]."""
    return _weigh(distribution, f, expit, lambda z: z * (1 - z))


def _weigh(distribution, f, way, slope):
    line = np.linspace(-120, 35, 40_001)
    z = way(line)
    with np.errstate(all="ignore"):
        parts = f(z) * distribution.pdf(z) * slope(z)
    return np.nan_to_num(parts, posinf=0.0).sum() * (line[1] - line[0])
