"""BG/NBD: customers buy at a personal rate and, after each purchase, may leave for good.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2). Purchases are
Poisson with rate λ ~ Gamma(r, α); after each, a customer leaves with probability p ~ Beta(a, b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.customers.jacobi import beta_nodes

if TYPE_CHECKING:
    import numpy as np

NAMES = ("r", "alpha", "a", "b")
PLACES = 15
"""Digits to which integrals are taken, where the numbers allow it."""

CELLS = 2_000_000
"""Histories × nodes held at once."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """Customers with the same history, counted once: the likelihood is a sum over patterns.

    Attributes:
        x, last, age: Repeat occasions, time to the last, time to now, each pattern's; in one time unit.
        count: Customers of each pattern.
        inverse: Pattern of each customer.
    """

    x: np.ndarray
    last: np.ndarray
    age: np.ndarray
    count: np.ndarray
    inverse: np.ndarray


def grouped(x: np.ndarray, last: np.ndarray, age: np.ndarray, days: int) -> Patterns:
    """Count equal histories.

    Args:
        x: Repeat occasions of each customer.
        last: Days to the last occasion.
        age: Days to now.
        days: Days in the time unit; the days stay as they are, only the unit changes.
    """
    import numpy as np
    import pandas as pd

    width = int(age.max(initial=0)) + 1
    key = (x * width + last) * width + age
    inverse, unique = pd.factorize(key)
    count = np.bincount(inverse, minlength=len(unique)).astype(float)
    rest, now = np.divmod(unique, width)
    number, then = np.divmod(rest, width)
    return Patterns(number, then / days, now / days, count, inverse)


def coarse(patterns: Patterns, bins: int = 24) -> Patterns:
    """Patterns with near times taken together at their mean: enough to find the way to the top."""
    import numpy as np
    import pandas as pd

    width = max(float(patterns.age.max(initial=0.0)), 1e-9) / bins
    then, now = (np.floor(times / width).astype(np.int64) for times in (patterns.last, patterns.age))
    place, unique = pd.factorize((patterns.x * (bins + 1) + then) * (bins + 1) + now)
    count = np.bincount(place, patterns.count)
    last, age = (np.bincount(place, patterns.count * t) / count for t in (patterns.last, patterns.age))
    return Patterns(unique // (bins + 1) ** 2, last, age, count, place)


def likelihood(theta: np.ndarray, patterns: Patterns) -> tuple[float, np.ndarray]:
    """Log likelihood and its gradient in the logarithms of r, α, a, b (equation 6).

    Args:
        theta: Logarithms of the parameters.
        patterns: Counted histories.
    """
    import numpy as np
    from scipy.special import expit

    r, alpha, a, b = np.exp(theta)
    x, count, again = patterns.x, patterns.count, patterns.x > 0
    common, slopes = _by_number(x, r, a, b)
    now, then = np.log(alpha + patterns.age), np.log(alpha + patterns.last)
    gone = np.log(a) - np.log(np.where(again, b + x - 1, 1.0)) + (r + x) * (now - then)
    left = np.where(again, expit(gone), 0.0)
    extra = np.where(again, np.logaddexp(0.0, gone), 0.0)
    total = (count * (common + r * theta[1] - (r + x) * now + extra)).sum()
    rise = (r + x) / (alpha + patterns.age)
    d_r = slopes[0] + theta[1] - now + left * (now - then)
    d_alpha = r / alpha - rise + left * (rise - (r + x) / (alpha + patterns.last))
    d_a = slopes[1] + left / a
    d_b = slopes[2] - left / np.where(again, b + x - 1, 1.0)
    parts = np.array([(count * part).sum() for part in (d_r, d_alpha, d_a, d_b)])
    return float(total), parts * np.array([r, alpha, a, b])


def _by_number(x: np.ndarray, r: float, a: float, b: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """What depends on the number of occasions only, and its slopes in r, a, b; each number once."""
    import numpy as np
    from scipy.special import digamma, gammaln

    number = np.arange(int(x.max(initial=0)) + 1.0)
    value = gammaln(r + number) - gammaln(r) + gammaln(a + b) - gammaln(a + b + number)
    value = value + gammaln(b + number) - gammaln(b)
    both = digamma(a + b) - digamma(a + b + number)
    slopes = (digamma(r + number) - digamma(r), both, both + digamma(b + number) - digamma(b))
    return value[x], [slope[x] for slope in slopes]


def p_alive(
    params: tuple[np.ndarray | float, ...], x: np.ndarray, last: np.ndarray, age: np.ndarray
) -> np.ndarray:
    """Probability that a customer has not left (Fader, Hardie & Lee 2008, note on P(alive)).

    Args:
        params: r, α, a, b, each a number or an array that broadcasts.
        x: Repeat occasions.
        last: Time to the last.
        age: Time to now, in the unit of α.
    """
    import numpy as np
    from scipy.special import expit

    r, alpha, a, b = params
    again = x > 0
    with np.errstate(over="ignore"):
        odds = np.log(a) - np.log(np.where(again, b + x - 1, 1.0))
        odds = odds + (r + x) * (np.log(alpha + age) - np.log(alpha + last))
        alive: np.ndarray = np.where(again, expit(-odds), 1.0)
    return alive


def p_order(params: tuple[float, ...], x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
    """Probability of at least one occasion in (T, T + horizon] of customers who have not left.

    Nobody leaves before a purchase, so the time to it is exponential with λ ~ Gamma(r + x, α + T).

    Args:
        params: r, α, a, b.
        x: Repeat occasions.
        age: Time to now, in the unit of α.
        horizon: Time ahead, in the same unit.
    """
    import numpy as np

    r, alpha, _, _ = params
    found: np.ndarray = -np.expm1(-(r + x) * np.log1p(horizon / (alpha + age)))
    return found


def expected(
    params: tuple[float, ...], x: np.ndarray, age: np.ndarray, horizon: float, decay: float = 0.0
) -> np.ndarray:
    """Expected (discounted) occasions in (T, T + horizon] of customers who have not left.

    Given the probability p to leave, the rate of purchases at a time s ahead is λ·exp(−λ·p·s); over
    λ ~ Gamma(r + x, α + T) and p ~ Beta(a, b + x) its mean is a smooth integral over p, taken by Gauss-Jacobi
    nodes. It is equation 10 of Fader, Hardie & Lee (2005) without its singularity at a = 1.

    Args:
        params: r, α, a, b.
        x: Repeat occasions of each pattern.
        age: Time to now, in the unit of α.
        horizon: Time ahead, in the same unit.
        decay: Continuous discount rate a unit of time.
    """
    import numpy as np

    r, alpha, a, b = params
    numbers, place = np.unique(x, return_inverse=True)
    size = _size((alpha + float(age.min() if len(age) else 0)) / horizon)
    nodes, weights = beta_nodes(a, b + numbers, size)
    found, step = np.empty(len(x)), max(1, CELLS // size)
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        p, weight = nodes[place[part]], weights[place[part]]
        shape, rate = (r + x[part])[:, None], (alpha + age[part])[:, None]
        found[part] = (weight * _given(p, shape, rate, horizon, decay)).sum(axis=1)
    return found


def _size(gap: float) -> int:
    """Nodes that reach `PLACES` digits: the integrand on [0, 1] is smooth but for a pole at −gap.

    Gauss quadrature of n nodes errs by ρ^(−2n) with ρ = (√gap + √(1 + gap))² (Trefethen 2008).
    """
    import math

    shrink = 2 * math.log(math.sqrt(gap) + math.sqrt(1 + gap))
    return min(256, 8 + math.ceil(PLACES * math.log(10) / (2 * shrink)))


def _given(p: np.ndarray, shape: np.ndarray, rate: np.ndarray, horizon: float, decay: float) -> np.ndarray:
    """Expected discounted occasions given p: integrated over time in closed form, or by Gauss-Legendre."""
    import numpy as np

    if not decay:
        whole: np.ndarray = -np.expm1(-shape * np.log1p(p * horizon / rate)) / np.maximum(p, 1e-300)
        return whole
    times, steps = np.polynomial.legendre.leggauss(p.shape[-1])
    total = np.zeros(np.broadcast_shapes(p.shape, shape.shape))
    for time, step in zip((times + 1) * horizon / 2, steps * horizon / 2, strict=True):
        fall = np.exp(-(shape + 1) * np.log1p(p * time / rate) - decay * time)
        total += step * shape / rate * fall
    return total
