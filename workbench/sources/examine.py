"""One file from its rows to its review and facts; nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.i18n import text
from workbench.sources import checks, copies, plausible, quarantine, reconcile
from workbench.sources.about import about_file
from workbench.sources.doubts import doubts
from workbench.sources.facts import Facts, facts
from workbench.sources.grid import Broken
from workbench.sources.mapping import lacking
from workbench.sources.measures import stated_currency, stated_unit
from workbench.sources.parse import Parsed, parse
from workbench.sources.preview import Look
from workbench.sources.problems import Unusable
from workbench.sources.review import Finding, ImportReview, finding, worst
from workbench.store import parquet

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Examined:
    """One file read and checked.

    Attributes:
        review: The review so far.
        facts: The good rows; None where there are none.
        currency, timezone: What the rows are in; empty: unknown.
    """

    review: ImportReview
    facts: Facts | None
    currency: str
    timezone: str


def examine(seen: Look, file: Path, import_id: str, lang: str, spool: Path | None = None) -> Examined:
    """Parse, check and reconcile a file.

    Args:
        seen: The file as read and laid out.
        file: Its path, for its name.
        import_id: Key in the ledger.
        lang: Language of the sentences.
        spool: Folder for files of many facts, which the caller takes away; None: they are held in memory.

    Raises:
        Unusable: when its dates cannot be told.
        InputError: for arguments that contradict the file.
    """
    _check_currency(seen)
    with parquet.connect() as connection:
        if spool is not None:
            parquet.on_disk(connection, spool / "checked.duckdb")
        parsed = parse(connection, seen.grid, seen.layout, seen.request)
        review = _reviewed(connection, seen, parsed, lang)
        review = replace(review, file=file.name, import_id=import_id)
        if not review.rows_ok:
            return Examined(_nothing(review, lang), None, parsed.currency, parsed.timezone)
        rows = facts(connection, parsed, seen.layout, seen.request, import_id, spool)
    table = "performance" if "performance" in rows.tables else "conversions"
    return Examined(replace(review, table=table, period=rows.period), rows, parsed.currency, parsed.timezone)


def check_layout(seen: Look, file: Path) -> None:
    """Refuse a file whose headers are no report's.

    Raises:
        Unusable: without a date or a metric, or of a kind that its profile refuses.
    """
    refused = seen.match.variant.refuse
    if refused and not seen.request.mapping:
        raise Unusable(f"refused_{refused}", file=file.name)
    lacks = lacking(seen.layout)
    if lacks:
        shown = ", ".join(header for header in seen.grid.headers if header.strip())[:200]
        code = "no_date_column" if lacks == "local_date" else "no_metrics"
        raise Unusable(code, file=file.name, headers=shown)


def _check_currency(seen: Look) -> None:
    stated, asked = stated_currency(seen.layout), seen.request.currency
    if stated and asked and stated != asked:
        raise InputError(
            f"The file says {stated} in a header, and currency= says {asked}.", "Leave currency= out."
        )
    written, unit = stated_unit(seen.layout), seen.request.unit
    if written and unit and written != unit:
        raise InputError(f"The file says {written} in a header, and unit= says {unit}.", "Leave unit= out.")


def _reviewed(connection: DuckDBPyConnection, seen: Look, parsed: Parsed, lang: str) -> ImportReview:
    """Check the parsed rows and put the review together."""
    made, broken = seen.layout, _broken(seen)
    rules = checks.rules(parsed, made, dt.datetime.now(dt.UTC).date())
    result = checks.check(connection, rules, parsed.kept)
    result, told = copies.settle(connection, parsed, made, seen.grid.headers, result, lang)
    agreed = reconcile.reconcile(connection, parsed, lang)
    counts = dict(connection.execute("SELECT state, count(*) FROM checked GROUP BY state").fetchall())
    rejected = _rejected(connection, seen, broken, result, lang)
    findings = (
        *about_file(connection, seen, parsed, lang),
        *doubts(seen, parsed, lang),
        *checks.findings(connection, result, lang),
        *_about_broken(seen, broken, lang),
        *told,
        *agreed.findings,
        *plausible.plausible(connection, parsed, made, seen.request.channel, lang),
    )
    return ImportReview(
        status=worst(item.status for item in findings),
        source=made.profile.id,
        rows_in=sum(counts.values()) + len(broken),
        rows_ok=counts.get("ok", 0),
        rows_quarantined=len(rejected),
        rows_total=counts.get("total", 0),
        reconciled=agreed.agrees,
        findings=findings,
        mapping=made.mapping,
        mapping_confidence=made.confidence,
        lang=lang,
        rejected=rejected,
    )


def _nothing(review: ImportReview, lang: str) -> ImportReview:
    """The review of a file without a good row."""
    code = "no_good_rows" if review.rows_in else "no_rows"
    item = finding("FAIL", code, lang, rows=review.rows_in)
    return replace(review, status="FAIL", import_id="", findings=(item, *review.findings))


def _broken(seen: Look) -> tuple[Broken, ...]:
    """Rows that do not have the header's cells; a platform's footers are no rows."""
    found, footers = seen.grid.body.broken, seen.match.profile.footers
    single = {item.line for item in found if item.cells <= 1}
    if not footers or not single:
        return found
    told = {line for line, raw in seen.grid.raw(single).items() if raw.strip(' "').startswith(footers)}
    return tuple(item for item in found if item.line not in told)


def _rejected(
    connection: DuckDBPyConnection,
    seen: Look,
    broken: Sequence[Broken],
    result: checks.Checked,
    lang: str,
) -> pa.Table:
    """Rows set aside: line, raw text, reasons."""
    rows = checks.reasons(connection, result, lang).to_pylist()
    width = len(seen.grid.headers)
    rows += [
        {"line": item.line, "reasons": text("sources.cells_row", lang, cells=item.cells, width=width)}
        for item in broken
    ]
    raw = seen.grid.raw({row["line"] for row in rows}) if rows else {}
    return quarantine.table([{**row, "raw": raw.get(row["line"], "")} for row in rows], seen.grid.headers)


def _about_broken(seen: Look, broken: Sequence[Broken], lang: str) -> list[Finding]:
    found = []
    if lines := [item.line for item in broken]:
        found.append(finding("REVIEW", "cells", lang, lines, rows=len(lines), width=len(seen.grid.headers)))
    last = seen.grid.body.broken[-1:]
    if seen.grid.body.cut and broken[-1:] == last:
        found.append(finding("REVIEW", "cut", lang, lines[-1:]))
    return found
