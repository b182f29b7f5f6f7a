"""Shifted-beta-geometric: at each renewal a customer leaves with a personal probability, told to nobody.

Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1). The
probability to leave is θ ~ Beta(α, β); who has renewed n times has shown a small one, so retention rises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.customers import fitting

if TYPE_CHECKING:
    import numpy as np

NAMES = ("alpha", "beta")


@dataclass(frozen=True, eq=False)
class Renewals:
    """Relationships counted by what is known of them.

    Attributes:
        n: Renewals of each pattern.
        left: Whether it ended at the next renewal (1), or is still going on (0).
        count: Relationships of each pattern.
    """

    n: np.ndarray
    left: np.ndarray
    count: np.ndarray


def grouped(n: np.ndarray, left: np.ndarray) -> Renewals:
    """Count equal relationships."""
    import numpy as np

    key, count = np.unique(2 * n.astype(np.int64) + left.astype(np.int64), return_counts=True)
    return Renewals(key // 2, key % 2, count.astype(float))


def natural(theta: np.ndarray) -> np.ndarray:
    """α and β of the logit of the mean and the logarithm of α + β; the first axis.

    In this form the mean has an error of its own where the spread among customers is left open.
    """
    import numpy as np
    from scipy.special import expit

    mean, size = expit(theta[0]), np.exp(theta[1])
    return np.array([mean * size, (1 - mean) * size])


def slopes(theta: np.ndarray) -> np.ndarray:
    """Derivatives of α and β (rows) in the parameters of `natural` (columns)."""
    import numpy as np

    alpha, beta = natural(theta)
    spread = alpha * beta / (alpha + beta)
    return np.array([[spread, alpha], [-spread, beta]])


def likelihood(theta: np.ndarray, seen: Renewals) -> tuple[float, np.ndarray]:
    """Log likelihood and its gradient: B(α + left, β + n) / B(α, β) (equations 5 and 6).

    Args:
        theta: As `natural` takes it.
        seen: Counted relationships.
    """
    import numpy as np
    from scipy.special import betaln, digamma

    alpha, beta = natural(theta)
    a, b = alpha + seen.left, beta + seen.n
    value = (seen.count * (betaln(a, b) - betaln(alpha, beta))).sum()
    both = digamma(a + b) - digamma(alpha + beta)
    d_alpha = (seen.count * (digamma(a) - digamma(alpha) - both)).sum()
    d_beta = (seen.count * (digamma(b) - digamma(beta) - both)).sum()
    return float(value), slopes(theta).T @ np.array([d_alpha, d_beta])


def fit(seen: Renewals) -> fitting.Fit:
    """Fit α and β by maximum likelihood, from the observed share that leaves at a renewal."""
    import numpy as np
    from scipy.special import logit

    chances = (seen.count * (seen.n + seen.left)).sum()
    share = np.clip((seen.count * seen.left).sum() / max(chances, 1.0), 0.01, 0.99)
    start = np.array([logit(share), np.log(2.0)])
    return fitting.maximise(lambda theta: likelihood(theta, seen), start, float(seen.count.sum()))


def survival(alpha: np.ndarray | float, beta: np.ndarray | float, n: np.ndarray | float) -> np.ndarray:
    """Share that renews n times: B(α, β + n) / B(α, β)."""
    import numpy as np
    from scipy.special import betaln

    found: np.ndarray = np.exp(betaln(alpha, beta + n) - betaln(alpha, beta))
    return found
