"""The Contacts panel: whom to contact, how often and by whom, and what one more hour is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from workbench import saved
from workbench.errors import unknown
from workbench.i18n import text
from workbench.plans.contacts import ContactProposal, WorkList, work_list
from workbench.settings import lets
from workbench.tables.html import Html
from workbench.widgets import parts, people, shell
from workbench.widgets.answers import Ask
from workbench.widgets.contacts import board, worklist
from workbench.widgets.contacts import regions as draw
from workbench.widgets.contacts.state import ContactsState
from workbench.widgets.panel import Panel, under_voila
from workbench.widgets.planned import once_planned
from workbench.widgets.scene import Draw, File, Layout, Region, Scene
from workbench.widgets.traits import StateError

STEERED = ("hours", "hour_cost", "weekdays", "worth_days", "purpose")
RULES = ("staff", "minutes", "covered")
FILES = ("csv", "ics")


class Contacts(Panel):
    """Contacts planned from interactions, customers, orders and consent: load, work lists, worth of an hour.

    The list shows pseudonyms. Whoever may open names and numbers gives a reason; the gate asks once more, it
    goes into the audit log, and names go nowhere else: not into state, link, saved view, code or report.

    Args:
        store: The store.
        settings: `hours`, `staff`, `minutes`, `hour_cost`, `weekdays`, `worth_days`, `purpose`, `covered`,
            `marketer`, `page`, `segment`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "contacts"
    kind: ClassVar[type[ContactsState]] = ContactsState
    late: ClassVar[Mapping[str, str]] = {"load": "hour"}
    slow: ClassVar[frozenset[str]] = frozenset({"load"})
    state: ContactsState

    def __init__(self, store: Any, **settings: Any) -> None:
        self._unlocked: tuple[str, str, WorkList] | None = None
        self._begun = False
        super().__init__(store, **settings)

    @property
    def blank(self) -> bool:
        """Never: a workspace without contacts says so in the page."""
        return False

    @property
    def bare(self) -> bool:
        """Whether nobody was ever contacted."""
        return not self.store.row_counts.get("interactions")

    @property
    def may_open(self) -> bool:
        """Whether who looks at the panel may open names and numbers."""
        return not under_voila() or lets(self.store.settings.personal, self.store.settings)

    def awaited(self) -> frozenset[str]:
        """A page is there before its first plan, which reads the workspace; it waits for later ones."""
        if not self._begun:
            self._begun = self.bare or self._answers.knows(self.questions()["plan"])
        return self.slow if self._begun else self.slow | {"plan"}

    def questions(self) -> dict[str, Ask]:
        """The plan, and how many customers a marketer should handle a day."""
        asked = {**self.state.asked, **people.only(self.store, self.state.segment)}
        plan = {"plan": Ask("plans.contacts.propose", asked)}
        return plan if self.bare else {**plan, "load": Ask("plans.contacts.load", asked)}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        if self.bare:
            return {"bar": shell.bar, "notice": draw.no_contacts}
        ready: dict[str, Draw] = {
            "answer": draw.answer,
            "board": board.board,
            "load": draw.load,
            "hour": draw.hour,
            "list": partial(worklist.listed, opened=self.unlocked, may_open=self.may_open),
            "methods": draw.methods,
            "binds": draw.binds,
            "held": draw.held,
        }
        return {
            "bar": shell.bar,
            "title": _title,
            "controls": board.controls,
            "notice": shell.notice,
            **{name: once_planned(name, drawn) for name, drawn in ready.items()},
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if self.bare:
            return shell.blank(place)
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.pair(place, "board", "load", "wb-wider"),
            parts.pair(place, "hour", "binds"),
            parts.card(place, "list"),
            parts.card(place, "methods"),
            parts.card(place, "held"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Steering capacity, choosing a work list, opening it."""
        return {
            "steer": self._steer,
            "down": lambda _key, value: self._choose(str(value)),
            "whose": lambda _key, value: self._choose(str(value)),
            "unmask": lambda _key, value: self._open(str(value)),
            "mask": lambda _key, _value: self._close(),
            **{kind: self._rule(kind) for kind in RULES},
        }

    def files(self) -> Mapping[str, Callable[[], File]]:
        """The open work list as CSV and as a calendar; the gate asks again for each."""
        return {name: partial(self._file, name) for name in FILES} if self.unlocked else {}

    @property
    def unlocked(self) -> WorkList | None:
        """The work list that is open, as long as it is of the plan and marketer that are shown."""
        if self._unlocked is None:
            return None
        code, _, found = self._unlocked
        same = code == self._plan_code and found.marketer == self.state.marketer
        return found if same and found.found.data_version == self.store.version else None

    @property
    def _plan_code(self) -> str:
        return self.questions()["plan"].key

    def planned(self) -> ContactProposal:
        """The plan of the present state.

        Raises:
            WorkbenchError: why there is none; the page then goes back to what it was.
        """
        found: ContactProposal = self.answer("plan")
        return found

    def _steer(self, key: str, value: Any) -> None:
        if key not in STEERED:
            raise unknown("setting", key, STEERED, StateError)
        self.state.update(**{key: value, "page": 1})
        self.planned()

    def _rule(self, kind: str) -> Callable[[str, Any], None]:
        """Set or, with an empty value, drop hours of a marketer, minutes or the consent of a method."""

        def act(key: str, value: Any) -> None:
            self.state.update(**{kind: {**getattr(self.state, kind), key: value}, "page": 1})
            self.planned()

        return act

    def _choose(self, marketer: str) -> None:
        """Show a marketer's work list; the same once more shows everybody's."""
        known = self.planned().marketers
        if marketer and marketer not in known:
            raise unknown("marketer", marketer, known, StateError)
        self.state.update(marketer="" if marketer == self.state.marketer else marketer, page=1)

    def _open(self, reason: str) -> None:
        """Open names and numbers of the list that is shown."""
        if not self.may_open or not self.state.marketer:
            raise StateError(text("contacts.may_not_open", self.state.lang))
        if not reason.strip():
            raise StateError(text("contacts.no_reason", self.state.lang))
        self._unlocked = (self._plan_code, reason, self._through_gate(reason))

    def _through_gate(self, reason: str) -> WorkList:
        return work_list(self.store, self.planned(), self.state.marketer, reason, saved.me())

    def _close(self) -> None:
        self._unlocked = None

    def _file(self, name: str) -> File:
        """A file of the open list, opened anew: whoever withdrew consent meanwhile is not in it."""
        if self._unlocked is None:
            raise StateError(text("contacts.may_not_open", self.state.lang))
        found = self._through_gate(self._unlocked[1])
        return worklist.file(found, name, self.state.lang, self.store.labels(self.state.lang))


def _title(scene: Scene) -> Region:
    return shell.title(scene, draw.days(scene))
