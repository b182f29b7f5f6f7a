"""What the imports in force left open: rows set aside, totals that do not agree, open questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.i18n import texts
from workbench.quality.answer import Item
from workbench.quality.asked import Asked
from workbench.sources import ledger, quarantine
from workbench.sources.review import Finding, Status, finding, key

if TYPE_CHECKING:
    from workbench.data import Store

DIFFER, EXPLAINED = "totals_differ", "totals_explained"
ELSEWHERE = {DIFFER, EXPLAINED, "no_currency", "no_timezone", "no_timezone_choice"}
"""Findings of an import's review that other checks see in the data itself."""


def check(asked: Asked) -> Iterator[Item]:
    """Look at every import that is in force."""
    store = asked.store
    if "imports" not in store.tables:
        return
    entries = store.query("SELECT * FROM imports WHERE active ORDER BY imported_at DESC").to_pylist()
    told: set[tuple[str, str]] = set()
    for entry in entries:
        aside = _aside(store, entry)
        found = ledger.findings(entry["review"], store.settings.lang)
        if aside:
            yield _rows(asked, entry, aside)
        yield from _sums(store, entry, found, aside)
        for item in found:
            if _is_open(item) and (item.code, str(item.values)) not in told:
                told.add((item.code, str(item.values)))
                yield _item("imports", entry, item)


def _aside(store: Store, entry: Mapping[str, Any]) -> int:
    """Rows of an import that are set aside still."""
    if not entry["rows_quarantined"]:
        return 0
    kept = quarantine.kept(store, entry["import_id"])
    return 0 if kept is None else len(kept)


def _rows(asked: Asked, entry: Mapping[str, Any], aside: int) -> Item:
    rows = entry["rows_in"] - (entry["rows_total"] or 0)
    status: Status = "FAIL" if aside > asked.thresholds.aside * rows else "REVIEW"
    values = {"rows": aside, "all": rows, "id": entry["import_id"][:8]}
    return replace(
        asked.item("rows", "aside", entry["file"] or "", status, **values), import_id=entry["import_id"]
    )


def _sums(store: Store, entry: Mapping[str, Any], found: list[Finding], aside: int) -> Iterator[Item]:
    """Totals rows that the data does not add up to; explained ones are settled with the rows set aside."""
    if json.loads(entry["review"] or "{}").get("reconciled") is not False:
        return
    differ = [item for item in found if item.code == DIFFER]
    for item in differ:
        again = finding("FAIL", item.code, store.settings.lang, item.lines, **item.values)
        yield _item("sums", entry, again)
    explained = next((item for item in found if item.code == EXPLAINED), None)
    if explained and aside and not differ:
        yield _item("sums", entry, explained)


def _is_open(item: Finding) -> bool:
    """Whether a finding asks for something that no row set aside and no other check answers."""
    reason = f"{key(item.code)}_row" in texts()
    return item.status == "REVIEW" and not reason and item.code not in ELSEWHERE


def _item(area: str, entry: Mapping[str, Any], item: Finding) -> Item:
    return Item(area, item, entry["file"] or "", entry["import_id"])
