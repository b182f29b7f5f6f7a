"""The board of the Contacts panel: for whom and how long, hours a day, minutes of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.customers.cards.words import member
from workbench.i18n import formats
from workbench.plans.contacts import ContactProposal
from workbench.plans.contacts.asked import LONGEST, STEP
from workbench.plans.contacts.facts import SHORTEST
from workbench.plans.contacts.words import purpose
from workbench.segments.rules.consents import pairs
from workbench.tables.blocks import below
from workbench.tables.controls import button, entry, select, slider
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, people
from workbench.widgets.contacts.state import WEEKDAYS, WORTH_DAYS
from workbench.widgets.scene import Region, Scene


def controls(scene: Scene) -> Region:
    """How many days, what a reaction is worth, what an hour costs, which consent; in a report in words."""
    state = scene.state
    if not scene.live:
        return Region(tag("p", " · ".join(_in_words(scene)), people.control(scene), class_="wb-words"))
    return Region(
        join(
            select(scene.say("weekdays"), "weekdays", state.weekdays, _choices(scene, "weekdays", WEEKDAYS),
                   "wb-strong", act="steer"),
            select(scene.say("worth_days"), "worth_days", state.worth_days,
                   _choices(scene, "worth_days", WORTH_DAYS), act="steer"),
            _purposes(scene),
            *_coverings(scene),
            people.control(scene),
            _cost(scene),
        )
    )  # fmt: skip


def board(scene: Scene) -> Region:
    """A slider of the hours, one of the minutes of each method, and each marketer's own hours."""
    found: ContactProposal = scene.answer("plan")
    rows = [_method(scene, found, row) for row in found.methods.to_dict("records")]
    names = ("method", *(("move",) if scene.live else ()), "minutes", "contacts", "each", "per_hour")
    heads = [
        tag("th", scene.say(f"col_{name}"), scope="col", class_="wb-left" if name == "move" else None)
        for name in names
    ]
    return Region(
        join(
            parts.heading(scene.say("board")),
            _hours(scene, found),
            parts.table(scene.say("board"), heads, rows, "wb-stack"),
            below(scene.say("board_about") if scene.live else "", scene.say("board_means")),
            _staff(scene, found),
        )
    )


def method(scene: Scene, name: str) -> str:
    """A method's shown name."""
    return member("method", name, scene.lang, scene.labels)


def hours_words(scene: Scene, value: float) -> str:
    """Hours a day in words."""
    return scene.say("hours_shown", hours=formats.number(value, scene.lang, 2))


def _choices(scene: Scene, kind: str, allowed: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name, scene.say(f"{kind}_shown", n=name)) for name in allowed]


def _in_words(scene: Scene) -> list[str]:
    state = scene.state
    words = [scene.say(f"{name}_shown", n=getattr(state, name)) for name in ("weekdays", "worth_days")]
    return [
        *words,
        *([scene.say("purpose_words", name=purpose(state.purpose, scene.lang))] if state.purpose else []),
    ]


def _purposes(scene: Scene) -> Html | None:
    """What the consent must be for, where there is a choice."""
    known = list(dict.fromkeys(name for name, _ in pairs(scene.store)))
    if len(known) < 2:
        return None
    found = scene.found["plan"]
    now = found.base.permits.purpose if isinstance(found, ContactProposal) else scene.state.purpose
    shown = [(name, purpose(name, scene.lang)) for name in known]
    return select(scene.say("purpose"), "purpose", now, shown, act="steer")


def _coverings(scene: Scene) -> list[Html]:
    """For each method that no consent names: which channel's consent covers it."""
    found = scene.found["plan"]
    if not isinstance(found, ContactProposal):
        return []
    permits, state = found.base.permits, scene.state
    names = [*permits.unasked, *(name for name in state.covered if name not in permits.unasked)]
    made = []
    for name in names:
        shown = method(scene, name)
        choices = [("", scene.say("covered_none", method=shown))]
        choices += [
            (channel, scene.say("covered_by", method=shown, channel=method(scene, channel)))
            for channel in permits.known
        ]
        label = scene.say("covered", method=shown)
        made.append(select(label, name, state.covered.get(name, ""), choices, act="covered"))
    return made


