"""The frame of charts whose two axes are numbers: axes, lines, bands, and spots for the pointer."""

from __future__ import annotations

from typing import Any

from workbench.charts import theme, words
from workbench.i18n import text

HEIGHT = 300
_EDGE = 18
"""Pixels kept free at the right, for a label that stands out at the end of the axis."""


def axis(field: str, title: str, lang: str, unit: str = "percent", **scale: Any) -> dict[str, Any]:
    """A quantitative axis: few ticks, thin gridlines.

    Args:
        field: Column of the rows.
        title: What it shows.
        lang: `en` or `zh`.
        unit: Of the values.
        scale: Of Vega-Lite, such as `domain`.
    """
    label = words.tick("datum.value", unit, lang)
    look = {"grid": True, "labelExpr": label, "title": title, "labelFlush": True}
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"nice": False, **scale},
        "axis": look | {"tickCount": 5},
    }


def spec(
    x: dict[str, Any],
    y: dict[str, Any],
    layers: list[dict[str, Any]],
    tip: list[dict[str, Any]],
    select: bool = False,
) -> dict[str, Any]:
    """Spec of layers over one pair of axes, and a spot a row for the pointer.

    Args:
        x, y: Axes, as `axis` gives them.
        layers: What is drawn.
        tip: What a pointed row says.
        select: Whether a click on a row with a `key` leads somewhere.
    """
    across = x | {
        "scale": x["scale"] | {"range": [0, {"expr": f"width-{_EDGE}"}]},
        "axis": x["axis"] | {"tickCount": {"expr": "max(3,floor(width/90))"}},
    }
    spots = [_spot("touch_spot", "!isValid(datum.key)" if select else "true", {})]
    if select:
        spots.append(_spot("choose_spot", "isValid(datum.key)", {"cursor": "pointer", "size": 620}))
    return theme.base(tip) | {"encoding": {"x": across, "y": y | {"stack": None}}, "layer": [*layers, *spots]}


def _spot(name: str, test: str, look: dict[str, Any]) -> dict[str, Any]:
    mark = {"type": "point", "filled": True, "size": 420, "opacity": 0} | look
    only = {} if test == "true" else {"transform": [{"filter": test}]}
    return {"name": name, **only, "mark": mark, "encoding": {}}


def straight(low: float, high: float) -> dict[str, Any]:
    """A dashed line from (low, low) to (high, high)."""
    ends = f"[{{a:{low}}},{{a:{high}}}]"
    return {
        # a row is not needed for it: two points are made of the first one
        "transform": [
            {"window": [{"op": "row_number", "as": "row"}]},
            {"filter": "datum.row==1"},
            {"calculate": ends, "as": "ends"},
            {"flatten": ["ends"]},
            {"calculate": "datum.ends.a", "as": "a"},
        ],
        "mark": {"type": "line", "color": "$ink-3", "strokeWidth": 1.2, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "a", "type": "quantitative"}, **_at("a")},
    }


def line(y: str, colour: str, **look: Any) -> dict[str, Any]:
    """A line of one colour."""
    return {"mark": {"type": "line", "color": colour, "strokeWidth": 2.2, **look}, "encoding": _at(y)}


def band(low: str, high: str, colour: str, **look: Any) -> dict[str, Any]:
    """A shaded band."""
    mark = {"type": "area", "color": colour, "opacity": 0.16, **look}
    return {"mark": mark, "encoding": {**_at(low), "y2": {"field": high}}}


def _at(field: str) -> dict[str, Any]:
    return {"y": {"field": field, "type": "quantitative"}}


def between(low: str, high: str, lang: str) -> tuple[str, str]:
    """Line of a tooltip: the 95% interval of a share."""
    return words.quoted(text("charts.interval", lang)), words.interval(low, high, "percent", lang)


def told_apart(names: list[str], colours: list[str], shapes: list[str]) -> dict[str, Any]:
    """Colour and shape of the series in column `which`, with one legend."""
    legend = {"orient": "top", "offset": 6, "symbolSize": 70}
    which = {"field": "which", "type": "nominal", "legend": legend}
    return {
        "color": which | {"scale": {"domain": names, "range": colours}},
        "shape": which | {"scale": {"domain": names, "range": shapes}},
    }
