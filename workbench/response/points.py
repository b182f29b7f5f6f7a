"""Response curves given as points (Meridian's export, Robyn's plots, anyone's) as a CurveTable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.response.imported import ImportedCurves, made, opened
from workbench.response.notes import Note
from workbench.response.saturation import FORMS, Floats, value

if TYPE_CHECKING:
    import pandas as pd

FEWEST, CLOSE, DRAWS = 4, 0.03, 200
NORMAL_90 = 1.6448536269514722


def from_points(
    points: Any,
    form: str = "hill",
    cell: str = "channel",
    spend: str = "spend",
    response: str = "response",
    current: dict[str, float] | None = None,
) -> ImportedCurves:
    """The curve of `form` that lies nearest to points of each cell (and draw).

    Args:
        points: A frame, CSV or Parquet with the columns `cell, spend, response`, optional `draw`; per
            period.
        form: Form of a CurveTable. cell, spend, response: What the columns are called.
        current: Cell → today's spend a period.

    Raises:
        InputError: for missing columns or too few points. QuestionError: for an unknown form.
    """
    if form not in FORMS:
        raise unknown("form", form, FORMS)
    table = opened(points, "response curves")
    for name in (cell, spend, response):
        if name not in table:
            raise unknown("column", name, map(str, table.columns), InputError)
    keys = [cell, *(["draw"] if "draw" in table else [])]
    rows, loose = [], []
    for key, own in table.groupby(keys, sort=False):
        fitted, off = _nearest(own[spend].to_numpy(float), own[response].to_numpy(float), form, str(key[0]))
        rows.append(dict(zip(["cell", "draw"], (str(key[0]), *key[1:]), strict=False)) | fitted)
        if off > CLOSE:
            loose.append(str(key[0]))
    notes = (Note.of("left_forms", what=", ".join(dict.fromkeys(loose))),) if loose else ()
    return made(type(table)(rows), "points", current, (*notes, Note.of("no_carryover")))


def _nearest(spend: Floats, response: Floats, form: str, cell: str) -> tuple[dict[str, Any], float]:
    """Parameters of the nearest curve, and its worst distance as a share of the highest response."""
    from scipy.optimize import least_squares

    good = np.isfinite(spend) & np.isfinite(response) & (spend >= 0)
    spend, response = spend[good], response[good]
    if (spend > 0).sum() < FEWEST or not response.max() > 0:
        raise InputError(
            f"Curve {cell!r} has {(spend > 0).sum()} points with spend.",
            f"Give at least {FEWEST} with a response.",
        )
    top, most = float(response.max()), float(spend.max())

    def curve(free: Floats) -> Floats:
        shape = np.exp(min(free[2], 0.0)) if form == "power" else np.exp(free[2])
        return np.asarray(value(form, spend / most, np.exp(free[0]), np.exp(free[1]), shape) - response / top)

    best = min(
        (least_squares(curve, start) for start in ([0.5, -1.0, 0.0], [0.5, 0.0, 0.5])),
        key=lambda one: one.cost,
    )
    scale, half, shape = np.exp(best.x)
    found = {"form": form, "scale": scale * top, "half_saturation": half * most, "max": most}
    found["shape"] = (min(shape, 1.0) if form == "power" else shape) if FORMS[form].shaped else 1.0
    return found, float(np.abs(best.fun).max())


def from_meridian(curves: Any, periods: int = 1, seed: int = 0) -> ImportedCurves:
    """Curves from Meridian's `Analyzer.response_curves()`, written as a table.

    Args:
        curves: A frame, CSV or Parquet of `.to_dataframe().reset_index()`: `channel, spend_multiplier,
            metric` (`mean, ci_lo, ci_hi`), `spend, incremental_outcome`, over all periods.
        periods: Periods that spend and outcome were added up over.
        seed: Of the draws.

    Returns:
        Hill curves a period, with today's spend. Meridian exports an interval at each spend and no draws, so
        draws here move a whole curve up and down by its width at today's spend.

    Raises:
        InputError: for missing columns. QuestionError: for a number of periods that is none.
    """
    if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:
        raise QuestionError(f"periods={periods!r} is no number of periods.", "Give 1 or more.")
    table = opened(curves, "Meridian")
    for name in ("channel", "spend_multiplier", "metric", "spend", "incremental_outcome"):
        if name not in table:
            raise unknown("column", name, map(str, table.columns), InputError)
    table = table.assign(
        spend=table["spend"] / periods, response=table["incremental_outcome"].astype(float) / periods
    )
    mean = table[table["metric"] == "mean"]
    if mean.empty:
        raise InputError("No row has the metric 'mean'.", "Export the response curves with their mean.")
    now = mean[np.isclose(mean["spend_multiplier"], 1.0)]
    today = {str(name): float(amount) for name, amount in zip(now["channel"], now["spend"], strict=True)}
    found = from_points(mean.drop(columns="draw", errors="ignore"), current=today or None)
    draws = _moved(found.table, table, seed)
    kept = tuple(note for note in found.notes if draws is None or note.code != "no_draws")
    return ImportedCurves(found.table, draws, "meridian", kept)


def _moved(curves: pd.DataFrame, table: pd.DataFrame, seed: int) -> pd.DataFrame | None:
    """Draws that move each curve by the width of its interval at today's spend."""
    at = table[np.isclose(table["spend_multiplier"], 1.0)]
    wide = at.pivot_table(index="channel", columns="metric", values="response")
    if not {"mean", "ci_lo", "ci_hi"} <= set(wide) or not set(curves["cell"]) <= set(wide.index):
        return None
    wide = wide.loc[curves["cell"]]
    spread = ((wide["ci_hi"] - wide["ci_lo"]) / (2 * NORMAL_90 * wide["mean"])).to_numpy(float)
    rng = np.random.default_rng(seed)
    factor = np.maximum(1 + spread * rng.standard_normal((DRAWS, len(curves))), 0.0)
    long = curves.loc[np.tile(np.arange(len(curves)), DRAWS)].reset_index(drop=True)
    long.insert(0, "draw", np.repeat(np.arange(DRAWS), len(curves)))
    return long.assign(scale=long["scale"] * factor.ravel())
