"""The report on data quality: whether the figures can be trusted, and what to do where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from workbench.i18n import formats
from workbench.quality import DataReview, Thresholds
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.briefs.conclusions import meanings, told
from workbench.widgets.data import holdings, ledger
from workbench.widgets.data.advice import advice
from workbench.widgets.data.panel import Data
from workbench.widgets.scene import Draw, Layout, Region, Scene


class DataQuality(Data):
    """Whether the data can be reported on: the verdict, what to do, every area, freshness, imports.

    Args:
        store: The store.
        settings: `rows`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "data_quality"

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        return {
            "bar": shell.bar,
            "title": lambda scene: shell.title(replace(scene, panel=self.id), actions=("download", "code")),
            "notice": shell.notice,
            "conclusions": conclusions,
            "trust": holdings.trust,
            "freshness": holdings.freshness,
            "imports": lambda scene: ledger.imports(scene, False, "", ""),
            "contents": holdings.contents,
            "definitions": definitions,
        }

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        return parts.page(
            place,
            parts.notice(place),
            place("conclusions", class_="wb-conclusions"),
            parts.card(place, "trust"),
            parts.card(place, "freshness"),
            parts.pair(place, "imports", "contents"),
            parts.foot(place),
        )

    def _scene(self, live: bool, dragging: bool) -> Scene:
        """The scene, in the words of the Data panel."""
        return replace(super()._scene(live, dragging), panel=Data.id)


def conclusions(scene: Scene) -> Region:
    """Status and freshness in a sentence, and what is to be done."""
    found: DataReview = scene.answer("trust")
    lead = scene.say(f"data_quality.lead_{found.status.lower()}", about=found.fresh(scene.lang))
    todo = [_said(scene, item) for item in found.items if item.status != "PASS"]
    card = tag("div", tag("p", lead, class_="wb-lead"), class_="wb-card")
    if not todo:
        return Region(card)
    return Region(join(card, tag("section", told(scene.say("brief.do"), todo), class_="wb-card")))


def definitions(scene: Scene) -> Region:
    """What the words mean, and from where on something is said."""
    limits = Thresholds()
    shown = {
        "present": formats.percent(limits.present, scene.lang, 0),
        "window": limits.window,
        "late": limits.late,
        "ended": limits.ended,
    }
    terms = {
        scene.say(f"data_quality.word_{name}"): scene.say(f"data_quality.about_{name}", **shown)
        for name in ("status", "missing", "behind", "aside")
    }
    return meanings(scene, scene.say("data_quality.definitions"), terms)


def _said(scene: Scene, item: Any) -> str:
    joint = "" if scene.lang == "zh" else " "
    action = advice(scene, item.finding, here=False) or item.action(scene.lang)
    return joint.join(part for part in (item.sentence(scene.lang), action) if part)
