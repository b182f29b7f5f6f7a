"""The units of an undo: rows of a table before, after and long after an import, compared by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.schema import TABLES
from workbench.store.changes import between
from workbench.store.rollup import Window

if TYPE_CHECKING:
    from workbench.store.transaction import Transaction

ROWS = """
SELECT * EXCLUDE (unit) FROM (
  SELECT * FROM undo_before WHERE unit IN (SELECT unit FROM undo_units WHERE verdict = 'restore')
  UNION ALL (
    SELECT * FROM undo_now WHERE unit IN (SELECT unit FROM undo_units WHERE verdict = 'remove')
    EXCEPT ALL SELECT * FROM undo_added
  )
)"""
"""The rows of the units that change, as they are to be."""


@dataclass(frozen=True)
class Rows:
    """SELECTs of one table.

    Attributes:
        before: As it was before the import.
        now: As it is.
        lost, gained: The rows of the files that only the version before has, and only the one after.
        left, come: The rows of the files that only the version after has, and only today's.
    """

    before: str
    now: str
    lost: str
    gained: str
    left: str
    come: str


def key(table: str) -> tuple[str, ...]:
    """Columns whose values make a unit: slice and day where a table has them, else its key."""
    columns = TABLES[table].columns
    if {"source", "account", "grain"} <= set(TABLES[table].names):
        wanted = {"source", "account", "grain", "breakdown", "scope", "local_date", "start_date", "end_date"}
        return tuple(column.name for column in columns if column.name in wanted)
    keys = TABLES[table].with_role("key")
    return keys or tuple(column.name for column in columns if column.role != "fact")


def judge(work: Transaction, table: str, rows: Rows) -> dict[str, int]:
    """Compare the units that an import touched.

    Returns:
        Verdict → number of units: `restore` (as the import left it), `keep` (a later one took its place),
        `remove` (its rows stand apart from later ones and had replaced nothing), `mixed`.
    """
    _minus(work, table, "added", rows.gained, rows.lost)
    _minus(work, table, "removed", rows.lost, rows.gained)
    _make(work, "touched", "SELECT unit FROM undo_added UNION SELECT unit FROM undo_removed")
    _minus(work, table, "left", rows.left, rows.come, _touched(work, table))
    _minus(work, table, "come", rows.come, rows.left, _touched(work, table))
    _make(work, "moved", "SELECT unit FROM undo_left UNION SELECT unit FROM undo_come")
    for name, select in {"before": rows.before, "now": rows.now}.items():
        seen = f"SELECT *, {_unit(table)} AS unit FROM ({select}) WHERE {_days(work, table)}"
        work.connection.execute(f"CREATE OR REPLACE TEMP VIEW undo_{name} AS {seen}")
    _make(work, "units", _VERDICTS)
    return dict(work.connection.execute("SELECT verdict, count(*) FROM undo_units GROUP BY 1").fetchall())


def condition(work: Transaction, table: str) -> str:
    """SQL of the rows that a changed unit replaces."""
    changed = "SELECT unit FROM undo_units WHERE verdict IN ('restore', 'remove')"
    return f"({_days(work, table)} AND {_unit(table)} IN ({changed}))"


def windows(work: Transaction) -> tuple[Window, ...]:
    """The accounts and days whose roll-up has to be made anew."""
    found = work.connection.execute(
        "SELECT unit.source, unit.account, min(unit.local_date), max(unit.local_date) FROM undo_units "
        "WHERE verdict IN ('restore', 'remove') GROUP BY 1, 2"
    ).fetchall()
    return tuple(Window(*row) for row in found)


def later(work: Transaction, table: str) -> list[str]:
    """Ids of the imports whose rows came into mixed units, where rows say it."""
    if "import_id" not in TABLES[table].names:
        return []
    mixed = "SELECT unit FROM undo_units WHERE verdict = 'mixed'"
    found = work.connection.execute(f"SELECT DISTINCT import_id FROM undo_come WHERE unit IN ({mixed})")
    return [name for (name,) in found.fetchall() if name]


_VERDICTS = """
WITH brought AS (
  SELECT unit, count(*) AS rows FROM undo_added WHERE unit IN (SELECT unit FROM undo_moved) GROUP BY unit
),
remaining AS (
  SELECT unit, count(*) AS rows FROM (
    SELECT * FROM undo_added WHERE unit IN (SELECT unit FROM undo_moved)
    INTERSECT ALL SELECT * FROM undo_now WHERE unit IN (SELECT unit FROM undo_moved)
  ) GROUP BY unit
)
SELECT t.unit, CASE
  WHEN t.unit NOT IN (SELECT unit FROM undo_moved) THEN 'restore'
  WHEN coalesce(r.rows, 0) = 0 THEN 'keep'
  WHEN r.rows = b.rows AND t.unit NOT IN (SELECT unit FROM undo_removed) THEN 'remove'
  ELSE 'mixed' END AS verdict
FROM undo_touched AS t LEFT JOIN brought AS b ON b.unit = t.unit LEFT JOIN remaining AS r ON r.unit = t.unit
"""


def _make(work: Transaction, name: str, select: str) -> None:
    work.connection.execute(f"CREATE OR REPLACE TEMP TABLE undo_{name} AS {select}")


def _minus(work: Transaction, table: str, name: str, one: str, other: str, where: str = "true") -> None:
    """The rows of one SELECT that another does not have, as often as it does not have them."""
    sides = (f"SELECT *, {_unit(table)} AS unit FROM ({rows}) WHERE {where}" for rows in (one, other))
    _make(work, name, " EXCEPT ALL ".join(f"({side})" for side in sides))


def _unit(table: str) -> str:
    """SQL of a row's unit: a struct, in which an unknown value equals another unknown one."""
    return "{" + ", ".join(f"'{name}': {name}" for name in key(table)) + "}"


def _touched(work: Transaction, table: str) -> str:
    return f"{_days(work, table)} AND {_unit(table)} IN (SELECT unit FROM undo_touched)"


def _days(work: Transaction, table: str) -> str:
    """The days of the units, by which files are passed over without reading them."""
    if "local_date" not in key(table):
        return "true"
    first, last = work.connection.execute(
        "SELECT min(unit.local_date), max(unit.local_date) FROM undo_touched"
    ).fetchall()[0]
    return between("local_date", first, last) if first else "false"
