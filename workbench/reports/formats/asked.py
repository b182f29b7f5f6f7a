"""What every writer of a file is given: the report, where it goes, how it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.i18n import text
from workbench.reports.formats.collect import collect
from workbench.reports.formats.content import Content, Section, Sentence
from workbench.reports.formats.look import Look

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Asked:
    """A report whose files are wanted.

    Attributes:
        folder: Where they go.
        notebook: Executed.
        lang: `en` or `zh`.
        title: Of the report.
        made: When it was made and from which data version.
        workspace: Folder of the workspace; None where it is not known.
        look: How the files look.
        moved: Sentences on figures that an earlier report said otherwise.
    """

    folder: Path
    notebook: NotebookNode
    lang: str
    title: str
    made: str
    workspace: Path | None
    look: Look
    moved: tuple[str, ...] = ()

    @cached_property
    def content(self) -> Content:
        """What the report says."""
        found = collect(self.notebook, self.title, self.made, self.lang)
        if not self.moved:
            return found
        said = tuple(Sentence(words, "note") for words in self.moved)
        first = Section(text("reports.moved_title", self.lang), said)
        return replace(found, sections=(first, *found.sections))

    @property
    def footer(self) -> str:
        """What stands at the foot of every page: house, words, when and from which data."""
        parts = (self.look.name, self.look.footer.get(self.lang, ""), self.made)
        return " · ".join(part for part in parts if part)

    @property
    def cover(self) -> str:
        """Words on the cover; empty where the workspace says none."""
        return self.look.cover.get(self.lang, "")

    def say(self, key: str, **values: object) -> str:
        """A text of these files."""
        return text(f"formats.{key}", self.lang, **values)
