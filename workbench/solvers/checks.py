"""Is this a CurveTable? One sentence for what is not."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.forms import Floats

if TYPE_CHECKING:
    import pandas as pd

FORM_NAMES = ("hill", "exponential", "logistic", "log", "power", "michaelis_menten", "tanh")
NEEDED = ("cell", "form", "scale", "half_saturation")
NUMBERS = (
    "scale",
    "half_saturation",
    "shape",
    "min",
    "max",
    "min_if_active",
    "value_per_response",
    "current",
)


def whole(frame: Any) -> pd.DataFrame:
    """A pandas copy of a frame of pandas, Polars, Arrow or Ibis."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        if not hasattr(frame, "to_pandas"):
            raise QuestionError(
                f"The curves are a {type(frame).__name__}, not a table.", "Give a frame with one row a cell."
            )
        frame = frame.to_pandas()
    table: pd.DataFrame = frame.reset_index(drop=True)
    return table


def checked(frame: Any, once: bool = True) -> pd.DataFrame:
    """The CurveTable with numbers as float64 and `shape` filled with 1 where it is absent.

    Args:
        frame: The table.
        once: Whether each cell is there once only.
    """
    table = whole(frame).copy()
    for name in NEEDED:
        if name not in table:
            raise QuestionError(
                f"The curves have no column {name!r}.", f"A CurveTable needs {', '.join(NEEDED)}."
            )
    if table.empty:
        raise QuestionError("The curves have no row.", "Give one row for each cell to plan.")
    table["cell"] = table["cell"].astype(str)
    twice = table["cell"][table["cell"].duplicated()]
    if once and len(twice):
        raise QuestionError(
            f"Cell {twice.iloc[0]!r} is there more than once.",
            "Give each cell one row, and draws as `draws=`.",
        )
    for form in table["form"].unique():
        if form not in FORM_NAMES:
            raise unknown("form", form, FORM_NAMES, where=_cell(table, table["form"] == form))
    if "shape" not in table:
        table["shape"] = 1.0
    for name in (name for name in NUMBERS if name in table):
        table[name] = _floats(table, name)
    _shapes(table)
    return table


def _floats(table: pd.DataFrame, name: str) -> pd.Series[float]:
    import pandas as pd

    values = pd.to_numeric(table[name], errors="coerce").astype(float)
    if values.isna().any():
        bad = values.isna()
        none = " Write inf where there is no cap." if name == "max" else ""
        first = table[name][bad].iloc[0]
        shown = repr(first) if isinstance(first, str) else str(first)
        raise QuestionError(
            f"Column {name!r} is {shown}, which is no number.",
            f"Give a number.{none}",
            _cell(table, bad),
        )
    wrong = (values < 0) | (np.isinf(values) & (name != "max"))
    if wrong.any():
        rule = "0 or more" if name == "max" else "finite and 0 or more"
        raise QuestionError(
            f"Column {name!r} is {values[wrong].iloc[0]:g}; it must be {rule}.",
            "Correct the number.",
            _cell(table, wrong),
        )
    return values


def _shapes(table: pd.DataFrame) -> None:
    half, shape, form = table["half_saturation"], table["shape"], table["form"]
    _refuse(table, half <= 0, "The half-saturation point must be above 0.")
    _refuse(table, (form == "hill") & (shape <= 0), "A Hill curve needs a shape above 0.")
    _refuse(
        table,
        (form == "power") & ((shape <= 0) | (shape > 1)),
        "A power curve needs a shape above 0 and at most 1.",
    )


def _refuse(table: pd.DataFrame, wrong: Any, what: str) -> None:
    if wrong.any():
        raise QuestionError(what, "Correct the curve, or leave the cell out.", _cell(table, wrong))


def _cell(table: pd.DataFrame, wrong: Iterable[bool]) -> str:
    return f"cell {table['cell'][np.asarray(wrong)].iloc[0]!r}"


def numbers(table: pd.DataFrame, name: str, default: float) -> Floats:
    """A column as an array of its own; `default` where the table has none."""
    if name not in table:
        return np.full(len(table), default)
    return np.array(table[name], dtype=float)


def finite(what: str, value: Any) -> float:
    """An amount of 0 or more that is not endless."""
    number = spends(what, value)
    if not np.isfinite(number):
        raise QuestionError(f"The {what} is {value!r}.", "Give a number, 0 or more.")
    return number


def spends(what: str, value: Any) -> float:
    """An amount of 0 or more."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not number >= 0:
        raise QuestionError(f"The {what} is {value!r}.", "Give a number, 0 or more.")
    return number


def effort_of(value: Any) -> float:
    """How long to search, 0 or more.

    Raises:
        QuestionError: for what is no number.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < np.inf:
        raise QuestionError(f"effort={value!r} is no effort.", "Give a number, 0 or more, such as 1.")
    return float(value)
