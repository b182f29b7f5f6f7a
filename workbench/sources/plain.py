"""Which columns of a file are plain: nothing to trim, to translate or to doubt in any of their cells.

A pass over the cells finds them. Their SQL is then the bare cell or a cast of it, instead of the slow readers
that take any spelling, and the rules that a plain number cannot break are not asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.sources.values import MISSING, NAME, Measure, quoted, stored_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DIGITS = "([0-9]{1,12})?"
"""Whole numbers; as micros they fit 64 bits, too."""

DECIMALS = r"([0-9]{1,12}(\.[0-9]{1,6})?)?"
"""Numbers with up to six decimals; exact in DECIMAL(18, 6)."""


@dataclass(frozen=True)
class Plain:
    """Columns of a grid that are plain.

    Attributes:
        texts: Those whose cells are names as they are, or empty, and no word for missing or total.
        digits: Those whose cells are whole numbers without signs or separators, or empty.
        decimals: Further ones whose cells are numbers with a point at most, or empty.
    """

    texts: frozenset[str] = frozenset()
    digits: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()

    def text(self, cell: str) -> str | None:
        """SQL of a plain text, null where it is empty; None for another column."""
        return f"nullif({cell}, '')" if cell in self.texts else None

    def number(self, item: Measure) -> str | None:
        """SQL of a plain number that is written with a point; None for another column."""
        if item.cell in self.digits:
            return f"TRY_CAST(r_{item.name} AS BIGINT)"
        if item.cell in self.decimals and item.kind != "count":
            return f"TRY_CAST(r_{item.name} AS DECIMAL(18, 6))"
        return None

    def stored(self, item: Measure) -> str:
        """SQL of a number as it is stored."""
        if item.cell in self.digits and item.kind == "money":
            return f"v_{item.name} * {item.factor}"
        return stored_sql(
            f"v_{item.name}::DECIMAL(24, 6)" if item.kind == "money" else f"v_{item.name}", item
        )


def plain(
    connection: DuckDBPyConnection,
    texts: Collection[str],
    numbers: Collection[str],
    missing: Sequence[str],
    totals: Sequence[str],
) -> Plain:
    """Find the plain columns of table `cells`.

    Args:
        connection: Holds `cells`.
        texts, numbers: Names of the columns that are read as such.
        missing: A platform's own words for missing values.
        totals: Words that mark a row of totals.
    """
    words = {word.strip().casefold() for word in (*MISSING, *missing, *totals)} - {""}
    listed = ", ".join(map(quoted, sorted(words)))
    named = {cell: f"{_is(cell, f'({NAME})?')} AND lower({cell}) NOT IN ({listed})" for cell in texts}
    digits = _holding(connection, {cell: _is(cell, DIGITS) for cell in numbers})
    decimals = {cell: _is(cell, DECIMALS) for cell in numbers if cell not in digits}
    return Plain(_holding(connection, named), digits, _holding(connection, decimals))


def _is(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, '{pattern}')"


def _holding(connection: DuckDBPyConnection, conditions: Mapping[str, str]) -> frozenset[str]:
    """The columns of which every row fulfils its condition."""
    if not conditions:
        return frozenset()
    asked = ", ".join(f"bool_and({condition})" for condition in conditions.values())
    found = connection.execute(f"SELECT {asked} FROM cells").fetchall()[0]
    return frozenset(cell for cell, yes in zip(conditions, found, strict=True) if yes is not False)
