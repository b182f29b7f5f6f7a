"""A long frame as a grid of units × times, checked: who is treated, from when on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.compare.result import Remark
from workbench.errors import InputError, unknown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Grid:
    """Outcomes of units over time.

    Attributes:
        units: Names, in order of first appearance by name.
        times: Times, ascending.
        outcome: Shape (units, times).
        start: Number of the first treated time of each unit; the number of times where it stays untreated.
        spend: Spend by unit and time, same shape; None without it.
        remarks: What was left out.
    """

    units: tuple[Hashable, ...]
    times: tuple[Any, ...]
    outcome: np.ndarray
    start: np.ndarray
    spend: np.ndarray | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def treated(self) -> np.ndarray:
        """Which units are treated at some time."""
        flags: np.ndarray = self.start < len(self.times)
        return flags

    @property
    def first(self) -> int:
        """Number of the first time at which any unit is treated."""
        return int(self.start.min())

    def only(self, kept: np.ndarray) -> Grid:
        """The grid of some units."""
        names = tuple(name for name, keep in zip(self.units, kept, strict=True) if keep)
        spend = None if self.spend is None else self.spend[kept]
        return replace(self, units=names, outcome=self.outcome[kept], start=self.start[kept], spend=spend)

    def with_outcome(self, outcome: np.ndarray) -> Grid:
        """The same grid with another outcome."""
        return replace(self, outcome=outcome)


def pandas(frame: Any) -> pd.DataFrame:
    """A pandas frame from pandas, Polars, Arrow or an Ibis table.

    Raises:
        InputError: for anything else.
    """
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    for name in ("to_pandas", "execute"):
        if hasattr(frame, name):
            return pd.DataFrame(getattr(frame, name)())
    raise InputError(
        f"{type(frame).__name__} is no table.",
        "Give a pandas, Polars, Arrow or Ibis table, one row a unit and time.",
    )


def columns(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Some columns of a table.

    Raises:
        InputError: for a column that is missing.
    """
    for name in names:
        if name not in table.columns:
            raise unknown("column", name, map(str, table.columns), InputError)
    return table[list(dict.fromkeys(names))]


def grid(
    frame: Any,
    unit: str,
    time: str,
    outcome: str,
    treated: str | None,
    start: Any = None,
    spend: str | None = None,
    missing: str = "drop",
    before: bool = True,
) -> Grid:
    """Read a long frame.

    Args:
        frame: One row a unit and time.
        unit, time, outcome, treated: Its columns; `treated` is 1 where a unit is under treatment at that
            time, or, with `start`, where it belongs to the treated; None: nobody is treated yet.
        start: First treated time of every treated unit.
        spend: Column of the spend.
        missing: `drop` leaves out units without all times; `zero` reads an absent row as 0.
        before: Whether a time before the treatment is needed.

    Raises:
        InputError: for columns, values or a layout that allow no comparison, saying which.
    """
    if missing not in ("drop", "zero"):
        raise unknown("value of missing", missing, ("drop", "zero"), InputError)
    wanted = [name for name in (unit, time, outcome, treated, spend) if name]
    table, gone = _known(columns(pandas(frame), wanted), unit, time, outcome)
    _check_twice(table, unit, time)
    made = _pivoted(table, unit, time, outcome, treated, spend, missing)
    if treated is None:
        return _complete(made, gone, before=False)
    _check_flags(table, treated)
    made = made if start is None else replace(made, start=_from(made, start))
    return _complete(_absorbing(made, table, unit, time, treated, start is None), gone, before)


def _known(
    table: pd.DataFrame, unit: str, time: str, outcome: str
) -> tuple[pd.DataFrame, tuple[Remark, ...]]:
    """The rows whose outcome is a number."""
    import numpy as np
    import pandas as pd

    values = pd.to_numeric(table[outcome], errors="coerce")
    wrong = values.isna() & table[outcome].notna()
    if wrong.any():
        raise InputError(
            f"Outcome {outcome!r} holds {table.loc[wrong, outcome].iloc[0]!r}, which is no number.",
            "Give a numeric column.",
        )
    kept = np.isfinite(values.astype(float)) & table[unit].notna() & table[time].notna()
    if not kept.any():
        raise InputError("No row has a unit, a time and an outcome.", "Check the columns named.")
    gone = int((~kept).sum())
    note = (Remark.of("rows_without_value", rows=gone, all=len(table)),) if gone else ()
    return table.assign(**{outcome: values.astype(float)})[kept], note


