"""Probability to be better and expected loss, from a normal approximation; beta-binomial for shares.

Sources: Gelman et al., "Bayesian data analysis", ch. 2 (normal and beta-binomial models); Stucchio (2015),
"Bayesian A/B testing at VWO", for the expected loss of a choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from workbench.errors import QuestionError

if TYPE_CHECKING:
    import numpy as np

_POINTS = 96


@dataclass(frozen=True)
class Prior:
    """What is believed about a relative effect before the data: normal around `mean`.

    Attributes:
        sd: Standard deviation of the lift: 0.1 says that lifts beyond ±20% are rare.
        mean: Expected lift.
    """

    sd: float
    mean: float = 0.0

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise QuestionError(
                f"A prior with a deviation of {self.sd!r} is none.",
                "Give a positive number, for example 0.1.",
            )


def posterior(
    effect: np.ndarray, se: np.ndarray, control: np.ndarray, prior: Prior | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of the effect given the data; with a flat prior those of the estimate."""
    import numpy as np

    if prior is None:
        return effect, se
    around, scale = prior.mean * control, prior.sd * np.abs(control)
    with np.errstate(all="ignore"):
        precision = 1 / se**2 + 1 / scale**2
        mean = (effect / se**2 + around / scale**2) / precision
    return mean, precision**-0.5


def better(mean: np.ndarray, sd: np.ndarray, higher: bool = True) -> np.ndarray:
    """Probability that the arm is better than the control."""
    import numpy as np
    from scipy.special import ndtr

    with np.errstate(all="ignore"):
        return np.asarray(ndtr((mean if higher else -mean) / sd))


def expected_loss(mean: np.ndarray, sd: np.ndarray, higher: bool = True) -> np.ndarray:
    """What is lost a unit, on average over what may be true, when the arm is taken: E[max(0, −gain)]."""
    import numpy as np
    from scipy.special import ndtr

    gain = mean if higher else -mean
    with np.errstate(all="ignore"):
        z = gain / sd
        return np.asarray(sd * np.exp(-0.5 * z**2) / (2 * np.pi) ** 0.5 - gain * ndtr(-z))


def beta_better(
    buyers: np.ndarray, n: np.ndarray, buyers_control: np.ndarray, n_control: np.ndarray
) -> np.ndarray:
    """Probability that a share is higher than the control's, each with a uniform prior: beta-binomial.

    ∫ f(x; arm) F(x; control) dx by Gauss–Legendre over all but 2e-13 of the arm's posterior.
    """
    import numpy as np
    from scipy.special import betainc, betaincinv, betaln

    a, b = np.asarray(buyers, float) + 1, np.asarray(n - buyers, float) + 1
    c, d = np.asarray(buyers_control, float) + 1, np.asarray(n_control - buyers_control, float) + 1
    low, high = betaincinv(a, b, 1e-13), 1 - betaincinv(b, a, 1e-13)
    points, weights = gauss(_POINTS)
    half = (high - low)[..., None] / 2
    x = np.clip((low + high)[..., None] / 2 + half * points, 1e-300, 1 - 1e-16)
    a, b, c, d = (item[..., None] for item in (a, b, c, d))
    density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - betaln(a, b))
    return np.asarray((half * weights * density * betainc(c, d, x)).sum(-1).clip(0, 1))


@cache
def gauss(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of Gauss–Legendre on [−1, 1]."""
    import numpy as np

    points, weights = np.polynomial.legendre.leggauss(count)
    return points, weights
