"""A sheet in DuckDB: every cell of a known column as text and as a value of its column's type, exactly.

Table `texts` holds `t_<field>` (text, null where missing); table `parsed` adds `p_<field>` (typed). A field
that has a text and no value could not be read; the rules set such rows aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.crm import times
from workbench.crm.match import CONSTANT
from workbench.crm.sheet import Sheet
from workbench.crm.spec import Field, Spec, answers
from workbench.schema import NO_CURRENCY
from workbench.sources.problems import Unusable
from workbench.sources.request import Request
from workbench.sources.values import (
    SIGNS,
    Measure,
    mapped_sql,
    number_sql,
    number_text_sql,
    quoted,
    sign_sql,
    stored_sql,
    styles,
    text_sql,
)
from workbench.sources.words import FACTOR, heading, normal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ENDINGS = {" cents": "fen", " cent": "fen", " fen": "fen", " 分": "fen"}


@dataclass(frozen=True)
class Parsed:
    """The table `parsed` in a connection, and how it was read.

    Attributes:
        spec: The table that the rows belong to.
        columns: Field name → header, or `=value`.
        fields: The fields that the sheet fills, constants included.
        timezone: Zone of moments without an offset; empty: not needed.
        currency: Currency of rows without one of their own.
        signs: Signs of money in the sheet.
        local: Whether days are those of `timezone`; else they are as written, or UTC.
        undecided: Fields whose `1,234` can be a thousand or a decimal.
    """

    spec: Spec
    columns: Mapping[str, str]
    fields: tuple[Field, ...]
    timezone: str
    currency: str
    signs: tuple[str, ...] = ()
    local: bool = True
    undecided: frozenset[str] = frozenset()

    def has(self, *names: str) -> bool:
        """Whether the sheet fills all these fields."""
        return set(names) <= {item.name for item in self.fields}


def parse(
    connection: DuckDBPyConnection, sheet: Sheet, spec: Spec, columns: Mapping[str, str], request: Request
) -> Parsed:
    """Make the tables `texts` and `parsed`.

    Args:
        connection: Empty DuckDB connection in UTC.
        sheet: The rows.
        spec: The table that they belong to.
        columns: Field name → header, or `=value`.
        request: Time zone, currency, order of dates, decimal sign.

    Raises:
        Unusable: for dates or times that nothing decides.
    """
    fields = tuple(item for item in spec.fields if item.name in columns or item.default is not None)
    _texts(connection, sheet, fields, columns)
    measures = {
        item.name: _measure(item, columns) for item in fields if item.kind in ("money", "count", "number")
    }
    signs = _signs(connection, measures.values())
    named = [item for item in fields if item.kind in ("date", "time")]
    order = times.order(
        connection, {item.name: columns.get(item.name, "") for item in named}, request.date_order
    )
    _number_texts(connection, measures)
    how = styles(connection, "texts", list(measures.values()), "." if sheet.exact else request.decimal)
    exact = {name: number_sql(f"n_{name}", how[name]) for name in measures}
    typed = {name: stored_sql(sql, measures[name]) for name, sql in exact.items()}
    clocks = {item.name: times.columns(connection, item.name, order, sheet.serial) for item in named}
    zone = request.timezone or ""
    moments = {item.name: columns.get(item.name, "") for item in named if item.kind == "time"}
    _need_zone(connection, moments, clocks, zone)
    for item in fields:
        typed.setdefault(item.name, _typed(item, clocks.get(item.name), zone))
    _parsed(connection, spec, fields, typed, exact, clocks, zone)
    local = _is_local(connection, spec, clocks, zone)
    currency = request.currency or _stated(columns) or _signed(signs) or NO_CURRENCY
    connection.execute("DROP TABLE texts")
    open_ = frozenset(name for name, style in how.items() if style.undecided)
    return Parsed(spec, columns, fields, zone, currency, signs, local, open_)


def _texts(
    connection: DuckDBPyConnection, sheet: Sheet, fields: tuple[Field, ...], columns: Mapping[str, str]
) -> None:
    if isinstance(sheet.cells, Path):
        cells = f"read_parquet({quoted(str(sheet.cells))})"
    else:
        connection.register("cells", sheet.cells)
        cells = "cells"
    listed = ", ".join(f"{_text(item, sheet, columns)} AS t_{item.name}" for item in fields)
    connection.execute(f"CREATE TEMP TABLE texts AS SELECT line, {listed} FROM {cells}")


def _text(item: Field, sheet: Sheet, columns: Mapping[str, str]) -> str:
    header = columns.get(item.name)
    if header is None:
        return quoted(item.default or "")
    if header.startswith(CONSTANT):
        return quoted(header.removeprefix(CONSTANT).strip())
    cell = f"c{sheet.headers.index(header)}"
    text = times.text_sql(cell) if item.kind in ("date", "time") else text_sql(cell)
    return text if item.default is None else f"coalesce({text}, {quoted(item.default)})"


def _measure(item: Field, columns: Mapping[str, str]) -> Measure:
    header = columns.get(item.name, "")
    kind = "float" if item.kind == "number" else item.kind
    factor = FACTOR[_unit(header)] if item.kind == "money" else 1
    return Measure(item.name, header, "", kind, item.column, factor)  # type: ignore[arg-type]


def _unit(header: str) -> str:
    """Money unit that a header says: `amount_cents`, `金额（分）`, `price_micros`."""
    text = normal(header)
    return heading(header).unit or next((u for end, u in _ENDINGS.items() if text.endswith(end)), "units")


def _signs(connection: DuckDBPyConnection, measures: object) -> tuple[str, ...]:
    names = [item.name for item in measures if item.kind == "money"]  # type: ignore[attr-defined]
    if not names:
        return ()
    odd = " UNION ".join(
        f"SELECT t_{name} AS t FROM texts WHERE NOT {_is_plain(f't_{name}')}" for name in names
    )
    each = f"SELECT DISTINCT {sign_sql('t')} AS sign FROM ({odd})"
    found = connection.execute(f"SELECT sign FROM ({each}) WHERE sign IS NOT NULL ORDER BY sign").fetchall()
    return tuple(sign for (sign,) in found)


def _is_plain(text: str) -> str:
    """SQL of whether a number is written in digits alone, as most are; the others take longer to read."""
    return rf"regexp_full_match({text}, '[-+]?\d+(\.\d+)?')"


def _signed(signs: tuple[str, ...]) -> str:
    """The currency that the signs mean, where they mean one."""
    meant = {SIGNS.get(sign, (sign,))[0] for sign in signs}
    return meant.pop() if len(meant) == 1 else ""


def _stated(columns: Mapping[str, str]) -> str:
    codes = {code for header in columns.values() if (code := heading(header).currency)}
    return codes.pop() if len(codes) == 1 else ""


def _number_texts(connection: DuckDBPyConnection, measures: Mapping[str, Measure]) -> None:
    """Add to `texts` every number in plain characters."""
    if not measures:
        return
    listed = ", ".join(
        f"{number_text_sql(f't_{item.name}', item.kind == 'money')} AS n_{item.name}"
        for item in measures.values()
    )
    connection.execute(f"CREATE TEMP TABLE numbers AS SELECT *, {listed} FROM texts")
    connection.execute("DROP TABLE texts")
    connection.execute("ALTER TABLE numbers RENAME TO texts")


def _typed(item: Field, clock: tuple[str, str, str] | None, zone: str) -> str:
    """SQL of a field's value."""
    text = f"t_{item.name}"
    if clock and item.kind == "date":
        return _date(clock, zone)
    if clock:
        return _instant(clock, zone)
    if item.kind == "bool":
        return (
            f"CASE WHEN lower({text}) IN ({_listed(answers('yes'))}) THEN true "
            f"WHEN lower({text}) IN ({_listed(answers('no'))}) THEN false END"
        )
    if item.kind == "id":
        return mapped_sql(rf"regexp_replace({text}, '^(\d+)\.0$', '\1')", item.values)
    mapped = mapped_sql(text, item.values)
    return f"upper({mapped})" if item.name == "currency" else mapped


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(quoted, words))


