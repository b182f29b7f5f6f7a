"""The horizontal frame of charts with one row a member: names at the left, values at the right."""

from __future__ import annotations

from typing import Any

from workbench.charts import frame, theme
from workbench.charts.frame import Row, Voice

STEP = 32
"""Pixels a row."""
_VALUES = 74
"""Pixels kept free at the right for the values."""
_MARGIN = 34
"""Pixels of the axis under the rows."""


def height(count: int, legend: bool = False) -> int:
    """Pixels of a chart of `count` rows."""
    return STEP * count + _MARGIN + (24 if legend else 0)


def numbered(rows: list[Row]) -> list[Row]:
    """Give each row its place (`y`): unique, in order, and carrying the name for the axis."""
    return [row | {"y": f"{index}|{row['name']}"} for index, row in enumerate(rows)]


def spec(
    layers: list[dict[str, Any]], x: dict[str, Any], shown: str, tip: dict[str, str], select: bool
) -> dict[str, Any]:
    """Spec of rows: guides, `layers`, values at the right, and a band a row for pointer and tooltip.

    Args:
        layers: What is drawn in each row; `y` is shared, `x` is theirs.
        x: Scale range is set here, so pass the definition that every layer uses.
        shown: Vega expression of the text at the right.
        tip: Tooltip of a row.
        select: Whether a click on a row does something (the pointer says so).
    """
    axis = {
        "labelExpr": "slice(datum.value,indexof(datum.value,'|')+1)",
        "labelColor": "$ink",
        "labelFontSize": 12,
        "labelLimit": {"expr": "max(72,min(200,0.3*containerSize()[0]))"},
        "grid": True,
        "labelPadding": 8,
    }
    y = {"field": "y", "type": "nominal", "sort": None, "axis": axis, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    return theme.base() | {
        "encoding": {"y": y},
        "layer": [*(_with(layer, x) for layer in layers), _values(shown), _bands(tip, select)],
    }


def scale(zero: bool) -> dict[str, Any]:
    """Scale of x that leaves room for the values."""
    return {"zero": zero, "nice": True, "range": [0, {"expr": f"width-{_VALUES}"}]}


def colour(rows: list[Row]) -> dict[str, Any]:
    """Series colour where every row has a place among the series, else the one accent."""
    if not all("s" in row for row in rows):
        return {"value": "$accent"}
    return {"field": "s", "type": "ordinal", "scale": frame.series_scale(theme.SERIES), "legend": None}


def tick_axis(say: Voice) -> dict[str, Any]:
    """Axis of x: as many labels as there is width for, no gridlines."""
    return say.axis() | {"grid": False, "tickCount": {"expr": "max(2,floor(width/110))"}, "labelFlush": True}


def _with(layer: dict[str, Any], x: dict[str, Any]) -> dict[str, Any]:
    encoding = layer["encoding"]
    return layer | {"encoding": {"x": x | encoding.get("x", {})} | {k: v for k, v in encoding.items() if k != "x"}}


def _values(shown: str) -> dict[str, Any]:
    return {
        "transform": [{"calculate": shown, "as": "shown"}],
        "mark": {"type": "text", "align": "right", "color": "$ink", "fontWeight": 600, "x": {"expr": "width"}},
        "encoding": {"text": {"field": "shown"}},
    }


def _bands(tip: dict[str, str], select: bool) -> dict[str, Any]:
    hover = {"name": "hover", "select": {"type": "point", "fields": ["y"], "on": "pointerover", "clear": "pointerout"}}
    mark: dict[str, Any] = {"type": "rect", "fill": "$ink", "tooltip": tip, "x": 0, "x2": {"expr": "width"}}
    return {
        "params": [hover],
        "mark": mark | ({"cursor": "pointer"} if select else {}),
        "encoding": {"fillOpacity": {"condition": {"param": "hover", "empty": False, "value": 0.06}, "value": 0}},
    }
