"""Prices of scarce capacity: Newton's method on the smoothed dual, cooled until few customers hesitate.

Far from the end a sample says enough. Later, those whose best choice leads by many temperatures are sure:
their choice is fixed, and only the others are looked at. What is left is for `settle`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.solvers.contacts.problem import Problem
from workbench.solvers.contacts.smooth import Choosers, Floats, Slope, class_prices, slope

SAMPLE = (1500, 8192)
"""Customers that a warm search looks at: an eighth of them, within these bounds."""

SAMPLED_ABOVE = 0.004
"""Temperature down to which a sample's noise matters less than the smoothing."""

WARM, COLDER, COLDEST = 0.3, 0.3, 1e-9
SURE = 18.0
"""Temperatures by which a choice must lead to be fixed."""

FEW = 300
"""Hesitating customers that can be settled exactly."""

STEPS = 12


@dataclass(frozen=True, eq=False)
class Priced:
    """Prices, and who still hesitates at them.

    Attributes:
        prices: Of the resources.
        heat: Temperature at the end.
        choice: Whether each candidate is taken at these prices, shape (R, n).
        margin: How much the prices must move until each customer chooses otherwise.
    """

    prices: Floats
    heat: float
    choice: np.ndarray
    margin: Floats


def search(problem: Problem) -> Priced:
    """Find prices at which the demand for every resource is about what there is."""
    prices = np.zeros(len(problem.resources.have))
    people = problem.worth.shape[1]
    heat = WARM
    sample = int(np.clip(people // 8, *SAMPLE))
    if people > 2 * sample:
        some = np.sort(np.random.default_rng(0).choice(people, sample, replace=False))
        group = Choosers.of(problem, some, people / sample)
        while heat > SAMPLED_ABOVE:
            prices = newton(problem, group, np.zeros(problem.classes), prices, heat)
            heat *= COLDER
    choice, margin = choices(problem, prices)
    while True:
        prices, choice, margin = _colder(problem, prices, choice, margin, heat)
        if (margin <= SURE * heat).sum() <= FEW or heat <= COLDEST:
            return Priced(prices, heat, choice, margin)
        heat *= COLDER


def _colder(
    problem: Problem, prices: Floats, choice: np.ndarray, margin: Floats, heat: float
) -> tuple[Floats, np.ndarray, Floats]:
    """(prices, choices, margins) at a temperature: the sure are fixed, unless the prices change their minds.

    Where the sure alone want more of a resource than there is, its price has no end as long as they are
    fixed; then nobody is.
    """
    unsure = np.flatnonzero(margin <= SURE * heat)
    sure = np.ones(len(margin), bool)
    sure[unsure] = False
    fixed = np.bincount(problem.cls[:, sure][choice[:, sure]], minlength=problem.classes)
    group = Choosers.of(problem, unsure if sure.any() else None)
    moved = newton(problem, group, fixed.astype(float), prices, heat)
    chosen, lead = choices(problem, moved)
    if (chosen[:, sure] != choice[:, sure]).any():
        moved = newton(problem, Choosers.of(problem, None), np.zeros(problem.classes), prices, heat)
        chosen, lead = choices(problem, moved)
    return moved, chosen, lead


def newton(problem: Problem, group: Choosers, fixed: Floats, prices: Floats, heat: float) -> Floats:
    """Prices at which the smoothed dual is least, by projected Newton steps from `prices`.

    Source: D. Bertsekas, *Projected Newton methods for optimization problems with simple constraints*, 1982.
    """
    top = problem.resources.most
    here = slope(problem, group, fixed, prices, heat)
    for _ in range(STEPS):
        held = (prices <= 0) & (here.gradient > 0) | (prices >= top) & (here.gradient < 0)
        free = np.flatnonzero(~held)
        if not len(free):
            return prices
        inner = here.curvature[np.ix_(free, free)]
        ridge = (
            1e-12 * max(float(np.trace(inner)) / len(free), 1e-12) + 1e-9 * np.abs(here.gradient[free]).max()
        )
        step = np.zeros(len(prices))
        step[free] = np.linalg.solve(inner + ridge * np.eye(len(free)), -here.gradient[free])
        moved = _walk(problem, group, fixed, prices, heat, here, step)
        if moved is None:
            return prices
        prices, there = moved
        gain, here = here.value - there.value, there
        if np.abs(step).max() < 0.02 * heat or gain < 1e-14 * abs(here.value):
            return prices
    return prices


def _walk(
    problem: Problem, group: Choosers, fixed: Floats, prices: Floats, heat: float, here: Slope, step: Floats
) -> tuple[Floats, Slope] | None:
    """The first point along the projected step that goes down enough, with the dual there; None: none."""
    length = 1.0
    for _ in range(30):
        trial = np.clip(prices + length * step, 0.0, problem.resources.most)
        down = float(here.gradient @ (trial - prices))
        there = slope(problem, group, fixed, trial, heat)
        if there.value <= here.value + 1e-4 * min(down, 0.0):
            return trial, there
        length *= 0.35
    return None


def choices(problem: Problem, prices: Floats) -> tuple[np.ndarray, Floats]:
    """(which candidates are taken at these prices, how far each customer is from choosing otherwise)."""
    price, _ = class_prices(problem.arcs, np.append(prices, 0.0), 0.0, problem.classes)
    column = _constant(problem)
    with np.errstate(invalid="ignore"):
        net = problem.worth - (price[problem.cls] if column is None else price[column][:, None])
    most = problem.most
    if len(most) and (most == most[0]).all() and most[0] == 1:
        return _one(net)
    return _top(net, most)


def _constant(problem: Problem) -> np.ndarray | None:
    from workbench.solvers.contacts.smooth import _column

    return _column(problem.cls, problem.classes)


def _one(net: Floats) -> tuple[np.ndarray, Floats]:
    """Choices of customers who take one at most."""
    size = net.shape[1]
    best, second, at = np.zeros(size), np.full(size, -np.inf), np.full(size, -1)
    for place in range(len(net)):
        row = net[place]
        ahead = row > best
        second = np.where(ahead, best, np.fmax(second, row))
        best = np.where(ahead, row, best)
        at[ahead] = place
    taken = np.zeros(net.shape, bool)
    who = np.flatnonzero(at >= 0)
    taken[at[who], who] = True
    return taken, best - second


def _top(net: Floats, most: np.ndarray) -> tuple[np.ndarray, Floats]:
    """Choices of customers who take their `most` best, if those are worth their price."""
    size = net.shape[1]
    net = np.where(np.isnan(net), -np.inf, net)
    order = np.argsort(-net, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(net))[:, None], axis=0)
    taken = (rank < most) & (net > 0)
    # the toll of one more contact: the best that is left out because there are enough, else nothing
    ranked = np.vstack([np.take_along_axis(net, order, axis=0), np.full((1, size), -np.inf)])
    out = ranked[np.minimum(most, len(net)), np.arange(size)]
    toll = np.maximum(out, 0.0)
    last = np.where(taken, net, np.inf).min(axis=0)
    lead = np.where(np.isfinite(last), last - toll, np.inf)
    near = np.where(toll > 0, np.inf, -np.where(net <= 0, net, -np.inf).max(axis=0))
    found: Floats = np.where(most > 0, np.minimum(lead, near), np.inf)
    return taken, found


def bound(problem: Problem, prices: Floats) -> float:
    """No plan is worth more than this, at any prices within their bounds: the dual itself."""
    price, _ = class_prices(problem.arcs, np.append(prices, 0.0), 0.0, problem.classes)
    taken, _ = choices(problem, prices)
    with np.errstate(invalid="ignore"):
        net = (problem.worth - price[problem.cls])[taken]
    return float(problem.resources.have @ prices) + float(net.sum())
