"""The look of every chart: design tokens from `tokens.css`, and one Vega-Lite config made of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import unknown

TOKENS_CSS = Path(__file__).parents[1] / "widgets" / "static" / "tokens.css"
THEMES = ("light", "dark")
SERIES = tuple(f"$c{number}" for number in range(1, 9))
"""Series colours by index; index i of a dimension always has colour i."""
RAMP = tuple(f"$h{number}" for number in range(6))
DIVERGING = tuple(f"$d{number}" for number in range(7))
"""Less, the same, more."""
DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [4, 2], [10, 4], [1, 3], [6, 2, 2, 2])
"""Dashes by series index: the second signal beside colour."""

_TOKEN = re.compile(r"\$[a-z][a-z0-9-]*")


@cache
def tokens(theme: str = "light") -> dict[str, str]:
    """Design tokens of a theme, name → CSS value, as `tokens.css` states them.

    Args:
        theme: `light` or `dark`.

    Raises:
        QuestionError: for another theme.
    """
    if theme not in THEMES:
        raise unknown("theme", theme, THEMES)
    css = re.sub(r"/\*.*?\*/", "", TOKENS_CSS.read_text(encoding="utf-8"), flags=re.S)
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    named = {"light": ":root,", "dark": '[data-theme="dark"],'}
    found: dict[str, str] = {}
    for wanted in ("light", theme):
        body = next(text for selector, text in blocks if selector.strip().startswith(named[wanted]))
        found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
    return found


def resolve(node: Any, theme: str) -> Any:
    """Return a copy of a spec with every `"$token"` replaced by its value in `theme`."""
    if isinstance(node, str):
        return tokens(theme)[node[1:]] if _TOKEN.fullmatch(node) else node
    if isinstance(node, dict):
        return {key: resolve(item, theme) for key, item in node.items()}
    if isinstance(node, list | tuple):
        return [resolve(item, theme) for item in node]
    return node


def config() -> dict[str, Any]:
    """Vega-Lite config of every chart: quiet axes, no frame, no gridline louder than data."""
    return {
        "aria": False,
        "background": "transparent",
        "font": "$font",
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": False,
            "gridColor": "$rule",
            "labelColor": "$ink-3",
            "labelFontSize": 11,
            "labelPadding": 6,
            "titleColor": "$ink-3",
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titleAnchor": "start",
            "titlePadding": 6,
        },
        "text": {"color": "$ink-2", "fontSize": 12},
        "legend": {"labelColor": "$ink-3", "labelFontSize": 11, "labelLimit": 400, "title": None},
    }


def base(params: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The frame that every spec starts from; the data come under the name `data`.

    Height is outside the spec's identity (`Chart.height`): more rows never mean a new view.
    Layers named `touch_…` show a tooltip; those named `choose_…` can be clicked as well.
    """
    return {
        "params": params or [],
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"name": "data", "format": {"parse": None}},
        "width": "container",
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "config": config(),
    }
