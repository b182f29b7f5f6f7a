"""From curves of time slots and wishes to a slot plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.answer import answer
from workbench.solvers.checks import numbers
from workbench.solvers.forms import Floats
from workbench.solvers.plan import Note, Plan
from workbench.solvers.reading import Read, curves_of, read, with_draws
from workbench.solvers.slot_plan import SlotPlan
from workbench.solvers.slot_rules import Rules, Wish, rules
from workbench.solvers.slot_sets import DAY, HOURS, SLOT, Slots, read_slots

if TYPE_CHECKING:
    import pandas as pd

BANDS, TIED = 60, 20
"""Draws that bands are made of; where rules cross, each draw is a problem of its own."""

BEYOND = 1.01
"""Times the highest spend seen, from which on a slot's curve was never tried."""

STEP = 0.05
"""Multipliers are rounded to this; neighbouring hours with the same one are one window."""


def plan(curves: Any, wish: Wish, draws: Any) -> SlotPlan:
    """Plan time slots; arguments as `workbench.optimize.allocate_slots` takes them."""
    model = curves if hasattr(curves, "curves") else None
    slots = read_slots(curves.curves() if model is not None else curves)
    ruled = rules(slots, wish)
    question = read(
        ruled.table, ruled.budget, ruled.groups or None, "max_response", None, None, ruled.limits or None
    )
    sampled = _sampled(question, model, draws, TIED if ruled.limits else BANDS)
    found = answer(question, sampled, ruled.budget, None, 1.0)
    return told(slots, ruled, found)


def _sampled(question: Read, model: Any, draws: Any, most: int) -> Read | None:
    """The question on draws: those given, else the model's own."""
    if draws is not None:
        return with_draws(question, draws)
    if model is None or not len(model.draws):
        return None
    group, hour = np.nonzero(model.panel.rows)
    rate = model.draws[:most, group, hour]
    half = np.broadcast_to(model.halves[:, group, hour], model.draws[:, group, hour].shape)[:most]
    parameters = {"scale": rate * half, "half_saturation": half, "shape": np.ones(rate.shape)}
    _, curves = curves_of(question.table, question.weight / question.scale, question.money, parameters)
    # draws of a fit are plausible truths, their prior learnt from the cells: `docs/decisions/optimism.md`
    return replace(question, problem=replace(question.problem, curves=curves), kind="pooled")


def told(slots: Slots, ruled: Rules, found: Plan) -> SlotPlan:
    """The plan of cells as one of slots."""
    keys = slots.table[[*slots.by, SLOT]].reset_index(drop=True)
    table = _table(slots, found, keys)
    bands = None if found.bands is None else keys.join(found.bands.drop(columns="cell"))
    prices = {name: value for name, value in found.shadow_prices.items() if name != "budget" or ruled.total}
    now, spent = _today(slots)
    return SlotPlan(
        table=table,
        schedule=schedule(table, slots.by),
        total_spend=found.total_spend,
        total_response=found.total_response,
        upper_bound=found.upper_bound,
        gap=found.gap,
        shadow_prices=prices,
        bands=bands,
        status=found.status,
        by=slots.by,
        curves=_curves(slots, ruled),
        budget=ruled.budget,
        before=now,
        before_spend=spent,
        gain=found.gain,
        unspent=found.unspent if ruled.total else 0.0,
        notes=_notes(slots, found, ruled),
    )


def _curves(slots: Slots, ruled: Rules) -> pd.DataFrame:
    """The CurveTable as planned on, in few columns."""
    keep = [*slots.by, SLOT, "cell", "form", "scale", "half_saturation", "shape", "min", "max"]
    return ruled.table[keep].reset_index(drop=True)


def _table(slots: Slots, found: Plan, keys: pd.DataFrame) -> pd.DataFrame:
    plain = found.table
    table = keys.copy()
    table["spend"], table["response"] = plain["spend"], plain["response"]
    scale = slots.table["scale"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = np.where(scale > 0, plain["response"] / scale, 0.0)
    for side in ("low", "high"):
        table[side] = numbers(slots.table, f"scale_{side}", np.nan) * reached
    for name in ("marginal", "at_bound", "change"):
        table[name] = plain[name]
    table.attrs = dict(slots.table.attrs)  # what the curves are of, such as the days in a period
    return table


def _today(slots: Slots) -> tuple[float | None, float | None]:
    """(response, spend) of today on the curves."""
    if "current" not in slots.table:
        return None, None
    current = slots.table["current"].to_numpy(float)
    order, curves = curves_of(slots.table, np.ones(len(current)), 1.0)
    return float(curves.values(current[order][None]).sum()), float(current.sum())


def _notes(slots: Slots, found: Plan, ruled: Rules) -> tuple[Note, ...]:
    """The notes of the plan; what is left of budgets by name is none; and slots beyond what was seen."""
    own = [note for note in found.notes if ruled.total or not note.code.startswith("unspent")]
    highest = numbers(slots.table, "highest", np.inf)
    beyond = float((found.table["spend"].to_numpy() > highest * BEYOND).sum())
    return (*own, Note("beyond_slots", (("slots", beyond),))) if beyond else tuple(own)


def schedule(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Windows of each day: runs of hours whose multiplier is the same to a twentieth.

    Args:
        table: `by`, `hour_of_week`, `spend`.
        by: Columns that name a group.
    """
    import pandas as pd

    rows = []
    for names, own in table.groupby(list(by), sort=False) if by else [((), table)]:
        spend = np.zeros(HOURS)
        spend[own[SLOT].to_numpy(int)] = own["spend"].to_numpy(float)
        key = dict(zip(by, names if isinstance(names, tuple) else (names,), strict=True))
        rows += [key | window for window in _windows(spend)]
    columns = [*by, "weekday", "start_hour", "end_hour", "spend", "multiplier"]
    return pd.DataFrame(rows, columns=columns)


def _windows(spend: Floats) -> list[dict[str, Any]]:
    mean = spend.mean()
    if not mean > 0:
        return []
    level = np.where(spend > 0, np.maximum(np.round(spend / mean / STEP), 1), 0)
    first = np.flatnonzero((np.diff(level, prepend=-1) != 0) | (np.arange(HOURS) % DAY == 0))
    last = np.append(first[1:], HOURS)
    return [
        {
            "weekday": int(a // DAY),
            "start_hour": int(a % DAY),
            "end_hour": int((b - 1) % DAY + 1),
            "spend": float(spend[a:b].sum()),
            "multiplier": float(spend[a:b].mean() / mean),
        }
        for a, b in zip(first, last, strict=True)
        if level[a] > 0
    ]