def _cost(scene: Scene) -> Html:
    found, label = scene.found["plan"], scene.say("hour_cost")
    now = scene.state.hour_cost
    written = "" if now == "" else formats.number(now, scene.lang, 2)
    sign = formats.symbol(found.currency, scene.lang) if isinstance(found, ContactProposal) else ""
    field = entry(label, "steer", "hour_cost", written, "–")
    return tag("label", tag("span", label, sign and f" ({sign})"), field, class_="wb-target")


def _hours(scene: Scene, found: ContactProposal) -> Html:
    """The hours a day of every marketer."""
    value = found.asked.hours
    words = tag("b", scene.say("hours_each", hours=formats.number(value, scene.lang, 2)))
    now = scene.say("hours_now", hours=formats.number(found.base.facts.hours_now, scene.lang, 2))
    if not scene.live:
        return tag("div", words, tag("span", now, class_="wb-quiet"), class_="wb-total")
    label = scene.say("hours")
    return tag(
        "div",
        words,
        slider(label, "hours", value, STEP, LONGEST, hours_words(scene, value), STEP, "steer"),
        button(scene.say("as_now"), "steer", "hours", disabled=scene.state.hours == ""),
        tag("span", now, class_="wb-quiet"),
        class_="wb-total",
    )


def _method(scene: Scene, found: ContactProposal, row: Mapping[Any, Any]) -> Html:
    name, shown = row["method"], method(scene, row["method"])
    said = scene.say("minutes_shown", minutes=formats.number(row["minutes"], scene.lang, 1))
    label = scene.say("minutes_of", method=shown)
    moved = slider(label, name, row["minutes"], SHORTEST, row["most"], said, SHORTEST, "minutes")
    usual = (
        button(scene.say("usual"), "minutes", name, class_="wb-link") if name in scene.state.minutes else None
    )
    many = formats.number(row["contacts"], scene.lang) if row["asked"] else scene.say("not_asked")
    return tag(
        "tr",
        tag("th", shown, scope="row"),
        scene.live and tag("td", moved, class_="wb-slide"),
        tag("td", said, usual and join(" ", usual), data_label=scene.say("col_minutes")),
        tag("td", many, data_label=scene.say("col_contacts")),
        tag("td", amount(scene, found, row["each"]), data_label=scene.say("col_each")),
        tag("td", amount(scene, found, row["per_hour"]), data_label=scene.say("col_per_hour")),
        data_id=f"method-{name}",
    )


def amount(scene: Scene, found: ContactProposal, value: float) -> str:
    """Money, or positive reactions."""
    if found.currency:
        return formats.money(value, found.currency, scene.lang, short=True)
    return formats.number(value, scene.lang, 2)


def _staff(scene: Scene, found: ContactProposal) -> Html:
    """Each marketer's own hours, how full their days are, and what one more hour of theirs is worth."""
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in ("marketer", "hours", "contacts",
                                                                           "used", "hour_price")]  # fmt: skip
    body = [_marketer(scene, found, row) for row in found.staff.to_dict("records")]
    caption = scene.say("staff")
    table = parts.table(caption, heads, body)
    return tag("details", tag("summary", caption), table, data_keep="staff", class_="wb-cells",
               open=not scene.live)  # fmt: skip


def _marketer(scene: Scene, found: ContactProposal, row: Mapping[Any, Any]) -> Html:
    name = row["marketer"]
    hours = formats.number(row["hours"], scene.lang, 2)
    label = scene.say("hours_of", marketer=name)
    field = entry(label, "staff", name, hours if row["own"] else "", hours) if scene.live else hours
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", field),
        tag("td", formats.number(row["contacts"], scene.lang)),
        tag("td", formats.percent(row["used"], scene.lang, 0)),
        tag("td", amount(scene, found, row["price"])),
        data_id=f"staff-{name}",
    )
