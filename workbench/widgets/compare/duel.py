"""Two members head to head, and the funnel of the first."""

from __future__ import annotations

from typing import Any

from workbench import charts
from workbench.compare import Comparison
from workbench.compare.words import Figure
from workbench.i18n import formats
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets.compare.ranking import MEANINGS, chip, lift, shown
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

METRICS = ("roas", "cpa", "cvr", "ctr", "aov")
"""Ratios of a head to head, beside the chosen one."""


def duel(scene: Scene) -> Region:
    """Two chosen members in several metrics, or how to choose them."""
    title = heading(scene.say("duel"), scene.live and scene.state.pair and _release(scene))
    if "duel" not in scene.found:
        return Region(join(title, tag("p", scene.say("duel_none"), class_="wb-quiet")))
    answer: Comparison = scene.answer("duel")
    chart = charts.forest([_effect(row, scene) for row in answer.table.to_dict("records")], scene.lang)
    return Region(
        join(
            title,
            tag("p", answer.sentence(scene.lang), class_="wb-say"),
            tag("div", figure(scene, "duel", chart), _table(answer, scene), class_="wb-beside"),
            tag("p", scene.say("duel_hint"), class_="wb-below") if scene.live else None,
        ),
        {"duel": chart},
    )


def funnel(scene: Scene) -> Region:
    """From impressions to revenue: each step's rate beside that of the others."""
    answer: Comparison = scene.answer("funnel")
    member = answer.details["member"]
    name = shown(member, scene) if member else scene.say("everything")
    rows = answer.table.to_dict("records")
    table = _steps_table([_step(row, answer, scene) for row in rows], scene, bool(member))
    steps = tag("div", table, class_="wb-scroll", tabindex="0")
    return Region(
        join(
            heading(scene.say("funnel", member=name)),
            tag("p", answer.sentence(scene.lang), class_="wb-say"),
            tag("div", _sums(answer, scene), steps, class_="wb-beside"),
        )
    )


def _release(scene: Scene) -> Html:
    return tag("span", [button(("× ", shown(name, scene)), "pick", "", name) for name in scene.state.pair])


def _effect(row: dict[Any, Any], scene: Scene) -> charts.Effect:
    name = scene.store.metrics[row["metric"]].label(scene.lang, short=True)
    meaning = MEANINGS.get(row["verdict"], "noise")
    ends = (row["lift"], row["lift_low"], row["lift_high"])
    return charts.Effect(row["metric"], name, *ends, meaning)  # type: ignore[arg-type]


def _table(answer: Comparison, scene: Scene) -> Html:
    heads = [
        scene.say("head_metric"),
        *(shown(name, scene) for name in answer.details["pair"]),
        scene.say("head_verdict"),
    ]
    body = []
    for row in answer.table.to_dict("records"):
        unit, lang = answer.units[row["metric"]], scene.lang
        values = [Figure(row[name], unit, answer.currency).shown(lang) for name in ("mean", "mean_control")]
        label = scene.store.metrics[row["metric"]].label(lang, short=True)
        cells = [tag("td", value) for value in values]
        body.append(tag("tr", tag("th", label, scope="row"), cells, tag("td", chip(row["verdict"], scene))))
    head = tag("tr", [tag("th", words, scope="col") for words in heads])
    return tag("div", tag("table", tag("thead", head), tag("tbody", body)), class_="wb-scroll", tabindex="0")


def _sums(answer: Comparison, scene: Scene) -> Html:
    """Counts and revenue along the funnel."""
    known = scene.store.metrics
    parts = []
    for name in ("impressions", "clicks", "conversions", "revenue"):
        metric = known[name]
        value = formats.value(
            answer.details["sums"][name], metric.unit, scene.lang, answer.currency, short=True
        )
        words = metric.label(scene.lang, short=True)
        parts.append(tag("li", tag("span", words, class_="wb-quiet"), tag("b", value)))
    return tag("ol", parts, class_="wb-funnel")


def _step(row: dict[Any, Any], answer: Comparison, scene: Scene) -> Html:
    unit, lang = answer.units[row["metric"]], scene.lang
    rate = Figure(row["mean"], unit, answer.currency, row["level_low"], row["level_high"])
    plain = Figure(row["mean"], unit, answer.currency).shown(lang)
    other = Figure(row["mean_control"], unit, answer.currency).shown(lang)
    apart = lift(row, lang) if row["lift"] == row["lift"] else formats.MISSING
    label = scene.store.metrics[row["metric"]].label(lang, short=True)
    interval = tag("small", rate.shown(lang).removeprefix(plain))
    beside = (tag("td", other), tag("td", apart)) if answer.details["member"] else None
    cells = (tag("td", tag("span", plain, interval, class_="wb-num")), beside)
    return tag("tr", tag("th", label, scope="row"), cells)


def _steps_table(rows: list[Html], scene: Scene, compared: bool) -> Html:
    names = ("step", "rate", *(("others", "difference") if compared else ()))
    heads = [scene.say(f"head_{name}") for name in names]
    head = tag("tr", [tag("th", words, scope="col") for words in heads])
    return tag("table", tag("thead", head), tag("tbody", rows))
