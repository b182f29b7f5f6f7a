"""Branch and bound over periods: split what is felt where a curve lies furthest below its envelope.

Halves are narrowed before they are solved: what is felt in one period is felt in the next ones, spend can be
no more than what may be felt of it, and no more than pays at the prices of the half above.
Source: M. Udell, S. Boyd, *Maximizing a Sum of Sigmoids*, 2013, section 4; narrowing by prices as in H. Ryoo,
N. Sahinidis, *A branch-and-reduce approach to global optimization*, 1996.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from workbench.solvers.calendar import Calendar
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer
from workbench.solvers.period_model import Box, Model, carried, responses

NODES, CELLS, EXACT = 200, 30_000, 5e-7
ROUNDS, HAIR, MIDDLE, LACKING, NEAR, BOTTOM = 2, 1e-12, 0.1, 1e-15, 1e-9, -1e-9

Try = Callable[[Floats, Floats], float]
"""Takes a plan and the prices it came with; the objective of the best plan so far."""


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the plans that was solved on its envelopes.

    Attributes:
        box: Which plans. spend: The best of its envelopes. bound: None of its plans has a better objective.
        prices: Of the question's rules. lack: How far curves lie below the envelopes there, shape (C, S).
    """

    box: Box
    spend: Floats
    bound: float
    prices: Floats
    lack: Floats


def nodes_of(asked: Calendar, effort: float) -> int:
    """How many parts are looked at: fewer of large questions."""
    return int(effort * min(NODES, CELLS / asked.season.size))


def search(asked: Calendar, root: Node, tried: Try, climb: Callable[[Node], None], nodes: int) -> float:
    """Look through parts until the best plan is certified, or the nodes are used up.

    Args:
        asked: The question.
        root: All plans.
        tried: Takes plans.
        climb: Takes better plans near the one of a part.
        nodes: Parts to solve at most.

    Returns:
        A bound that no plan of the root beats.
    """
    order, ratios = count(), persistence(asked)
    opened, closed, done = [(-root.bound, next(order), root)], -np.inf, 0
    best = tried(root.spend, root.prices)
    while opened and done < nodes:
        node = opened[0][2]
        if node.bound <= _enough(best):
            break
        heapq.heappop(opened)
        for half in _halves(asked, node):
            child = solved(asked, half, node, best, ratios)
            done += 1
            if child is None:
                continue
            before, best = best, tried(child.spend, child.prices)
            if best > before or done & (done - 1) == 0:
                climb(child)
                best = tried(child.spend, child.prices)
            if child.bound <= _enough(best) or not _splits(asked, child):
                closed = max(closed, child.bound)
            else:
                heapq.heappush(opened, (-child.bound, next(order), child))
    return max(closed, -opened[0][0] if opened else -np.inf)


def _enough(best: float) -> float:
    """What a better plan must at least bring; no plan brings less than nothing."""
    return best + EXACT * abs(best) if np.isfinite(best) else BOTTOM


def solved(asked: Calendar, box: Box, above: Node | None, best: float, ratios: Floats) -> Node | None:
    """A part on its envelopes; None where it holds no plan."""
    small = narrowed(asked, box, ratios)
    if small is None:
        return None
    model = Model(asked, small)
    spend, answer = model.solved(model.even() if above is None else model.inside(above.spend), _enough(best))
    if answer is None:
        bound, prices = float(responses(asked, spend).sum()), np.zeros(len(asked.most))
    else:
        bound, prices = model.bound(answer), answer.prices[: len(asked.most)]
        if np.isfinite(bound) and np.isfinite(best) and bound > best:
            small = _priced(asked, model, answer, bound - best, ratios) or small
    if above is not None:
        bound = min(bound, above.bound) if np.isfinite(bound) else above.bound
    return Node(small, spend, bound, prices, _lack(model, spend))


def _lack(model: Model, spend: Floats) -> Floats:
    """How far each curve lies below its envelope, shape (C, S)."""
    own = (spend - model.low).ravel()[model.free]
    top, _, _ = model.felt(own)
    found: Floats = np.maximum(top - responses(model.asked, spend), 0.0)
    return found


