"""The Incrementality panel: what would not have happened without the treatment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.tables.html import Html
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.incrementality import regions as draw
from workbench.widgets.incrementality.state import IncrementalityState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout


class Incrementality(Panel):
    """Treated regions beside what they would have been: effect, checks, placebos.

    Args:
        store: The store.
        settings: `treated`, `start`, `end`, `metric`, `method`, `before`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "incrementality"
    kind: ClassVar[type[IncrementalityState]] = IncrementalityState
    state: IncrementalityState

    def questions(self) -> dict[str, Ask]:
        """The effect of the treatment."""
        state = self.state
        asked = {
            "treated": state.treated,
            "start": state.start,
            "end": state.end,
            "metric": state.metric,
            "before_days": int(state.before),
            "method": state.method,
        }
        return {"effect": Ask("compare.geo_test", asked)}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": shell.title,
            "choices": draw.choices,
            "notice": shell.notice,
            "verdict": draw.verdict,
            "series": draw.series,
            "checks": draw.checks,
            "beside": draw.beside,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            place("choices", class_="wb-controls"),
            parts.notice(place),
            parts.card(place, "verdict"),
            parts.pair(place, "series", "checks", "wb-wider"),
            parts.card(place, "beside"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Choosing treated regions."""
        return {"treat": self._treat}

    def _treat(self, _key: str, value: Any) -> None:
        """Add or take away a treated region; one stays."""
        kept = self.state.treated
        chosen = tuple(name for name in kept if name != value) if value in kept else (*kept, value)
        self.state.update(treated=chosen or kept)
