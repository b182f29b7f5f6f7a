"""What a workspace holds and where it came from: tables, freshness by account, the ledger of imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.sources import ledger

if TYPE_CHECKING:
    import pandas as pd

    from workbench.sources.review import ImportReview
    from workbench.store.store import Store

ROLLUP, LEDGER = "performance_hourly", "imports"
OURS = (ROLLUP, LEDGER)
"""Tables that are not shown: made by the workbench itself."""
_FILLED_WITH = {"conversions": "performance", "reach": "performance"}
"""Tables that an import of another one fills as well."""

_IMPORTS = {
    "import_id": "str",
    "imported_at": "datetime64[us, UTC]",
    "file": "str",
    "source": "str",
    "table": "str",
    "status": "str",
    "active": "bool",
    "rows_in": "int64",
    "rows_ok": "int64",
    "rows_quarantined": "int64",
    "start_date": "object",
    "end_date": "object",
}


@dataclass(frozen=True)
class Listing:
    """Some rows about a workspace.

    Attributes:
        table: The rows.
        version: Data version they are of.
    """

    table: pd.DataFrame
    version: int

    def to_frame(self) -> pd.DataFrame:
        """The rows."""
        return self.table

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain values; what is missing is None."""
        rows = self.table.astype(object).to_dict("records")
        return [
            {str(name): None if _missing(value) else value for name, value in row.items()} for row in rows
        ]

    def to_csv(self) -> bytes:
        """The rows as CSV that no spreadsheet runs."""
        return exports.csv(self.table)

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


def imports(store: Store) -> Listing:
    """The ledger, the newest import first.

    Args:
        store: The workspace.

    Returns:
        Columns `import_id, imported_at` (UTC)`, file, source, table, status` (`PASS`, `REVIEW`, `UNDONE`)`,
        active` (whether its rows count)`, rows_in, rows_ok, rows_quarantined, start_date, end_date`.
    """
    import pandas as pd

    if LEDGER not in store.tables:
        return _listing(store, pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _IMPORTS.items()}))
    ledger = store.table(LEDGER)
    rows = store.query(ledger.select(*_IMPORTS).order_by(ledger.imported_at.desc(), ledger.import_id))
    return _listing(store, pd.DataFrame(rows.to_pylist(), columns=list(_IMPORTS)))


def past_review(store: Store, import_id: str, lang: str = "") -> ImportReview | None:
    """The review of an import of the ledger, as it was told when it was made.

    Args:
        store: The workspace.
        import_id: Its id, or a beginning that only one id has.
        lang: Language of the sentences; empty: the workspace's.

    Returns:
        The review with the rows set aside; None for an unknown id.
    """
    if LEDGER not in store.tables or not import_id:
        return None
    entries = store.table(LEDGER)
    found = store.query(entries.filter(entries.import_id.startswith(import_id))).to_pylist()
    if len(found) != 1:
        return None
    review = ledger.remembered(store, found[0], lang or store.settings.lang)
    told = tuple(item for item in review.findings if item.code != "unchanged")
    return replace(review, findings=told, unchanged=False, file=found[0]["file"] or "")


def contents(store: Store) -> Listing:
    """The tables that hold rows.

    Args:
        store: The workspace.

    Returns:
        Columns `table, rows, imported_at` (the newest import that filled it; None: written otherwise).
    """
    import pandas as pd

    counts = {name: rows for name, rows in store.row_counts.items() if name not in OURS}
    last: dict[str, dt.datetime] = {}
    for row in reversed(imports(store).to_dicts()):
        last |= {row["table"]: row["imported_at"]} if row["active"] else {}
    rows = [(name, count, last.get(_FILLED_WITH.get(name, name))) for name, count in sorted(counts.items())]
    return _listing(store, pd.DataFrame(rows, columns=["table", "rows", "imported_at"]))


def freshness(store: Store) -> Listing:
    """How far the delivery of each account reaches, and which days it lacks.

    Args:
        store: The workspace.

    Returns:
        Columns `source, account, first_day, last_day, days` (that have rows)`, missing` (days between the
        first and the last without any row)`, behind` (days its last one lies before the workspace's).
    """
    import pandas as pd

    columns = ["source", "account", "first_day", "last_day", "days", "missing", "behind"]
    if ROLLUP not in store.tables:
        return _listing(store, pd.DataFrame(columns=columns))
    rollup = store.table(ROLLUP)
    days = {"first_day": rollup.local_date.min(), "last_day": rollup.local_date.max()}
    asked = rollup.group_by("source", "account").agg(**days, days=rollup.local_date.nunique())
    found = store.query(asked.order_by("source", "account")).to_pylist()
    newest = max(row["last_day"] for row in found)
    rows = [{**row, **_reach(row, newest)} for row in found]
    return _listing(store, pd.DataFrame(rows, columns=columns))


def _reach(row: Mapping[str, Any], newest: dt.date) -> dict[str, int]:
    span = (row["last_day"] - row["first_day"]).days + 1
    return {"missing": span - row["days"], "behind": (newest - row["last_day"]).days}


def _listing(store: Store, table: pd.DataFrame) -> Listing:
    return Listing(table, store.version)


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))
