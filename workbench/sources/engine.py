"""The import: read, recognise, lay out, parse, check, reconcile, and commit once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.explained import explained
from workbench.privacy.acts import importing
from workbench.sources import decode, ledger, quarantine, saved, write
from workbench.sources.examine import Examined, check_layout, examine
from workbench.sources.preview import Look, look
from workbench.sources.problems import Unusable
from workbench.sources.profile import Profile, pick, profiles
from workbench.sources.request import Request, checked
from workbench.sources.review import Finding, ImportReview, finding, joined, worst
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    from workbench.store.store import Store

EXPORTS = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")
"""Endings of the files that a folder is searched for."""


LARGE = 64 * 2**20
"""Bytes from which a file's rows are kept on disk while it is imported, so that memory stays bounded."""


@on_this_machine
@explained(request=Request)
def load(
    store: Store,
    /,
    path: str | Path,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    dry_run: bool = False,
    *,
    remember: bool | str = False,
    **more: str | None,
) -> ImportReview:
    """Import one export, or every export in a folder.

    Args:
        store: The workspace; it moves to the new data version.
        path: CSV or other delimited text, XLSX, XLS, ODS, Parquet, or a folder of them.
        dry_run: Review only; nothing is written.
        remember: Save the mapping for files with the same headers (a text: under this name).
        more: The further ones of these:
        {request}

    Returns:
        The review; `FAIL` for content that cannot be used, of which nothing is imported.

    Raises:
        InputError: for a path without a readable file, or arguments that do not fit.
        SettingsError: for a profile or saved mapping in the workspace that is not valid.
        StoreError: when the data cannot be written; nothing changes then.
    """
    return load_exports(store, path, Request(source, mapping, timezone, currency, **more), dry_run, remember)


def load_exports(
    store: Store, path: str | Path, request: Request, dry_run: bool = False, remember: bool | str = False
) -> ImportReview:
    """Do what `load` does, as one request asks.

    Raises:
        InputError, SettingsError, StoreError: as `load`.
    """
    target, request = Path(path).expanduser(), checked(request)
    if isinstance(remember, str):
        saved.check_name(remember)
    known = profiles(store.path)
    if request.source:
        pick(request.source, known)
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


def _load(
    store: Store,
    file: Path,
    request: Request,
    known: Mapping[str, Profile],
    dry_run: bool,
    remember: bool | str,
) -> ImportReview:
    lang = store.settings.lang
    content = _digest(file)
    try:
        with _spool(file) as spool:
            seen = look(file, known, request, store.path, spool)
            check_layout(seen, file)
            import_id = write.identity(
                content, seen.match.profile.fingerprint, seen.request.identity(seen.layout.mapping)
            )
            review = ledger.recall(store, import_id, lang)
            if review is None:
                examined = examine(seen, file, import_id, lang, spool)
                review = _settle(store, seen, content, examined, dry_run)
    except Unusable as problem:
        item = finding("FAIL", problem.code, lang, (), **problem.values)
        return ImportReview("FAIL", findings=(item,), file=file.name, source=request.source or "", lang=lang)
    if remember and not dry_run and review.status != "FAIL":
        name = remember if isinstance(remember, str) else saved.name_of(file)
        saved.write(store.path, name, seen.grid.headers, seen.request, seen.layout.mapping)
    return replace(review, file=file.name)


@contextmanager
def _spool(file: Path) -> Iterator[Path | None]:
    """A folder in which a large file's rows wait, for as long as it is imported; None for a small file."""
    if file.stat().st_size < LARGE:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="workbench-import-") as folder:
        yield Path(folder)


def _digest(file: Path) -> str:
    try:
        return decode.digest(file)
    except OSError as error:
        what = f"It cannot be read: {error.strerror or error}."
        raise InputError(what, "Check its rights.", str(file)) from None


def _settle(store: Store, seen: Look, content: str, found: Examined, dry_run: bool) -> ImportReview:
    """Say what would be, or do it while no other import can come between plan and commit."""
    if found.facts is None:
        return found.review
    if dry_run:
        return _planned(store, found, content)[1]
    with store.writing():
        # another importer may have brought the same file in while this one read it
        recalled = ledger.recall(store, found.review.import_id, found.review.lang)
        return recalled or _commit(store, seen, content, found)


def _planned(store: Store, found: Examined, content: str) -> tuple[write.Plan, ImportReview]:
    """What the import replaces, and the review that says so."""
    assert found.facts is not None
    plan = write.plan(store, found.facts, content)
    findings = (*found.review.findings, *_about_plan(store, plan, found.review))
    return plan, replace(found.review, findings=findings, status=worst(item.status for item in findings))


def _commit(store: Store, seen: Look, content: str, found: Examined) -> ImportReview:
    """Replace the file's slices in one commit."""
    plan, review = _planned(store, found, content)
    if review.rejected is not None and len(review.rejected):
        quarantine.keep(store.path, review.import_id, review.rejected)
    values = ledger.entry(review, found, seen, content)
    rows = ledger.rows(store, values, plan.outdated)
    with importing(store, review):
        return replace(review, version=store.commit(plan.changes, rows))


def _about_plan(store: Store, plan: write.Plan, review: ImportReview) -> list[Finding]:
    """What the commit does to earlier imports."""
    lang, found = review.lang, []
    others = ledger.other_reports(store, plan.gone, review.mapping)
    if others:
        names = ", ".join(others[:5])
        found.append(finding("REVIEW", "replaced_other", lang, rows=plan.replaced, files=names))
    elif plan.replaced:
        found.append(finding("PASS", "replaced", lang, rows=plan.replaced))
    if plan.kept:
        found.append(finding("PASS", "kept", lang, rows=plan.kept))
    if plan.vanished:
        found.append(finding("REVIEW", "vanished", lang, objects=plan.vanished))
    return found
