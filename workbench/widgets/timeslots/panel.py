"""The Time slots panel: when to spend, in which windows, how sure that is, and how to test it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench.errors import unknown
from workbench.plans.slots.rules import DAY_SETS
from workbench.tables.html import Html
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.panel import Panel
from workbench.widgets.planned import once_planned
from workbench.widgets.scene import Draw, File, Layout
from workbench.widgets.timeslots import maps
from workbench.widgets.timeslots import regions as draw
from workbench.widgets.timeslots.state import SlotState
from workbench.widgets.traits import StateError

STEERED = ("budget", "daily_cap", "windows", "platform", "bidding", "explore", "split", "level")


class TimeSlots(Panel):
    """A plan of the hours of the week from imported exports: maps, windows, painted hours, rules, a test.

    Args:
        store: The store.
        settings: `budget`, `daily_cap`, `windows`, `platform`, `bidding`, `explore`, `split`, `level`,
            `group`, `forbid`, `require`, `brush`, `weeks`, `block`, `washout`, `filters`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "timeslots"
    kind: ClassVar[type[SlotState]] = SlotState
    late: ClassVar[Mapping[str, str]] = {"uncertain": "gain", "costs": "rules", "test": "trial"}
    state: SlotState

    def questions(self) -> dict[str, Ask]:
        """The plan; the same with bands; what each rule costs; the test that confirms it."""
        given = self.state.asked
        return {
            "plan": Ask("plans.propose_slots", given),
            "uncertain": Ask("plans.propose_slots", {**given, "draws": True}),
            "costs": Ask("plans.slot_costs", given),
            "test": Ask("plans.slot_test", self.state.tested),
        }

    def files(self) -> Mapping[str, Callable[[], File]]:
        """The windows and hours as a workbook and as CSV, and as platforms read them."""
        return {
            "xlsx": lambda: draw.workbook(self.planned()),
            "windows": lambda: draw.windows_csv(self.planned()),
            "google": lambda: draw.google(self.store, self.planned()),
            "halves": lambda: draw.halves(self.planned()),
        }

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        ready = {
            "answer": draw.answer,
            "board": draw.board,
            "plan": maps.plan,
            "change": maps.change,
            "response": maps.response,
            "today": maps.today,
            "gain": draw.gain,
            "rules": draw.rules,
            "trial": draw.trial,
            "health": draw.health,
        }
        return {
            "bar": shell.bar,
            "title": draw.title,
            "controls": draw.controls,
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
            parts.pair(place, "plan", "change"),
            parts.pair(place, "response", "today"),
            parts.card(place, "board"),
            parts.pair(place, "gain", "rules"),
            parts.card(place, "trial"),
            parts.card(place, "health"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Steering the plan, painting hours, the advertiser."""
        return {
            "steer": self._steer,
            "paint": self._paint,
            "span": self._span,
            "unpaint": self._unpaint,
            "advertiser": self._advertiser,
        }

    def planned(self) -> Any:
        """The plan of the present state.

        Raises:
            WorkbenchError: why there is none; the page then goes back to what it was.
        """
        return self.answer("plan")

    def _steer(self, key: str, value: Any) -> None:
        """Set what the plan keeps; rules and group belong to a level."""
        if key not in STEERED:
            raise unknown("setting", key, STEERED, StateError)
        also: dict[str, Any] = {"group": "", "forbid": {}, "require": {}} if key == "level" else {}
        self.state.update(**{key: value}, **also)
        self.planned()

    def _paint(self, key: str, value: Any) -> None:
        """Give the hours between two the brush's colour."""
        found = self.planned()
        first, last = (_hour(item) for item in (key, value))
        self.state.update(**found.painted(self.state.brush, maps.whose(self.state, found), first, last))
        self.planned()

    def _span(self, _key: str, value: Any) -> None:
        """The same for hours that are named: `weekdays.from.to`."""
        found = self.planned()
        days, start, end = [*str(value).split("."), "", "", ""][:3]
        if days not in DAY_SETS:
            raise unknown("weekday", days, DAY_SETS, StateError)
        group = maps.whose(self.state, found)
        rules = found.spanned(self.state.brush, group, DAY_SETS[days], _hour(start), _hour(end))
        self.state.update(**rules)
        self.planned()

    def _unpaint(self, _key: str, _value: Any) -> None:
        """Leave every hour free."""
        self.state.update(forbid={}, require={})

    def _advertiser(self, _key: str, value: Any) -> None:
        """Plan for one advertiser, or for all: amounts and hours belong to whom they were made for."""
        chosen = {"advertiser": (value,)} if value else {}
        self.state.update(filters={**self.state.filters, "advertiser": (), **chosen})
        self.state.update(budget="", daily_cap="", forbid={}, require={}, group="")


def _hour(sent: Any) -> int:
    """An hour that the page sent.

    Raises:
        StateError: for anything else.
    """
    if not str(sent).isdecimal():
        raise StateError(f"{sent!r} is no hour.", "Choose an hour of the map.")
    return int(sent)
