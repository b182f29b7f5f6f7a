"""Forgetting a customer: key, link, quarantine and every kept version; and the proof that it is done.

What stays are facts without a person: in every kept version the customer's pseudonym becomes a random
one that no identifier leads to, so sums and counts of any period still come out to the digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import PrivacyError
from workbench.privacy import audit, keytable, leftovers, pending, people, tombstones, traces, vault
from workbench.privacy.needles import Needle, needles
from workbench.privacy.people import CUSTOMER
from workbench.privacy.pseudonyms import FORM, carry, unused
from workbench.privacy.ring import Ring, settled
from workbench.privacy.sql import functions, listed, quoted
from workbench.schema import TABLES
from workbench.store import parquet, rewrite
from workbench.store.workspace import table_folder

if TYPE_CHECKING:
    from workbench.store.store import Store

BACKUPS = "backups"

_ARCHIVES = (".tar", ".tar.zst", ".tar.gz", ".tgz")
"""How backups end, wherever in the workspace somebody wrote one."""


@dataclass(frozen=True)
class Erasure:
    """What forgetting did, and what the search for the customer found afterwards.

    Attributes:
        customers: How many were forgotten.
        keys: Keys destroyed; 0 where that was done before.
        rows: Table → rows that lost their link, over all kept versions.
        files: Files of all kinds that were made anew.
        found: The search after it: files, bytes, traces.
        searched: Kinds of identifiers that it looked for: `id`, `email`, `phone`, `text`, … Of a customer who
            was forgotten and proven before only what was typed is known.
        backups: Backups inside the workspace, which were made before and hold the customers.
        version: Data version afterwards.
    """

    customers: int
    keys: int
    rows: Mapping[str, int]
    files: int
    found: traces.Found
    searched: tuple[str, ...]
    backups: tuple[str, ...]
    version: int

    @property
    def is_proven(self) -> bool:
        """Whether no file of the workspace holds an identifier any longer."""
        return not (self.found.sure or self.backups)


def forget(store: Store, customers: str | Sequence[str], who: str = "", reason: str = "") -> Erasure:
    """Forget customers for good, in every kept version; doing it again changes nothing more.

    Args:
        store: The workspace; it moves to the new data version.
        customers: Pseudonyms, or identifiers as the source writes them.
        who: Who asks; empty: the user of this machine.
        reason: Why; kept in the audit log, so without names.

    Returns:
        What was done, with the search that proves it.

    Raises:
        PrivacyError: for a customer whom nothing knows; then nobody is forgotten.
        StoreError: when another writer keeps this one out for too long.
    """
    asked = [customers] if isinstance(customers, str) else list(customers)
    with store.writing():
        keys = settled(store.path)
        names = {text: _known(store, keys, text) for text in asked}
        begun = pending.read(store.path, keys)
        pseudonyms = sorted({*names.values(), *(carry(keys, name) for name in begun.pseudonyms)})
        wanted = tuple(dict.fromkeys((*_needles(store, keys, names), *begun.needles)))
        marks = tuple(keys.mark("audit", name) for name in pseudonyms)
        with audit.act(store.path, "erasure", who, subjects=marks, why=reason) as counts:
            pending.write(store.path, keys, pseudonyms, wanted)
            done = _erase(store, keys, pseudonyms, wanted)
            counts |= {
                "customers": done.customers,
                "keys_destroyed": done.keys,
                "rows": sum(done.rows.values()),
                "files_rewritten": done.files,
                "files_searched": done.found.files,
                "traces_left": len(done.found.sure),
                "backups_left": len(done.backups),
            }
    return done


def forget_again(store: Store, who: str = "") -> Erasure | None:
    """Forget everybody who was forgotten before and came back with a restored backup.

    Args:
        store: The workspace.
        who: Who asks; empty: the user of this machine.

    Returns:
        What was done; None where nobody came back.
    """
    keys = settled(store.path)
    gone = tombstones.remembered(keys)
    back = keytable.known(store.path, gone) | {name for name in gone if people.is_in_tables(store.path, name)}
    return forget(store, sorted(back), who, "restored backup") if back else None


def _known(store: Store, keys: Ring, text: str) -> str:
    """The pseudonym of a customer of any kept version, forgotten or not."""
    found = people.find(store, keys, text)
    if found is None:
        raise PrivacyError(
            f"No customer of this workspace has the id {text!r}, in any kept version.",
            "Give the pseudonym in the tables, or the identifier as the source writes it.",
        )
    return found


def _erase(store: Store, keys: Ring, pseudonyms: list[str], wanted: tuple[Needle, ...]) -> Erasure:
    """The order matters: whatever a crash leaves undone, the same call finds and finishes."""
    instead = {name: unused(keys) for name in pseudonyms}
    files = leftovers.erase(store.path, wanted, instead)
    with parquet.connect() as connection:
        functions(connection, renamed=lambda name: instead.get(name, name))
        done = rewrite.rewrite(store.path, connection, _rules(store.path, pseudonyms, wanted), "forget")
    destroyed = keytable.destroy(store.path, keys, pseudonyms)
    tombstones.remember(keys, pseudonyms)
    store.refresh()
    gone = (*wanted, *(Needle("pseudonym", name) for name in pseudonyms))
    found = traces.search(store.path, gone)
    if not found.sure:
        pending.drop(store.path)
    kinds = tuple(sorted({needle.kind for needle in gone if needle.is_sure}))
    backups = _backups(store.path)
    return Erasure(
        len(pseudonyms), destroyed, done.rows, files + done.files, found, kinds, backups, store.version
    )  # fmt: skip


def _backups(root: Path) -> tuple[str, ...]:
    """Backups inside the workspace, by their paths in it."""
    inside = set((root / BACKUPS).glob("*"))
    inside |= {file for file in root.rglob("*") if file.name.endswith(_ARCHIVES) and file.is_file()}
    return tuple(sorted(entry.relative_to(root).as_posix() for entry in inside))


def _needles(store: Store, keys: Ring, asked: Mapping[str, str]) -> tuple[Needle, ...]:
    """Everything that names the customers: what was typed, what the vault and plain columns hold."""
    typed = [text for text, name in asked.items() if carry(keys, text.strip()) != name]
    typed += [name for name in asked.values() if not FORM.fullmatch(name)]
    values = [*_sealed(store.path, keys, set(asked.values())), *_plain(store.path, set(asked.values()))]
    return needles(values, typed)


def _sealed(root: Path, keys: Ring, customers: set[str]) -> list[dict[str, Any]]:
    """Personal values of some customers in any kept version."""
    secrets = keytable.keys(root, keys, sorted(customers))
    rows = _history(root, vault.TABLE, customers, [*TABLES[vault.TABLE].names])
    return [vault.unsealed(keys, secrets[row[CUSTOMER]], row) for row in rows if row[CUSTOMER] in secrets]


def _plain(root: Path, customers: set[str]) -> list[dict[str, Any]]:
    """Personal values in tables that were filled without the vault."""
    found = []
    for table in TABLES.values():
        personal = [column.name for column in table.columns if column.privacy == "personal"]
        if personal:
            found += _history(root, table.name, customers, personal)
    return found


def _history(root: Path, table: str, customers: set[str], names: list[str]) -> list[dict[str, Any]]:
    """Different rows of some customers in any kept version of a table."""
    kept = rewrite.kept_files(root).get(table)
    if not kept:
        return []
    with parquet.connect() as connection:
        query = (
            f"SELECT DISTINCT {', '.join(names)} FROM ({parquet.select(root, table, kept)}) "
            f"WHERE {CUSTOMER} IN ({listed(customers)})"
        )
        rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def _rules(root: Path, pseudonyms: Sequence[str], wanted: Sequence[Needle]) -> dict[str, rewrite.Rule]:
    rules = {}
    sure = [needle for needle in wanted if needle.is_sure]
    for table, kept in rewrite.kept_files(root).items():
        files = [table_folder(root, table) / file.name for file in kept.files]
        named = people.columns_with_pseudonyms(table, kept.columns)
        told = [name for name in traces.columns_with(files, sure) if name not in named] if sure else []
        if named or told:
            written = [name for name in _written(table, kept.columns, files, wanted) if name not in named]
            rules[table] = _rule(table, named, told, written, pseudonyms, wanted)
    return rules


def _written(
    table: str, columns: Sequence[str], files: Sequence[Path], wanted: Sequence[Needle]
) -> list[str]:
    """Columns with names and short ids that mean the customer where the row is theirs."""
    if table in TABLES:
        return [name for name in people.WRITTEN.get(table, ()) if name in columns]
    unsure = [needle for needle in wanted if not needle.is_sure]
    return traces.columns_with(files, unsure) if unsure else []


def _rule(
    table: str,
    named: Sequence[str],
    told: Sequence[str],
    written: Sequence[str],
    pseudonyms: Sequence[str],
    wanted: Sequence[Needle],
) -> rewrite.Rule:
    """Rows with the pseudonym get another one; texts lose the identifiers, and their own rows the names."""
    sure = [needle for needle in wanted if needle.is_sure]
    theirs = " OR ".join(f'coalesce("{name}" IN ({listed(pseudonyms)}), false)' for name in named) or "false"
    texts = [_holding(name, sure) for name in told]
    if table in people.LINKS:
        return rewrite.Rule(" OR ".join([theirs, *texts]), {}, f"NOT ({theirs})")
    values = {name: _without(quoted(name), sure) for name in told}
    for name in written:
        value = values.get(name, quoted(name))
        values[name] = f"CASE WHEN {theirs} THEN {_without(value, wanted)} ELSE {value} END"
    values |= {name: f'renamed("{name}")' for name in named}
    personal = (
        [column.name for column in TABLES[table].columns if column.privacy == "personal"]
        if table in TABLES
        else []
    )
    for name in (*personal, *people.TELLING.get(table, ())):
        values[name] = f"CASE WHEN {theirs} THEN NULL ELSE {values.get(name, quoted(name))} END"
    return rewrite.Rule(" OR ".join([theirs, *texts]), values)


def _holding(name: str, sure: Sequence[Needle]) -> str:
    found = [f"regexp_matches({quoted(name)}, {parquet.text(needle.pattern)})" for needle in sure]
    return f"coalesce({' OR '.join(found)}, false)"


def _without(value: str, wanted: Sequence[Needle]) -> str:
    for needle in wanted:
        value = f"regexp_replace({value}, {parquet.text(needle.pattern)}, '\\1[erased]\\2', 'g')"
    return value
