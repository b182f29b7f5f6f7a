"""What a loader of people's tables does with its rows before they are committed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import PrivacyError
from workbench.privacy import keytable, tombstones, vault
from workbench.privacy.normal import Kind
from workbench.privacy.people import CUSTOMER, LINKS, WRITTEN
from workbench.privacy.pseudonyms import pseudonymise, pseudonyms
from workbench.privacy.ring import settled
from workbench.schema import TABLES
from workbench.store.changes import Change, Keys

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

_SEPARATOR = re.compile(r"[,;\t|\r\n]")


@dataclass(frozen=True)
class Protected:
    """Rows that may go into a table.

    Attributes:
        rows: The rows with pseudonyms, and without personal values.
        sealed: Rows of table `vault` with those values.
        forgotten: Number of rows about forgotten customers, which were left out.
    """

    rows: pa.Table
    sealed: pa.Table
    forgotten: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to commit together with the rows."""
        keys = Keys(("of_table", CUSTOMER, "row_id"))
        return (Change(vault.TABLE, self.sealed, keys),) if len(self.sealed) else ()


def protect(
    store: Store, table: str, rows: pa.Table, kinds: Mapping[str, Kind] | None = None, country: str = ""
) -> Protected:
    """Pseudonymise the identifiers of rows, and seal their personal values.

    Args:
        store: The workspace, inside `store.writing()`: commit before it ends.
        table: Canonical table of the rows.
        rows: Its columns, as the source has them.
        kinds: Kind of identifier of a pseudonym column, where it is no plain id.
        country: Calling code of national phone numbers.

    Returns:
        The rows for the table, and those for the vault. Of forgotten customers only facts come in (orders,
        events), without a customer; rows about themselves are left out.

    Raises:
        PrivacyError: for a key that is missing or wrong, or personal values without a customer column.
    """
    columns = [column for column in TABLES[table].columns if column.name in rows.column_names]
    marked = [column.name for column in columns if column.privacy == "pseudonym"]
    personal = [column.name for column in columns if column.privacy == "personal"]
    kept = lasting(store, table, rows)
    named = pseudonymise(kept, store, {name: (kinds or {}).get(name, "id") for name in marked}, country)
    sealed = TABLES[vault.TABLE].arrow().empty_table()
    if personal or table == "customers":
        sealed = _sealed(store, table, kept, named, personal)
    written = [name for name in WRITTEN.get(table, ()) if name in kept.column_names]
    named = _unwritten(named, written, _stays(store, kept)) if written else named
    return Protected(_emptied(named, personal, table), sealed, len(rows) - len(kept))


def lasting(store: Store, table: str, rows: pa.Table) -> pa.Table:
    """Rows without those about forgotten customers, where a row is about a customer (its key says so).

    Args:
        store: The workspace.
        table: Canonical table of the rows.
        rows: Its columns, as the source has them.

    Raises:
        PrivacyError: for a key that is missing or wrong.
    """
    key = [column.name for column in TABLES[table].columns if column.role == "key"]
    return rows.filter(_stays(store, rows)) if CUSTOMER in key or table in LINKS else rows


def mentioned(store: Store, texts: Sequence[str | None]) -> list[bool]:
    """Of each row of a file whether a cell is the identifier of a forgotten customer.

    Args:
        store: The workspace.
        texts: Rows as they stand in the file, whatever separates their cells.
    """
    import pyarrow as pa

    keys = settled(store.path)
    gone = tombstones.erased(store.path, keys)
    cells = [{cell.strip(" \"'") for cell in _SEPARATOR.split(text or "")} for text in texts]
    words = sorted(set().union(*cells)) if gone else []
    named = zip(words, pseudonyms(keys, pa.array(words, pa.string())).to_pylist(), strict=True)
    theirs = {word for word, name in named if name in gone}
    return [not theirs.isdisjoint(row) for row in cells]


def _stays(store: Store, rows: pa.Table) -> pa.Array:
    """Whether a row's customer was not forgotten; one without a customer stays."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = settled(store.path)
    gone = tombstones.erased(store.path, keys)
    if CUSTOMER not in rows.column_names or not gone:
        return pa.array([True] * len(rows), pa.bool_())
    named = pseudonyms(keys, rows[CUSTOMER].combine_chunks())
    return pc.invert(pc.is_in(named, pa.array(sorted(gone), pa.string())))


def _unwritten(named: pa.Table, written: Sequence[str], stays: pa.Array) -> pa.Table:
    """Rows without what was written about forgotten customers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in written:
        told = pc.if_else(stays, named[name].combine_chunks(), pa.scalar(None, named[name].type))
        named = named.set_column(named.column_names.index(name), name, told)
    return named


def _emptied(named: pa.Table, personal: list[str], table: str) -> pa.Table:
    import pyarrow as pa

    for name in personal:
        nothing = pa.nulls(len(named), TABLES[table].arrow().field(name).type)
        named = named.set_column(named.column_names.index(name), name, nothing)
    return named


def _sealed(store: Store, table: str, rows: pa.Table, named: pa.Table, personal: list[str]) -> pa.Table:
    import pyarrow as pa

    if CUSTOMER not in named.column_names:
        raise PrivacyError(
            f"The rows of {table} have personal values and no {CUSTOMER}.", f"Map a column to {CUSTOMER}."
        )
    keys = settled(store.path)
    stays = _stays(store, rows)
    rows, named = rows.filter(stays), named.filter(stays)
    values: dict[str, Any] = {CUSTOMER: named[CUSTOMER], "row_id": _row_ids(table, named)}
    values |= {name: rows[name] for name in personal}
    if table == "customers":
        values[vault.SOURCE_ID] = rows[CUSTOMER].cast(pa.string())
    customers = [name or vault.NOBODY for name in named[CUSTOMER].unique().to_pylist()]
    return vault.seal(keys, table, pa.table(values), keytable.ensure(store.path, keys, customers))


def _row_ids(table: str, named: pa.Table) -> Any:
    """What names a row beside its customer: its own key, or nothing in the table of customers."""
    import pyarrow as pa

    own = [column.name for column in TABLES[table].columns if column.role == "key"]
    name = next((name for name in own if name != CUSTOMER and name in named.column_names), None)
    if name is None:
        return pa.array([""] * len(named), pa.string())
    return pa.compute.fill_null(named[name].cast(pa.string()), "")
