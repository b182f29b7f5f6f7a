"""The Attribution panel: which channels the own conversions are owed to, by which model, by which ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.tables.html import Html
from workbench.widgets import parts, people, shell
from workbench.widgets.answers import Ask
from workbench.widgets.attribution import regions as draw
from workbench.widgets.attribution.state import AttributionState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout

TOP_PATHS = 10


class Attribution(Panel):
    """Models side by side with intervals, the most common paths, and what platforms claim beside them.

    Args:
        store: The store.
        settings: `period`, `model`, `window`, `by`, `goal`, `segment`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "attribution"
    kind: ClassVar[type[AttributionState]] = AttributionState
    lead: ClassVar[str] = "models"
    late: ClassVar[Mapping[str, str]] = {"paths": "paths", "claims": "claims"}
    state: AttributionState

    @property
    def untouched(self) -> bool:
        """Whether the workspace has no touches, so that there is nothing to share."""
        return "events" not in self.store.tables

    def questions(self) -> dict[str, Ask]:
        """All models, the most common paths, the claims of the platforms."""
        state = self.state
        same: dict[str, Any] = {"window_days": state.window, "by": state.by, "period": state.period}
        if state.goal != "order":
            same["goal"] = state.goal
        if self.untouched:
            return {}
        only = people.only(self.store, state.segment)
        claimed = {"claims": Ask("attribution.claims", {**same, "model": state.model})}
        return {
            "models": Ask("attribution.compare_models", same | only),
            "paths": Ask("attribution.paths", {**same, **only, "top": TOP_PATHS}),
            **(claimed if not only else {}),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        if self.untouched:
            return {"bar": shell.bar, "notice": draw.no_touches}
        return {
            "bar": shell.bar,
            "title": draw.title,
            "controls": draw.controls,
            "notice": shell.notice,
            "answer": draw.answer,
            "credits": draw.credits,
            "models": draw.models,
            "paths": draw.paths,
            "claims": draw.claims,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if self.untouched:
            return shell.blank(place)
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.pair(place, "credits", "models", "wb-tilted"),
            parts.pair(place, "paths", "claims", "wb-wider"),
            parts.foot(place),
        )
