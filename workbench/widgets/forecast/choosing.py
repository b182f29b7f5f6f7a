"""What the panel's choices come to: the series, and which breakdown and filters it knows."""

from __future__ import annotations

from typing import Any

from workbench.forecast import Choice, choices
from workbench.forecast.choices import GROUPS, absent
from workbench.tables.controls import grouped
from workbench.tables.html import Html
from workbench.widgets.scene import Scene

BY = ("", "channel", "region", "advertiser", "account", "device")


def first(state: Any) -> str:
    """What a page shows before anything is chosen: spend, else the first thing there is."""
    found = choices(state.store)
    return "cost" if "cost" in found or not found else next(iter(found))


def chosen(state: Any) -> Choice:
    """What is forecast; a series that a newer data version has no more is told of by its question."""
    return choices(state.store).get(state.metric) or absent(state.metric)


def breakdowns(state: Any) -> list[str]:
    """Breakdowns that the series knows, first that of itself."""
    known = chosen(state)
    return [name for name in BY if (name in known.by if name else known.whole)]


def by_of(state: Any) -> str:
    """The breakdown in force: for one that the series does not know its first one, mostly none."""
    found = breakdowns(state)
    return str(state.by) if state.by in found else found[0]


def where_of(state: Any) -> dict[str, Any]:
    """The filters that the series knows."""
    known = chosen(state).by
    return {name: members for name, members in state.filters.items() if name in known}


def set_aside(state: Any) -> list[str]:
    """Dimensions of breakdown and filters that the series does not know."""
    asked = [state.by, *state.filters]
    known = chosen(state).by
    return list(dict.fromkeys(name for name in asked if name and name not in known))


def picker(scene: Scene) -> Html:
    """The menu of series: advertising, own sales, outside."""
    found: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUPS}
    for item in choices(scene.store).values():
        found[item.group].append((item.id, item.metric.title(scene.lang)))
    groups = [(scene.say(f"group_{group}"), offered) for group, offered in found.items() if offered]
    return grouped(scene.say("metric"), "metric", scene.state.metric, groups, "set", kind="wb-strong")
