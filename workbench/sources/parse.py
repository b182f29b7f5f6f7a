"""The grid in DuckDB: texts, dates, hours, instants and exact numbers of every row, in typed columns.

Dates and hours are read in Python, once per distinct value; numbers in SQL.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.schema import NO_CURRENCY
from workbench.sources import dates
from workbench.sources.dates import Moment
from workbench.sources.mapping import Layout
from workbench.sources.measures import currency_of, measures
from workbench.sources.plain import Plain, plain
from workbench.sources.problems import Unusable
from workbench.sources.profile import TEXTS
from workbench.sources.request import Request
from workbench.sources.values import (
    Measure,
    Style,
    added_sql,
    bare_sql,
    mapped_sql,
    number_sql,
    number_text_sql,
    quoted,
    sign_sql,
    stored_sql,
    styles,
    text_sql,
)
from workbench.store.parquet import name_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from workbench.sources.grid import Grid

_UNSIGNED = "[-+0-9.,]*"
"""Amounts without any sign of money; they skip the slow search for one."""

MIDNIGHTS = 2
"""Hours of the day that a midnight can be in another time zone: two where clocks change."""

_NAMED = {"d": "local_date", "h": "local_hour", "e": "end_date", "window": "attribution_window"}
"""Columns of `clean` → canonical columns that are read before any other."""

NAMES = ("campaign", "ad_group", "ad", "creative", "keyword")
"""Dimensions that are names of ad objects."""

_TOTALS = (
    r"^\s*(grand |sub)?\s?totals?\s*([:(\-–—]|of\b|$)|"
    r"^\s*(合计|总计|小计|汇总|共计|总和|全部合计)\s*([:：(（\-—]|$)"
)
_WORDS = ("total", "totals", "subtotal", "grand total", "合计", "总计", "小计", "汇总", "共计", "总和")
_TOTAL_WORDS = tuple(word + mark for word in _WORDS for mark in ("", ":", "："))


@dataclass(frozen=True)
class Parsed:
    """The typed view `parsed` in a connection, and how it was read.

    Attributes:
        measures: Numeric columns; the table has `v_<name>` (DECIMAL), `s_<name>` (as stored), `n_<name>`,
            and `s_<total>` of every sum.
        styles: Measure → how it writes numbers.
        texts: Names of the dimension columns, `t_<name>` in the table.
        hourly: Whether rows carry hours.
        timezone: IANA name; empty: unknown.
        currency: Currency of rows without one of their own.
        signs: Signs of money in the file.
        order: Order of day and month, where one was needed.
        midnights: Whether days are written as the UTC times of the account's midnights.
        plain: Names of the measures whose every value is a number that nothing is wrong with.
    """

    measures: tuple[Measure, ...]
    styles: dict[str, Style]
    texts: tuple[str, ...]
    hourly: bool
    timezone: str
    currency: str
    signs: tuple[str, ...]
    order: str
    midnights: bool = False
    plain: frozenset[str] = frozenset()

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns of the view that are needed once its rows are checked."""
        texts = [f"t_{name}" for name in self.texts]
        stored = dict.fromkeys(f"s_{item.total}" for item in self.measures)
        exact = [f"v_{item.name}" for item in self.measures]
        return ("line", "label", '"window"', "day", "hour", "hour_utc", "is_unnamed", *texts, *exact, *stored)


def parse(connection: DuckDBPyConnection, grid: Grid, layout: Layout, request: Request) -> Parsed:
    """Make the view `parsed` from a grid; `checks.check` makes a table of it.

    Args:
        connection: A DuckDB; gets the views `cells`, `clean` and `parsed`, and the tables `days`, `ends`,
            `hours` and `instants`.
        grid: The file.
        layout: Which header is what.
        request: What the user said.

    Raises:
        Unusable: when the order of day and month cannot be told.
    """
    name_rows(connection, "cells", grid.body.cells)
    facts = measures(layout, grid)
    texts = tuple(name for name in TEXTS if _text_source(name, layout))
    cells = _Cells(connection, grid, layout, facts)
    _clean(connection, cells, facts, texts)
    zone = request.timezone or layout.variant.timezone or layout.profile.timezone
    order, midnights = _days(connection, layout, request, grid.serial, zone)
    hourly = _hours(connection)
    _instants(connection, zone, hourly)
    how = styles(connection, "clean", facts, request.decimal, cells.plain.digits)
    signs = _signs(connection, [item for item in facts if cells.plain.number(item) is None])
    currency = request.currency or currency_of(layout, signs) or NO_CURRENCY
    plain = frozenset(
        item.name for item in facts if how[item.name].decimal == "." and cells.plain.number(item)
    )
    parsed = Parsed(facts, how, texts, hourly, zone, currency, signs, order, midnights, plain)
    _parsed(connection, cells, parsed)
    return parsed


