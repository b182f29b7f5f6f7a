"""The ranked work list of the Contacts panel: reasons, and names and numbers for whoever may open them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.i18n import formats
from workbench.plans.contacts import ContactProposal, WorkList
from workbench.plans.contacts.listing import Listing
from workbench.tables.controls import button, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts
from workbench.widgets.contacts.board import amount, method
from workbench.widgets.scene import File, Region, Scene

TYPES = {"csv": "text/csv;charset=utf-8", "ics": "text/calendar;charset=utf-8"}


def listed(scene: Scene, opened: WorkList | None, may_open: bool) -> Region:
    """One page of the list; in a report a sentence, for it has no customer."""
    found: ContactProposal = scene.answer("plan")
    title = scene.say("list")
    if not scene.live:
        return Region(join(parts.heading(title), tag("p", scene.say("list_report"), class_="wb-quiet")))
    state = scene.state
    page = opened.listed(state.page) if opened else found.listed(state.marketer, state.page)
    names = ("day", "time", "customer", *(("name", "phone", "email") if opened else ()), "method",
             *(() if state.marketer else ("marketer",)), "value", "reason")  # fmt: skip
    heads = [
        tag("th", scene.say(f"col_{name}"), scope="col", class_="wb-left" if name != "value" else None)
        for name in names
    ]
    body = [_row(scene, found, row, names) for row in page.rows.to_dict("records")]
    return Region(
        join(
            parts.heading(title, _whose(scene, found)),
            _gate(scene, opened, may_open),
            parts.table(title, heads, body, "wb-stack"),
            _pages(scene, page),
            tag("p", scene.say("list_about"), class_="wb-below"),
        )
    )


def file(found: WorkList, name: str, lang: str, labels: Mapping[Any, str]) -> File:
    """The open list as a file."""
    content = found.to_csv(lang, labels) if name == "csv" else found.to_ical(lang, labels)
    plan = found.found
    return File(f"contacts-{found.marketer}-{plan.start}_{plan.end}.{name}", TYPES[name], content,
                len(found.table))  # fmt: skip


def _whose(scene: Scene, found: ContactProposal) -> Html:
    choices = [("", scene.say("everybody")), *((name, name) for name in found.marketers)]
    return select(scene.say("whose"), "marketer", scene.state.marketer, choices, act="whose")


def _gate(scene: Scene, opened: WorkList | None, may_open: bool) -> Html:
    """How names and numbers are opened; once open, what the gate said, and the files."""
    if not may_open:
        return tag("p", scene.say("may_not_open"), class_="wb-quiet")
    if not scene.state.marketer:
        return tag("p", scene.say("choose_first"), class_="wb-quiet")
    if opened is None:
        return _opener(scene)
    held = [tag("li", line) for line in opened.held(scene.lang, scene.labels)]
    files = [button(scene.say(f"file_{name}"), "download", name) for name in TYPES]
    return tag(
        "div",
        tag("p", opened.sentence(scene.lang), class_="wb-say"),
        tag("ul", held, class_="wb-notes") if held else None,
        tag("div", files, button(scene.say("close"), "mask"), class_="wb-controls"),
    )


def _opener(scene: Scene) -> Html:
    hint = scene.say("reason_hint")
    field = tag("input", type="text", required=True, maxlength=200, placeholder=hint, aria_label=hint,
                autocomplete="off")  # fmt: skip
    go = tag(
        "button", scene.say("open", marketer=scene.state.marketer), type="submit", class_="wb-btn wb-main"
    )
    form = tag("form", field, go, class_="wb-line wb-named", data_act="unmask")
    return join(form, tag("p", scene.say("open_about"), class_="wb-quiet"))


def _row(scene: Scene, found: ContactProposal, row: Mapping[Any, Any], names: tuple[str, ...]) -> Html:
    said = {
        "time": row["start"],
        "customer": tag("code", row["customer_id"]),
        "method": method(scene, row["method"]),
        "marketer": row["marketer"],
        "value": tag("b", amount(scene, found, row["expected_value"])),
        "reason": found.reason(row, scene.lang, scene.labels),
        **{name: row.get(name) or formats.MISSING for name in ("name", "phone", "email")},
    }
    cells = [
        tag("td", said[name], class_=f"wb-left wb-{name}" if name != "value" else None,
            data_label=scene.say(f"col_{name}"))
        for name in names
        if name != "day"
    ]  # fmt: skip
    return tag("tr", tag("th", formats.date(row["day"], scene.lang), scope="row"), cells)


def _pages(scene: Scene, page: Listing) -> Html | None:
    """Back and on."""
    if page.pages == 1:
        return None
    shown = scene.say(
        "page",
        page=formats.number(page.number, scene.lang),
        pages=formats.number(page.pages, scene.lang),
    )
    steps = ((scene.say("earlier"), page.earlier), (scene.say("later"), page.later))
    back, on = (button(words, "set", "page", str(to or ""), disabled=to is None) for words, to in steps)
    return tag("div", back, tag("span", shown, class_="wb-quiet"), on, class_="wb-controls")
