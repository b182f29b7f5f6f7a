"""Which columns of a file are plain: nothing to trim, to translate or to doubt in any of their cells.

A pass over the cells finds them. Their SQL is then the bare cell or a cast of it, instead of the slow readers
that take any spelling, and the rules that a plain number cannot break are not asked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.sources.values import MISSING, NAME, Measure, quoted, stored_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DIGITS = "([0-9]{1,12})?"
"""Whole numbers; as micros they fit 64 bits, too."""

DECIMALS = r"([0-9]{1,9}(\.[0-9]{1,2})?)?"
"""Numbers with up to two decimals; as micros they fit the digits of DECIMAL(18, 2), too."""


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
            return f"TRY_CAST(r_{item.name} AS DECIMAL(18, 2))"
        return None

    def stored(self, item: Measure) -> str:
        """SQL of a number as it is stored."""
        if item.kind != "money":
            return stored_sql(f"v_{item.name}", item)
        factor = f"{item.factor}::{'BIGINT' if item.cell in self.digits else 'DECIMAL(7, 0)'}"
        return f"CAST(v_{item.name} * {factor} AS BIGINT)"


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
    named = f"regexp_full_match(cell, '({NAME})?') AND lower(cell) NOT IN ({listed})"
    digits = _holding(connection, numbers, f"regexp_full_match(cell, '{DIGITS}')")
    others = [cell for cell in numbers if cell not in digits]
    decimals = _holding(connection, others, f"regexp_full_match(cell, '{DECIMALS}')")
    return Plain(_holding(connection, texts, named), digits, decimals)


def _holding(connection: DuckDBPyConnection, columns: Collection[str], condition: str) -> frozenset[str]:
    """The columns whose every distinct value fulfils a condition."""
    asked = f"SELECT bool_and({condition}) FROM (SELECT DISTINCT "
    found = {name: connection.execute(f"{asked}{name} AS cell FROM cells)").fetchall() for name in columns}
    return frozenset(name for name, ((yes,),) in found.items() if yes is not False)
