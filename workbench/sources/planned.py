"""A planner's table of targets, read: which channel, which days, how much; the first bad cell is said."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from workbench.errors import InputError
from workbench.sources import dates, quotes
from workbench.sources.quotes import Sheet
from workbench.sources.words import normal

MONEY = {"cost": "cost_micros", "revenue": "revenue_micros"}
COUNTS = {"impressions": "impressions", "clicks": "clicks", "conversions": "conversions"}
FACTS = {**MONEY, **COUNTS}
"""Column of a planner's table → column of the store."""
MICROS = 1_000_000
LARGEST = 1e12

HEADERS = {
    "channel": ("channel", "渠道"),
    "month": ("month", "月份", "月"),
    "start_date": ("start date", "start", "from", "first day", "开始日期", "起始日期"),
    "end_date": ("end date", "end", "to", "last day", "结束日期", "截止日期"),
    "currency": ("currency", "币种", "货币"),
    "cost": ("cost", "spend", "planned spend", "budget", "消耗", "花费", "预算", "计划消耗"),
    "revenue": ("revenue", "sales", "收入", "销售额"),
    "impressions": ("impressions", "展示", "曝光", "展示量"),
    "clicks": ("clicks", "点击", "点击量"),
    "conversions": ("conversions", "转化", "转化数"),
}

Row = dict[str, Any]
"""One target as the store has it."""


@cache
def headers() -> frozenset[str]:
    """Every header that is known, in normal form."""
    return frozenset(word for words in HEADERS.values() for word in words)


def _layout(sheet: Sheet) -> dict[str, int]:
    """Column → its place in the table.

    Raises:
        InputError: where the channel, the days or every figure is missing.
    """
    names = [normal(header) for header in sheet.headers]
    at = {
        column: names.index(word)
        for column, words in HEADERS.items()
        if (word := next((word for word in words if word in names), None))
    }
    if "channel" not in at:
        raise InputError("No column is the channel.", "Name it 'channel'.", sheet.name)
    if "month" not in at and not {"start_date", "end_date"} <= {*at}:
        raise InputError(
            "No column says which days a target is for.",
            "Name one 'month' (2026-11), or two 'start_date' and 'end_date'.",
            sheet.name,
        )
    if not {*FACTS} & {*at}:
        raise InputError("No column holds a target.", f"Name it one of: {', '.join(FACTS)}.", sheet.name)
    return at


def read(sheet: Sheet, currency: str, channels: Mapping[str, str]) -> list[tuple[int, Row]]:
    """Every target of a table with its line.

    Args:
        sheet: The table.
        currency: ISO 4217 code of amounts that name none.
        channels: What people call a channel, in normal form → its id.

    Raises:
        InputError: for the first cell that cannot be used, two targets of one channel and day, no target.
    """
    at = _layout(sheet)
    lines = [(line, row) for line, row in sheet.rows if any(cell.strip() for cell in row)]
    order = dates.order_of(
        {row[at[name]] for _, row in lines for name in ("start_date", "end_date") if name in at}
    )
    found = []
    for line, row in lines:
        start, end = _days(sheet, line, row, at, order)
        said = row[at["currency"]].strip() if "currency" in at else ""
        name = row[at["channel"]].strip()
        if not name:
            raise _bad(
                sheet, line, "channel", name, "Name the channel that the target is for. Nothing was loaded."
            )
        days = {"start_date": start, "end_date": end}
        facts = {FACTS[fact]: _figure(sheet, line, row, at, fact) for fact in FACTS}
        if all(value is None for value in facts.values()):
            continue
        channel = channels.get(normal(name), name)
        found.append(
            (line, {"channel": channel, "currency": quotes.currency(said) or currency, **days, **facts})
        )
    if not found:
        raise InputError("There is not one target.", "Give a table with targets.", sheet.name)
    _apart(sheet, found)
    return found


def _days(
    sheet: Sheet, line: int, row: Sequence[str], at: Mapping[str, int], order: str
) -> tuple[dt.date, dt.date]:
    """First and last day of a row."""
    if "month" in at and (text := row[at["month"]].strip()):
        found = re.match(r"(\d{4})[-/.年](\d{1,2})", text)
        if not found or not 1 <= int(found[2]) <= 12:
            raise _bad(sheet, line, "month", text, "Write it as 2026-11. Nothing was loaded.")
        year, month = int(found[1]), int(found[2])
        return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    ends = []
    for name in ("start_date", "end_date"):
        text = row[at[name]] if name in at else ""
        day = dates.read(text, "" if order in ("ambiguous", "mixed") else order, sheet.serial).day
        if day is None:
            raise _bad(sheet, line, name, text, "Write the date as 2026-11-30. Nothing was loaded.")
        ends.append(day)
    if ends[1] < ends[0]:
        raise _bad(
            sheet,
            line,
            "end_date",
            str(ends[1]),
            f"It is before the first day, {ends[0]}. Nothing was loaded.",
        )
    return ends[0], ends[1]


def _figure(
    sheet: Sheet, line: int, row: Sequence[str], at: Mapping[str, int], fact: str
) -> float | int | None:
    """A planned sum; None where the cell is empty."""
    if fact not in at or not (text := row[at[fact]].strip()):
        return None
    plain = re.sub(r"[\s,，¥￥$€£]", "", text)
    try:
        value = float(plain)
    except ValueError:
        raise _bad(
            sheet, line, fact, text, "Write a plain number such as 12000.50. Nothing was loaded."
        ) from None
    if not 0 <= value <= LARGEST:
        raise _bad(sheet, line, fact, text, "A target is a number from 0 on. Nothing was loaded.")
    if fact in MONEY:
        return round(value * MICROS)
    return value if fact == "conversions" else round(value)


def _bad(sheet: Sheet, line: int, column: str, value: str, fix: str) -> InputError:
    return InputError(
        f"{value!r} in column {column} cannot be used.",
        fix,
        f"{sheet.name}, line {line}",
    )


def _apart(sheet: Sheet, rows: Iterable[tuple[int, Row]]) -> None:
    """Refuse two targets of one channel for the same day: they would be added up.

    Raises:
        InputError: naming both lines.
    """
    last: dict[str, tuple[int, Row]] = {}
    for line, row in sorted(rows, key=lambda item: (item[1]["channel"], item[1]["start_date"])):
        other = last.get(row["channel"])
        if other and row["start_date"] <= other[1]["end_date"]:
            first, second = sorted((line, other[0]))
            raise InputError(
                f"Lines {first} and {second} both plan {row['channel']} for {row['start_date']}.",
                "Keep one target for each channel and day. Nothing was loaded.",
                sheet.name,
            )
        last[row["channel"]] = (line, row)
