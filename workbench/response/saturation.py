"""How response flattens with spend: every form of a CurveTable, in units of its own, with derivatives.

u = spend ÷ half-saturation, φ = response ÷ scale. Derivatives are with respect to ln u and ln shape, which is
what a fit moves; they are 0 at u = 0, where no step of any parameter moves the response.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Triple = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Form:
    """One family of curves.

    Attributes:
        parts: (u, shape), arrays that broadcast → (φ, ∂φ/∂ln u, ∂φ/∂ln shape).
        shaped: Whether it has a shape. halved: Whether its half-saturation is a parameter of its own.
    """

    parts: Callable[[Any, Any], Triple]
    shaped: bool = False
    halved: bool = True


def _hill(u: Any, shape: Any) -> Triple:
    log = np.log(np.maximum(u, 1e-300))
    share = 1 / (1 + np.exp(-np.clip(shape * log, -700, 700)))
    share = np.where(u > 0, share, 0.0)
    slope = shape * share * (1 - share)
    return share, slope, np.where(u > 0, log, 0.0) * slope


def _menten(u: Any, _: Any) -> Triple:
    share = u / (1 + u)
    return share, share / (1 + u), np.zeros_like(share)


def _exponential(u: Any, _: Any) -> Triple:
    left = np.exp(-u)
    return -np.expm1(-u), u * left, np.zeros_like(left)


def _tanh(u: Any, _: Any) -> Triple:
    share = np.tanh(u)
    return share, u * (1 - share**2), np.zeros_like(share)


def _logistic(u: Any, _: Any) -> Triple:
    return _tanh(u / 2, None)


def _log(u: Any, _: Any) -> Triple:
    return np.log1p(u), u / (1 + u), np.zeros_like(u)


def _power(u: Any, shape: Any) -> Triple:
    log = np.log(np.maximum(u, 1e-300))
    value = np.where(u > 0, np.exp(shape * log), 0.0)
    return value, shape * value, np.where(u > 0, shape * log, 0.0) * value


FORMS: dict[str, Form] = {
    "hill": Form(_hill, shaped=True),
    "michaelis_menten": Form(_menten),
    "exponential": Form(_exponential),
    "logistic": Form(_logistic),
    "tanh": Form(_tanh),
    "log": Form(_log),
    "power": Form(_power, shaped=True, halved=False),
}
"""Form of a CurveTable → how it is worked out."""


def value(form: str, spend: Any, scale: Any, half: Any, shape: Any) -> Any:
    """Response to spend, as a CurveTable means it."""
    return scale * FORMS[form].parts(np.asarray(spend, float) / half, shape)[0]


def marginal(form: str, spend: Any, scale: Any, half: Any, shape: Any) -> Any:
    """Response that one more unit of spend brings; at 0 the limit from above."""
    spend = np.maximum(np.asarray(spend, float), 1e-9 * np.asarray(half, float))
    return scale * FORMS[form].parts(spend / half, shape)[1] / spend
