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


def maximise(likelihood: Likelihood, start: np.ndarray, size: float) -> Fit:
    """Find the top by L-BFGS-B with the gradient, then two Newton steps to the last digit.

    Args:
        likelihood: Parameters → log likelihood and gradient.
        start: Where to begin.
        size: Number of customers; the search sees the mean.
    """
    import numpy as np
    from scipy.optimize import minimize

    def mean_loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = likelihood(theta)
        return -value / size, -gradient / size

    bounds = [(middle - EDGE, middle + EDGE) for middle in start]
    options = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8}
    found = minimize(mean_loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    theta = found.x
    at_edge = np.abs(theta - start) > EDGE - 1e-3
    for _ in range(0 if at_edge.any() else 2):
        theta = _newton(likelihood, theta)
    return Fit(theta, _covariance(likelihood, theta, at_edge), likelihood(theta)[0], at_edge)


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


def _newton(likelihood: Likelihood, theta: np.ndarray) -> np.ndarray:
    """One Newton step, taken only where it goes up."""
    import numpy as np

    value, gradient = likelihood(theta)
    try:
        step = np.linalg.solve(curvature(likelihood, theta), -gradient)
    except np.linalg.LinAlgError:
        return theta
    better = np.abs(step).max() < 0.5 and likelihood(theta + step)[0] >= value
    return theta + step if better else theta


def _covariance(likelihood: Likelihood, theta: np.ndarray, at_edge: np.ndarray) -> np.ndarray:
    """Inverse curvature of the parameters that have a top; directions without one stay bounded."""
    import numpy as np

    free = np.flatnonzero(~at_edge)
    full = np.zeros((len(theta), len(theta)))
    if not len(free):
        return full
    values, vectors = np.linalg.eigh(-curvature(likelihood, theta)[np.ix_(free, free)])
    spread = 1 / np.maximum(values, 0.25)
    full[np.ix_(free, free)] = (vectors * spread) @ vectors.T
    return full
