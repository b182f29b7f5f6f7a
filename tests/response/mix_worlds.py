"""Simulated media mixes whose truth is known, written apart from the package."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

LAGS = 13


@dataclass(frozen=True)
class World:
    """A frame and what each channel truly brings in it.

    Attributes:
        frame: `time`, `c0` …, `x` (a control), `y`.
        truth: Contribution of each channel and period.
        curves: True `scale, half, shape, kept` of each channel.
    """

    frame: pd.DataFrame
    truth: np.ndarray
    curves: pd.DataFrame

    @property
    def channels(self):
        """Columns of spend."""
        return [name for name in self.frame if name.startswith("c")]


def carried(spend, kept):
    """Geometric carry-over with weights that add up to 1, period by period."""
    weights = kept ** np.arange(LAGS)
    weights /= weights.sum()
    before = np.full(LAGS - 1, spend[:8].mean())
    long = np.concatenate([before, spend])
    return np.array([weights @ long[t : t + LAGS][::-1] for t in range(len(spend))])


def world(seed, channels=8, periods=156, noise=0.05, media=0.35):
    """Channels whose spend moves by itself and with the season; half-saturations around usual spend."""
    rng = np.random.default_rng(seed)
    week = np.arange(periods)
    season = np.sin(2 * np.pi * week / 52.18)
    spend = np.exp(rng.normal(0, 0.5, (channels, periods)) + 0.3 * rng.normal(size=(channels, 1)) * season)
    spend *= rng.lognormal(8, 0.7, (channels, 1))
    kept, shape = rng.uniform(0.05, 0.7, channels), rng.uniform(0.8, 1.6, channels)
    half = spend.mean(axis=1) * rng.lognormal(0.2, 0.6, channels)
    level = np.array([carried(own, share) for own, share in zip(spend, kept, strict=True)])
    reached = level ** shape[:, None] / (level ** shape[:, None] + half[:, None] ** shape[:, None])
    share = spend.sum(axis=1) / spend.sum() * rng.lognormal(0, 0.4, channels)
    scale = 1000 * media * share / share.sum() / reached.mean(axis=1)
    truth = scale[:, None] * reached
    control = rng.normal(size=periods)
    base = 1000 * (1 - media + 0.1 * (week / periods - 0.5) + 0.08 * season + 0.03 * control)
    outcome = base + truth.sum(axis=0) + 1000 * noise * rng.normal(size=periods)
    frame = pd.DataFrame({"time": pd.date_range("2021-01-04", periods=periods, freq="7D")})
    for at in range(channels):
        frame[f"c{at}"] = spend[at]
    frame["x"], frame["y"] = control, outcome
    return World(frame, truth, pd.DataFrame({"scale": scale, "half": half, "shape": shape, "kept": kept}))


def regional_world(seed, regions=6, channels=3, periods=104, noise=0.06, varied=False):
    """The same by region: sizes differ, and so do a channel's effects around its own.

    Curves are alike (all of shape 1, half-saturations within 0.6 to 2 usual spends), or as `varied` as those
    of `world`.
    """
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.5, regions)
    kept, half, shape, effect = (_varied if varied else _alike)(rng, channels)
    rows, truth = [], np.zeros((channels, regions, periods))
    for r in range(regions):
        spend = np.exp(rng.normal(0, 0.6, (channels, periods))) * 100 * size[r]
        for c in range(channels):
            unit = (carried(spend[c], kept[c]) / (100 * size[r] * half[c])) ** shape[c]
            truth[c, r] = size[r] * effect[c] * rng.lognormal(0, 0.15) * unit / (1 + unit)
        outcome = 500 * size[r] + truth[:, r].sum(axis=0) + 700 * noise * size[r] * rng.normal(size=periods)
        part = pd.DataFrame(
            {"time": pd.date_range("2022-01-03", periods=periods, freq="7D"), "region": f"r{r}"}
        )
        rows.append(part.assign(**{f"c{c}": spend[c] for c in range(channels)}, people=size[r], y=outcome))
    return pd.concat(rows, ignore_index=True), truth


def _alike(rng, channels):
    """(share kept, half-saturation in usual spends, shape, response at saturation) of each channel."""
    kept, half = rng.uniform(0.1, 0.6, channels), rng.uniform(0.6, 2, channels)
    return kept, half, np.ones(channels), rng.uniform(80, 200, channels)


def _varied(rng, channels):
    """The same, drawn as `world` draws it."""
    kept, shape = rng.uniform(0.05, 0.7, channels), rng.uniform(0.8, 1.6, channels)
    half, share = 1.2 * rng.lognormal(0.2, 0.6, channels), rng.lognormal(0, 0.4, channels)
    return kept, half, shape, 270 * share / share.sum() * (1 + (half / 1.2) ** shape)
