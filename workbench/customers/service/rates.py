"""Shares and rates whose evidence is people: several cases or contacts of one person are not independent.

The variance of Σy/Σn over people is that of a ratio (linearised); what it exceeds the one of independent
cases by is the design effect, and the interval is Wilson's (1927) with that many fewer cases (Korn &
Graubard 1998 do the same for Clopper–Pearson). Rates of counts: exact Poisson intervals (Garwood 1936) with
the dispersion of the counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""Of a 95% interval."""


@dataclass(frozen=True)
class Sums:
    """Sums over people of their cases n and hits y.

    Attributes:
        people: How many.
        n, y: Σn, Σy.
        nn, ny, yy: Σn², Σny, Σy².
    """

    people: int
    n: int
    y: int
    nn: int
    ny: int
    yy: int


@dataclass(frozen=True)
class Rate:
    """A share or rate with its 95% interval.

    Attributes:
        value, low, high: NaN where there is nothing to say.
        n: Cases, or people for a rate of counts.
        hits: What was counted.
        effective: Cases that would say as much if they were independent; for counts the dispersion.
    """

    value: float
    low: float
    high: float
    n: int
    hits: int
    effective: float


NOTHING = Rate(math.nan, math.nan, math.nan, 0, 0, 0.0)


def share(found: Sums) -> Rate:
    """The share of hits among cases."""
    if not found.n:
        return NOTHING
    value = found.y / found.n
    size = _effective(found, value)
    low, high = wilson(value, size)
    return Rate(value, low, high, found.n, found.y, size)


def wilson(value: float, size: float) -> tuple[float, float]:
    """Ends of Wilson's interval of a share seen in `size` independent cases."""
    centre = (value + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z * math.sqrt(value * (1 - value) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    return max(0.0, centre - half), min(1.0, centre + half)


def _effective(found: Sums, value: float) -> float:
    """Independent cases that say as much: at least as few as people, never more than cases."""
    plain = value * (1 - value) / found.n
    spread = _variance(found, value)
    if not spread > 0 or not plain > 0:
        return float(found.people if plain <= 0 else found.n)
    return min(float(found.n), found.n * plain / spread)


def _variance(found: Sums, value: float) -> float:
    """Of Σy/Σn over people, linearised."""
    if found.people < 2:
        return 0.0
    squares = found.yy - 2 * value * found.ny + value**2 * found.nn
    return squares / found.n**2 * found.people / (found.people - 1)


def count(found: Sums, people: int) -> Rate:
    """Hits a person among `people`, of whom `found` knows those with any.

    Args:
        found: Sums in which `y` are the counts of who had any.
        people: All persons, also those without.
    """
    if not people:
        return NOTHING
    value = found.y / people
    spread = found.yy / people - value**2
    dispersion = max(1.0, spread / value) if found.y else 1.0
    low, high = garwood(found.y / dispersion)
    return Rate(value, low * dispersion / people, high * dispersion / people, people, found.y, dispersion)


def garwood(hits: float) -> tuple[float, float]:
    """Ends of the exact 95% interval of a Poisson mean after `hits` events."""
    from scipy.special import gammaincinv

    low = float(gammaincinv(hits, 0.025)) if hits > 0 else 0.0
    return low, float(gammaincinv(hits + 1, 0.975))


def differ(now: Rate, before: Rate) -> float:
    """p-value of two shares being equal (score test with each one's effective cases)."""
    if not (now.n and before.n):
        return math.nan
    pooled = (now.value * now.effective + before.value * before.effective) / (
        now.effective + before.effective
    )
    return _p(now.value - before.value, pooled * (1 - pooled) * (1 / now.effective + 1 / before.effective))


def counts_differ(now: Rate, before: Rate) -> float:
    """p-value of two rates of counts being equal (score test with the larger dispersion)."""
    if not (now.n and before.n):
        return math.nan
    pooled = (now.hits + before.hits) / (now.n + before.n)
    spread = max(now.effective, before.effective) * pooled * (1 / now.n + 1 / before.n)
    return _p(now.value - before.value, spread)


def _p(difference: float, variance: float) -> float:
    return math.erfc(abs(difference) / math.sqrt(2 * variance)) if variance > 0 else math.nan


def changed_minds(gained: int, lost: int) -> float:
    """p-value of as many having changed one way as the other (McNemar 1947, exact where few did)."""
    moved = gained + lost
    if not moved:
        return math.nan
    if moved >= 25:
        return _p(gained - lost, moved)
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(gained, lost), moved, 0.5)))
