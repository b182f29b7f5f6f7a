"""The response forms in units of their own: u = spend ÷ half-saturation, φ = response ÷ scale.

Every form is concave from a point of inflection on; only a Hill curve with a shape above 1 has one above 0.
Marginals are kept as logarithms, so that a curve deep in saturation still has a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS, CLOSE, LARGE, TINY, FLAT = 60, 1e-15, 700.0, 1e-300, 1e-9


@dataclass(frozen=True)
class Form:
    """One family of curves; every function takes arrays of one shape.

    Attributes:
        value: (u, shape) → φ.
        log_slope: (u, shape) → ln φ′.
        inverse: (ln φ′, shape) → (u, du / d ln φ′) on the falling side of the marginal.
        bend: (u, shape) → d ln φ′ / du.
        local: (u, shape) → (φ, φ′, φ″) at once and in plain numbers, which is several times as quick.
        inflection: shape → the u from which on the form is concave.
    """

    value: Callable[[Any, Any], Any]
    log_slope: Callable[[Any, Any], Any]
    inverse: Callable[[Any, Any], tuple[Any, Any]]
    bend: Callable[[Any, Any], Any]
    local: Callable[[Any, Any], tuple[Any, Any, Any]]
    inflection: Callable[[Any], Any] = np.zeros_like


def _softplus(v: Any) -> Any:
    return np.logaddexp(0.0, v)


def _hill_value(u: Any, shape: Any) -> Any:
    return 1 / (1 + np.exp(-shape * np.log(u)))


def _hill_log_slope(u: Any, shape: Any) -> Any:
    t = np.log(np.maximum(u, TINY))
    return np.log(shape) + (shape - 1) * t - 2 * _softplus(shape * t)


def _hill_bend(u: Any, shape: Any) -> Any:
    return ((shape - 1) - 2 * shape * _hill_value(u, shape)) / u


def _hill_inflection(shape: Any) -> Any:
    above = np.maximum(shape - 1, 0.0)
    return (above / (shape + 1)) ** (1 / shape)


def _hill_inverse(y: Any, shape: Any) -> tuple[Any, Any]:
    """Newton in ln u: the log marginal is concave there, so from the right every step stays right."""
    rest = y - np.log(shape)
    # the log marginal lies below both of its asymptotes: either gives a start at or beyond the root
    t = -rest / (shape + 1)
    t = np.where(shape < 1, np.minimum(t, rest / np.minimum(shape - 1, -1e-12)), t)
    above = np.maximum(shape - 1, TINY)
    peak = np.where(shape > 1, np.log(above / (shape + 1)) / shape, -LARGE)
    t = _near_peak(t, rest, shape, peak)
    slope = np.ones_like(t)
    for _ in range(STEPS):
        grown = np.exp(np.minimum(shape * t, LARGE))
        miss = (shape - 1) * t - 2 * np.log1p(grown) - rest
        slope = np.minimum((shape - 1) - 2 * shape * (grown / (1 + grown)), -FLAT * shape)
        step = miss / slope
        t = np.maximum(t - step, peak)
        rounding = CLOSE * (1 + np.abs(rest) + shape * np.abs(t))  # more than that no step can tell
        if not ((np.abs(step) > CLOSE * 8 * (1 + np.abs(t))) & (np.abs(miss) > rounding)).any():
            break
    u = np.exp(t)
    return u, u / slope


def _near_peak(t: Any, rest: Any, shape: Any, peak: Any) -> Any:
    """A nearer start close to the inflection, where Newton's steps only halve the distance.

    From there to its mirror image in ln u, the log marginal bends more than at the inflection: the parabola
    with that bend lies above it, and so does its root.
    """
    above = np.maximum(shape - 1, TINY)
    height = (shape - 1) * peak - 2 * np.log1p(above / (shape + 1)) - rest
    root = peak + 2 * np.sqrt(np.maximum(height, 0.0) / (above * (shape + 1)))
    return np.where((shape > 1) & (root <= -peak), np.minimum(t, root), t)


def _menten_inverse(y: Any, _: Any) -> tuple[Any, Any]:
    return np.expm1(-y / 2), -np.exp(-y / 2) / 2


def _tanh_inverse(y: Any, _: Any) -> tuple[Any, Any]:
    over = np.expm1(np.maximum(-y, 0.0) / 2)
    u = np.log1p(over + np.sqrt(over * (over + 2)))
    return u, -0.5 / np.maximum(np.tanh(u), 1e-12)


def _power_inverse(y: Any, shape: Any) -> tuple[Any, Any]:
    u = np.exp((y - np.log(shape)) / (shape - 1))
    return u, u / (shape - 1)


def _line_inverse(y: Any, _: Any) -> tuple[Any, Any]:
    return np.where(y < 0, np.inf, 0.0), np.zeros_like(y)


def _hill_local(u: Any, shape: Any) -> tuple[Any, Any, Any]:
    u = np.maximum(u, TINY)
    grown = np.exp(np.minimum(shape * np.log(u), LARGE))
    rest = 1 / (1 + grown)
    value = grown * rest
    slope = shape * value * rest / u
    return value, slope, slope * ((shape - 1) - 2 * shape * value) / u


def _menten_local(u: Any, _: Any) -> tuple[Any, Any, Any]:
    rest = 1 / (1 + u)
    return u * rest, rest * rest, -2 * rest * rest * rest


def _exponential_local(u: Any, _: Any) -> tuple[Any, Any, Any]:
    slope = np.exp(-u)
    return -np.expm1(-u), slope, -slope


def _tanh_local(u: Any, _: Any) -> tuple[Any, Any, Any]:
    value, slope = np.tanh(u), np.cosh(np.minimum(u, LARGE / 2)) ** -2.0
    return value, slope, -2 * value * slope


def _log_local(u: Any, _: Any) -> tuple[Any, Any, Any]:
    slope = 1 / (1 + u)
    return np.log1p(u), slope, -slope * slope


def _power_local(u: Any, shape: Any) -> tuple[Any, Any, Any]:
    u = np.maximum(u, TINY)
    value = np.exp(shape * np.log(u))
    slope = shape * value / u
    return value, slope, (shape - 1) * slope / u


def _line_local(u: Any, _: Any) -> tuple[Any, Any, Any]:
    return u, np.ones_like(u), np.zeros_like(u)


FORMS: dict[str, Form] = {
    "hill": Form(_hill_value, _hill_log_slope, _hill_inverse, _hill_bend, _hill_local, _hill_inflection),
    "michaelis_menten": Form(
        lambda u, _: 1 / (1 + 1 / u),
        lambda u, _: -2 * np.log1p(u),
        _menten_inverse,
        lambda u, _: -2 / (1 + u),
        _menten_local,
    ),
    "exponential": Form(
        lambda u, _: -np.expm1(-u),
        lambda u, _: -u,
        lambda y, _: (-y, np.full_like(y, -1.0)),
        lambda u, _: np.full_like(u, -1.0),
        _exponential_local,
    ),
    "tanh": Form(
        lambda u, _: np.tanh(u),
        lambda u, _: 2 * (np.log(2) - u - np.log1p(np.exp(-2 * u))),
        _tanh_inverse,
        lambda u, _: -2 * np.tanh(u),
        _tanh_local,
    ),
    "log": Form(
        lambda u, _: np.log1p(u),
        lambda u, _: -np.log1p(u),
        lambda y, _: (np.expm1(-y), -np.exp(-y)),
        lambda u, _: -1 / (1 + u),
        _log_local,
    ),
    "power": Form(
        lambda u, shape: u**shape,
        lambda u, shape: np.log(shape) + (shape - 1) * np.log(u),
        _power_inverse,
        lambda u, shape: (shape - 1) / u,
        _power_local,
    ),
    "line": Form(
        lambda u, _: u,
        lambda u, _: np.zeros_like(u),
        _line_inverse,
        lambda u, _: np.zeros_like(u),
        _line_local,
    ),
}
"""Families that are solved: `logistic` is tanh(x / 2k), Hill with shape 1 is Michaelis–Menten, power with
shape 1 is a line."""
