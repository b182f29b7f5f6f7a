"""A slot frame, of whatever library, checked and turned into a panel; one sentence for what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.response import frames
from workbench.response.notes import Note
from workbench.response.saturation import Floats
from workbench.response.slots.basis import DAY, HOURS
from workbench.response.slots.panel import OUTCOMES, Panel

if TYPE_CHECKING:
    import pandas as pd

SLOT, WEEK, TIMED = "hour_of_week", "week", "timed_by"
RESERVED = (SLOT, WEEK, TIMED, "cost", "capacity", *OUTCOMES)


def read(frame: Any, by: str | Sequence[str], outcome: str | None, holidays: Any, weeks: float) -> Panel:
    """The panel of a frame; arguments as `workbench.response.fit_slots` takes them.

    Raises:
        InputError: for missing or broken columns, numbers and hours.
        QuestionError: for parameters that do not fit the frame, and an outcome that is 0 throughout.
    """
    table = whole(frame)
    names = _dimensions(by)
    for name in (*names, SLOT, "cost"):
        if name not in table.columns:
            raise unknown("column", name, map(str, table.columns), InputError)
    table = table.assign(**{name: _named(table, name) for name in names}, **{SLOT: _hours(table)})
    chosen, notes = _outcome(table, outcome)
    for name in ("cost", chosen, *(("capacity",) if "capacity" in table else ())):
        table[name] = _amounts(table, name)
    panel = _panel(table, names, chosen, _length(weeks, table), notes)
    return _without(_spent(panel), holidays)


def whole(frame: Any) -> pd.DataFrame:
    """A pandas copy of a frame of pandas, Polars, Arrow or Ibis.

    Raises:
        InputError: for what is no table, or has no row.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        frame = frame.collect() if hasattr(frame, "collect") else frame
        if not hasattr(frame, "to_pandas"):
            raise InputError(
                f"The slots are a {type(frame).__name__}, which is no table.",
                "Give a frame with one row a slot (and week).",
            )
        frame = frame.to_pandas()
    if frame.empty:
        raise InputError("The frame has no row.", "Give one row a slot (and week).")
    table: pd.DataFrame = frame.reset_index(drop=True)
    return table


def _dimensions(by: str | Sequence[str]) -> tuple[str, ...]:
    names = frames.names("by", by)
    for name in names:
        if name in RESERVED:
            raise QuestionError(
                f"Column {name!r} names no group.", "Group by columns such as channel, region."
            )
    return names


