"""What the open file's import gives: status, counts, totals, findings, and the rows set aside."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from workbench.data import ImportReview
from workbench.i18n import text
from workbench.sources.retold import retold
from workbench.sources.review import Finding
from workbench.tables.blocks import grid, head
from workbench.tables.controls import button, check
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.advice import advice
from workbench.widgets.data.desk import Item
from workbench.widgets.data.words import badge, count, days, platform, table
from workbench.widgets.parts import MARKS
from workbench.widgets.scene import NOTHING, Region, Scene

SHOWN_ROWS = 20
SHOWN_LINES = 12
LONGEST_RAW = 160


def review(scene: Scene, item: Item | None) -> Region:
    """The review of the open file, and what can be done next."""
    if item is None:
        return NOTHING
    if not item.rests:
        return Region(join(head(item.name, as_is=True), _working(scene, item)))
    if item.review is None:
        wrong = tag("p", item.error, class_="wb-broken", role="alert")
        return Region(join(head(item.name, as_is=True), wrong))
    found = item.review
    return Region(
        join(
            head(item.name, badge(found.status, scene), as_is=True),
            tag("p", _verdict(scene, item), class_="wb-verdict"),
            figures(scene, found),
            findings(scene, found, here=item.stage == "checked"),
            _next(scene, item),
        )
    )


def aside(scene: Scene, item: Item | None) -> Region:
    """Rows that are set aside, with line, reasons and text."""
    if item is None or item.review is None or not item.rests or not item.review.rows_quarantined:
        return NOTHING
    frame = item.review.quarantine
    rows = [_set_aside(scene, row) for row in frame.head(SHOWN_ROWS).to_dict("records")]
    title = scene.say("aside_title", rows=count(item.review.rows_quarantined, scene))
    names = [scene.say("line"), scene.say("reasons"), scene.say("raw")]
    more = scene.say("aside_more", shown=len(rows), all=count(len(frame), scene))
    load = button(scene.say("aside_csv"), "download", "aside", class_="wb-link")
    foot = tag("p", tag("span", scene.say("aside_about")), len(frame) > len(rows) and tag("span", more), load,
               class_="wb-below")  # fmt: skip
    return Region(join(head(title), grid(title, names, rows, "ttt"), foot))


def _set_aside(scene: Scene, row: Mapping[Hashable, Any]) -> list[Html | str]:
    raw = tag("code", str(row["raw"])[:LONGEST_RAW])
    return [str(row["line"]), retold(str(row["reasons"]), scene.lang), raw]


def figures(scene: Scene, found: ImportReview) -> Html:
    """Counts, days and totals as a row of small figures."""
    parts: list[tuple[str, Any]] = [
        ("kind", _kind(scene, found)),
        ("rows_ok", count(found.rows_ok, scene)),
        ("rows_aside", count(found.rows_quarantined, scene)),
        ("rows_total", count(found.rows_total, scene)),
        ("totals", _totals(scene, found)),
        ("days", days(*found.period, scene) if found.period else None),
    ]
    shown = [tag("div", tag("dt", scene.say(name)), tag("dd", value)) for name, value in parts if value]
    return tag("dl", shown, class_="wb-facts")


def findings(scene: Scene, found: ImportReview, here: bool = False) -> Html:
    """The findings, the worst first, with what to do and the lines.

    Args:
        scene: What is drawn from.
        found: The review.
        here: Whether the file is open, with its controls beside the review.
    """
    order = {"FAIL": 0, "REVIEW": 1, "PASS": 2}
    ranked = sorted(found.findings, key=lambda item: order[item.status])
    return tag("ol", [_finding(scene, item, here) for item in ranked], class_="wb-find wb-told")


def _finding(scene: Scene, item: Finding, here: bool) -> Html:
    sentence, action = item.told(scene.lang)
    advised = advice(scene, item, here) or action
    look, mark = MARKS[item.status]
    shown = ", ".join(map(str, item.lines[:SHOWN_LINES]))
    lines = f"{shown} …" if len(item.lines) > SHOWN_LINES else shown
    key = "sources.lines" if len(item.lines) > 1 else "sources.line"
    return tag(
        "li",
        tag("span", mark, class_=f"wb-mark wb-{look}", aria_hidden="true"),
        tag(
            "div",
            tag("p", sentence, class_="wb-say" if item.status != "PASS" else None),
            bool(advised) and tag("p", advised, class_="wb-ev"),
            bool(lines) and tag("p", text(key, scene.lang, lines=lines), class_="wb-ev"),
        ),
    )


def _working(scene: Scene, item: Item) -> Html:
    return tag("p", tag("i", class_="wb-spin", aria_hidden="true"), scene.say(f"stage_{item.stage}"),
               class_="wb-working", role="status")  # fmt: skip


def _verdict(scene: Scene, item: Item) -> str:
    assert item.review is not None
    if item.stage == "imported":
        key = "done_unchanged" if item.review.unchanged else "done"
        return scene.say(key, rows=count(item.review.rows_ok, scene), version=scene.store.version)
    if item.can_accept:
        return scene.say("verdict_suggest")
    key = "unchanged" if item.review.unchanged else item.review.status.lower()
    return scene.say(f"verdict_{key}", rows=count(item.review.rows_ok, scene))


def _next(scene: Scene, item: Item) -> Html | None:
    if item.stage == "imported":
        return tag("p", button(scene.say("close_file"), "close", str(item.number)), class_="wb-next")
    if item.can_accept:
        return tag("p", button(scene.say("accept"), "accept", class_="wb-btn wb-main"), class_="wb-next")
    if not item.can_import or (item.review and item.review.unchanged):
        return None
    bring = button(scene.say("import"), "import", class_="wb-btn wb-main")
    keep = check("remember", "", "on", scene.say("remember"), item.remember)
    return tag("p", bring, bool(item.choices.columns or item.choices.given) and keep, class_="wb-next")


def _kind(scene: Scene, found: ImportReview) -> str | None:
    if not found.table and not found.source:
        return None
    is_report = found.table == "performance" or not found.table
    return platform(found.source, scene) if is_report else table(found.table, scene)


def _totals(scene: Scene, found: ImportReview) -> Html | None:
    if found.reconciled is None:
        return None
    key, look = ("agree", "good") if found.reconciled else ("differ", "bad")
    return tag("span", scene.say(f"totals_{key}"), class_=f"wb-badge wb-{look}")
