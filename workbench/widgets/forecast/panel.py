"""The Forecast panel: what comes, where the month ends, which days were out of the ordinary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.forecast import choices
from workbench.tables.html import Html
from workbench.widgets import parts, period_shell, shell
from workbench.widgets.answers import Ask
from workbench.widgets.forecast import choosing
from workbench.widgets.forecast import regions as draw
from workbench.widgets.forecast.state import ForecastState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout


class Forecast(Panel):
    """Forecast with its interval and back-test, month-end against target, anomalies with their size.

    Args:
        store: The store.
        settings: `metric`, `by`, `member`, `horizon`, `look`, `as_of`, `filters`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "forecast"
    kind: ClassVar[type[ForecastState]] = ForecastState
    lead: ClassVar[str] = "ahead"
    state: ForecastState

    def questions(self) -> dict[str, Ask]:
        """What comes, where the month ends if the metric adds up, and what was odd."""
        if self.blank:
            return {}
        state = self.state
        known = choosing.chosen(state)
        asked: dict[str, Any] = {"metric": state.metric}
        if by := choosing.by_of(state):
            asked["by"] = by
        if state.as_of:
            asked["as_of"] = state.as_of
        asked["where"] = choosing.where_of(state)
        ahead, back = known.steps(int(state.horizon)), known.steps(int(state.look))
        found = {"ahead": Ask("forecast.forecast", {"horizon": ahead, **asked})}
        if known.sums:
            found["month"] = Ask("forecast.month_end", asked)
        return {**found, "odd": Ask("forecast.anomalies", {**asked, "last": back})}

    @property
    def blank(self) -> bool:
        """Whether there is nothing to forecast yet, and the page only says what to do."""
        return not choices(self.store)

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": shell.title,
            "controls": draw.controls,
            "filters": period_shell.filters,
            "notice": shell.notice,
            "answer": draw.answer,
            "ahead": draw.ahead,
            "odd": draw.odd,
            "month": draw.month,
            "methods": draw.methods,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.pair(place, "ahead", "odd", "wb-wider"),
            parts.pair(place, "month", "methods"),
            parts.foot(place),
        )
