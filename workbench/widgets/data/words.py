"""Names of columns, tables, platforms and states in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from workbench.crm.layout import OWN
from workbench.i18n import formats, text, texts
from workbench.sources.profile import profiles
from workbench.tables.blocks import head
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Region, Scene

_BADGES = {"PASS": "good", "REVIEW": "warn", "FAIL": "bad"}


def column(name: str, scene: Scene) -> str:
    """A column of a table: the metric's or dimension's own name where it is one."""
    if name.startswith(OWN):
        return scene.say("own_attribute")
    metric = scene.store.metrics.get(name)
    if metric and name in _FACTS:
        return str(metric.title(scene.lang, short=False))
    words = _own_name(name, scene)
    return formats.capital(words)


def _own_name(name: str, scene: Scene) -> str:
    return next(
        (text(key, scene.lang) for key in (f"data.col_{name}", f"shell.dim_{name}") if key in texts()), name
    )


_FACTS = ("impressions", "clicks", "cost", "revenue", "conversions", "reach")


def table(name: str | None, scene: Scene) -> str:
    """A table of the workspace."""
    key = f"data.table_{name}"
    return text(key, scene.lang) if key in texts() else name or formats.MISSING


def platform(source: str | None, scene: Scene) -> str:
    """A platform, or the id of another source."""
    known = profiles(scene.store.path).get(source or "")
    return (known.zh if scene.lang == "zh" else known.en) if known else source or formats.MISSING


def badge(status: str, scene: Scene) -> Html:
    """PASS, REVIEW, FAIL or UNDONE as a coloured word."""
    key = f"data.status_{status.lower()}"
    words = text(key, scene.lang) if key in texts() else status
    return tag("span", words, class_=f"wb-badge wb-{_BADGES.get(status, 'off')}")


def moment(instant: Any, scene: Scene) -> str:
    """A day and minute in UTC, as the ledger keeps it."""
    if instant is None:
        return formats.MISSING
    when: dt.datetime = instant.to_pydatetime() if hasattr(instant, "to_pydatetime") else instant
    return f"{formats.date(when.date(), scene.lang)} {when:%H:%M}"


def days(first: dt.date | None, last: dt.date | None, scene: Scene) -> str:
    """The days from one to another."""
    if first is None or last is None:
        return formats.MISSING
    ends = [formats.date(day, scene.lang) for day in dict.fromkeys((first, last))]
    return " – ".join(ends)


def count(value: Any, scene: Scene) -> str:
    """A number of rows."""
    return formats.number(value, scene.lang)


def listed(names: Iterable[str], scene: Scene) -> str:
    """Names one after the other."""
    return ("、" if scene.lang == "zh" else ", ").join(names)


def nothing(title: str, sentence: str) -> Region:
    """A card that has only a sentence to say."""
    return Region(join(head(title), tag("p", sentence, class_="wb-quiet")))


def foot(scene: Scene, shown: int, all_of: int, few: int) -> Html | None:
    """How many of a list are shown, and the way to the others and back; `few`: how many without asking."""
    if all_of <= few or not (scene.live or shown < all_of):
        return None
    more = scene.state.rows == "some"
    label, value = (scene.say("show_all"), "all") if more else (scene.say("show_some"), "some")
    words = tag("span", scene.say("shown", shown=shown, all=all_of))
    choice = scene.live and button(label, "set", "rows", value, class_="wb-link")
    return tag("p", words, choice, class_="wb-below")
