"""The Interactions panel: how customers are looked after, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from workbench import exports
from workbench.tables.html import Html
from workbench.widgets import parts, people, pointing, shell
from workbench.widgets.answers import Ask
from workbench.widgets.downloads import CSV
from workbench.widgets.interactions import regions as draw
from workbench.widgets.interactions.state import InteractionsState
from workbench.widgets.panel import Panel
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.scene import Draw, File, Layout, Region, Scene

FILES = ("complaints", "reactions", "contact_days")
"""Tables of the report that leave beside its times."""


class Interactions(Panel):
    """Answer and solution times, complaints, reactions to promotions, days since the last contact.

    Args:
        store: The store.
        settings: `period`, `compare`, `by`, `segment`, `chosen`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "interactions"
    kind: ClassVar[type[InteractionsState]] = InteractionsState
    withholds: ClassVar[bool] = True
    state: InteractionsState

    def __init__(self, store: Any, **settings: Any) -> None:
        self._pointing = pointing.Pointing(self, filtered=True)
        super().__init__(store, **settings)

    @property
    def blank(self) -> bool:
        """Never: a workspace without delivery may have contacts."""
        return False

    def questions(self) -> dict[str, Ask]:
        """The report; nothing where there are no interactions."""
        state = self.state
        if "interactions" not in self.store.tables:
            return {}
        past = "" if state.compare == NO_COMPARISON else state.compare
        asked: dict[str, Any] = {"period": state.period, "compare": past}
        if state.by:
            asked["by"] = state.by
        asked |= people.only(self.store, state.segment)
        return {"report": Ask("customers.interactions", asked)}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        if not self.questions():
            return {"bar": shell.bar, "notice": draw.no_contacts}
        return {
            "bar": shell.bar,
            "title": _title,
            "controls": draw.controls,
            "notice": shell.notice,
            "answer": draw.answer,
            "times": draw.times,
            "reactions": draw.reactions,
            "contact_days": draw.contact_days,
            "complaints": draw.complaints,
            "definitions": draw.definitions,
            pointing.REGION: self._pointing.bar,
        }

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """A bar of the reactions, clicked, becomes a saved segment."""
        return self._pointing.acts()

    def files(self) -> Mapping[str, Callable[[], File]]:
        """The further tables of the report, as they may leave."""
        return {name: partial(self._file, name) for name in FILES} if self.questions() else {}

    def _file(self, name: str) -> File:
        report = self.answer("report")
        table = getattr(report.published(), name)
        called = f"interactions-{name}-{report.period.start}_{report.period.end}.csv"
        return File(called, CSV, exports.csv(table), len(table))

    def more_code(self) -> list[str]:
        """Who is chosen on a chart."""
        return self._pointing.code()

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if not self.questions():
            return shell.blank(place)
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.card(place, "times"),
            parts.pair(place, "reactions", "contact_days"),
            parts.card(place, "complaints"),
            parts.foot(place),
            pointing.place(place),
        )


def _title(scene: Scene) -> Region:
    return shell.title(scene, draw.days(scene))
