"""Shares with intervals, and how much a group over- or under-represents something."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

LEVEL = 0.95


def wilson(hits: Any, n: Any, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share (Wilson 1927).

    Args:
        hits: Counts.
        n: Of how many; where 0 the ends are NaN.
        level: Confidence.
    """
    hits, n = np.asarray(hits, float), np.asarray(n, float)
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        low = np.where(hits == 0, 0.0, middle - half)
        high = np.where(hits == n, 1.0, middle + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def index(
    inside: Any, base: Any, group: float, everyone: float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index: share in a group / share in the base × 100, with its interval.

    The group is part of the base, so the two shares go together. The interval is that of the ratio
    p / P, where p is the group's rate inside a cell and P = w p + (1 − w) q its rate at all, with p and
    q (outside the cell) independent: delta method on the logarithm; a half is added to every count.

    Args:
        inside: Members of the group in each cell.
        base: Customers in each cell.
        group: Members of the group.
        everyone: Customers.
        level: Confidence.

    Returns:
        Index and its lower and upper end; NaN where the base or the group is empty.
    """
    inside, base = np.asarray(inside, float), np.asarray(base, float)
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (inside / group) / (base / everyone) * 100
        p, q = (inside + 0.5) / (base + 1), (group - inside + 0.5) / (everyone - base + 1)
        w = base / everyone
        whole = w * p + (1 - w) * q
        here = (1 / p - w / whole) ** 2 * p * (1 - p) / (base + 1)
        there = ((1 - w) / whole) ** 2 * q * (1 - q) / (everyone - base + 1)
        reach = np.exp(z * np.sqrt(here + there))
        centre = p / whole * 100
    none = ~np.isfinite(found)
    # The interval of the observed value: centred where the halves matter little, and never without it.
    low, high = np.minimum(centre / reach, found), np.maximum(centre * reach, found)
    return found, np.where(none, np.nan, low), np.where(none, np.nan, high)


def by_chance(inside: Any, base: Any, group: float, everyone: float) -> np.ndarray:
    """Two-sided p-value of each cell: the group drawn at random from the base (hypergeometric, mid-p).

    Args:
        inside, base, group, everyone: As `index` takes them.
    """
    from scipy.stats import hypergeom

    inside, base = np.asarray(inside, int), np.asarray(base, int)
    law = hypergeom(int(everyone), int(group), base)
    half = law.pmf(inside) / 2
    less, more = law.cdf(inside) - half, law.sf(inside) + half
    return np.asarray(np.minimum(1.0, 2 * np.minimum(less, more)))
