"""Pseudonyms: HMAC-SHA256 of a normalised identifier under the workspace's key (RFC 2104)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, unknown
from workbench.privacy import tombstones
from workbench.privacy.normal import KINDS, Kind, normal
from workbench.privacy.ring import Ring, settled

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

FORM = re.compile(r"p[0-9a-f]{4}-[0-9a-f]{32}")
"""`p`, the tag of the key, and 128 bits."""
_AT_ONCE = 500_000


def pseudonymise(
    table: pa.Table, store: Store, columns: Sequence[str] | Mapping[str, Kind], country: str = ""
) -> pa.Table:
    """Replace identifiers by pseudonyms.

    The same identifier gives the same pseudonym in every table of a workspace, and another one in every
    other workspace. Customers who were forgotten have none, so that nothing leads back to them.
    Commit the result inside the same `store.writing()`, or a rotation of keys may come between.

    Args:
        table: Rows of a source.
        store: The workspace.
        columns: Names of identifier columns, or name → `id`, `email` or `phone`; a plain name is of the
            kind it contains, else `id`.
        country: Calling code of national phone numbers.

    Returns:
        The table with texts in these columns; null stays null, and so do pseudonyms that are ones already.

    Raises:
        InputError: for a column that the table does not have.
        PrivacyError: for a key that is missing or wrong, or one that waits to come into force.
    """
    keys = settled(store.path)
    return under(keys, table, columns, country, tombstones.erased(store.path, keys))


def under(
    keys: Ring,
    table: pa.Table,
    columns: Sequence[str] | Mapping[str, Kind],
    country: str = "",
    erased: Collection[str] = (),
) -> pa.Table:
    """Replace identifiers by their pseudonyms under given keys; those of `erased` customers become null."""
    for name, kind in _kinds(columns).items():
        if name not in table.column_names:
            raise unknown("column", name, table.column_names, InputError)
        made = _of_column(keys, table[name], kind, country, erased)
        table = table.set_column(table.column_names.index(name), name, made)
    return table


def of(keys: Ring, text: str, kind: Kind = "id") -> str:
    """Pseudonym of one identifier, whether or not its customer was forgotten; "" for an empty one."""
    import pyarrow as pa

    return pseudonyms(keys, pa.array([text], pa.string()), kind).to_pylist()[0] or ""


def pseudonyms(keys: Ring, values: Any, kind: Kind = "id", country: str = "") -> Any:
    """Pseudonyms of an Arrow array of identifiers; own pseudonyms of an earlier key are brought forward."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = normal(values, kind, country)
    own = pc.fill_null(pc.match_substring_regex(text, f"^{FORM.pattern}$"), False)
    if not pc.any(own).as_py():
        return _hashed(keys, text, kind)
    fresh = _hashed(keys, pc.if_else(own, pa.scalar(None, pa.string()), text), kind)
    carried = pa.array([carry(keys, value) if value else None for value in text.to_pylist()], pa.string())
    return pc.if_else(own, carried, fresh)


def carry(keys: Ring, pseudonym: str) -> str:
    """A pseudonym of an earlier key under the newest one; any other text as it is."""
    tag = pseudonym[1:5]
    if not FORM.fullmatch(pseudonym) or tag not in keys.tags:
        return pseudonym
    digest = pseudonym[6:]
    for stage in range(keys.tags.index(tag) + 1, len(keys.keys)):
        digest = _hasher(keys.derived("pseudonym", stage), b"again")(digest.encode()).hex()[:32]
    return f"p{keys.tags[-1]}-{digest}"


def of_every_key(keys: Ring, text: str) -> list[str]:
    """Pseudonyms of one customer id under each key so far, the oldest first."""
    parts = [Ring(keys.workspace, keys.keys[: stage + 1]) for stage in range(len(keys.keys))]
    return [carry(part, of(part, text)) for part in parts]


def unused(keys: Ring) -> str:
    """A random pseudonym that no identifier leads to."""
    return f"p{keys.tags[-1]}-{secrets.token_hex(16)}"


def _kinds(columns: Sequence[str] | Mapping[str, Kind]) -> dict[str, Kind]:
    if not isinstance(columns, Mapping):
        names = [columns] if isinstance(columns, str) else columns
        return {name: next((kind for kind in KINDS[1:] if kind in name.lower()), "id") for name in names}
    for kind in columns.values():
        if kind not in KINDS:
            raise unknown("kind of identifier", kind, KINDS, InputError)
    return dict(columns)


def _of_column(keys: Ring, column: Any, kind: Kind, country: str, erased: Collection[str]) -> Any:
    """Each different value is hashed once."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not column.num_chunks:
        return pa.chunked_array([], pa.string())
    encoded = column.unify_dictionaries().combine_chunks()
    made = without_erased(pseudonyms(keys, encoded.dictionary, kind, country), erased)
    return made.take(encoded.indices)


def without_erased(made: Any, erased: Collection[str]) -> Any:
    """Pseudonyms without those of forgotten customers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not erased:
        return made
    gone = pc.is_in(made, pa.array(sorted(erased), pa.string()))
    return pc.if_else(gone, pa.scalar(None, pa.string()), made)


def _hashed(keys: Ring, text: Any, kind: Kind) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    first = _hasher(keys.derived("pseudonym", 0), kind.encode() + b"\0")
    later = [_hasher(keys.derived("pseudonym", stage), b"again") for stage in range(1, len(keys.keys))]
    parts = []
    for start in range(0, len(text), _AT_ONCE):
        part = pc.cast(pc.fill_null(text.slice(start, _AT_ONCE), ""), pa.binary()).to_pylist()
        digests = [first(value) for value in part]
        for again in later:
            digests = [again(digest.hex()[:32].encode()) for digest in digests]
        parts.append(_texts(keys.tags[-1], digests))
    made = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    return pc.if_else(pc.is_valid(text), made, pa.scalar(None, pa.string()))


def _hasher(key: bytes, prefix: bytes) -> Callable[[bytes], bytes]:
    """HMAC of `prefix` + a text, with both padded keys and the prefix hashed only once."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + prefix)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(text: bytes, inner: Any = inner.copy, outer: Any = outer.copy) -> bytes:
        one, two = inner(), outer()
        one.update(text)
        two.update(one.digest())
        found: bytes = two.digest()
        return found

    return digest


def _texts(tag: str, digests: Sequence[bytes]) -> Any:
    """Arrow texts of `p<tag>-<hex>`, written as one buffer."""
    import numpy as np
    import pyarrow as pa

    head = f"p{tag}-".encode()
    half = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)[:, :16]
    hexed = np.frombuffer(half.tobytes().hex().encode(), np.uint8).reshape(-1, 32)
    whole = np.empty((len(digests), len(head) + 32), np.uint8)
    whole[:, : len(head)] = np.frombuffer(head, np.uint8)
    whole[:, len(head) :] = hexed
    ends = np.arange(len(digests) + 1, dtype=np.int32) * whole.shape[1]
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(ends), pa.py_buffer(whole))
