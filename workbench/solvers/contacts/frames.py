"""Candidates and capacity as people write them, checked: one sentence for what is wrong, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

CANDIDATE = ("customer_id", "method", "value")
CAPACITY = ("marketer", "method", "day", "contacts")


def table_of(what: str, frame: Any, needed: Sequence[str]) -> pd.DataFrame:
    """A frame of pandas, Polars, Arrow or Ibis as pandas, with the columns that are needed."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        if not hasattr(frame, "to_pandas"):
            raise QuestionError(
                f"What is given as {what} is a {type(frame).__name__}, not a table.",
                f"Give a frame with the columns {', '.join(needed)}.",
            )
        frame = frame.to_pandas()
    for name in needed:
        if name not in frame:
            raise QuestionError(
                f"Column {name!r} is missing in the {what}.", f"Give the columns {', '.join(needed)}."
            )
    table: pd.DataFrame = frame.reset_index(drop=True)
    return table


@dataclass(frozen=True, eq=False)
class Codes:
    """A column as numbers: `code` of each row (−1: empty) into `names`."""

    code: np.ndarray
    names: tuple[Any, ...]


def codes(table: pd.DataFrame, name: str, what: str, needed: bool = True) -> Codes:
    """A column of names as codes.

    Args:
        table: The table.
        name: Its column.
        what: What the table is, for the error.
        needed: Whether every row must have a name.
    """
    if name not in table:
        return Codes(np.broadcast_to(np.int64(-1), len(table)), ())
    code, names = factorized(table, name, what, needed)
    return Codes(code, tuple(names))


def factorized(
    table: pd.DataFrame, name: str, what: str, needed: bool = True
) -> tuple[np.ndarray, pd.Index[Any]]:
    """(code of each row, −1 where it is empty; names) of a column; arguments as `codes` takes them."""
    import pandas as pd

    code, names = pd.factorize(table[name])
    if needed and (code < 0).any():
        raise QuestionError(
            f"Column {name!r} of the {what} is empty.", "Fill it in, or leave the row out.", _row(code < 0)
        )
    return code, pd.Index(names)


def _row(wrong: np.ndarray) -> str:
    return f"row {int(np.argmax(wrong)) + 1}"


def numbers(table: pd.DataFrame, name: str, what: str, where: Any = None) -> np.ndarray:
    """A column of numbers, none of them missing."""
    import pandas as pd

    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = np.isnan(values)
    if wrong.any():
        first = table[name].iloc[int(np.argmax(wrong))]
        shown = repr(first) if isinstance(first, str) else str(first)
        raise QuestionError(
            f"Column {name!r} of the {what} is {shown}, which is no number.",
            "Give a number, or leave the row out.",
            where(wrong) if where else _row(wrong),
        )
    return values


@dataclass(frozen=True, eq=False)
class Days:
    """Days as whole numbers, with the way back: dates are counted from 1970, numbers are themselves."""

    dated: bool

    def read(self, table: pd.DataFrame, name: str, what: str) -> np.ndarray:
        """A column of days; rows without one are at −2⁶² (only where that is allowed by the caller)."""
        import pandas as pd

        column = table[name]
        empty = column.isna().to_numpy(bool)
        try:
            if is_dated(column) != self.dated and not empty.all():
                raise ValueError
            found = np.full(len(table), MISSING, np.int64)
            if self.dated:
                told = column[~empty]
                form = "ISO8601" if pd.api.types.is_string_dtype(told) else None
                read = pd.to_datetime(told, format=form).dt.tz_localize(None).to_numpy("datetime64[D]")
                found[~empty] = read.astype(np.int64)
            else:
                values = column[~empty].to_numpy(float)
                found[~empty] = values.astype(np.int64)
                if (found[~empty] != values).any():
                    raise ValueError
        except (ValueError, TypeError, OverflowError) as wrong:
            kind = "dates" if self.dated else "whole numbers"
            raise QuestionError(
                f"Column {name!r} of the {what} is no column of days.",
                f"Give {kind}, as the capacity's 'day' has them.",
            ) from wrong
        return found

    def back(self, days: np.ndarray) -> np.ndarray:
        """Days as they were written: dates at midnight, or numbers."""
        return days.astype("datetime64[D]").astype("datetime64[ns]") if self.dated else days


