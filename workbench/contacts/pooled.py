"""Reactions by segment, method and band of the gap, pulled towards the curve as far as the data ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.compare import shrink as shrinking

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contacts.curve import Curve

KEYS = ["segment", "method", "band"]


def pooled(made: pd.DataFrame, curve: Curve, seed: int) -> pd.DataFrame:
    """Pool the cells that had a contact before, on the logit scale.

    A cell's own rate and the curve's are weighed by how far cells stray from the curve beyond chance; what
    the curve is not sure of counts by the share in which it is leant on.

    Args:
        made: Contacts with `segment, method, band, gap, recent, positive, customer_id`, all with a gap.
        curve: The fitted curve.
        seed: Seed of the draws.

    Returns:
        `segment, method, band, positive, positive_low, positive_high, best`.
    """
    cells = made.groupby(KEYS, observed=True)["positive"].agg(["size", "sum"]).reset_index()
    value, error = _own(made, cells)
    expected, drawn = _expected(made, curve, cells)
    post = shrinking.shrink(value - expected, error, seed=seed)
    many = min(len(post.draws), len(drawn))
    draws = post.draws[:many] + expected + (1 - post.kept) * (drawn[:many] - expected)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    ends = {"positive": post.mean + expected, "positive_low": low, "positive_high": high}
    found = cells[KEYS].assign(**{name: 1 / (1 + np.exp(-logit)) for name, logit in ends.items()})
    best = np.zeros(len(cells))
    for _, inside in cells.groupby(["segment", "band"], observed=True).indices.items():
        best[inside] = shrinking.best(draws[:, inside])
    return found.assign(best=best)


def _own(made: pd.DataFrame, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(logit of each cell's own rate, its error with customers as clusters)."""
    yes = cells["sum"].to_numpy(float) + 0.5
    no = (cells["size"] - cells["sum"]).to_numpy(float) + 0.5
    rest = made["positive"] - made.groupby(KEYS, observed=True)["positive"].transform("mean")
    parts = rest.groupby([made[name] for name in (*KEYS, "customer_id")], observed=True).sum()
    together = float((parts**2).sum() / max(float((rest**2).sum()), 1e-12))
    return np.log(yes / no), np.sqrt(max(together, 1.0) * (1 / yes + 1 / no))


def _expected(made: pd.DataFrame, curve: Curve, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(logit of the curve's rate in each cell, the same of every draw).

    A draw moves a cell as it moves the cell's contact in the middle.
    """
    place = (
        {name: at for at, name in enumerate(curve.segments)},
        {name: at for at, name in enumerate(curve.methods)},
    )
    segment = made["segment"].map(place[0]).to_numpy(int)
    method = made["method"].map(place[1]).to_numpy(int)
    rate = curve.chance_of(segment, method, made["gap"].to_numpy(float), made["recent"].to_numpy(float))
    grouped = made.assign(_rate=rate, _z=np.log(np.maximum(made["gap"], 0.02))).groupby(KEYS, observed=True)
    middle = grouped[["_rate", "_z", "recent"]].mean().reset_index(drop=True)
    s, m = cells["segment"].map(place[0]).to_numpy(int), cells["method"].map(place[1]).to_numpy(int)
    drawn = curve.chance_of(s, m, np.exp(middle["_z"].to_numpy()), middle["recent"].to_numpy(), draws=True)
    point = curve.chance_of(s, m, np.exp(middle["_z"].to_numpy()), middle["recent"].to_numpy())
    here = _logit(middle["_rate"].to_numpy())
    return here, here + _logit(drawn) - _logit(point)


def _logit(rate: np.ndarray) -> np.ndarray:
    kept = np.clip(rate, 1e-9, 1 - 1e-6)
    found: np.ndarray = np.log(kept / (1 - kept))
    return found
