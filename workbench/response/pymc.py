"""Posterior draws of PyMC-Marketing, written as a table, as curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.response.imported import ImportedCurves, made, opened
from workbench.response.notes import Note

if TYPE_CHECKING:
    import pandas as pd

Parts = tuple[str, Any, Any, Any]

SATURATIONS: dict[str, tuple[tuple[str, ...], Callable[..., Parts]]] = {
    "logistic": (("beta", "lam"), lambda beta, lam: ("logistic", beta, 1 / lam, 1.0)),
    "inverse_scaled_logistic": (
        ("beta", "lam"),
        lambda beta, lam: ("logistic", beta, lam / math.log(3), 1.0),
    ),
    "michaelis_menten": (("alpha", "lam"), lambda alpha, lam: ("michaelis_menten", alpha, lam, 1.0)),
    "tanh": (("b", "c"), lambda b, c: ("tanh", b, b * c, 1.0)),
    "hill": (
        ("beta", "kappa", "slope"),
        lambda beta, kappa, slope: ("hill", beta, kappa, slope),
    ),
    "root": (("beta", "alpha"), lambda beta, alpha: ("power", beta, 1.0, alpha)),
}
"""Saturation of PyMC-Marketing → its parameters (`saturation_<name>`), and the form of a CurveTable."""


def from_pymc(
    posterior: Any,
    channel_scale: Mapping[str, float],
    target_scale: float,
    saturation: str | None = None,
    current: Mapping[str, float] | None = None,
) -> ImportedCurves:
    """Curves from the posterior draws of a PyMC-Marketing MMM.

    Args:
        posterior: A frame, or a CSV or Parquet file, with `chain, draw, channel` and the columns
            `saturation_…`, as `idata.posterior[[…]].to_dataframe()` writes it.
        channel_scale: Channel → what its spend was divided by (`idata.constant_data.channel_scale`).
        target_scale: What the outcome was divided by (`idata.constant_data.target_scale`).
        saturation: A key of `SATURATIONS`; None: as the columns tell (`beta, lam` mean `logistic`).
        current: Channel → today's spend a period.

    Returns:
        Curves at a steady spend, with draws; a normalised carry-over does not change them.

    Raises:
        InputError: for a file that cannot be read, or without the columns. QuestionError: for scales that
            are missing or make no sense.

    Source: the forms of `pymc_marketing.mmm.components.saturation`.
    """
    table = opened(posterior, "PyMC-Marketing")
    for name in ("chain", "draw", "channel"):
        if name not in table:
            raise unknown("column", name, map(str, table.columns), InputError, "posterior")
    name = _saturation(table, saturation)
    parameters, turn = SATURATIONS[name]
    values = [table[f"saturation_{item}"].to_numpy(float) for item in parameters]
    if not all(np.isfinite(item).all() and (item > 0).all() for item in values):
        raise InputError("A parameter of the posterior is missing, 0 or negative.", "Export complete draws.")
    form, scale, half, shape = turn(*values)
    spend = _scales(table["channel"], channel_scale)
    if not 0 < float(target_scale) < math.inf:
        raise QuestionError(f"target_scale is {target_scale!r}.", "Give a number above 0.")
    keys = table[["chain", "draw"]].drop_duplicates().reset_index(drop=True)
    place = keys.reset_index(names="place").merge(table[["chain", "draw"]], on=["chain", "draw"], how="right")
    long = type(table)(
        {
            "draw": place["place"].to_numpy(),
            "cell": table["channel"].astype(str),
            "form": form,
            "scale": scale * float(target_scale),
            "half_saturation": half * spend,
            "shape": np.broadcast_to(shape, len(table)).astype(float),
        }
    )
    return made(long, "pymc_marketing", current, (Note.of("no_carryover"),))


def _saturation(table: pd.DataFrame, asked: str | None) -> str:
    names = [str(name) for name in table.columns]
    have = {name.removeprefix("saturation_") for name in names if name.startswith("saturation_")}
    if asked is not None:
        if asked not in SATURATIONS:
            raise unknown("saturation", asked, SATURATIONS)
        missing = set(SATURATIONS[asked][0]) - have
        if missing:
            raise InputError(
                f"The posterior has no column 'saturation_{min(missing)}'.", f"{asked} needs it; export it."
            )
        return asked
    for name, (parameters, _) in SATURATIONS.items():
        if set(parameters) == have:
            return name
    raise InputError(
        f"Columns saturation_ {', '.join(sorted(have)) or '(none)'} make none of the known saturations.",
        f"Name one: {', '.join(SATURATIONS)}; export its parameters.",
    )


def _scales(channels: pd.Series[Any], given: Mapping[str, float]) -> Any:
    for channel in channels.unique():
        if channel not in given:
            raise QuestionError(
                f"channel_scale names no scale of {channel!r}.", "Give what its spend was divided by."
            )
        if not 0 < float(given[channel]) < math.inf:
            raise QuestionError(
                f"The scale of {channel!r} is {given[channel]!r}.", "Give a number above 0; 1 where none was."
            )
    return channels.map({name: float(value) for name, value in given.items()}).to_numpy(float)