MISSING = -(2**62)


def is_dated(column: pd.Series[Any]) -> bool:
    """Whether a column of days holds dates and not numbers."""
    import pandas as pd

    return not pd.api.types.is_numeric_dtype(column)


@dataclass(frozen=True, eq=False)
class Slots:
    """Capacity: one entry a marketer, method and day.

    Attributes:
        marketer, method, day: Index into `marketers`, `methods` and `calendar`.
        contacts: Most contacts; inf: as many as time allows.
        marketers, methods: Names. calendar: Days as whole numbers, in order.
        days: How days are written.
    """

    marketer: np.ndarray
    method: np.ndarray
    day: np.ndarray
    contacts: np.ndarray
    marketers: tuple[str, ...]
    methods: tuple[str, ...]
    calendar: np.ndarray
    days: Days


def slots_of(capacity: Any) -> Slots:
    """The capacity, checked."""
    table = table_of("capacity", capacity, CAPACITY)
    if table.empty:
        raise QuestionError("The capacity has no row.", "Give one row for each marketer, method and day.")
    marketer, method = (codes(table, name, "capacity") for name in ("marketer", "method"))
    codes(table, "day", "capacity")
    contacts = numbers(table, "contacts", "capacity")
    if (contacts < 0).any():
        raise QuestionError(
            f"Column 'contacts' of the capacity is {contacts[contacts < 0][0]:g}.",
            "Give 0 or more contacts a day.",
            _row(contacts < 0),
        )
    days = Days(is_dated(table["day"]))
    calendar, day = np.unique(days.read(table, "day", "capacity"), return_inverse=True)
    key = (marketer.code * len(method.names) + method.code) * len(calendar) + day
    if len(np.unique(key)) < len(key):
        twice = table[table.duplicated(["marketer", "method", "day"])].iloc[0]
        raise QuestionError(
            f"The capacity of {twice['marketer']!r} for {twice['method']!r} is there twice for one day.",
            "Give one row for each marketer, method and day.",
        )
    floor = np.floor(contacts + 1e-9)
    return Slots(marketer.code, method.code, day, floor, marketer.names, method.names, calendar, days)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Possible contacts, sorted by customer.

    Attributes:
        table: As they came.
        row: Row of the table of each entry. customer: Index of its customer, in order.
        people: Names of the customers, an index of pandas.
        method: Index into the slots' methods.
        value: What one contact is expected to gain. worth: The same with the lift of its priority.
        priority: 0 where there is none. due, ready: Last and first day (index of the calendar), after and
            before which it cannot be made.
        segment, language, message, owner: Codes; −1 where there is none.
    """

    table: pd.DataFrame
    row: np.ndarray
    customer: np.ndarray
    people: pd.Index[Any]
    method: np.ndarray
    value: np.ndarray
    worth: np.ndarray
    priority: np.ndarray
    due: np.ndarray
    ready: np.ndarray
    segment: Codes
    language: Codes
    message: Codes
    owner: Codes


def candidates_of(given: Any, slots: Slots) -> Candidates:
    """The candidates, checked."""
    table = table_of("candidates", given, CANDIDATE)
    if table.empty:
        raise QuestionError("The candidates have no row.", "Give one row for each customer and method.")
    who, people = factorized(table, "customer_id", "candidates")
    how = codes(table, "method", "candidates")
    for name in how.names:
        if name not in slots.methods:
            raise unknown("method", name, slots.methods)
    value = numbers(table, "value", "candidates", lambda wrong: _customer(table, wrong))
    if np.isinf(value).any():
        raise QuestionError(
            "A value of the candidates has no end.", "Give finite gains.", _customer(table, np.isinf(value))
        )
    parts = {name: codes(table, name, "candidates", False) for name in ("segment", "language", "message")}
    owner = _owners(table, slots)
    order = _sorted(table, who, how.code, parts["message"].code)
    place = np.array([slots.methods.index(name) for name in how.names])
    priority = _priority(table)
    due, ready = _ends(table, slots)

    def arranged(column: np.ndarray) -> np.ndarray:
        return column if order is None else column[order]

    return Candidates(
        table=table,
        row=np.arange(len(table)) if order is None else order,
        customer=arranged(who),
        people=people,
        method=arranged(place[how.code]),
        value=arranged(value),
        worth=arranged(value + lifts(value, priority)),
        priority=arranged(priority),
        due=arranged(due),
        ready=arranged(ready),
        segment=Codes(arranged(parts["segment"].code), parts["segment"].names),
        language=Codes(arranged(parts["language"].code), parts["language"].names),
        message=Codes(arranged(parts["message"].code), parts["message"].names),
        owner=Codes(arranged(owner), slots.marketers),
    )


def _customer(table: pd.DataFrame, wrong: np.ndarray) -> str:
    return f"customer {table['customer_id'].iloc[int(np.argmax(wrong))]!r}"


def _owners(table: pd.DataFrame, slots: Slots) -> np.ndarray:
    """The customer's own marketer as an index into the slots' marketers; −1: anyone."""
    own = codes(table, "marketer", "candidates", False)
    if not own.names:
        return own.code
    for name in own.names:
        if name not in slots.marketers:
            raise unknown("marketer", name, slots.marketers)
    place = np.array([slots.marketers.index(name) for name in own.names] + [-1])
    found: np.ndarray = place[own.code]
    return found


def _sorted(table: pd.DataFrame, who: np.ndarray, how: np.ndarray, message: np.ndarray) -> np.ndarray | None:
    """Order by customer; None where they are in order. Refuses the same contact twice."""
    key = (who.astype(np.int64) * (how.max() + 1) + how) * (message.max() + 2) + message + 1
    step = np.diff(key)
    if (step > 0).all():
        return None
    order = np.argsort(key, kind="stable")
    same = np.diff(key[order]) == 0
    if same.any():
        first = table.iloc[order[int(np.argmax(same))]]
        raise QuestionError(
            f"Customer {first['customer_id']!r} is there twice for {first['method']!r}.",
            "Give one row for each customer and method, or tell messages apart in a column 'message'.",
        )
    return None if (np.diff(who) >= 0).all() else order


def _priority(table: pd.DataFrame) -> np.ndarray:
    """Priorities, 1 first; 0 where the table has none."""
    none = np.broadcast_to(0.0, len(table))
    return numbers(table, "priority", "candidates") if "priority" in table else none


def lifts(value: np.ndarray, priority: np.ndarray) -> np.ndarray:
    """What is added to values so that one contact of a priority goes before any one of a later one.

    Args:
        value: Gains. priority: 1 is the first.
    """
    if not len(priority) or priority.min() == priority.max():
        return np.broadcast_to(0.0, len(value))
    levels, level = np.unique(priority, return_inverse=True)
    top = np.zeros(len(levels))
    np.maximum.at(top, level, np.maximum(value, 0.0))
    lift = np.zeros(len(levels))
    for at in range(len(levels) - 2, -1, -1):
        lift[at] = lift[at + 1] + top[at + 1]
    added: np.ndarray = np.where(value > 0, lift[level], 0.0)
    return added


def _ends(table: pd.DataFrame, slots: Slots) -> tuple[np.ndarray, np.ndarray]:
    """Index of the last day that is not after `due`, and of the first that is not before `ready`."""
    due: np.ndarray = np.broadcast_to(np.int64(len(slots.calendar) - 1), len(table))
    ready: np.ndarray = np.broadcast_to(np.int64(0), len(table))
    if "due" in table:
        read = slots.days.read(table, "due", "candidates")
        last = np.searchsorted(slots.calendar, read, side="right") - 1
        due = np.where(read == MISSING, due, last)
    if "ready" in table:
        read = slots.days.read(table, "ready", "candidates")
        ready = np.where(read == MISSING, ready, np.searchsorted(slots.calendar, read))
    return due, ready
