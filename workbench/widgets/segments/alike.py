"""Who resembles the customers of the rule: what that is worth, what it goes by, the way to a segment."""

from __future__ import annotations

from workbench import charts
from workbench.segments import Lookalikes
from workbench.tables.controls import button, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import pointing, shell
from workbench.widgets.parts import below, heading, named_form
from workbench.widgets.scene import NOTHING, Region, Scene, figure
from workbench.widgets.segments.shares import BEST, USUAL

DRIVERS = 6


def alike(scene: Scene) -> Region:
    """The question, or its answer; a report shows it only where it was asked."""
    if not scene.live and "alike" not in scene.found:
        return NOTHING
    title = scene.say("alike")
    if "alike" not in scene.found:
        return Region(
            join(heading(title, _asking(scene)), tag("p", scene.say("alike_why"), class_="wb-quiet"))
        )
    found = scene.found["alike"]
    if isinstance(found, Exception):
        return Region(join(heading(title, _no_more(scene)), shell.instead(scene, found)))
    answer: Lookalikes = found
    choices = BEST if scene.live else None
    chart = charts.lift(answer, scene.lang, best=BEST[scene.state.alike], choices=choices)
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    inside = join(
        heading(title, _no_more(scene)),
        said,
        figure(scene, "alike", chart),
        below(scene.say("alike_about")),
        *pointing.hook(scene, "alike", scene.say("press_alike"), "set"),
        _drivers(scene, answer),
        _doubts(scene, answer),
        scene.live and _next(scene),
    )
    return Region(tag("div", inside, class_="wb-lines"), {"alike": chart})


def _asking(scene: Scene) -> Html | None:
    """The button that asks; none without a rule."""
    if scene.state.tree is None:
        return None
    return button(scene.say("alike_ask"), "set", "alike", USUAL, class_="wb-btn wb-main")


def _no_more(scene: Scene) -> Html | bool:
    return scene.live and button(scene.say("alike_close"), "set", "alike", "none", class_="wb-link")


def _drivers(scene: Scene, answer: Lookalikes) -> Html:
    parts = [tag("li", words) for words in answer.traits(scene.lang, DRIVERS)]
    return tag("div", tag("h3", scene.say("alike_traits")), tag("ul", parts, class_="wb-notes"))


def _doubts(scene: Scene, answer: Lookalikes) -> Html | None:
    lines = [tag("li", remark.sentence(scene.lang)) for remark in answer.remarks]
    return tag("ul", lines, class_="wb-notes") if lines else None


def _next(scene: Scene) -> Html:
    """How many to take, and the form that saves them as a segment."""
    shares = [(name, scene.say("alike_of", share=name)) for name in BEST]
    pick = select(scene.say("alike_share"), "alike", scene.state.alike, shares, "wb-strong")
    form = named_form(scene, "alike", scene.say("alike_name"), scene.say("alike_save"))
    return tag("div", pick, form, class_="wb-controls")
