"""What a region is drawn from, and what drawing it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench import settings
from workbench.i18n import text
from workbench.tables.html import Html, tag
from workbench.widgets.views import Shelf

if TYPE_CHECKING:
    from workbench.charts import Chart
    from workbench.data import Store


@dataclass(frozen=True)
class Notice:
    """A sentence shown in place above the panel.

    Attributes:
        status: `bad` for an error, `info` for a remark.
        sentence: What is so, and what to do.
    """

    status: str
    sentence: str


@dataclass(frozen=True)
class Region:
    """One region of the page: markup, and the charts its figures hold."""

    html: Html
    charts: Mapping[str, Chart] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file that a page may take away.

    Attributes:
        name: What it is called.
        type: Its MIME type.
        content: Its bytes.
        rows: Rows of data in it, for the audit log.
    """

    name: str
    type: str
    content: bytes
    rows: int


@dataclass(frozen=True)
class Scene:
    """Everything that drawing a panel may look at.

    Attributes:
        panel: Id of the panel.
        store: The store.
        state: Its settings.
        found: Answers by name; an error where a question failed.
        live: Whether a kernel listens; otherwise controls are left out.
        notices: Sentences to show.
        code: The cell that gives the same numbers.
        views: Saved views.
        undo: Whether there is something to undo.
        lead: Name of the answer that period, comparison and currency of the page are read from; empty: none.
        files: Names of the files that the panel makes besides the answers as CSV.
    """

    panel: str
    store: Store
    state: Any
    found: Mapping[str, Any]
    live: bool = True
    notices: tuple[Notice, ...] = ()
    code: str = ""
    views: Shelf = field(default_factory=Shelf)
    undo: bool = False
    lead: str = ""
    files: tuple[str, ...] = ()

    @property
    def lang(self) -> str:
        """Language to draw in."""
        return str(self.state.lang)

    @property
    def saves(self) -> bool:
        """Whether who looks may save and decide; where not, no button offers it, and a sentence says why."""
        return settings.saves()

    def only_looks(self) -> Html:
        """Why there is no form to save, and the way out."""
        words = (text(f"saved.{key}", self.lang) for key in ("viewer", "viewer_do"))
        return tag("p", " ".join(words), class_="wb-quiet wb-looks")

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], str]:
        """(dimension, value) → shown label."""
        return self.store.labels(self.lang)

    def answer(self, name: str) -> Any:
        """The answer called `name`.

        Raises:
            Exception: what its question raised, where it failed.
        """
        found = self.found[name]
        if isinstance(found, Exception):
            raise found
        return found

    def say(self, key: str, **values: object) -> str:
        """A text of the panel's own room, or of the shell."""
        room, _, rest = key.rpartition(".")
        return text(f"{room or self.panel}.{rest}", self.lang, **values)

    def shell(self, key: str, **values: object) -> str:
        """A text of the shell."""
        return text(f"shell.{key}", self.lang, **values)


NOTHING = Region(Html('<i hidden class="wb-none"></i>'))
"""A region that takes no place now."""

Draw = Callable[[Scene], Region]
Layout = Callable[..., Html]
"""(region, element="div", **attributes) → the place of a region in the page."""


def figure(scene: Scene, name: str, chart: Chart) -> Html:
    """The place of one chart, as high as the chart; in a report its sentence stands in until it is drawn."""
    words = None if scene.live else tag("p", chart.alt, class_="wb-alt")
    height = f"min-height:{chart.height}px"
    return tag("figure", words, class_="wb-figure", data_chart=name, style=height)
