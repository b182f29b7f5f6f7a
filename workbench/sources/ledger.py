"""The ledger of imports: what was imported, whether it is there still, and its review for next time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.schema import TABLES
from workbench.sources import quarantine
from workbench.sources.review import Finding, ImportReview, finding
from workbench.store.changes import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sources.examine import Examined
    from workbench.sources.preview import Look
    from workbench.store.store import Store

_COUNTS = ("rows_in", "rows_ok", "rows_quarantined", "rows_total")


def recall(store: Store, import_id: str, lang: str) -> ImportReview | None:
    """The review of an import that is in the store with all its rows; None where it is not.

    Args:
        store: The workspace at its newest version.
        import_id: Key in the ledger.
        lang: Language of the sentences.
    """
    if "imports" not in store.tables:
        return None
    found = store.query(f"SELECT * FROM imports WHERE import_id = {literal(import_id)}").to_pylist()
    if not found or not _is_there(store, import_id, found[0]["rows_ok"]):
        return None
    return remembered(store, found[0], lang)


def remembered(store: Store, row: Mapping[str, Any], lang: str) -> ImportReview:
    """The review of an import that changes nothing the second time.

    Args:
        store: The workspace.
        row: The import's row in the ledger.
        lang: Language of the sentences.
    """
    told = json.loads(row["review"])
    return ImportReview(
        status=row["status"],
        source=row["source"],
        table=row["table"],
        **{name: row[name] for name in _COUNTS},
        reconciled=told["reconciled"],
        findings=(finding("PASS", "unchanged", lang), *findings(row["review"], lang)),
        import_id=row["import_id"],
        mapping=told["mapping"],
        mapping_confidence=told["mapping_confidence"],
        period=(row["start_date"], row["end_date"]) if row["start_date"] else None,
        version=store.version,
        unchanged=True,
        lang=lang,
        rejected=quarantine.kept(store, row["import_id"]),
    )


def findings(review: str | None, lang: str) -> list[Finding]:
    """The findings that a row of the ledger keeps, told in `lang`."""
    told = json.loads(review or "{}").get("findings", ())
    return [finding(item["status"], item["code"], lang, item["lines"], **item["values"]) for item in told]


def kept(review: ImportReview) -> str:
    """What the ledger keeps of a review, as JSON."""
    told = [
        {"status": item.status, "code": item.code, "values": dict(item.values), "lines": list(item.lines)}
        for item in review.findings
    ]
    names = ("reconciled", "mapping", "mapping_confidence")
    values = {name: getattr(review, name) for name in names}
    return json.dumps({**values, "mapping": dict(review.mapping), "findings": told}, ensure_ascii=False)


def _is_there(store: Store, import_id: str, rows: int) -> bool:
    """Whether all rows of an import are in the facts."""
    counts = " UNION ".join(
        f"SELECT line FROM {table} WHERE import_id = {literal(import_id)}"
        for table in ("performance", "conversions")
        if table in store.tables
    )
    found = store.query(f"SELECT count(*) AS n FROM ({counts})") if counts else None
    return found is not None and bool(found["n"][0].as_py() == rows)


def other_reports(store: Store, import_ids: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Files of imports whose columns were others: another kind of report, not an earlier state of one.

    Args:
        store: The workspace.
        import_ids: Keys in the ledger.
        mapping: Canonical column → header of the report they are compared with.
    """
    if not import_ids or "imports" not in store.tables:
        return []
    ids = ", ".join(map(literal, import_ids))
    found = store.query(f"SELECT file, settings FROM imports WHERE import_id IN ({ids})").to_pylist()
    others = {row["file"] for row in found if json.loads(row["settings"]).get("mapping") != dict(mapping)}
    return sorted(others)


def entry(review: ImportReview, found: Examined, seen: Look, content: str) -> dict[str, object]:
    """The ledger's values for one import.

    Args:
        review: Its review.
        found: What the file holds.
        seen: How it was read.
        content: Hash of the file.
    """
    assert found.facts is not None
    names = ("source", "account", "grain", "breakdown", "scope")
    parts = ["|".join(getattr(part, name) or "" for name in names) for part in found.facts.slices]
    return {
        "import_id": review.import_id,
        "imported_at": dt.datetime.now(dt.UTC),
        "file": review.file,
        "content_hash": content,
        "source": review.source,
        "profile": f"{seen.match.profile.id}/{seen.match.variant.id}",
        "settings": seen.request.identity(review.mapping),
        "slice": "; ".join(parts[:20]),
        "status": review.status,
        "review": kept(review),
        "table": review.table,
        "currency": found.currency,
        "timezone": found.timezone or None,
        "start_date": found.facts.period[0],
        "end_date": found.facts.period[1],
        **{name: getattr(review, name) for name in _COUNTS},
        "active": True,
    }


def rows(store: Store, values: Mapping[str, object], outdated: Sequence[str]) -> pa.Table:
    """Rows to write: the import's own, and those of imports of which nothing remains, as inactive."""
    import pyarrow as pa

    schema = TABLES["imports"].arrow()
    own = pa.Table.from_pylist([dict(values)], schema)
    ids = ", ".join(literal(name) for name in outdated if name != values["import_id"])
    if not ids or "imports" not in store.tables:
        return own
    old = store.query(f"SELECT * REPLACE (false AS active) FROM imports WHERE import_id IN ({ids})")
    return pa.concat_tables([own, old.select(schema.names).cast(schema)])
