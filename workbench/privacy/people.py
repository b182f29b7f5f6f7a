"""Who is meant: from what a person types to the pseudonym in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.errors import PrivacyError
from workbench.privacy import keytable, pseudonyms
from workbench.privacy.ring import Ring
from workbench.schema import TABLES

if TYPE_CHECKING:
    from workbench.store.store import Store

CUSTOMER = "customer_id"


def resolve(store: Store, keys: Ring, text: str) -> str:
    """The pseudonym of a customer named by pseudonym or by the source's own identifier.

    Raises:
        PrivacyError: for a customer whom nothing in the workspace knows.
    """
    found = find(store, keys, text)
    if found is None:
        raise PrivacyError(
            "No customer of this workspace has this id.",
            "Give the pseudonym in the tables, or the identifier as the source writes it.",
        )
    return found


def find(store: Store, keys: Ring, text: str) -> str | None:
    """The pseudonym of a customer, forgotten ones included; None where nobody knows them."""
    text = text.strip()
    forgotten = keytable.erased(store.path, keys)
    candidates = [name for name in (pseudonyms.carry(keys, text), pseudonyms.of(keys, text)) if name]
    for name in candidates:
        if name in forgotten or keytable.known(store.path, [name]) or is_in_tables(store, name):
            return name
    return None


def is_in_tables(store: Store, customer: str) -> bool:
    """Whether any table of the pinned version names a customer."""
    literal = "'" + customer.replace("'", "''") + "'"
    parts = [
        f"SELECT 1 FROM {table} WHERE {column} = {literal}"
        for table, column in pseudonym_columns(store)
        if column == CUSTOMER
    ]
    return bool(parts) and len(store.query(f"SELECT 1 FROM ({' UNION ALL '.join(parts)}) LIMIT 1")) > 0


def pseudonym_columns(store: Store) -> Iterator[tuple[str, str]]:
    """(table, column) of every column with pseudonyms in the pinned version, own tables included."""
    for table in store.tables:
        if table in TABLES:
            yield from (
                (table, column.name) for column in TABLES[table].columns if column.privacy == "pseudonym"
            )
        elif CUSTOMER in store.table(table).columns:
            yield table, CUSTOMER
