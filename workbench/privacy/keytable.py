"""The key table: one wrapped key a customer, outside the tables' history, where destroying is for good.

SQLite, because it is transactional, and with `secure_delete` overwrites what it deletes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import PrivacyError
from workbench.privacy.ring import Ring

FILE = Path("vault") / "keys.sqlite"
KEY_BYTES, NONCE_BYTES = 32, 12
_TABLES = """
CREATE TABLE IF NOT EXISTS keys (customer TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (sealed BLOB NOT NULL);
"""
_WAIT_SECONDS = 60.0


def known(root: Path, customers: Iterable[str] | None = None) -> set[str]:
    """Customers that have a key: all of them, or those of some."""
    with _reading(root) as table:
        if table is None:
            return set()
        if customers is None:
            return {name for (name,) in table.execute("SELECT customer FROM keys")}
        return {name for name in customers if _wrapped(table, name)}


def keys(root: Path, ring: Ring, customers: Sequence[str]) -> dict[str, bytes]:
    """Customer → key, for those that have one.

    Raises:
        PrivacyError: for a key that was changed, or wrapped under another workspace key.
    """
    with _reading(root) as table:
        found = {} if table is None else {name: _wrapped(table, name) for name in customers}
    return _unwrapped(ring, {name: wrapped for name, wrapped in found.items() if wrapped})


def ensure(root: Path, ring: Ring, customers: Iterable[str]) -> dict[str, bytes]:
    """Customer → key; those that have none get one, on the disk before this returns."""
    wanted = list(dict.fromkeys(customers))
    with _writing(root) as table:
        missing = [name for name in wanted if not _wrapped(table, name)]
        fresh = {name: os.urandom(KEY_BYTES) for name in missing}
        table.executemany("INSERT INTO keys VALUES (?, ?)", _wrap(ring, fresh).items())
    return {**keys(root, ring, wanted), **fresh}


def destroy(root: Path, ring: Ring, customers: Sequence[str]) -> int:
    """Destroy keys, and remember whose, so that a later import cannot bring these customers back.

    Returns:
        How many keys there were.
    """
    gone = erased(root, ring)
    with _writing(root) as table:
        count = sum(
            table.execute("DELETE FROM keys WHERE customer = ?", (name,)).rowcount for name in customers
        )
        new = [name for name in dict.fromkeys(customers) if name not in gone]
        table.executemany("INSERT INTO erased VALUES (?)", [(sealed_name(ring, name),) for name in new])
    return count


def erased(root: Path, ring: Ring) -> set[str]:
    """Pseudonyms of the customers who were forgotten."""
    with _reading(root) as table:
        return set() if table is None else _forgotten(table, ring)


def _forgotten(table: sqlite3.Connection, ring: Ring) -> set[str]:
    return {opened_name(ring, blob) for (blob,) in table.execute("SELECT sealed FROM erased").fetchall()}


def rewrap(root: Path, old: Ring, new: Ring, renamed: Callable[[str], str]) -> None:
    """Bring all keys and the list of the forgotten under a new workspace key, in one transaction.

    Doing it again changes nothing.
    """
    with _writing(root) as table:
        if table.execute("PRAGMA user_version").fetchone()[0] == len(new.keys):
            return
        gone = _forgotten(table, old)
        rows = dict(table.execute("SELECT customer, wrapped FROM keys").fetchall())
        opened = {renamed(name): key for name, key in _unwrapped(old, rows).items()}
        table.execute("DELETE FROM keys")
        table.execute("DELETE FROM erased")
        table.executemany("INSERT INTO keys VALUES (?, ?)", _wrap(new, opened).items())
        table.executemany(
            "INSERT INTO erased VALUES (?)", [(sealed_name(new, renamed(name)),) for name in gone]
        )
        table.execute(f"PRAGMA user_version = {len(new.keys)}")


def _wrapped(table: sqlite3.Connection, customer: str) -> bytes | None:
    row = table.execute("SELECT wrapped FROM keys WHERE customer = ?", (customer,)).fetchone()
    return row[0] if row else None


def _wrap(ring: Ring, found: Mapping[str, bytes]) -> dict[str, bytes]:
    cipher = _cipher(ring.derived("wrap"))
    made = {}
    for name, key in found.items():
        nonce = os.urandom(NONCE_BYTES)
        made[name] = nonce + cipher.encrypt(nonce, key, name.encode())
    return made


def _unwrapped(ring: Ring, found: Mapping[str, bytes]) -> dict[str, bytes]:
    cipher = _cipher(ring.derived("wrap"))
    return {name: _opened(cipher, wrapped, name.encode()) for name, wrapped in found.items()}


def opened_name(ring: Ring, blob: bytes, stage: int = -1) -> str:
    """The pseudonym in an entry of the list of the forgotten."""
    return _opened(_cipher(ring.derived("erased", stage)), blob, ring.workspace.encode()).decode()


def sealed_name(ring: Ring, customer: str, stage: int = -1) -> bytes:
    """An entry of the list of the forgotten."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = _cipher(ring.derived("erased", stage))
    return nonce + bytes(cipher.encrypt(nonce, customer.encode(), ring.workspace.encode()))


def _cipher(key: bytes):  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _opened(cipher, blob: bytes, about: bytes) -> bytes:  # type: ignore[no-untyped-def]
    from cryptography.exceptions import InvalidTag

    try:
        return bytes(cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], about))
    except InvalidTag:
        raise PrivacyError(
            "A customer's key cannot be opened with the workspace's key, or was changed.",
            "Run workbench key rotate if a rotation was cut short; else restore vault/ and key together.",
            str(FILE),
        ) from None


@contextmanager
def _reading(root: Path) -> Iterator[sqlite3.Connection | None]:
    if not (root / FILE).is_file():
        yield None
        return
    with _sentences(root):
        table = sqlite3.connect(f"{(root / FILE).as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
        try:
            yield table
        finally:
            table.close()


@contextmanager
def _writing(root: Path) -> Iterator[sqlite3.Connection]:
    with _sentences(root):
        (root / FILE).parent.mkdir(parents=True, exist_ok=True)
        table = sqlite3.connect(root / FILE, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            table.execute("PRAGMA secure_delete = ON")
            table.execute("PRAGMA synchronous = EXTRA")
            table.executescript(_TABLES)
            table.execute("BEGIN IMMEDIATE")
            yield table
            table.execute("COMMIT")
        finally:
            table.close()  # what was not committed is rolled back


@contextmanager
def _sentences(root: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise PrivacyError(
            f"The table of customers' keys cannot be used: {error}.",
            "Check that its folder is writable and has room; nothing was changed.",
            str(root / FILE),
        ) from None
