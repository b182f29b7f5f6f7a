"""Rows that are added to what an import brought, and replace nothing: those that came back corrected."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.privacy.acts import importing
from workbench.sources import decode, ledger, quarantine, write
from workbench.sources.examine import check_layout, examine
from workbench.sources.preview import look
from workbench.sources.problems import Unusable
from workbench.sources.profile import GENERIC, profiles
from workbench.sources.records import csv_line
from workbench.sources.request import Request
from workbench.sources.review import ImportReview, finding
from workbench.store.changes import Change

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store


def add(
    store: Store,
    name: str,
    headers: Sequence[str],
    rows: Mapping[int, Sequence[str | None]],
    request: Request,
    dry_run: bool = False,
) -> ImportReview:
    """Add rows of a platform's report to those that are there.

    Args:
        store: The workspace.
        name: How reviews and the ledger call them.
        headers: Of the report.
        rows: Line in the report → cells.
        request: How the report was read.
        dry_run: Review only; nothing is written.

    Raises:
        InputError: for rows that cannot be read as the report was.
        StoreError: when the data cannot be written; nothing changes then.
    """
    lang, known = store.settings.lang, profiles(store.path)
    if request.source != GENERIC:
        request = replace(request, mapping=None)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        file = Path(folder) / "corrected.csv"
        file.write_text("\n".join(map(csv_line, [headers, *rows.values()])) + "\n", encoding="utf-8")
        try:
            seen = look(file, known, request, store.path)
            check_layout(seen, file)
            content, identity = decode.digest(file), seen.request.identity(seen.layout.mapping)
            import_id = write.identity(content, seen.match.profile.fingerprint, identity)
            found = examine(seen, file, import_id, lang)
        except Unusable as problem:
            item = finding("FAIL", problem.code, lang, (), **{**problem.values, "file": name})
            return ImportReview("FAIL", findings=(item,), file=name, source=request.source or "", lang=lang)
    place = dict(enumerate(rows, start=2))
    review = replace(_placed(found.review, place), file=name)
    if found.facts is None or dry_run:
        return review
    if recalled := ledger.recall(store, import_id, lang):
        return replace(recalled, file=name)
    if review.rejected is not None and len(review.rejected):
        quarantine.keep(store.path, review.import_id, review.rejected)
    changes = [Change(table, _of_report(part, place)) for table, part in found.facts.tables.items()]
    entry = ledger.rows(store, ledger.entry(review, found, seen, content), ())
    with importing(store, review):
        return replace(review, version=store.commit(changes, entry))


def _placed(review: ImportReview, place: Mapping[int, int]) -> ImportReview:
    """The review with line numbers of the report instead of those of the temporary file."""
    told = tuple(
        replace(item, lines=tuple(place.get(line, line) for line in item.lines)) for item in review.findings
    )
    rejected = None if review.rejected is None else _of_report(review.rejected, place)
    return replace(review, findings=told, rejected=rejected)


def _of_report(rows: pa.Table, place: Mapping[int, int]) -> pa.Table:
    import pyarrow as pa

    if "line" not in rows.column_names:
        return rows
    at = rows.column_names.index("line")
    lines = [place.get(line, line) for line in rows["line"].to_pylist()]
    return rows.set_column(at, rows.schema.field(at), pa.array(lines, pa.int64()))
