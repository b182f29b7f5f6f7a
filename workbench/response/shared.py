"""The season that channels share: what moves all of them in a week beyond their own spend.

Budgets rise when people buy anyway, so a curve fitted without a season is too steep. Weeks are told from
spend by differences between cells (two-way fixed effects with an elasticity a channel), and regions, whose
budgets move apart, tell most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response.saturation import Floats

if TYPE_CHECKING:
    import pandas as pd

FLAT, FEWEST_CELLS = 1e-3, 2
"""Ridge of the weeks; cells that tell a week from its spend."""


def first(table: pd.DataFrame, outcome: str) -> Floats:
    """The season of each week of `week, channel, region?, cost, <outcome>`, mean 1.

    ln outcome = cell + elasticity of its channel · ln cost + week, each row by its outcome.
    """
    weeks = np.unique(table["week"].to_numpy("datetime64[D]"))
    kept = table[(table["cost"] > 0) & (table[outcome] > 0)]
    keys = ["channel", *(["region"] if "region" in kept else [])]
    cell = kept.groupby(keys, dropna=False).ngroup().to_numpy()
    if len(np.unique(cell)) < FEWEST_CELLS:
        return np.ones(len(weeks))
    channel = kept.groupby("channel").ngroup().to_numpy()
    week = np.searchsorted(weeks, kept["week"].to_numpy("datetime64[D]"))
    log, weight = np.log(kept["cost"].to_numpy(float)), kept[outcome].to_numpy(float)
    log = log - _means(log, weight, cell)[cell]
    rows = np.arange(len(kept))
    cells, channels = cell.max() + 1, channel.max() + 1
    design = np.zeros((len(kept), cells + channels + len(weeks)))
    design[rows, cell] = 1.0
    design[rows, cells + channel] = log
    design[rows, cells + channels + week] = 1.0
    gram = design.T @ (design * weight[:, None])
    gram[np.diag_indices_from(gram)] += FLAT * weight.sum() / len(weeks)
    found = np.linalg.solve(gram, design.T @ (weight * np.log(kept[outcome].to_numpy(float))))
    season = np.exp(found[cells + channels :])
    return np.asarray(season / season.mean())


def _means(values: Floats, weight: Floats, of: Any) -> Floats:
    return np.asarray(np.bincount(of, weight * values) / np.bincount(of, weight))
