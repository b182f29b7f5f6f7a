"""Curves that another library fitted: one CurveTable, its draws, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError
from workbench.response.notes import Note

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet", ".json")


@dataclass(frozen=True, eq=False)
class ImportedCurves:
    """Curves from elsewhere.

    Attributes:
        table: CurveTable of the middle of the draws, or of the one model.
        draws: Long CurveTable with `draw`; None where there are none.
        source: `pymc_marketing`, `robyn`, `meridian` or `points`.
        notes: What is missing.
        period_days: Days in a period of the curves; None: not known.
        currency: ISO 4217 code of the spend; empty where it is not known.
    """

    table: pd.DataFrame
    draws: pd.DataFrame | None
    source: str
    notes: tuple[Note, ...] = ()
    period_days: int | None = None
    currency: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """As `ResponseModel.about`; `source` is `imported`, and what is not known is left out."""
        known = {} if self.period_days is None else {"period_days": self.period_days}
        return {**known, "currency": self.currency, "where": {}, "source": "imported", "data_version": None}

    def per(self, days: int, currency: str = "") -> ImportedCurves:
        """The same curves, knowing how many days a period has, and the currency of the spend.

        Raises:
            QuestionError: for a number of days that is none.
        """
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise QuestionError(f"days={days!r} is no number of days.", "Give 7 for weeks, 1 for days.")
        return replace(self, period_days=days, currency=currency or self.currency)

    def curves(self, draws: bool = False) -> pd.DataFrame:
        """The CurveTable, or the long one with `draw`; `.attrs` is `about`.

        Raises:
            InputError: for draws where there are none.
        """
        if not draws:
            table = self.table.copy()
        elif self.draws is None:
            raise InputError(
                "These curves came without draws.", "Plan on .curves(), or export the posterior's draws."
            )
        else:
            table = self.draws.assign(kind="posterior")
        table.attrs.update(self.about)
        return table

    def sentence(self, lang: str = "en") -> str:
        """What is missing, in words; empty where nothing is."""
        return ("" if lang == "zh" else " ").join(note.sentence(lang) for note in self.notes)


def made(
    long: pd.DataFrame, source: str, current: Mapping[str, float] | None, notes: tuple[Note, ...]
) -> ImportedCurves:
    """The answer from rows `cell, form, scale, half_saturation, shape`, optional `draw, max, current`.

    The one curve of a cell is the median of each parameter, its scale such that the response at today's spend
    (else at half-saturation) is the draws' mean.
    """
    from workbench.response.saturation import value

    long = long.assign(min=0.0, max=long.get("max", np.inf))
    long["channel"] = long["cell"]
    if current is not None:
        long["current"] = long["cell"].map(dict(current))
        long = long if long["current"].notna().all() else long.drop(columns="current")
    if "current" not in long:
        notes = (*notes, Note.of("no_current", what=source))
    if "draw" not in long:
        return ImportedCurves(long, None, source, (*notes, Note.of("no_draws", what=source)))
    rows = []
    for _, own in long.groupby("cell", sort=False):
        one = own.iloc[0].drop("draw").copy()
        one["half_saturation"], one["shape"] = own["half_saturation"].median(), own["shape"].median()
        at = float(one["current"]) if one.get("current", 0) > 0 else float(one["half_saturation"])
        told = value(str(one["form"]), at, own["scale"], own["half_saturation"], own["shape"])
        one["scale"] = float(np.mean(told)) / float(
            value(str(one["form"]), at, 1.0, one["half_saturation"], one["shape"])
        )
        rows.append(one)
    table = type(long)(rows).reset_index(drop=True).infer_objects()
    return ImportedCurves(table, long.reset_index(drop=True), source, notes)


def opened(given: Any, what: str) -> pd.DataFrame:
    """A frame, or the one in a CSV or Parquet file.

    Raises:
        InputError: for another kind of file, a missing one, or what is no table.
    """
    import pandas as pd

    from workbench.response import frames

    if isinstance(given, str | Path):
        path = _path(given, what)
        given = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return frames.whole(given)


def loaded(given: Any, what: str) -> dict[str, Any]:
    """A mapping, or the one in a JSON file.

    Raises:
        InputError: for a file that is none.
    """
    if isinstance(given, Mapping):
        return dict(given)
    path = _path(given, what)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise InputError("The file is no JSON.", f"Give the JSON that {what} writes.", str(path)) from None
    if not isinstance(found, dict):
        raise InputError("The file holds no model.", f"Give the JSON that {what} writes.", str(path))
    return found


def _path(given: Any, what: str) -> Path:
    path = Path(given)
    if path.suffix.lower() in (".nc", ".netcdf", ".h5"):
        raise InputError(
            "NetCDF needs a heavy library to read.",
            "Write the posterior as a table instead: "
            'idata.posterior[["saturation_beta", "saturation_lam"]].to_dataframe().to_csv("posterior.csv").',
            str(path),
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path.name!r} is no file of {what}.", f"Give {', '.join(SUFFIXES)}.", str(path))
    if not path.is_file():
        raise InputError("There is no such file.", "Check the path.", str(path))
    return path