def _check_flags(table: pd.DataFrame, treated: str) -> None:
    known = table[treated].isin([0, 1, False, True])
    if not known.all():
        raise InputError(
            f"Column {treated!r} holds {table.loc[~known, treated].iloc[0]}.",
            "Use 1 for treated and 0 for not.",
        )


def _check_twice(table: pd.DataFrame, unit: str, time: str) -> None:
    twice = table.duplicated([unit, time])
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(
            f"Unit {row[unit]} has several rows at {row[time]}.", "Add them up to one row a unit and time."
        )


def _pivoted(
    table: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: str | None,
    spend: str | None,
    missing: str,
) -> Grid:
    """The frame as matrices; a unit's start is its first treated time."""
    import numpy as np
    import pandas as pd

    names, at = np.unique(table[unit].astype(str), return_inverse=True)
    stamps = pd.Index(table[time].unique()).sort_values()
    when = stamps.get_indexer(table[time])
    empty = np.nan if missing == "drop" else 0.0
    values, flags = np.full((len(names), len(stamps)), empty), np.zeros((len(names), len(stamps)), bool)
    values[at, when] = table[outcome]
    if treated:
        flags[at, when] = table[treated] == 1
    start = np.where(flags.any(axis=1), flags.argmax(axis=1), len(stamps))
    paid = None
    if spend:
        paid = np.zeros(values.shape)
        paid[at, when] = pd.to_numeric(table[spend], errors="coerce").fillna(0)
    return Grid(tuple(map(str, names)), tuple(stamps), values, start, paid)


def _from(made: Grid, start: Any) -> np.ndarray:
    """The one start given, for the units that are flagged anywhere."""
    import numpy as np
    import pandas as pd

    stamps = pd.Index(made.times)
    try:
        first = int(stamps.searchsorted(pd.Timestamp(start) if stamps.dtype.kind == "M" else start))
    except (TypeError, ValueError):
        raise InputError(
            f"start={start!r} is no time like {made.times[0]!r}.", "Write it as the time column does."
        ) from None
    return np.where(made.treated, first, len(made.times))


def _absorbing(made: Grid, table: pd.DataFrame, unit: str, time: str, treated: str, by_row: bool) -> Grid:
    """Refuse a treatment that ends: what comes after it is neither treated nor a control."""
    if not made.treated.any():
        raise InputError("No unit is treated.", "Mark treated units (and times) with 1.")
    if by_row:
        order = table.sort_values([unit, time], kind="stable")
        flags, names = order[treated].to_numpy(int), order[unit].to_numpy()
        back = (flags[1:] < flags[:-1]) & (names[1:] == names[:-1])
        if back.any():
            raise InputError(
                f"The treatment of {names[1:][back][0]} ends before the data do.",
                "Cut the data at the end of the treatment, or give `start`.",
            )
    return made


def _complete(made: Grid, gone: tuple[Remark, ...], before: bool) -> Grid:
    """Units with all times; the others are left out and said."""
    import numpy as np

    whole = np.isfinite(made.outcome).all(axis=1)
    if made.treated.any() and not (whole & made.treated).any():
        raise InputError(
            "No treated unit has a value at every time.",
            "Fill the gaps, or read absent rows as 0 with missing='zero'.",
        )
    if before and not (made.start[made.treated & whole] > 0).any():
        raise InputError(
            "There is no time before the treatment.",
            "Add earlier rows, or say `start` where `treated` marks units.",
        )
    left = [name for name, keep in zip(made.units, whole, strict=True) if not keep]
    note = (Remark.of("units_left_out", units=len(left), all=len(whole), name=str(left[0])),) if left else ()
    return replace(made.only(whole), remarks=(*gone, *note))
