"""Creative fatigue: what loses its pull."""

from __future__ import annotations

from typing import Any

from workbench import charts
from workbench.compare import Comparison
from workbench.tables.controls import toggle
from workbench.tables.grid import shown_member
from workbench.tables.html import join, tag
from workbench.widgets.scene import Region, Scene, figure

SHOWN = 8
MEANINGS = {"tired": "worse", "rising": "better", "steady": "noise"}


def fatigue(scene: Scene) -> Region:
    """The creatives that fell most since they began, with intervals."""
    answer: Comparison = scene.answer("fatigue")
    known = answer.table[answer.table["verdict"] != "few"].head(SHOWN)
    chart = charts.forest(
        [_effect(row, scene) for row in known.to_dict("records")],
        scene.lang,
        title=scene.say("since_start"),
    )
    kinds = [(name, scene.store.metrics[name].title(scene.lang)) for name in ("ctr", "cvr")]
    choice = scene.live and toggle(scene.say("worn"), "worn", scene.state.worn, kinds)
    return Region(
        join(
            tag("div", tag("h2", scene.say("fatigue")), choice, class_="wb-head"),
            tag("p", answer.sentence(scene.lang), class_="wb-say"),
            figure(scene, "fatigue", chart),
            tag("p", scene.say("fatigue_about"), class_="wb-below"),
        ),
        {"fatigue": chart},
    )


def _effect(row: dict[Any, Any], scene: Scene) -> charts.Effect:
    name = shown_member(row["arm"], "creative", scene.labels, scene.lang)
    ends = (row["lift"], row["lift_low"], row["lift_high"])
    return charts.Effect(row["arm"], name, *ends, MEANINGS.get(row["verdict"], "noise"))  # type: ignore[arg-type]
