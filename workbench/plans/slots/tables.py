"""Tables of a proposal of time slots: a row a slot, a row a group, the week of one group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.plans.slots.rules import ALL, by_group, with_joined
from workbench.plans.slots.words import PER
from workbench.response.slots.tables import interval

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.slots.proposal import SlotProposal

HOURS = 168
SAME = 1e-9
"""Share of a spend below which a change is rounding."""
BAND = (0.05, 0.95)
"""Ends of a 90% band."""
SUMS = ("conversions", "today", "spend", "change")


def slots_of(found: SlotProposal) -> pd.DataFrame:
    """One row a slot, as `SlotProposal.table` says."""
    curves, by = found.fit.curves, list(found.by)
    keys = curves[by].agg(with_joined, axis=1)
    table = curves[[*by, "hour_of_week", "rate"]].assign(today=curves["current"])
    table.insert(0, "group", keys)
    planned = found.plan.to_frame().drop(columns=["response", "low", "high", "change"])
    table = table.merge(planned, on=[*by, "hour_of_week"], validate="one_to_one")
    table["index"] = table["rate"] / table.groupby("group")["rate"].transform("mean")
    table["conversions"] = _seen(found)
    table["scheduled"] = _scheduled(found, table)
    table["change"] = table["spend"] - table["today"]
    table["ruled"] = _ruled(found, table)
    last = [name for name in ("spend_low", "spend_high") if name in table]
    first = ["group", *by, "hour_of_week", "rate", "index", "conversions", "today", "spend", "scheduled"]
    return table[[*first, "change", "marginal", "at_bound", "ruled", *last]]


def groups_of(found: SlotProposal) -> pd.DataFrame:
    """One row a group, as `SlotProposal.board` says."""
    table, by = found.table, list(found.by)
    each = table.groupby("group", sort=False)
    board = each[["today", "spend", "scheduled", "change"]].sum()
    board[by] = each[by].first()
    board["channel"] = board[by[0]]
    board["change"] = board["change"].where(board["change"].abs() > SAME * board["today"], 0.0)
    board["relative"] = board["change"] / board["today"].where(board["today"] > 0)
    board["response_today"] = _responses(found, "today")
    board["response"] = _responses(found, "scheduled")
    prices = found.plan.shadow_prices
    board["per_step"] = [PER * prices.get(f"group:{name}", prices.get("budget", 0.0)) for name in board.index]
    counts = found.schedule.to_frame()[by].agg(with_joined, axis=1).value_counts()
    board["windows"] = counts.reindex(board.index).fillna(0).astype(int)
    return board.loc[list(found.groups)].reset_index()


def brought_of(found: SlotProposal) -> pd.DataFrame:
    """What each group brings in money, as `SlotProposal.brought` says."""
    model, board = found.model, found.board
    names = [with_joined(parts) for parts in model.groups]
    spend = np.zeros((len(names), HOURS))
    place = np.array([names.index(name) for name in found.table["group"]])
    spend[place, found.table["hour_of_week"].to_numpy(int)] = found.table["scheduled"].to_numpy(float)
    half = model.halves
    each = (model.draws * half * -np.expm1(-spend / half)).sum(axis=2) * found.each
    low, high = np.quantile(each, BAND, axis=0)
    at = [names.index(name) for name in board["group"]]
    table = board[["channel", "group"]].assign(channel=board["group"])
    table["today"], table["spend"] = board["response_today"] * found.each, board["response"] * found.each
    return table.assign(low=low[at], high=high[at])


def week_of(found: SlotProposal, group: str) -> pd.DataFrame:
    """The 168 hours of a group, or of all together, as `SlotProposal.week` says."""
    import pandas as pd

    own = found.table if group == ALL else found.table[found.table["group"] == group]
    week = own.groupby("hour_of_week")[list(SUMS)].sum().reindex(range(HOURS))
    index, low, high = _index(found, group)
    week["index"], week["low"], week["high"] = index, low, high
    kinds = own.groupby("hour_of_week")["ruled"].agg(lambda each: each.iloc[0] if each.nunique() == 1 else "")
    week["ruled"] = kinds.reindex(range(HOURS)).fillna("")
    return pd.DataFrame(week).rename_axis("hour_of_week").reset_index()


def _seen(found: SlotProposal) -> Any:
    """Conversions of each slot in all weeks of the fit."""
    panel = found.model.panel
    return (panel.count * panel.kept).sum(axis=2)[np.nonzero(panel.rows)]


def _scheduled(found: SlotProposal, table: pd.DataFrame) -> Any:
    """What each slot spends in windows; 0 where its group has none."""
    place = {with_joined(name): at for at, name in enumerate(found.schedule.names)}
    at = table["group"].map(place)
    hours = found.schedule.hours[at.fillna(0).to_numpy(int), table["hour_of_week"].to_numpy(int)]
    return np.where(at.notna(), hours, 0.0)


def _ruled(found: SlotProposal, table: pd.DataFrame) -> list[str]:
    """Which rule holds each slot."""
    rules = {
        "forbid": by_group(found.asked.forbid, found.asked.require, found.groups),
        "require": by_group(found.asked.require, found.asked.forbid, found.groups),
    }
    held = {
        (name, hour): kind for kind, own in rules.items() for name, hours in own.items() for hour in hours
    }
    keys = zip(table["group"], table["hour_of_week"], strict=True)
    return [held.get(key, "") for key in keys]


def _responses(found: SlotProposal, column: str) -> pd.Series[float]:
    """Conversions a week of each group at a column's spends."""
    curves, table = found.fit.curves, found.table
    half = curves["half_saturation"].to_numpy(float)
    each = curves["scale"].to_numpy(float) * -np.expm1(-table[column].to_numpy(float) / half)
    return table.assign(each=each).groupby("group", sort=False)["each"].sum()


def _index(found: SlotProposal, group: str) -> tuple[Any, Any, Any]:
    """(index, low, high) of each hour; all groups together weigh as they spend today."""
    model = found.model
    names = [with_joined(parts) for parts in model.groups]
    at = np.arange(len(names)) if group == ALL else np.array([names.index(group)])
    weight = model.panel.current[at].sum(axis=1)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(at), 1 / len(at))
    there = model.panel.rows[at]
    share = weight[:, None] * there
    index = _weighted(model.learnt.rate[at][None], share)[0]
    low, high = interval(_weighted(model.draws[:, at], share))
    return index, low, high


def _weighted(rates: Any, share: Any) -> Any:
    """Mean rate of each hour over the mean of the week, shape (draws, groups, 168) → (draws, 168)."""
    total = share.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(total > 0, (rates * share).sum(axis=1) / total, np.nan)
    return each / np.nanmean(each, axis=1, keepdims=True)
