"""What carries over: weights by lag, what spend outside of the plan brings into it, and the season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import finite, numbers, whole
from workbench.solvers.forms import Floats
from workbench.solvers.period_frames import Asked, by_label, cells_of, label_of

if TYPE_CHECKING:
    import pandas as pd

LEFT, LONGEST = 1e-4, 80


def carry(table: pd.DataFrame, carryover: Any, periods: int) -> Floats:
    """Weights by lag, shape (C, S), which sum to 1 over all lags: steady spend is felt as itself."""
    if carryover is not None and not isinstance(carryover, Mapping):
        raise QuestionError(
            f"carryover={carryover!r} is no carry-over.", "Write cell → share, such as {'search': 0.4}."
        )
    share = numbers(table, "adstock", 0.0) if carryover is None else None
    for cell in carryover or ():
        if cell not in set(table["cell"]):
            raise unknown("cell of the carry-over", cell, table["cell"])
    kernels: list[Floats] = []
    for at, cell in enumerate(table["cell"]):
        given = carryover.get(cell) if isinstance(carryover, Mapping) else None
        if given is None or np.ndim(given) == 0:
            keep = float(share[at]) if share is not None else float(given or 0.0)
            if not 0 <= keep < 1:
                raise QuestionError(
                    f"The carry-over of cell {cell!r} is {keep:g}.", "Give a share of 0 or more, below 1."
                )
            kernels.append(np.asarray((1 - keep) * keep ** np.arange(periods + LONGEST), dtype=float))
            continue
        lag = np.asarray(given, dtype=float)
        if not (np.isfinite(lag).all() and (lag >= 0).all() and lag.sum() > 0):
            raise QuestionError(
                f"The carry-over weights of cell {cell!r} are no weights.", "Give numbers of 0 or more."
            )
        kernels.append(np.pad(lag / lag.sum(), (0, periods + LONGEST))[: periods + LONGEST])
    stacked = np.stack(kernels)
    echo = int(((1 - np.cumsum(stacked, axis=1)).max(axis=0) > LEFT).sum())
    return stacked[:, : periods + min(echo, LONGEST)]


def carried_in(
    table: pd.DataFrame, labels: Sequence[Any], weights: Floats, asked: Asked, current: Floats | None
) -> Floats:
    """What spend before and after the plan carries into each period, shape (C, S)."""
    today = np.zeros(len(table)) if current is None else current
    ahead, periods = weights.shape[1], len(labels)
    before = _history(table, asked.history) if asked.history is not None else np.zeros((len(table), 0))
    earlier = before.mean(axis=1) if before.shape[1] else today
    beyond = 1 - np.cumsum(weights, axis=1)  # weight of lags longer than s
    base = np.zeros((len(table), ahead))
    for s in range(ahead):
        for back in range(before.shape[1]):  # the period `back` + 1 before the first
            if s + back + 1 < ahead:
                base[:, s] += weights[:, s + back + 1] * before[:, -1 - back]
        last = min(s + before.shape[1], ahead - 1)
        base[:, s] += np.maximum(beyond[:, last], 0.0) * earlier
    later = _after(table, asked.after, today)
    for s in range(periods, ahead):
        base[:, s] += weights[:, : s - periods + 1].sum(axis=1) * later
    return base


def _after(table: pd.DataFrame, after: Any, today: Floats) -> Floats:
    if after is None:
        return today
    if isinstance(after, Mapping):
        place = {cell: at for at, cell in enumerate(table["cell"])}
        found = np.zeros(len(table))
        for cell, amount in after.items():
            if cell not in place:
                raise unknown("cell of the spend afterwards", cell, place)
            found[place[cell]] = finite("spend afterwards", amount)
        return found
    return np.full(len(table), finite("spend afterwards", after))


def _history(table: pd.DataFrame, history: Any) -> Floats:
    """Spend of past periods, oldest first, shape (C, H)."""
    rows = whole(history)
    labels = sorted({label_of(value) for value in rows["period"]}) if "period" in rows else []
    found = np.zeros((len(table), len(labels)))
    for c, t, row in cells_of(table, rows, labels, "history", ("spend",)):
        found[c, t] += finite("spend of the history", row["spend"])
    return found


def season_of(table: pd.DataFrame, labels: Sequence[Any], ahead: int, season: Any) -> Floats:
    """Factors, shape (C, S); the echo after the plan takes their mean."""
    found = np.ones((len(table), len(labels)))
    if season is not None and hasattr(season, "columns"):
        rows = whole(season)
        if "cell" not in rows:
            rows = rows.merge(table[["cell"]], how="cross")
        for c, t, row in cells_of(table, rows, labels, "season", ("factor",)):
            found[c, t] = finite("factor of the season", row["factor"])
    elif season is not None:
        if isinstance(season, str) or not isinstance(season, Mapping | Sequence | np.ndarray):
            raise QuestionError(
                f"season={season!r} is no season.", "Give a factor for each period: [1.0, 1.2, 0.9]."
            )
        given = by_label(season, labels) if isinstance(season, Mapping) else list(season)
        if len(given) != len(labels):
            raise QuestionError(
                f"The season has {len(given)} factors for {len(labels)} periods.", "Give one for each period."
            )
        found[:] = [finite("factor of the season", factor) for factor in given]
    if not found.any():
        raise QuestionError(
            "Every factor of the season is 0, so no spend brings anything.", "Give 1 for a usual period."
        )
    mean = found.mean(axis=1, keepdims=True)
    return np.hstack([found, np.repeat(mean, ahead - len(labels), axis=1)])
