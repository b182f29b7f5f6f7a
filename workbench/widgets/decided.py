"""What was decided about findings: the list of a page, what a decision keeps away, and the way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from workbench import findings
from workbench.i18n import formats
from workbench.tables.controls import button
from workbench.tables.html import Html, tag

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.findings import Decision, Finding
    from workbench.widgets.scene import Scene

MARKS = {"better": ("good", "▲"), "worse": ("bad", "▼"), "same": ("info", "≈"), "early": ("info", "…")}
"""Outcome → look and sign."""


def known(scene: Scene) -> tuple[tuple[Decision, ...], Any, Any]:
    """Decisions, the first day that the page shows, and the last day of data."""
    return findings.decisions(scene.store), scene.answer("kpis").period.start, scene.store.as_of


def row(scene: Scene, made: Decision, followed: Any = None) -> Html:
    """One decision: what the finding said, who decided what, what followed, and the way back.

    Args:
        scene: What is drawn.
        made: The decision.
        followed: What followed it; None where that is not known.
    """
    look, mark = MARKS[followed.verdict] if followed else ("info", "●")
    taken_back = scene.live and scene.saves
    return tag(
        "li",
        tag("span", mark, class_=f"wb-mark wb-{look}", aria_hidden="true"),
        tag(
            "div",
            tag("p", made.sentence.get(scene.lang, made.finding), class_="wb-say"),
            tag("p", _said(scene, made), class_="wb-ev"),
            made.note and tag("p", made.note, class_="wb-ev"),
            followed and tag("p", followed.sentence(scene.lang), class_="wb-ev"),
        ),
        tag(
            "div",
            taken_back and button(scene.say("home.reopen"), "reopen", made.finding, class_="wb-link"),
            class_="wb-act",
        ),
        data_id=f"decided-{made.finding}",
    )


def away(
    answer: Iterable[Finding], made: Iterable[Decision], start: dt.date, as_of: dt.date
) -> list[Decision]:
    """The decisions that keep findings of a list away, in the order of the list.

    Args:
        answer: The findings. made: Decisions. start: First day that the page shows. as_of: Last day of data.
    """
    hiding = {one.finding: one for one in made if one.hides(start, as_of)}
    return [hiding[item.id] for item in answer if item.id in hiding]


def folded(scene: Scene, made: list[Decision]) -> Html | None:
    """Decisions that keep findings of a list away, folded below it; None where there are none."""
    if not made:
        return None
    words = tag("summary", scene.say("home.decided_away", n=formats.number(len(made), scene.lang)))
    rows = tag("ol", [row(scene, one) for one in made], class_="wb-find")
    return tag("details", words, rows, class_="wb-away", data_keep="away", open=not scene.live)


def acts(store: Callable[[], Store]) -> Mapping[str, Callable[[str, Any], None]]:
    """What a page may ask for that shows decisions: taking one back.

    Args:
        store: Gives the page's store.
    """
    return {"reopen": lambda key, _value: findings.reopen(store(), key)}


def _said(scene: Scene, made: Decision) -> str:
    until = {"day": formats.date(made.until, scene.lang)} if made.until else {}
    when = {"day": formats.date(made.day, scene.lang)}
    by = (
        scene.say("home.decided_by", who=made.who, **when)
        if made.who
        else scene.say("home.decided_on", **when)
    )
    return " · ".join([scene.say(f"home.decided_{made.choice}", **until), by])
