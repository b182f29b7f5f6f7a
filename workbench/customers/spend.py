"""Gamma-Gamma: what an order of a customer is worth on average, shrunk towards what others spend.

Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. An amount is Gamma(p, ν) with a personal
ν ~ Gamma(q, v); amounts do not depend on how often a customer buys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NAMES = ("p", "q", "v")


def likelihood(theta: np.ndarray, x: np.ndarray, money: np.ndarray) -> tuple[float, np.ndarray]:
    """Log likelihood of the sums of repeat amounts and its gradient in log p, log(q − 1), log v.

    q stays above 1, where the mean amount of a customer without a repeat is finite. Terms that hold no
    parameter are in the sum, so that it is the density of the mean amounts (equation 1a).

    Args:
        theta: log p, log(q − 1), log v.
        x: Repeat occasions of each customer, at least 1.
        money: Their sum, above 0.
    """
    import numpy as np
    from scipy.special import digamma, gammaln

    p, q, v = np.exp(theta[0]), 1 + np.exp(theta[1]), np.exp(theta[2])
    size = len(x)
    count = np.bincount(x)
    number = np.flatnonzero(count)
    count = count[number]
    logs = np.log(v + money)
    total = (count * (gammaln(p * number + q) - gammaln(p * number))).sum() + size * (
        q * theta[2] - gammaln(q)
    )
    total += p * (x * np.log(money)).sum() - np.log(money / x).sum() - ((p * x + q) * logs).sum()
    both, own = digamma(p * number + q), digamma(p * number)
    d_p = (count * number * (both - own)).sum() + (x * (np.log(money) - logs)).sum()
    d_q = (count * both).sum() + size * (theta[2] - digamma(q)) - logs.sum()
    d_v = size * q / v - ((p * x + q) / (v + money)).sum()
    return float(total), np.array([d_p * p, d_q * (q - 1), d_v * v])


def mean(params: tuple[float, ...], x: np.ndarray, money: np.ndarray) -> np.ndarray:
    """Expected amount of an order of each customer (equation 5).

    Args:
        params: p, q, v.
        x: Repeat occasions; 0 gives the mean of everybody.
        money: Their sum.
    """
    p, q, v = params
    found: np.ndarray = p * (v + money) / (p * x + q - 1)
    return found
