"""Rules and bounds of channels and of their regions: what a board shows of each, and what it can be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.proposal import Proposal
    from workbench.plans.steer import Steering

PER = 1000
"""Marginals are told for this much more spend."""
SAME, TINY = 1e-6, 1e-12
"""Amounts that are one; a marginal below this share of all responses is none."""


def ruled(table: pd.DataFrame, asked: Steering, key: str) -> pd.DataFrame:
    """A table with the columns `held`, `floor`, `cap` of what its rows are called; missing where none is."""
    kinds = (("held", "held"), ("floor", "floors"), ("cap", "caps"))
    return table.assign(
        **{name: table[key].map(getattr(asked, kind) or {}).astype(float) for name, kind in kinds}
    )


def per_step(marginal: Any, whole: float) -> Any:
    """What 1,000 more bring, where that is anything."""
    return PER * marginal.where(marginal > TINY * whole, 0.0)


def bound(row: Mapping[Any, Any]) -> str:
    """Which of its bounds a channel or cell stands at."""
    near = SAME * max(1.0, row["highest"])
    if row["held"] == row["held"]:
        return "held"
    if row["floor"] > 0 and row["spend"] <= row["floor"] + near:
        return "floor"
    if row["cap"] == row["cap"]:
        return "cap" if row["spend"] >= row["cap"] - near else ""
    return "seen" if row["spend"] >= row["max"] - near else ""


def by_cell(found: Proposal) -> pd.DataFrame:
    """One row a cell, the largest planned first inside of each channel.

    Returns:
        `cell`, the dimensions, `today`, `spend`, `change`, `relative`, `response_today`, `response`,
        `marginal`, `per_step`, `at_bound`, `held`, `floor`, `cap`, `highest`, `most`; with draws `low` and
        `high`.
    """
    table = found.cells.assign(
        highest=found.curves["highest"].to_numpy(),
        max=found.curves["max"].to_numpy(),
        response_today=found.now.table["response"].to_numpy(),
    )
    table = ruled(table, found.asked, "cell")
    table["change"] = table["spend"] - table["today"]
    table["relative"] = table["change"] / table["today"].where(table["today"] > 0)
    table["per_step"] = per_step(table["marginal"], found.now.total_response)
    table["at_bound"] = [bound(row) for row in table.to_dict("records")]
    table["most"] = _most(table, found)
    return table.sort_values(["channel", "spend"], ascending=[True, False], kind="stable", ignore_index=True)


def _most(table: pd.DataFrame, found: Proposal) -> Any:
    """The most that each cell can be given: its cap or reach, less what others must have."""
    import numpy as np

    reach = table["cap"].fillna(table[["max", "held", "today"]].max(axis=1))
    least = table["held"].fillna(table["floor"]).fillna(0.0)
    channel = found.table.set_index("channel")
    own = least.groupby(table["channel"]).sum()
    needed = np.maximum(channel["held"].fillna(channel["floor"]).fillna(0.0), own.reindex(channel.index))
    ceiling = channel["held"].fillna(channel["cap"]).fillna(np.inf)
    budget = np.inf if found.asked.budget is None else found.asked.budget
    most = np.minimum(ceiling, budget - (needed.sum() - needed))
    beside = table["channel"].map(own) - least
    return np.minimum(reach, (table["channel"].map(most) - beside).clip(lower=0.0))