class _Cells:
    """The grid's columns in SQL, and which of them are plain."""

    def __init__(
        self, connection: DuckDBPyConnection, grid: Grid, layout: Layout, facts: Sequence[Measure]
    ) -> None:
        self.layout, self.missing = layout, layout.profile.missing
        self.names = {header: f"c{index}" for index, header in reversed(list(enumerate(grid.headers)))}
        self.label = next((goal.label for goal in layout.goals if goal.label), None)
        read = [layout.columns.get(name) for name in (*_NAMED.values(), *TEXTS)]
        read += [self.label, *(split.header for split in layout.splits)]
        texts = dict.fromkeys(self.names[header] for header in read if header)
        numbers = dict.fromkeys(item.cell for item in facts)
        self.plain = plain(connection, texts, numbers, self.missing, _TOTAL_WORDS)

    def text(self, header: str | None) -> str:
        """SQL of a trimmed text, null where it is missing or the file has no such column."""
        if not header:
            return "NULL::VARCHAR"
        cell = self.names[header]
        return self.plain.text(cell) or text_sql(cell, self.missing)

    def number(self, item: Measure) -> str:
        """SQL of a number's text in plain characters."""
        if self.plain.number(item):
            return f"nullif({item.cell}, '')"
        return number_text_sql(item.cell, item.kind == "money", self.missing)

    def dimension(self, name: str) -> str:
        """SQL of one dimension: its column and the columns that split it, joined."""
        layout, parts = self.layout, []
        if name in layout.columns:
            endings = layout.profile.endings if name in NAMES else ()
            parts.append(bare_sql(self.text(layout.columns[name]), endings))
        parts += [
            mapped_sql(self.text(split.header), split.values) for split in layout.splits if split.to == name
        ]
        return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' · ', {', '.join(parts)}), '')"

    def is_plain(self, name: str) -> bool:
        """Whether a dimension is a plain column as it is, in which no cell is a word for totals."""
        header = self.layout.columns.get(name)
        return bool(header) and self.dimension(name) == self.plain.text(self.names[str(header)])


def _text_source(name: str, layout: Layout) -> bool:
    return name in layout.columns or any(split.to == name for split in layout.splits)


def _clean(
    connection: DuckDBPyConnection, cells: _Cells, facts: Sequence[Measure], texts: Sequence[str]
) -> None:
    """The view `clean`: trimmed texts and plain number texts, null where a value is missing."""
    columns = ["line", "coalesce(c0, '') AS first_cell", f"{cells.text(cells.label)} AS label"]
    columns += [f"{cells.text(cells.layout.columns.get(name))} AS {alias}" for alias, name in _NAMED.items()]
    columns += [f"{cells.dimension(name)} AS t_{name}" for name in texts]
    columns += [f"{cells.number(item)} AS n_{item.name}, {item.cell} AS r_{item.name}" for item in facts]
    connection.execute(f"CREATE TEMP VIEW clean AS SELECT {', '.join(columns)} FROM cells")


