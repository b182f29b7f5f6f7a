"""The model that Robyn writes as JSON, with the spend it was fitted on, as curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, unknown
from workbench.response import frames
from workbench.response.curves import RECENT, STRETCH
from workbench.response.imported import ImportedCurves, loaded, made
from workbench.response.notes import Note

if TYPE_CHECKING:
    import pandas as pd


def from_robyn(model: Any, spend: Any) -> ImportedCurves:
    """Curves of a Robyn model with geometric carry-over.

    Args:
        model: The JSON of `robyn_write()` (a path or its content): `ExportedModel` with `hyper_values` and
            `summary`, `InputCollect` with `adstock` and `paid_media_spends`.
        spend: The frame that the model was fitted on, in order of time: Robyn places half-saturation
            between the least and the most carried spend of the modelling window.

    Returns:
        Curves at a steady spend: `x ÷ (1 − theta)` is carried, half-saturation is Robyn's inflexion point.

    Raises:
        InputError: for another carry-over, or a model or frame that lacks something.

    Source: `saturation_hill`, `adstock_geometric` of Robyn.
    """
    content = loaded(model, "Robyn")
    exported, asked = content.get("ExportedModel", {}), content.get("InputCollect", {})
    values, summary = exported.get("hyper_values", {}), exported.get("summary", [])
    if not values or not summary:
        raise InputError(
            "The model has no hyper_values or summary.", "Give the JSON that robyn_write() makes."
        )
    adstock = _first(asked.get("adstock", "geometric"))
    if adstock != "geometric":
        raise InputError(
            f"The model's carry-over is {adstock!r}, whose steady state Robyn does not export.",
            "Export its response curves and use from_points().",
        )
    table = frames.whole(spend)
    rows = [
        _row(item, values, table, asked) for item in summary if f"{item.get('variable')}_alphas" in values
    ]
    if not rows:
        raise InputError(
            "No variable of the summary has hyper_values.", "Give the JSON that robyn_write() makes."
        )
    long = type(table)(rows)
    found = made(long, "robyn", None, (Note.of("no_carryover"),))
    return found.per(round(_number(asked, "dayInterval"))) if "dayInterval" in asked else found


def _row(item: dict[str, Any], values: Any, table: pd.DataFrame, asked: dict[str, Any]) -> dict[str, Any]:
    name = str(item["variable"])
    column = _column(name, table, asked)
    amounts = table[column].to_numpy(float)
    if not np.isfinite(amounts).all() or (amounts < 0).any():
        raise InputError(f"Column {column!r} has a missing or negative spend.", "Correct the frame.")
    alpha, gamma, theta = (_number(values, f"{name}_{part}") for part in ("alphas", "gammas", "thetas"))
    carried = np.empty_like(amounts)
    level = 0.0
    for at, amount in enumerate(amounts):
        level = amount + theta * level
        carried[at] = level
    seen = carried[_window(asked, table)]
    inflexion = seen.min() * (1 - gamma) + seen.max() * gamma
    return {
        "cell": name,
        "form": "hill",
        "scale": max(_number(item, "coef"), 0.0),
        "half_saturation": inflexion * (1 - theta),
        "shape": alpha,
        "max": STRETCH * amounts.max(),
        "current": amounts[-RECENT:].mean(),
    }


def _window(asked: dict[str, Any], table: pd.DataFrame) -> slice:
    """Rows of the modelling window; all where the model names none."""
    names = ("rollingWindowStartWhich", "rollingWindowEndWhich")
    if not all(name in asked for name in names):
        return slice(None)
    start, end = (round(_number(asked, name)) for name in names)
    if not 1 <= start < end <= len(table):
        raise InputError(
            f"The model's window is rows {start} to {end}, and the frame has {len(table)}.",
            "Give the whole frame that the model was fitted on.",
        )
    return slice(start - 1, end)


def _first(value: Any) -> Any:
    """A value, which Robyn may write as a list of one."""
    return value[0] if isinstance(value, list) and value else value


def _column(name: str, table: pd.DataFrame, asked: dict[str, Any]) -> str:
    """The column behind a variable: its own, else the spend that stands at its place."""
    if name in table:
        return name
    variables, spends = asked.get("paid_media_vars") or [], asked.get("paid_media_spends") or []
    if name in variables and len(spends) == len(variables) and spends[variables.index(name)] in table:
        return str(spends[variables.index(name)])
    raise unknown("column of spend", name, map(str, table.columns), InputError)


def _number(values: Any, name: str) -> float:
    try:
        return float(_first(values[name]))
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"The model has no number {name!r}.", "Give the JSON that robyn_write() makes."
        ) from None
