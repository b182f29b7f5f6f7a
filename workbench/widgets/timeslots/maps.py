"""The maps of a week: what is planned with its windows, what changes, how hours answer, what they spend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench import charts
from workbench.i18n import formats
from workbench.plans import SlotProposal
from workbench.plans.slots import ALL
from workbench.plans.slots.rules import BRUSHES, DAY_SETS
from workbench.plans.slots.words import day_name
from workbench.tables.controls import Choice, button, select, toggle
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts
from workbench.widgets.budget.board import cell
from workbench.widgets.scene import Region, Scene, figure


def whose(state: Any, found: SlotProposal) -> str:
    """Whose week is shown and painted; a group that is not planned falls back to the one with most spend."""
    return str(state.group) if state.group in (ALL, *found.groups) else found.groups[0]


def shown(scene: Scene, found: SlotProposal) -> str:
    """Whose week the maps show."""
    return whose(scene.state, found)


def name_of(scene: Scene, group: str) -> str:
    """A group's shown name."""
    return scene.say("together") if group == ALL else cell(scene, group)


def plan(scene: Scene) -> Region:
    """What is planned, its windows, and the brush that forbids and requires hours."""
    found: SlotProposal = scene.answer("plan")
    group = shown(scene, found)
    windows = None if group == ALL else found.windows(group)
    week = found.week(group)
    chart = charts.slot_map(week, "spend", found.currency, scene.lang, windows, scene.live)
    head = parts.heading(
        scene.say("map_plan", group=name_of(scene, group)), scene.live and _groups(scene, found, group)
    )
    picture = tag("div", figure(scene, "plan", chart), data_choose="paint" if scene.live else None)
    return Region(
        join(
            head,
            scene.live and _brushes(scene, group),
            picture,
            scene.live and tag("p", scene.say("paint_about"), class_="wb-below"),
            scene.live and _by_name(scene),
            _windows(scene, found, group, windows),
        ),
        {"plan": chart},
    )


def change(scene: Scene) -> Region:
    """What the plan takes from hours and gives to others."""
    return _map(scene, "change")


def response(scene: Scene) -> Region:
    """How hours answer to spend."""
    return _map(scene, "index")


def today(scene: Scene) -> Region:
    """What hours spend today."""
    return _map(scene, "today")


def _map(scene: Scene, what: str) -> Region:
    found: SlotProposal = scene.answer("plan")
    group = shown(scene, found)
    chart = charts.slot_map(found.week(group), what, found.currency, scene.lang)
    words = tag("p", scene.say(f"map_{what}_about"), class_="wb-below")
    title = scene.say(f"map_{what}", group=name_of(scene, group))
    return Region(join(parts.heading(title), figure(scene, what, chart), words), {what: chart})


def _groups(scene: Scene, found: SlotProposal, group: str) -> Html:
    """Whose week is shown, and painted."""
    options = [(name, name_of(scene, name)) for name in found.groups]
    return select(scene.say("shown"), "group", group, [*options, (ALL, name_of(scene, ALL))])


def _brushes(scene: Scene, group: str) -> Html:
    """What painting makes of an hour, and for whom."""
    kinds = [(name, scene.say(f"brush_{name}")) for name in BRUSHES]
    ruled = bool(scene.state.forbid or scene.state.require)
    return tag(
        "div",
        toggle(scene.say("brush"), "brush", scene.state.brush, kinds),
        tag("span", scene.say("painted_for", group=name_of(scene, group)), class_="wb-quiet"),
        button(scene.say("unpaint"), "unpaint", disabled=not ruled),
        class_="wb-line wb-brushes",
    )


def _by_name(scene: Scene) -> Html:
    """The same by hand: weekdays and hours from lists, for those who do not drag."""
    days = [(name, _days(scene, name)) for name in DAY_SETS]
    hours = [(str(hour), f"{hour:02d}:00") for hour in range(25)]
    fields = [
        ("days", days, "all"),
        ("from", hours[:-1], "0"),
        ("to", hours[1:], "6"),
    ]
    rows = [_field(scene.say(f"by_{name}"), choices, first) for name, choices, first in fields]
    send = tag("button", scene.say("by_name_do"), type="submit", class_="wb-btn wb-main")
    form = tag("form", rows, send,
               class_="wb-line wb-spans", data_act="span", data_join=".")  # fmt: skip
    return tag("details", tag("summary", scene.say("by_name")), form, data_keep="by-name", class_="wb-cells")


def _field(label: str, choices: Sequence[Choice], first: str) -> Html:
    options = [tag("option", text, value=value, selected=value == first) for value, text in choices]
    return tag("label", tag("span", label), tag("select", options, class_="wb-select", aria_label=label))


def _days(scene: Scene, name: str) -> str:
    return day_name(int(name), scene.lang) if name.isdecimal() else scene.say(f"days_{name}")


def _windows(scene: Scene, found: SlotProposal, group: str, windows: Any) -> Html | None:
    """The windows in words, folded away."""
    if windows is None:
        return tag("p", scene.say("windows_of_one"), class_="wb-below")
    heads = [
        tag("th", scene.say(f"col_{name}"), scope="col") for name in ("day", "hours", "multiplier", "spend")
    ]
    body = [_window(scene, found, row) for row in windows.to_dict("records")]
    caption = scene.say("windows_words", count=len(body), group=name_of(scene, group))
    table = parts.table(caption, heads, body)
    return tag("details", tag("summary", caption), table, data_keep="windows", class_="wb-cells")


def _window(scene: Scene, found: SlotProposal, row: Any) -> Html:
    times = f"{clock(row['start_hour'])}–{clock(row['end_hour'])}"
    level = (
        formats.percent(row["multiplier"], scene.lang, 0) if found.schedule.rules.bids else scene.say("on")
    )
    return tag(
        "tr",
        tag("th", day_name(int(row["weekday"]), scene.lang), scope="row"),
        tag("td", times),
        tag("td", level),
        tag("td", formats.money(row["spend"], found.currency, scene.lang)),
    )


def clock(hour: float) -> str:
    """An hour of the day as a clock shows it."""
    whole, part = str(float(hour)).split(".")
    return f"{int(whole):02d}:{ {'0': '00', '25': '15', '5': '30', '75': '45'}[part] }".replace(" ", "")
