"""The fit: the top of the profile posterior, regions pooled towards their channel, and its uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.response import objective
from workbench.response.descent import least
from workbench.response.lifts import Lift
from workbench.response.problem import Problem
from workbench.response.saturation import Floats

STARTS = ((0.0, 0.0), (-0.8, 0.8), (0.8, -0.8))
"""Where a fit begins: sd from the centre of carry-overs, and of half-saturations."""

LOWEST, HIGHEST = -9.0, 1.5
POOLING_ROUNDS, POOLING_STEPS, SETTLED = 3, 60, 0.003
LEAST_POOLING, MOST_POOLING = 0.03, 0.6
WARM_STEPS, STEPS, CLOSE, WARM_CLOSE = 40, 300, 1e-6, 1e-2

Progress = Callable[[int, int], bool | None]
"""Called with (draws done, all draws); False stops."""


class Stopped(Exception):
    """Draws that were not wanted any more."""


@dataclass(frozen=True, eq=False)
class Solution:
    """A fit of a problem.

    Attributes:
        z: Non-linear parameters in prior sd. w: Linear coefficients. used: Which are not held at 0.
        log_sigma: Of the rows' noise, without units.
        value: Minus the log posterior.
        steps: Of the search.
    """

    z: Floats
    w: Floats
    used: Any
    log_sigma: float
    value: float
    steps: int


def fit(problem: Problem) -> tuple[Problem, Solution]:
    """The best parameters, and the problem with the spread and weights of regions that the data give."""
    best = min((_search(problem, start) for start in _starts(problem)), key=lambda one: one.value)
    if not problem.data.regional:
        return problem, best
    for _ in range(POOLING_ROUNDS):
        problem = _pooled(problem.pooled(problem.tau, _weights(problem, best)), best)
        best = _search(problem, np.append(best.z, best.log_sigma), best.used)
    return problem, best


def again(problem: Problem, warm: Solution) -> Solution:
    """A fit that begins at the one of a problem nearby."""
    return _search(problem, np.append(warm.z, warm.log_sigma), warm.used)


def _starts(problem: Problem) -> list[Floats]:
    lay, found = problem.lay, []
    for carried, half in STARTS if len(lay.names) else STARTS[:1]:
        of = {"half_saturation": half, "shape": 0.0}
        z = np.array([of.get(name, carried) for name in lay.names])
        found.append(np.append(np.clip(z, lay.low, lay.high), _first_sigma(problem)))
    return found


def _first_sigma(problem: Problem) -> float:
    spread = float((problem.y - problem.y.mean(axis=1, keepdims=True)).std())
    return float(np.clip(np.log(max(spread, 1e-6) / 2), LOWEST, HIGHEST))


def _search(problem: Problem, start: Floats, used: Any = None) -> Solution:
    state = {"used": used}

    def value(x: Floats) -> tuple[float, Floats]:
        point = objective.at(problem, x[:-1], float(x[-1]), state["used"])
        state["used"] = point.used
        return point.value, point.slope

    lay = problem.lay
    low, high = np.append(lay.low, LOWEST), np.append(lay.high, HIGHEST)
    start = np.clip(start, low, high)
    x, steps = least(value, start, low, high, _curvature(problem, start, used), STEPS, CLOSE)
    last = objective.at(problem, x[:-1], float(x[-1]), state["used"], slopes=False)
    return Solution(x[:-1], last.w, last.used, float(x[-1]), last.value, steps)


def _curvature(problem: Problem, x: Floats, used: Any) -> Floats:
    """Second derivative in (z, ln σ) without that of the residuals, the linear coefficients at their best."""
    point = objective.at(problem, x[:-1], float(x[-1]), used)
    free, cross = objective.products(problem, point, float(x[-1]))
    cross, gram = cross[:, point.used], point.gram[np.ix_(point.used, point.used)]
    many = len(x) - 1
    found = np.zeros((many + 1, many + 1))
    found[:many, :many] = free - cross @ np.linalg.solve(gram, cross.T) + np.eye(many)
    found[many, many] = 2.0 * problem.y.size
    return found


def _pooled(problem: Problem, found: Solution) -> Problem:
    """The problem with the most likely spread of regions, at these non-linear parameters.

    Steps of expectation and maximisation, which are many and cheap; stopped early, a spread that began wide
    would stay so, and the effects of regions with it.
    """
    for _ in range(POOLING_STEPS):
        spread = _spread(problem, found)
        moved = float(np.abs(np.log(spread / problem.tau)).max())
        problem = problem.pooled(spread, problem.weight)
        if moved < SETTLED:
            break
    return problem


def _spread(problem: Problem, found: Solution) -> Floats:
    """Spread of regions around their channel: one step, shape (C,)."""
    point = objective.at(problem, found.z, found.log_sigma, found.used, slopes=False)
    covariance = np.linalg.inv(point.gram)
    channels, regions = len(problem.data.channels), len(problem.data.regions)
    top, first = problem.first_media, len(problem.cols.names) + 1
    parent = first + np.arange(channels)
    own = top + np.arange(channels * regions).reshape(regions, channels)
    apart = (point.w[own] - point.w[parent]) ** 2
    around = covariance[own, own] + covariance[parent, parent] - 2 * covariance[own, parent]
    usual = np.maximum(point.w[parent], 0.05)
    spread = np.sqrt((apart + around).mean(axis=0))
    return np.asarray(np.clip(spread, LEAST_POOLING * usual, MOST_POOLING * usual))


def _weights(problem: Problem, found: Solution) -> Floats:
    """1 ÷ variance of each region, drawn towards the mean, with mean 1."""
    point = objective.at(problem, found.z, found.log_sigma, found.used, slopes=False)
    each = (point.rest**2).mean(axis=1)
    few = problem.y.shape[1]
    drawn = (few * each + 10 * each.mean()) / (few + 10)
    weight = 1 / np.maximum(drawn, 1e-12 * max(float(drawn.max()), 1e-300))
    return np.asarray(weight / weight.mean())


@dataclass(frozen=True, eq=False)
class Draws:
    """Plausible fits.

    Attributes:
        z: Shape (D, P). w: Shape (D, p).
        sigma: Of a row's noise without units, corrected for the parameters that were fitted.
        method: `parametric` or `block`.
    """

    z: Floats
    w: Floats
    sigma: float
    method: str


def bootstrap(
    problem: Problem,
    best: Solution,
    draws: int,
    method: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> Draws:
    """Fits to data and priors that are both shaken by their own uncertainty.

    Source: J. Bardsley et al., *Randomize-then-optimize*, 2014: for a linear model with a normal prior the
    fits are draws of the posterior; shaking the data alone would leave out what the prior does not know.
    `block`: the noise is put together from runs of residuals, which keeps their autocorrelation
    (H. Künsch, *The jackknife and the bootstrap for general stationary observations*, 1989).
    """
    rng = np.random.default_rng(seed)
    sigma, rest = noise(problem, best)
    chosen = method if method != "auto" else ("block" if persistence(rest) > _chance(rest) else "parametric")
    z, w = [], []
    start = np.append(best.z, np.log(sigma))
    curvature = _curvature(problem, start, best.used)[:-1, :-1]
    for done in range(draws):
        shaken, shift = _shaken(problem, rest, sigma, chosen, rng)
        found = _moved(shaken, best, sigma, shift, curvature)
        z.append(found[0])
        w.append(found[1])
        if progress is not None and progress(done + 1, draws) is False:
            raise Stopped
    return Draws(np.array(z), np.array(w), sigma, chosen)


def noise(problem: Problem, best: Solution) -> tuple[float, Floats]:
    """(σ of a row of weight 1 with the fitted parameters counted, residuals in σ of their region)."""
    point = objective.at(problem, best.z, best.log_sigma, best.used)
    free, cross = objective.products(problem, point, best.log_sigma)
    kept = np.ix_(point.used, point.used)
    inside = np.block([[free, cross[:, point.used]], [cross[:, point.used].T, point.inside[kept]]])
    prior = np.zeros_like(inside)
    many = len(best.z)
    prior[range(many), range(many)] = 1.0
    prior[many:, many:] = (point.gram - point.inside)[kept]
    spent = float(np.trace(np.linalg.solve(inside + prior, inside)))
    rest = np.sqrt(problem.weight)[:, None] * point.rest
    left = max(rest.size - spent, 0.25 * rest.size)
    sigma = float(np.sqrt((rest**2).sum() / left))
    return max(sigma, 1e-9), rest / max(float(np.sqrt((rest**2).mean())), 1e-300)


def persistence(rest: Floats) -> float:
    """Correlation of residuals with those of the period before, over all regions."""
    top = float((rest[:, 1:] * rest[:, :-1]).sum())
    return top / max(float((rest**2).sum()), 1e-300)


def _chance(rest: Floats) -> float:
    return float(2 / np.sqrt(rest.size))


def _shaken(
    problem: Problem, rest: Floats, sigma: float, method: str, rng: np.random.Generator
) -> tuple[Problem, Floats]:
    """The problem with shaken data, aims and experiments, and the shift of the non-linear priors."""
    regions, periods = problem.y.shape
    if method == "block":
        length = max(2, round(periods ** (1 / 3) * 1.5))
        starts = rng.integers(0, periods, -(-periods // length))
        rows = (starts[:, None] + np.arange(length)).ravel()[:periods] % periods
        drawn = rest[:, rows] * rng.choice([-1.0, 1.0])
    else:
        drawn = rng.standard_normal((regions, periods))
    moved = problem.y + sigma * drawn / np.sqrt(problem.weight)[:, None]
    each = tuple(_lucky(lift, rng) for lift in problem.lifts.each)
    aim = problem.aim + rng.standard_normal(len(problem.aim))
    lifts = replace(problem.lifts, each=each)
    shift = rng.standard_normal(len(problem.lay.names))
    return replace(problem, y=moved, aim=aim, lifts=lifts), shift


def _lucky(lift: Lift, rng: np.random.Generator) -> Lift:
    """An experiment as it might have come out."""
    return replace(lift, effect=lift.effect + lift.se * rng.standard_normal())


def _moved(
    problem: Problem, best: Solution, sigma: float, shift: Floats, curvature: Floats
) -> tuple[Floats, Floats]:
    """A warm fit with σ held and the priors of z around `shift`."""
    log_sigma, state = float(np.log(sigma)), {"used": best.used}

    def value(z: Floats) -> tuple[float, Floats]:
        point = objective.at(problem, z, log_sigma, state["used"])
        state["used"] = point.used
        return point.value - float(z @ shift), point.slope[:-1] - shift

    z, lay = best.z, problem.lay
    if len(lay.names):
        z, _ = least(value, best.z, lay.low, lay.high, curvature, WARM_STEPS, WARM_CLOSE)
    return z, objective.at(problem, z, log_sigma, state["used"], slopes=False).w
