"""Who comes back: retention by cohort, with the way from a cell to a segment, and the repeat rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.catalogue import Metric
from workbench.i18n import formats
from workbench.segments import Cohorts
from workbench.tables.controls import toggle
from workbench.tables.grid import interval_bar
from workbench.tables.html import Html, join, tag
from workbench.tables.readings import Reading
from workbench.widgets import pointing
from workbench.widgets.customer_value.state import UNITS
from workbench.widgets.parts import below, heading, table
from workbench.widgets.scene import Region, Scene, figure

NEWEST = 12
"""Cohorts in the table."""
REPEAT = Metric("repeat", "Repeat rate", "复购率", "percent", "higher", "outcome", "repeat", "repeat")


def matrix(scene: Scene) -> Region:
    """Who orders again in which period; a click on a cell or a drag means its customers."""
    answer: Cohorts = scene.answer("cohorts")
    kinds = [(unit, scene.say(f"unit_{unit}")) for unit in UNITS]
    pick = scene.live and toggle(scene.say("unit"), "unit", scene.state.unit, kinds)
    chart = charts.retention(answer, scene.lang, scene.live)
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    more = pointing.hook(scene, "cohorts", scene.say("press_cell"))
    about = below(scene.say("cohorts_about"))
    inside = join(heading(scene.say("cohorts"), pick), said, figure(scene, "cohorts", chart), about, *more)
    return Region(inside, {"cohorts": chart})


def repeat(scene: Scene) -> Region:
    """Of whom a second order came in time, the newest cohort first, and of everybody."""
    answer: Cohorts = scene.answer("cohorts")
    rows = answer.repeat_shown(NEWEST).to_dict("records")
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in ("cohort", "customers")]
    heads.append(tag("th", scene.say("col_repeat", n=answer.within), scope="col", class_="wb-wide"))
    ends = (0.0, max([row["high_within"] for row in rows if row["followed"]], default=1.0))
    body = [_row(scene, answer, row, ends) for row in rows]
    caption = scene.say("repeat")
    words = below(scene.say("repeat_about", n=answer.within))
    return Region(join(heading(caption), table(caption, heads, body), words))


def _row(scene: Scene, answer: Cohorts, row: Mapping[Any, Any], ends: tuple[float, float]) -> Html:
    lang = scene.lang
    name = scene.say("all_cohorts") if row["cohort"] is None else answer.name(row["cohort"], lang)
    cells = [tag("td", formats.number(row["customers"], lang))]
    if row["followed"]:
        rate = Reading(REPEAT, "", row["repeat_rate_within"], row["low_within"], row["high_within"])
        shown = tag("span", rate.shown(lang), tag("small", f" ({rate.interval(lang)})"), class_="wb-num")
        cells.append(tag("td", interval_bar(rate, ends), shown, class_="wb-wide"))
    else:
        cells.append(tag("td", tag("span", scene.say("too_young"), class_="wb-quiet"), class_="wb-wide"))
    return tag("tr", tag("th", name, scope="row"), cells)
