"""Where the rule's customers are found more than customers in general: a map, and cells as segments."""

from __future__ import annotations

from workbench import charts
from workbench.segments import TargetMarket
from workbench.segments.naming import feature
from workbench.tables.controls import button, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import pointing, shell
from workbench.widgets.parts import below, heading, side_by_side
from workbench.widgets.scene import NOTHING, Region, Scene, figure
from workbench.widgets.segments import words


def market(scene: Scene) -> Region:
    """The question, or its answer; a report shows it only where it was asked."""
    if not scene.live and "market" not in scene.found:
        return NOTHING
    title = scene.say("market")
    if "market" not in scene.found:
        ask = scene.state.tree is not None and button(
            scene.say("market_ask"), "set", "market", "yes", class_="wb-btn wb-main"
        )
        return Region(join(heading(title, ask), tag("p", scene.say("market_why"), class_="wb-quiet")))
    found = scene.found["market"]
    if isinstance(found, Exception):
        return Region(join(heading(title, _no_more(scene)), shell.instead(scene, found)))
    answer: TargetMarket = found
    habit = answer.by[1] if len(answer.by) > 2 else ""
    level = answer.shown_level(scene.state.habit)
    chart = charts.index_map(answer, scene.lang, {habit: level} if habit else None, scene.live)
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    notes = [tag("li", remark.sentence(scene.lang)) for remark in answer.remarks]
    return Region(
        join(
            heading(title, scene.live and side_by_side(_controls(scene, answer, level), _no_more(scene))),
            said,
            figure(scene, "market", chart),
            below(scene.say("market_about")),
            *pointing.hook(scene, "market", scene.say("press_market")),
            tag("ul", notes, class_="wb-notes") if notes else None,
        ),
        {"market": chart},
    )


def _controls(scene: Scene, answer: TargetMarket, level: str) -> Html:
    """Rows, columns, and of a third dimension its value."""
    traits, (down, *_, across) = answer.traits, answer.by
    rows = [
        (f"{name},{across}", words.capital(feature(name, scene.lang))) for name in traits if name != across
    ]
    columns = [
        (f"{down},{name}", words.capital(feature(name, scene.lang))) for name in traits if name != down
    ]
    now = f"{down},{across}"
    return join(
        select(scene.say("market_rows"), "market_by", now, rows),
        tag("span", "×", aria_hidden="true", class_="wb-quiet"),
        select(scene.say("market_columns"), "market_by", now, columns),
        len(answer.by) > 2 and _levels(scene, answer, level),
    )


def _levels(scene: Scene, answer: TargetMarket, level: str) -> Html:
    middle = answer.by[1]
    known = dict.fromkeys(answer.table[middle])
    levels = [(str(value), answer.level(middle, value, scene.lang)) for value in known]
    return select(feature(middle, scene.lang), "habit", level, levels)


def _no_more(scene: Scene) -> Html | bool:
    return scene.live and button(scene.say("alike_close"), "set", "market", "no", class_="wb-link")
