"""The vault: personal values of a row, sealed with the key of its customer (AES-256-GCM, SP 800-38D)."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import PrivacyError
from workbench.privacy import audit, keytable, tombstones
from workbench.privacy.keytable import NONCE_BYTES
from workbench.privacy.ring import Ring, ring
from workbench.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

TABLE = "vault"
SOURCE_ID = "source_id"
"""The identifier under which the source knows a customer: the link between person and pseudonym."""

NOBODY = ""
"""Whose key seals personal values in rows without a customer."""

_LEAST_REASON = 3


@dataclass(frozen=True)
class Personal:
    """What the vault holds of one customer.

    Attributes:
        customer_id: Pseudonym.
        values: Name, e-mail, …, and `source_id`.
        texts: Personal values of other rows: table, row id, values.
    """

    customer_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    texts: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        texts = [{"table": table, "row": row, **values} for table, row, values in self.texts]
        return {"customer_id": self.customer_id, **self.values, "texts": texts}


def open_personal(store: Store, customer_id: str, reason: str, who: str = "") -> Personal:
    """Open one customer's personal values; the audit log gets a line before anything is opened.

    Args:
        store: The workspace, at the version whose values are wanted.
        customer_id: Pseudonym, or the identifier under which the source knows the customer.
        reason: Why, in words; it is kept.
        who: Who asks; empty: the user of this machine.

    Raises:
        PrivacyError: without a reason, for a customer without personal values, or one who was forgotten.
    """
    from workbench.privacy.people import resolve

    _check_reason(reason)
    if plain := _unsealed(store, customer_id):
        audit.append(store.path, "personal_opened", who, counts={"customers": 1}, why=reason)
        return Personal(customer_id, plain)
    keys = ring(store.path, create=False)
    customer = resolve(store, keys, customer_id)
    secret = keytable.keys(store.path, keys, [customer]).get(customer)
    if secret is None:
        raise nothing_personal(store, keys, customer)
    subject = keys.mark("audit", customer)
    audit.append(store.path, "personal_opened", who, subjects=(subject,), counts={"customers": 1}, why=reason)
    return _personal(keys, customer, secret, _rows(store, f"customer_id = {_literal(customer)}"))


def open_many(
    store: Store,
    customers: Sequence[str] | None,
    reason: str,
    who: str = "",
    table: str = "customers",
) -> pa.Table:
    """Open the personal values of many customers' rows in one table, with one line in the audit log.

    Args:
        store: The workspace.
        customers: Pseudonyms; None: all.
        reason: Why, in words; it is kept.
        who: Who asks; empty: the user of this machine.
        table: Table whose personal columns are wanted.

    Returns:
        `customer_id`, `row_id`, the personal columns; for `customers` also `source_id`. Forgotten customers
        have no row.

    Raises:
        PrivacyError: without a reason, or for a key that is missing or wrong.
    """
    _check_reason(reason)
    keys = ring(store.path, create=False)
    rows = _rows(store, f"of_table = {_literal(table)}")
    names = {row["customer_id"] for row in rows}
    wanted = sorted(names if customers is None else names & set(customers))
    secrets = keytable.keys(store.path, keys, wanted)
    subjects = tuple(keys.mark("audit", name) for name in secrets)
    audit.append(
        store.path, "personal_opened", who, subjects=subjects,
        counts={"customers": len(subjects)}, why=reason, table=table,
    )  # fmt: skip
    opened = [
        {"customer_id": row["customer_id"], "row_id": row["row_id"], **values}
        for row in rows
        if (secret := secrets.get(row["customer_id"])) and (values := unsealed(keys, secret, row)) is not None
    ]
    return _typed(table, opened)


def seal(keys: Ring, table: str, rows: pa.Table, secrets: Mapping[str, bytes]) -> pa.Table:
    """Seal the personal columns of rows.

    Args:
        keys: The workspace's keys.
        table: Name of their table.
        rows: `customer_id` (pseudonyms), `row_id` and the personal columns; one without values is left out.
        secrets: Customer → key.

    Returns:
        Rows of table `vault`.
    """
    import pyarrow as pa

    names = [name for name in rows.column_names if name not in ("customer_id", "row_id")]
    now = dt.datetime.now(dt.UTC)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ciphers: dict[str, Any] = {}
    sealed = []
    for row in rows.to_pylist():
        values = {name: _plain(row[name]) for name in names if row[name] is not None}
        if values:
            customer = row["customer_id"] or NOBODY
            cipher = ciphers.get(customer) or ciphers.setdefault(customer, AESGCM(secrets[customer]))
            blob = _sealed(cipher, values, _about(keys, table, row["row_id"]))
            sealed.append((table, customer, row["row_id"], blob, now))
    columns = list(zip(*sealed, strict=True)) or [()] * len(TABLES[TABLE].columns)
    return pa.table([pa.array(column) for column in columns], TABLES[TABLE].names).cast(TABLES[TABLE].arrow())


def nothing_personal(store: Store, keys: Ring, customer: str) -> PrivacyError:
    """The error for a customer without a key: forgotten, or never known."""
    if customer in tombstones.erased(store.path, keys):
        return PrivacyError("This customer was forgotten; nobody can open their data.", "That is for good.")
    return PrivacyError(
        "The vault holds nothing of this customer.", "Check the id; it is a pseudonym or the source's own."
    )


def _unsealed(store: Store, customer: str) -> dict[str, Any]:
    """Personal values of a workspace that never sealed any, as the demo world of invented people."""
    if TABLE in store.tables or "customers" not in store.tables:
        return {}
    personal = [column.name for column in TABLES["customers"].columns if column.privacy == "personal"]
    table = store.table("customers")
    rows = store.query(table.filter(table.customer_id == customer).select(*personal)).to_pylist()
    return {name: value for name, value in rows[0].items() if value is not None} if rows else {}


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < _LEAST_REASON:
        raise PrivacyError(
            "Personal data is opened only for a reason.", "Say why, for example: reason='complaint 1234'."
        )


def _rows(store: Store, condition: str) -> list[dict[str, Any]]:
    """Sealed rows, the newest of each."""
    query = (
        f"SELECT of_table, customer_id, row_id, arg_max(sealed, sealed_at) AS sealed FROM {TABLE} "
        f"WHERE {condition} GROUP BY ALL ORDER BY ALL"
    )
    return store.query(query).to_pylist() if TABLE in store.tables else []


def _personal(keys: Ring, customer: str, secret: bytes, rows: Sequence[Mapping[str, Any]]) -> Personal:
    values: dict[str, Any] = {}
    texts = []
    for row in rows:
        opened = _dated(row["of_table"], unsealed(keys, secret, row))
        if row["of_table"] == "customers":
            values = opened
        else:
            texts.append((row["of_table"], row["row_id"], opened))
    return Personal(customer, values, tuple(texts))


def _about(keys: Ring, table: str, row: str) -> bytes:
    """What a sealed value belongs to: it opens nowhere else."""
    return f"{keys.workspace}|{table}|{row}".encode()


def _sealed(cipher: Any, values: Mapping[str, Any], about: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    content = json.dumps(values, ensure_ascii=False).encode()
    return base64.b64encode(nonce + cipher.encrypt(nonce, content, about)).decode()


def unsealed(keys: Ring, secret: bytes, row: Mapping[str, Any]) -> dict[str, Any]:
    """Open one row of table `vault`; dates stay text.

    Raises:
        PrivacyError: for a value that was changed, or that another key sealed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    blob = base64.b64decode(row["sealed"])
    about = _about(keys, row["of_table"], row["row_id"])
    try:
        content = AESGCM(secret).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], about)
    except InvalidTag:
        raise PrivacyError(
            "A sealed value was changed since it was sealed.", "Restore vault/ from a backup.", TABLE
        ) from None
    found: dict[str, Any] = json.loads(content)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


_READ: dict[str, Callable[[str], Any]] = {
    "date": dt.date.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
}


def _dated(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Dates, which are kept as text, as dates again."""
    types = {column.name: column.type for column in TABLES[table].columns} if table in TABLES else {}
    return {name: _dates(types.get(name, ""), value) for name, value in values.items()}


def _dates(type_: str, value: Any) -> Any:
    read = _READ.get(type_)
    return read(value) if read and isinstance(value, str) else value


def _typed(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    types = {column.name: column for column in TABLES[table].columns} if table in TABLES else {}
    personal = [name for name, column in types.items() if column.privacy == "personal"]
    extra = [SOURCE_ID] if table == "customers" else []
    names = ["customer_id", "row_id", *extra, *personal]
    schema = pa.schema(
        [
            (name, TABLES[table].arrow().field(name).type if name in personal else pa.string())
            for name in names
        ]
    )
    dated = [_dated(table, row) for row in rows]
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in dated], schema)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
