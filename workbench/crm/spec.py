"""What the CRM tables look like in files and databases, as data: one TOML file a table in `tables/`.

`common.toml` says how headers call the columns that several tables share. A file may say:
`names` (of files and database tables), `signs` (columns that tell the table from others), `key` (where it
is not the table's own), `derive` (rows without an id get one from their content), `sum` (rows of one key
are added), `latest` (of rows of one key the one with the latest value counts), `one_of` (one of these columns
is needed), `[columns.…]` and `[[rules]]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workbench.errors import InputError, unknown
from workbench.schema import TABLES, Column

Kind = Literal["text", "id", "email", "phone", "money", "count", "number", "bool", "date", "time"]

_KINDS: dict[str, Kind] = {"float64": "number", "bool": "bool", "date": "date", "timestamp": "time"}
_REFERS = {
    "customer_id": "customers",
    "transaction_id": "transactions",
    "refund_of": "transactions",
    "product_id": "products",
}
_OURS = ("import_id", "line", "hour_of_week")


@dataclass(frozen=True)
class Field:
    """One column of a table as files have it.

    Attributes:
        name: Name in mappings; that of the column without `_micros`.
        column: Canonical column.
        kind: How its values are read.
        headers: Spellings in files, the surest first.
        values: Value as files write it (small letters) → canonical value.
        need: Whether a row without it cannot be used.
        default: Value of rows or files without it; None: there is none.
        personal: Whether its values name or identify a person, so that no sentence shows them.
        refers: Table whose key it should be in; empty: none.
    """

    name: str
    column: str
    kind: Kind
    headers: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    need: bool = False
    default: str | None = None
    personal: bool = False
    refers: str = ""


@dataclass(frozen=True)
class RowRule:
    """One rule about rows: SQL over `{field}` names that is true for rows which break it.

    It applies where the sheet has all its columns; with `some`, where it has one of them.
    """

    code: str
    columns: tuple[str, ...]
    broken: str
    rejects: bool = False
    some: bool = False


@dataclass(frozen=True)
class Spec:
    """One table as files have it; see the head of this file."""

    table: str
    names: tuple[str, ...]
    signs: tuple[str, ...]
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rules: tuple[RowRule, ...]
    derive: bool = False
    sum: bool = False
    latest: str = ""
    one_of: tuple[str, ...] = ()

    def field(self, name: str) -> Field:
        """The field called `name`, with or without `_micros`.

        Raises:
            InputError: if the table has none of that name.
        """
        for item in self.fields:
            if name in (item.name, item.column):
                return item
        names = [item.name for item in self.fields]
        raise unknown(f"column of table {self.table!r}", name, names, InputError, "mapping")

    def has(self, name: str) -> bool:
        """Whether the canonical table has a column."""
        return name in TABLES[self.table].names

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the fields that a file must have."""
        return tuple(item.name for item in self.fields if item.need and item.default is None)

    def lacks(self, columns: Collection[str]) -> tuple[str, ...]:
        """Needed fields that are not among some columns."""
        missing = tuple(name for name in self.needs if name not in columns)
        some = not self.one_of or any(name in columns for name in self.one_of)
        return missing if some else (*missing, self.one_of[0])

    @property
    def made_key(self) -> str:
        """The key column that rows without an id get from their content; empty: none."""
        return self.key[0] if self.derive else ""


@cache
def common() -> frozenset[str]:
    """Headers that tables of any kind have, in small letters."""
    return frozenset(_shared()["common"])


@cache
def answers(kind: Literal["yes", "no"]) -> tuple[str, ...]:
    """What yes, or no, is called."""
    return tuple(_shared()[kind])


@cache
def specs() -> dict[str, Spec]:
    """All CRM tables by name."""
    folder = Path(__file__).parent / "tables"
    files = sorted(file for file in folder.glob("*.toml") if file.stem != "common")
    return {file.stem: _spec(file.stem, _read(file), _shared()["columns"]) for file in files}


def spec(table: str) -> Spec:
    """The CRM table called `table`.

    Raises:
        InputError: if there is none.
    """
    if table not in specs():
        raise unknown("CRM table", table, specs(), InputError, "table")
    return specs()[table]


@cache
def _shared() -> dict[str, Any]:
    return _read(Path(__file__).parent / "tables" / "common.toml")


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _spec(table: str, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Spec:
    columns = [column for column in TABLES[table].columns if column.name not in _OURS]
    own = entry.get("columns", {})
    key = tuple(entry.get("key", TABLES[table].with_role("key")))
    return Spec(
        table=table,
        names=(table, *entry["names"]),
        signs=tuple(entry.get("signs", ())),
        fields=tuple(_field(table, column, own, shared, key) for column in columns),
        key=key,
        rules=tuple(
            RowRule(**{**rule, "columns": tuple(rule["columns"])}) for rule in entry.get("rules", ())
        ),
        derive=entry.get("derive", False),
        sum=entry.get("sum", False),
        latest=entry.get("latest", ""),
        one_of=tuple(entry.get("one_of", ())),
    )


def _field(
    table: str, column: Column, own: Mapping[str, Any], shared: Mapping[str, Any], key: tuple[str, ...]
) -> Field:
    name = column.name.removesuffix("_micros")
    usual = shared.get(name, {})
    entry = own.get(name, usual)
    values = entry.get("values", usual.get("values", {}))
    return Field(
        name=name,
        column=column.name,
        kind=entry.get("kind") or _kind(column, key),
        headers=(name, column.name, *entry.get("headers", usual.get("headers", ()))),
        values={text.casefold(): word for word, texts in values.items() for text in (word, *texts)},
        need=entry.get("need", False),
        default=entry.get("default"),
        personal=column.privacy != "none",
        refers=_REFERS.get(column.name, "") if _REFERS.get(column.name) != table else "",
    )


def _kind(column: Column, key: tuple[str, ...]) -> Kind:
    if column.unit == "micros":
        return "money"
    if column.type == "int64":
        return "count"
    if column.type == "string" and (column.name in key or column.name.endswith("_id")):
        return "id"
    return _KINDS.get(column.type, "text")
