"""Reports about delivery: the executive weekly, the campaign review, an advertiser's report and proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from workbench.tables.html import Html
from workbench.widgets import parts, period_shell, shell
from workbench.widgets.answers import Ask
from workbench.widgets.briefs.conclusions import conclusions
from workbench.widgets.briefs.state import BriefState, ReviewState, WeeklyState
from workbench.widgets.budget import board, regions
from workbench.widgets.campaigns import regions as draw
from workbench.widgets.campaigns.panel import Campaigns
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.planned import once_planned
from workbench.widgets.scene import Draw, Layout, Scene

NO_ACTS = ("open", "reopen")
"""What the Campaigns panel may be asked for and a report may not."""


class Weekly(Campaigns):
    """The executive weekly: conclusions, key figures, trend, channels.

    Args:
        store: The store.
        settings: `period`, `compare`, `filters`, `metric`, `metrics`, `by`, `currency`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "weekly"
    kind: ClassVar[type[BriefState]] = WeeklyState
    late: ClassVar[Mapping[str, str]] = {}
    state: BriefState
    budget: ClassVar[bool] = False
    """Whether another split of the budget is looked for among what to do."""

    def questions(self) -> dict[str, Ask]:
        """The brief, and what stands in the pictures below it."""
        state = self.state
        asked = super().questions()
        kept = {name: asked[name] for name in ("kpis", "trend", "breakdown")}
        given = {"period": state.period, "where": state.where, "by": state.by[0], "budget": self.budget}
        given["compare"] = "" if state.compare == NO_COMPARISON else state.compare
        money = {"currency": state.currency} if state.currency else {}
        found = {name: Ask(one.question, {**one.arguments, **money}) for name, one in kept.items()}
        return {**found, "brief": Ask("findings.brief", {**given, **money})}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": self._titled,
            "controls": period_shell.controls,
            "filters": period_shell.filters,
            "notice": shell.notice,
            "conclusions": conclusions,
            "kpis": draw.kpis,
            "trend": draw.trend,
            "breakdown": draw.breakdown,
            "members": draw.members,
            "definitions": draw.definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.tools(place, filters=True),
            parts.notice(place),
            place("conclusions", class_="wb-conclusions"),
            place("kpis", "section", class_="wb-figures"),
            *self.below(place),
            parts.foot(place),
        )

    def below(self, place: Layout) -> tuple[Html, ...]:
        """What stands below the key figures."""
        return (parts.pair(place, "trend", "members"), parts.card(place, "breakdown"))

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """What steers the pictures; findings are shown with their action and open nothing."""
        return {name: act for name, act in super().acts().items() if name not in NO_ACTS}

    def _titled(self, scene: Scene) -> Any:
        return period_shell.title(replace(scene, panel=self.id))

    def _scene(self, live: bool, dragging: bool) -> Scene:
        """The scene, in the words of the Campaigns panel; the title is the report's own."""
        return replace(super()._scene(live, dragging), panel=Campaigns.id)


class CampaignReview(Weekly):
    """The campaign review: conclusions by campaign, every campaign with its change, the trend.

    Args:
        store: The store.
        settings: As the weekly's.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "campaign_review"
    kind: ClassVar[type[BriefState]] = ReviewState

    def below(self, place: Layout) -> tuple[Html, ...]:
        """What stands below the key figures: the campaigns first."""
        return (parts.pair(place, "breakdown", "members", "wb-wider"), parts.card(place, "trend"))


class AdvertiserReport(Weekly):
    """One advertiser's report, and what is proposed for its next weeks.

    Args:
        store: The store.
        settings: As the weekly's; `filters` name the advertiser.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "advertiser"
    kind: ClassVar[type[BriefState]] = BriefState

    def questions(self) -> dict[str, Ask]:
        """The report, and the budget proposed for four weeks with its bands."""
        where = {name: kept for name, kept in self.state.filters.items() if name in ("advertiser", "account")}
        given: dict[str, Any] = {"where": where}
        given |= {"currency": self.state.currency} if self.state.currency else {}
        proposed = {
            "plan": Ask("plans.propose", given),
            "uncertain": Ask("plans.propose", {**given, "draws": True}),
        }
        return super().questions() | proposed

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        proposal = {
            "proposal": regions.answer,
            "moves": regions.moves,
            "gain": regions.gain,
            "board": board.board,
        }
        found = super().regions()
        last = {"definitions": found["definitions"]}
        return {**found, **{name: _of_budget(name, drawn) for name, drawn in proposal.items()}, **last}

    def below(self, place: Layout) -> tuple[Html, ...]:
        """The report's pictures, then the proposal: its sentence, the moves, what it rests on."""
        return (
            *super().below(place),
            place("proposal", "section", class_="wb-figures"),
            parts.pair(place, "moves", "gain", "wb-wider"),
            parts.card(place, "board"),
        )


def _of_budget(name: str, drawn: Draw) -> Draw:
    """A region of the Budget panel in its words, standing still: who wants to steer it opens that page."""
    return lambda scene: once_planned(name, drawn)(replace(scene, panel="budget", live=False))
