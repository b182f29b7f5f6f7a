"""The Home panel: ten minutes are enough to see what changed and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from workbench import findings
from workbench.errors import unknown
from workbench.tables.html import Html, tag
from workbench.widgets import decided, parts, period_shell, proof, shell
from workbench.widgets.answers import Ask
from workbench.widgets.campaigns import regions as campaigns
from workbench.widgets.campaigns.state import toggled
from workbench.widgets.home import regions as draw
from workbench.widgets.home import targets
from workbench.widgets.home.editor import Editor
from workbench.widgets.home.state import HomeState
from workbench.widgets.panel import Panel
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.scene import Draw, File, Layout
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.data import Store


LISTED = 30
"""Findings that are asked for: what is decided makes room for the next ones."""

LISTS = 2
"""What changed, and what could be better: both lists share the page's chance of a false finding."""


class Home(Panel):
    """Key figures against three pasts, findings with decisions, advice, trend, channels, hours.

    Args:
        store: The store.
        settings: `period`, `compare`, `days`, `filters`, `metric`, `metrics`, `month`, `proof`,
            `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "home"
    kind: ClassVar[type[HomeState]] = HomeState
    lead: ClassVar[str] = "kpis"
    late: ClassVar[Mapping[str, str]] = {"findings": "findings", "slots": "heat"}
    slow: ClassVar[frozenset[str]] = frozenset({"advice", "outcomes", proof.NAME})
    state: HomeState

    def __init__(self, store: Store, **settings: Any) -> None:
        super().__init__(store, **settings)
        self.editor = Editor(self)

    def questions(self) -> dict[str, Ask]:
        """Figures against each comparison, days, channels, hours, findings, advice, outcomes."""
        state = self.state
        window: dict[str, Any] = {"period": state.period, "where": state.where}
        decided = self._decided()
        against = "" if state.compare == NO_COMPARISON else state.compare
        figures = {"by": (), "metrics": state.metrics, **window}
        slot = state.metric if state.store.metrics[state.metric].is_ratio else "cvr"
        shown = tuple(dict.fromkeys((*state.metrics, state.metric)))
        plain = "" if against == "target" and not state.has_target else against
        by_day = "" if plain == "target" else plain
        asked = {
            "kpis": Ask("metrics.kpis", {**figures, "compare": plain}),
            "last_year": Ask("metrics.kpis", {**figures, "compare": "previous_year"}),
            "target": Ask("metrics.kpis", {**figures, "compare": "target"}),
            "trend": Ask("metrics.trend", {"metrics": shown, **window, "compare": by_day}),
            "channels": Ask("metrics.kpis", {"by": ("channel",), "metrics": (state.metric,), **window}),
            "slots": Ask("metrics.slots", {"metric": slot, "by": (), **window}),
            "findings": Ask(
                "findings.review", {**window, "compare": against, "limit": LISTED, "lists": LISTS}
            ),
            "advice": Ask("findings.advise", {"where": state.where, "limit": LISTED, "lists": LISTS}),
            "outcomes": Ask("findings.outcomes", {"ids": decided}),
        }
        asked |= proof.questions(state)
        left = {"target"} if not state.has_target or plain == "target" else set()
        left |= {"last_year"} if plain == "previous_year" else set()
        left |= set() if decided else {"outcomes"}
        return {name: item for name, item in asked.items() if name not in left}

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
            "advice": draw.advice,
            "trend": campaigns.trend,
            "channels": draw.channels,
            "heat": campaigns.heat,
            "decided": draw.decided,
            "targets": lambda scene: targets.region(scene, self.editor),
            "pages": draw.pages,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            parts.notice(place),
            place("kpis", "section", class_="wb-figures"),
            tag(
                "div",
                _column(place, "findings", "advice"),
                _column(place, "trend", "channels", "heat"),
                class_="wb-two",
            ),
            parts.card(place, "decided"),
            parts.card(place, "targets"),
            parts.card(place, "pages"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Choosing cards, deciding about findings, editing targets."""
        own = {"card": self._card, "decide": self._decide, "snooze": self._snooze}
        return {**own, **decided.acts(lambda: self.store), **self.editor.acts()}

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any] | None:
        """Take a file of targets."""
        return self.editor.hear(asked, files)

    def files(self) -> Mapping[str, Callable[[], File]]:
        """The targets, to change and to load again."""
        return {"targets": self.editor.file} if "targets" in self.store.tables else {}

    def _decided(self) -> tuple[str, ...]:
        return tuple(made.finding for made in findings.decisions(self.store))

    def _card(self, _key: str, value: Any) -> None:
        """Add or take away a metric of the cards."""
        self.state.update(metrics=toggled(self.state.metrics, value))

    def _decide(self, key: str, value: Any) -> None:
        """Keep what is decided about a finding; the page only names it."""
        findings.decide(self.store, self._meant(key), str(value))

    def _snooze(self, key: str, value: Any) -> None:
        """Put a finding off: for one of `findings.SNOOZES`, or until a day."""
        findings.decide(self.store, self._meant(key), "snoozed", str(value))

    def _meant(self, key: str) -> findings.Finding:
        """A finding of either list by its id."""
        found = self._told("findings")
        found |= {} if key in found else self._told("advice")
        if key not in found:
            raise unknown("finding", key, found, StateError)
        return found[key]

    def _told(self, name: str) -> dict[str, findings.Finding]:
        """The findings of one answer by id."""
        answer = self._answers.ask({name: self.questions()[name]})[name]
        return {item.id: item for item in answer} if isinstance(answer, tuple) else {}


def _column(place: Layout, *regions: str) -> Html:
    """Cards below one another: on paper and on a phone, what to do comes before every picture."""
    return tag("div", [parts.card(place, name) for name in regions], class_="wb-stack")
