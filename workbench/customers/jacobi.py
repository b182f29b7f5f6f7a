"""Gauss-Jacobi nodes of Beta distributions: means of polynomials are exact, of smooth functions nearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def beta_nodes(a: float, b: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Beta(a, b) for each b: a mean is the weighted sum over the nodes.

    Golub & Welsch (1969) with the recurrence of the Jacobi polynomials on [0, 1]; the weights add up to 1,
    so that large parameters neither overflow nor vanish.

    Args:
        a: First parameter.
        b: Second parameter of each distribution.
        size: Number of nodes n.

    Returns:
        Nodes and weights, (len(b), n) each.
    """
    import numpy as np

    right, left = (np.asarray(b, float) - 1)[:, None], a - 1
    n = np.arange(size, dtype=float)[None, :]
    s = 2 * n + left + right
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (left**2 - right**2) / (s * (s + 2))
    middle[:, 0] = ((left - right) / (left + right + 2))[:, 0]
    k = n[:, 1:]
    t = 2 * k + left + right
    with np.errstate(invalid="ignore", divide="ignore"):
        beside = 4 * k * (k + left) * (k + right) * (k + left + right) / (t**2 * (t + 1) * (t - 1))
    first = 4 * (1 + left) * (1 + right) / ((left + right + 2) ** 2 * (left + right + 3))
    beside[:, 0] = first[:, 0]
    matrix = np.zeros((len(right), size, size))
    place = np.arange(size)
    matrix[:, place, place] = middle
    matrix[:, place[1:], place[:-1]] = np.sqrt(beside)
    values, vectors = np.linalg.eigh(matrix)
    return np.clip((values + 1) / 2, 0.0, 1.0), vectors[:, 0, :] ** 2
