"""Schedules that platforms accept: a slot plan as windows, their files, clocks, and the test of one.

`compress` turns hours into windows, `google_ads_editor` and `day_strings` write them as platforms read them,
`dated` and `moved` say when they happen on any clock, `switchback` designs the test that shows whether one
schedule is better than another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.schedules.answer import Schedule, Window
    from workbench.schedules.clock import agenda, moved
    from workbench.schedules.compressing import compress
    from workbench.schedules.formats import daily_budgets, day_strings, google_ads_editor
    from workbench.schedules.rules import PLATFORMS, Rules, rules_of
    from workbench.schedules.switching import Switchback, block_sums, switchback, switchback_result

_HOMES = {
    "PLATFORMS": "rules",
    "Rules": "rules",
    "Schedule": "answer",
    "Switchback": "switching",
    "Window": "answer",
    "agenda": "clock",
    "block_sums": "switching",
    "compress": "compressing",
    "daily_budgets": "formats",
    "day_strings": "formats",
    "google_ads_editor": "formats",
    "moved": "clock",
    "rules_of": "rules",
    "switchback": "switching",
    "switchback_result": "switching",
}
__all__ = [
    "PLATFORMS",
    "Rules",
    "Schedule",
    "Switchback",
    "Window",
    "agenda",
    "block_sums",
    "compress",
    "daily_budgets",
    "day_strings",
    "google_ads_editor",
    "moved",
    "rules_of",
    "switchback",
    "switchback_result",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.schedules.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench.schedules' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_HOMES)
