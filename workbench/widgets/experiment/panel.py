"""The Experiment panel: can it be trusted, which arm is better, for whom, since when, and what next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.tables.html import Html, tag
from workbench.widgets import parts, people, shell
from workbench.widgets.answers import Ask
from workbench.widgets.experiment import controls
from workbench.widgets.experiment import regions as draw
from workbench.widgets.experiment.state import EVERY, OUTCOMES, ExperimentState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout
from workbench.widgets.traits import StateError


class Experiment(Panel):
    """Health, effects, segments, looks and a plan for one experiment of the store.

    Args:
        store: The store.
        settings: `experiment`, `control`, `look`, `looks`, `cuped`, `shares`, `metric`, `by`, `lift`,
            `power`, `segment`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "experiment"
    kind: ClassVar[type[ExperimentState]] = ExperimentState
    late: ClassVar[Mapping[str, str]] = {"looks": "looks", "plan": "plan"}
    state: ExperimentState

    @property
    def lead(self) -> str:  # type: ignore[override]
        """The answer that has the currency, where there is one."""
        return "effects" if self.state.trials else ""

    @property
    def blank(self) -> bool:
        """Never: without an experiment the page says how to bring one in."""
        return False

    def questions(self) -> dict[str, Ask]:
        """Effects of all metrics, of one by segment and by look, and the plan for the next experiment."""
        state = self.state
        if not state.trials:
            return {}
        before = {"revenue": ["revenue_before"], "orders": ["orders_before"], "converted": ["orders_before"]}
        sharper = before if state.cuped == "on" else {}
        one = {"name": state.trial.name, "control": state.against, **people.only(self.store, state.segment)}
        until = state.until.isoformat() if state.until else None
        judged = {**one, "until": until, "sequential": self._sequential(), "shares": state.planned}
        own = {state.metric: sharper[state.metric]} if sharper else {}
        planned = {**one, "metric": state.metric, "covariates": own, "until": until}
        looked = {**one, "metric": state.metric, "covariates": own.get(state.metric, ()), "until": until}
        return {
            "effects": Ask("compare.experiment", {"metrics": OUTCOMES, "covariates": sharper, **judged}),
            "segments": Ask(
                "compare.experiment",
                {"metrics": (state.metric,), "by": (state.by,), "covariates": own, **judged},
            ),
            "looks": Ask("compare.looks", {**looked, "every": EVERY, "sequential": state.looked}),
            "plan": Ask("compare.plan", {**planned, "lift": state.goal, "power_": float(state.power)}),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        first = {"bar": shell.bar, "title": shell.title, "notice": shell.notice}
        if not self.state.trials:
            return {**first, "verdict": draw.nothing}
        return {
            **first,
            "controls": controls.controls,
            "verdict": draw.verdict,
            "effects": draw.effects,
            "health": draw.health,
            "table": draw.table,
            "segments": draw.segments,
            "looks": draw.looks,
            "plan": draw.plan,
            "notes": draw.notes,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if not self.state.trials:
            return parts.page(place, parts.notice(place), place("verdict"))
        first = (parts.card(place, "verdict"), parts.card(place, "effects"))
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            tag("div", tag("div", *first, class_="wb-stack"), parts.card(place, "health"), class_="wb-two"),
            parts.card(place, "table"),
            parts.pair(place, "segments", "looks"),
            parts.card(place, "plan"),
            parts.foot(place, "notes"),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Choosing a look by its row."""
        return {"down": self._look}

    def _look(self, key: str, value: Any) -> None:
        """Move to the look that a row of the looks stands for."""
        number = self.state.trial.number(value) if key == "look" and isinstance(value, str) else None
        if number is None:
            raise StateError(f"{value!r} is no look.", "Choose a row of the looks.")
        self.state.update(look=number)

    def _sequential(self) -> Any:
        """The plan of looks as the question takes it."""
        state = self.state
        if state.looks == "group_sequential":
            return list(state.trial.fractions(state.look_number, EVERY))
        return None if state.looks == "once" else state.looks
