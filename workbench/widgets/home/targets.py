"""How the form of targets is drawn: one month, a line a channel, a field a figure."""

from __future__ import annotations

import datetime as dt

from workbench.i18n import formats
from workbench.i18n.errors import told
from workbench.sources import monthplan
from workbench.sources.monthplan import Line
from workbench.store import pinned
from workbench.tables.controls import button, select, typed
from workbench.tables.html import Child, Html, join, tag
from workbench.widgets import parts
from workbench.widgets.home.editor import Draft, Editor
from workbench.widgets.parts import heading
from workbench.widgets.scene import NOTHING, Region, Scene

FIGURES = ("cost", "revenue", "conversions", "clicks", "impressions")


def region(scene: Scene, editor: Editor) -> Region:
    """The targets of a month: a form for planners, a table for those who look."""
    if not scene.live:
        return NOTHING
    month, draft = scene.state.month, editor.draft
    options = [
        (name, formats.month(monthplan.span(name)[0], scene.lang)) for name in monthplan.months(scene.store)
    ]
    chosen = select(scene.say("targets_month"), "month", month, options)
    note = scene.say(_about(scene, editor), version=scene.store.version)
    return Region(
        join(
            heading(scene.say("targets"), chosen),
            tag("p", note, class_="wb-quiet"),
            _table(scene, draft, editor.may_write),
            _buttons(scene, draft, editor.may_write),
            editor.unsaved and tag("i", hidden=True, data_unsaved=True),
        )
    )


def _about(scene: Scene, editor: Editor) -> str:
    """What is to be said of the form: what it is, or why nobody can change it here."""
    if editor.may_write:
        return "targets_about"
    if not scene.store.is_past:
        return "targets_read_only"
    return "targets_pinned" if pinned.newest(scene.store) == scene.store.version else "targets_past"


def _table(scene: Scene, draft: Draft, may_write: bool) -> Html:
    if not draft.rows:
        return tag("p", scene.say("targets_none"), class_="wb-quiet")
    names = [scene.shell("dim_channel"), *(_name(scene, name) for name in FIGURES)]
    heads = [
        tag("th", name, scope="col", class_="wb-num" if place else None) for place, name in enumerate(names)
    ]
    last = tag("th", tag("span", scene.say("targets_drop"), class_="wb-hidden"), scope="col")
    rows = [_row(scene, draft, number, may_write) for number in range(len(draft.rows))]
    return parts.table(
        scene.say("targets"), [*heads, *([last] if may_write else [])], rows, "wb-plan wb-stack"
    )


def _name(scene: Scene, figure: str) -> str:
    return str(scene.store.metrics[figure].title(scene.lang))


def _row(scene: Scene, draft: Draft, number: int, may_write: bool) -> Html:
    row = draft.rows[number]
    cells = [tag("th", _channel(scene, draft, number, may_write), scope="row")]
    cells += [
        tag(
            "td",
            _figure(scene, draft, number, name, may_write),
            class_="wb-num",
            data_label=_name(scene, name),
        )
        for name in FIGURES
    ]
    if may_write:
        label = scene.say("targets_drop_one", channel=_label(scene, row))
        cells.append(tag("td", button("×", "target_drop", str(number), class_="wb-x", aria_label=label)))
    return tag("tr", cells, data_id=f"target-{number}")


def _channel(scene: Scene, draft: Draft, number: int, may_write: bool) -> Html:
    """The channel, and the days where they are not the whole month."""
    row = draft.rows[number]
    days = _days(scene, row)
    shown: Child = _label(scene, row)
    if may_write:
        known = dict.fromkeys(
            (*scene.store.members("channel"), *([row["channel"]] if row["channel"] else []))
        )
        options = [("", scene.say("targets_choose")), *((name, _labelled(scene, name)) for name in known)]
        label = scene.say("targets_channel", channel=_label(scene, row))
        shown = select(label, f"{number}:channel", row["channel"], options, act="target")
    return join(
        shown, days and tag("span", days, class_="wb-quiet wb-days"), _fault(scene, draft, number, "channel")
    )


def _figure(scene: Scene, draft: Draft, number: int, name: str, may_write: bool) -> Html:
    row, wrong = draft.rows[number], (number, name) in draft.faults
    if not may_write:
        return tag("span", _shown(scene, row, name))
    label = scene.say("targets_field", figure=_name(scene, name), channel=_label(scene, row))
    about = f"fault-{number}-{name}"
    entry = typed(
        label,
        "target",
        f"{number}:{name}",
        row[name],
        class_="wb-entry",
        inputmode="decimal",
        maxlength=20,
        aria_invalid="true" if wrong else None,
        aria_describedby=about if wrong else None,
    )
    return join(entry, _fault(scene, draft, number, name))


def _fault(scene: Scene, draft: Draft, number: int, name: str) -> Html | None:
    """What is wrong with a field, at the field."""
    error = draft.faults.get((number, name))
    if error is None:
        return None
    words = told(error, scene.lang)
    return tag("span", words, class_="wb-fault", id=f"fault-{number}-{name}", role="alert")


def _shown(scene: Scene, row: Line, name: str) -> str:
    unit = scene.store.metrics[name].unit
    return formats.value(monthplan.figure(row, name), unit, scene.lang, row["currency"])


def _label(scene: Scene, row: Line) -> str:
    return _labelled(scene, row["channel"]) if row["channel"] else scene.say("targets_new")


def _labelled(scene: Scene, channel: str) -> str:
    return scene.labels.get(("channel", channel), channel)


def _days(scene: Scene, row: Line) -> str:
    """Both ends of a target that is not for its whole month."""
    first, last = (dt.date.fromisoformat(row[name]) for name in ("start_date", "end_date"))
    if (first, last) == monthplan.span(scene.state.month):
        return ""
    return " – ".join(formats.date(day, scene.lang) for day in dict.fromkeys((first, last)))


def _buttons(scene: Scene, draft: Draft, may_write: bool) -> Html:
    out = button(scene.say("targets_out"), "download", "targets", class_="wb-link")
    if not may_write:
        return tag("div", out, class_="wb-line wb-targets-do")
    chosen = tag(
        "input", type="file", accept=".csv,.xlsx,.parquet", class_="wb-hidden", data_keep="targets-file"
    )
    upload = tag("label", tag("span", scene.say("targets_in")), chosen, class_="wb-btn", data_upload=True)
    look = "wb-btn wb-main" if draft.changed else "wb-btn"
    save = button(scene.say("targets_save"), "target_save", class_=look, disabled=not draft.changed)
    discard = draft.changed and button(scene.say("targets_discard"), "target_discard")
    add = button(scene.say("targets_add"), "target_add")
    return tag("div", add, save, discard, upload, out, class_="wb-line wb-targets-do")
