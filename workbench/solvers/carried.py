"""The best plan over periods whose spend carries over: concave where the curves are, certified by tangents.

Where they are S-shaped or jump, plans near the relaxed one are tried, then branch and bound certifies one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers import period_branch as branch
from workbench.solvers.calendar import Calendar
from workbench.solvers.forms import Floats
from workbench.solvers.period_model import Box, Model, carried, responses

KEPT, ROUNDS = 1e-9, 2


@dataclass(eq=False)
class Scheduled:
    """The best plan found, in the calendar's own units.

    Attributes:
        spend: Shape (C, T); None where no plan keeps the rules.
        objective: Of it. bound: No plan has a better one.
        prices: What loosening each rule by 1 brings, shape (m,).
    """

    spend: Floats | None
    objective: float
    bound: float
    prices: Floats


def schedule(asked: Calendar, effort: float = 1.0) -> Scheduled:
    """Solve a calendar.

    Args:
        asked: The question.
        effort: 0: the relaxed plan only; else how long to search where curves are S-shaped or jump.
    """
    best = Scheduled(None, -np.inf, np.inf, np.zeros(len(asked.most)))
    model = Model(asked, Box.of(asked, asked.low, asked.high))
    relaxed, answer = model.solved(model.even())
    if answer is None:  # everything is fixed
        _take(asked, best, relaxed, best.prices)
        best.bound = best.objective if best.spend is not None else np.nan
        return best
    best.bound = model.bound(answer)
    best.prices = answer.prices
    _take(asked, best, relaxed, answer.prices)
    if effort > 0 and (best.spend is None or best.bound > best.objective * (1 + 1e-7)):
        for spend, prices in _others(asked, relaxed):
            _take(asked, best, spend, prices)
        _search(asked, best, effort)
    if best.spend is not None:
        best.bound = max(best.bound, best.objective)
    return best


def _search(asked: Calendar, best: Scheduled, effort: float) -> None:
    """Branch and bound from the best plan that is known."""

    def tried(spend: Floats, prices: Floats) -> float:
        _take(asked, best, spend, prices)
        return best.objective

    def climb(node: branch.Node) -> None:
        low, high = _settled(asked, node.spend) or (asked.low, asked.high)
        for spend, prices in _climb(asked, low, high, node.spend):
            _take(asked, best, spend, prices)

    ratios = branch.persistence(asked)
    root = branch.solved(asked, Box.of(asked, asked.low, asked.high), None, best.objective, ratios)
    if root is not None:
        found = branch.search(asked, root, tried, climb, branch.nodes_of(asked, effort))
        best.bound = min(best.bound, found)


def slopes(asked: Calendar, spend: Floats) -> Floats:
    """What one more unit brings, by cell and period of the spend, its echo included, shape (C, T)."""
    with np.errstate(all="ignore"):
        steep = asked.season * np.exp(asked.curves.log_slopes(carried(asked, spend).T)).T
    return np.asarray((steep[:, None, :] @ asked.kernel)[:, 0])


def _take(asked: Calendar, best: Scheduled, spend: Floats, prices: Floats) -> None:
    if not keeps(asked, spend):
        return
    objective = float(responses(asked, spend).sum())
    if objective > best.objective:
        best.spend, best.objective, best.prices = spend, objective, prices


def keeps(asked: Calendar, spend: Floats) -> bool:
    """Whether a plan keeps bounds and rules."""
    near = KEPT * (np.abs(spend) + 1e-6)
    inside = (spend <= asked.high + near) & (
        (np.abs(spend - asked.low) <= near) | (spend >= asked.active - near)
    )
    size = np.abs(asked.rows) @ spend.ravel() + 1e-12
    over = asked.rows @ spend.ravel() - asked.most
    held = np.where(asked.equal, np.abs(over), over) <= KEPT * np.maximum(size, np.abs(asked.most))
    return bool(inside.all() and held.all())


def _others(asked: Calendar, relaxed: Floats) -> Any:
    """Plans near the relaxed one: every jump taken or left, and climbs on the curves themselves."""
    starts = [relaxed]
    settled = _settled(asked, relaxed)
    if settled is not None:
        model = Model(asked, Box.of(asked, *settled))
        spend, answer = model.solved(model.even())
        if answer is not None:
            yield spend, answer.prices
            starts.append(spend)
    if (asked.curves.inflection > 0).any():
        low, high = (asked.low, asked.high) if settled is None else settled
        for start in (*starts, *_bursts(asked, relaxed)):
            yield from _climb(asked, low, high, start)


def _climb(asked: Calendar, low: Floats, high: Floats, start: Floats) -> Any:
    """From a plan upwards on the curves themselves, which of them are switched off staying so."""
    now = start
    for _ in range(ROUNDS):
        model = Model(asked, Box.of(asked, low, np.where(now > 0, high, low)), true=True)
        now, answer = model.solved(model.inside(now))
        if answer is None:
            return
        yield now, answer.prices


def _settled(asked: Calendar, relaxed: Floats) -> tuple[Floats, Floats] | None:
    """Bounds with every least-if-active either taken or left."""
    jumps = asked.active > asked.low
    if not jumps.any():
        return None
    on = relaxed >= 0.5 * asked.active
    return np.where(jumps & on, asked.active, asked.low), np.where(jumps & ~on, asked.low, asked.high)


def _bursts(asked: Calendar, relaxed: Floats) -> Any:
    """Flights: S-shaped cells spend what they have in a part of their periods, or not at all."""
    bent = (asked.curves.inflection[0] > 0)[:, None]
    periods = np.arange(relaxed.shape[1])
    order = np.argsort(-relaxed.sum(axis=1))
    for step in (2, 3):
        on = periods % step == 0
        yield np.where(
            bent & ~on, asked.low, np.where(bent, asked.low + step * (relaxed - asked.low), relaxed)
        )
    keep = np.zeros(len(relaxed), bool)
    keep[order[: max(1, len(order) // 2)]] = True
    yield np.where(bent & ~keep[:, None], asked.low, relaxed)
