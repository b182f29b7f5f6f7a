"""Retention: rows about persons that are older than a table may keep them go, in every kept version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import SettingsError, unknown
from workbench.privacy import audit, vault
from workbench.privacy.erasure import forget
from workbench.privacy.people import CUSTOMER
from workbench.store import parquet, rewrite

if TYPE_CHECKING:
    from workbench.store.store import Store

TIMES = {
    "transactions": "time",
    "events": "time",
    "interactions": "time",
    "feedback": "time",
    "assignments": "time",
    "tags": "time",
    "identities": "time",
    "leads": "coalesce(closed_time, updated_time, time)",
}
"""Table → the instant by which a row grows old; a row without one stays."""

PEOPLE, QUARANTINE = "customers", "quarantine"
"""Customers go when nothing was heard of them for so long; rows set aside by the day of their import."""

_ROW_IDS = {"feedback": "feedback_id"}
_HEARD_IN = ("transactions", "events", "interactions", "feedback", "leads")
_AT_ONCE = 100
"""Customers forgotten in one pass over the files."""


@dataclass(frozen=True)
class Retained:
    """What retention removed.

    Attributes:
        rows: Table → rows, over all kept versions.
        customers: Customers forgotten because nothing was heard of them.
        files: Files of rows set aside that were deleted.
        version: Data version afterwards.
    """

    rows: Mapping[str, int]
    customers: int
    files: int
    version: int


def retain(
    store: Store, days: Mapping[str, int] | None = None, today: dt.date | None = None, who: str = ""
) -> Retained:
    """Remove what is older than it may be kept; aggregates of ad delivery are not concerned.

    Args:
        store: The workspace; it moves to the new data version.
        days: Table → days; None: the setting `retention_days`.
        today: Day from which days count back; None: the day by the clock, in UTC.
        who: Who asks; empty: the user of this machine.

    Raises:
        SettingsError: for a table that cannot grow old, or a number of days under 1.
        StoreError: when another writer keeps this one out for too long.
    """
    wanted = dict(store.settings.retention_days) if days is None else dict(days)
    for table, kept in wanted.items():
        _check(table, kept)
    cuts = {table: _cut(today, kept) for table, kept in wanted.items()}
    with store.writing(), audit.act(store.path, "retention", who, days=wanted) as counts:
        done = _rows_removed(store, cuts)
        files = _set_aside(store, cuts[QUARANTINE]) if QUARANTINE in cuts else 0
        gone = _silent(store, cuts[PEOPLE]) if PEOPLE in cuts else []
        for start in range(0, len(gone), _AT_ONCE):
            forget(store, gone[start : start + _AT_ONCE], who, "retention")
        counts |= {"rows": sum(done.rows.values()), "customers": len(gone), "files": files}
        store.refresh()
    return Retained(done.rows, len(gone), files, store.version)


def _check(table: str, days: int) -> None:
    if table == "consent":
        raise SettingsError(
            "Consent cannot grow old: it proves what was allowed.", "Take it out of the list."
        )
    if table not in (*TIMES, PEOPLE, QUARANTINE):
        raise unknown("table of retention_days", table, (*TIMES, PEOPLE, QUARANTINE), SettingsError)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise SettingsError(f"retention_days of {table!r} is {days!r}.", "Give whole days, at least 1.")


def _cut(today: dt.date | None, days: int) -> dt.datetime:
    """The first instant that is young enough."""
    start = today or dt.datetime.now(dt.UTC).date()
    return dt.datetime.combine(start - dt.timedelta(days=days), dt.time(), dt.UTC)


def _rows_removed(store: Store, cuts: Mapping[str, dt.datetime]) -> rewrite.Done:
    old = {table: f"{TIMES[table]} < {_literal(cut)}" for table, cut in cuts.items() if table in TIMES}
    with parquet.connect() as connection:
        rules = {
            table: rewrite.Rule(f"coalesce({is_old}, false)", {}, f"NOT coalesce({is_old}, false)")
            for table, is_old in old.items()
        }
        sealed = list(_sealed_too(store.path, connection, old))
        if sealed:
            theirs = f"coalesce({' OR '.join(sealed)}, false)"
            rules[vault.TABLE] = rewrite.Rule(theirs, {}, f"NOT {theirs}")
        return rewrite.rewrite(store.path, connection, rules, "retain")


def _sealed_too(root: Path, connection: Any, old: Mapping[str, str]) -> Iterator[str]:
    """Conditions of the vault's rows whose own rows go."""
    kept = rewrite.kept_files(root)
    for table, row_id in _ROW_IDS.items():
        if table in old and table in kept:
            rows = parquet.select(root, table, kept[table])
            ids = f"SELECT DISTINCT {row_id} AS row_id FROM ({rows}) WHERE {old[table]}"
            connection.execute(f"CREATE TEMP TABLE old_{table} AS {ids}")
            yield f"(of_table = {parquet.text(table)} AND row_id IN (SELECT row_id FROM old_{table}))"


def _set_aside(store: Store, cut: dt.datetime) -> int:
    """Delete the rows set aside by imports before `cut`."""
    known = {
        row["import_id"]: row["imported_at"]
        for row in store.query("SELECT import_id, imported_at FROM imports").to_pylist()
    }
    count = 0
    for file in sorted((store.path / QUARANTINE).rglob("*.*")):
        written = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
        if file.is_file() and (known.get(file.stem) or written) < cut:
            file.unlink()
            count += 1
    return count


def _silent(store: Store, cut: dt.datetime) -> list[str]:
    """Customers who came before `cut` and of whom nothing was heard since."""
    heard = (f"SELECT {CUSTOMER}, {TIMES[table]} AS heard FROM {table}" for table in _HEARD_IN)
    young = f"heard >= {_literal(cut)} AND {CUSTOMER} IS NOT NULL"
    query = f"""
SELECT {CUSTOMER} FROM customers
WHERE created_date < CAST({_literal(cut)} AS TIMESTAMPTZ)
  AND {CUSTOMER} NOT IN (SELECT {CUSTOMER} FROM ({" UNION ALL ".join(heard)}) WHERE {young})
ORDER BY 1"""
    return [str(name) for name in store.query(query)[CUSTOMER].to_pylist()]


def _literal(moment: dt.datetime) -> str:
    return f"TIMESTAMPTZ {parquet.text(moment.isoformat())}"
