"""The ledger: what was imported, whether it counts, its review, and its undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.tables.blocks import grid, head
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.review import figures, findings
from workbench.widgets.data.words import badge, count, days, foot, moment, nothing, platform, table
from workbench.widgets.scene import NOTHING, Region, Scene

SHOWN = 8
"""Imports before `show all`."""

MOST = 300
"""Imports after it; the download has every one."""


def imports(scene: Scene, may_undo: bool, asked: str, undoing: str) -> Region:
    """The newest imports, with their status, rows and days."""
    found = scene.answer("imports").to_dicts()
    if not found:
        return nothing(scene.say("imports"), scene.say("no_imports"))
    limit = SHOWN if scene.state.rows == "some" else MOST
    shown = found[:limit]
    names = ["file", "when", "status", "kind", "rows_ok", "rows_aside", "days"]
    live = scene.live
    head_row = [scene.say(name) for name in names] + ([scene.say("act")] if live else [])
    rows = [_row(scene, entry, may_undo, undoing) for entry in shown]
    confirm = next((entry for entry in shown if entry["import_id"] == asked), None)
    return Region(
        join(
            head(scene.say("imports")),
            confirm and live and _confirm(scene, confirm),
            grid(scene.say("imports"), head_row, rows, "ttttnntt"),
            foot(scene, len(shown), len(found), SHOWN),
        )
    )


def entry(scene: Scene) -> Region:
    """The review of the import that was opened in the list."""
    if not scene.state.entry:
        return NOTHING
    review = scene.answer("entry")
    if review is None:
        words = scene.say("no_entry", id=scene.state.entry[:8])
        return Region(tag("p", words, class_="wb-broken", role="status"))
    close = scene.live and button(scene.say("close_review"), "entry", scene.state.entry)
    title = head(
        scene.say("entry", file=review.file), tag("span", badge(review.status, scene), close), as_is=True
    )
    aside = tag("p", scene.say("entry_aside", id=review.import_id[:8]), class_="wb-quiet")
    parts = (figures(scene, review), findings(scene, review), bool(review.rows_quarantined) and aside)
    return Region(join(title, *parts))


def _row(scene: Scene, found: Mapping[str, Any], may_undo: bool, undoing: str) -> list[Any]:
    name = found["file"] or found["import_id"][:8]
    opener = button(name, "entry", found["import_id"], class_="wb-open", title=name) if scene.live else name
    is_report = found["table"] == "performance"
    cells = [
        opener,
        moment(found["imported_at"], scene),
        _status(scene, found),
        platform(found["source"], scene) if is_report else table(found["table"], scene),
        count(found["rows_ok"], scene),
        count(found["rows_quarantined"], scene),
        days(found["start_date"], found["end_date"], scene),
    ]
    return [*cells, _undo(scene, found, may_undo, undoing)] if scene.live else cells


def _status(scene: Scene, found: Mapping[str, Any]) -> Html:
    replaced = not found["active"] and found["status"] != "UNDONE"
    return badge("REPLACED" if replaced else found["status"], scene)


def _undo(scene: Scene, found: Mapping[str, Any], may_undo: bool, undoing: str) -> Html | str:
    if not found["active"] or not may_undo:
        return ""
    if undoing:
        busy = undoing == found["import_id"]
        return tag("span", scene.say("undoing"), class_="wb-quiet", role="status") if busy else ""
    label = scene.say("undo_of", file=found["file"] or "")
    return button(scene.say("undo"), "ask_undo", found["import_id"], class_="wb-link", aria_label=label)


def _confirm(scene: Scene, found: Mapping[str, Any]) -> Html:
    """What the undo does, before it is done."""
    ident = found["import_id"]
    says = scene.say(
        "undo_what",
        file=found["file"] or ident[:8],
        rows=count(found["rows_ok"], scene),
        days=days(found["start_date"], found["end_date"], scene),
    )
    return tag(
        "div",
        tag("p", tag("b", says)),
        tag("p", scene.say("undo_back" if found["table"] == "performance" else "undo_back_crm")),
        tag(
            "p",
            button(scene.say("undo_yes"), "undo_import", ident, class_="wb-btn wb-danger"),
            button(scene.say("undo_no"), "ask_undo", ident),
            class_="wb-next",
        ),
        class_="wb-confirm",
        role="alertdialog",
        aria_label=scene.say("undo_of", file=found["file"] or ""),
    )
