"""Own attributes: columns of a customers' sheet that no table knows, kept in table `traits` one row a value.

Which ones is said by the mapping (`"own:Income": "Income"`); else, of a file, by its values: numbers, ISO
dates and a few texts that repeat are kept, what looks like contact data, an id or free text is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.crm.layout import OWN, Layout
from workbench.crm.parse import parse
from workbench.crm.sheet import Sheet
from workbench.crm.spec import Field, Spec, spec
from workbench.errors import InputError
from workbench.schema import TABLES
from workbench.sources.problems import Unusable
from workbench.sources.request import Request
from workbench.sources.review import Finding, finding
from workbench.sources.values import MISSING_NUMBERS, quoted, text_sql
from workbench.sources.words import normal
from workbench.store import parquet

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from workbench.store.store import Store

Kind = Literal["number", "date", "text"]
TABLE, OF = "traits", "customers"
SPEC = Spec(TABLE, (), (), (), ("customer_id", "trait"), ())
"""How own attributes are merged: by customer and name."""

LONGEST, MOST_VALUES, NEARLY_ALL = 60, 100, 0.98
LOOKED_AT = 200_000
"""Rows that decide what a column is."""

_SHOWN = 20
_NUMBER = r"[-+(]?[0-9][0-9., ]*[%)]?"
_DATE = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?"
_CONTACT = r".*@.*|[+(]?[0-9][-0-9 ()]{8,}|0[0-9]{3,}|https?://.*"
_NAMING = re.compile(
    r"phone|mobile|\bcell\b|mail|address|\bname\b|passport|social security|\bssn\b|\biban\b|password|token|"
    r"wechat|\bqq\b|(^|\s)(id|no|nr|number|code|key|uuid)$|姓名|电话|手机|邮箱|地址|身份证|护照|微信|号码|编号|密码|证件"
)
"""Headers of what names or identifies somebody."""


@dataclass(frozen=True)
class Own:
    """One own attribute: what it is called, its header, and what its values are."""

    name: str
    header: str
    kind: Kind


@dataclass(frozen=True)
class _Seen:
    """What the cells of a column look like: counts of values, different ones, kinds, and the longest text."""

    header: str
    rows: int
    different: int
    numbers: int
    dates: int
    contacts: int
    longest: int

    @property
    def kind(self) -> Kind:
        """What nearly all values are."""
        if self.rows and self.dates >= NEARLY_ALL * self.rows:
            return "date"
        return "number" if self.rows and self.numbers >= NEARLY_ALL * self.rows else "text"

    @property
    def is_contact(self) -> bool:
        """Whether the header or half of the values name or identify somebody."""
        by_values = self.kind != "date" and 2 * self.contacts > self.rows
        return by_values or bool(_NAMING.search(normal(self.header)))

    @property
    def tells(self) -> bool:
        """Whether it parts customers into groups: figures and days do, texts where they repeat."""
        repeats = 2 * self.different <= self.rows and self.different <= MOST_VALUES
        return self.different > 1 and (self.kind != "text" or (repeats and self.longest <= LONGEST))


def decided(store: Store, sheet: Sheet, layout: Layout, guess: bool) -> tuple[Own, ...]:
    """The own attributes of a sheet.

    Args:
        store: The workspace; attributes that it has are kept again.
        sheet: The rows.
        layout: How the sheet is read; what it says of own attributes goes first.
        guess: Whether the values decide where the layout says nothing.

    Raises:
        InputError: for an attribute that another column is called, or one of another table.
        Unusable: for a column that holds contact data.
    """
    wanted = layout.own
    if layout.spec.table != OF:
        if wanted:
            raise InputError(
                f"Own attributes are kept of customers, not of {layout.spec.table}.",
                "Leave them out of the mapping.",
                next(iter(wanted)),
            )
        return ()
    if wanted is None:
        found = by_values(sheet, layout.unused, names(store)) if guess else []
    else:
        looks = _seen(sheet, list(wanted.values()))
        found = [_asked(name, seen) for name, seen in zip(wanted, looks, strict=True)]
    return tuple(_as_before(item, kinds(store)) for item in found)


def _asked(name: str, seen: _Seen) -> Own:
    """An own attribute that the mapping names."""
    if _taken(name) or len(name) > LONGEST:
        raise InputError(
            f"{name!r} cannot be the name of an own attribute.",
            f"Give one of up to {LONGEST} characters that no column of customers has.",
            f"{OWN}{name}",
        )
    if 2 * seen.contacts > seen.rows and seen.kind != "date":
        raise Unusable("crm.own_contact", header=seen.header)
    return Own(name, seen.header, seen.kind)


def by_values(sheet: Sheet, headers: Sequence[str], known: Collection[str] = ()) -> list[Own]:
    """The columns that are kept where nobody says which ones.

    Args:
        sheet: The rows.
        headers: Those that are no field.
        known: Names of own attributes that are kept again, however many values they have.
    """
    free = [header for header in dict.fromkeys(headers) if not _taken(_name(header))]
    return [
        Own(_name(seen.header), seen.header, seen.kind)
        for seen in _seen(sheet, free)
        if not seen.is_contact and (seen.tells or (seen.rows and _name(seen.header) in known))
    ]


def names(store: Store) -> set[str]:
    """Names of the own attributes that the workspace has."""
    if TABLE not in store.tables:
        return set()
    return {row["trait"] for row in store.query(f"SELECT DISTINCT trait FROM {TABLE}").to_pylist()}


def kinds(store: Store) -> dict[str, Kind]:
    """Name → what most values are, of the own attributes that are figures or days in the workspace."""
    if TABLE not in store.tables:
        return {}
    counts = "count(value) AS of_all, count(number) AS number, count(day) AS date"
    rows = store.query(f"SELECT trait, {counts} FROM {TABLE} GROUP BY trait").to_pylist()
    shown: tuple[Kind, ...] = ("number", "date")
    return {row["trait"]: kind for row in rows for kind in shown if 2 * row[kind] >= max(1, row["of_all"])}


def _as_before(item: Own, known: Mapping[str, Kind]) -> Own:
    """An attribute as what the workspace has it for: one odd cell in few makes no texts of figures."""
    return replace(item, kind=known.get(item.name, item.kind)) if item.kind == "text" else item


def _name(header: str) -> str:
    return re.sub(r"\s+", " ", header).strip()[:LONGEST]


def name_of(header: str) -> str:
    """The name of the own attribute that a header may become; empty where a column is called so."""
    name = _name(header)
    return "" if _taken(name) else name


def _taken(name: str) -> bool:
    return not name or normal(name) in {normal(item.name) for item in spec(OF).fields}


def _seen(sheet: Sheet, headers: Sequence[str]) -> list[_Seen]:
    """What the cells of some columns look like."""
    if not headers:
        return []
    with parquet.connect() as connection:
        if isinstance(sheet.cells, Path):
            cells = f"read_parquet({quoted(str(sheet.cells))})"
        else:
            connection.register("cells", sheet.cells)
            cells = "cells"
        columns = [_look(f"t{place}") for place in range(len(headers))]
        texts = ", ".join(
            f"{text_sql(f'c{sheet.headers.index(header)}', MISSING_NUMBERS)} AS t{place}"
            for place, header in enumerate(headers)
        )
        found = connection.execute(
            f"SELECT {', '.join(columns)} FROM (SELECT {texts} FROM {cells} LIMIT {LOOKED_AT})"
        ).fetchall()[0]
    return [_Seen(header, *found[6 * at : 6 * at + 6]) for at, header in enumerate(headers)]


def _look(text: str) -> str:
    """SQL of the six figures of one column."""
    shares = ", ".join(
        f"count(*) FILTER (regexp_full_match({text}, {quoted(pattern)}))"
        for pattern in (_NUMBER, _DATE, _CONTACT)
    )
    return f"count({text}), count(DISTINCT {text}), {shares}, coalesce(max(length({text})), 0)"


def keep(
    connection: DuckDBPyConnection,
    sheet: Sheet,
    owned: Sequence[Own],
    request: Request,
    good: pa.Table,
) -> pa.Table:
    """The values of own attributes in the columns of table `traits`, of the good rows.

    Args:
        connection: DuckDB connection in UTC, after the sheet itself was parsed and checked.
        sheet: The rows.
        owned: The attributes.
        request: Time zone, order of dates, decimal sign.
        good: The rows of `customers`, with `customer_id`, `import_id` and `line`.
    """
    schema = TABLES[TABLE].arrow()
    if not owned:
        return schema.empty_table()
    fields = tuple(_field(place, item) for place, item in enumerate(owned))
    columns = {field.name: item.header for field, item in zip(fields, owned, strict=True)}
    connection.execute("DROP TABLE IF EXISTS parsed")
    parse(connection, sheet, replace(SPEC, fields=fields), columns, request)
    connection.register("good_customers", good)
    parts = " UNION ALL ".join(_long(field, item) for field, item in zip(fields, owned, strict=True))
    listed = ", ".join(schema.names)
    query = f"SELECT {listed} FROM ({parts}) JOIN good_customers USING (line) ORDER BY line, trait"
    made = connection.sql(query).to_arrow_table().cast(schema)
    connection.unregister("good_customers")
    return made


def _field(place: int, item: Own) -> Field:
    return Field(f"own{place}", f"own{place}", item.kind, (item.header,))


def _long(field: Field, item: Own) -> str:
    number, day = (f"p_{field.name}" if item.kind == kind else "NULL" for kind in ("number", "date"))
    return (
        f"SELECT line, {quoted(item.name)} AS trait, t_{field.name} AS value, "
        f"{number}::DOUBLE AS number, {day}::DATE AS day FROM parsed"
    )


def as_mapping(layout: Layout, owned: Sequence[Own]) -> dict[str, str]:
    """Column → header of a sheet, own attributes included."""
    return {**layout.columns, **{f"{OWN}{item.name}": item.header for item in owned}}


def about(layout: Layout, owned: Sequence[Own], lang: str) -> list[Finding]:
    """What was kept, and what nothing was taken from."""
    told = []
    if owned:
        shown = ", ".join(item.name for item in owned[:_SHOWN]) + (" …" if len(owned) > _SHOWN else "")
        told.append(finding("PASS", "crm.own_kept", lang, columns=shown, count=len(owned)))
    left = [header for header in layout.unused if header not in {item.header for item in owned}]
    unused = finding("PASS", "unused", lang, headers=", ".join(left[:_SHOWN]))
    return [*told, unused] if left else told
