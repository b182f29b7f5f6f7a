"""What the workspace holds: how fresh each account is, what speaks against the data, its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.i18n import formats
from workbench.quality import Item
from workbench.tables.blocks import grid, head
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.advice import advice
from workbench.widgets.data.words import badge, count, days, foot, moment, nothing, platform, table
from workbench.widgets.parts import checked
from workbench.widgets.scene import Region, Scene

SHOWN = 12
"""Accounts, and things to know, before `show all`; those with the most to say first."""


def freshness(scene: Scene) -> Region:
    """How far each account reaches, and which days it lacks."""
    found, title = scene.answer("freshness").to_dicts(), scene.say("freshness")
    if not found:
        return nothing(title, scene.say("no_delivery"))
    ranked = sorted(found, key=lambda row: (-row["behind"], -row["missing"]))
    shown = ranked if scene.state.rows == "all" or not scene.live else ranked[:SHOWN]
    names = [scene.say(name) for name in ("account", "platform", "days", "missing", "behind")]
    rows = [_account(scene, row) for row in shown]
    return Region(
        join(head(title), grid(title, names, rows, "tttnn"), foot(scene, len(shown), len(found), SHOWN))
    )


def trust(scene: Scene) -> Region:
    """Whether the data can be reported on, area by area, and what to do where it cannot."""
    found, title = scene.answer("trust"), scene.say("trust")
    if not scene.store.tables:
        return nothing(title, scene.say("no_tables"))
    shown = found.items if scene.state.rows == "all" or not scene.live else found.items[:SHOWN]
    body = tag("ol", [_item(scene, item) for item in shown], class_="wb-find wb-told")
    return Region(
        join(head(title, badge(found.status, scene)), body, foot(scene, len(shown), len(found.items), SHOWN))
    )


def contents(scene: Scene) -> Region:
    """The tables and their rows."""
    found, title = scene.answer("contents").to_dicts(), scene.say("contents")
    if not found:
        return nothing(title, scene.say("no_tables"))
    names = [scene.say(name) for name in ("table", "rows", "filled")]
    return Region(join(head(title), grid(title, names, [_table(scene, row) for row in found], "tnn")))


def guide(scene: Scene) -> Region:
    """How an import works, in short."""
    steps = [tag("li", scene.say(f"guide_{number}")) for number in ("one", "two", "three", "four")]
    body = tag("ol", steps, class_="wb-steps")
    inner = (tag("summary", scene.say("guide")), body)
    return Region(tag("details", *inner, id="wb-help", data_keep="help", open=not scene.live))


def _item(scene: Scene, item: Item) -> Html:
    action = advice(scene, item.finding, here=False) or item.action(scene.lang)
    return checked(item.status, item.sentence(scene.lang), action)


def _table(scene: Scene, row: Mapping[str, Any]) -> list[Any]:
    return [_named(scene, row["table"]), count(row["rows"], scene), moment(row["imported_at"], scene)]


def _account(scene: Scene, row: Mapping[str, Any]) -> list[Any]:
    return [
        row["account"] or formats.MISSING,
        platform(row["source"], scene),
        days(row["first_day"], row["last_day"], scene),
        _bad(scene, row["missing"]),
        _bad(scene, row["behind"]),
    ]


def _bad(scene: Scene, number: int) -> Html | str:
    words = count(number, scene)
    return tag("span", words, class_="wb-badge wb-warn") if number else words


def _named(scene: Scene, name: str) -> Html:
    words = table(name, scene)
    own = scene.live and words != name  # who reads a report imports nothing by its name
    return tag("span", words, own and tag("small", f" {name}", class_="wb-quiet"))
