"""Who will buy, leave or respond: how well that is foretold, whom to address, and the way to a segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.catalogue import Metric
from workbench.customers import PropensityModel
from workbench.customers.chosen import Chosen, shown_methods
from workbench.i18n import formats
from workbench.tables.controls import select, toggle
from workbench.tables.grid import interval_bar
from workbench.tables.html import Html, join, tag
from workbench.tables.readings import Reading
from workbench.widgets import pointing, shell
from workbench.widgets.customer_value.state import BEST, OUTCOMES
from workbench.widgets.parts import below, heading, named_form, table
from workbench.widgets.scene import NOTHING, Draw, Region, Scene, figure
from workbench.widgets.slow import Pending

LEAST = 50
"""Persons of a number that is shown."""

CAME = Metric("came", "Came true", "实际发生", "percent", "higher", "outcome", "came", "came")


def once_known(draw: Draw) -> Draw:
    """A region that keeps its place while the model learns, and takes none where it cannot."""

    def drawn(scene: Scene) -> Region:
        found = scene.found["propensity"]
        if isinstance(found, Pending):
            return Region(Html(""))
        return NOTHING if isinstance(found, Exception) else draw(scene)

    return drawn


def address(scene: Scene) -> Region:
    """The question, how well it is foretold, and whom to address; or why there is no answer."""
    kinds = [(name, scene.say(f"outcome_{name}")) for name in OUTCOMES]
    chosen = dict(kinds)[scene.state.outcome]
    pick = toggle(scene.say("outcome"), "outcome", scene.state.outcome, kinds) if scene.live else chosen
    title = heading(scene.say("address"), pick)
    found = scene.found["propensity"]
    if isinstance(found, Exception):
        return Region(join(title, shell.instead(scene, found)))
    model: PropensityModel = found
    best = model.best(BEST[scene.state.best])
    lines = [
        tag("p", best.sentence(scene.lang), class_="wb-say"),
        tag("p", _usefulness(scene, model), class_="wb-quiet"),
        model.outcome == "respond" and _methods(scene, best),
        scene.live and _next(scene),
    ]
    return Region(join(title, tag("div", lines, _notes(scene, model), class_="wb-lines")))


def lift(scene: Scene) -> Region:
    """What the ranking is worth, on customers that it had not seen."""
    choices = BEST if scene.live else None
    chart = charts.lift(scene.answer("propensity"), scene.lang, best=BEST[scene.state.best], choices=choices)
    return _drawn(scene, "lift", chart, *pointing.hook(scene, "best", scene.say("press_lift"), "set"))


def proven(scene: Scene) -> Region:
    """Whether the probabilities came true."""
    return _drawn(scene, "proven", charts.reliability(scene.answer("propensity"), scene.lang))


def groups(scene: Scene) -> Region:
    """The customers of the hold-out in groups of equal size, the likeliest first."""
    model: PropensityModel = scene.answer("propensity")
    heads = [
        tag("th", scene.say(f"col_{name}"), scope="col")
        for name in ("group", "customers", "foretold", "lift", "captured")
    ]
    heads.append(tag("th", scene.say(f"col_came_{model.outcome}"), scope="col", class_="wb-wide"))
    rows = model.table
    body = [_group(scene, row, (0.0, rows["high"].max())) for row in rows.to_dict("records")]
    caption = scene.say("groups")
    return Region(join(heading(caption), table(caption, heads, body), below(scene.say("groups_about"))))


def _usefulness(scene: Scene, model: PropensityModel) -> str:
    said = model.sentence(scene.lang)
    return said if model.holdout.useful else join(scene.say("useless"), " ", said)


def _methods(scene: Scene, best: Chosen) -> Html:
    """By which method the chosen are best reached."""
    parts = [
        tag(
            "li",
            tag("b", scene.labels.get(("method", method), method)),
            " ",
            scene.say("few") if many is None else formats.number(many, scene.lang),
        )
        for method, many in shown_methods(best.table, LEAST)
    ]
    return tag("ul", parts, class_="wb-tags", aria_label=scene.say("methods"))


def _next(scene: Scene) -> Html:
    """How many to address, and the form that saves them as a segment."""
    shares = [(name, scene.say("best_of", share=name)) for name in BEST]
    pick = select(scene.say("best_share"), "best", scene.state.best, shares, "wb-strong")
    form = named_form(scene, "address", scene.say("segment_name"), scene.say("save_segment"))
    return tag("div", pick, form, class_="wb-controls")


def _notes(scene: Scene, model: PropensityModel) -> Html | None:
    lines = [tag("li", remark.sentence(scene.lang)) for remark in model.remarks]
    return tag("ul", lines, class_="wb-notes") if lines else None


def _group(scene: Scene, row: Mapping[Any, Any], ends: tuple[float, float]) -> Html:
    lang = scene.lang
    came = Reading(CAME, "", row["came"], row["low"], row["high"])
    cells = (
        formats.number(row["n"], lang),
        formats.percent(row["foretold"], lang, 1),
        f"{formats.number(row['lift'], lang, 1)}×",
        formats.percent(row["captured"], lang, 0),
    )
    shown = tag("span", came.shown(lang), tag("small", f" ({came.interval(lang)})"), class_="wb-num")
    return tag(
        "tr",
        tag("th", formats.number(row["decile"], lang), scope="row"),
        [tag("td", cell) for cell in cells],
        tag("td", interval_bar(came, ends), shown, class_="wb-wide"),
    )


def _drawn(scene: Scene, name: str, chart: charts.Chart, *more: Html) -> Region:
    """A card of one chart and a remark, whose words are those of the outcome."""
    words = scene.say(f"{name}_about")
    return Region(
        join(heading(scene.say(name)), figure(scene, name, chart), below(words), *more), {name: chart}
    )
