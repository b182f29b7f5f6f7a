"""Undo of an import: what it replaced comes back, wherever no later change stands in its place.

Rows are compared in units: one slice and day of the facts, one key of the other tables. A unit that is
as the import left it becomes what it was before; one that a later import replaced whole stays; one in
which rows of this import and of later ones are mixed cannot be taken apart, and the undo is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError
from workbench.schema import TABLES
from workbench.store import changes as rules
from workbench.store import history, parquet, pointer, rollup, transaction
from workbench.store import undo_units as units
from workbench.store.changes import FACTS, LEDGER, ROLLUP, literal
from workbench.store.pointer import Pinned, Version

if TYPE_CHECKING:
    from workbench.store.store import Store
    from workbench.store.transaction import Transaction

UNDONE = "UNDONE"
"""Status in the ledger of an import that was undone."""

_IMPORTED = tuple(
    table.name
    for table in TABLES.values()
    if "import_id" in table.names and table.name not in (LEDGER, ROLLUP)
)


def undo(store: Store, import_id: str) -> int:
    """Undo one import: its rows go, what they had replaced comes back, and the ledger keeps its entry.

    Days that a later import replaced stay as that one says. Afterwards the same file can be imported
    again.

    Args:
        store: The workspace; it moves to the new data version.
        import_id: Id of the import, or a beginning that only one id has.

    Returns:
        Number of the new data version.

    Raises:
        StoreError: for an unknown import or one that is not in force, one of which later imports share
            days (they are named: undo them first), or one from before the kept versions. Nothing
            changes then.
    """
    with store.writing(), transaction.begin(store.path, store.lock, act="undo") as work:
        entry = _entry(work, import_id)
        name = str(entry["import_id"])
        windows, done = _taken_out(work, name), {name}
        while ghosts := _undone(work) - done:  # an import that was undone before came back with the rest
            windows += _taken_out(work, min(ghosts))
            done.add(min(ghosts))
        if windows:
            work.roll_up(tuple(windows) if len(windows) <= rollup.MAX_WINDOWS else None)
        _enter(work, name)
        work.imports = (name,)
    store.refresh()
    return work.version.number


@dataclass(frozen=True)
class _Commit:
    """The commit of an import: the versions before and after it."""

    before: Version
    after: Version


def _entry(work: Transaction, text: str) -> dict[str, Any]:
    """The import that is meant, once it is sure that it is in force."""
    start = literal(text)
    found = _rows(
        work, f"SELECT * FROM ({work.select(LEDGER)}) WHERE starts_with(import_id, {start}) LIMIT 3"
    )
    exact = [row for row in found if row["import_id"] == text] or found
    if len(exact) != 1 or not text:
        many = "More than one import has an id that begins with" if found and text else "There is no import"
        raise StoreError(f"{many} {text!r}.", "List the imports with: workbench review", str(work.root))
    if exact[0]["active"] is False:
        raise StoreError(
            f"Import {exact[0]['import_id']} is not in force: it was undone, or later imports replaced it.",
            "There is nothing to undo; the list of versions says which came later.",
            str(work.root),
        )
    return exact[0]


def _taken_out(work: Transaction, name: str) -> list[rollup.Window]:
    """Take an import out of the tables; return what has to be rolled up anew."""
    windows: list[rollup.Window] = []
    for commit in _commits(work, name):
        tables = _changed(commit, name)
        if _untouched(work, commit, tables):
            for table in {*tables, ROLLUP} & set(work.tables):
                work.revert(table, commit.before.tables.get(table))
        else:
            for table in tables:
                windows += _restore(work, commit, table, name)
        if name not in _present(work):
            break
    return windows


def _untouched(work: Transaction, commit: _Commit, tables: list[str]) -> bool:
    """Whether the tables, and the roll-up of all facts, are as the commit left them, file by file."""
    return all(
        _names(work.tables.get(table)) == _names(commit.after.tables.get(table))
        for table in (*tables, *FACTS, ROLLUP)
    )


def _names(pinned: Pinned | None) -> set[str]:
    return {file.name for file in pinned.files} if pinned else set()


def _present(work: Transaction) -> set[str]:
    """Ids of the imports that have rows."""
    selects = [f"SELECT import_id FROM ({work.select(table)})" for table in _IMPORTED if table in work.tables]
    found = work.connection.execute(" UNION ".join(selects)).fetchall() if selects else []
    return {name for (name,) in found if name}


def _undone(work: Transaction) -> set[str]:
    """Ids of imports that have rows although they were undone."""
    undone = f"SELECT import_id FROM ({work.select(LEDGER)}) WHERE status = '{UNDONE}'"
    return {name for (name,) in work.connection.execute(undone).fetchall()} & _present(work)


def _commits(work: Transaction, name: str) -> Iterator[_Commit]:
    """The commits that brought an import, the newest first: a file may have been imported again."""
    kept = history.numbers(work.root)
    last, stamp = len(kept), _stamp(work, work.version, name)
    while stamp:
        low, high = 0, last - 1
        while low < high:  # the entry of one commit stays the same from then on
            middle = (low + high) // 2
            if _stamp(work, _past(work, kept[middle]), name) == stamp:
                high = middle
            else:
                low = middle + 1
        commit = _commit(work, kept, low, name)
        yield commit
        last, stamp = low, _stamp(work, commit.before, name)


def _commit(work: Transaction, kept: list[int], index: int, name: str) -> _Commit:
    number = kept[index]
    if number > 1 and (not index or kept[index - 1] != number - 1):
        raise StoreError(
            f"The data from before import {name} is no longer kept.",
            f"{history.span(work.root, kept)}; import an earlier file of the same days instead.",
            str(work.root),
        )
    before = _past(work, number - 1) if number > 1 else Version()
    commit = _Commit(before, _past(work, number))
    if others := _together(work, commit, name):
        raise StoreError(
            f"Import {name} was written in one commit with {len(others)} others ({', '.join(others[:3])}).",
            "It cannot be undone alone; import what is right again.",
            str(work.root),
        )
    return commit


def _past(work: Transaction, number: int) -> Version:
    if found := pointer.past(work.root, number):
        return found
    raise StoreError(
        f"The history of version {number} cannot be read.",
        "Restore it from a backup.",
        str(pointer.history_file(work.root, number)),
    )


def _stamp(work: Transaction, version: Version, name: str) -> tuple[Any, ...]:
    """When a version's ledger says that an import was made; empty where it has none."""
    rows = parquet.select(work.root, LEDGER, version.tables.get(LEDGER))
    found = work.connection.execute(
        f"SELECT imported_at::VARCHAR, content_hash FROM ({rows}) WHERE import_id = {literal(name)}"
    ).fetchall()
    return found[0] if found else ()


