"""What a visitor sees whose link is for some advertisers: the rows of each table that are theirs.

The limit stands in the views that an engine makes of the data files, below every question: no question,
filter, saved view or address can ask past it. A table is closed unless this module says what of it belongs
to an advertiser. Customers, orders and journeys belong to none: they stay closed whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

Advertisers = tuple[str, ...] | None
"""Names as column `advertiser` holds them; None: everybody's rows."""

ROLLUP = "performance_hourly"
OF_NOBODY = ("exchange_rates", "external")
"""Tables that tell nothing of any advertiser: rates, holidays, weather, markets."""
OF_ADVERTISERS = ("performance", "conversions", ROLLUP, "reach")
_NAMED = ("advertiser", "account", "campaign_id", "campaign", "ad_group", "creative")
"""Dimensions whose labels name an advertiser's things."""
_COMMON = (
    *("source", "channel", "region", "device", "audience", "objective", "language", "kind", "format"),
    *("grain", "breakdown", "time_basis", "goal"),
)
"""Dimensions whose labels name nobody's things."""
_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
"""Table functions that read no file and no catalogue."""
_PLAIN = re.compile(r"(?!duckdb_|pragma_|sqlite_)\w+")
"""Names a query may give to its own parts: none that means a file or the catalogue elsewhere in it."""


def condition(name: str, advertisers: Sequence[str], rollup: str, text: Callable[[str], str]) -> str:
    """SQL of the rows of a table that some advertisers' visitors see.

    Args:
        name: Table.
        advertisers: Whose rows.
        rollup: How SQL names the roll-up, limited already.
        text: Makes a literal of a text.
    """
    if name in OF_NOBODY:
        return "true"
    theirs = f"advertiser IN ({', '.join(map(text, advertisers))})" if advertisers else "false"
    if name in OF_ADVERTISERS:
        return theirs
    if name == "campaigns":
        known = f"campaign_id IN (SELECT campaign_id FROM {rollup} WHERE campaign_id IS NOT NULL)"
        return f"{theirs} OR (advertiser IS NULL AND {known})"
    if name == "creatives":
        return f"(campaign_id, creative) IN (SELECT campaign_id, creative FROM {rollup})"
    if name == "labels":
        common = f"dimension IN ({', '.join(map(text, _COMMON))})"
        seen = (f"SELECT {column} FROM {rollup} WHERE {column} IS NOT NULL" for column in _NAMED)
        named = (
            f"(dimension = {text(column)} AND value IN ({rows}))"
            for column, rows in zip(_NAMED, seen, strict=True)
        )
        return " OR ".join((common, *named))
    return "false"


def check_sql(cursor: Any, sql: str, tables: Iterable[str]) -> None:
    """Refuse SQL as text that reads anything but the store's tables: a file, or the engine's own catalogue.

    Args:
        cursor: DuckDB cursor, which parses it.
        sql: One SELECT.
        tables: Names of the store's tables.

    Raises:
        QuestionError: naming what it reads.
    """
    told = cursor.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()[0]
    tree = json.loads(told)
    known = {*tables, *(name for name in _ctes(tree) if _PLAIN.fullmatch(name))}
    strange = {*_tables(tree)} - known | ({*_functions(tree)} - _FUNCTIONS)
    if tree.get("error") or strange:
        raise refusal(strange)


def refusal(strange: Iterable[str]) -> QuestionError:
    """The error for a query that reads more than the store's tables.

    Args:
        strange: What else it reads.
    """
    return QuestionError(
        f"Your link is for some advertisers, so a query may not read {', '.join(sorted(strange))!r}.",
        "Read the tables of the store only.",
    )


def check_open(advertisers: Advertisers) -> None:
    """Refuse to change the data of a workspace under a limit.

    Raises:
        StoreError: where there is one.
    """
    if advertisers is not None:
        raise StoreError(
            "Your link is for some advertisers, so it cannot change the data of all.",
            "Ask for a link without that limit.",
        )


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every part of a parsed SELECT."""
    if isinstance(node, list):
        for entry in node:
            yield from _nodes(entry)
    elif isinstance(node, dict):
        yield node
        yield from _nodes(list(node.values()))


def _tables(tree: Any) -> Iterator[str]:
    """The tables that a parsed SELECT reads, with their schema where it is none of a store's."""
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE":
            place, name = str(node.get("schema_name", "")), str(node.get("table_name", "")).lower()
            ours = not node.get("catalog_name") and re.fullmatch(r"(v\d+)?", place)
            yield name if ours else f"{place}.{name}"


def _functions(tree: Any) -> Iterator[str]:
    """The functions whose rows it reads."""
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            yield str(node.get("function", {}).get("function_name", "?")).lower()


def _ctes(tree: Any) -> Iterator[str]:
    """The names that it gives to its own parts."""
    for node in _nodes(tree):
        for entry in (node.get("cte_map") or {}).get("map", ()):
            yield str(entry["key"]).lower()
