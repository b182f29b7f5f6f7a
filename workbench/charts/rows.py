"""The horizontal frame of charts with one row a member: names at the left, values at the right."""

from __future__ import annotations

from typing import Any
from unicodedata import east_asian_width

from workbench.charts import frame, theme
from workbench.charts.frame import Row
from workbench.charts.voice import Voice

STEP = 32
"""Pixels a row."""
_STACKED = 46
"""Pixels a row where names are too long to stand beside: they stand above."""
_LONG = 18
"""Names wider than this (in Latin letters) are long."""
_VALUES = 74
"""Pixels kept free at the right for the values."""
_MARGIN = 34
"""Pixels of the axis under the rows."""


def height(rows: list[Row], extra: int = 0) -> int:
    """Pixels of a chart of these rows."""
    return (_STACKED if stacked(rows) else STEP) * len(rows) + _MARGIN + extra


def stacked(rows: list[Row]) -> bool:
    """Whether a name is too long to stand beside its row on a phone."""
    return any(_wide(row["name"]) > _LONG for row in rows)


def _wide(name: str) -> float:
    return sum(1.8 if east_asian_width(letter) in "WF" else 1.0 for letter in name)


def numbered(rows: list[Row]) -> list[Row]:
    """Give each row its place (`y`): unique, and carrying the name for the axis.

    It is zero-padded because the axis sorts it as text: data that change in place lose their order.
    """
    return [row | {"y": f"{index:03d}|{row['name']}"} for index, row in enumerate(rows)]


def spec(
    rows: list[Row],
    layers: list[dict[str, Any]],
    x: dict[str, Any],
    shown: str,
    tip: list[dict[str, Any]],
    select: bool,
) -> dict[str, Any]:
    """Spec of rows: guides, `layers`, names, values at the right, and a band a row for the pointer.

    Args:
        rows: Rows, for the length of their names only.
        layers: What is drawn in each row; `y` and the definition of `x` are shared.
        x: Definition of `x`, its scale from `scale()`.
        shown: Vega expression of the text at the right.
        tip: Tooltip of a row (`words.tip`).
        select: Whether a click on a row leads somewhere (the pointer says so).
    """
    above = stacked(rows)
    drop = 9 if above else 0
    y = {
        "field": "y",
        "type": "nominal",
        "sort": "ascending",
        "scale": {"padding": 0},
        "axis": None if above else _names(),
    }
    parts = [_guide(), *(layer | {"encoding": _merged(x, layer["encoding"])} for layer in layers)]
    if above:
        parts.append(_names_above())
    lowered = [_lowered(part, drop) if part["mark"]["type"] != "text" else part for part in parts]
    return theme.base(tip) | {
        "encoding": {"y": y},
        "layer": [*lowered, _lowered(_values(shown), drop), _bands(select)],
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
    return say.axis() | {"grid": False, "tickCount": {"expr": "max(3,floor(width/90))"}, "labelFlush": True}


def _merged(x: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return encoding | {"x": x | encoding.get("x", {})}


def _lowered(layer: dict[str, Any], drop: int) -> dict[str, Any]:
    return layer | {"mark": layer["mark"] | {"yOffset": drop}} if drop else layer


def _names() -> dict[str, Any]:
    return {
        "title": None,
        "labelExpr": "slice(datum.value,indexof(datum.value,'|')+1)",
        "labelColor": "$ink",
        "labelFontSize": 12,
        "labelLimit": 150,
        "labelPadding": 8,
    }


def _names_above() -> dict[str, Any]:
    limit = {"expr": "width"}  # values stand lower, beside the row
    mark = {"type": "text", "align": "left", "color": "$ink", "x": 0, "yOffset": -9, "limit": limit}
    return {"mark": mark, "encoding": {"text": {"field": "name"}}}


def _guide() -> dict[str, Any]:
    line = {"type": "rule", "color": "$rule", "x": 0, "x2": {"expr": f"width-{_VALUES}"}}
    return {"mark": line, "encoding": {}}


def _values(shown: str) -> dict[str, Any]:
    return {
        "transform": [{"calculate": shown, "as": "shown"}],
        "mark": {
            "type": "text",
            "align": "right",
            "color": "$ink",
            "fontWeight": 600,
            "x": {"expr": "width"},
        },
        "encoding": {"text": {"field": "shown"}},
    }


def _bands(select: bool) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "rect", "fill": "$ink", "fillOpacity": 0, "x": 0, "x2": {"expr": "width"}}
    name = "choose_band" if select else "touch_band"
    return {"name": name, "mark": mark | ({"cursor": "pointer"} if select else {}), "encoding": {}}
