"""Scenarios side by side, the saved plans with what an owner may do, and how the open one did."""

from __future__ import annotations

from typing import Any

from workbench import plans
from workbench.i18n import formats
from workbench.plans import Judgement, Proposal, SavedPlan
from workbench.plans.basis import source_label
from workbench.plans.judge import OUTSIDE
from workbench.tables.controls import button, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, views_menu
from workbench.widgets.budget import board
from workbench.widgets.budget.board import money, shown
from workbench.widgets.budget.regions import cost
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene
from workbench.widgets.views import Shelf

COLUMNS = ("scenario", "spend", "plain_response", "response_change", "cost_each", "source")
JUDGED = ("planned_spend", "spend_done", "pacing", "planned_response", "response_done", "in_band")


def scenarios(scene: Scene, shelf: Shelf, base: SavedPlan | None) -> Region:
    """Today, this plan and saved ones side by side; keeping this one and opening another."""
    found: Proposal = scene.answer("plan")
    kept = plans.alike(scene.store, found)
    table = plans.scenarios(found, kept).table.to_dict("records")
    names = {
        "today": scene.say("scenario_today"),
        "plan": scene.say("scenario_plan"),
        **{item.item.id: item.name for item in kept},
    }
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in COLUMNS]
    body = [_scenario(scene, names[row["scenario"]], row) for row in table]
    caption = scene.say("scenarios")
    return Region(
        join(
            heading(caption),
            parts.table(caption, heads, body),
            scene.live and _open(scene, base),
            scene.live and tag("div", views_menu.saver(scene, shelf), class_="wb-keep"),
            scene.live and _shelf(scene, shelf),
        )
    )


def judged(scene: Scene, base: SavedPlan | None) -> Region:
    """The plan that is open against what happened."""
    title = heading(scene.say("judged"))
    if base is None and not scene.live:
        return Region(Html('<i hidden class="wb-none"></i>'))  # nothing can be opened on paper
    if "judged" not in scene.found:
        day = formats.date(base.start, scene.lang) if base else ""
        words = scene.say("judged_later", day=day) if base else scene.say("judged_none")
        return Region(join(title, tag("p", words, class_="wb-quiet")))
    answer: Judgement = scene.answer("judged")
    columns = [name for name in JUDGED if name != "in_band" or "inside" in answer.table]
    heads = [tag("th", scene.shell("dim_channel"), scope="col")]
    heads += [tag("th", scene.say(f"col_{name}"), scope="col") for name in columns]
    body = [_judged(scene, row, columns) for row in answer.table.to_dict("records")]
    label = source_label(answer.source, scene.lang)
    source = tag("p", scene.say("judged_about", source=label), class_="wb-below") if label else None
    said = tag("p", answer.sentence(scene.lang, board.names_of(scene)), class_="wb-say")
    return Region(join(title, said, parts.table(scene.say("judged"), heads, body), source))


def _scenario(scene: Scene, name: str, row: Any) -> Html:
    own = row["scenario"] in ("today", "plan")
    label = source_label(row["source"], scene.lang)
    opener = name if own or not scene.live else button(name, "plan_view", row["scenario"], class_="wb-link")
    return tag(
        "tr",
        tag("th", opener, scope="row", title=name),
        tag("td", money(scene, row["spend"])),
        tag("td", shown(scene, row["response"])),
        tag("td", "+" if row["response_change"] > 0 else None, shown(scene, row["response_change"])),
        tag("td", cost(scene, row["cost_per_response"])),
        tag("td", label, class_="wb-quiet"),
        data_id=f"scenario-{row['scenario']}",
    )


def _open(scene: Scene, base: SavedPlan | None) -> Html | None:
    """Which plan is open, in which version."""
    if base is None:
        return None
    days = {name: formats.date(getattr(base, name), scene.lang) for name in ("start", "end")}
    words = tag("span", scene.say("is_open", name=base.name, **days))
    older = None if base.data_version in (None, scene.store.version) else _older(scene, base)
    close = button(scene.say("close_plan"), "plan_close")
    return tag("div", words, _versions(scene, base), close, older, class_="wb-line wb-opened")


def _versions(scene: Scene, base: SavedPlan) -> Html | None:
    if len(base.versions) < 2:
        return None
    numbered = list(enumerate(base.versions, 1))
    choices = [(str(revision), scene.say("version", number=at)) for at, revision in numbered]
    label = scene.say("versions")
    return select(label, base.item.id, str(base.revision), choices[::-1], act="plan_version")


def _older(scene: Scene, base: SavedPlan) -> Html:
    words = scene.say("older_data", then=base.data_version, now=scene.store.version)
    return tag("p", words, class_="wb-quiet")


def _shelf(scene: Scene, shelf: Shelf) -> Html:
    count = len((*shelf.mine, *shelf.others))
    summary = tag("summary", scene.say("saved_plans", count=count))
    return tag("details", summary, views_menu.listed(scene, shelf), data_keep="plans", class_="wb-cells")


def _judged(scene: Scene, row: Any, columns: list[str]) -> Html:
    outside = row["cell"] == OUTSIDE
    name = scene.say("plans.outside") if outside else board.cell(scene, row["cell"])
    cells = {
        "planned_spend": money(scene, row["planned_spend"]),
        "spend_done": money(scene, row["spend"]),
        "pacing": formats.percent(row["pacing"], scene.lang, 0),
        "planned_response": shown(scene, row["planned_response"]),
        "response_done": shown(scene, row["response"]),
        "in_band": _inside(scene, row.get("inside")),
    }
    return tag("tr", tag("th", name, scope="row"), [tag("td", cells[column]) for column in columns])


def _inside(scene: Scene, inside: Any) -> str:
    known = inside is not None and inside == inside
    return scene.say("band_in" if inside else "band_out") if known else formats.MISSING
