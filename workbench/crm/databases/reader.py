"""What a driver must do; and SQL that both kinds of database read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from workbench.crm.databases.address import Address
from workbench.errors import InputError

BATCH = 20_000
"""Rows that are held at a time."""

Row = Sequence[str | None]


class Reader(Protocol):
    """One read-only transaction; every value comes as text, exactly as the database writes it."""

    def headers(self) -> tuple[str, ...]:
        """Names of the columns."""
        ...

    def newest(self, column: str, until: str = "") -> str | None:
        """The greatest value of a column, or the greatest up to a moment; None where there is none."""
        ...

    def rows(self, columns: Sequence[str], column: str = "", since: str | None = None) -> Iterator[list[Row]]:
        """Rows in batches: all, or those from `since` on and those without a value there."""
        ...


def source(address: Address, quote: str) -> str:
    """SQL of what is read, as a table expression; the SELECT of a user is closed in by a subquery.

    Args:
        address: What is read.
        quote: Quotation mark of names.
    """
    if address.is_query:
        return f"(\n{address.what}\n) AS given"
    parts = [part.strip().strip(quote) for part in address.what.split(".")]
    if not all(parts):
        raise InputError(f"{address.what!r} is no name of a table.", "Write table or schema.table.", "table")
    return ".".join(name(part, quote) for part in parts)


def name(text: str, quote: str) -> str:
    """A quoted name."""
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


def select(
    address: Address, quote: str, columns: Sequence[str], column: str = "", since: str | None = None
) -> str:
    """SELECT of some columns; `since` is a SQL literal."""
    listed = ", ".join(name(text, quote) for text in columns) or "*"
    limit = ""
    if column and since is not None:
        grows = name(column, quote)
        limit = f" WHERE {grows} >= {since} OR {grows} IS NULL"
    return f"SELECT {listed} FROM {source(address, quote)}{limit}"


def greatest(address: Address, quote: str, column: str, until: str = "") -> str:
    """SELECT of the greatest value of a column; `until` is a SQL literal."""
    grows = name(column, quote)
    limit = f" WHERE {grows} <= {until}" if until else ""
    return f"SELECT max({grows}) FROM {source(address, quote)}{limit}"


def refused(address: Address, error: Exception) -> InputError:
    """The sentence for a database that cannot be reached or read."""
    return InputError(
        f"The database cannot be read: {address.hidden(error)}.",
        "Check host, database, table, user and password; nothing was imported.",
        address.shown,
    )
