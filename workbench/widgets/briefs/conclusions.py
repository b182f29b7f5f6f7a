"""The first card of a report: the conclusion, then what happened, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from workbench import tables
from workbench.findings import Brief
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Region, Scene


def conclusions(scene: Scene) -> Region:
    """What a manager reads first; it stands above every picture."""
    found: Brief = scene.answer("brief")
    do = tables.findings(found.to_do, scene.lang, False)
    why = found.why(scene.lang) or [scene.say("brief.no_why")]
    lead = tag("div", tag("p", found.lead(scene.lang), class_="wb-lead"), class_="wb-card")
    sides = tag(
        "div",
        tag("section", told(scene.say("brief.what"), found.what(scene.lang)), class_="wb-card"),
        tag("section", told(scene.say("brief.why"), why), class_="wb-card"),
        class_="wb-two",
    )
    todo = tag("section", _head(scene.say("brief.do")), do, class_="wb-card")
    return Region(join(lead, sides, todo))


def told(title: str, lines: list[str]) -> Html:
    """Sentences below a heading."""
    return join(_head(title), tag("ul", [tag("li", line) for line in lines], class_="wb-lines"))


def meanings(scene: Scene, title: str, terms: Mapping[str, str]) -> Region:
    """The last card of a report: how its figures are worked out.

    Args:
        scene: What is drawn.
        title: Of the card.
        terms: Word → what it means here.
    """
    lines = [tag("div", tag("dt", word), tag("dd", about)) for word, about in terms.items()]
    body = tag("dl", lines, class_="wb-defs")
    return Region(
        tag("details", tag("summary", title), body, id="wb-help", data_keep="help", open=not scene.live)
    )


def _head(title: str) -> Html:
    return tag("div", tag("h2", title), class_="wb-head")