def _together(work: Transaction, commit: _Commit, name: str) -> list[str]:
    """Other imports that the same commit brought."""
    before, after = (
        f"SELECT import_id, imported_at FROM ({parquet.select(work.root, LEDGER, v.tables.get(LEDGER))})"
        for v in (commit.before, commit.after)
    )
    brought = f"SELECT import_id FROM ({after} EXCEPT ALL {before}) WHERE import_id <> {literal(name)}"
    return [row[0] for row in work.connection.execute(f"{brought} ORDER BY 1").fetchall()]


def _changed(commit: _Commit, name: str) -> list[str]:
    """Tables that the commit changed, but for those that the store keeps."""
    names = [
        table
        for table, pinned in sorted(commit.after.tables.items())
        if table not in (ROLLUP, LEDGER) and pinned != commit.before.tables.get(table)
    ]
    if own := [table for table in names if table not in TABLES]:
        raise StoreError(
            f"Import {name} wrote the own table {own[0]!r}, whose rows have no known key.",
            "Write that table again instead.",
        )
    return names


def _restore(work: Transaction, commit: _Commit, table: str, name: str) -> tuple[rollup.Window, ...]:
    """Bring one table's units back to what they were; return what has to be rolled up anew."""
    before, after, now = commit.before.tables.get(table), commit.after.tables[table], work.tables[table]
    verdicts = units.judge(
        work,
        table,
        units.Rows(
            parquet.select(work.root, table, before),
            work.select(table),
            parquet.select(work.root, table, _without(before, after)),
            parquet.select(work.root, table, _without(after, before)),
            parquet.select(work.root, table, _without(after, now)),
            parquet.select(work.root, table, _without(now, after)),
        ),
    )
    if verdicts.get("mixed"):
        raise _mixed(work, commit, table, name, units.later(work, table))
    if not (verdicts.get("restore") or verdicts.get("remove")):
        return ()
    work.write(table, [units.ROWS], work.schema(table), units.condition(work, table))
    return units.windows(work) if table in FACTS else ()


def _without(pinned: Pinned | None, other: Pinned | None) -> Pinned | None:
    """The files of one version that another does not have."""
    if pinned is None:
        return None
    known = {file.name for file in other.files} if other else set()
    return Pinned(
        pinned.version, pinned.columns, tuple(file for file in pinned.files if file.name not in known)
    )


def _mixed(work: Transaction, commit: _Commit, table: str, name: str, later: list[str]) -> StoreError:
    """The refusal, which names the later imports."""
    numbers = [number for number in history.numbers(work.root) if number > commit.after.number]
    after = [found for number in numbers if (found := pointer.past(work.root, number))]
    ids = later or [one for version in after if table in version.changed for one in version.imports]
    wanted = ", ".join(map(literal, ids)) or "''"
    told = work.connection.execute(
        f"SELECT import_id, file FROM ({work.select(LEDGER)}) WHERE import_id IN ({wanted}) "
        "ORDER BY imported_at DESC"
    ).fetchall()
    shown = ", ".join(f"{one} ({file})" if file else one for one, file in told[:3]) or "a later change"
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return StoreError(
        f"Later imports stand among the rows of import {name}: {shown}{more}.",
        "Undo the latest of them first.",
        str(work.root),
    )


def _enter(work: Transaction, name: str) -> None:
    """In the ledger the import is no longer in force, and those whose rows are back are again."""
    back = rules.among("import_id", sorted(_present(work)))
    own = f"import_id = {literal(name)}"
    entries = (
        f"SELECT * REPLACE (NOT ({own}) AS active, if({own}, '{UNDONE}', status) AS status) "
        f"FROM ({work.select(LEDGER)}) WHERE {own} OR (NOT active AND {back})"
    )
    work.enter(work.connection.sql(entries).to_arrow_table().cast(TABLES[LEDGER].arrow()))


def _rows(work: Transaction, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = work.connection.sql(query).to_arrow_table().to_pylist()
    return found
