"""The Budget panel: what each channel should spend, how sure that is, and what every rule costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench import plans
from workbench.errors import unknown
from workbench.i18n import text
from workbench.plans import SavedPlan
from workbench.tables.html import Html
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.budget import ahead, board, keeping, kept
from workbench.widgets.budget import regions as draw
from workbench.widgets.budget.state import BudgetState, settings_of
from workbench.widgets.history import History
from workbench.widgets.panel import Panel
from workbench.widgets.planned import once_planned
from workbench.widgets.scene import Draw, File, Layout, Notice
from workbench.widgets.traits import StateError

STEERED = ("budget", "mode", "target", "risk", "level", "outcome", "span", "past")
RULES = ("held", "floors", "caps", "committed")


class Budget(Panel):
    """A budget plan from imported exports: sliders, curves, rules, weeks, saved plans, past advice.

    Args:
        store: The store.
        settings: `budget`, `mode`, `target`, `risk`, `held`, `floors`, `caps`, `level`, `outcome`, `filters`,
            `saved` (a saved plan, by name or id), `span`, `committed`, `past`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "budget"
    kind: ClassVar[type[BudgetState]] = BudgetState
    late: ClassVar[Mapping[str, str]] = {
        "uncertain": "gain",
        "costs": "rules",
        "scenarios": "scenarios",
        "judged": "judged",
        "weeks": "weeks",
        "past": "past",
    }
    state: BudgetState

    def __init__(self, store: Any, **settings: Any) -> None:
        self._base: SavedPlan | None = None
        super().__init__(store, **settings)
        self._saving = keeping.SavingPlans(self, self._told)
        self._settle()
        self.history = History(self.state.snapshot())

    def open(self, query: str) -> None:
        """Show what a link says."""
        super().open(query)
        self._settle()

    @property
    def base(self) -> SavedPlan | None:
        """The saved plan that is open, as it was read then."""
        if self._base is None or self._base.item.id != self.state.saved:
            self._base = keeping.found(self.store, self.state.saved) if self.state.saved else None
        return self._base

    @base.setter
    def base(self, plan: SavedPlan | None) -> None:
        """Remember it, or that none is open."""
        self._base = plan
        self.state.update(saved=plan.item.id if plan else "")

    def questions(self) -> dict[str, Ask]:
        """The plan; the same with bands; what each rule costs; how the plan that is open did."""
        given = self.state.asked
        asked = {
            "plan": Ask("plans.propose", given),
            "uncertain": Ask("plans.propose", {**given, "draws": True}),
            "costs": Ask("plans.rule_costs", given),
            "weeks": Ask("plans.schedule", {**given, **self._calendar()}),
        }
        scope = {name: given[name] for name in ("by", "where", "outcome")}
        if self.state.past == "yes":
            asked["past"] = Ask("plans.past_advice", scope)
        return asked | self._judging()

    def _calendar(self) -> dict[str, Any]:
        """Which weeks, and what is booked in them."""
        return {"span": self.state.span, "committed": self.state.committed}

    def _judging(self) -> dict[str, Ask]:
        """How the plan that is open did, from its first day on."""
        base = self.base
        if base is None or self.store.as_of is None or base.start > self.store.as_of:
            return {}
        return {"judged": Ask("plans.judge", {"plan": base.item.id, "revision": base.revision})}

    def files(self) -> Mapping[str, Callable[[], File]]:
        """The plan as a workbook, and as the platforms' editors read it."""
        return {
            "xlsx": lambda: draw.workbook(self.planned()),
            **{name: self._upload(name) for name in plans.PLATFORMS},
        }

    def _upload(self, platform: str) -> Callable[[], File]:
        return lambda: draw.upload(self.store, self.planned(), platform)

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
            "scenarios": lambda scene: kept.scenarios(scene, keeping.shelf(self), self.base),
            "weeks": ahead.weeks,
            "past": ahead.past,
            "judged": lambda scene: kept.judged(scene, self.base),
            "health": draw.health,
        }
        return {
            "bar": shell.bar,
            "title": draw.title,
            "controls": board.controls,
            "notice": shell.notice,
            **{name: once_planned(name, drawn) for name, drawn in ready.items()},
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
            parts.card(place, "rules"),
            parts.card(place, "weeks"),
            parts.pair(place, "scenarios", "judged", "wb-wider"),
            parts.card(place, "past"),
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
            **self._saving.acts(),
            **rules,
        }

    def _steer(self, key: str, value: Any) -> None:
        """Set what the plan is for; a target belongs to its mode."""
        if key not in STEERED:
            raise unknown("setting", key, STEERED, StateError)
        also: dict[str, dict[str, Any]] = {"mode": {"target": ""}, "level": self.state.without_cells()}
        self.state.update(**{key: value}, **also.get(key, {}))
        self.planned()

    def _rule(self, kind: str) -> Callable[[str, Any], None]:
        """Set or, with an empty amount, drop a rule of a channel."""

        def act(key: str, value: Any) -> None:
            self.state.update(**{kind: {**getattr(self.state, kind), key: value}})
            self.planned()

        return act

    def _lock(self, key: str, value: Any) -> None:
        """Hold a channel where it is, or let it go."""
        held = self.state.held
        self.state.update(held={**held, key: "" if key in held else value})
        self.planned()

    def _advertiser(self, _key: str, value: Any) -> None:
        """Plan for one advertiser, or for all: amounts belong to whom they were made for."""
        chosen = {"advertiser": (value,)} if value else {}
        self.state.update(filters={**self.state.filters, "advertiser": (), **chosen})
        self.state.update(budget="", target="", held={}, floors={}, caps={}, committed={})

    def planned(self) -> Any:
        """The plan of the present state.

        Raises:
            WorkbenchError: why there is none; the page then goes back to what it was.
        """
        return self.answer("plan")

    def banded(self) -> Any:
        """The same with the bands that it is judged by later.

        Raises:
            WorkbenchError: why there is none.
        """
        return self.answer("uncertain")

    def _told(self, key: str, **values: object) -> None:
        """Say it where the page listens, which is known only when there is one."""
        self.say(key, **values)

    def _settle(self) -> None:
        """Open a saved plan that was named; what else the settings or the link say goes before it."""
        if not self.state.saved:
            return
        plan = keeping.found(self.store, self.state.saved)
        if plan is None:
            sentence = text("budget.no_such_plan", self.state.lang, name=self.state.saved)
            self.notices = (*self.notices, Notice("bad", sentence))
            self.state.update(saved="")
            return
        loaded = settings_of(plans.asked_again(plan))
        if not set(loaded) & set(self.state.changed()):
            self.state.update(**loaded)
        self.base = plan
