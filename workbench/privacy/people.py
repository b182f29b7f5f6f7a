"""Who is meant: from what a person types to the pseudonym in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import PrivacyError
from workbench.privacy import keytable, pseudonyms, tombstones
from workbench.privacy.ring import Ring, ring
from workbench.schema import TABLES
from workbench.store import parquet, rewrite

if TYPE_CHECKING:
    from workbench.store.store import Store

CUSTOMER = "customer_id"

LINKS = ("vault", "identities")
"""Tables whose rows are nothing but a link to a person."""

TELLING = {"customers": ("company", "position"), "traits": ("value", "number", "day")}
"""Columns that are not personal in a crowd, and are beside one customer's orders."""

WRITTEN = {
    "interactions": ("message", "reaction", "result"),
    "leads": ("lost_reason",),
    "tags": ("tag", "value"),
    "transactions": ("status",),
}
"""Columns in which somebody may have written about the customer of the row."""


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
    forgotten = tombstones.erased(store.path, keys)
    candidates = [name for name in (pseudonyms.carry(keys, text), pseudonyms.of(keys, text)) if name]
    for name in candidates:
        if name in forgotten or keytable.known(store.path, [name]) or is_in_tables(store.path, name):
            return name
    return None


def is_in_tables(root: Path, customer: str) -> bool:
    """Whether any table names a customer, in any kept version."""
    with parquet.connect() as connection:
        for table, kept in rewrite.kept_files(root).items():
            if CUSTOMER in columns_with_pseudonyms(table, kept.columns):
                rows = f"SELECT 1 FROM ({parquet.select(root, table, kept)})"
                query = f"{rows} WHERE {CUSTOMER} = {parquet.text(customer)} LIMIT 1"
                if connection.execute(query).fetchall():
                    return True
    return False


def marks(store: Store, text: str) -> list[str]:
    """Marks in the audit log of a customer, named by pseudonym or by the source's own identifier.

    Raises:
        PrivacyError: for a key that is missing or wrong.
    """
    keys = ring(store.path, create=False)
    by_pseudonym = keys.mark("audit", pseudonyms.carry(keys, text.strip()))
    named = enumerate(pseudonyms.of_every_key(keys, text))
    return [by_pseudonym, *(keys.mark("audit", name, stage) for stage, name in named)]


def columns_with_pseudonyms(table: str, columns: Sequence[str]) -> list[str]:
    """Columns of a table, canonical or own, that hold pseudonyms."""
    if table in TABLES:
        return [column.name for column in TABLES[table].columns if column.privacy == "pseudonym"]
    return [CUSTOMER] if CUSTOMER in columns else []
