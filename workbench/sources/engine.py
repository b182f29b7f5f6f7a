"""The import: read, recognise, lay out, parse, check, reconcile, and commit once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError, unknown
from workbench.privacy.acts import importing
from workbench.schema import NO_CURRENCY
from workbench.sources import checks, copies, decode, quarantine, reconcile, saved, write
from workbench.sources.facts import Facts, columns_of, facts, labels
from workbench.sources.mapping import lacking
from workbench.sources.parse import Parsed, parse, stated_currency
from workbench.sources.preview import Look, look
from workbench.sources.problems import Unusable
from workbench.sources.profile import GENERIC, Profile, pick, profiles
from workbench.sources.request import Request, checked
from workbench.sources.review import Finding, ImportReview, finding, joined, worst
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from workbench.store.store import Store

EXPORTS = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")
"""Endings of the files that a folder is searched for."""


@on_this_machine
def load(
    store: Store,
    path: str | Path,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    dry_run: bool = False,
    *,
    account: str | None = None,
    advertiser: str | None = None,
    channel: str | None = None,
    goal: str | None = None,
    grain: str | None = None,
    date_order: str | None = None,
    decimal: str | None = None,
    scope: str | None = None,
    encoding: str | None = None,
    remember: bool | str = False,
) -> ImportReview:
    """Import an export: one file, or every export in a folder.

    Args:
        store: The workspace; it moves to the new data version.
        path: CSV or other delimited text, XLSX, XLS, ODS or Parquet; or a folder of such files.
        source: Source id; None: recognised from the headers.
        mapping: Canonical column → header of the file; money is `cost` and `revenue`. With a date and a
            metric, exactly these columns are read; over the platform's own where `source` names one.
        timezone: IANA name of the account's clock; needed for hourly data of platforms that do not say it.
        currency: ISO 4217 code of the amounts, where the file does not say it.
        dry_run: Review only; nothing is written.
        account, advertiser, channel: Values for all rows.
        goal: Name or header of the conversion column that is the goal.
        grain: Level of the rows, where the columns do not show it.
        date_order: `dmy` or `mdy`, where the file's dates do not show it.
        decimal: `.` or `,`, where the file's numbers do not show it.
        scope: Name of the filter with which the report was made.
        encoding: Codec of the text, where it is none of UTF-8, GB18030, UTF-16.
        remember: Save the mapping for files with the same headers (a text: under this name).

    Returns:
        The review; `FAIL` for content that cannot be used, of which nothing is imported.

    Raises:
        InputError: for a path without a readable file, or arguments that do not fit.
        SettingsError: for a profile or saved mapping in the workspace that is not valid.
        StoreError: when the data cannot be written; nothing changes then.
    """
    request = checked(
        Request(
            source, mapping, timezone, currency, account, advertiser, channel, goal, grain, date_order,
            decimal, scope, encoding,
        )
    )  # fmt: skip
    known = profiles(store.path)
    if source:
        pick(source, known)
    target = Path(path).expanduser()
    files = exports(target)
    store.refresh()
    if not target.is_dir():
        return _load(store, target, request, known, dry_run, remember)
    parts = [_part(store, file, target, request, known, dry_run, remember) for file in files]
    return joined(target.name, parts, store.settings.lang)


def exports(path: Path) -> list[Path]:
    """The files to import at a path, in order of their names.

    Raises:
        InputError: when there is nothing to read.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"There is no file or folder {str(path)!r}.", "Check the path.")
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.casefold() in EXPORTS
        and file.is_file()
        and not any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
    )
    if not found:
        raise InputError(
            f"The folder {str(path)!r} holds no exports.",
            f"Put files with these endings there: {', '.join(EXPORTS)}.",
        )
    return found


def _part(
    store: Store,
    file: Path,
    folder: Path,
    request: Request,
    known: Mapping[str, Profile],
    dry_run: bool,
    remember: bool | str,
) -> ImportReview:
    """One file of a folder: what does not fit this file fails this file only."""
    try:
        review = _load(store, file, request, known, dry_run, remember)
    except InputError as error:
        item = Finding("FAIL", error.what, error.fix)
        review = ImportReview("FAIL", findings=(item,), lang=store.settings.lang)
    return replace(review, file=str(file.relative_to(folder)))


@dataclass(frozen=True)
class Read:
    """One file read and checked, before anything is written."""

    look: Look
    parsed: Parsed
    facts: Facts | None
    review: ImportReview
    content: str


