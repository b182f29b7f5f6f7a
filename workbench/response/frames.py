"""A frame of periods, of whatever library, checked and turned into arrays; one sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, WorkbenchError, unknown
from workbench.response.data import Data
from workbench.response.saturation import Floats

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 8
"""Periods under which nothing can be told."""


@dataclass(frozen=True)
class Names:
    """Columns of a frame by role.

    Attributes:
        spend: One a channel. outcome: What is to be explained; empty: a frame without one.
        time: First day of each period. region: Empty: one whole.
        others: Controls, holidays and price.
        population: Size of each region; empty: its outcome says it.
        value: Column with the value of one unit of the outcome; empty: none.
    """

    spend: tuple[str, ...]
    outcome: str
    time: str
    region: str = ""
    others: tuple[str, ...] = ()
    population: str = ""
    value: str = ""

    def numbers(self) -> tuple[str, ...]:
        """Columns that hold numbers."""
        more = (name for name in (self.outcome, self.population, self.value) if name)
        return tuple(dict.fromkeys((*self.spend, *self.others, *more)))


def whole(frame: Any) -> pd.DataFrame:
    """A pandas copy of a frame of pandas, Polars, Arrow or Ibis.

    Raises:
        InputError: for what is no table, has no row, or a column twice.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        frame = frame.collect() if hasattr(frame, "collect") else frame
        if not hasattr(frame, "to_pandas"):
            raise InputError(
                f"The periods are a {type(frame).__name__}, which is no table.",
                "Give a frame with one row a period (and region).",
            )
        frame = frame.to_pandas()
    if frame.empty:
        raise InputError("The frame has no row.", "Give one row a period (and region).")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"Column {str(twice[0])!r} is there twice.", "Keep one, or name the other anew.")
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    table: pd.DataFrame = frame.reset_index(named).reset_index(drop=True)
    return table


def currency(frame: pd.DataFrame, given: str | None) -> str:
    """The one currency of the amounts, empty where it is not known.

    Args:
        frame: As `whole` gives it.
        given: A code, or the column that holds codes; None: the column `currency`, if there is one.

    Raises:
        InputError: for several currencies. QuestionError: for what is neither a code nor a column.
    """
    given = _money(frame, given)
    column = given if given in frame.columns else "currency"
    codes = [] if given is None or column == given else [str(given)]
    codes += [str(code) for code in frame[column].dropna().unique()] if column in frame else []
    found = sorted({code.strip().upper() for code in codes})
    if len(found) > 1:
        raise InputError(
            f"The amounts are in several currencies: {', '.join(found)}.",
            "Convert them into one, or keep the rows of one.",
        )
    return found[0] if found else ""


def _money(frame: pd.DataFrame, given: Any) -> str | None:
    """A code in capitals, or the column of codes, as it was given."""
    if given is None or (isinstance(given, str) and given in frame.columns):
        return given
    from workbench.metrics.money import checked

    return checked(given) or None


def column(parameter: str, given: Any, needed: bool = True) -> None:
    """Refuse what is no name of a column; None is one where none is needed.

    Raises:
        QuestionError: for what is no text.
    """
    if not (isinstance(given, str) or (given is None and not needed)):
        raise QuestionError(f"{parameter}={given!r} is no column.", "Write the column's name.")


def columns(given: Mapping[str, Any], needed: bool = True) -> None:
    """The same of several parameters: name → what was given.

    Raises:
        QuestionError: for what is no text.
    """
    for parameter, name in given.items():
        column(parameter, name, needed)


def names(parameter: str, given: Any) -> tuple[str, ...]:
    """One name or several as a tuple, each once.

    Raises:
        QuestionError: for what is no name, or one named twice.
    """
    found = (given,) if isinstance(given, str) else () if given is None else given
    if isinstance(found, Mapping) or not isinstance(found, Sequence | tuple | list):
        raise QuestionError(f"{parameter}={given!r} is no list of columns.", "Write the columns' names.")
    for name in found:
        if not isinstance(name, str):
            raise QuestionError(f"{name!r} in `{parameter}` is no name.", "Write names as text.")
        if list(found).count(name) > 1:
            raise QuestionError(f"Column {name!r} is named twice in `{parameter}`.", "Name each one once.")
    return tuple(found)


def read(frame: Any, asked: Names, value: float | None = None, fewest: int = FEWEST) -> Data:
    """The arrays of a frame.

    Args:
        frame: One row a period (× region). asked: Its columns. value: Of one unit of the outcome.
        fewest: Periods that it must have.

    Raises:
        InputError: for missing or broken columns, numbers, times and regions.
    """
    table = _table(whole(frame), asked)
    times = np.unique(table["time"].to_numpy("datetime64[D]"))
    even(times, fewest)
    regions = tuple(sorted(table["region"].unique())) if asked.region else ("",)
    shape = (len(regions), len(times))
    table = _complete(table, regions, times, asked)
    array = {name: table[name].to_numpy(float).reshape(shape) for name in asked.numbers()}
    outcome = array[asked.outcome] if asked.outcome else np.zeros(shape)
    if asked.value:
        value = float((array[asked.value] * np.abs(outcome)).sum() / max(np.abs(outcome).sum(), 1e-300))
    return Data(
        channels=asked.spend,
        regions=regions,
        times=times,
        spend=np.stack([array[name] for name in asked.spend]),
        outcome=outcome,
        size=_sizes(array, asked, outcome),
        columns={name: array[name] for name in asked.others},
        season=np.ones(len(times)),
        value=value,
    )


