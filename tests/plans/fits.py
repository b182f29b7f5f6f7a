"""A plain fit and a plain world for back-tests: elasticities by channel, and the demo's planted curves."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEEKS = 60


def elastic(frame):
    """Power curves through each cell's mean, with one elasticity a channel and the season taken out.

    Two-way fixed effects of log response on log spend, by least squares.
    """
    seen = frame[(frame["spend"] > 0) & (frame["response"] > 0)].copy()
    for name in ("spend", "response"):
        log = np.log(seen[name])
        for _ in range(20):
            for key in ("cell", "time"):
                log = log - log.groupby(seen[key]).transform("mean")
        seen[f"log_{name}"] = log
    rows = []
    for cell, part in seen.groupby("cell", sort=True):
        channel = seen[seen["channel"] == part["channel"].iloc[0]]
        slope = (channel["log_spend"] @ channel["log_response"]) / (channel["log_spend"] ** 2).sum()
        shape = float(np.clip(slope, 0.2, 0.9))
        x, y = part["spend"].mean(), part["response"].mean()
        rows.append({"cell": cell, "form": "power", "scale": y, "half_saturation": x, "shape": shape})
    return pd.DataFrame(rows)


def world(truth, seed):
    """Weekly spend around today's, moved by a season and whims, and what the planted curves make of it."""
    rng = np.random.default_rng(seed)
    curves = truth.response_curves
    n = len(curves)
    season = np.exp(0.2 * np.sin(2 * np.pi * np.arange(WEEKS) / 52 + rng.uniform(0, 6)))
    whim = np.exp(0.3 * rng.standard_normal((WEEKS, n)))
    spend = curves["current"].to_numpy() * whim * season[:, None] ** 0.5
    mean = season[:, None] * hill(curves, spend)
    response = rng.poisson(mean * rng.gamma(20, 1 / 20, mean.shape))
    index = pd.MultiIndex.from_product([range(WEEKS), range(n)], names=["time", "place"])
    frame = pd.DataFrame({"spend": spend.ravel(), "response": response.ravel().astype(float)}, index=index)
    frame = frame.reset_index()
    for name in ("cell", "channel"):
        frame[name] = curves[name].to_numpy()[frame["place"]]
    return frame


def hill(curves, spend):
    """The planted curves, from their definition."""
    shape, half = curves["shape"].to_numpy(), curves["half_saturation"].to_numpy()
    return curves["scale"].to_numpy() * spend**shape / (half**shape + spend**shape)
