"""The one seam to privacy: rows of people go in here and come out with pseudonyms, their values sealed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.schema import TABLES
from workbench.store.changes import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.changes import Change
    from workbench.store.store import Store


AT_ONCE = 100_000
"""Rows that are sealed at a time; their values are plain Python objects meanwhile."""


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
    import pyarrow as pa

    from workbench.privacy import protect

    whole = _completed(store, table, rows)
    starts = range(0, max(len(whole), 1), AT_ONCE)
    parts = [protect(store, table, whole.slice(start, AT_ONCE)) for start in starts]
    sealed = replace(parts[0], sealed=pa.concat_tables([part.sealed for part in parts]))
    return pa.concat_tables([part.rows for part in parts]), sealed.changes


def named(store: Store, table: str, rows: pa.Table, make: bool = True, lasting: bool = False) -> pa.Table:
    """Rows with pseudonyms, of forgotten customers too, and personal values as they are; nothing is written.

    Args:
        store: The workspace.
        table: Canonical table.
        rows: Its columns, as the source has them.
        make: Whether a workspace that has no key yet gets one; else its rows stay as they are.
        lasting: Pseudonyms that a rotation of keys does not change; for marks of rows, never to be stored.
    """
    from workbench.privacy import ring
    from workbench.privacy.pseudonyms import under

    columns = [
        column.name
        for column in TABLES[table].columns
        if column.privacy == "pseudonym" and column.name in rows.column_names
    ]
    if not columns or not (make or ring.count(store.path)):
        return rows
    keys = ring.settled(store.path)
    return under(keys.first if lasting else keys, rows, dict.fromkeys(columns, "id"))


def forgotten(store: Store, table: str) -> set[str]:
    """Pseudonyms of the customers who were forgotten; none where a table is not about people."""
    from workbench.privacy import ring, tombstones

    if not (concerns_people(table) and ring.count(store.path)):
        return set()
    return tombstones.erased(store.path, ring.settled(store.path))


def _completed(store: Store, table: str, rows: pa.Table) -> pa.Table:
    """Rows with the personal values that the vault has and the sheet has no column for: they stay."""
    import pyarrow as pa

    schema = TABLES[table].arrow()
    missing = [name for name in _personal(table) if name not in rows.column_names]
    held = _held(store, table, rows) if missing else []
    if not any(held):
        return rows
    for name in missing:
        values = [_typed(found.get(name), schema.field(name).type) for found in held]
        rows = rows.append_column(schema.field(name), pa.array(values, schema.field(name).type))
    return rows


def _held(store: Store, table: str, rows: pa.Table) -> list[dict[str, Any]]:
    """What the vault holds of each row; nothing is shown to anyone."""
    from workbench.privacy import keytable, ring, vault

    if vault.TABLE not in store.tables:
        return []
    keys = ring.ring(store.path)
    query = f"SELECT * FROM {vault.TABLE} WHERE of_table = {literal(table)} ORDER BY sealed_at"
    sealed = store.query(query).to_pylist()
    wanted = _places(table, named(store, table, rows))
    known = {(row["customer_id"], row["row_id"]): row for row in sealed}
    secrets = keytable.keys(store.path, keys, sorted({who for who, _ in wanted if who}))
    return [
        vault.unsealed(keys, secrets[place[0]], known[place])
        if place in known and place[0] in secrets
        else {}
        for place in wanted
    ]


def _places(table: str, rows: pa.Table) -> list[tuple[str, str]]:
    """Customer and row id, as the vault names a row."""
    own = [name for name in TABLES[table].with_role("key") if name != "customer_id"]
    ids = rows[own[0]].to_pylist() if own else [""] * len(rows)
    return [(who or "", name or "") for who, name in zip(rows["customer_id"].to_pylist(), ids, strict=True)]


def _typed(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    return dt.date.fromisoformat(value) if value and pa.types.is_date(kind) else value


def _personal(table: str) -> list[str]:
    return [column.name for column in TABLES[table].columns if column.privacy == "personal"]


def is_personal(table: str) -> bool:
    """Whether rows of a table have values that only the vault may hold."""
    return bool(_personal(table))


def concerns_people(table: str) -> bool:
    """Whether rows of a table name or identify people."""
    return any(column.privacy != "none" for column in TABLES[table].columns)
