"""Select on a chart → segment: a click or a drag is said in a bar below the page, and saved from there.

A chart takes part by a `hook` in its region, and by rows with a `key`; `segments.pointed` says who stands
behind one. Nothing is saved before a name is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import data, segments
from workbench.errors import WorkbenchError
from workbench.i18n.errors import told
from workbench.segments import Pointed
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets import people
from workbench.widgets.parts import named_form
from workbench.widgets.scene import NOTHING, Layout, Region, Scene
from workbench.widgets.slow import Pending
from workbench.widgets.traits import Setting, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.data import Store
    from workbench.saved import Item
    from workbench.widgets.panel import Panel

REGION = "chosen"


def setting() -> Setting:
    """The setting of a panel on whose charts one can choose customers."""
    return Setting(
        "", lambda _state, value: text_of(value), "A place of a chart, `answer/place`; empty: none."
    )


def hook(scene: Scene, key: str, hint: str, act: str = "point") -> tuple[Html, ...]:
    """What a click on a chart sends, and the sentence that says so; nothing in a report.

    Args:
        scene: The page.
        key: Name of the answer that the chart is of; for another act its key.
        hint: What a click does.
        act: What is sent.
    """
    if not scene.live:
        return ()
    sends = button("", act, key, class_="wb-hidden", tabindex="-1", aria_hidden="true", data_hook=True)
    return sends, tag("p", hint, class_="wb-below")


def place(of: Layout) -> Html:
    """Where the bar stands: the last of the page, at the lower edge of the window."""
    return of(REGION, "section", class_="wb-chosen", aria_live="polite")


class Pointing:
    """What is chosen on a panel's charts, and how it is saved.

    Args:
        panel: The panel; its state has the setting `chosen`.
        follows: Whether the page moves to the data version that a saved list makes.
        filtered: Whether the panel's setting `segment` filters an answer that does not know it.
    """

    def __init__(self, panel: Panel, follows: bool = False, filtered: bool = False) -> None:
        self._panel, self._follows, self._filtered = panel, follows, filtered
        self._saved = self._fault = ""
        self._known: tuple[Any, Pointed] | None = None

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Choosing on a chart, saving that, and letting it be."""
        return {"point": self._point, "keep": self._keep, "unpoint": lambda _key, _value: self._now("")}

    def code(self) -> list[str]:
        """The line of code that gives whoever is chosen."""
        answer, _, where = self._panel.state.chosen.partition("/")
        return (
            [f"chosen = wb.segments.pointed(store, {answer}, {where!r})"]
            if answer in self._panel.questions()
            else []
        )

    def bar(self, scene: Scene) -> Region:
        """Who is chosen, and the form that saves them; or what was saved just now."""
        if not scene.live or not (scene.state.chosen or self._saved):
            return NOTHING
        if not scene.state.chosen:
            return Region(
                join(tag("p", scene.shell("kept", name=self._saved), class_="wb-say"), _close(scene))
            )
        try:
            found = self.found(scene.found)
        except Pending:
            return NOTHING
        except WorkbenchError as error:
            fault = tag("p", told(error, scene.lang), class_="wb-fault", role="alert")
            return Region(join(fault, _close(scene)))
        return Region(join(self._who(scene, found), _close(scene)))

    def found(self, answers: Mapping[str, Any]) -> Pointed:
        """Who is chosen, by the answers of the panel.

        Raises:
            WorkbenchError: for a place that its chart does not have.
            Pending: as long as the answer is not there.
        """
        name, _, where = self._panel.state.chosen.partition("/")
        answer = answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        if self._known is None or self._known[0] != (id(answer), where):
            self._known = ((id(answer), where), self._asked_of(answer, where))
        return self._known[1]

    def _asked_of(self, answer: Any, where: str) -> Pointed:
        of = getattr(self._panel.state, "segment", "")
        saved = people.chosen(self._panel.store, of) if self._filtered else None
        return segments.pointed(self._panel.store, answer, where, saved.asked() if saved else None)

    def _who(self, scene: Scene, found: Pointed) -> Html:
        said = tag("p", found.sentence(scene.lang), class_="wb-say")
        about = tag("p", found.about(scene.lang), class_="wb-quiet")
        fault = self._fault and tag("p", self._fault, class_="wb-fault", role="alert")
        label, save = scene.shell("segment_name"), scene.shell("keep_segment")
        form = found.customers and named_form(scene, "keep", label, save, found.name(scene.lang))
        return tag("div", tag("div", said, about), form, fault, class_="wb-lines")

    def _point(self, key: str, value: Any) -> None:
        self._now(f"{key}/{value}")

    def _now(self, chosen: str) -> None:
        self._saved = self._fault = ""
        self._panel.state.update(chosen=chosen)

    def _keep(self, key: str, value: Any) -> None:
        """Save whoever is chosen; what goes wrong is said in the bar, which stays."""
        try:
            item = self._save(str(value), key == "shared")
        except WorkbenchError as error:
            self._fault = told(error, self._panel.state.lang)
            return
        self._now("")
        self._saved = item.name

    def _save(self, name: str, shared: bool) -> Item:
        answer = self._panel.state.chosen.partition("/")[0]
        chosen = self.found({answer: self._panel.answer(answer)})
        before = self._panel.store.version
        item = segments.keep(self._store(), chosen, name, shared)
        self._panel.carry(before)
        return item

    def _store(self) -> Store:
        """The panel's own store, or a second one where the page stays at its data version."""
        return self._panel.store if self._follows else data.open(self._panel.store.path)


def _close(scene: Scene) -> Html:
    return button("×", "unpoint", class_="wb-x", aria_label=scene.shell("close"))