def _load(
    store: Store,
    file: Path,
    request: Request,
    known: Mapping[str, Profile],
    dry_run: bool,
    remember: bool | str,
) -> ImportReview:
    lang = store.settings.lang
    try:
        read = read_file(store, file, request, known, lang)
    except Unusable as problem:
        item = finding("FAIL", problem.code, lang, (), **problem.values)
        return ImportReview("FAIL", findings=(item,), file=file.name, source=request.source or "", lang=lang)
    if read.facts is None:
        return read.review
    if remember and not dry_run:
        name = remember if isinstance(remember, str) else file.stem
        saved.write(store.path, name, read.look.grid.headers, read.look.request, read.look.layout.mapping)
    if write.is_there(store, read.review.import_id, read.review.rows_ok):
        item = finding("PASS", "unchanged", lang)
        review = replace(read.review, unchanged=True, version=None if dry_run else store.version)
        return replace(review, findings=(item, *review.findings))
    return _commit(store, file, read, dry_run)


def read_file(store: Store, file: Path, request: Request, known: Mapping[str, Profile], lang: str) -> Read:
    """Everything that needs no store but its folder.

    Raises:
        Unusable: for content that is no report.
        InputError: for arguments that do not fit the file.
    """
    import duckdb

    content = decode.digest(file) if _readable(file) else ""
    seen = look(file, known, request, store.path)
    _check_layout(seen, file)
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true; SET TimeZone = 'UTC'")
        parsed = parse(connection, seen.grid, seen.layout, seen.request)
        _check_currency(seen)
        return _reviewed(connection, seen, parsed, file, content, lang)


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError as error:
        raise InputError(
            f"It cannot be read: {error.strerror or error}.", "Check its rights.", str(file)
        ) from None


def _check_layout(seen: Look, file: Path) -> None:
    lacks = lacking(seen.layout)
    if not lacks:
        return
    shown = ", ".join(header for header in seen.grid.headers if header.strip())[:200]
    raise Unusable("no_date_column" if lacks == "local_date" else "no_metrics", file=file.name, headers=shown)


def _check_currency(seen: Look) -> None:
    stated, asked = stated_currency(seen.layout), seen.request.currency
    if stated and asked and stated != asked:
        raise InputError(
            f"The file says {stated} in a header, and currency= says {asked}.", "Leave currency= out."
        )


def _reviewed(
    connection: DuckDBPyConnection, seen: Look, parsed: Parsed, file: Path, content: str, lang: str
) -> Read:
    """Check the parsed rows and put the review together."""
    made = seen.layout
    today = dt.datetime.now(dt.UTC).date()
    result = checks.check(connection, checks.rules(parsed, made, today))
    result, told = copies.settle(connection, parsed, made, seen.grid.headers, result, lang)
    agreed = reconcile.reconcile(connection, parsed, lang)
    counts = dict(connection.execute("SELECT state, count(*) FROM checked GROUP BY state").fetchall())
    identity = seen.request.identity(made.mapping)
    import_id = write.identity(content, made.profile.fingerprint, identity)
    rejected = _rejected(connection, seen, result, lang)
    findings = [
        *_about_file(connection, seen, parsed, lang),
        *checks.findings(connection, result, lang),
        *_broken(seen, lang),
        *told,
        *agreed.findings,
        *reconcile.plausible(connection, parsed, lang),
    ]
    ok = counts.get("ok", 0)
    review = ImportReview(
        status=worst(item.status for item in findings),
        source=made.profile.id,
        rows_in=sum(counts.values()) + len(seen.grid.broken),
        rows_ok=ok,
        rows_quarantined=len(rejected),
        rows_total=counts.get("total", 0),
        reconciled=agreed.agrees,
        findings=tuple(findings),
        import_id=import_id,
        file=file.name,
        mapping=made.mapping,
        mapping_confidence=made.confidence,
        lang=lang,
        rejected=rejected,
    )
    if not ok:
        return Read(seen, parsed, None, _nothing(review, lang), content)
    rows = facts(connection, parsed, made, seen.request, import_id)
    table = "performance" if "performance" in rows.tables else "conversions"
    return Read(seen, parsed, rows, replace(review, table=table, period=rows.period), content)


def _nothing(review: ImportReview, lang: str) -> ImportReview:
    """The review of a file without a good row."""
    code = "no_good_rows" if review.rows_in else "no_rows"
    item = finding("FAIL", code, lang, rows=review.rows_in)
    return replace(review, status="FAIL", import_id="", findings=(item, *review.findings))


def _rejected(connection: DuckDBPyConnection, seen: Look, result: checks.Checked, lang: str) -> pa.Table:
    """Rows set aside: line, raw text, reasons."""
    from workbench.i18n import text

    rows = checks.reasons(connection, result, lang).to_pylist()
    width = len(seen.grid.headers)
    rows += [
        {"line": item.line, "reasons": text("sources.cells_row", lang, cells=item.cells, width=width)}
        for item in seen.grid.broken
    ]
    raw = seen.grid.raw({row["line"] for row in rows}) if rows else {}
    return quarantine.table([{**row, "raw": raw.get(row["line"], "")} for row in rows], seen.grid.headers)


