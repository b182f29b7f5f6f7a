"""The targets of one month as a planner edits them: texts out, the faults of each field, all in at once."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, QuestionError, StoreError
from workbench.sources import planned, targets
from workbench.sources.planned import FACTS, MICROS, MONEY
from workbench.sources.quotes import Sheet

if TYPE_CHECKING:
    from workbench.sources.targets import LoadedTargets
    from workbench.store.store import Store

Line = Mapping[str, str]
"""One target as texts: `channel, start_date, end_date, currency` and the figures; empty: not said."""

COLUMNS = ("channel", "start_date", "end_date", "currency", *FACTS)
NAME = "targets"


def span(month: str) -> tuple[dt.date, dt.date]:
    """First and last day of a month such as `2026-11`.

    Raises:
        QuestionError: for what is no month.
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})", month) if isinstance(month, str) else None
    if not found or not 1 <= int(found[2]) <= 12 or not 1990 <= int(found[1]) <= 2100:
        raise QuestionError(f"{month!r} is no month.", "Write it as 2026-11.")
    year, number = int(found[1]), int(found[2])
    return dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1])


def months(store: Store, before: int = 12, after: int = 12) -> tuple[str, ...]:
    """Months that a planner may edit, ascending: those around the last day of data, and all planned ones.

    Args:
        store: The workspace. before, after: Months on either side of the last day of data.
    """
    last = store.as_of or dt.datetime.now(dt.UTC).date()
    middle = last.year * 12 + last.month - 1
    numbers = {*range(middle - before, middle + after + 1)}
    for row in targets.known(store):
        first, end = (row[name].year * 12 + row[name].month - 1 for name in ("start_date", "end_date"))
        numbers |= {*range(first, end + 1)}
    return tuple(f"{number // 12:04}-{number % 12 + 1:02}" for number in sorted(numbers))


def lines(store: Store, month: str) -> tuple[Line, ...]:
    """The targets of a month as texts, by channel and day; of longer ones the month's share.

    Args:
        store: The workspace. month: Such as `2026-11`.
    """
    first, last = span(month)
    inside = [
        targets.part(row, max(row["start_date"], first), min(row["end_date"], last))
        for row in targets.known(store)
        if row["start_date"] <= last and row["end_date"] >= first
    ]
    ordered = sorted(inside, key=lambda row: (row["channel"] or "", row["start_date"]))
    return tuple(_line(row) for row in ordered)


def blank(month: str) -> Line:
    """A line that says nothing but its days."""
    first, last = span(month)
    return dict.fromkeys(COLUMNS, "") | {"start_date": first.isoformat(), "end_date": last.isoformat()}


def said(rows: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that say more than their days."""
    quiet = ("start_date", "end_date", "currency")
    return tuple(row for row in rows if any(row[name].strip() for name in COLUMNS if name not in quiet))


def faults(store: Store, rows: Sequence[Line]) -> dict[tuple[int, str], InputError]:
    """What is wrong with each field: (line, column) → why; empty where all of it can be loaded.

    Args:
        store: The workspace. rows: Lines, in the order of the form.
    """
    found = {}
    named = targets.named(store)
    for number, row in enumerate(rows):
        if not said([row]):
            continue
        for column in ("channel", *FACTS):
            error = _fault(number, row, column, named)
            if error:
                found[number, column] = error
    for number, row in enumerate(rows):
        if said([row]) and not any(row[name].strip() for name in FACTS):
            found[number, "cost"] = InputError(
                "This target plans nothing.", "Write a figure, or take the line away.", f"line {number + 1}"
            )
    return found or _twice(rows, named)


def save(store: Store, month: str, rows: Sequence[Line], before: Sequence[Line]) -> LoadedTargets:
    """Put a month's targets in the place of those that it had, by the way that files take.

    Args:
        store: The workspace; it moves to the new data version.
        month: Such as `2026-11`.
        rows: Its targets from now on; lines that say nothing are left out.
        before: What it had when the form was opened.

    Raises:
        InputError: for a field that cannot be used; nothing is saved then.
        StoreError: where somebody else changed the month meanwhile, or it cannot be written.
    """
    import pandas as pd

    wrong = faults(store, rows)
    if wrong:
        raise next(iter(wrong.values()))
    store.check_present()
    store.refresh()
    if lines(store, month) != tuple(before):
        raise StoreError(
            f"Somebody changed the targets of {month} meanwhile.", "Discard your changes to see them."
        )
    frame = pd.DataFrame([dict(row) for row in said(rows)], columns=list(COLUMNS))
    return targets.load_targets(store, frame, instead_of=span(month))


def _line(row: Mapping[str, Any]) -> Line:
    days = {name: row[name].isoformat() for name in ("start_date", "end_date")}
    figures = {name: _text(row[column], name) for name, column in FACTS.items()}
    return {"channel": row["channel"] or "", **days, "currency": row["currency"] or "", **figures}


def _text(value: float | None, name: str) -> str:
    """A figure as a planner writes it: thousands apart, no exponent, no zeros at its end."""
    if value is None:
        return ""
    units = value / MICROS if name in MONEY else value
    return f"{units:,.6f}".rstrip("0").rstrip(".")


def figure(row: Line, name: str) -> float | None:
    """A figure of a line as the store gave it; None where it has none."""
    return float(row[name].replace(",", "")) if row[name] else None


def _fault(number: int, row: Line, column: str, named: Mapping[str, str]) -> InputError | None:
    """What is wrong with one field of a line, as reading a file of it alone says."""
    text = row[column].strip()
    if column != "channel" and not text:
        return None
    figure = column if column != "channel" else "cost"
    cells = (row["channel"] if column == "channel" else "x", row["start_date"], row["end_date"])
    value = text if column != "channel" else "1"
    headers = ("channel", "start_date", "end_date", figure)
    try:
        planned.read(Sheet(NAME, headers, [(number + 1, (*cells, value))]), "", named)
    except InputError as error:
        return _of_field(error)
    return None


def _of_field(error: InputError) -> InputError:
    """What a file's fault says at a field of the form, where nothing is loaded yet."""
    return InputError(error.what, error.fix.removesuffix(" Nothing was loaded."))


def _twice(rows: Sequence[Line], named: Mapping[str, str]) -> dict[tuple[int, str], InputError]:
    """The later of two lines that plan a channel for the same day."""
    headers = ("channel", "start_date", "end_date", "cost")
    taken: list[tuple[int, tuple[str, ...]]] = []
    for number, row in enumerate(rows):
        if not said([row]):
            continue
        cells = (row["channel"], row["start_date"], row["end_date"], "1")
        try:
            planned.read(Sheet(NAME, headers, [*taken, (number + 1, cells)]), "", named)
        except InputError as error:
            return {(number, "channel"): _of_field(error)}
        taken.append((number + 1, cells))
    return {}