def _days(
    connection: DuckDBPyConnection, layout: Layout, request: Request, serial: bool, zone: str
) -> tuple[str, bool]:
    """The table `days` of distinct date texts; returns the order of day and month, and `Parsed.midnights`."""
    texts = [
        row[0] for row in connection.execute("SELECT DISTINCT d FROM clean WHERE d IS NOT NULL").fetchall()
    ]
    order = request.date_order or dates.order_of(texts)
    if order in ("ambiguous", "mixed"):
        example = next(text for text in sorted(texts) if dates.order_of([text]))
        raise Unusable(f"dates_{order}", header=layout.columns["local_date"], value=example)
    moments = [dates.read(text, order, serial, zone or None) for text in texts]
    if any(moment.ranged for moment in moments) and any(m.day and not m.ranged for m in moments):
        moments = [Moment(span=True) if moment.ranged else moment for moment in moments]
    exact = any(moment.exact for moment in moments)
    clock = layout.variant.clock
    hours = {moment.hour for moment in moments if moment.day}
    hourly = clock == "hour" or (exact and (clock != "day" or len(hours) > MIDNIGHTS))
    rows = [_day_row(text, moment, hourly, zone) for text, moment in zip(texts, moments, strict=True)]
    kinds = {"d": "string", "day": "date32", "hour": "int64", "utc": "timestamp[us]", "span": "bool"}
    _table(connection, "days", kinds, rows)
    _table(connection, "ends", {"e": "string", "end_day": "date32"}, _ends(connection, order, serial))
    return order, exact and not hourly


def _day_row(text: str, moment: Moment, hourly: bool, zone: str) -> tuple[object, ...]:
    if hourly:
        return text, moment.day, moment.hour, moment.utc, moment.span
    return text, dates.day_of(moment, zone), None, None, moment.span


def _table(
    connection: DuckDBPyConnection, name: str, kinds: Mapping[str, str], rows: Sequence[Sequence[object]]
) -> None:
    """A temporary table of Python rows."""
    import pyarrow as pa

    types = [
        pa.timestamp("us") if kind == "timestamp[us]" else pa.type_for_alias(kind) for kind in kinds.values()
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    table = pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=list(kinds)
    )
    connection.register("rows_", table)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM rows_")
    connection.unregister("rows_")


def _ends(connection: DuckDBPyConnection, order: str, serial: bool) -> list[tuple[str, dt.date | None]]:
    texts = connection.execute("SELECT DISTINCT e FROM clean WHERE e IS NOT NULL").fetchall()
    return [(text, dates.read(text, order, serial).written) for (text,) in texts]


def _hours(connection: DuckDBPyConnection) -> bool:
    """The table `hours` of distinct hour texts; returns whether rows carry hours."""
    texts = connection.execute("SELECT DISTINCT h FROM clean WHERE h IS NOT NULL").fetchall()
    _table(
        connection,
        "hours",
        {"h": "string", "hour": "int64"},
        [(text, dates.read_hour(text)) for (text,) in texts],
    )
    if texts:
        return True
    return bool(connection.execute("SELECT count(*) FROM days WHERE hour IS NOT NULL").fetchall()[0][0])


def _instants(connection: DuckDBPyConnection, zone: str, hourly: bool) -> None:
    """The table `instants`: local hours in UTC, where the account's time zone is known."""
    pairs: list[tuple[dt.date, int]] = []
    if zone and hourly:
        pairs = connection.execute(
            "SELECT DISTINCT day, coalesce(hours.hour, days.hour) AS hour FROM clean JOIN days USING (d) "
            "LEFT JOIN hours USING (h) WHERE day IS NOT NULL AND coalesce(hours.hour, days.hour) IS NOT NULL"
        ).fetchall()
    found = zip(pairs, dates.instants(pairs, zone or "UTC"), strict=True)
    kinds = {"day": "date32", "hour": "int64", "first": "timestamp[us]", "second": "timestamp[us]"}
    _table(connection, "instants", kinds, [(*pair, item.first, item.second) for pair, item in found])


def _signs(connection: DuckDBPyConnection, facts: Sequence[Measure]) -> tuple[str, ...]:
    """Signs of money and currency codes among the amounts."""
    found: set[str] = set()
    for item in facts:
        if item.kind == "money":
            written = f"r_{item.name}"
            signed = f"NOT regexp_full_match({written}, '{_UNSIGNED}')"
            rows = connection.execute(
                f"SELECT DISTINCT {sign_sql(written)} FROM clean WHERE {signed}"
            ).fetchall()
            found |= {sign for (sign,) in rows if sign}
    return tuple(sorted(found))