def _named(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    column = table[name]
    if column.isna().any():
        row = int(np.argmax(column.isna().to_numpy())) + 1
        raise InputError(f"Row {row} has nothing in column {name!r}.", "Name it, or leave the row out.")
    return column.astype(str)


def _hours(table: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd

    hours = pd.to_numeric(table[SLOT], errors="coerce")
    wrong = ~((hours >= 0) & (hours < HOURS) & (hours == np.floor(hours)))
    if wrong.any():
        raise InputError(
            f"Column {SLOT!r} holds {table[SLOT][wrong].iloc[0]!s} in row {int(np.argmax(wrong)) + 1}.",
            "Number the hours 0 (Monday 0 h) to 167 (Sunday 23 h).",
        )
    return hours.astype(int)


def _outcome(table: pd.DataFrame, asked: str | None) -> tuple[str, tuple[Note, ...]]:
    """The column that counts, and a note where clicks stand in for conversions."""
    if asked is not None and asked not in OUTCOMES:
        raise unknown("outcome", asked, OUTCOMES)
    if asked is not None and asked not in table:
        raise unknown("column", asked, map(str, table.columns), InputError)
    have = [name for name in OUTCOMES if name in table and table[name].notna().any()]
    chosen = asked or next((name for name in have if _counts(table[name])), None) or next(iter(have), None)
    if chosen is None:
        raise InputError(
            "There is no column 'conversions', and no 'clicks' to stand in.",
            "Give your own conversions by hour of the week.",
        )
    return chosen, (Note.of("slot_clicks"),) if chosen == "clicks" and asked is None else ()


def _counts(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool((pd.to_numeric(column, errors="coerce").fillna(0) != 0).any())


def _amounts(table: pd.DataFrame, name: str) -> pd.Series[float]:
    """Numbers of 0 or more; a capacity that is missing is not known."""
    import pandas as pd

    values = pd.to_numeric(table[name], errors="coerce").astype(float)
    allowed = table[name].isna() if name == "capacity" else np.zeros(len(table), bool)
    endless = np.isinf(values) & (name != "capacity")
    wrong = ((values.isna() & ~allowed) | endless | (values < 0)).to_numpy()
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"Column {name!r} is {table[name].iloc[at]!s} in row {at + 1}.",
            "Give a number of 0 or more; correct that row.",
        )
    return values


def _length(weeks: float, table: pd.DataFrame) -> float:
    if isinstance(weeks, bool) or not isinstance(weeks, int | float) or not 0 < weeks < 10_000:
        raise QuestionError(f"weeks={weeks!r} is no number of weeks.", "Say how many weeks the rows add up.")
    if WEEK in table and weeks != 1:
        raise QuestionError("Rows by week are a week each.", "Leave weeks= out, or the column 'week'.")
    return float(weeks)


def _panel(
    table: pd.DataFrame, by: tuple[str, ...], outcome: str, length: float, notes: tuple[Note, ...]
) -> Panel:
    weeks, week = _weeks(table)
    groups = sorted(set(zip(*(table[name] for name in by), strict=True))) if by else [()]
    place = {group: at for at, group in enumerate(groups)}
    keys = zip(*(table[name] for name in by), strict=True) if by else [()] * len(table)
    index = (np.array([place[key] for key in keys]), table[SLOT].to_numpy(), week)
    shape = (len(groups), HOURS, len(weeks))
    flat = np.ravel_multi_index(index, shape)
    _once(table, flat, bool(len(weeks) > 1))

    def filled(name: str) -> Floats:
        found = np.zeros(shape)
        found[index] = table[name].to_numpy(float)
        return found

    rows = np.zeros(shape, bool)
    rows[index] = True
    named: Any = rows.any(axis=2)
    return Panel(
        by=by,
        groups=tuple(groups),
        weeks=weeks,
        spend=filled("cost"),
        count=filled(outcome),
        rows=named,
        kept=np.broadcast_to(named[..., None], shape),
        capacity=_capacity(table, index[:2], named) if "capacity" in table else None,
        outcome=outcome,
        length=length,
        notes=(*notes, *_timed(table, outcome)),
    )


def _once(table: pd.DataFrame, flat: Any, weekly: bool) -> None:
    _, first, many = np.unique(flat, return_index=True, return_counts=True)
    if (many > 1).any():
        row = table.iloc[int(first[np.argmax(many > 1)])]
        raise InputError(
            f"Hour {row[SLOT]} is there more than once{' in one week' if weekly else ''} for one group.",
            "Add the rows up, name the columns that differ in by=, or give the column 'week'.",
        )


def _weeks(table: pd.DataFrame) -> tuple[tuple[Any, ...], Any]:
    """(labels in order, place of each row)."""
    import pandas as pd

    if WEEK not in table:
        return ("",), np.zeros(len(table), int)
    column = table[WEEK]
    if column.isna().any():
        row = int(np.argmax(column.isna().to_numpy())) + 1
        raise InputError(f"Row {row} names no week.", "Give the week's Monday, or its number.")
    if pd.api.types.is_numeric_dtype(column):
        labels, at = np.unique(column.to_numpy(), return_inverse=True)
        return tuple(labels.tolist()), at
    days = pd.to_datetime(column, errors="coerce")
    if days.isna().any():
        bad = column[days.isna()].iloc[0]
        raise InputError(f"Column 'week' holds {bad!r}, which is no day.", "Give the week's Monday.")
    mondays = days.dt.normalize() - pd.to_timedelta(days.dt.weekday, unit="D")
    labels, at = np.unique(mondays.to_numpy("datetime64[D]"), return_inverse=True)
    return tuple(labels.astype(object).tolist()), at


def _capacity(table: pd.DataFrame, index: Any, named: Any) -> Floats | None:
    """Mean capacity of each slot; slots without one get their group's middle, groups without one none."""
    values = table["capacity"].to_numpy(float)
    known = ~np.isnan(values)
    if not known.any():
        return None
    if not values[known].any():
        raise InputError("Every capacity is 0, so no slot can spend.", "Give amounts, or leave it out.")
    at = tuple(part[known] for part in index)
    total, many = np.zeros(named.shape), np.zeros(named.shape)
    np.add.at(total, at, values[known])
    np.add.at(many, at, 1.0)
    found = np.where(many > 0, total / np.maximum(many, 1), np.nan)
    for group in range(len(found)):
        own = found[group][~np.isnan(found[group])]
        found[group][np.isnan(found[group])] = np.median(own if len(own) else values[known])
    return found


def _timed(table: pd.DataFrame, outcome: str) -> tuple[Note, ...]:
    """Whether conversions stand at the hour of their click, as far as the frame says."""
    if outcome == "clicks":
        return ()
    if TIMED not in table:
        return (Note.of("slot_untimed"),)
    late = (table[TIMED].astype(str) == "conversion") & (table[outcome] > 0)
    share = float(table.loc[late, outcome].sum() / max(table[outcome].sum(), 1e-300))
    return (Note.of("slot_late", share=share),) if share > 0 else (Note.of("slot_click_timed"),)


def _spent(panel: Panel) -> Panel:
    if not (panel.spend > 0).any():
        raise QuestionError("Nothing was ever spent.", "Give cost in currency units by slot.")
    if not (panel.count > 0).any():
        raise QuestionError(
            f"There are no {panel.outcome} at all.",
            "Give a longer history, or clicks as a column to stand in for conversions.",
        )
    stray = panel.count[panel.spend <= 0].sum() / panel.count.sum()
    if not (panel.count[panel.spend > 0] > 0).any():
        raise QuestionError(
            f"No {panel.outcome} came in a slot with spend.", "Check that both are in one time zone."
        )
    return replace(panel, notes=(*panel.notes, Note.of("slot_stray", share=float(stray)))) if stray else panel


def _without(panel: Panel, holidays: Any) -> Panel:
    """The panel without the hours of holidays."""
    if holidays is None or (isinstance(holidays, Sequence) and not len(holidays)):
        return panel
    if not isinstance(panel.weeks[0], dt.date):
        raise QuestionError(
            "Holidays need weeks that are days.", "Give the Monday of each week in the column 'week'."
        )
    days = _days(holidays)
    hours = np.arange(HOURS)
    mondays = np.array(panel.weeks, "datetime64[D]")
    own = mondays[None, :] + (hours // DAY)[:, None].astype("timedelta64[D]")
    out = np.isin(own, days)
    kept = panel.kept & ~out[None]
    if not (kept & (panel.spend > 0) & (panel.count > 0)).any():
        raise QuestionError("Without the holidays nothing is left.", "Name fewer days, or give more weeks.")
    found = len(np.intersect1d(own.ravel(), days))
    return replace(panel, kept=kept, notes=(*panel.notes, Note.of("slot_holidays", days=found)))


def _days(holidays: Any) -> Any:
    given = holidays
    if isinstance(holidays, dict):
        given = [day for days in holidays.values() for day in ([days] if isinstance(days, str) else days)]
    try:
        each = [given] if isinstance(given, str | dt.date) else given
        return np.unique(np.array([str(day)[:10] for day in each], "datetime64[D]"))
    except (ValueError, TypeError):
        raise QuestionError(f"{holidays!r} are no days of a holiday.", "Write YYYY-MM-DD.") from None
