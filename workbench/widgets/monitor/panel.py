"""The Monitor panel: what came in, whether the month is on plan, what is out of the ordinary, by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.data import Store
from workbench.tables.html import Html, tag
from workbench.widgets import parts, period_shell, shell
from workbench.widgets.answers import Ask
from workbench.widgets.following import Following
from workbench.widgets.monitor import regions as draw
from workbench.widgets.monitor.data import landed, news, platforms, standing
from workbench.widgets.monitor.state import MonitorState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout


class Monitor(Panel):
    """Data version and freshness, pacing bars with projections, anomalies; it follows the data by itself.

    Args:
        store: The store; a page moves it on to newer data versions, unless the reader keeps the numbers.
        settings: `metric`, `by`, `apart`, `look`, `shown`, `as_of`, `filters`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "monitor"
    kind: ClassVar[type[MonitorState]] = MonitorState
    slow: ClassVar[frozenset[str]] = frozenset({"pace", "odd"})
    state: MonitorState

    def __init__(self, store: Store, **settings: Any) -> None:
        self.following = Following(self)
        super().__init__(store, **settings)

    def questions(self) -> dict[str, Ask]:
        """How the data stands, what is new, how the month runs, what was odd lately."""
        state = self.state
        chosen: dict[str, Any] = {"as_of": state.as_of or None, "where": dict(state.filters)}
        apart = {"metrics": (state.metric,), "by": (state.by,)}
        return {
            "standing": Ask("quality.standing", {}),
            "news": self.following.question(),
            "totals": Ask("forecast.pace", chosen),
            "pace": Ask("forecast.pace", {**apart, **chosen}),
            "odd": Ask("forecast.recent", {"by": (state.apart,), "last": int(state.look), **chosen}),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": shell.title,
            "controls": draw.controls,
            "filters": period_shell.filters,
            "notice": shell.notice,
            "news": lambda scene: news(scene, self.following),
            "standing": standing,
            "totals": draw.totals,
            "pace": draw.pace,
            "odd": draw.odd,
            "series": draw.series,
            "landed": landed,
            "platforms": platforms,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            parts.notice(place),
            place("news", "section", class_="wb-card wb-news", aria_live="polite"),
            place("standing", "section", class_="wb-kpis wb-standing"),
            tag("div", parts.card(place, "totals"), parts.card(place, "pace"), class_="wb-stack-plain"),
            parts.pair(place, "odd", "series", "wb-flip"),
            parts.pair(place, "landed", "platforms", "wb-maybe"),
            parts.foot(place),
        )

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any] | None:
        """Answer a page that asks whether something happened."""
        return self.following.hear(asked) or super().hear(asked, files)

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Following the data, and keeping its numbers."""
        return self.following.acts()
