"""What the ledger knows of CRM imports: their entries, and whether one is still the last word."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.crm.parse import Parsed
from workbench.crm.sheet import Sheet
from workbench.schema import NO_CURRENCY, TABLES
from workbench.sources import ledger
from workbench.sources.review import ImportReview
from workbench.store.changes import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store


def recalled(store: Store, table: str, import_id: str, lang: str) -> ImportReview | None:
    """The review of the last import in force of a table, where it is this one: nothing came after it.

    Args:
        store: The workspace at its newest version.
        table: CRM table.
        import_id: Key in the ledger.
        lang: Language of the sentences.
    """
    if "imports" not in store.tables:
        return None
    last = f"{_of(table)} AND active ORDER BY imported_at DESC LIMIT 1"
    found = store.query(f"SELECT * FROM imports WHERE {last}").to_pylist()
    if not found or found[0]["import_id"] != import_id:
        return None
    return ledger.remembered(store, found[0], lang)


def in_force(store: Store, table: str, import_id: str) -> bool:
    """Whether an import counts, be it the last one or not."""
    if "imports" not in store.tables:
        return False
    where = f"{_of(table)} AND active AND import_id = {literal(import_id)}"
    return len(store.query(f"SELECT 1 FROM imports WHERE {where}")) > 0


def entry(sheet: Sheet, parsed: Parsed, review: ImportReview, settings: str) -> pa.Table:
    """An import's row for the ledger.

    Args:
        sheet: Where the rows come from.
        parsed: How they were read.
        review: What came of them.
        settings: Everything that decides the result, as JSON.
    """
    import pyarrow as pa

    first, last = review.period or (None, None)
    row = {
        "import_id": review.import_id,
        "imported_at": dt.datetime.now(dt.UTC),
        "file": review.file,
        "content_hash": sheet.content,
        "source": review.source,
        "profile": f"crm/{review.table}",
        "settings": settings,
        "slice": f"{review.table} by {', '.join(parsed.spec.key)}",
        "status": review.status,
        "review": ledger.kept(review),
        "table": review.table,
        "currency": None if parsed.currency == NO_CURRENCY else parsed.currency,
        "timezone": parsed.timezone or None,
        "start_date": first,
        "end_date": last,
        **{name: getattr(review, name) for name in ("rows_in", "rows_ok", "rows_quarantined", "rows_total")},
        "active": True,
    }
    return pa.Table.from_pylist([row], TABLES["imports"].arrow())


def _of(table: str) -> str:
    return f'"table" = {literal(table)}'
