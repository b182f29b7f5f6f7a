"""The Reports panel: history, status, search, the files of each run, and making one again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from workbench import published, settings
from workbench.data import Store
from workbench.errors import unknown
from workbench.i18n import text
from workbench.published import Published
from workbench.tables.html import Html
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.later import later
from workbench.widgets.panel import Panel
from workbench.widgets.reports import regions as draw
from workbench.widgets.reports.running import Made, again, make
from workbench.widgets.reports.state import ReportsState
from workbench.widgets.scene import Draw, Layout, Notice, Scene
from workbench.widgets.traits import StateError


class Reports(Panel):
    """The runs of all reports, newest first, with their files; planners make them again.

    Args:
        store: The store.
        titles: Name of a notebook or job that can be run → its title; none: what is there already.
        scheduled: Names of the jobs of the schedule.
        settings: `search`, `status`, `rows`, `lang`, `theme`.

    Attributes:
        running: What is made now; empty where nothing is.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "reports"
    kind: ClassVar[type[ReportsState]] = ReportsState
    charts: ClassVar[bool] = False
    state: ReportsState

    def __init__(
        self,
        store: Store,
        titles: Mapping[str, Mapping[str, str]] | None = None,
        scheduled: tuple[str, ...] = (),
        **settings: Any,
    ) -> None:
        super().__init__(store, **settings)
        self.titles, self.scheduled, self.running = dict(titles or {}), tuple(scheduled), ""

    @property
    def blank(self) -> bool:
        """Never: a workspace without delivery has reports, too."""
        return False

    @property
    def may_run(self) -> bool:
        """Whether who looks at the panel may make reports."""
        return settings.role() in ("planner", "steward") and not self.store.is_past

    @property
    def root(self) -> Path:
        """The folder of the reports."""
        return published.folder(self.store.path)

    def questions(self) -> dict[str, Ask]:
        """None: runs are no data, and appear without a new data version."""
        return {}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": lambda scene: shell.title(
                scene, actions=("undo", "reset", "share", "views", "code", "help")
            ),
            "controls": draw.controls,
            "notice": shell.notice,
            "state": lambda scene: draw.state(scene, self._all(), self.running),
            "jobs": lambda scene: draw.jobs(scene, self._all(), self._named(scene), self._free(scene)),
            "runs": lambda scene: draw.runs(scene, self._found(), self._named(scene), self._free(scene)),
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("state", class_="wb-conclusions", aria_live="polite"),
            parts.card(place, "runs"),
            parts.card(place, "jobs"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Making a report for the first time, or again."""
        return {
            "run": lambda key, _value: self._run_new(key),
            "again": lambda key, _value: self._run_again(key),
        }

    def _all(self) -> tuple[Published, ...]:
        return published.runs(self.root)

    def _found(self) -> tuple[Published, ...]:
        return published.runs(self.root, self.state.search, self.state.status)

    def _named(self, scene: Scene) -> dict[str, str]:
        return {name: words.get(scene.lang) or name for name, words in self.titles.items()}

    def _free(self, scene: Scene) -> bool:
        """Whether the page offers to make a report now."""
        return scene.live and self.may_run and not self.running

    def _run_new(self, name: str) -> None:
        if name not in self.titles:
            raise unknown("report", name, self.titles, StateError)
        self._start(name, [name, "--lang", self.state.lang])

    def _run_again(self, key: str) -> None:
        known = {one.key: one for one in self._all()}
        if key not in known:
            raise StateError(text("shell.not_understood", self.state.lang))
        one = known[key]
        self._start(one.job, again(one, one.job in self.scheduled))

    def _start(self, name: str, arguments: list[str]) -> None:
        """Make a report beside the page.

        Raises:
            StateError: for who may not, or while another one is made.
        """
        if not self.may_run:
            raise StateError("Your link only opens reports.", "Ask for one that plans.")
        if self.running:
            raise StateError(f"{self.running} is being made.", "Wait until it is there.")
        self.running = name
        workspace, root = self.store.path, self.root
        later(lambda: make(arguments, workspace, root), lambda made: self._ended(name, made))

    def _ended(self, name: str, made: Made | Exception) -> None:
        self.running = ""
        if isinstance(made, Made) and made.code == 0:
            self.say_here("info", "done", name=name)
        else:
            why = made.sentence if isinstance(made, Made) else ""
            self.say_here("bad", "not_done", name=name, why=why)
        self.redraw()

    def say_here(self, status: str, key: str, **values: object) -> None:
        """Show a sentence of this panel above it."""
        self.notices = (Notice(status, text(f"reports.{key}", self.state.lang, **values)),)
