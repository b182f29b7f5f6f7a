"""A new key: every pseudonym in every kept version becomes another one, every customer's key is wrapped anew.

The new pseudonym is made from the old one, so no identifier is needed, and whoever only has the old key
can no longer get from a person to their rows. The old key stays in the file: new identifiers pass both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from workbench.privacy import audit, keytable, leftovers, people
from workbench.privacy import ring as rings
from workbench.privacy.pseudonyms import FORM, carry
from workbench.privacy.ring import Ring
from workbench.privacy.sql import functions
from workbench.store import parquet, rewrite

if TYPE_CHECKING:
    from workbench.store.store import Store


@dataclass(frozen=True)
class Rotation:
    """What a rotation did.

    Attributes:
        keys: Keys in force afterwards.
        fingerprint: Of the newest one.
        rows: Table → rows with other pseudonyms, over all kept versions.
        files: Files made anew.
        version: Data version afterwards.
    """

    keys: int
    fingerprint: str
    rows: Mapping[str, int]
    files: int
    version: int


def rotate(store: Store, who: str = "") -> Rotation:
    """Put a new key into force, or finish a rotation that was cut short.

    Args:
        store: The workspace; it moves to the new data version.
        who: Who asks; empty: the user of this machine.

    Raises:
        PrivacyError: for a key that is missing, wrong, or in a file that cannot be written.
        StoreError: when another writer keeps this one out for too long.
    """
    with store.writing():
        old = rings.ring(store.path, create=False)
        new = _extended(store, old)
        with audit.act(store.path, "key_rotated", who, fingerprint=new.fingerprint()[:8]) as counts:
            done, files = _everywhere(store, old, new)
            counts |= {"keys": len(new.keys), "rows": sum(done.rows.values()), "files_rewritten": files}
        rings.in_force(store.path, new)
        store.refresh()
    return Rotation(len(new.keys), new.fingerprint(), done.rows, files, store.version)


def _extended(store: Store, old: Ring) -> Ring:
    """The ring with one key more; the file has it on the disk before anything uses it."""
    file = rings.key_file(store.path)
    keys = rings.read(file)
    if len(keys) == len(old.keys):
        keys = (*keys, rings.fresh())
        rings.write(file, keys)
    return Ring(old.workspace, keys[: len(old.keys) + 1])


def _everywhere(store: Store, old: Ring, new: Ring) -> tuple[rewrite.Done, int]:
    """Each step finds what is done already, so a rotation that was cut short only goes on."""
    carried = lru_cache(None)(partial(carry, new))
    with parquet.connect() as connection:
        functions(connection, renamed=carried)
        done = rewrite.rewrite(store.path, connection, _rules(store, old), "rotate")
    keytable.rewrap(store.path, old, new, carried)
    texts = leftovers.each_text(store.path, lambda text: FORM.sub(lambda found: carried(found[0]), text))
    return done, done.files + texts


def _rules(store: Store, old: Ring) -> dict[str, rewrite.Rule]:
    rules = {}
    for table, kept in rewrite.kept_files(store.path).items():
        named = people.columns_with_pseudonyms(table, kept.columns)
        theirs = [f"starts_with(\"{name}\", 'p{tag}-')" for name in named for tag in old.tags]
        if named:
            condition = f"coalesce({' OR '.join(theirs)}, false)"
            rules[table] = rewrite.Rule(condition, {name: f'renamed("{name}")' for name in named})
    return rules
