"""How spend works on after its period: weights of the periods before, adding up to 1, with derivatives.

Weights add up to 1, so a spend that stays the same is its own carried spend, and a curve needs no other unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.saturation import Floats

Kernel = tuple[Floats, Floats]


@dataclass(frozen=True)
class Carryover:
    """One kind of carry-over.

    Attributes:
        parameters: Their names.
        weights: (parameters (k, …), lags) → (weights (…, L), derivatives (k, …, L)), in the parameters'
            free scale: logit of the share that is kept, logarithms of the others.
    """

    parameters: tuple[str, ...]
    weights: Callable[[Floats, int], Kernel]


def _normal(raw: Floats, slope: Floats) -> Kernel:
    """Weights that add up to 1, and how they change."""
    total = raw.sum(axis=-1, keepdims=True)
    weights = raw / total
    return weights, slope / total - weights * slope.sum(axis=-1, keepdims=True) / total


def kept(free: Any) -> Any:
    """The share kept from one period to the next, of its logit."""
    return 1 / (1 + np.exp(-free))


def _geometric(free: Floats, lags: int) -> Kernel:
    """w_l ∝ λ^l."""
    share, lag = kept(free[0])[..., None], np.arange(lags)
    raw = share**lag
    return _normal(raw, (lag * raw * (1 - share))[None])


def _delayed(free: Floats, lags: int) -> Kernel:
    """w_l ∝ λ^((l − peak)²); Y. Jin et al., *Bayesian Methods for Media Mix Modeling*, 2017, eq. 3."""
    share, peak = kept(free[0])[..., None], np.exp(free[1])[..., None]
    away = np.arange(lags) - peak
    raw = np.exp(np.log(share) * (away**2 - (away**2).min(axis=-1, keepdims=True)))
    by_share = raw * away**2 * (1 - share)
    by_peak = raw * np.log(share) * (-2 * away) * peak
    return _normal(raw, np.stack([by_share, by_peak]))


def _weibull(free: Floats, lags: int) -> Kernel:
    """w_l = S(l) − S(l + 1), S(t) = exp(−(t ÷ scale)^shape); with shape 1 it is geometric."""
    shape, scale = np.exp(free[0])[..., None], np.exp(free[1])[..., None]
    log = np.log(np.maximum(np.arange(lags + 1), 1e-300)) - np.log(scale)
    power = np.where(np.arange(lags + 1) > 0, np.exp(np.clip(shape * log, -700, 700)), 0.0)
    left = np.exp(-power)
    by_shape = np.where(power > 0, -left * power * shape * log, 0.0)
    by_scale = left * power * shape
    raw, slope = -np.diff(left), -np.diff(np.stack([by_shape, by_scale]))
    return _normal(np.maximum(raw, 1e-300), slope)


def _none(free: Floats, lags: int) -> Kernel:
    weights = np.zeros((*free.shape[1:], lags))
    weights[..., 0] = 1.0
    return weights, np.zeros((0, *weights.shape))


KINDS: dict[str, Carryover] = {
    "geometric": Carryover(("kept",), _geometric),
    "delayed": Carryover(("kept", "peak"), _delayed),
    "weibull": Carryover(("carry_shape", "carry_scale"), _weibull),
    "none": Carryover((), _none),
}
"""Kind of carry-over → how it is worked out."""
