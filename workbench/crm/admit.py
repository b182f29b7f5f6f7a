"""The one seam to privacy: rows of people go in here and come out with pseudonyms, their values sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.changes import Change
    from workbench.store.store import Store


def admit(store: Store, table: str, rows: pa.Table) -> tuple[pa.Table, tuple[Change, ...]]:
    """Rows as they may be stored, and what has to be committed with them.

    Args:
        store: The workspace, inside `store.writing()`.
        table: Canonical table.
        rows: Its columns, as the source has them, each with its id.

    Raises:
        PrivacyError: for a key that is missing or wrong.
    """
    if not concerns_people(table):
        return rows, ()
    from workbench.privacy import protect

    made = protect(store, table, rows)
    return made.rows, made.changes


def named(store: Store, table: str, rows: pa.Table, make: bool = True) -> pa.Table:
    """Rows with pseudonyms and personal values as they are; nothing is sealed or written.

    Args:
        store: The workspace.
        table: Canonical table.
        rows: Its columns, as the source has them.
        make: Whether a workspace that has no key yet gets one; else its rows stay as they are.
    """
    from workbench.privacy import ring
    from workbench.privacy.pseudonyms import pseudonymise

    columns = [
        column.name
        for column in TABLES[table].columns
        if column.privacy == "pseudonym" and column.name in rows.column_names
    ]
    if not columns or not (make or ring.count(store.path)):
        return rows
    return pseudonymise(rows, store, dict.fromkeys(columns, "id"))


def is_personal(table: str) -> bool:
    """Whether rows of a table have values that only the vault may hold."""
    return any(column.privacy == "personal" for column in TABLES[table].columns)


def concerns_people(table: str) -> bool:
    """Whether rows of a table name or identify people."""
    return any(column.privacy != "none" for column in TABLES[table].columns)
