"""The linear coefficients of a fit: a quadratic problem in which some may not be negative.

Source: L. Portugal, J. Júdice, L. Vicente, *A comparison of block pivoting and interior-point algorithms for
linear least squares problems with nonnegative variables*, 1994.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.response.saturation import Floats

TRIES, ROUNDS = 3, 200


def solve(gram: Floats, pull: Floats, signed: Any, used: Any = None) -> tuple[Floats, Any]:
    """The w with the least ½ wᵀ·gram·w − pullᵀw, w ≥ 0 where `signed`.

    Args:
        gram: Symmetric and positive definite, shape (p, p). pull: Shape (p,).
        signed: Which may not be negative, shape (p,).
        used: Which are not held at 0, as a start; None: all.

    Returns:
        (w, which are not held at 0).
    """
    used = np.ones(len(pull), bool) if used is None else used.copy()
    fewest, tries = len(pull) + 1, TRIES
    near = 1e-11 * (np.abs(pull).max() + 1e-300)
    for _ in range(ROUNDS):
        w = _at(gram, pull, used)
        wrong = (used & signed & (w < 0)) | (~used & (pull - gram @ w > near))
        count = int(wrong.sum())
        if not count:
            break
        if count < fewest:
            fewest, tries = count, TRIES
            used ^= wrong
        elif tries:
            tries -= 1
            used ^= wrong
        else:  # one at a time always ends
            last = int(np.flatnonzero(wrong)[-1])
            used[last] = ~used[last]
    return np.where(signed, np.maximum(w, 0.0), w), used


def _at(gram: Floats, pull: Floats, used: Any) -> Floats:
    if used.all():
        return np.asarray(np.linalg.solve(gram, pull))
    w = np.zeros(len(pull))
    at = np.flatnonzero(used)
    w[at] = np.linalg.solve(gram[np.ix_(at, at)], pull[at])
    return w
