"""Size of the rule, overlap and profile of saved segments, the flow between two days, help."""

from __future__ import annotations

from typing import Any

from workbench import charts
from workbench.i18n import formats
from workbench.segments import Drift, Overlap, Size
from workbench.tables.controls import button, menu, select
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Region, Scene, figure
from workbench.widgets.segments.state import DAYS
from workbench.widgets.segments.words import purpose, way
from workbench.widgets.views import Shelf

NOTHING = Region(Html('<i hidden class="wb-none"></i>'))


def nothing(_scene: Scene) -> Region:
    """A region that a workspace without orders does not have."""
    return NOTHING


def nobody(scene: Scene) -> Region:
    """What a workspace without customers shows."""
    return Region(tag("p", scene.say("nobody_here"), class_="wb-notice wb-info", role="status"))


def count(scene: Scene) -> Region:
    """How many the rule means, exactly, while it is being written."""
    head = tag("div", tag("h2", scene.say("size")), class_="wb-head")
    if "count" not in scene.found:
        return Region(join(head, tag("p", scene.say("no_rule_yet"), class_="wb-quiet")))
    shown = formats.number(scene.answer("count"), scene.lang)
    return Region(join(head, tag("p", shown, class_="wb-value", aria_live="polite")))


def size(scene: Scene) -> Region:
    """Money and consent of the members."""
    if "size" not in scene.found:
        return NOTHING
    found: Size = scene.answer("size")
    rows = [_consent(scene, row) for row in found.consent.to_dict("records")]
    table = rows and tag(
        "table",
        tag("caption", scene.say("consent"), class_="wb-hidden"),
        tag("thead", tag("tr", [tag("th", scene.say(f"col_{name}"), scope="col")
                                for name in ("consent", "customers", "share")])),
        tag("tbody", rows),
    )  # fmt: skip
    none = tag("p", scene.say("no_consents"), class_="wb-quiet") if not rows else None
    doubts = [tag("li", doubt.sentence(scene.lang)) for doubt in found.doubts]
    doubted = doubts and tag("ul", doubts, class_="wb-notice wb-warn wb-plain", role="status")
    return Region(join(doubted, tag("p", found.sentence(scene.lang)), table, none))


def overlap(scene: Scene, shelf: Shelf, names: tuple[str, ...]) -> Region:
    """How the chosen saved segments overlap, and what each is."""
    items = (*shelf.mine, *shelf.others)
    boxes = tag("ul", [_box(item, item.name in names) for item in items], class_="wb-checks")
    pick = (
        scene.live and len(items) > 1 and menu(scene.say("choose"), boxes, name="compared", kind="wb-right")
    )
    head = tag("div", tag("h2", scene.say("overlap")), pick, class_="wb-head")
    if "overlap" not in scene.found:
        return Region(
            join(head, tag("p", scene.say("overlap_none"), class_="wb-quiet"), _profile(scene, names))
        )
    answer: Overlap = scene.answer("overlap")
    drawn = charts.overlap(answer, scene.lang, scene.live)
    said = tag("p", drawn.alt, class_="wb-say")
    shown = (figure(scene, "overlap", drawn), *_pressed(scene, "both"), _profile(scene, names))
    return Region(join(head, said, *shown), {"overlap": drawn})


def flow(scene: Scene) -> Region:
    """Who went from which RFM segment to which."""
    if "flow" not in scene.found:
        return NOTHING
    answer: Drift = scene.answer("flow")
    drawn = charts.flow(answer, scene.lang, scene.live)
    choices = [(days, scene.say("over_days", n=days)) for days in DAYS]
    pick = scene.live and select(scene.say("over"), "days", scene.state.days, choices)
    head = tag("div", tag("h2", scene.say("flow")), pick, class_="wb-head")
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    return Region(join(head, said, figure(scene, "flow", drawn), *_pressed(scene, "after")), {"flow": drawn})


def _pressed(scene: Scene, key: str) -> tuple[Html, ...]:
    """What a click on a chart sends, and the sentence that says so."""
    if not scene.live:
        return ()
    hook = button("", "down", key, class_="wb-hidden", tabindex="-1", aria_hidden="true")
    return hook, tag("p", scene.say(f"press_{key}"), class_="wb-below")


def guide(scene: Scene) -> Region:
    """What the words of the page mean."""
    terms = ("rfm", "unknown", "money", "consent", "overlap", "alike", "gate")
    rows = [tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}_term")))
            for name in terms]  # fmt: skip
    summary = tag("summary", scene.say("guide"))
    body = tag("dl", rows, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _box(item: Any, on: bool) -> Html:
    box = tag("input", type="checkbox", checked=on, data_act="compare", data_key=item.id, value=item.id)
    return tag("li", tag("label", box, tag("span", item.name)))


def _consent(scene: Scene, row: dict[Any, Any]) -> Html:
    lang = scene.lang
    name = tag(
        "th", f"{formats.capital(purpose(scene, row['purpose']))} · {way(scene, row['channel'])}", scope="row"
    )
    cells = (formats.number(row["allowed"], lang), formats.percent(row["share"], lang, 1))
    return tag("tr", name, [tag("td", cell) for cell in cells])


def _profile(scene: Scene, names: tuple[str, ...]) -> Html | None:
    """Size and money of each saved segment, with its rule."""
    if not names:
        return None
    heads = [tag("th", scene.say(f"col_{name}"), scope="col")
             for name in ("segment", "customers", "share", "money")]  # fmt: skip
    rows = [_profiled(scene, name, f"size_{number}") for number, name in enumerate(names, 1)]
    caption = scene.say("profile")
    table = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
    )
    return tag("div", table, class_="wb-scroll", tabindex="0", role="region", aria_label=caption)


def _profiled(scene: Scene, name: str, asked: str) -> Html:
    found = scene.found[asked]
    if isinstance(found, Exception):
        return tag("tr", tag("th", name, scope="row"), tag("td", scene.say("not_asked"), colspan=3))
    lang = scene.lang
    money = [formats.money(row["spent"], row["currency"], lang, short=True)
             for row in found.money.to_dict("records")]  # fmt: skip
    first = tag("th", tag("span", name, title=found.said[lang]), scope="row")
    cells = (
        formats.number(found.customers, lang),
        formats.percent(found.share, lang, 1),
        " + ".join(money) or formats.MISSING,
    )
    return tag("tr", first, [tag("td", cell) for cell in cells], data_id=f"profile-{name}")
