"""The shapes that a week of rates is made of: level, weekdays, daily waves, other waves at the weekend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from workbench.response.saturation import Floats

HOURS, DAY, DAYS = 168, 24, 7
DAILY, WEEKEND = 6, 4
"""Waves a day; waves of the weekend that differ from those of the other days."""

SATURDAY = 5


@dataclass(frozen=True, eq=False)
class Basis:
    """Columns over the 168 hours of a week.

    Attributes:
        values: Shape (168, p).
        kind: Number of the kind of each column, shape (p,); columns of a kind share one spread.
        usual: Spread of each kind that is believed before the data, in shares of the rate.
        products: Products of each pair of columns, shape (168, p²).
    """

    values: Floats
    kind: Any
    usual: Floats
    products: Floats

    @property
    def kinds(self) -> int:
        """How many kinds there are."""
        return len(self.usual)


@cache
def basis() -> Basis:
    """The columns: one level, seven weekdays, pairs of daily waves, pairs of weekend waves."""
    hour = np.arange(HOURS)
    days = (hour[:, None] // DAY == np.arange(DAYS)) - 1 / DAYS
    weekend = (hour // DAY >= SATURDAY) - 2 / DAYS
    found = [np.ones((HOURS, 1)), days]
    found += [_waves(hour, count) for count in range(1, DAILY + 1)]
    found += [_waves(hour, count) * weekend[:, None] for count in range(1, WEEKEND + 1)]
    kind = np.repeat(np.arange(len(found)), [part.shape[1] for part in found])
    usual = [1.0, 0.25, *(0.6 / count for count in range(1, DAILY + 1))]
    usual += [0.25 / count for count in range(1, WEEKEND + 1)]
    values = np.concatenate(found, axis=1)
    products = (values[:, :, None] * values[:, None, :]).reshape(HOURS, -1)
    return Basis(values, kind, np.array(usual), products)


def _waves(hour: Any, count: int) -> Floats:
    angle = 2 * np.pi * count * (hour % DAY + 0.5) / DAY
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
