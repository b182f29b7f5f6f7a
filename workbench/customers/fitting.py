"""The top of a log likelihood with its gradient: parameters, their covariance, and whether it has a top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]

EDGE = 9.0
"""Logarithms of parameters stay within ±9 of their start; at the end of it the data say no more."""

STEPS, LEAP, NEAR = 300, 2.0, 1e-6
"""Of the search: most steps, the longest step, the slope of the mean at which it ends."""

POLISH, FLAT, ROUNDING = 20, 1e-10, 1e-12
"""Of the last digits: most steps, the slope at which they end, what a value may lose to rounding."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The top of a likelihood.

    Attributes:
        theta: Parameters in the form of the likelihood (logarithms).
        covariance: Inverse of the negative curvature at the top; on the edge 0 for what lies there.
        value: Log likelihood.
        at_edge: Which parameters ran off to the edge.
    """

    theta: np.ndarray
    covariance: np.ndarray
    value: float
    at_edge: np.ndarray


def maximise(likelihood: Likelihood, start: np.ndarray, size: float, rough: Likelihood | None = None) -> Fit:
    """Find the top by a quasi-Newton search with the gradient, then Newton steps to the last digit.

    Args:
        likelihood: Parameters → log likelihood and gradient.
        start: Where to begin.
        size: Number of customers; the search sees the mean.
        rough: Nearly the same, much cheaper: the search goes there, and so does the curvature; the whole
            likelihood sets the last digits.
    """
    import numpy as np

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = (rough or likelihood)(theta)
        return -value / size, -gradient / size

    theta = _descend(loss, start)
    at_edge = np.abs(theta - start) > EDGE - 1e-3
    matrix = curvature(rough or likelihood, theta)
    value, gradient = likelihood(theta)
    if not at_edge.any():
        theta, value, gradient = _polished(likelihood, theta, value, gradient, matrix, size)
    if rough and np.abs(gradient).max() > NEAR * size:
        return maximise(likelihood, start, size)  # what was cheap was too unlike the whole
    return Fit(theta, _covariance(matrix, at_edge), value, at_edge)


def _polished(
    likelihood: Likelihood,
    theta: np.ndarray,
    value: float,
    gradient: np.ndarray,
    matrix: np.ndarray,
    size: float,
) -> tuple[np.ndarray, float, np.ndarray]:
    """Newton steps with a fixed curvature, each only where it goes up; with value and gradient at the end."""
    import numpy as np

    for _ in range(POLISH):
        if np.abs(gradient).max() < FLAT * size:
            break
        try:
            step = np.linalg.solve(matrix, -gradient)
        except np.linalg.LinAlgError:
            break
        found, rise = likelihood(theta + step)
        if np.abs(step).max() > 0.5 or not found >= value - ROUNDING * abs(value):
            break
        if np.abs(rise).max() >= np.abs(gradient).max():
            break
        theta, value, gradient = theta + step, found, rise
    return theta, value, gradient


def _descend(loss: Likelihood, start: np.ndarray) -> np.ndarray:
    """BFGS within a box (Nocedal & Wright 2006, algorithm 6.1, with backtracking).

    A handful of parameters needs no matrix library, whose threads would cost more than the search.
    """
    import numpy as np

    theta, inverse = start.copy(), np.eye(len(start))
    value, slope = loss(theta)
    for _ in range(STEPS):
        free = (np.abs(theta - start) < EDGE) | (slope * (theta - start) > 0)
        if np.abs(slope[free]).max(initial=0) < NEAR:
            break
        way = -(inverse @ (slope * free)) * free
        if (slope * way).sum() >= 0:
            way, inverse = -slope * free, np.eye(len(start))
        moved = _backtracked(loss, theta, value, slope, way, start)
        if moved is None:
            break
        trial, value, rise = moved
        inverse = _updated(inverse, trial - theta, rise - slope)
        theta, slope = trial, rise
    return theta


def _backtracked(
    loss: Likelihood, theta: np.ndarray, value: float, slope: np.ndarray, way: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """The first point on the way, halving, that falls enough; None where there is none."""
    import numpy as np

    size = min(1.0, LEAP / np.abs(way).max())
    while size > 1e-12:
        trial = np.clip(theta + size * way, start - EDGE, start + EDGE)
        found, rise = loss(trial)
        if np.isfinite(found) and found <= value + 1e-4 * (slope * (trial - theta)).sum():
            return trial, found, rise
        size /= 2
    return None


def _updated(inverse: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The inverse curvature after a step; as it was where the step shows none."""
    import numpy as np

    both = (step * change).sum()
    if both <= 1e-14:
        return inverse
    turn = np.eye(len(step)) - np.outer(step, change) / both
    found: np.ndarray = turn @ inverse @ turn.T + np.outer(step, step) / both
    return found


def curvature(likelihood: Likelihood, theta: np.ndarray) -> np.ndarray:
    """Second derivatives, by central differences of the gradient."""
    import numpy as np

    step = 1e-5
    rows = [
        (likelihood(theta + step * unit)[1] - likelihood(theta - step * unit)[1]) / (2 * step)
        for unit in np.eye(len(theta))
    ]
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2


def _covariance(matrix: np.ndarray, at_edge: np.ndarray) -> np.ndarray:
    """Inverse curvature of the parameters that have a top; directions without one stay bounded."""
    import numpy as np

    free = np.flatnonzero(~at_edge)
    full = np.zeros(matrix.shape)
    if not len(free):
        return full
    values, vectors = np.linalg.eigh(-matrix[np.ix_(free, free)])
    spread = 1 / np.maximum(values, 0.25)
    full[np.ix_(free, free)] = (vectors * spread) @ vectors.T
    return full
