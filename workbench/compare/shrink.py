"""Shrinkage: noisy estimates pulled towards what their neighbours say, and the rank that is left.

Estimate i of the true value θ_i has the standard error s_i; θ_i ~ N(x_i β, τ²). The posterior averages over
τ (uniform prior) and β (flat prior) instead of plugging in one estimate of them, so its intervals hold
with few members too (Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 5.4; the empirical-Bayes
intervals of Morris 1983 are its large-sample form).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FEWEST = 3
"""Fewer members say nothing about how much members differ."""

STEPS = 400
"""Values of τ that are averaged over."""

WIDEST = 8.0
"""Largest τ, in spreads of the estimates plus their typical error."""


@dataclass(frozen=True)
class Posterior:
    """What is known of each member once all are seen.

    Attributes:
        mean: Posterior mean a member.
        sd: Posterior standard deviation.
        low, high: Ends of the 95% interval.
        tau: Posterior mean of the spread between members beyond chance; NaN without shrinkage.
        kept: Share of a member's own estimate in its posterior mean; 1 without shrinkage.
        draws: Joint draws, shape (draws, members).
    """

    mean: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray
    tau: float
    kept: np.ndarray
    draws: np.ndarray


def shrink(
    estimate: np.ndarray,
    error: np.ndarray,
    design: np.ndarray | None = None,
    draws: int = 4000,
    seed: int = 7,
) -> Posterior:
    """Pull estimates towards their common mean, or towards a regression on `design`.

    Args:
        estimate: One value a member.
        error: Its standard error, above 0.
        design: Rows x_i, shape (members, columns) of full column rank; None: the mean alone.
        draws: Joint draws of the members' true values.
        seed: Seed of the draws.

    Returns:
        The posterior; without shrinkage where there are fewer than `FEWEST` members beyond the columns.
    """
    import numpy as np

    x = np.ones((len(estimate), 1)) if design is None else design
    rng = np.random.default_rng(seed)
    if len(estimate) < FEWEST + x.shape[1] - 1:
        noise = rng.standard_normal((draws, len(estimate)))
        return _summary(estimate + error * noise, float("nan"), np.ones(len(estimate)), estimate, error)
    grid = _grid(estimate, error)
    weight, centre, spread = _given_tau(estimate, error, x, grid)
    kept = grid[:, None] ** 2 / (grid[:, None] ** 2 + error**2)
    at = rng.choice(len(grid), draws, p=weight)
    beta = centre[at] + np.einsum("dij,dj->di", spread[at], rng.standard_normal((draws, x.shape[1])))
    share, prior = kept[at], beta @ x.T
    noise = error * np.sqrt(share) * rng.standard_normal(prior.shape)
    drawn = share * estimate + (1 - share) * prior + noise
    mean = weight @ (kept * estimate + (1 - kept) * (centre @ x.T))
    return _summary(drawn, float(weight @ grid), weight @ kept, mean, None)


def _summary(
    drawn: np.ndarray, tau: float, kept: np.ndarray, mean: np.ndarray, error: np.ndarray | None
) -> Posterior:
    """Moments and quantiles of the draws; the mean is exact."""
    import numpy as np
    from scipy.special import ndtri

    if error is not None:
        reach = float(ndtri(0.975)) * error
        return Posterior(mean, error, mean - reach, mean + reach, tau, kept, drawn)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Posterior(mean, drawn.std(axis=0), low, high, tau, kept, drawn)


def _grid(estimate: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Values of τ: evenly spaced from 0, far enough that the posterior has died away."""
    import numpy as np

    widest = WIDEST * (np.std(estimate) + np.median(error))
    grid: np.ndarray = np.linspace(0, widest, STEPS + 1)[1:] - widest / STEPS / 2
    return grid


def _given_tau(
    estimate: np.ndarray, error: np.ndarray, x: np.ndarray, grid: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each τ: its posterior weight, the mean of β, and a root of the covariance of β."""
    import numpy as np

    inverse = 1 / (grid[:, None] ** 2 + error**2)
    bread = np.einsum("gi,ij,ik->gjk", inverse, x, x)
    covariance = np.linalg.inv(bread)
    beta = np.einsum("gjk,gi,ik,i->gj", covariance, inverse, x, estimate)
    rest = estimate - beta @ x.T
    fit = 0.5 * (np.log(inverse).sum(axis=1) - (inverse * rest**2).sum(axis=1))
    log = fit - 0.5 * np.linalg.slogdet(bread)[1]
    weight = np.exp(log - log.max())
    return weight / weight.sum(), beta, np.linalg.cholesky(covariance)


def best(draws: np.ndarray, higher: bool = True) -> np.ndarray:
    """Probability of each member to be the best of all.

    Args:
        draws: Joint draws, shape (draws, members).
        higher: Whether higher values are better.
    """
    import numpy as np

    first = (draws if higher else -draws).argmax(axis=1)
    share: np.ndarray = np.bincount(first, minlength=draws.shape[1]) / len(draws)
    return share


def ranks(draws: np.ndarray, higher: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95% interval of each member's rank, 1 being the best.

    Args:
        draws: Joint draws, shape (draws, members).
        higher: Whether higher values are better.
    """
    import numpy as np

    order = np.argsort(-draws if higher else draws, axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, draws.shape[1] + 1)[None, :], axis=1)
    low, high = np.quantile(rank, [0.025, 0.975], axis=0, method="nearest")
    return low.astype(int), high.astype(int)