def _broken(seen: Look, lang: str) -> list[Finding]:
    found = []
    if lines := [item.line for item in seen.grid.broken]:
        found.append(finding("REVIEW", "cells", lang, lines, rows=len(lines), width=len(seen.grid.headers)))
    if seen.grid.cut:
        found.append(finding("REVIEW", "cut", lang, lines[-1:]))
    return found


def _about_file(connection: DuckDBPyConnection, seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    """What is to know of the file as a whole: how it was read, and what it does not say."""
    made, found = seen.layout, []
    if seen.saved:
        found.append(finding("PASS", "saved_mapping", lang, name=seen.saved))
    elif made.profile.id == GENERIC and not seen.request.mapping:
        used = ", ".join(f"{column} ← {header}" for column, header in made.mapping.items())
        found.append(finding("REVIEW", "guessed_mapping", lang, used=used))
    if made.unused:
        found.append(finding("PASS", "unused", lang, headers=", ".join(made.unused[:20])))
    if parsed.hourly and not parsed.timezone:
        found.append(finding("REVIEW", "no_timezone", lang))
    found += _about_money(seen, parsed, lang)
    if len(made.goals) > 1:
        others = columns_of(made.goals[1:])
        status = "PASS" if made.chosen else "REVIEW"
        code = "goal" if made.chosen else "guessed_goal"
        found.append(finding(status, code, lang, goal=made.goals[0].name, others=others))  # type: ignore[arg-type]
    return found + _about_labels(connection, seen, lang)


def _about_money(seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    if not any(item.kind == "money" for item in parsed.measures):
        return []
    if "currency" in parsed.texts:
        return []
    if parsed.currency == NO_CURRENCY:
        return [finding("REVIEW", "no_currency", lang)]
    if seen.request.currency or stated_currency(seen.layout) or seen.layout.profile.currency:
        return []
    return [
        finding("REVIEW", "guessed_currency", lang, currency=parsed.currency, signs=" ".join(parsed.signs))
    ]


def _about_labels(connection: DuckDBPyConnection, seen: Look, lang: str) -> list[Finding]:
    """Rows that count different things are never added: one of them is the goal."""
    found = labels(connection) if any(goal.label for goal in seen.layout.goals) else []
    chosen = seen.layout.goal_label
    if chosen and chosen not in found:
        raise unknown("goal", chosen, [*found, *(goal.name for goal in seen.layout.goals)], InputError)
    if len(found) > 1 and not chosen:
        return [finding("REVIEW", "guessed_goal", lang, goal=found[0], others=", ".join(found[1:10]))]
    return []


def _commit(store: Store, file: Path, read: Read, dry_run: bool) -> ImportReview:
    """Replace the file's slices in one commit, or only say what would be."""
    lang, rows = read.review.lang, read.facts
    assert rows is not None
    plan = write.plan(store, rows, read.content)
    told = _about_plan(plan, lang)
    findings = (*read.review.findings, *told)
    review = replace(read.review, findings=findings, status=worst(item.status for item in findings))
    if dry_run:
        return review
    if review.rejected is not None and len(review.rejected):
        quarantine.keep(store.path, review.import_id, review.rejected)
    ledger = write.ledger(store, plan, entry(file, read, review), review.import_id)
    with importing(store, review):
        return replace(review, version=store.commit(plan.changes, ledger))


def _about_plan(plan: write.Plan, lang: str) -> list[Finding]:
    found = []
    if plan.replaced:
        found.append(finding("PASS", "replaced", lang, rows=plan.replaced))
    if plan.kept:
        found.append(finding("PASS", "kept", lang, rows=plan.kept))
    if plan.vanished:
        found.append(finding("REVIEW", "vanished", lang, objects=plan.vanished))
    return found


def entry(file: Path, read: Read, review: ImportReview) -> dict[str, object]:
    """The import's row in the ledger."""
    assert read.facts is not None
    parts: Sequence[str] = [
        "|".join((part.source, part.account or "", part.grain, part.breakdown, part.scope))
        for part in read.facts.slices
    ]
    return {
        "import_id": review.import_id,
        "file": file.name,
        "content_hash": read.content,
        "source": review.source,
        "profile": f"{read.look.match.profile.id}/{read.look.match.variant.id}",
        "settings": read.look.request.identity(review.mapping),
        "slice": "; ".join(parts[:20]),
        "status": review.status,
        "review": "\n".join(item.sentence for item in review.findings),
        "table": review.table,
        "currency": read.parsed.currency,
        "timezone": read.parsed.timezone or None,
        "start_date": read.facts.period[0],
        "end_date": read.facts.period[1],
        "rows_in": review.rows_in,
        "rows_ok": review.rows_ok,
        "rows_quarantined": review.rows_quarantined,
        "rows_total": review.rows_total,
    }
