"""The dual of a contact plan, smoothed: its value, slope and curvature at given prices of the resources.

At prices y a customer takes the candidates whose worth exceeds the price of their class, at most `most` of
them; the price of a class is that of its cheapest arc. The temperature τ rounds both corners off: choices
become shares (logit where one is taken, Fermi shares where several are), and the dual a smooth convex
function, never below the true one (Y. Nesterov, *Smooth minimization of non-smooth functions*, 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.solvers.contacts.problem import Arcs, Problem

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Choosers:
    """Customers whose choice depends on prices, each standing for `weight` of them.

    Attributes:
        worth, cls: As the problem has them, shape (R, n).
        most: Contacts at most. weight: One number for all.
        column: Class of each place where all customers have the same one there, else None.
    """

    worth: Floats
    cls: np.ndarray
    most: np.ndarray
    weight: float
    column: np.ndarray | None

    @classmethod
    def of(cls, problem: Problem, who: np.ndarray | None, weight: float = 1.0) -> Choosers:
        """All customers of a problem (None), or some."""
        worth, kinds, most = problem.worth, problem.cls, problem.most
        if who is not None:
            worth, kinds, most = worth[:, who], kinds[:, who], most[who]
        return cls(worth, kinds, most, weight, _column(kinds, problem.classes))


def _column(kinds: np.ndarray, none: int) -> np.ndarray | None:
    """The one class of each place, where there is one."""
    if not kinds.size:
        return None
    least = np.where(kinds < none, kinds, none).min(axis=1)
    same = ((kinds == least[:, None]) | (kinds == none)).all()
    return least if same else None


@dataclass(frozen=True, eq=False)
class Slope:
    """The smoothed dual at one point: value, gradient and curvature by resource."""

    value: float
    gradient: Floats
    curvature: Floats


def class_prices(arcs: Arcs, prices: Floats, heat: float, classes: int) -> tuple[Floats, Floats]:
    """(price of each class, inf where it has no arc; weight of each arc in its class).

    Args:
        arcs: The supply.
        prices: Of the resources, the last one 0.
        heat: Temperature; 0: the cheapest arc alone.
        classes: Number of classes.
    """
    cost = (prices[arcs.resource] * arcs.use).sum(axis=0)
    found = np.full(classes + 1, np.inf)
    if not len(cost):
        return found, cost
    low = np.minimum.reduceat(cost, arcs.start)
    if heat <= 0:
        found[arcs.used] = low
        return found, cost
    share = np.exp((low[arcs.place] - cost) / heat)
    total = np.add.reduceat(share, arcs.start)
    found[arcs.used] = low - heat * np.log(total)
    return found, share / total[arcs.place]


def shares(net: Floats, most: np.ndarray) -> tuple[Floats, Floats, Floats, Floats]:
    """Smoothed choices at net worths in units of the temperature.

    Args:
        net: Shape (R, n). most: Contacts at most.

    Returns:
        (value of each customer; share of each candidate; g and k of the curvature diag(g) − k g gᵀ).
    """
    top = np.maximum(net.max(axis=0), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        grown = np.exp(net - top)
    none = np.exp(-top)
    total = grown.sum(axis=0) + none
    share = grown / total
    value, g, k = top + np.log(total), share, np.ones(net.shape[1])
    several = np.flatnonzero(most > 1)
    if len(several):
        value, g, share = value.copy(), share.copy(), share.copy()
        value[several], share[:, several], g[:, several], k[several] = _several(
            net[:, several], most[several]
        )
    nobody = most < 1
    if nobody.any():
        share[:, nobody] = g[:, nobody] = value[nobody] = 0.0
    return value, share, g, k


def _several(net: Floats, most: np.ndarray) -> tuple[Floats, Floats, Floats, Floats]:
    """The same where a customer takes several: Fermi shares, with a toll where they would be too many."""
    toll = np.zeros(net.shape[1])
    low, high = toll.copy(), np.maximum(net.max(axis=0), 0.0) + 40.0
    tight = _fermi(net).sum(axis=0) > most
    for _ in range(60):
        x = _fermi(net - toll)
        rest = x.sum(axis=0) - most
        low, high = np.where(rest > 0, toll, low), np.where(rest > 0, high, toll)
        slope = np.maximum((x * (1 - x)).sum(axis=0), 1e-300)
        step = toll + rest / slope
        inside = (step > low) & (step < high)
        toll = np.where(tight, np.where(inside, step, (low + high) / 2), 0.0)
        if not tight.any() or np.abs(rest[tight]).max() < 1e-10:
            break
    moved = net - toll
    x = _fermi(moved)
    value = most * toll + np.logaddexp(0.0, moved).sum(axis=0)
    g = x * (1 - x)
    k = np.where(tight, 1 / np.maximum(g.sum(axis=0), 1e-300), 0.0)
    return value, x, g, k


def _fermi(net: Floats) -> Floats:
    found: Floats = 0.5 * (1 + np.tanh(0.5 * net))
    return found


def slope(problem: Problem, group: Choosers, fixed: Floats, prices: Floats, heat: float) -> Slope:
    """The smoothed dual.

    Args:
        problem: The flow.
        group: Who chooses.
        fixed: Contacts of each class that others take at any price near.
        prices: Of the resources.
        heat: Temperature.

    Returns:
        Value (without the worth of what is fixed), gradient, curvature.
    """
    arcs, classes = problem.arcs, problem.classes
    price, weight = class_prices(arcs, np.append(prices, 0.0), heat, classes)
    with np.errstate(invalid="ignore"):
        net = (group.worth - _priced(price, group)) / heat
    net = np.where(np.isnan(net), -np.inf, net)
    each, share, g, k = shares(net, group.most)
    taken = fixed + group.weight * _by_class(share, group, classes)
    used = arcs.used
    value = float(problem.resources.have @ prices) + group.weight * heat * float(each.sum())
    value -= float(fixed[used] @ price[used])
    flow = taken[arcs.cls] * weight
    size = len(prices) + 1
    drawn = np.bincount(arcs.resource.ravel(), (flow * arcs.use).ravel(), size)
    gradient = problem.resources.have - drawn[:-1]
    moves = group.weight * _covariance(g, k, group, classes)
    return Slope(value, gradient, _curvature(arcs, weight, taken, flow, moves, size)[:-1, :-1] / heat)


def _priced(price: Floats, group: Choosers) -> Floats:
    found: Floats = price[group.cls] if group.column is None else price[group.column][:, None]
    return found


def _by_class(share: Floats, group: Choosers, classes: int) -> Floats:
    """Contacts of each class."""
    if group.column is not None:
        return np.bincount(group.column, share.sum(axis=1), classes + 1)[:-1]
    return np.bincount(group.cls.ravel(), share.ravel(), classes + 1)[:-1]


def _covariance(g: Floats, k: Floats, group: Choosers, classes: int) -> Floats:
    """How contacts of one class answer to the price of another: Σ diag(g) − k g gᵀ, by class."""
    size = classes + 1
    if group.column is not None:
        inner = np.diag(g.sum(axis=1)) - (g * k) @ g.T
        found = np.zeros((size, size))
        np.add.at(found, (group.column[:, None], group.column[None, :]), inner)
        return found[:-1, :-1]
    total = np.bincount(group.cls.ravel() * (size + 1), g.ravel(), size * size)
    for one in range(len(g)):
        for two in range(len(g)):
            key = group.cls[one] * size + group.cls[two]
            total = total - np.bincount(key, k * g[one] * g[two], size * size)
    return total.reshape(size, size)[:-1, :-1]


def _curvature(arcs: Arcs, weight: Floats, taken: Floats, flow: Floats, moves: Floats, size: int) -> Floats:
    """Curvature by resource: customers who change class, and classes that change arcs."""
    classes = len(taken)
    mean = np.zeros((size, classes))
    inner = np.zeros(size * size)
    for one in range(len(arcs.resource)):
        use = arcs.use[one]
        mean += np.bincount(arcs.resource[one] * classes + arcs.cls, weight * use, size * classes).reshape(
            size, classes
        )
        for two in range(len(arcs.resource)):
            key = arcs.resource[one] * size + arcs.resource[two]
            inner += np.bincount(key, flow * use * arcs.use[two], size * size)
    turned: Floats = mean @ (moves - np.diag(taken)) @ mean.T + inner.reshape(size, size)
    return turned
