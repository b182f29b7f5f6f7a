"""The base of every panel: state → questions → regions, the same live, in a report and as code."""

from __future__ import annotations

import json
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from workbench.errors import WorkbenchError
from workbench.i18n import text
from workbench.i18n.errors import told
from workbench.settings import home
from workbench.tables.html import Html, amounts, tag
from workbench.widgets import figures, saving, shell, views
from workbench.widgets.answers import Answers, Ask
from workbench.widgets.history import History
from workbench.widgets.later import runs_beside
from workbench.widgets.scene import Draw, File, Layout, Notice, Region, Scene
from workbench.widgets.slow import Pending, Slow
from workbench.widgets.state import State

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.saved import Item
    from workbench.widgets.live import PanelWidget

LOG = logging.getLogger("workbench.widgets")


class Panel(ABC):
    """A view of a store that a marketer steers.

    Args:
        store: The store.
        settings: State to begin with; under Voila the link's query goes before it.

    Attributes:
        store: The store.
        state: Validated settings; assigning one redraws the panel wherever it is shown.
        history: What undo takes back.
        notices: Sentences shown above the panel.
        opened: The saved view that was opened last, as it was read then.
        say: Shows a text of the shell above the panel: key and values.
        redraw: Sends what changed to the pages that show the panel, outside of an answer to one of them.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str]
    kind: ClassVar[type[State]]
    late: ClassVar[Mapping[str, str]] = {}
    """Slow answers → their regions: left as they are while a control is dragged."""
    slow: ClassVar[frozenset[str]] = frozenset()
    """Answers that a live page does not wait for: it is shown without them and asks for them then."""
    charts: ClassVar[bool] = True
    """Whether the panel has charts; a report without any is then told about."""
    withholds: ClassVar[bool] = False
    """Whether what leaves shows less than the page: pictures are then those of a report."""
    lead: ClassVar[str] = ""
    """Name of the answer that has the page's period, comparison and currency; empty for panels without."""

    def __init__(self, store: Store, **settings: Any) -> None:
        self.store = store
        self.notices: tuple[Notice, ...] = ()
        self.opened: Item | None = None
        self.redraw: Callable[[], None] = lambda: None
        self.say: Callable[..., None] = lambda _key, **_values: None
        self.state = self.kind(store, **settings)
        self._answers = Answers(store)
        self._slow = Slow(store)
        if under_voila():
            self._read(os.environ.get("QUERY_STRING", ""))
        self.history = History(self.state.snapshot())

    @classmethod
    def from_query(cls, store: Store, query: str) -> Self:
        """The panel a link shows; what does not fit is left out and said in place."""
        panel = cls(store)
        panel.open(query)
        panel.history = History(panel.state.snapshot())
        return panel

    @classmethod
    def from_toml(cls, store: Store, written: str) -> Self:
        """The panel of a saved view.

        Raises:
            InputError: for a text that is no view.
            StateError: for a setting that does not fit.
        """
        return cls(store, **views.parse(written)["state"])

    @abstractmethod
    def questions(self) -> dict[str, Ask]:
        """The questions of the present state, by the name of their answer."""

    @abstractmethod
    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""

    @abstractmethod
    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Answer a message that is no act, such as a piece of a file; None: it is none of these."""
        return None

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """What a page may ask this panel for beyond what every panel can: act → (key, value)."""
        return {}

    def files(self) -> Mapping[str, Callable[[], File]]:
        """Files besides the answers as CSV: name → what makes it, when a page asks for it."""
        return {}

    @property
    def blank(self) -> bool:
        """Whether there is nothing to show yet, and the page only says what to do."""
        return self.store.as_of is None

    @property
    def answers(self) -> dict[str, Any]:
        """The answers the panel shows, by name.

        Raises:
            WorkbenchError: what a question raised that could not be answered.
        """
        found = self._answers.ask(self.questions())
        for answer in found.values():
            if isinstance(answer, Exception):
                raise answer
        return found

    def answer(self, name: str) -> Any:
        """One answer by its name; None where the panel asks no such question now.

        Raises:
            WorkbenchError: what its question raised.
        """
        asked = self.questions()
        if name not in asked:
            return None
        found = self._answers.ask({name: asked[name]})[name]
        if isinstance(found, Exception):
            raise found
        return found

    def answered(self) -> dict[str, Any]:
        """The answers that a live page shows by now, by name; an error where a question failed."""
        return self._answered(self.questions(), live=True)

    @property
    def query(self) -> str:
        """The state as a short link query, without question mark."""
        return self.state.query

    def awaited(self) -> frozenset[str]:
        """Answers that a live page does not wait for in the present state: all of `slow`."""
        return self.slow

    def work_out(self) -> None:
        """Work out the slow answers of the present state; the pages get each one when it is there."""
        waiting = self.awaited()
        asked = {name: item for name, item in self.questions().items() if name in waiting}
        self._slow.ask(asked, self._answers, self.redraw if runs_beside() else lambda: None)

    def halt(self, mark: str) -> None:
        """End the work on a slow answer; the pages show it as stopped."""
        self._slow.stop(mark)

    def resume(self, mark: str) -> None:
        """Let a slow answer that was stopped be asked for again."""
        self._slow.resume(mark)

    def carry(self, before: int) -> None:
        """Keep slow answers over a data version that the page itself made by a table which they do not ask.

        Args:
            before: The data version that they were asked at; where others wrote meanwhile they are left.
        """
        if list(range(before, self.store.version)) == [before]:
            asked = {name: item for name, item in self.questions().items() if name in self.slow}
            self._answers.carry(asked, before)
            self._slow.carry(asked, before)

    def move(self, asked: Mapping[str, Ask], found: Mapping[str, Any], version: int) -> None:
        """Move the store to its newest data version, whose answers are known already.

        Args:
            asked: Questions. found: Their answers at `version`; left where there is a newer one by now.
        """
        if self.store.refresh() == version:
            self._answers.take(asked, found)
            slow = {name: item for name, item in asked.items() if name in self.slow}
            self._slow.take(slow, found)

    def renew(self) -> None:
        """Ask everything again, for something besides the data has changed, such as the day."""
        self._answers.renew()
        self._slow.renew()

    def open(self, query: str) -> None:
        """Show what a link says, from the defaults on; what does not fit is said in place."""
        self.state.restore(self.state.defaults())
        self._read(query)

    def view(self, name: str = "") -> dict[str, Any]:
        """The state as a saved view: panel, name, and the settings that differ from their defaults."""
        return {"panel": self.id, "name": name, "state": self.state.changed()}

    def to_toml(self, name: str = "") -> str:
        """The view as readable TOML."""
        return views.text(self.view(name))

    def to_code(self) -> str:
        """A notebook cell that gives the same numbers, and the same panel."""
        asked = [item.code(name) for name, item in self.questions().items()]
        settings = "".join(f", {name}={value!r}" for name, value in self.state.changed().items())
        opened = f"store = wb.open({self._address()!r})  # data version {self.store.version}"
        panel = f"wb.widgets.{type(self).__name__}(store{settings})"
        return "\n".join(["import workbench as wb", "", opened, *asked, *self.more_code(), panel])

    def more_code(self) -> list[str]:
        """Lines of the cell beyond the questions, such as who is chosen on a chart."""
        return []

    def to_html(self, live: bool = False) -> str:
        """The panel as a self-contained fragment: markup, and its charts as JSON.

        Args:
            live: Whether to keep the controls that need a kernel.

        Returns:
            HTML for a page that carries the widgets' css and boot script.
        """
        with nullcontext() if live else amounts():
            drawn = self.draw(live)
        found = {name: chart.to_dict() for region in drawn.values() for name, chart in region.charts.items()}
        data = json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        script = Html(f'<script type="application/json" class="wb-charts">{data}</script>')
        return self.frame({name: region.html for name, region in drawn.items()}, live, script)

    def frame(self, filled: Mapping[str, Html], live: bool, extra: Html | None = None) -> Html:
        """The page around the regions; places that are not filled keep their height."""

        def place(name: str, element: str = "div", **attributes: Any) -> Html:
            attributes = {"data_region": name, **attributes}
            return tag(element, filled.get(name), **attributes)

        return tag(
            "div",
            shell.blank(place) if self.blank else self.layout(place),
            extra,
            class_="wb wb-panel",
            lang=self.state.lang,
            data_panel=self.id,
            data_live=live,
            data_plain=not self.charts,
            data_theme=None if self.state.theme == "auto" else self.state.theme,
        )

    def draw(self, live: bool, dragging: bool = False) -> dict[str, Region]:
        """Every region of the present state, while dragging without the late ones.

        A region that fails says so in its place.
        """
        scene = self._scene(live, dragging)
        left = self.late.values() if dragging else ()
        regions = shell.BLANK if self.blank else self.regions()
        return {name: self._drawn(name, draw, scene) for name, draw in regions.items() if name not in left}

    @cached_property
    def widget(self) -> PanelWidget:
        """The widget that shows the panel; one for all its views."""
        from workbench.widgets.live import PanelWidget
        from workbench.widgets.session import Session

        return PanelWidget(Session(self))

    def _repr_mimebundle_(self, **_options: Any) -> Any:
        if is_live():
            return self.widget.bundle()
        return {"text/html": self.to_html(), "text/plain": repr(self), figures.MIME: self._figures()}

    def _figures(self) -> list[dict[str, Any]]:
        """Key figures of what is shown, kept beside the page; an answer that failed has none."""
        found = {} if self.blank else self._answered(self.questions(), live=False)
        return figures.of_answers(found, self.state.lang)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.state.changed().items())
        return f"{type(self).__name__}({settings})"

    def _read(self, query: str) -> None:
        ignored, errors = self.state.read_query(query)
        notes = [Notice("bad", str(error)) for error in errors]
        if "segment" in ignored:
            ignored.remove("segment")
            notes.append(Notice("info", text("shell.no_segment", self.state.lang)))
        if ignored:
            notes.append(Notice("info", text("shell.ignored", self.state.lang, keys=", ".join(ignored))))
        self.notices = tuple(notes)

    def _scene(self, live: bool, dragging: bool) -> Scene:
        asked = {
            name: item for name, item in self.questions().items() if not dragging or name not in self.late
        }
        return Scene(
            panel=self.id,
            store=self.store,
            state=self.state,
            found=self._answered(asked, live),
            live=live,
            notices=self.notices,
            code=self.to_code(),
            views=self._shelf() if live else views.Shelf(),
            undo=self.history.any,
            lead=self.lead,
            files=tuple(self.files()),
        )

    def _answered(self, asked: Mapping[str, Ask], live: bool) -> dict[str, Any]:
        """The answers; live without the slow ones that are not known yet."""
        waiting = self.awaited() if live else frozenset()
        slow = {name: item for name, item in asked.items() if name in waiting}
        rest = {name: item for name, item in asked.items() if name not in slow}
        known = {**self._answers.ask(rest), **self._slow.found(slow)}
        return {name: known[name] for name in asked}

    def _shelf(self) -> views.Shelf:
        return views.shelf(self.store.path, self.id, self.opened, saving.is_changed(self))

    def _drawn(self, name: str, draw: Draw, scene: Scene) -> Region:
        try:
            return draw(scene)
        except Pending as pending:
            return Region(shell.awaited(scene, pending))
        except WorkbenchError as error:
            return Region(shell.failed(scene, told(error, self.state.lang)))
        except Exception:
            LOG.exception("Region %s of panel %s could not be drawn.", name, self.id)
            return Region(shell.failed(scene))

    def _address(self) -> str:
        """How `open` finds this workspace again."""
        return "demo" if self.store.path == home() / "demo" else str(self.store.path)


def under_voila() -> bool:
    """Whether this kernel serves one visitor of a Voila app."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def is_live() -> bool:
    """Whether a front end shows widgets: Voila or JupyterLab, or `WORKBENCH_LIVE` says so."""
    if chosen := os.environ.get("WORKBENCH_LIVE"):
        return chosen != "0"
    return under_voila() or "JPY_SESSION_NAME" in os.environ
