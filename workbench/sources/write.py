"""From facts to one commit: what a file replaces, what stays beside it, and its row in the ledger.

A report replaces earlier reports of its slice. Three rules keep that honest: the same file read in
another way replaces its former rows wherever they are; an earlier import of the same slice that
shares no ad object with the file is another part of the account (a filtered export) and stays; and
conversion counts and conversion values that come as two reports stay beside each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.schema import GRAINS, TABLES
from workbench.sources.facts import Facts
from workbench.store import parquet, pointer
from workbench.store.changes import Change, Slice, among, literal, predicate, same
from workbench.store.writer import IMPORT

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

FACT_TABLES = ("performance", "conversions", "reach")


@dataclass(frozen=True)
class Plan:
    """One commit.

    Attributes:
        changes: What to write, in order.
        replaced: Rows of earlier imports that go.
        kept: Rows of earlier imports of the slice that stay, being about other objects.
        vanished: Ad objects of replaced imports that the file does not have.
        gone: Ids of imports that lose rows, other than those of the same content.
        outdated: Ids of imports of which nothing remains.
    """

    changes: tuple[Change, ...]
    replaced: int = 0
    kept: int = 0
    vanished: int = 0
    gone: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


def identity(content: str, fingerprint: str, settings: str) -> str:
    """Id of an import: the same content, profile and settings give the same one."""
    return hashlib.sha256("\n".join((content, fingerprint, settings)).encode()).hexdigest()[:16]


def plan(store: Store, facts: Facts, content: str) -> Plan:
    """Work out what a file replaces and what stays.

    Args:
        store: The workspace at its newest version.
        facts: The file's rows.
        content: Hash of the file.
    """
    former = _former(store, content)
    steps = [_step(store, table, facts, former) for table in FACT_TABLES]
    gone = sorted({name for step in steps for name in step.gone})
    outdated = (*former, *(name for name in gone if _whole(store, name, facts)))
    return Plan(
        changes=tuple(change for step in steps for change in step.changes),
        replaced=max(step.replaced for step in steps),
        kept=max(step.kept for step in steps),
        vanished=max(step.vanished for step in steps),
        gone=tuple(gone),
        outdated=tuple(sorted(set(outdated))),
    )


def _step(store: Store, table: str, facts: Facts, former: Sequence[str]) -> Plan:
    """What happens in one table."""
    changes, replaced = _removals(store, table, former)
    kept = vanished = 0
    gone: set[str] = set()
    for part in facts.slices if table in facts.tables else ():
        rows = facts.tables[table]
        if len(facts.slices) > 1:
            rows = _of_account(rows, part.account)
        old = _sorted(store, table, part, former, rows)
        changes.append(Change(table, rows, part, old.gone))
        replaced, kept, vanished = replaced + old.replaced, kept + old.kept, vanished + old.vanished
        gone |= {name for name in old.gone if name}
    return Plan(tuple(changes), replaced, kept, vanished, tuple(gone))


def _former(store: Store, content: str) -> tuple[str, ...]:
    """Ids of imports of the same content."""
    if "imports" not in store.tables:
        return ()
    found = store.query(f"SELECT DISTINCT import_id FROM imports WHERE content_hash = {literal(content)}")
    return tuple(found["import_id"].to_pylist())


def _removals(store: Store, table: str, former: Sequence[str]) -> tuple[list[Change], int]:
    """Changes that take the rows of some imports out of a table."""
    if not former or table not in store.tables:
        return [], 0
    ids = ", ".join(literal(name) for name in former)
    names = [
        name for name in ("source", "account", "grain", "breakdown", "scope") if name in TABLES[table].names
    ]
    first, last = _window(table)
    query = (
        f"SELECT {', '.join(names)}, min({first}) AS start, max({last}) AS end_, count(*) AS n "
        f"FROM {table} WHERE import_id IN ({ids}) GROUP BY ALL"
    )
    changes, count = [], 0
    for row in store.query(query).to_pylist():
        part = Slice(
            row["source"],
            row["account"],
            row["grain"],
            row.get("breakdown", ""),
            row.get("scope", ""),
            row["start"],
            row["end_"],
        )
        changes.append(Change(table, TABLES[table].arrow().empty_table(), part, tuple(former)))
        count += row["n"]
    return changes, count


def _window(table: str) -> tuple[str, str]:
    return ("start_date", "end_date") if table == "reach" else ("local_date", "local_date")


def _of_account(rows: pa.Table | Path, account: str | None) -> pa.Table | Path:
    """The rows of one account; those of a folder in another folder beside it."""
    import pyarrow.compute as pc

    if not isinstance(rows, Path):
        column = rows["account"]
        return rows.filter(pc.is_null(column) if account is None else pc.equal(column, account))
    made = rows.with_name(f"{rows.name}-{len(list(rows.parent.iterdir()))}")
    with parquet.connect() as connection:
        parquet.name_rows(connection, "new", rows)
        own = f"SELECT * FROM new WHERE {same('account', account)}"
        parquet.write(connection, own, made, TABLES["performance"].names, empty=True)
    return made


def _sorted(store: Store, table: str, part: Slice, former: Sequence[str], new: pa.Table | Path) -> Plan:
    """Which imports lose their rows in a slice, and how many rows and ad objects go or stay.

    The rows are only counted: a slice may hold more of them than memory does.
    """
    if table not in store.tables:
        return Plan(())
    key, ids = _object(table, part.grain)
    with parquet.readable(), parquet.connect() as connection:
        pinned = parquet.select(store.path, table, pointer.read(store.path).tables.get(table))
        other = f"{predicate(table, part)} AND NOT ({among(IMPORT, former)})"
        columns = f"*, {IMPORT} AS import, {key} AS object, {ids} AS named"
        connection.execute(f"CREATE TEMP VIEW old AS SELECT {columns} FROM ({pinned}) WHERE {other}")
        parquet.name_rows(connection, "rows_", new)
        connection.execute(f"CREATE TEMP VIEW new AS SELECT *, {key} AS object, {ids} AS named FROM rows_")
        losing = f"""
