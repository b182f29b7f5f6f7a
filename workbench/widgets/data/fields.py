"""What a person says about the open file: kind, platform, goal, account, time zone, currency, unit."""

from __future__ import annotations

from functools import cache

from workbench.crm import tables
from workbench.sources.profile import GENERIC, profiles
from workbench.sources.words import FACTOR
from workbench.tables.blocks import head
from workbench.tables.controls import Choice, select
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.desk import Item
from workbench.widgets.data.words import platform, table
from workbench.widgets.scene import NOTHING, Region, Scene

_REPORT = ("source", "goal", "account", "timezone", "currency", "unit", "date_order", "decimal")
_SHEET = ("timezone", "currency", "date_order", "decimal")
_OFTEN = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Singapore", "Europe/London", "Europe/Berlin",
          "America/New_York", "America/Los_Angeles", "UTC")  # fmt: skip
_MONEY = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD", "AUD", "CAD", "INR", "BRL")


def fields(scene: Scene, item: Item | None) -> Region:
    """The settings of the open file; what nothing says is asked for."""
    if item is None or item.draft is None or item.stage == "imported":
        return NOTHING
    names = ("table", *(_REPORT if item.draft.is_report else _SHEET))
    asked = item.asked
    ranked = sorted(names, key=lambda name: name not in asked)
    rows = [_field(scene, item, name, name in asked) for name in ranked]
    about = tag("p", scene.say("fields_asked" if asked else "fields_about"), class_="wb-quiet")
    return Region(
        join(
            head(scene.say("fields")),
            about,
            tag("div", rows, class_="wb-fields", inert=item.stage == "importing"),
        )
    )


def _field(scene: Scene, item: Item, name: str, asked: bool) -> Html:
    label = scene.say(f"field_{name}")
    return tag(
        "div",
        tag("span", label, asked and tag("em", scene.say("asked")), class_="wb-label"),
        _control(scene, item, name, label),
        class_=f"wb-field{' wb-asked' if asked else ''}",
        data_id=f"field-{name}",
    )


def _control(scene: Scene, item: Item, name: str, label: str) -> Html:
    value = item.choices.given.get(name, "")
    if name in ("account", "timezone", "currency"):
        return _typed(scene, name, value, label)
    return select(label, name, value or _as_it_is(item, name), _choices(scene, item, name), act="say")


def _as_it_is(item: Item, name: str) -> str:
    """What is in force without the user's word."""
    assert item.draft is not None
    return {"table": item.draft.table, "source": item.draft.source}.get(name, "")


def _choices(scene: Scene, item: Item, name: str) -> list[Choice]:
    by_file = ("", scene.say("by_file"))
    assert item.draft is not None
    match name:
        case "table":
            return [(known, table(known, scene)) for known in tables()]
        case "source":
            known = [key for key in profiles(scene.store.path) if key != GENERIC]
            return [(key, platform(key, scene)) for key in (GENERIC, *known)]
        case "goal":
            return [by_file, *((goal, goal) for goal in item.draft.goals)]
        case "unit":
            return [by_file, *((unit, scene.say(f"unit_{unit}")) for unit in FACTOR)]
        case _:
            values = {"date_order": ("dmy", "mdy"), "decimal": (".", ",")}[name]
            return [by_file, *((value, scene.say(f"{name}_{_WORDS.get(value, value)}")) for value in values)]


_WORDS = {".": "point", ",": "comma"}


def _typed(scene: Scene, name: str, value: str, label: str) -> Html:
    """A text with suggestions; an unknown one is refused in a sentence."""
    often = {"timezone": _OFTEN, "currency": _MONEY}.get(name, ())
    ident = f"wb-often-{name}"
    field = tag(
        "input",
        type="text",
        value=value,
        maxlength=80,
        aria_label=label,
        placeholder=scene.say(f"hint_{name}"),
        list=ident if often else None,
        data_act="say",
        data_key=name,
        autocomplete="off",
    )
    return join(field, bool(often) and _often(ident, often))


@cache
def _often(ident: str, names: tuple[str, ...]) -> Html:
    return tag("datalist", [tag("option", value=name) for name in names], id=ident)