def _instant(clock: tuple[str, str, str], zone: str) -> str:
    naive, instant, _ = clock
    return f"coalesce({instant}, timezone({quoted(zone)}, {naive}))" if zone else instant


def _date(clock: tuple[str, str, str], zone: str) -> str:
    """The day that a value names: in the zone where it is an instant, else as it is written."""
    naive, instant, _ = clock
    placed = f"CAST(timezone({quoted(zone)}, {instant}) AS DATE)" if zone else "NULL"
    return f"coalesce(CASE WHEN {instant} IS NOT NULL THEN {placed} END, CAST({naive} AS DATE))"


def _need_zone(
    connection: DuckDBPyConnection,
    moments: Mapping[str, str],
    clocks: Mapping[str, tuple[str, str, str]],
    zone: str,
) -> None:
    """Refuse moments on a clock whose zone nobody said."""
    for name, header in moments.items() if not zone else ():
        naive, instant, _ = clocks[name]
        odd = f"{instant} IS NULL AND {naive} IS NOT NULL"
        query = f"SELECT min(t_{name}) FROM texts {_joins([name])} WHERE {odd}"
        if value := connection.execute(query).fetchall()[0][0]:
            raise Unusable("crm.no_zone", header=header, value=value[:40])


def _joins(names: object) -> str:
    return " ".join(f"LEFT JOIN odd_{name} ON t_{name} = odd_{name}.text" for name in names)  # type: ignore[attr-defined]


