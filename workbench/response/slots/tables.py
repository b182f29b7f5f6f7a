"""Tables of a slot fit: its curves, their draws, and the best hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response.saturation import Floats
from workbench.response.slots.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.response.slots.model import SlotModel

LEVEL = 0.8
"""Share of plausible rates that an interval holds."""

ENDLESS = 1e12
"""Half-saturation of a slot whose inventory has no end, as a multiple of its spend."""


def interval(values: Floats) -> tuple[Floats, Floats]:
    """Low and high of draws along the first axis; NaN without draws."""
    if not len(values):
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def curves(model: SlotModel, stretch: float) -> pd.DataFrame:
    """One row a slot that the frame names."""
    import pandas as pd

    panel, rate = model.panel, model.learnt.rate
    group, hour = np.nonzero(panel.rows)
    half = inventories(panel, model.learnt.inventory.capacity)
    low, high = interval(model.draws * model.halves)
    open_end = model.learnt.inventory.known
    most = np.full(rate.shape, np.inf) if open_end else np.maximum(stretch * panel.highest, panel.current)
    if open_end:
        most = np.where(model.learnt.inventory.capacity > 0, most, 0.0)
    table = pd.DataFrame(_keys(panel, group, hour))
    columns = {
        "scale": rate * half,
        "half_saturation": half,
        "shape": np.ones(rate.shape),
        "min": np.zeros(rate.shape),
        "max": most,
        "current": panel.current,
        "highest": panel.highest,
        "rate": rate,
        "scale_low": low,
        "scale_high": high,
    }
    for name, values in columns.items():
        table[name] = values[group, hour]
    table["value_per_response"] = 1.0 if model.value is None else model.value
    return table


def _keys(panel: Panel, group: Any, hour: Any) -> dict[str, Any]:
    names = {
        name: np.array([own[at] for own in panel.groups], object)[group] for at, name in enumerate(panel.by)
    }
    cells = [panel.cell(int(g), int(h)) for g, h in zip(group, hour, strict=True)]
    return {**names, "hour_of_week": hour, "cell": cells, "form": "exponential"}


def inventories(panel: Panel, capacity: Floats) -> Floats:
    """Half-saturations of curves: a slot without inventory keeps a unit, one without end a huge one."""
    huge = ENDLESS * max(float(panel.highest.max()), 1.0)
    return np.where(np.isfinite(capacity), np.where(capacity > 0, capacity, 1.0), huge)


def drawn(model: SlotModel, table: pd.DataFrame) -> pd.DataFrame:
    """One row a draw and slot."""
    group, hour = np.nonzero(model.panel.rows)
    half = np.broadcast_to(model.halves, model.draws.shape)
    many = len(model.draws)
    plain = table.drop(columns=["scale_low", "scale_high"])
    long = plain.loc[np.tile(np.arange(len(plain)), many)].reset_index(drop=True)
    long.insert(0, "draw", np.repeat(np.arange(many), len(plain)))
    long["scale"] = (model.draws * half)[:, group, hour].ravel()
    long["half_saturation"] = half[:, group, hour].ravel()
    long["rate"] = model.draws[:, group, hour].ravel()
    long["kind"] = "pooled"
    return long


def best(model: SlotModel, count: int) -> pd.DataFrame:
    """The hours with the highest rates, group by group."""
    import pandas as pd

    panel, rate = model.panel, model.learnt.rate
    named = np.where(panel.rows, rate, np.nan)
    mean = np.nanmean(named, axis=1, keepdims=True)
    held = np.where(panel.rows, model.draws, np.nan)
    low, high = interval(held / np.nanmean(held, axis=2, keepdims=True)) if len(held) else (named, named)
    order = np.argsort(-np.where(panel.rows, rate, -np.inf), axis=1, kind="stable")[:, :count]
    group = np.repeat(np.arange(len(rate)), order.shape[1])
    hour = order.ravel()
    seen = panel.rows[group, hour]
    group, hour = group[seen], hour[seen]
    keys = _keys(panel, group, hour)
    table = pd.DataFrame({name: keys[name] for name in (*panel.by, "hour_of_week")})
    table["rate"] = rate[group, hour]
    table["slot_index"] = (rate / mean)[group, hour]
    table["low"], table["high"] = low[group, hour], high[group, hour]
    return table
