"""The scale in which a series is forecast: logarithms where it multiplies, else its own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast.smoothing import Floats

FEW_ZEROS = 0.05
"""Share of zeros up to which a series is taken in logarithms."""

OFFSET = 0.05
"""Part of the median added before the logarithm, so that a day without anything stays finite."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How N series are transformed.

    Attributes:
        log: Which are taken in logarithms, (N,). offset: Added before, (N,).
        unit: Divided by before, (N,), so that nothing depends on the unit of the amounts.
        positive: Which never fall below 0, (N,).
    """

    log: Any
    offset: Floats
    unit: Floats
    positive: Any

    def to(self, values: Floats) -> Floats:
        """Values of shape (N, T) as they are forecast."""
        return self._to(values / self.unit[:, None], self.log[:, None], self.offset[:, None])

    def back(self, z: Floats, sd: Floats | float = 0.0) -> Floats:
        """The mean of values (…, N, H) whose days scatter with `sd` around `z`; with 0 their middle."""
        log, offset, unit = (part[:, None] for part in (self.log, self.offset, self.unit))
        grown = np.exp(np.minimum(np.where(log, z + np.square(sd) / 2, 0.0), 700.0)) - offset
        found = np.where(log, grown, z) * unit
        return np.asarray(np.where(self.positive[:, None], np.maximum(found, 0.0), found))

    @staticmethod
    def _to(values: Floats, log: Any, offset: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(np.where(log, values + offset, 1.0))
        return np.asarray(np.where(np.isfinite(values), np.where(log, logs, values), np.nan))


def scale_of(values: Floats) -> Scale:
    """The scale of series, shape (N, T), missing as nan."""
    positive = np.nanmin(values, axis=1) >= 0
    size = np.array([_size(row) for row in values])
    zeros = np.array([np.mean(row[np.isfinite(row)] == 0) for row in values])
    log = positive & (zeros <= FEW_ZEROS)
    return Scale(log, np.where(log, OFFSET, 0.0), size, positive)


def _size(row: Floats) -> float:
    """The median of what is not 0, by size; 1 where everything is."""
    known = np.abs(row[np.isfinite(row) & (row != 0)])
    return float(np.median(known)) if len(known) else 1.0
