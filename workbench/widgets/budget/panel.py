"""The Budget panel: what each channel should spend, how sure that is, and what every rule costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench import plans
from workbench.errors import unknown
from workbench.tables.html import Html
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.budget import board
from workbench.widgets.budget import regions as draw
from workbench.widgets.budget.state import LEVELS, RISKS, BudgetState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout, Notice
from workbench.widgets.traits import StateError

STEERED = ("budget", "mode", "target", "risk", "level", "outcome")
RULES = ("held", "floors", "caps")


class Budget(Panel):
    """A budget plan from imported exports: sliders, curves, certificate, what each rule costs.

    Args:
        store: The store.
        settings: `budget`, `mode`, `target`, `risk`, `held`, `floors`, `caps`, `level`, `outcome`, `filters`,
            `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "budget"
    kind: ClassVar[type[BudgetState]] = BudgetState
    late: ClassVar[Mapping[str, str]] = {"uncertain": "gain", "costs": "rules", "scenarios": "scenarios"}
    state: BudgetState

    def questions(self) -> dict[str, Ask]:
        """The plan; the same with bands; what each rule costs."""
        state = self.state
        asked = {
            "by": LEVELS[state.level],
            "where": state.filters,
            "outcome": state.outcome,
            "budget": state.budget if state.mode == "max_response" else None,
            "mode": state.mode,
            "target": state.target if state.mode != "max_response" else None,
            "held": state.held,
            "floors": state.floors,
            "caps": state.caps,
            "risk": RISKS[state.risk],
        }
        given = {name: None if value == "" else value for name, value in asked.items()}
        return {
            "plan": Ask("plans.propose", given),
            "uncertain": Ask("plans.propose", {**given, "draws": True}),
            "costs": Ask("plans.rule_costs", given),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        ready = {
            "answer": draw.answer,
            "board": board.board,
            "moves": draw.moves,
            "gain": draw.gain,
            "curves": draw.curves,
            "marginals": draw.marginals,
            "rules": draw.rules,
            "scenarios": draw.scenarios,
            "health": draw.health,
        }
        return {
            "bar": shell.bar,
            "title": draw.title,
            "controls": board.controls,
            "notice": shell.notice,
            **{name: draw.once_planned(name, drawn) for name, drawn in ready.items()},
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.card(place, "board"),
            parts.pair(place, "moves", "gain", "wb-wider"),
            parts.pair(place, "curves", "marginals"),
            parts.pair(place, "rules", "scenarios", "wb-tilted"),
            parts.card(place, "health"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Steering the plan, its rules, the advertiser, and keeping it."""
        rules = {kind: self._rule(kind) for kind in RULES}
        return {
            "steer": self._steer,
            "lock": self._lock,
            "advertiser": self._advertiser,
            "keep": self._keep,
            **rules,
        }

    def _steer(self, key: str, value: Any) -> None:
        """Set what the plan is for; a target belongs to its mode."""
        if key not in STEERED:
            raise unknown("setting", key, STEERED, StateError)
        self.state.update(**{key: value}, **({"target": ""} if key == "mode" else {}))
        self._plan()

    def _rule(self, kind: str) -> Callable[[str, Any], None]:
        """Set or, with an empty amount, drop a rule of a channel."""

        def act(key: str, value: Any) -> None:
            self.state.update(**{kind: {**getattr(self.state, kind), key: value}})
            self._plan()

        return act

    def _lock(self, key: str, value: Any) -> None:
        """Hold a channel where it is, or let it go."""
        held = self.state.held
        self.state.update(held={**held, key: "" if key in held else value})
        self._plan()

    def _advertiser(self, _key: str, value: Any) -> None:
        """Plan for one advertiser, or for all: amounts belong to whom they were made for."""
        chosen = {"advertiser": (value,)} if value else {}
        self.state.update(filters={**self.state.filters, "advertiser": (), **chosen})
        self.state.update(budget="", target="", held={}, floors={}, caps={})

    def _keep(self, key: str, value: Any) -> None:
        """Save the plan under a name."""
        kept = plans.save(self.store, str(value), self._plan(), shared=key == "shared")
        self.notices = (Notice("info", draw.kept(kept, self.state.lang)),)

    def _plan(self) -> Any:
        """The plan of the present state.

        Raises:
            WorkbenchError: why there is none; the page then goes back to what it was.
        """
        found = self._answers.ask({"plan": self.questions()["plan"]})["plan"]
        if isinstance(found, Exception):
            raise found
        return found
