"""Before an import: what a file is, what each header means, what may be chosen, and what nothing says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import sources
from workbench.crm import own
from workbench.crm.front import PERFORMANCE, suggest
from workbench.crm.layout import OWN
from workbench.crm.spec import spec, specs
from workbench.errors import InputError
from workbench.sources.mapping import Suggested, is_whole
from workbench.sources.preview import look
from workbench.sources.problems import Unusable
from workbench.sources.profile import CANONICAL, GENERIC, profiles
from workbench.sources.request import Request, checked

if TYPE_CHECKING:
    from workbench.sources.review import ImportReview
    from workbench.store.store import Store

ASKED_BY: Mapping[str, tuple[str, ...]] = {
    "timezone": (
        "no_timezone", "no_timezone_choice", "zone_choice", "midnights", "crm.no_zone", "crm.utc_days",
    ),
    "currency": ("no_currency", "guessed_currency"),
    "unit": ("odd_whole", "odd_cpm", "odd_cpc"),
    "goal": ("guessed_goal",),
    "date_order": ("dates_ambiguous",),
    "decimal": ("thousands", "undecided_number"),
    "table": ("crm.guessed_table", "crm.no_table"),
    "source": ("unsure_platform",),
}  # fmt: skip
"""Argument of `load` → codes of the findings that ask for it."""

_OF_REPORTS = ("source", "goal", "unit", "account", "advertiser", "channel")
"""Arguments that only exports of platforms have."""


@dataclass(frozen=True)
class Draft:
    """One file as it would be read.

    Attributes:
        table: `performance`, or the CRM table.
        source: Platform of an export, `generic`, or the CRM table's name.
        rows: One entry a header: header, column, confidence, samples, alternatives.
        columns: Columns that a header may become.
        goals: Conversion columns that may be the goal, as the file calls them.
    """

    table: str
    source: str
    rows: tuple[Suggested, ...] = ()
    columns: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()

    @property
    def is_report(self) -> bool:
        """Whether it is an export of a platform rather than a CRM table."""
        return self.table == PERFORMANCE

    @property
    def has_own(self) -> bool:
        """Whether columns that the table does not know can be kept as own attributes."""
        return self.table == own.OF

    @property
    def may_leave_out(self) -> bool:
        """Whether a column can be told not to be read: a known layout always reads its own columns."""
        return self.source == GENERIC

    def columns_of(self, header: str) -> tuple[str, ...]:
        """Columns that one header may become: those of the table, and the own attribute of its name."""
        name = own.name_of(header) if self.has_own else ""
        return (*self.columns, f"{OWN}{name}") if name else self.columns


@dataclass(frozen=True)
class Choices:
    """What a person says about a file before its import; empty: the file decides.

    Attributes:
        columns: Header → column; an empty column is not read.
        given: Argument of `load` → value: `table`, `source`, `timezone`, `currency`, `unit`, `goal`, ….
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def with_column(self, header: str, column: str) -> Choices:
        """With another meaning of one header."""
        return Choices({**self.columns, header: column}, self.given)

    def with_value(self, name: str, value: str) -> Choices:
        """With another argument; another kind of file begins with its own columns again."""
        given = {key: kept for key, kept in self.given.items() if key != name} | (
            {name: value} if value else {}
        )
        return Choices({} if name in ("table", "source") else self.columns, given)


def draft(path: str | Path, workspace: Path | None = None, choices: Choices | None = None) -> Draft:
    """What a file most likely is, to show before it is imported.

    Args:
        path: One file.
        workspace: Folder whose own profiles and saved mappings count as well.
        choices: What the user said already.

    Returns:
        The draft.

    Raises:
        InputError: for a file that cannot be read as a table, or an unknown table or platform.
    """
    given = (choices or Choices()).given
    table = given.get("table") or (PERFORMANCE if "source" in given else None)
    if table is None or table != PERFORMANCE:
        found = suggest(path, table, workspace)
        if found.source in specs():
            names = tuple(item.name for item in spec(found.source).fields)
            return Draft(found.source, found.source, found.rows, names)
    found = sources.suggest(path, workspace, given.get("source"))
    return Draft(
        PERFORMANCE, found.source, found.rows, CANONICAL, _goals(Path(path), workspace, found.source)
    )


def meanings(made: Draft, choices: Choices) -> dict[str, str]:
    """Header → column, as the draft says and the user changed it; a column stands at one header only."""
    taken = {column for column in choices.columns.values() if column}
    found = {row.header: "" if row.column in taken else row.column for row in made.rows}
    return {**found, **{header: column for header, column in choices.columns.items() if header in found}}


def arguments(made: Draft, choices: Choices) -> dict[str, Any]:
    """The arguments of `load` that import a file as a draft and the user's choices say."""
    allowed = [name for name in choices.given if made.is_report or name not in _OF_REPORTS]
    given: dict[str, Any] = {name: choices.given[name] for name in allowed}
    if not choices.columns:
        return given
    whole = {column: header for header, column in meanings(made, choices).items() if column}
    if made.is_report and not made.may_leave_out:
        changed = {column: header for header, column in choices.columns.items() if column}
        return {"source": made.source, **given, "mapping": changed}
    if made.is_report:
        return {**given, "mapping": whole}
    none = {OWN: ""} if made.has_own and not any(column.startswith(OWN) for column in whole) else {}
    return {"table": made.table, **given, "mapping": whole | none}


def asks(review: ImportReview) -> tuple[str, ...]:
    """Arguments of `load` that a review's findings ask for, because nothing in the file says them."""
    codes = {item.code for item in review.findings}
    return tuple(name for name, asking in ASKED_BY.items() if codes & set(asking))


def needs(made: Draft, chosen: Iterable[str]) -> tuple[str, ...]:
    """Columns without which nothing can be imported and that no header became yet."""
    names = set(chosen)
    if not made.is_report:
        return spec(made.table).lacks(names)
    if is_whole(dict.fromkeys(names, "")) or not made.may_leave_out:
        return ()
    return ("local_date",) if "local_date" not in names else ("cost",)


def review_draft(store: Store, path: Path, choices: Choices) -> tuple[Draft | None, ImportReview]:
    """A file's draft and the review that its import would give; nothing is written.

    Raises:
        InputError: for a file that cannot be opened, or choices that do not fit.
    """
    from workbench.crm.front import load

    try:
        made = draft(path, store.path, choices)
    except InputError:
        made = None  # what is no table has a review that says why, and no columns
    review = load(store, path, dry_run=True, **(arguments(made, choices) if made else choices.given))
    return _as_read(made, review, choices) if made else None, review


def _as_read(made: Draft, review: ImportReview, choices: Choices) -> Draft:
    """The draft with the columns that the review really used; what it did not use is only suggested."""
    if review.status == "FAIL" or choices.columns:
        return made
    used = {header: column for column, header in review.mapping.items()}
    return replace(made, rows=tuple(_row_as_read(row, used.get(row.header, "")) for row in made.rows))


def _row_as_read(row: Suggested, column: str) -> Suggested:
    if row.column == column:
        return row
    others = tuple(
        name for name in dict.fromkeys((row.column, *row.alternatives)) if name not in ("", column)
    )
    return replace(row, column=column, confidence=1.0 if column else 0.0, alternatives=others)


def _goals(path: Path, workspace: Path | None, source: str) -> tuple[str, ...]:
    try:
        seen = look(path, profiles(workspace), checked(Request(source=source)))
    except (InputError, Unusable):
        return ()
    return tuple(dict.fromkeys(goal.name for goal in seen.layout.goals if not goal.aside))
