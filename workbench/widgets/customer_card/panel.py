"""The Customer card panel: one customer, what happened, what to expect, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from workbench import saved
from workbench.customers import Card, Found, card, find
from workbench.i18n import text
from workbench.settings import lets
from workbench.tables.html import Html, tag
from workbench.widgets import parts, people, shell
from workbench.widgets.answers import Ask
from workbench.widgets.customer_card import regions as draw
from workbench.widgets.customer_card import timeline
from workbench.widgets.customer_card.state import CustomerCardState
from workbench.widgets.panel import Panel, under_voila
from workbench.widgets.scene import NOTHING, Draw, Layout, Region, Scene
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.data import Store

PEOPLE = ("customers", "transactions", "interactions")
"""Tables of which one must hold rows for a card to have anything to say."""


class CustomerCard(Panel):
    """One customer: who, worth and risk, the next best action, the timeline.

    Personal values stay masked. Whoever may open them gives a reason; it goes into the audit log, and the
    values go nowhere else: not into state, link, saved view, code or report.

    Args:
        store: The store.
        settings: `customer`, `as_of`, `kinds`, `page`, `segment` (of those who wait), `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "customer_card"
    kind: ClassVar[type[CustomerCardState]] = CustomerCardState
    charts: ClassVar[bool] = False
    state: CustomerCardState

    def __init__(self, store: Store, **settings: Any) -> None:
        self._found: tuple[Found, ...] = ()
        self._opened: Card | None = None
        super().__init__(store, **settings)

    @property
    def blank(self) -> bool:
        """Never: a workspace without delivery may have customers."""
        return False

    @property
    def may_open(self) -> bool:
        """Whether who looks at the panel may open personal values."""
        return not under_voila() or lets(self.store.settings.personal, self.store.settings)

    def questions(self) -> dict[str, Ask]:
        """The card, and where nobody is chosen the customers who wait."""
        state = self.state
        if not set(PEOPLE) & set(self.store.tables):
            return {}
        if not state.customer:
            return {"pressing": Ask("customers.pressing", people.only(self.store, state.segment))}
        whose = {"customer_id": state.customer, "as_of": state.as_of or None}
        asked = {"card": Ask("customers.card", whose)}
        if "order_lines" in self.store.tables:
            asked["offers"] = Ask("offers.next_offers", whose)
        return asked

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order; those that have nothing to say take no place."""
        if not self.questions():
            return {"bar": shell.bar, "notice": draw.no_customers}
        chosen, opened = bool(self.state.customer), self._own_opened()
        return {
            "bar": shell.bar,
            "title": _title,
            "search": partial(draw.search, found=self._found),
            "notice": shell.notice,
            "pressing": draw.pressing if not chosen else _nothing,
            "answer": partial(draw.answer, opened=opened) if chosen else _nothing,
            "figures": draw.figures if chosen else _nothing,
            "timeline": timeline.timeline if chosen else _nothing,
            "profile": partial(draw.profile, opened=opened, may_open=self.may_open) if chosen else _nothing,
            "offers": draw.offers if chosen else _nothing,
            "permits": draw.permits if chosen else _nothing,
            "more": draw.more if chosen else _nothing,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if not self.questions():
            return shell.blank(place)
        told = (parts.card(place, name) for name in ("timeline", "permits"))
        beside = (parts.card(place, name) for name in ("profile", "offers", "more"))
        columns = [tag("div", *cards, class_="wb-column") for cards in (told, beside)]
        return parts.page(
            place,
            place("search", class_="wb-search"),
            parts.notice(place),
            parts.card(place, "pressing"),
            parts.card(place, "answer"),
            place("figures", "section", class_="wb-figures"),
            tag("div", *columns, class_="wb-two wb-wider wb-card-body"),
            parts.foot(place),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Finding a customer, filtering the timeline, opening personal values."""
        return {
            "find": lambda _key, value: self._find(str(value)),
            "show": lambda _key, value: self._show(str(value)),
            "kind": lambda _key, value: self._kind(str(value)),
            "unmask": lambda _key, value: self._unmask(str(value)),
            "mask": lambda _key, _value: self._forget(),
        }

    def _find(self, wanted: str) -> None:
        """Show who is meant, or the ones who may be; what was typed is kept nowhere."""
        found = find(self.store, wanted)
        if not found:
            raise StateError(text("customer_card.nobody", self.state.lang))
        if len(found) == 1:
            self._show(found[0].customer_id)
        else:
            self._found = found

    def _show(self, customer: str) -> None:
        self.state.update(customer=customer, page=1)
        self._found = ()
        self._forget()

    def _kind(self, kind: str) -> None:
        """Add or take away a kind of happening."""
        kept = self.state.kinds
        chosen = tuple(name for name in kept if name != kind) if kind in kept else (*kept, kind)
        self.state.update(kinds=chosen, page=1)

    def _unmask(self, reason: str) -> None:
        """Open the personal values of who is shown; the audit log has its line before anything is seen."""
        if not self.may_open or not self.state.customer:
            raise StateError(text("customer_card.may_not_open", self.state.lang))
        if not reason.strip():
            raise StateError(text("customer_card.no_reason", self.state.lang))
        as_of = self.state.as_of or None
        self._opened = card(self.store, self.state.customer, as_of, reason=reason, who=saved.me())

    def _forget(self) -> None:
        self._opened = None

    def _own_opened(self) -> Card | None:
        """The opened card, as long as it is of the customer and day that are shown."""
        opened, state = self._opened, self.state
        same = opened and opened.customer_id == state.customer and opened.data_version == self.store.version
        return opened if same else None


def _nothing(_scene: Scene) -> Region:
    return NOTHING


def _title(scene: Scene) -> Region:
    return shell.title(scene, actions=("undo", "reset", "share", "views", "code", "help"))
