"""A series or a frame of whatever library as a `Bundle`; one sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.forecast.bundle import Bundle, calendar

if TYPE_CHECKING:
    import pandas as pd

GAPS = ("missing", "zero")
"""What a step without a row is: unknown, or nothing."""


def read(
    series: Any,
    time: str | None = None,
    value: str | None = None,
    by: str | Sequence[str] | None = None,
    gaps: str = "missing",
) -> Bundle:
    """Read series.

    Args:
        series: A pandas Series with days as index, or a frame (pandas, Polars, Arrow, Ibis) with a column of
            days and one of numbers; long where there are several series.
        time, value: Its columns; None: the only one that can be meant.
        by: Columns that tell series apart.
        gaps: `missing` or `zero`.

    Raises:
        InputError: for what is no such table. QuestionError: for parameters that do not fit.
    """
    if gaps not in GAPS:
        raise unknown("gaps", gaps, GAPS)
    frame, name = _frame(series)
    dimensions = (by,) if isinstance(by, str) else tuple(by or ())
    for column in (*dimensions, *(given for given in (time, value) if given)):
        if column not in frame.columns:
            raise unknown("column", column, map(str, frame.columns), InputError)
    time = time or _time(frame, dimensions)
    value = value or _value(frame, (time, *dimensions))
    table = _clean(frame, time, value, dimensions)
    return _bundle(table, dimensions, gaps, name or value)


def _frame(series: Any) -> tuple[pd.DataFrame, str]:
    """A pandas frame, and the name of a single series."""
    import pandas as pd

    if isinstance(series, pd.Series):
        name = str(series.name) if series.name is not None else "value"
        return pd.DataFrame({"date": series.index, name: series.to_numpy()}), name
    frame = series.collect() if hasattr(series, "collect") else series
    if not isinstance(frame, pd.DataFrame):
        if not hasattr(frame, "to_pandas") or not (hasattr(frame, "columns") or hasattr(frame, "schema")):
            raise InputError(
                f"The series is a {type(series).__name__} without days.",
                "Give a pandas Series with days as its index, or a frame with a column of days.",
            )
        frame = frame.to_pandas()
    if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex):
        frame = frame.reset_index(names=frame.index.name or "date")
    return frame, ""


def _time(frame: pd.DataFrame, others: tuple[str, ...]) -> str:
    """The only column of days."""
    import pandas as pd

    found = []
    for name in frame.columns:
        column = frame[name]
        if name in others or not len(column) or pd.api.types.is_numeric_dtype(column):
            continue
        if (
            isinstance(column.dtype, pd.PeriodDtype)
            or pd.api.types.is_datetime64_any_dtype(column)
            or _readable(column)
        ):
            found.append(str(name))
    if len(found) != 1:
        raise QuestionError(
            f"{len(found)} columns could be the days of the series.", "Name the column of days in `time`."
        )
    return found[0]


def _readable(column: pd.Series[Any]) -> bool:
    import pandas as pd

    try:
        pd.to_datetime(column.iloc[:5], format="ISO8601")
    except (ValueError, TypeError):
        return False
    return True


def _value(frame: pd.DataFrame, others: tuple[str, ...]) -> str:
    """The only column of numbers."""
    import pandas as pd

    found = [
        str(name)
        for name in frame.columns
        if name not in others
        and pd.api.types.is_numeric_dtype(frame[name])
        and not pd.api.types.is_bool_dtype(frame[name])
    ]
    if len(found) != 1:
        raise QuestionError(
            f"{len(found)} columns could be the values of the series.",
            "Name the column of values in `value`.",
        )
    return found[0]


def _clean(frame: pd.DataFrame, time: str, value: str, by: tuple[str, ...]) -> pd.DataFrame:
    """Columns `day`, `value` and the dimensions as text, checked."""
    import pandas as pd

    if frame.empty:
        raise InputError("The series has no row.", "Give one row a day.")
    table = pd.DataFrame({"day": _days(frame[time], time)})
    numbers = pd.to_numeric(frame[value], errors="coerce").astype(float)
    bad = numbers.isna().to_numpy() & frame[value].notna().to_numpy() | np.isinf(numbers.to_numpy(float))
    if bad.any():
        at = int(np.argmax(bad))
        day = table["day"].iloc[at]
        raise InputError(
            f"Column {value!r} is {frame[value].iloc[at]} on {day:%Y-%m-%d}.",
            "Give a number, or leave the day empty where it is not known.",
        )
    table["value"] = numbers.to_numpy()
    for name in by:
        table[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str).to_numpy()
    twice = table.duplicated(["day", *by])
    if twice.any():
        raise InputError(
            f"The day {table['day'][twice].iloc[0]:%Y-%m-%d} has several rows.",
            "Add them up, or name the columns that tell series apart in `by`.",
        )
    return table


def _days(column: pd.Series[Any], name: str) -> Any:
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    days = pd.Series(pd.NaT, index=column.index)
    if not pd.api.types.is_numeric_dtype(column):
        text = column.dtype == object or pd.api.types.is_string_dtype(column)
        days = pd.to_datetime(column, errors="coerce", format="ISO8601" if text else None)
    if days.isna().any():
        raise InputError(
            f"Column {name!r} holds {column[days.isna()].iloc[0]!r}, which is no day.",
            "Write days as YYYY-MM-DD.",
        )
    if getattr(days.dt, "tz", None) is not None:
        days = days.dt.tz_localize(None)
    return days.dt.normalize().to_numpy("datetime64[D]").astype("datetime64[s]")


def _bundle(table: pd.DataFrame, by: tuple[str, ...], gaps: str, name: str) -> Bundle:
    import pandas as pd

    day = table["day"].to_numpy().astype("datetime64[D]")
    step = step_of(np.unique(day))
    days = calendar(day.min(), day.max(), step)
    keyed = table[list(by)].drop_duplicates() if by else pd.DataFrame(index=[0])
    keys = tuple({name: str(row[name]) for name in by} for row in keyed.to_dict("records"))
    number = {tuple(key.values()): at for at, key in enumerate(keys)}
    of = [number[row] for row in table[list(by)].itertuples(index=False, name=None)] if by else 0
    values = np.full((len(keys), len(days)), np.nan)
    values[of, np.searchsorted(days, day)] = table["value"].to_numpy(float)
    if gaps == "zero":
        values = without_gaps(values)
    return Bundle(days, values, keys, by, step, name)


def without_gaps(values: Any) -> Any:
    """Steps after the first value of a series that have none become 0."""
    begun = np.cumsum(np.isfinite(values), axis=1) > 0
    return np.where(begun & ~np.isfinite(values), 0.0, values)


def step_of(days: Any) -> str:
    """Whether days are days, the days of weeks or of months.

    Raises:
        InputError: for a step that is none of them.
    """
    if len(days) < 2:
        raise InputError("The series has one day only.", "Give four weeks at least.")
    apart = np.diff(days).astype(int)
    if (apart % 7 == 0).all():
        return "week"
    if len(np.unique(days.astype("datetime64[M]"))) == len(days) and (apart >= 28).all():
        return "month"
    return "day"
