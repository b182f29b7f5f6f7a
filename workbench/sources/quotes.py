"""Exchange rates as files write them: long (date, from, to, rate) or wide (a column a currency)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from workbench import i18n
from workbench.errors import InputError, unknown
from workbench.sources import dates
from workbench.sources.problems import Unusable
from workbench.sources.words import currencies, normal

_HEADERS = {
    "date": ("date", "day", "time period", "日期", "时间"),
    "from": ("from currency", "from", "base currency", "base", "source currency", "源币种", "基准货币"),
    "to": ("to currency", "to", "quote currency", "quote", "target currency", "目标币种", "报价货币"),
    "rate": ("rate", "exchange rate", "value", "obs value", "汇率", "中间价"),
}
_MISSING = {"", "n/a", "na", "nan", "none", "null", "-", "--", "—"}
_EXACT = Context(prec=40)
_SMALLEST, _LARGEST = Decimal("1e-12"), Decimal("1e12")

Key = tuple[dt.date, str, str]
"""Day, from, to."""


@dataclass(frozen=True)
class Options:
    """What the caller says of a file: constant currencies, units a rate is for, how it is written."""

    source: str
    target: str
    per: int
    order: str
    decimal: str


@dataclass(frozen=True)
class Sheet:
    """A table of texts: its name, headers, and rows with the line each stands in."""

    name: str
    headers: tuple[str, ...]
    rows: Iterable[tuple[int, Sequence[str]]]
    serial: bool = False


def sheet(rates: Any, words: frozenset[str] | None = None) -> Sheet:
    """A file or frame as a table of texts.

    Args:
        rates: CSV, XLSX or Parquet file, or a frame.
        words: Headers in normal form, by which the row of headers is known; None: those of rates.

    Raises:
        InputError: when it is neither, or cannot be read.
    """
    if not isinstance(rates, str | Path):
        return _frame(rates)
    path = Path(rates).expanduser()
    if not path.is_file():
        raise InputError(f"There is no file {str(path)!r}.", "Check the path.")
    from workbench.sources import grid

    try:
        found = grid.read(path, words or _words())
    except Unusable as error:
        raise InputError(
            i18n.text(f"sources.{error.code}", "en", **error.values), "Give a table.", path.name
        ) from None
    columns = [found.cells[name].to_pylist() for name in found.cells.column_names]
    if found.body.broken:
        raise InputError(
            f"Line {found.body.broken[0].line} does not have the header's cells.",
            "Correct the file.",
            path.name,
        )
    rows = ((line, [cell or "" for cell in cells]) for line, *cells in zip(*columns, strict=True))
    return Sheet(path.name, found.headers, rows, found.serial)


def _frame(rates: Any) -> Sheet:
    import pyarrow as pa

    try:
        table = rates if isinstance(rates, pa.Table) else pa.table(rates)
    except (TypeError, ValueError, pa.ArrowException):
        raise InputError(
            f"A {type(rates).__name__} is no file and no frame.",
            "Give a path, or a pandas, Polars or Arrow frame.",
        ) from None
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    rows = ((line, cells) for line, cells in enumerate(zip(*columns, strict=True), start=1))
    return Sheet("frame", tuple(table.column_names), rows)


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


@cache
def _words() -> frozenset[str]:
    return frozenset({word for words in _HEADERS.values() for word in words} | set(_names()))


@cache
def _names() -> dict[str, str]:
    """Codes and names of currencies, in English and Chinese, in normal form → code."""
    from babel import Locale

    named = {
        normal(name): code
        for lang in ("en", "zh")
        for code, name in Locale(lang).currencies.items()
        if code in currencies()
    }
    return named | {normal(code): code for code in currencies()}


def quotes(sheet: Sheet, options: Options) -> tuple[dict[Key, tuple[Decimal, int]], int]:
    """Every quote with its line, and the number of blank cells.

    Raises:
        InputError: for the first cell or column that cannot be used, with its line.
    """
    at, cells = _layout(sheet, options)
    rows = list(sheet.rows)
    order = _order(sheet, [row[at] for _, row in rows], options.order)
    found: dict[Key, tuple[Decimal, int]] = {}
    blank = 0
    for line, row in rows:
        day = dates.read(row[at], order, sheet.serial).day
        for source, target, text in _pairs(row, cells, options):
            if text.strip().casefold() in _MISSING:
                blank += 1
                continue
            if day is None:
                raise _bad(sheet, line, f"{row[at]!r} is no date.")
            key = (day, _named(sheet, line, source), _named(sheet, line, target))
            _put(sheet, found, key, _rate(sheet, line, text, options), line)
    if not found:
        raise InputError("There is not one rate.", "Give a table with rates.", sheet.name)
    return found, blank


_Cells = dict[str, int]


def _layout(sheet: Sheet, options: Options) -> tuple[int, _Cells]:
    """Column of the date, and which of the others is which: `from`, `to`, `rate`, or each code."""
    names = [normal(header) for header in sheet.headers]
    cells: _Cells = {
        column: names.index(word)
        for column, words in _HEADERS.items()
        if (word := next((word for word in words if word in names), None))
    }
    if "date" not in cells:
        raise InputError("No column is the date.", "Name it 'date'.", sheet.name)
    at = cells.pop("date")
    if "rate" in cells:
        return at, _long(sheet, cells, options)
    wide = {_names()[name]: place for place, name in enumerate(names) if name in _names()}
    if not wide:
        raise InputError(
            f"No column holds rates among {', '.join(filter(None, sheet.headers))}.",
            "Name the columns date, from_currency, to_currency, rate; or one column a currency code.",
            sheet.name,
        )
    if bool(options.source) == bool(options.target):
        raise InputError(
            "The table has one column a currency and does not say against which one.",
            "Give from_currency='EUR' (--from EUR) where one EUR is worth so many; to_currency='CNY' "
            "(--to CNY) where they cost so many CNY.",
            sheet.name,
        )
    return at, wide


def _long(sheet: Sheet, cells: _Cells, options: Options) -> _Cells:
    for column, given in (("from", options.source), ("to", options.target)):
        if column not in cells and not given:
            raise InputError(
                f"No column says the currency that rates convert {column}.",
                f"Name it '{column}_currency', or give {column}_currency=.",
                sheet.name,
            )
    return cells


def _pairs(row: Sequence[str], cells: _Cells, options: Options) -> Iterable[tuple[str, str, str]]:
    """(from, to, rate) of one row, as texts."""
    if "rate" not in cells:
        for code, place in cells.items():
            yield options.source or code, options.target or code, row[place]
        return
    source = row[cells["from"]] if "from" in cells else options.source
    target = row[cells["to"]] if "to" in cells else options.target
    yield source, target, row[cells["rate"]]


def _put(sheet: Sheet, found: dict[Key, tuple[Decimal, int]], key: Key, rate: Decimal, line: int) -> None:
    day, source, target = key
    if source == target:
        if rate != 1:
            raise _bad(sheet, line, f"One {source} is said to be worth {rate} {target}.")
        return
    known = found.setdefault(key, (rate, line))
    if known[0] != rate:
        raise _bad(
            sheet, line, f"{source}→{target} on {day} is {rate} here and {known[0]} in line {known[1]}."
        )


def _order(sheet: Sheet, texts: Iterable[str], asked: str) -> str:
    if asked not in ("", *dates.ORDERS):
        raise unknown("date_order", asked, dates.ORDERS, InputError)
    order = asked or dates.order_of(set(texts))
    if order in ("ambiguous", "mixed"):
        raise InputError(
            "The dates do not show whether the day or the month comes first.",
            "Give date_order='dmy' or 'mdy'.",
            sheet.name,
        )
    return order


def _rate(sheet: Sheet, line: int, text: str, options: Options) -> Decimal:
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if options.decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain) and "." in plain:
        plain = plain.replace(",", "")
    try:
        rate = Decimal(plain)
    except InvalidOperation:
        comma = "Give decimal=',' if that is the decimal mark, else leave the comma out."
        hint = comma if "," in plain else "Correct it, or leave it empty."
        raise _bad(sheet, line, f"{text!r} is no rate.", hint) from None
    if not (rate.is_finite() and _SMALLEST < rate < _LARGEST):
        raise _bad(sheet, line, f"A rate cannot be {text.strip()}.")
    return _EXACT.divide(rate, Decimal(options.per)) if options.per > 1 else rate


def _named(sheet: Sheet, line: int, text: str) -> str:
    code = _names().get(normal(text))
    if code is None:
        raise _bad(sheet, line, f"{text!r} is no currency.", "Give an ISO 4217 code such as CNY.")
    return code


def _bad(sheet: Sheet, line: int, what: str, fix: str = "Correct it; nothing was loaded.") -> InputError:
    return InputError(what, fix, f"{sheet.name}, line {line}")


def currency(code: str | None) -> str:
    """A currency by its code or name; empty for none.

    Raises:
        InputError: for an unknown one.
    """
    if not code:
        return ""
    if not isinstance(code, str) or normal(code) not in _names():
        raise unknown("currency", code, currencies(), InputError)
    return _names()[normal(code)]


def units(per: Any) -> int:
    """The number of units that a rate is for, checked.

    Raises:
        InputError: for anything but a whole number from 1.
    """
    if isinstance(per, bool) or not isinstance(per, int) or per < 1:
        raise InputError(f"per is {per!r}.", "Give the number of units that a rate is for, 1 or 100.")
    return per
