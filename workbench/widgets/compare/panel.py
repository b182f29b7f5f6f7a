"""The Compare panel: which campaigns are really better, and what may be luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.metrics.dimensions import UNKNOWN
from workbench.tables.html import Html
from workbench.widgets import parts, period_shell, shell
from workbench.widgets.answers import Ask
from workbench.widgets.compare import duel, ranking, wear
from workbench.widgets.compare.state import PAIR, CompareState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout


class Compare(Panel):
    """Members of a dimension ranked by a ratio: forest plot, table, head to head, funnel, fatigue.

    Args:
        store: The store.
        settings: `period`, `compare`, `days`, `filters`, `by`, `metric`, `alike`, `age`, `correction`,
            `pair`, `worn`, `rows`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "compare"
    kind: ClassVar[type[CompareState]] = CompareState
    lead: ClassVar[str] = "kpis"
    late: ClassVar[Mapping[str, str]] = {"fatigue": "fatigue"}
    state: CompareState

    def questions(self) -> dict[str, Ask]:
        """The whole, the ranking, two head to head or the funnel of one, fatigue."""
        state = self.state
        window = {"period": state.period, "where": state.filters}
        ranked = {"by": state.by, "metric": state.metric, **window, "compare": state.past}
        careful = {"adjust": state.alike, "age": state.asked_age, "correction": state.correction}
        asked = {
            "kpis": Ask(
                "metrics.kpis", {"by": (), "metrics": (state.metric,), **window, "compare": state.past}
            ),
            "ranking": Ask("compare.campaigns", {**ranked, **careful}),
            "funnel": Ask("compare.funnel", {"by": state.by, "member": (*state.pair, None)[0], **window}),
            "fatigue": Ask("compare.fatigue", {"metric": state.worn, **window}),
        }
        if pair := self._pair(asked["ranking"]):
            both = {"first": pair[0], "second": pair[1], "by": state.by, **window}
            metrics = tuple(dict.fromkeys((state.metric, *duel.METRICS)))
            careful = {"adjust": state.alike, "age": state.asked_age}
            asked["duel"] = Ask("compare.head_to_head", {**both, "metrics": metrics, **careful})
        return asked

    def _pair(self, ranking: Ask) -> tuple[str, ...]:
        """The two that were chosen; else the chosen one, or the best, against the best of the others."""
        chosen: tuple[str, ...] = self.state.pair
        if len(chosen) == PAIR:
            return chosen
        found = self._answers.ask({"ranking": ranking})["ranking"]
        if isinstance(found, Exception):
            return ()
        known = found.table[found.table["verdict"] != "few"]["arm"]
        pair = (*chosen, *(name for name in known if name not in (*chosen, UNKNOWN)))[:PAIR]
        return pair if len(pair) == PAIR else ()

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": period_shell.title,
            "controls": period_shell.controls,
            "filters": period_shell.filters,
            "notice": shell.notice,
            "choices": ranking.choices,
            "verdict": ranking.verdict,
            "forest": ranking.forest,
            "members": ranking.members,
            "duel": duel.duel,
            "funnel": duel.funnel,
            "fatigue": wear.fatigue,
            "definitions": ranking.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            place("choices", class_="wb-controls"),
            parts.notice(place),
            parts.card(place, "verdict"),
            parts.pair(place, "members", "forest", "wb-wider"),
            *(parts.card(place, name) for name in ("duel", "funnel", "fatigue")),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Choosing members for the head to head, and dimensions to make them alike."""
        return {"pick": self._pick, "down": self._pick, "alike": self._alike}

    def _pick(self, _key: str, value: Any) -> None:
        """Choose a member, or let it go; a third one takes the place of the first."""
        kept = self.state.pair
        chosen = tuple(name for name in kept if name != value) if value in kept else (*kept, value)[-PAIR:]
        self.state.update(pair=chosen)

    def _alike(self, _key: str, value: Any) -> None:
        """Add or take away a dimension that members are made alike by."""
        kept = self.state.alike
        chosen = tuple(name for name in kept if name != value) if value in kept else (*kept, value)
        self.state.update(alike=chosen)
