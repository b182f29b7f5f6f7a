"""The back-test window by window: how far off totals, intervals and probabilities were."""

from __future__ import annotations

from typing import Any

from workbench.customers import BackTest
from workbench.customers.backtested import Origin
from workbench.i18n import formats
from workbench.tables.blocks import grid
from workbench.tables.html import Html, join, tag
from workbench.widgets.parts import below, heading
from workbench.widgets.scene import Region, Scene

COLUMNS = ("window", "customers", "total", "coverage", "ece", "brier", "auc")


def windows(scene: Scene) -> Region:
    """One row a window; where it was recalibrated, the figure before and after."""
    tested: BackTest = scene.answer("tested")
    heads = [scene.say(f"col_{name}") for name in COLUMNS]
    rows = [_window(scene, origin) for origin in tested.origins]
    caption = scene.say("windows")
    table = grid(caption, heads, rows, "tnnnnnn")
    return Region(join(heading(caption), table, below(scene.say("windows_about"))))


def _window(scene: Scene, origin: Origin) -> list[Any]:
    lang, seen = scene.lang, origin.before
    days = {"start": formats.date(origin.day, lang), "end": formats.date(origin.until, lang)}
    low, high = (formats.percent(seen[f"coverage_{end}"], lang, 1) for end in ("low", "high"))
    held = (formats.percent(seen["coverage"], lang, 1), tag("small", f" ({low}–{high})"))
    return [
        scene.say("bias_row", **days),
        formats.number(origin.n, lang),
        _moved(origin, "bias_money", lambda value: formats.change(value, lang)),
        join(*held),
        _moved(origin, "ece", lambda value: formats.percent(value, lang, 1)),
        _moved(origin, "brier", lambda value: formats.number(value, lang, 3)),
        formats.number(seen["auc"], lang, 2),
    ]


def _moved(origin: Origin, name: str, shown: Any) -> Html:
    """A figure, and after recalibration where there was something to learn from."""
    after = origin.after.get(name)
    return join(shown(origin.before[name]), after is not None and join(" → ", tag("b", shown(after))))
