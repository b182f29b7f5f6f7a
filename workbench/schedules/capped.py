"""What windows spend in sum: the whole budget where hours have room, and no day above its cap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.schedules.cells import DAY, DAYS, Cells
from workbench.schedules.rules import Rules
from workbench.solvers.checks import finite
from workbench.solvers.forms import Floats

JOIN = " · "
NEAR = 1e-9
ROUNDS = 6
"""Times that money left over is shared out among days with room."""

Caps = list[tuple[Any, float]]
"""(which campaigns, most that they spend on any one day)."""


def read_caps(cells: Cells, given: Any) -> Caps:
    """Caps of a day: one amount for all campaigns together, or name → most.

    Args:
        cells: The plan.
        given: An amount; or a campaign's name (its values, joined), or one of its values → amount.

    Raises:
        QuestionError: for a name that no campaign has, or an amount that is none.
    """
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [(np.ones(len(cells.names), bool), finite("daily cap", given))]
    found = []
    for name, amount in given.items():
        wanted = JOIN.join(map(str, name)) if isinstance(name, tuple) else str(name)
        inside = np.array(
            [wanted == JOIN.join(map(str, own)) or wanted in map(str, own) for own in cells.names]
        )
        if not inside.any():
            raise unknown("campaign", wanted, [JOIN.join(map(str, own)) for own in cells.names])
        found.append((inside, finite(f"daily cap of {wanted!r}", amount)))
    return found


def filled(run: Any, high: Floats, spend: Floats, budget: Floats) -> Floats:
    """Spend of each hour where what the fullest window keeps a campaign from spending goes to the others.

    Args:
        run: Number of the window of each hour, as `polish.runs` gives it. high: Most of each hour.
        spend: Of each hour, shape (g, 168). budget: Of each campaign, shape (g,).
    """
    for _ in range(ROUNDS):
        left = np.maximum(budget - spend.sum(axis=1), 0.0)
        room = np.full(run.max() + 1, np.inf)
        np.minimum.at(room, run, np.divide(high, spend, out=np.full_like(spend, np.inf), where=spend > 0))
        free = np.where(room[run] > 1 + NEAR, spend, 0.0)
        moving = (left > NEAR * budget) & (free.sum(axis=1) > 0)
        if not moving.any():
            break
        factor = np.where(moving, 1 + left / np.where(moving, free.sum(axis=1), 1.0), 1.0)
        spend = spend * np.clip(factor[:, None], 1.0, np.maximum(room[run], 1.0))
    return spend


def within_days(cells: Cells, caps: Caps, spend: Floats) -> Floats:
    """Spend of each hour with no day above its caps, shape (g, 168).

    Where a day is above one, every campaign's days get what the plan gave them, which keeps the caps; what
    a day without windows leaves goes to days with room.

    Args:
        cells: The plan. caps: As `read_caps` gives them. spend: Of the windows.

    Raises:
        QuestionError: for a plan that is itself above a cap.
    """
    days = spend.reshape(len(spend), DAYS, DAY)
    if not _above(caps, days.sum(axis=2)):
        return spend
    planned = cells.spend.reshape(days.shape).sum(axis=2)
    if _above(caps, planned):
        raise QuestionError("The plan itself is above a cap of a day.", "Plan with the same daily_cap.")
    high = cells.high.reshape(days.shape)
    found = _up_to(days, planned, high)
    budget = cells.spend.sum(axis=1)
    for _ in range(ROUNDS):
        total = found.sum(axis=2)
        left = np.maximum(budget - total.sum(axis=1), 0.0)
        if not (left > NEAR * budget).any():
            break
        found = _up_to(found, total + _shared(caps, total, left), high)
    return np.asarray(found.reshape(spend.shape))


def on_the_grid(rules: Rules, spend: Floats, usual: Floats) -> Floats:
    """The same at multipliers that the platform can be told, none above what it was.

    Args:
        rules: What the platform takes. spend: Of each hour. usual: Its spend at multiplier 1.
    """
    if not rules.bids or rules.least <= 0:
        return spend
    found = np.divide(spend, usual, out=np.zeros_like(spend), where=usual > 0)
    ticks = np.clip(np.floor(found / rules.tick + NEAR), rules.least / rules.tick, rules.most / rules.tick)
    return np.where(spend > 0, ticks * rules.tick * usual, 0.0)


def _above(caps: Caps, total: Floats) -> bool:
    return any((total[inside].sum(axis=0) > most * (1 + NEAR)).any() for inside, most in caps)


def _up_to(days: Floats, wanted: Floats, high: Floats) -> Floats:
    """Hours of each day scaled alike to a sum, none above its most; a day without windows stays without."""
    total = days.sum(axis=2)
    factor = np.divide(wanted, total, out=np.zeros_like(total), where=total > 0)
    room = np.divide(high, days, out=np.full_like(days, np.inf), where=days > 0).min(axis=2)
    return np.asarray(days * np.minimum(factor, room)[:, :, None])


def _shared(caps: Caps, total: Floats, left: Floats) -> Floats:
    """What is left of each campaign, spread over its days by their spend, as far as caps leave room."""
    share = np.divide(total, total.sum(axis=1, keepdims=True), out=np.zeros_like(total), where=total > 0)
    more = share * left[:, None]
    for inside, most in caps:
        room = np.maximum(most - total[inside].sum(axis=0), 0.0)
        asked = more[inside].sum(axis=0)
        more[inside] *= np.minimum(1.0, np.divide(room, asked, out=np.ones_like(asked), where=asked > 0))
    return np.asarray(more)
