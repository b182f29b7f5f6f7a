"""The Data panel: drop a file, see its review, fix the mapping, import, undo the import."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench import data
from workbench.errors import WorkbenchError
from workbench.i18n import text
from workbench.i18n.errors import told
from workbench.settings import lets
from workbench.sources.listing import Listing
from workbench.tables.html import Html, join, tag
from workbench.widgets import shell
from workbench.widgets.answers import Ask
from workbench.widgets.data import fields, holdings, incoming, ledger, mapping, review
from workbench.widgets.data.intake import UPLOADING, Intake
from workbench.widgets.data.state import DataState
from workbench.widgets.later import later
from workbench.widgets.panel import Panel, under_voila
from workbench.widgets.scene import Draw, Layout, Notice
from workbench.widgets.traits import StateError

LOG = logging.getLogger("workbench.widgets")


class Data(Panel):
    """The way in for files, the ledger of imports with their undo, and the state of what is there.

    Args:
        store: The store.
        settings: `entry`, `rows`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "data"
    kind: ClassVar[type[DataState]] = DataState
    charts: ClassVar[bool] = False
    state: DataState

    def __init__(self, store: data.Store, **settings: Any) -> None:
        super().__init__(store, **settings)
        self.intake, self.undoing, self.asked_undo = Intake(self), "", ""
        weakref.finalize(self, self.intake.staging.close)

    @property
    def blank(self) -> bool:
        """Never: an empty workspace is what this panel is for."""
        return False

    @property
    def may_import(self) -> bool:
        """Whether who looks at the panel may bring files in and take imports back."""
        if self.store.is_past:
            return False
        chosen = self.store.settings
        return not under_voila() or lets(chosen.uploads, chosen)

    def questions(self) -> dict[str, Ask]:
        """The ledger, one review of it, the tables, the freshness, what speaks against the data."""
        asked = {
            "imports": Ask("data.imports", {}),
            "contents": Ask("data.contents", {}),
            "freshness": Ask("data.freshness", {}),
            "trust": Ask("quality.review", {}),
        }
        if self.state.entry:
            asked["entry"] = Ask("data.past_review", {"import_id": self.state.entry, "lang": self.state.lang})
        return asked

    @property
    def answers(self) -> dict[str, Any]:
        """The answers by name, and the rows that the open file would set aside."""
        found, aside = super().answers, self._aside()
        return found if aside is None else {**found, "aside": aside}

    def answer(self, name: str) -> Any:
        """One answer by its name, also that of the open file."""
        return self._aside() if name == "aside" else super().answer(name)

    def _aside(self) -> Listing | None:
        item = self.intake.desk.item
        return Listing(item.review.quarantine, self.store.version) if item and item.review else None

    def to_code(self) -> str:
        """A notebook cell that imports the open file as it is set, and shows this panel."""
        lines = ["import workbench as wb", "", f"store = wb.open({self._address()!r})"]
        if item := self.intake.desk.item:
            given = "".join(f", {name}={value!r}" for name, value in item.arguments().items())
            lines.append(f"review = wb.data.load(store, {item.name!r}{given}, dry_run=True)")
        settings = "".join(f", {name}={value!r}" for name, value in self.state.changed().items())
        return "\n".join([*lines, "wb.data.imports(store)", f"wb.widgets.Data(store{settings})"])

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        held = {
            "bar": shell.bar,
            "title": lambda scene: shell.title(scene, actions=("share", "download", "code", "help")),
            "notice": shell.notice,
            "imports": lambda scene: ledger.imports(scene, self.may_import, self.asked_undo, self.undoing),
            "entry": ledger.entry,
            "freshness": holdings.freshness,
            "trust": holdings.trust,
            "contents": holdings.contents,
            "guide": holdings.guide,
        }
        return {**held, **(self._incoming() if self.live_page else {})}

    def _incoming(self) -> Mapping[str, Draw]:
        return {
            "drop": lambda scene: incoming.drop(scene, self.intake.desk, self.may_import, under_voila()),
            "review": lambda scene: review.review(scene, self.intake.desk.item),
            "fields": lambda scene: fields.fields(scene, self.intake.desk.item),
            "mapping": lambda scene: mapping.mapping(scene, self.intake.desk.item),
            "aside": lambda scene: review.aside(scene, self.intake.desk.item),
        }

    live_page = False
    """Whether the page being drawn has a kernel behind it; a report has no way in."""

    def draw(self, live: bool, dragging: bool = False) -> Any:
        """Every region; those of the way in only where somebody can use it."""
        self.live_page = live
        return super().draw(live, dragging)

    def frame(self, filled: Mapping[str, Html], live: bool, extra: Html | None = None) -> Html:
        """The page around the regions."""
        self.live_page = live
        return super().frame(filled, live, extra)

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        card = {"element": "section", "class_": "wb-card"}
        way_in = (
            place("drop", "section", class_="wb-way-in"),
            tag("div", place("review", **card), place("fields", **card), class_="wb-two wb-wider wb-maybe"),
            tag("div", place("mapping", **card), class_="wb-maybe"),
            tag("div", place("aside", **card), class_="wb-maybe"),
        )
        return join(
            place("bar", "header", class_="wb-bar"),
            tag(
                "main",
                place("title", class_="wb-title"),
                place("notice", class_="wb-notices", aria_live="polite"),
                way_in if self.live_page else None,
                place("imports", **card),
                tag("div", place("entry", **card), class_="wb-maybe"),
                tag("div", place("freshness", **card), place("trust", **card), class_="wb-two wb-wider"),
                place("contents", **card),
                place("guide", "section", class_="wb-card wb-foot"),
            ),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Opening, mapping, importing, undoing."""
        return {
            **self.intake.acts(),
            "entry": lambda key, _value: self.state.update(entry="" if key == self.state.entry else key),
            "ask_undo": lambda key, _value: self._ask_undo(key),
            "undo_import": lambda key, _value: self._undo(key),
        }

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any] | None:
        """Take an upload; None for any other message."""
        return self.intake.hear(asked, files) if asked.get("act") in UPLOADING else None

    def guard(self) -> None:
        """Refuse what changes data, whatever the page shows.

        Raises:
            StateError: where nobody may import.
        """
        if not self.may_import:
            raise StateError(text("data.read_only", self.state.lang))

    def tell(self, status: str, sentence: str) -> None:
        """Show a sentence above the panel."""
        self.notices = (Notice(status, sentence),)

    def sentence(self, error: Any) -> str:
        """What is said of an error; an unexpected one goes into the log."""
        if isinstance(error, WorkbenchError):
            return told(error, self.state.lang)
        LOG.error("Panel %s failed.", self.id, exc_info=error)
        return text("shell.unexpected", self.state.lang)

    def _ask_undo(self, key: str) -> None:
        self.guard()
        self.asked_undo = "" if key == self.asked_undo else key

    def _undo(self, key: str) -> None:
        self.guard()
        if not key or self.undoing or key != self.asked_undo:
            raise StateError(text("shell.not_understood", self.state.lang))
        self.undoing, self.asked_undo = key, ""
        folder = self.store.path
        later(lambda: data.undo(data.open(folder), key), lambda found: self._undone(key, found))

    def _undone(self, key: str, found: Any) -> None:
        self.undoing = ""
        self.store.refresh()
        if isinstance(found, Exception):
            self.tell("bad", self.sentence(found))
        else:
            self.tell("info", text("data.undone", self.state.lang, id=key[:8]))
            self.intake.undone(key)
        self.redraw()