def _parsed(
    connection: DuckDBPyConnection,
    spec: Spec,
    fields: tuple[Field, ...],
    typed: Mapping[str, str],
    exact: Mapping[str, str],
    clocks: Mapping[str, tuple[str, str, str]],
    zone: str,
) -> None:
    """Every field's value, the local day where the table has one, and hours that the clock skips."""
    columns = [f"{typed[item.name]} AS p_{item.name}" for item in fields]
    columns += [f"{sql} AS v_{name}" for name, sql in exact.items()]
    columns += [f"{sql} AS {name}" for name, sql in _clock(spec, clocks, zone).items()]
    connection.execute(
        f"CREATE TEMP TABLE parsed AS SELECT texts.*, {', '.join(columns)}, false AS is_total "
        f"FROM texts {_joins(clocks)} ORDER BY line"
    )


def _clock(spec: Spec, clocks: Mapping[str, tuple[str, str, str]], zone: str) -> dict[str, str]:
    """Names → SQL of the local day and hour of the week of `time`, and of what the zone makes odd."""
    skipped = [
        f"({instant} IS NULL AND timezone({quoted(zone)}, timezone({quoted(zone)}, {naive})) <> {naive})"
        for naive, instant, _ in (clocks.values() if zone else ())
    ]
    found = {"skipped": " OR ".join(f"coalesce({sql}, false)" for sql in skipped) or "false"}
    if "time" not in clocks:
        return found
    naive, instant, plain = clocks["time"]
    local = (
        f"coalesce(timezone({quoted(zone)}, {instant}), {naive})"
        if zone
        else f"coalesce({naive}, {instant}::TIMESTAMP)"
    )
    if spec.has("local_date"):
        found["day"] = f"CAST({local} AS DATE)"
    if spec.has("hour_of_week"):
        hour = f"((isodow({local}) - 1) * 24 + hour({local}))::BIGINT"
        found["week_hour"] = f"CASE WHEN NOT {plain} THEN {hour} END"
    return found


def _is_local(
    connection: DuckDBPyConnection, spec: Spec, clocks: Mapping[str, tuple[str, str, str]], zone: str
) -> bool:
    """Whether days are those of a known zone, or every moment says its own offset from UTC."""
    if zone or "time" not in clocks or not spec.has("local_date"):
        return True
    universal = r"regexp_full_match(t_time, '.*(Z|UTC|GMT|[+-]00(:?00)?)|1\d{9}(\d{3})?(\.\d+)?')"
    return not connection.execute(f"SELECT bool_or({universal}) FROM texts").fetchall()[0][0]
