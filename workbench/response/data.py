"""What a fit works on: arrays by channel, region and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.saturation import Floats


@dataclass(frozen=True, eq=False)
class Data:
    """A frame that was read.

    Attributes:
        channels: Names, C of them. regions: Names, R of them; `("",)` for one whole.
        times: First day of each of T periods, `datetime64[D]`, evenly spaced.
        spend: Currency units, shape (C, R, T).
        outcome: Shape (R, T).
        size: Of each region, mean 1; what a region spends and brings is compared a unit of size.
        columns: Further columns by name, each of shape (R, T).
        season: Factor of each period on everything that media bring, shape (T,); 1 where a fit has a
            season of its own.
        value: Value of one unit of the outcome; None where it is not known.
    """

    channels: tuple[str, ...]
    regions: tuple[str, ...]
    times: Any
    spend: Floats
    outcome: Floats
    size: Floats
    columns: dict[str, Floats]
    season: Floats
    value: float | None = None

    @property
    def regional(self) -> bool:
        """Whether there are regions."""
        return self.regions != ("",)

    @property
    def step(self) -> float:
        """Days in a period; a month has 30.4."""
        days = np.diff(self.times).astype(int)
        return float(days.mean()) if len(days) else 7.0

    @property
    def ends(self) -> Any:
        """First day after each period."""
        return np.append(self.times[1:], self.times[-1] + np.timedelta64(round(self.step), "D"))

    @property
    def usual(self) -> Floats:
        """Mean spend a unit of size of the periods with spend, shape (C,); 1 where there is none."""
        active = self.spend > 0
        size = (active * self.size[None, :, None]).sum(axis=(1, 2))
        total = self.spend.sum(axis=(1, 2))
        return np.asarray(np.divide(total, size, out=np.ones_like(total), where=total > 0))

    @property
    def level(self) -> float:
        """Mean outcome a unit of size; 1 where all is 0."""
        mean = float(np.abs(self.outcome).sum() / (self.size.sum() * len(self.times)))
        return mean if mean > 0 else 1.0

    def first(self, periods: int) -> Data:
        """The first periods alone."""
        return self.span(slice(0, periods))

    def span(self, rows: slice) -> Data:
        """Some of the periods."""
        cut = {name: values[:, rows] for name, values in self.columns.items()}
        return Data(
            self.channels,
            self.regions,
            self.times[rows],
            self.spend[..., rows],
            self.outcome[:, rows],
            self.size,
            cut,
            self.season[rows],
            self.value,
        )


BEFORE = 8
"""Periods whose mean spend stands for the time before the data began."""


def lagged(spend: Floats, lags: int, was: Floats | None = None) -> Floats:
    """Spend of each period and of those before it, shape (..., T) → (..., T, lags).

    The time before the first period is taken to have spent the mean of the first `BEFORE`, of `was` where
    that is given: a world without a spend has the same past.
    """
    before = (spend if was is None else was)[..., :BEFORE].mean(axis=-1, keepdims=True)
    padded = np.concatenate([np.repeat(before, lags - 1, axis=-1), spend], axis=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, lags, axis=-1)
    return np.ascontiguousarray(windows[..., ::-1])
