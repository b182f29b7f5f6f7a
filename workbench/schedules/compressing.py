"""A slot plan as windows that a platform accepts, at the least loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.schedules.answer import Schedule, Window
from workbench.schedules.capped import Caps, filled, on_the_grid, read_caps, within_days
from workbench.schedules.cells import DAY, DAYS, HOURS, Cells, read_cells
from workbench.schedules.hours import with_changed_hours
from workbench.schedules.levels import base, grid
from workbench.schedules.polish import polished, runs
from workbench.schedules.rules import Rules, rules_of
from workbench.schedules.windows import best_windows
from workbench.solvers.forms import Floats

ROUNDS, REACH = 5, 4.0


def compress(
    plan: Any,
    platform: str = "any",
    bidding: str = "manual",
    windows: int | None = None,
    by: Sequence[str] | None = None,
    natural: str | None = None,
    daily_cap: Any = None,
) -> Schedule:
    """The schedule nearest in value to a slot plan that a platform accepts.

    Each campaign keeps its budget. The windows are the best for a price of money, exactly (dynamic
    programming over slots, levels and numbers of windows); the price is searched for the budget.

    Args:
        plan: One row a campaign and hour of the week: `by`, `hour_of_week`, `spend` (currency units a week)
            and the columns of a CurveTable; optional `min` and `max`: what an hour has to spend, and may.
        platform: `google`, `oceanengine`, `tencent`, or `any` for windows of any multiplier.
        bidding: `manual`: windows have bid multipliers; `automatic`: the platform bids, so that hours are on
            or off and days have budgets.
        windows: Most windows a day; None: as many as the platform takes.
        by: Columns that name a campaign; None: those of `channel`, `region`, `campaign` that there are.
        natural: Column with the spend of each hour when every bid is the same: multipliers are relative to
            it; None: the same in all hours.
        daily_cap: Most spend on any one day, of all campaigns together; or a campaign's name → most. The plan
            has to keep it, too.

    Returns:
        The schedule, with what it brings and what of the plan's response is lost.

    Raises:
        QuestionError: for a plan or rules that make no question.

    Source: R. Bellman, *On the approximation of curves by line segments using dynamic programming*, 1961;
    prices as in H. Everett, *Generalized Lagrange multiplier method*, 1963.
    """
    rules = rules_of(platform, bidding, windows)
    cells = read_cells(plan, by, natural)
    levels, spend, mean = _chosen(cells, rules, read_caps(cells, daily_cap))
    response = cells.responses(np.stack([cells.spend, spend])).sum(axis=(1, 2))
    return Schedule(
        by=cells.by,
        windows=tuple(_windows(cells, rules, levels, spend, mean)),
        rules=rules,
        response=float(response[1]),
        planned=float(response[0]),
        budget=float(cells.spend.sum()),
        hours=spend,
        names=cells.names,
    )


def _chosen(cells: Cells, rules: Rules, caps: Caps) -> tuple[Any, Floats, Floats]:
    """(level of each hour, its spend, spend of a mean hour at multiplier 1) of the best windows."""
    mean = base(cells, rules)
    levels, spend, price = _searched(cells, rules, mean)
    budget = cells.spend.sum(axis=1)
    if not rules.bids:
        spend = with_changed_hours(cells, rules, spend * _factor(cells, spend, budget)[:, None], budget)
        levels = (spend > 0).astype(int)
    spend = polished(cells, rules, levels, spend, price, mean)
    factor = _factor(cells, spend, budget)
    mean = mean * factor
    spend = _full(cells, rules, levels, spend * factor[:, None], mean)
    if caps:
        spend = _capped(cells, rules, caps, spend, mean)
        levels = np.where(spend > 0, levels, 0)
    return levels, spend, mean


def _full(cells: Cells, rules: Rules, levels: Any, spend: Floats, mean: Floats) -> Floats:
    """The windows with what a full hour in one of them kept the campaign from spending."""
    budget = cells.spend.sum(axis=1)
    found = filled(runs(levels, rules), cells.high, spend, budget)
    return on_the_grid(rules, found, mean[:, None] * cells.natural) if (found > spend).any() else spend


def _capped(cells: Cells, rules: Rules, caps: Caps, spend: Floats, mean: Floats) -> Floats:
    """The windows with no day above its cap."""
    kept = within_days(cells, caps, spend)
    return kept if kept is spend else on_the_grid(rules, kept, mean[:, None] * cells.natural)


def _searched(cells: Cells, rules: Rules, mean: Floats) -> tuple[Any, Floats, Floats]:
    """Levels, spend of each hour, and the price at which a campaign best spends its budget."""
    amounts = _amounts(cells, rules, mean)
    brings = np.moveaxis(cells.responses(np.moveaxis(amounts, 2, 0)), 0, 2)
    brings[_forbidden(cells, amounts)] = -np.inf
    budget, price = cells.spend.sum(axis=1), cells.price
    low, high, best = price / REACH, price * REACH, np.full(len(budget), -np.inf)
    kept: list[Any] = []
    for _ in range(ROUNDS):
        levels, spend = _at(rules, amounts, brings - price[:, None, None] * amounts)
        value = cells.responses((spend * _factor(cells, spend, budget)[:, None])[None])[0].sum(axis=1)
        better, found = value > best, (levels, spend, price)
        kept = [np.where(_like(better, new), new, old) for old, new in zip(kept or found, found, strict=True)]
        best, much = np.maximum(value, best), spend.sum(axis=1) > budget
        low, high = np.where(much, price, low), np.where(much, high, price)
        price = np.sqrt(low * high)
    return kept[0], kept[1], kept[2]


def _like(mask: Any, array: Any) -> Any:
    return mask if array.ndim == 1 else mask[:, None]


def _amounts(cells: Cells, rules: Rules, mean: Floats) -> Floats:
    """Spend of each hour at each level, shape (g, 168, 1 + levels), the first being off."""
    found = grid(cells, rules, mean)[:, None, :] * (mean[:, None] * cells.natural)[:, :, None]
    return np.concatenate([np.zeros((*found.shape[:2], 1)), found], axis=2)


def _forbidden(cells: Cells, amounts: Floats) -> Any:
    """Levels that an hour may not have: above its most, or off where it has to spend."""
    above = amounts > cells.high[:, :, None] * (1 + 1e-9)
    above[:, :, 1:] |= (cells.natural <= 0)[:, :, None]
    above[:, :, 0] |= cells.low > 0
    return above


def _at(rules: Rules, amounts: Floats, values: Floats) -> tuple[Any, Floats]:
    """The best levels for values of slots and levels, and their spend."""
    g, _, width = values.shape
    days = values.reshape(g * DAYS, DAY, width)
    most = rules.windows or DAY
    levels = best_windows(days, most)[0] if rules.bids else _one_level(days, most)
    levels = levels.reshape(g, -1)
    return levels, np.take_along_axis(amounts, levels[:, :, None].astype(int), axis=2)[:, :, 0]


def _one_level(days: Floats, most: int) -> Any:
    """The best levels where all windows of a day have the same."""
    count, slots, width = days.shape
    single = np.stack([np.broadcast_to(days[:, :, :1], (count, slots, width - 1)), days[:, :, 1:]], axis=3)
    flat = np.moveaxis(single, 2, 1).reshape(count * (width - 1), slots, 2)
    on, total = best_windows(flat, most)
    level = total.reshape(count, width - 1).argmax(axis=1)
    chosen = on.reshape(count, width - 1, slots)[np.arange(count), level]
    return chosen * (level + 1)[:, None]


def _factor(cells: Cells, spend: Floats, budget: Floats) -> Floats:
    """What all levels of a campaign are multiplied with so that it spends its budget and no hour too much."""
    total = spend.sum(axis=1)
    wanted = np.divide(budget, total, out=np.ones_like(budget), where=total > 0)
    room = np.divide(cells.high, spend, out=np.full_like(spend, np.inf), where=spend > 0).min(axis=1)
    return np.asarray(np.minimum(wanted, np.maximum(room, 0.0)))


def _windows(cells: Cells, rules: Rules, levels: Any, spend: Floats, mean: Floats) -> Iterator[Window]:
    """Runs of one level within a day, campaign by campaign."""
    run = runs(levels, replace(rules, most=np.inf)).ravel()
    first = np.flatnonzero(np.diff(run, prepend=-1))
    usual = np.bincount(run, (mean[:, None] * cells.natural).ravel())
    total, length = np.bincount(run, spend.ravel()), np.bincount(run)
    for number in np.flatnonzero(levels.ravel()[first] > 0):
        campaign, hour = divmod(int(first[number]), HOURS)
        weekday, start = divmod(hour, DAY)
        multiplier = total[number] / usual[number] if rules.bids else 1.0
        yield Window(
            cells.names[campaign], weekday, start, start + int(length[number]), float(total[number]),
            round(float(multiplier), 6),
        )  # fmt: skip
