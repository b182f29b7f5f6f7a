"""The report on a budget plan: what was planned, what happened, and how to end on it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from workbench import plans
from workbench.i18n import formats
from workbench.plans import Judgement, SavedPlan
from workbench.plans.basis import source_label
from workbench.plans.history import called
from workbench.plans.judge import OUTSIDE
from workbench.tables.blocks import below, grid, head
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.answers import Ask
from workbench.widgets.briefs.conclusions import meanings, told
from workbench.widgets.panel import Panel
from workbench.widgets.scene import NOTHING, Draw, Layout, Region, Scene
from workbench.widgets.state import State
from workbench.widgets.traits import Setting, text_of

COLUMNS = (
    "planned_spend",
    "spend_done",
    "pacing",
    "planned_response",
    "response_done",
    "in_band",
    "per_day",
)


class PlanState(State):
    """State of the report on a plan."""

    plan = Setting(
        "", lambda _state, value: text_of(value), "Saved plan, by name or id; empty: the newest begun."
    )


class PlanReview(Panel):
    """A saved budget plan against what happened.

    Args:
        store: The store.
        settings: `plan`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "plan_review"
    kind: ClassVar[type[PlanState]] = PlanState
    charts: ClassVar[bool] = False
    state: PlanState

    @cached_property
    def plan(self) -> SavedPlan | None:
        """The plan that is reported on; None where none has begun."""
        if self.state.plan:
            return plans.read(self.store, self.state.plan)
        return plans.newest(self.store)

    def questions(self) -> dict[str, Ask]:
        """The plan against what happened."""
        plan = self.plan
        return {"judged": Ask("plans.judge", {"plan": plan.item.id})} if plan else {}

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": shell.title,
            "notice": shell.notice,
            "conclusions": conclusions,
            "judged": lambda scene: judged(scene, self.plan),
            "definitions": definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.notice(place),
            place("conclusions", class_="wb-conclusions"),
            parts.card(place, "judged"),
            parts.foot(place),
        )


def conclusions(scene: Scene) -> Region:
    """How the plan stands, and what each cell has to spend from here to end on it."""
    if "judged" not in scene.found:
        return Region(tag("div", tag("p", scene.say("none"), class_="wb-lead"), class_="wb-card"))
    found: Judgement = scene.answer("judged")
    names = names_of(scene)
    lead = tag("div", tag("p", found.sentence(scene.lang, names), class_="wb-lead"), class_="wb-card")
    steps = found.steps(scene.lang, names) or [scene.say("as_planned")]
    return Region(join(lead, tag("section", told(scene.say("brief.do"), steps), class_="wb-card")))


def judged(scene: Scene, plan: SavedPlan | None) -> Region:
    """Every cell: planned and spent, expected and come, what is left a day."""
    if plan is None or "judged" not in scene.found:
        return NOTHING
    found: Judgement = scene.answer("judged")
    unit = scene.store.metrics[plan.metric].unit
    columns = [name for name in COLUMNS if name != "in_band" or "inside" in found.table]
    rows = [_row(scene, found, row, columns, unit) for row in found.table.to_dict("records")]
    titles = [scene.shell("dim_channel"), *(scene.say(_column(name)) for name in columns)]
    days = {name: formats.date(getattr(plan, name), scene.lang) for name in ("start", "end")}
    label = source_label(found.source, scene.lang)
    about = scene.say("about", name=plan.name, **days)
    source = scene.say("budget.judged_about", source=label) if label else ""
    title = scene.say("budget.judged")
    return Region(
        join(head(title), grid(title, titles, rows, "t" + "n" * len(columns)), below(about, source))
    )


def definitions(scene: Scene) -> Region:
    """How each column is worked out."""
    if "judged" not in scene.found:
        return NOTHING
    band = ["in_band"] if "inside" in scene.answer("judged").table else []
    words = ("pacing", "planned_response", "response_done", *band, "per_day")
    terms = {scene.say(_column(name)): scene.say(f"about_{name}") for name in words}
    return meanings(scene, scene.say("definitions"), terms)


def _column(name: str) -> str:
    return "per_day" if name == "per_day" else f"budget.col_{name}"


def _row(scene: Scene, found: Judgement, row: Mapping[Any, Any], columns: list[str], unit: str) -> list[Any]:
    def money(value: float) -> str:
        return formats.money(value, found.currency, scene.lang)

    def result(value: float) -> str:
        if unit == "count":
            return formats.number(value, scene.lang)
        return formats.value(value, unit, scene.lang, found.currency)

    cells = {
        "planned_spend": money(row["planned_spend"]),
        "spend_done": money(row["spend"]),
        "pacing": formats.percent(row["pacing"], scene.lang, 0),
        "planned_response": result(row["planned_response"]),
        "response_done": result(row["response"]),
        "in_band": _inside(scene, row.get("inside")),
        "per_day": money(row["per_day"]),
    }
    outside = row["cell"] == OUTSIDE
    name = scene.say("plans.outside") if outside else called(row["cell"], names_of(scene))
    return [name, *(cells[column] for column in columns)]


def _inside(scene: Scene, inside: Any) -> str:
    known = inside is not None and inside == inside
    return scene.say("budget.band_in" if inside else "budget.band_out") if known else formats.MISSING


def names_of(scene: Scene) -> Mapping[str, str]:
    """Channel or region → shown name."""
    shown = ("region", "channel")
    return {value: words for (kind, value), words in scene.labels.items() if kind in shown}
