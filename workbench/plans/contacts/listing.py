"""One page of a work list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LISTED = 20
"""Contacts of one page."""


@dataclass(frozen=True, eq=False)
class Listing:
    """One page.

    Attributes:
        rows: Contacts on it.
        number: Which one it is, from 1. pages: How many there are, at least one.
        earlier, later: Number of the page before and after; None: there is none.
    """

    rows: pd.DataFrame
    number: int
    pages: int
    earlier: int | None
    later: int | None


def listing(table: pd.DataFrame, number: int) -> Listing:
    """A page of a table; beyond the last one, the last one."""
    pages = max(1, -(-len(table) // LISTED))
    at = min(max(number, 1), pages)
    rows = table.iloc[(at - 1) * LISTED : at * LISTED]
    return Listing(rows, at, pages, at - 1 if at > 1 else None, at + 1 if at < pages else None)
