"""The files that lie open in the Data panel: what is known of each, and the jobs that find it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench import data
from workbench.crm.draft import arguments, asks, meanings
from workbench.data import Choices, Draft, ImportReview, Store

if TYPE_CHECKING:
    from workbench.sources.mapping import Suggested

Stage = Literal["arriving", "checking", "checked", "importing", "imported"]


@dataclass(frozen=True)
class Item:
    """One open file.

    Attributes:
        number: Its number on the desk.
        name: What it is called.
        path: Where it lies.
        stage: What is happening with it.
        choices: What the user said about it.
        draft: What it is; None: not known yet, or no table.
        review: What its import gives, or gave.
        error: A sentence that stands in place of a review.
        remember: Whether the mapping is kept for files with the same headers.
        stale: Whether the choices changed while it was being checked.
    """

    number: int
    name: str
    path: Path
    stage: Stage = "checking"
    choices: Choices = field(default_factory=Choices)
    draft: Draft | None = None
    review: ImportReview | None = None
    error: str = ""
    remember: bool = False
    stale: bool = False

    @property
    def rests(self) -> bool:
        """Whether nothing is being done with it."""
        return self.stage in ("checked", "imported")

    @property
    def can_import(self) -> bool:
        """Whether its review lets it in."""
        return self.stage == "checked" and self.review is not None and self.review.status != "FAIL"

    @property
    def can_accept(self) -> bool:
        """Whether columns are only suggested: nothing was read, and the user has not spoken yet."""
        suggested = self.draft is not None and any(row.column for row in self.draft.rows)
        return suggested and self.stage == "checked" and not self.can_import and not self.choices.columns

    @property
    def asked(self) -> tuple[str, ...]:
        """Arguments that its review asks for."""
        return asks(self.review) if self.review else ()

    @property
    def columns(self) -> Mapping[str, str]:
        """Header → column, as it will be read."""
        return meanings(self.draft, self.choices) if self.draft else {}

    @property
    def rows(self) -> tuple[Suggested, ...]:
        """Its headers."""
        return self.draft.rows if self.draft else ()

    def arguments(self) -> dict[str, Any]:
        """Arguments of `load` for it."""
        return arguments(self.draft, self.choices) if self.draft else dict(self.choices.given)

    def accepted(self) -> Item:
        """With every suggested column taken as said."""
        return replace(self, choices=Choices(dict(self.columns), self.choices.given))


@dataclass(frozen=True)
class Desk:
    """The open files, in the order they came; `shown` is the one the page is about."""

    items: tuple[Item, ...] = ()
    shown: int = 0

    @property
    def item(self) -> Item | None:
        """The file the page is about."""
        return self.find(self.shown)

    def find(self, number: int) -> Item | None:
        """The file with a number."""
        return next((item for item in self.items if item.number == number), None)

    def put(self, item: Item, show: bool = True) -> Desk:
        """With a file added, or in place of its earlier state."""
        known = self.find(item.number)
        items = tuple(item if kept is known else kept for kept in self.items)
        return Desk(items if known else (*items, item), item.number if show else self.shown)

    def without(self, number: int) -> Desk:
        """Without a file; the last of the others is shown instead."""
        items = tuple(item for item in self.items if item.number != number)
        kept = self.shown if self.shown != number else (items[-1].number if items else 0)
        return Desk(items, kept)


def check(store: Store, item: Item) -> Item:
    """The file with its draft and the review of a dry run."""
    made, review = data.review_draft(store, item.path, item.choices)
    return replace(item, draft=made, review=review)


def bring_in(store: Store, item: Item) -> Item:
    """The file with the review of its import."""
    given = item.arguments()
    review = data.load(store, item.path, remember=item.remember, **given)
    return replace(item, review=review)
