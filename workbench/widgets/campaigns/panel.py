"""The Campaigns panel: what the spend brought, what changed, where one looks next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.errors import unknown
from workbench.metrics.dimensions import dimension
from workbench.tables.html import Html
from workbench.widgets import decided, parts, period_shell, proof, shell
from workbench.widgets.answers import Ask
from workbench.widgets.campaigns import regions as draw
from workbench.widgets.campaigns.state import CampaignsState, toggled
from workbench.widgets.panel import Panel
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.scene import Draw, Layout
from workbench.widgets.traits import StateError

LISTED = 30
"""Findings that are asked for: what is decided makes room for the next ones."""


class Campaigns(Panel):
    """Key figures, findings, trend, drill-down breakdown, shares and hours of the delivery.

    Args:
        store: The store.
        settings: `period`, `compare`, `days`, `filters`, `metric`, `metrics`, `by`, `path`, `sort`,
            `share`, `rows`, `proof`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "campaigns"
    kind: ClassVar[type[CampaignsState]] = CampaignsState
    lead: ClassVar[str] = "kpis"
    late: ClassVar[Mapping[str, str]] = {"findings": "findings", "slots": "heat"}
    slow: ClassVar[frozenset[str]] = frozenset({proof.NAME})
    state: CampaignsState

    def questions(self) -> dict[str, Ask]:
        """Totals, days, members of the level, hours of the week, findings."""
        state = self.state
        window = {"period": state.period, "where": state.where}
        against = "" if state.compare == NO_COMPARISON else state.compare

        def compared(*by: str) -> dict[str, Any]:
            return {**window, "compare": against if state.comparable(*by) else ""}

        shown = tuple(dict.fromkeys((*state.metrics, state.metric, draw.share_metric(state))))
        slot = state.metric if state.store.metrics[state.metric].is_ratio else "cvr"
        return {
            "kpis": Ask("metrics.kpis", {"by": (), "metrics": state.metrics, **compared()}),
            "trend": Ask("metrics.trend", {"metrics": shown, **compared("date")}),
            "breakdown": Ask(
                "metrics.kpis", {"by": (state.level,), "metrics": shown, **compared(state.level)}
            ),
            "slots": Ask("metrics.slots", {"metric": slot, "by": (), **window}),
            "findings": Ask("findings.review", {**window, "compare": against, "limit": LISTED}),
            **proof.questions(state),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": period_shell.title,
            "controls": period_shell.controls,
            "filters": period_shell.filters,
            "notice": shell.notice,
            "kpis": draw.kpis,
            "findings": draw.findings,
            "trend": draw.trend,
            "breakdown": draw.breakdown,
            "members": draw.members,
            "share": draw.share,
            "heat": draw.heat,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            parts.notice(place),
            place("kpis", "section", class_="wb-figures"),
            parts.pair(place, "findings", "trend"),
            parts.pair(place, "breakdown", "members", "wb-wider"),
            parts.pair(place, "share", "heat", "wb-flip"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Drilling, sorting, choosing levels and cards."""
        return {
            "down": self._down,
            "up": self._up,
            "sort": self._sort,
            "level": self._level,
            "card": self._card,
            "open": self._open,
            **decided.acts(lambda: self.store),
        }

    def _down(self, key: str, value: Any) -> None:
        """Open a member of the level that the page shows."""
        if key == self.state.level and len(self.state.path) < len(self.state.by[1:]):
            self.state.update(path=(*self.state.path, value), rows="some")

    def _up(self, key: str, _value: Any) -> None:
        """Go up to a level by its dimension, or one level without one."""
        ways = dict(zip(self.state.by, range(len(self.state.by)), strict=True))
        kept = self.state.path[: ways.get(key, 0)] if key else self.state.path[:-1]
        self.state.update(path=kept, rows="some")

    def _sort(self, key: str, _value: Any) -> None:
        """Sort by a column, largest first; again the other way round."""
        down = f"-{key}"
        first, second = (key, down) if key == "name" else (down, key)
        self.state.update(sort=second if self.state.sort == first else first)

    def _level(self, key: str, value: Any) -> None:
        """Choose the dimension of one level of the breakdown; an empty one ends it there."""
        if key not in draw.LEVELS:
            raise StateError(f"{key!r} is no level.")
        chosen = [*self.state.by, "", ""][: len(draw.LEVELS)]
        chosen[draw.LEVELS.index(key)] = dimension(str(value)) if value else ""
        kept = [name for name in dict.fromkeys(chosen) if name]
        self.state.update(by=tuple(kept))

    def _card(self, _key: str, value: Any) -> None:
        """Add or take away a metric of the cards."""
        self.state.update(metrics=toggled(self.state.metrics, value))

    def _open(self, key: str, _value: Any) -> None:
        """Show what a finding is about; the page only names it."""
        found = {item.id: item for item in self.answers["findings"]}
        if key not in found:
            raise unknown("finding", key, found, StateError)
        self.state.update(**{"path": (), "rows": "some", **found[key].state})
