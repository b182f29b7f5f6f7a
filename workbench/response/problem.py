"""A fit as numbers without units: what is minimised, and the linear coefficients at its bottom.

The outcome is measured in its own mean a unit of size, spend in a channel's usual spend, so that no answer
depends on a currency or a unit of counting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from workbench.response.columns import Base, Columns, columns
from workbench.response.data import Data, lagged
from workbench.response.layout import Layout
from workbench.response.lifts import Lifts
from workbench.response.priors import Priors
from workbench.response.saturation import Floats


@dataclass(frozen=True, eq=False)
class Problem:
    """What a fit minimises.

    Attributes:
        data, base, priors: As asked.
        lay: Non-linear parameters.
        cols: Linear columns beside media.
        lags: Spend in usual spends, shape (C, N + extra, L), N = R · T, regions one after another; the
            extra rows are those of experiments' worlds without the spend.
        y: Outcome without units, shape (R, T).
        weight: Of each region's rows, mean 1.
        rows, aim: Prior of the linear coefficients w: rows · w ~ Normal(aim, 1).
        bent: rowsᵀ · rows, kept because draws share it.
        lifts: Experiments.
        tau: Standard deviation of regions around their channel, shape (C,).
    """

    data: Data
    base: Base
    priors: Priors
    lay: Layout
    cols: Columns
    lags: Floats
    y: Floats
    weight: Floats
    rows: Floats
    aim: Floats
    bent: Floats
    lifts: Lifts
    tau: Floats

    @cached_property
    def penalty(self) -> tuple[Floats, Floats]:
        """The prior's part of the linear coefficients' second derivative and pull."""
        return self.bent, self.rows.T @ self.aim

    @cached_property
    def base_grams(self) -> tuple[Floats, Floats]:
        """Each region's products of the linear columns, shape (R, q, q), and with the outcome, (R, q)."""
        turned = self.cols.values.transpose(0, 2, 1)
        return turned @ self.cols.values, (turned @ self.y[..., None])[..., 0]

    @property
    def first_media(self) -> int:
        """Place of the first media coefficient."""
        pooled = len(self.data.channels) if self.data.regional else 0
        return len(self.cols.names) + 1 + pooled

    @property
    def size(self) -> int:
        """Number of linear coefficients."""
        return self.first_media + len(self.data.regions) * len(self.data.channels)

    @cached_property
    def regional(self) -> Any:
        """Places of the coefficients that each region has alone, shape (R, k); none for one whole.

        The baseline first, where there is one, then the effects of channels.
        """
        if not self.data.regional:
            return np.zeros((0, 0), int)
        regions, channels = len(self.data.regions), len(self.data.channels)
        effects = self.first_media + np.arange(regions * channels).reshape(regions, channels)
        levels = [at for at, kind in enumerate(self.cols.kinds) if kind == "intercept"]
        return np.hstack([np.array(levels, int).reshape(regions, -1), effects])

    @property
    def signed(self) -> Any:
        """Which coefficients may not be negative."""
        return np.arange(self.size) >= self.first_media

    def media(self, w: Floats) -> Floats:
        """Media coefficients, shape (R, C)."""
        return w[self.first_media :].reshape(len(self.data.regions), len(self.data.channels))

    def pooled(self, tau: Floats, weight: Floats) -> Problem:
        """The same with another spread of regions and other weights."""
        rows, aim = prior_rows(self.data, self.cols, self.priors, tau)
        return replace(self, tau=tau, weight=weight, rows=rows, aim=aim, bent=rows.T @ rows)


def build(data: Data, base: Base, priors: Priors, lay: Layout, lags: int, lifts: Lifts) -> Problem:
    """The problem of data and a base whose scales are known."""
    channels, regions, periods = data.spend.shape
    scaled = data.spend / (data.usual[:, None, None] * data.size[:, None])
    windows = lagged(scaled, lags).reshape(channels, regions * periods, lags)
    cols = columns(data, base, priors)
    tau = np.full(channels, priors.pooling) * _shares(data)
    rows, aim = prior_rows(data, cols, priors, tau)
    return Problem(
        data=data,
        base=base,
        priors=priors,
        lay=lay,
        cols=cols,
        lags=np.concatenate([windows, lifts.others(data, scaled, lags)], axis=1),
        y=data.outcome / (data.size[:, None] * data.level * data.season),
        weight=np.ones(regions),
        rows=rows,
        aim=aim,
        bent=rows.T @ rows,
        lifts=lifts,
        tau=tau,
    )


def _shares(data: Data) -> Floats:
    """Coefficient of each channel at which it brings its share of spend: share ÷ share of active periods."""
    total = data.spend.sum(axis=(1, 2))
    share = total / total.sum() if total.sum() > 0 else np.full(len(total), 1 / len(total))
    mean = total / (data.size.sum() * len(data.times))
    active = np.divide(mean, data.usual, out=np.ones_like(mean), where=mean > 0)
    return np.asarray(np.maximum(share, 0.01) / np.maximum(active, 0.05))


def prior_rows(data: Data, cols: Columns, priors: Priors, tau: Floats) -> tuple[Floats, Floats]:
    """Rows and aim of the linear coefficients' prior."""
    many, channels, regions = len(cols.names), len(data.channels), len(data.regions)
    share = _shares(data)
    top = many + 1 + (channels if data.regional else 0)
    size = top + channels * regions
    rows, aim = np.zeros((size, size)), np.zeros(size)
    rows[range(many), range(many)] = 1 / cols.sd
    # coefficients: the linear columns, then the share of all media, then channels, then regions of channels
    rows[many, many] = 1 / priors.media[1]
    aim[many] = priors.media[0] / priors.media[1]
    each = many + 1 + np.arange(channels)
    rows[each, each] = 1 / (priors.spread * share)
    rows[each, many] = -1 / priors.spread
    if data.regional:
        own = top + np.arange(channels * regions)
        parent = np.tile(each, regions)
        spread = np.tile(tau, regions)
        rows[own, own], rows[own, parent] = 1 / spread, -1 / spread
    return rows, aim
