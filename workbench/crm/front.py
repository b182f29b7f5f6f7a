"""One way in for everything that is imported: platform exports, CRM files, folders of both, databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import sources
from workbench.crm import match, saved, sheet
from workbench.crm.databases import is_url, load_table
from workbench.crm.engine import Wish, run
from workbench.crm.spec import specs
from workbench.errors import InputError
from workbench.explained import explained
from workbench.sources import grid
from workbench.sources import saved as platform_saved
from workbench.sources.engine import exports, load_exports
from workbench.sources.mapping import is_whole
from workbench.sources.problems import Unusable
from workbench.sources.profile import CANONICAL, GENERIC, profiles
from workbench.sources.recognise import recognise
from workbench.sources.request import OF_FILES, OF_REPORTS, Request, checked
from workbench.sources.review import Finding, ImportReview, finding, joined
from workbench.sources.words import normal
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    from workbench.store.store import Store

PERFORMANCE = "performance"
"""What a file is that is no CRM table: an export of an advertising platform."""

_LIKELY = 0.3
"""Confidence from which a file that is no report either is told about as a CRM table."""

_ORDER = ("products", "campaigns", "creatives", "customers", "identities", "consent", "transactions")
"""Tables that others refer to come first, so that a folder has no strangers."""


@on_this_machine
@explained(request=Request)
def load(
    store: Store,
    path: str | Path,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    dry_run: bool = False,
    *,
    table: str | None = None,
    watermark: str = "",
    full: bool = False,
    account: str | None = None,
    advertiser: str | None = None,
    channel: str | None = None,
    goal: str | None = None,
    grain: str | None = None,
    date_order: str | None = None,
    decimal: str | None = None,
    scope: str | None = None,
    encoding: str | None = None,
    unit: str | None = None,
    remember: bool | str = False,
) -> ImportReview:
    """Import a file, every file of a folder, or a database table; rows of the same key are replaced.

    Args:
        store: The workspace; it moves to the new data version.
        path: CSV or other delimited text, XLSX, XLS, ODS or Parquet; a folder of such files; or the URL of
            a database (`postgresql://user@host/db?table=orders`, `mysql://…`), see `load_database`.
        {request}
        dry_run: Review only; nothing is written.
        table: CRM table of the rows (`customers`, `transactions`, `events`, …), or `performance`: an export
            of a platform; None: told by the headers, and the review says so.
        watermark, full: Of databases: the column that grows with every change; whether to read all again.
        remember: Save the mapping for files with the same headers (a text: under this name).

    Returns:
        The review; `FAIL` for content that cannot be used, of which nothing is imported.

    Raises:
        InputError: for a path, a database or arguments that do not fit.
        MissingExtraError, PrivacyError, SettingsError, StoreError: without the driver of a database; for a
            wrong key; for a profile that is not valid; when nothing can be written.
    """
    said = Request(
        source, mapping, timezone, currency, account, advertiser, channel, goal, grain, date_order, decimal,
        scope, encoding, unit,
    )  # fmt: skip
    return _loaded(store, path, _Ask(said, table, watermark, full, dry_run, remember))


@dataclass(frozen=True)
class _Ask:
    """What the user asks, for one file or each of a folder; `request`: what is said of the rows."""

    request: Request
    table: str | None
    watermark: str
    full: bool
    dry_run: bool
    remember: bool | str

    @property
    def of_reports(self) -> list[str]:
        """Arguments that were given and that only exports have."""
        return [name for name in OF_REPORTS if getattr(self.request, name) is not None]

    def report_of(self, store: Store, path: Path) -> ImportReview:
        """Import an export of an advertising platform."""
        return load_exports(store, path, self.request, self.dry_run, self.remember)

    def database_of(self, store: Store, url: str) -> ImportReview:
        """Import a table of a database."""
        files = [
            name for name in ("source", *OF_REPORTS, *OF_FILES) if getattr(self.request, name) is not None
        ]
        _refuse("databases", [*files, *(["remember"] if self.remember else [])])
        return load_table(store, url, self.request, self.table, self.watermark, self.full, self.dry_run)

    def sheet_of(self, store: Store, path: Path, table: str | None) -> ImportReview:
        """Import a file as a CRM table."""
        lang, mapping = store.settings.lang, self.request.mapping
        try:
            found = sheet.read(path, self.request.encoding, list((mapping or {}).values()))
        except Unusable as problem:
            item = finding("FAIL", problem.code, lang, (), **problem.values)
            return ImportReview("FAIL", findings=(item,), file=path.name, source=sheet.SOURCE, lang=lang)
        review = run(store, found, Wish(table, mapping, _plain(self.request)), self.dry_run)
        if self.remember and not self.dry_run and review.status != "FAIL":
            name = self.remember if isinstance(self.remember, str) else path.stem
            saved.write(store.path, name, found.headers, review.table, review.mapping)
        return review


def _loaded(store: Store, path: str | Path, ask: _Ask) -> ImportReview:
    """Import what a path or URL names."""
    if is_url(path):
        return ask.database_of(store, str(path))
    _refuse("files", [name for name in ("watermark", "full") if getattr(ask, name)])
    _plain(ask.request)
    target = Path(path).expanduser()
    if not target.is_dir():
        (file,) = exports(target)
        return _one(store, file, ask)
    found = [(_destination(store, file, ask), file) for file in exports(target)]
    if all(kind == PERFORMANCE for kind, _ in found):
        return ask.report_of(store, target)
    found.sort(key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER))
    return joined(target.name, [_part(store, file, target, ask) for _, file in found], store.settings.lang)


def _plain(request: Request) -> Request:
    """What CRM tables have of a request, checked."""
    return checked(request.without(("source", "mapping", *OF_REPORTS)))


def _refuse(kind: str, names: Sequence[str]) -> None:
    for name in names:
        raise InputError(f"{name}= is not for {kind}.", f"Leave {name}= out.")


def _part(store: Store, file: Path, folder: Path, ask: _Ask) -> ImportReview:
    """One file of a folder: what does not fit this file fails this file only."""
    try:
        review = _one(store, file, ask)
    except InputError as error:
        item = Finding("FAIL", error.what, error.fix)
        review = ImportReview("FAIL", findings=(item,), lang=store.settings.lang)
    return replace(review, file=str(file.relative_to(folder)))


def _one(store: Store, file: Path, ask: _Ask) -> ImportReview:
    store.refresh()
    table = _destination(store, file, ask)
    if table == PERFORMANCE:
        return ask.report_of(store, file)
    _refuse("CRM tables", ask.of_reports)
    return ask.sheet_of(store, file, table if ask.table else None)


def _destination(store: Store, file: Path, ask: _Ask) -> str:
    """Which table a file is for: `performance`, a CRM table, or empty: a CRM table that nobody can tell."""
    mapping = ask.request.mapping
    if ask.table:
        return ask.table
    if ask.request.source or ask.of_reports:
        return PERFORMANCE
    if mapping and not all(name in CANONICAL for name in mapping):
        return ""
    known = profiles(store.path)
    words = {normal(word) for item in known.values() for word in item.words()} | sheet.words()
    try:
        headers = grid.headers(file, words, ask.request.encoding)
    except (Unusable, OSError):
        return PERFORMANCE
    if kept := saved.find(store.path, headers):
        return kept.table
    if platform_saved.find(store.path, headers) or is_whole(mapping):
        return PERFORMANCE
    return _told(headers, file, known)


def _told(headers: tuple[str, ...], file: Path, known: Mapping[str, Any]) -> str:
    """What the headers say."""
    if recognise(headers, known).profile.id != GENERIC:
        return PERFORMANCE
    found = match.guesses(headers, file.stem)
    if guess := match.sure(found):
        return guess.spec.table
    generic = recognise(headers, known, GENERIC)
    return PERFORMANCE if found[0].confidence < _LIKELY or generic.known >= 3 else ""


def suggest(
    path: str | Path, table: str | None = None, workspace: Path | None = None
) -> sources.MappingSuggestion:
    """Suggest what each header of a file means, to confirm or correct and give to `load`.

    Args:
        path: One file.
        table: CRM table, or `performance`; None: the likeliest.
        workspace: Folder whose own profiles count as well.

    Returns:
        One row a header: the column, a confidence, three sample values and alternatives; `source` is
        the table, or the platform of an export.

    Raises:
        InputError: for a file that cannot be read as a table, or an unknown table.
    """
    from workbench.crm.suggestions import of_sheet

    file = Path(path).expanduser()
    if not file.is_file():
        raise InputError(f"There is no file {str(path)!r}.", "Check the path.")
    if table == PERFORMANCE:
        return sources.suggest(file, workspace)
    if table is None:
        known = profiles(workspace)
        words = {normal(word) for item in known.values() for word in item.words()} | sheet.words()
        try:
            if _told(grid.headers(file, words), file, known) == PERFORMANCE:
                return sources.suggest(file, workspace)
        except Unusable:
            return sources.suggest(file, workspace)
    return of_sheet(sheet.read(file), table)


def tables() -> tuple[str, ...]:
    """Names of the tables that `load` fills."""
    return (PERFORMANCE, *specs())