def _halves(asked: Calendar, node: Node) -> list[Box]:
    """Both sides of a least spend if active that is missed, else of what is felt where most is lacking."""
    box, missed = node.box, _missed(asked, node)
    if missed.max() > 0:
        place = np.unravel_index(int(missed.argmax()), missed.shape)
        off, on = box.high.copy(), box.low.copy()
        off[place], on[place] = asked.low[place], asked.active[place]
        return [Box(box.low, off, box.least, box.most), Box(on, box.high, box.least, box.most)]
    place = np.unravel_index(int(node.lack.argmax()), node.lack.shape)
    felt, low, high = carried(asked, node.spend)[place], box.least[place], box.most[place]
    at = float(np.clip(felt, low + MIDDLE * (high - low), high - MIDDLE * (high - low)))
    below, above = box.most.copy(), box.least.copy()
    below[place] = above[place] = at
    return [Box(box.low, box.high, box.least, below), Box(box.low, box.high, above, box.most)]


def _missed(asked: Calendar, node: Node) -> Floats:
    """How far each spend lies within its jump, shape (C, T); 0 outside."""
    inside = np.minimum(node.spend - asked.low, asked.active - node.spend)
    return np.asarray(np.where(inside > NEAR * np.maximum(asked.active, NEAR), inside, 0.0))


def _splits(asked: Calendar, node: Node) -> bool:
    return bool(node.lack.max() > LACKING or _missed(asked, node).max() > 0)


def persistence(asked: Calendar) -> Floats:
    """What is felt in period r at least, of each unit felt in period s before it, shape (C, S, S): (s, r)."""
    kernel = asked.kernel
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = kernel[:, None, :, :] / kernel[:, :, None, :]  # (C, s, r, T)
    ratio = np.where(kernel[:, :, None, :] > 0, ratio, np.inf)
    least = ratio.min(axis=3)
    later = np.triu(np.ones(least.shape[1:], bool), 1)
    return np.asarray(np.where(later & np.isfinite(least), least, 0.0))


def narrowed(asked: Calendar, box: Box, ratios: Floats) -> Box | None:
    """The same plans in a smaller box; None where there is none."""
    low, high, least, most = box.low, box.high, box.least, box.most
    base, kernel = asked.base, asked.kernel
    for _ in range(ROUNDS):
        least = np.maximum(least, carried(asked, low))
        most = np.minimum(most, carried(asked, high))
        after = base + (ratios * (least - base)[:, :, None]).max(axis=1)
        least = np.maximum(least, after)
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.where(ratios > 0, (most - base)[:, None, :] / ratios, np.inf).min(axis=2)
            room = np.where(kernel > 0, (most - carried(asked, low))[:, :, None] / kernel, np.inf).min(axis=1)
            lack = np.where(kernel > 0, (carried(asked, high) - least)[:, :, None] / kernel, np.inf).min(
                axis=1
            )
        most = np.minimum(most, base + ends)
        low, high = (
            np.maximum(low, high - np.maximum(lack, 0.0)),
            np.minimum(high, low + np.maximum(room, 0.0)),
        )
        low, high = _jumped(asked, low, high)
        size = HAIR * np.maximum(np.abs(most), 1.0)
        if (least > most + 1e3 * size).any() or (low > high + 1e3 * HAIR * np.maximum(high, 1.0)).any():
            return None
        most, high = np.maximum(most, least), np.maximum(high, low)
    return Box(low, high, least, most)


def _jumped(asked: Calendar, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bounds that leave out what lies below a least spend if active."""
    jumps = asked.active > asked.low
    near = HAIR * np.maximum(asked.active, 1.0)
    low = np.where(jumps & (low > asked.low + near), np.maximum(low, asked.active), low)
    return low, np.where(jumps & (high < asked.active - near), asked.low, high)


def _priced(asked: Calendar, model: Model, answer: Answer, spare: float, ratios: Floats) -> Box | None:
    """The plans that can still be better than the best by what prices say of each spend."""
    net = model.local(answer.x).gradient - model.rules.rows.T @ answer.prices
    with np.errstate(divide="ignore"):
        reach = spare / np.abs(net)
    low, high = model.low.copy().ravel(), model.high.copy().ravel()
    down, up = net < 0, net > 0
    top, bottom = high[model.free], low[model.free]
    high[model.free] = np.where(down, np.minimum(top, bottom + reach), top)
    low[model.free] = np.where(up, np.maximum(bottom, top - reach), bottom)
    shape = model.low.shape
    return narrowed(
        asked, Box(low.reshape(shape), high.reshape(shape), model.box.least, model.box.most), ratios
    )
