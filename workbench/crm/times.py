"""Dates and moments of CRM rows: ISO forms are read in SQL, every other form once per distinct value.

A moment with its own offset, or a Unix time, is an instant; any other is on a clock whose zone must be known.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.sources import dates, values
from workbench.sources.problems import Unusable
from workbench.sources.values import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEVER, ZERO = ("none", "无", "infinity", "-infinity"), "0000-00-00"
"""Values of date columns that mean that there is none, and how such a one begins; databases write them."""

FIRST_YEAR, LAST_YEAR = 1890, 2200

_DAY = r"\d{4}-\d{1,2}-\d{1,2}"
_CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_OFFSET = r" ?(Z|[+-]\d{2}(:?\d{2})?)"
_UNIX = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")
_UNIX_END = 1_900_000_000
_STAMP = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})")
_TIME = re.compile(
    r"(?P<day>.*?(?:\d(?=[\sT,，])|日))[\sT,，]*(?:(?P<noon>上午|下午|[AaPp][Mm])\s*)?"
    r"(?P<hour>\d{1,2})(?::|时|点)(?P<minute>\d{2})?分?(?::?(?P<second>\d{2})(?P<part>[.,]\d{1,9})?秒?)?"
    r"\s*(?P<half>[AaPp])?\.?(?:[Mm]\.?)?\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)


@dataclass(frozen=True)
class Read:
    """One value: what the clock shows, its offset from UTC in minutes, and whether it only names a day."""

    clock: dt.datetime | None = None
    offset: int | None = None
    plain: bool = False


def text_sql(column: str) -> str:
    """SQL of a date's or moment's text; null where it is missing or means never."""
    text = values.text_sql(column, NEVER)
    return f"CASE WHEN starts_with({column}, {quoted(ZERO)}) THEN NULL ELSE {text} END"


def columns(connection: DuckDBPyConnection, name: str, order: str, serial: bool) -> tuple[str, str, str]:
    """Make what is needed to read one column of table `texts`.

    Args:
        connection: Holds `texts` with `t_<name>`.
        name: Field.
        order: `dmy` or `mdy` for dates such as `01/02/2026`.
        serial: Whether a bare number is an Excel day number.

    Returns:
        SQL of the naive moment the clock shows, of the instant (where an offset says it), and of whether it
        is only a day; it reads `texts` joined with table `odd_<name>` on `t_<name> = odd_<name>.text`.
    """
    _odd(connection, name, order, serial)
    text, odd = f"t_{name}", f"odd_{name}"
    day, local, exact = (
        f"regexp_full_match({text}, {quoted(pattern)})"
        for pattern in (_DAY, _DAY + _CLOCK, _DAY + _CLOCK + _OFFSET)
    )
    clock = (
        f"CASE WHEN {day} OR {local} THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN {exact} THEN TRY_CAST(regexp_extract({text}, {quoted(_DAY + _CLOCK)}) AS TIMESTAMP) "
        f"ELSE {odd}.clock END"
    )
    instant = f"CASE WHEN {exact} THEN TRY_CAST({text} AS TIMESTAMPTZ) ELSE {odd}.instant END"
    return _within(clock), instant, f"({day} OR coalesce({odd}.plain, false))"


def _within(clock: str) -> str:
    return f"CASE WHEN year({clock}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {clock} END"


def _odd(connection: DuckDBPyConnection, name: str, order: str, serial: bool) -> None:
    """Table of the distinct values that are not in ISO form."""
    import pyarrow as pa

    rows = []
    for text in _distinct(connection, name):
        found = read(text, order, serial)
        instant = None
        if found.clock and found.offset is not None:
            instant = (found.clock - dt.timedelta(minutes=found.offset)).replace(tzinfo=dt.UTC)
        rows.append({"text": text, "clock": found.clock, "instant": instant, "plain": found.plain})
    kinds = [("text", pa.string()), ("clock", pa.timestamp("us")), ("instant", pa.timestamp("us", "UTC"))]
    made = pa.Table.from_pylist(rows, pa.schema([*kinds, ("plain", pa.bool_())]))
    connection.register("odd_rows", made)
    connection.execute(f"CREATE TEMP TABLE odd_{name} AS SELECT * FROM odd_rows")
    connection.unregister("odd_rows")


def _distinct(connection: DuckDBPyConnection, name: str) -> list[str]:
    known = quoted(f"{_DAY}({_CLOCK}({_OFFSET})?)?")
    query = (
        f"SELECT DISTINCT t_{name} FROM texts "
        f"WHERE t_{name} IS NOT NULL AND NOT regexp_full_match(t_{name}, {known})"
    )
    return [text for (text,) in connection.execute(query).fetchall()]


def order(connection: DuckDBPyConnection, headers: Mapping[str, str], asked: str | None) -> str:
    """The order of day and month in a file.

    Args:
        connection: Holds `texts`.
        headers: Date and time fields → how the sheet calls them.
        asked: What the user says.

    Returns:
        `dmy`, `mdy`, or empty where no value needs it.

    Raises:
        Unusable: where nothing decides, or both orders appear.
    """
    if asked:
        return asked
    places = {text: name for name in headers for text in _distinct(connection, name)}
    days = {text: day[0] for text in places if (day := re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", text))}
    found = dates.order_of(days.values())
    if found in ("ambiguous", "mixed"):
        text = min(days)
        raise Unusable(f"dates_{found}", header=headers[places[text]], value=text[:40])
    return found


def read(text: str, order: str = "", serial: bool = False) -> Read:
    """Read one value of a date or time column that is not in ISO form.

    Args:
        text: The value.
        order: `dmy` or `mdy`.
        serial: Whether a bare number is an Excel day number.
    """
    text = text.strip()
    if _UNIX.fullmatch(text) and not serial:
        return _unix(text)
    if found := _STAMP.fullmatch(text):
        return _with_clock(found[1], order, int(found[2]), int(found[3]), int(found[4]))
    if serial and (found := re.fullmatch(r"\d{1,6}(\.\d+)?", text)):
        return _serial(float(text))
    if day := dates.day(text, order):
        return Read(dt.datetime.combine(day, dt.time()), plain=True)
    if found := _TIME.fullmatch(text):
        return _clocked(found, order)
    return Read()


def _unix(text: str) -> Read:
    seconds = float(text) / (1000 if len(text.split(".")[0]) == 13 else 1)
    if not 1_000_000_000 <= seconds < _UNIX_END:
        return Read()
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)  # noqa: DTZ001 the offset says it
    return Read(moment, 0)


def _serial(days: float) -> Read:
    if not 10_000 <= days < 110_000:
        return Read()
    moment = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(days * 86_400))  # noqa: DTZ001 a clock
    return Read(moment, plain=days == int(days))


def _clocked(found: re.Match[str], order: str) -> Read:
    hour = int(found["hour"])
    half = (found["noon"] or found["half"] or "").casefold()[:1].replace("上", "a").replace("下", "p")
    if half:
        if not 1 <= hour <= 12:
            return Read()
        hour = hour % 12 + (12 if half == "p" else 0)
    made = _with_clock(found["day"], order, hour, int(found["minute"] or 0), int(found["second"] or 0))
    if made.clock is None:
        return made
    part = dt.timedelta(microseconds=int((found["part"] or ".0")[1:7].ljust(6, "0")))
    return Read(made.clock + part, _offset(found["offset"]))


def _with_clock(day: str, order: str, hour: int, minute: int, second: int) -> Read:
    found = dates.day(day, order)
    if found is None or hour > 23 or minute > 59 or second > 59:
        return Read()
    return Read(dt.datetime.combine(found, dt.time(hour, minute, second)))


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    if text[0] not in "+-":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return -minutes if text[0] == "-" else minutes
