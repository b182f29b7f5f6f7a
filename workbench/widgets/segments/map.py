"""The RFM map: cells to choose from by pointer, and the same as boxes to tick."""

from __future__ import annotations

from typing import Any

from workbench import charts
from workbench.i18n import formats
from workbench.segments import RfmMap
from workbench.tables.controls import button, check, toggle
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets.scene import Region, Scene, figure
from workbench.widgets.segments.state import MEASURES


def chart(scene: Scene) -> Region:
    """Customers or money by recency and frequency."""
    if "map" not in scene.found:
        return _nothing(scene)
    answer: RfmMap = scene.answer("map")
    state = scene.state
    drawn = charts.rfm_map(answer, scene.lang, state.measure, state.picks, scene.live)
    kinds = [(name, scene.say(f"by_{name}")) for name in MEASURES]
    choice = scene.live and toggle(scene.say("by"), "measure", state.measure, kinds)
    head = tag("div", tag("h2", scene.say("map")), choice, class_="wb-head")
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    hook = scene.live and button("", "down", "cell", class_="wb-hidden", tabindex="-1", aria_hidden="true")
    hint = tag("p", scene.say("map_hint"), class_="wb-below") if scene.live else None
    others = [remark.sentence(scene.lang) for remark in answer.remarks if remark.code == "others"]
    foot = tag("p", others, class_="wb-below") if others else None
    return Region(join(head, said, hook, figure(scene, "map", drawn), hint, foot), {"map": drawn})


def table(scene: Scene) -> Region:
    """The named segments as rows, with a box each, and what becomes of the choice."""
    if "map" not in scene.found:
        return Region(Html('<i hidden class="wb-none"></i>'))
    answer: RfmMap = scene.answer("map")
    names = ("customers", "share", "money", "money_share")
    heads = [tag("th", scene.say("segment"), scope="col"),
             *(tag("th", scene.say(f"col_{name}"), scope="col") for name in names)]  # fmt: skip
    rows = [_row(scene, answer, row) for row in answer.segments.to_dict("records")]
    caption = scene.say("named")
    body = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
    )
    scroll = tag("div", body, class_="wb-scroll", tabindex="0", role="region", aria_label=caption)
    head = tag("div", tag("h2", caption), class_="wb-head")
    return Region(join(head, scroll, scene.live and _cells(scene, answer), scene.live and _next(scene)))


def _row(scene: Scene, answer: RfmMap, row: dict[Any, Any]) -> Html:
    segment, lang = row["segment"], scene.lang
    name = answer.name(segment, lang)
    on = segment in scene.state.picks
    words = tag("span", name, title=answer.label(segment, lang))
    first = check("pick", "", segment, words, on) if scene.live else words
    cells = (
        formats.number(row["customers"], lang),
        formats.percent(row["share"], lang, 1),
        formats.money(row["money"], answer.currency, lang, short=True),
        formats.percent(row["money_share"], lang, 1),
    )
    return tag(
        "tr",
        tag("th", first, scope="row", class_="wb-tick"),
        [tag("td", cell) for cell in cells],
        class_="wb-picked" if on else None,
        data_id=f"segment-{segment}",
    )


def _cells(scene: Scene, answer: RfmMap) -> Html:
    """Every cell as a box: what a pointer does on the map, by keyboard."""
    there = answer.cells[answer.cells["customers"] > 0].to_dict("records")
    boxes = [
        tag("li", check("pick", "", row["cell"], _cell(scene, answer, row), row["cell"] in scene.state.picks))
        for row in there
    ]
    summary = tag("summary", scene.say("cells"), hidden(f" ({len(boxes)})"), class_="wb-quiet")
    inner = tag("ul", boxes, class_="wb-checks wb-cells")
    return tag("details", summary, inner, data_keep="cells", class_="wb-bin")


def _cell(scene: Scene, answer: RfmMap, row: dict[Any, Any]) -> str:
    bounds = {
        "recency": answer.bound("recency_days", row["r"], scene.lang),
        "frequency": answer.bound("frequency", row["f"], scene.lang),
    }
    count = formats.number(row["customers"], scene.lang)
    return scene.say("cell", name=answer.name(row["segment"], scene.lang), customers=count, **bounds)


def _next(scene: Scene) -> Html:
    """What can be done with the choice."""
    picks = scene.state.picks
    if not picks:
        return tag("p", scene.say("pick_hint"), class_="wb-below")
    rule = scene.state.tree is not None
    take = button(scene.say("take"), "take", class_="wb-btn wb-main")
    add = rule and button(scene.say("take_add"), "take", "add")
    none = button(scene.say("unpick"), "unpick", class_="wb-link")
    return tag("p", take, add, none, class_="wb-next")


def _nothing(scene: Scene) -> Region:
    head = tag("div", tag("h2", scene.say("map")), class_="wb-head")
    return Region(join(head, tag("p", scene.say("map_nobody"), class_="wb-notice wb-info", role="status")))