def _parsed(connection: DuckDBPyConnection, cells: _Cells, made: Parsed) -> None:
    """The view `parsed`: everything typed, and which rows are totals."""
    dimensions = [f"t_{name}" for name in made.texts]
    telling = [f"t_{name}" for name in made.texts if not cells.is_plain(name)]
    hour = "coalesce(hours.hour, days.hour)" if made.hourly else "NULL::BIGINT"
    first, last = connection.execute("SELECT min(line), max(line) FROM clean").fetchall()[0]
    connection.execute(f"""
CREATE TEMP VIEW parsed AS
WITH typed AS (
  SELECT clean.*, days.day, {hour} AS hour, days.utc, coalesce(days.span, false) AS span,
    ends.end_day{_values(cells.plain, made)}
  FROM clean LEFT JOIN days USING (d) LEFT JOIN hours USING (h) LEFT JOIN ends USING (e)
), placed AS (
  SELECT typed.*, instants.day IS NOT NULL AND instants.first IS NULL AS skipped,
    coalesce(utc, {_placed_sql(connection, dimensions)}) AS hour_utc,
    {_total_sql(cells.layout, dimensions, telling)} AS is_total,
    CASE WHEN line IN ({first or 0}, {last or 0}) THEN {_unnamed_sql(dimensions, made.measures)}
      ELSE false END AS is_unnamed
  FROM typed LEFT JOIN instants USING (day, hour)
)
SELECT *{_stored(cells.plain, made)} FROM placed""")


def _values(known: Plain, made: Parsed) -> str:
    """SQL of the exact value of each number."""
    return "".join(
        f", {(item.name in made.plain and known.number(item)) or number_sql('n_' + item.name, style)} "
        f"AS v_{item.name}"
        for item in made.measures
        for style in [made.styles[item.name]]
    )


def _stored(known: Plain, made: Parsed) -> str:
    """SQL of each number as it is stored, and of the sums of several."""
    found = ""
    for item in made.measures:
        stored = known.stored(item) if item.name in made.plain else stored_sql(f"v_{item.name}", item)
        found += f", {stored} AS s_{item.name}"
    for total in dict.fromkeys(item.sum for item in made.measures if item.sum):
        parts = [f"s_{item.name}" for item in made.measures if item.sum == total]
        found += f", {added_sql(parts)} AS s_{total}"
    return found


def _placed_sql(connection: DuckDBPyConnection, dimensions: Sequence[str]) -> str:
    """SQL of a local hour in UTC; where clocks repeat it, an object's second row is the second time."""
    twice = connection.execute("SELECT count(*) FROM instants WHERE second IS NOT NULL").fetchall()[0][0]
    if not twice:
        return "instants.first"
    rank = f"row_number() OVER (PARTITION BY {', '.join([*dimensions, 'day', 'hour'])} ORDER BY line)"
    return f"CASE WHEN {rank} = 2 THEN coalesce(instants.second, instants.first) ELSE instants.first END"


def _total_sql(layout: Layout, dimensions: Sequence[str], telling: Sequence[str]) -> str:
    """SQL of 'this is a totals row': a marker and no date, or a dimension that is nothing but a marker.

    `telling` are the dimensions in which such a marker may stand.
    """
    cells = ["first_cell", "coalesce(d, '')", *(f"coalesce({name}, '')" for name in dimensions)]
    own = "".join(f" OR starts_with(lower(trim({{0}})), {quoted(text)})" for text in layout.profile.totals)
    marked = " OR ".join(f"regexp_matches(lower({cell}), '{_TOTALS}')" + own.format(cell) for cell in cells)
    words = ", ".join(map(quoted, _TOTAL_WORDS))
    named = "".join(f" OR lower(coalesce({name}, '')) IN ({words})" for name in telling)
    return f"(CASE WHEN day IS NULL THEN span OR {marked} ELSE false END{named})"


def _unnamed_sql(dimensions: Sequence[str], facts: Sequence[Measure]) -> str:
    """SQL of 'first or last row with numbers but neither date nor dimension', which may be the totals."""
    empty = " AND ".join(["d IS NULL", *(f"{name} IS NULL" for name in dimensions)])
    numbers = " OR ".join(f"v_{item.name} IS NOT NULL" for item in facts) or "false"
    return f"({empty} AND ({numbers}))"