def _table(frame: pd.DataFrame, asked: Names) -> pd.DataFrame:
    """The columns that are needed, times as days, numbers as numbers."""
    import pandas as pd

    wanted = (asked.time, *((asked.region,) if asked.region else ()), *asked.numbers())
    for name in wanted:
        if name not in frame.columns:
            raise unknown("column", name, map(str, frame.columns), InputError)
    times = days(frame[asked.time], asked.time)
    found = {"time": times, "region": labels(frame, asked.region, "region") if asked.region else ""}
    return pd.DataFrame(found | numbers(frame, asked.numbers(), asked.spend, times))


def numbers(
    frame: pd.DataFrame, columns: Sequence[str], spend: Sequence[str], times: pd.Series[Any]
) -> dict[str, Any]:
    """Columns as finite numbers, those of spend 0 or more.

    Raises:
        InputError: for another one, with its period.
    """
    found = {name: _numbers(frame[name], name, times) for name in columns}
    for name in spend:
        below = found[name] < 0
        if below.any():
            raise _wrong(name, found[name][below].iloc[0], times[below].iloc[0], below=True)
    return found


def days(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """A column of days.

    Raises:
        InputError: for what is no day.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"Column {name!r} holds {column.iloc[0]}, a number, which is no day.", "Write days as YYYY-MM-DD."
        )
    try:
        times = pd.to_datetime(column, format=None if column.dtype != object else "ISO8601")
    except (ValueError, TypeError):
        times = pd.to_datetime(column, errors="coerce")
    if times.isna().any():
        bad = column[times.isna()].iloc[0]
        raise InputError(f"Column {name!r} holds {bad!r}, which is no day.", "Write days as YYYY-MM-DD.")
    if getattr(times.dt, "tz", None) is not None:
        times = times.dt.tz_localize(None)
    return times.dt.normalize()


def labels(frame: pd.DataFrame, name: str, what: str) -> pd.Series[Any]:
    """A column of names as text.

    Raises:
        InputError: for a row without one.
    """
    column = frame[name]
    if column.isna().any():
        row = int(np.argmax(column.isna().to_numpy())) + 1
        raise InputError(f"Row {row} names no {what} in column {name!r}.", "Name it, or leave the row out.")
    return column.astype(str)


def _numbers(column: pd.Series[Any], name: str, days: pd.Series[Any]) -> pd.Series[float]:
    import pandas as pd

    values = pd.to_numeric(column, errors="coerce").astype(float)
    bad = ~np.isfinite(values)
    if bad.any():
        first, day = column[bad].iloc[0], days[bad].iloc[0]
        raise _wrong(name, first, day, below=False)
    return values


def _wrong(name: str, value: Any, day: Any, below: bool) -> WorkbenchError:
    return InputError(
        f"Column {name!r} is {value} on {day:%Y-%m-%d}.",
        "Spend is 0 or more; correct that row." if below else "Give a number, 0 where there was none.",
    )


def even(times: Any, fewest: int) -> None:
    """Refuse too few periods and gaps; a month may have 28 to 31 days.

    Raises:
        InputError: for such periods.
    """
    if len(times) < fewest:
        raise InputError(
            f"There are {len(times)} periods, and from fewer than {fewest} nothing can be told.",
            "Give more periods: two years of weeks tell most.",
        )
    if len(times) < 2:
        return
    apart = np.diff(times).astype(int)
    usual = int(np.median(apart))
    fine = (apart >= 28) & (apart <= 31) if 28 <= usual <= 31 else apart == usual
    if not fine.all():
        at = int(np.argmin(fine))
        raise InputError(
            f"After the period {times[at]} the next one is {times[at + 1]}, {apart[at]} days later; "
            f"the others are {usual} days apart.",
            "Add the periods that are missing, with 0 where nothing was spent.",
        )


def _complete(table: pd.DataFrame, regions: tuple[str, ...], times: Any, asked: Names) -> pd.DataFrame:
    """One row a region and period, in that order."""
    twice = table.duplicated(["region", "time"])
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(
            f"Period {row['time']:%Y-%m-%d} of region {row['region']!r} has several rows."
            if asked.region
            else f"Period {row['time']:%Y-%m-%d} has several rows.",
            "Add the rows up." if asked.region else "Add the rows up, or name the column region=.",
        )
    table = table.sort_values(["region", "time"])
    if len(table) != len(regions) * len(times):
        have = table.groupby("region")["time"].nunique()
        region = str(have.index[int(np.argmax(have.to_numpy() < len(times)))])
        own = table.loc[table["region"] == region, "time"].to_numpy("datetime64[D]")
        missing = np.setdiff1d(times, own)[0]
        raise InputError(
            f"Region {region!r} has no row for the period {missing}.",
            "Add it, with 0 where nothing was spent, or leave the region out.",
        )
    return table


def _sizes(array: dict[str, Floats], asked: Names, outcome: Floats) -> Floats:
    """Size of each region with mean 1: its people, else its outcome."""
    of = array[asked.population] if asked.population else np.abs(outcome)
    size = of.mean(axis=1)
    if len(size) == 1 or not asked.outcome:
        return np.ones(len(size))
    if (size <= 0).any():
        raise InputError(
            "A region's population is 0 throughout."
            if asked.population
            else "A region's outcome is 0 throughout.",
            "Leave that region out.",
        )
    return np.asarray(size / size.mean())
