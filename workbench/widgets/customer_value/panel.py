"""The Customer value panel: what customers will bring, who brings it, and how far to trust that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from workbench import data, segments
from workbench.customers.held import held
from workbench.i18n import text
from workbench.tables.html import Html
from workbench.widgets import parts, people, pointing, shell
from workbench.widgets.answers import Ask
from workbench.widgets.customer_value import address, cohorts, windows
from workbench.widgets.customer_value import regions as draw
from workbench.widgets.customer_value.state import BEST, EVERYBODY, HORIZONS, CustomerValueState
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout, Notice


class CustomerValue(Panel):
    """Value by segment, who makes the money, back-test, whom to address, cohorts, contracts.

    Args:
        store: The store.
        settings: `horizon`, `as_of`, `segment`, `currency`, `outcome`, `best`, `unit`, `chosen`, `lang`,
            `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "customer_value"
    kind: ClassVar[type[CustomerValueState]] = CustomerValueState
    lead: ClassVar[str] = "worth"
    slow: ClassVar[frozenset[str]] = frozenset({"propensity"})
    state: CustomerValueState

    def __init__(self, store: Any, **settings: Any) -> None:
        self._pointing = pointing.Pointing(self)
        super().__init__(store, **settings)

    @property
    def blank(self) -> bool:
        """Whether the workspace has no orders of customers."""
        return held(self.store).last is None

    def questions(self) -> dict[str, Ask]:
        """What customers will bring, how earlier forecasts did, and the contracts where there are some."""
        state = self.state
        if self.blank:
            return {}
        known: dict[str, Any] = {"as_of": state.as_of, "currency": state.currency}
        only = self._only()
        worth = {"horizon_days": int(state.horizon), **(only or self._rfm())}
        asked = {
            "worth": Ask("segments.worth", {**known, **worth}),
            "tested": Ask("customers.backtest", {**known, "horizon_days": HORIZONS[state.horizon], **only}),
            "propensity": self._propensity({**known, **only}),
            "cohorts": Ask("segments.cohorts", {**known, "by": state.unit, **only}),
        }
        if held(self.store).contracts:
            asked["contracts"] = Ask("customers.fit_contracts", known)
        return asked

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        if self.blank:
            return {"bar": shell.bar, "notice": draw.no_orders}
        return {
            "bar": shell.bar,
            "title": shell.title,
            "controls": draw.controls,
            "notice": shell.notice,
            "answer": draw.answer,
            "pareto": draw.pareto,
            "chances": draw.chances,
            "segments": draw.segments,
            "address": address.address,
            "groups": address.once_known(address.groups),
            "cohorts": cohorts.matrix,
            "repeat": cohorts.repeat,
            "trust": draw.trust,
            "reliability": draw.reliability,
            "windows": windows.windows,
            "lift": address.once_known(address.lift),
            "proven": address.once_known(address.proven),
            **({"survival": draw.survival} if held(self.store).contracts else {}),
            "definitions": draw.definitions,
            pointing.REGION: self._pointing.bar,
        }

    def draw(self, live: bool, dragging: bool = False) -> dict[str, Any]:
        """Every region; a workspace without orders says so."""
        if not self.blank:
            return super().draw(live, dragging)
        scene = self._scene(live, dragging)
        return {name: self._drawn(name, region, scene) for name, region in self.regions().items()}

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Saving whom to address, and whoever is chosen on a chart, as a segment."""
        return {"address": self._save_best, **self._pointing.acts()}

    def more_code(self) -> list[str]:
        """Who is chosen on a chart."""
        return self._pointing.code()

    def _only(self) -> dict[str, Any]:
        """A saved segment, whose customers alone the page is about."""
        named = self.state.segment in (EVERYBODY, *segments.SEGMENTS)
        return {} if named else dict(people.only(self.store, self.state.segment))

    def _rfm(self) -> dict[str, Any]:
        """An RFM segment, whose value alone is shown."""
        named = self.state.segment in segments.SEGMENTS
        return {"segment": self.state.segment} if named else {}

    def _propensity(self, known: Mapping[str, Any]) -> Ask:
        """Who will do it, by the windows that the back-test has."""
        state = self.state
        asked = {"outcome": state.outcome, "horizon_days": HORIZONS[state.horizon]}
        return Ask("customers.propensity", {**asked, **known})

    def _save_best(self, key: str, value: Any) -> None:
        """Save the likeliest customers under a name; this page stays at its data version."""
        found = self._answers.ask({"model": self.questions()["propensity"]})["model"]
        if isinstance(found, Exception):
            raise found
        best = BEST[self.state.best]
        kept = segments.address(data.open(self.store.path), found, best, str(value), key == "shared")
        self.notices = (Notice("info", text("customer_value.addressed", self.state.lang, name=kept.name)),)

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place),
            parts.notice(place),
            place("answer", "section", class_="wb-figures"),
            parts.pair(place, "pareto", "chances"),
            parts.card(place, "segments"),
            parts.card(place, "address"),
            parts.card(place, "groups"),
            parts.pair(place, "cohorts", "repeat", "wb-wider"),
            parts.pair(place, "trust", "reliability"),
            parts.card(place, "windows"),
            parts.pair(place, "lift", "proven"),
            parts.card(place, "survival") if "survival" in self.regions() else None,
            parts.foot(place),
            pointing.place(place),
        )