SELECT import FROM old GROUP BY import
HAVING (bool_or(object IN (SELECT object FROM new))
  OR bool_or(named IS NULL) IS DISTINCT FROM (SELECT bool_or(named IS NULL) FROM new))
  AND NOT ({_beside(table)})"""
        gone = tuple(name for (name,) in connection.execute(f"{losing} ORDER BY import").fetchall())
        goes = among("import", gone)
        counts = connection.execute(
            f"SELECT count(*) FILTER ({goes}), count(*) FILTER (NOT {goes}), count(DISTINCT object) "
            f"FILTER ({goes} AND object NOT IN (SELECT object FROM new)) FROM old"
        ).fetchall()[0]
    replaced, kept, vanished = counts
    return Plan((), replaced, kept, vanished, gone)


def _beside(table: str) -> str:
    """SQL of 'the one import only knows counts, the other only values' over the old rows of an import."""
    if table != "conversions":
        return "false"
    counts, values = "bool_or(conversions IS NOT NULL)", "bool_or(revenue_micros IS NOT NULL)"
    new_counts, new_values = (f"(SELECT {known} FROM new)" for known in (counts, values))
    first = f"{counts} AND NOT {values} AND {new_values} AND NOT {new_counts}"
    second = f"{values} AND NOT {counts} AND {new_counts} AND NOT {new_values}"
    return f"coalesce({first}, false) OR coalesce({second}, false)"


def _object(table: str, grain: str) -> tuple[str, str]:
    """SQL of the key of an ad object, and of the id that names it."""
    if grain == "account" or table == "reach":
        named = "channel" if table != "reach" or grain == "account" else "coalesce(campaign_id, campaign)"
        return f"concat_ws('|', coalesce(advertiser, ''), coalesce({named}, ''))", "'-'"
    levels = [level for level in GRAINS[1 : GRAINS.index(grain) + 1] if level != "keyword"]
    parts = [f"coalesce({level}_id, {level}, '')" for level in levels]
    parts += (
        ["coalesce(creative, '')"]
        if grain == "ad"
        else ["coalesce(keyword, '')"]
        if grain == "keyword"
        else []
    )
    return f"concat_ws('|', {', '.join(parts)})", f"{levels[-1]}_id"


def _whole(store: Store, import_id: str, facts: Facts) -> bool:
    """Whether all rows of an import lie in the slices that are replaced."""
    for table in FACT_TABLES:
        if table in store.tables:
            inside = " OR ".join(f"({predicate(table, part)})" for part in facts.slices)
            covered = f"({inside})" if table in facts.tables else "false"
            left = f"{same('import_id', import_id)} AND NOT coalesce({covered}, false)"
            query = f"SELECT count(*) AS n FROM {table} WHERE {left}"
            if store.query(query)["n"][0].as_py():
                return False
    return True
