"""Square cells with their number in words: what maps of segments share."""

from __future__ import annotations

from typing import Any

CELL: dict[str, Any] = {"type": "rect", "cornerRadius": 4, "stroke": "$card", "strokeWidth": 2}
NARROW = "width<460"
"""Where a chart has no room for long words."""
DARK = 0.667
"""Part of the ramp from which writing on a cell is light."""
_ENDS: dict[str, Any] = {"padding": 0}


def legend(title: str, label: str) -> dict[str, Any]:
    """The ramp below the cells, with its name; `label` is an expression of `datum.value`."""
    return {
        "type": "gradient",
        "orient": "bottom",
        "direction": "horizontal",
        "gradientLength": {"expr": "min(240,width*0.7)"},
        "gradientThickness": 8,
        "labelExpr": f"isFinite(datum.value)?{label}:''",
        "labelSeparation": 6,
        "labelOverlap": "greedy",
        "title": title,
        "titleColor": "$ink-3",
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titleLimit": {"expr": "width"},
    }


def axes(x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """Encoding of cells by their `x` and `y`, texts that sort by what stands before a bar: `1|name`."""
    label = {"labelExpr": "slice(datum.value,indexof(datum.value,'|')+1)", "labelOverlap": False}
    kind: dict[str, Any] = {"type": "nominal", "sort": "ascending", "scale": _ENDS}
    return {
        "x": {"field": "x", **kind, "axis": label | x},
        "y": {"field": "y", **kind, "axis": label | {"labelColor": "$ink-2"} | y},
    }


def written(
    field: str, shift: int, size: str, weight: int = 400, where: str = "true"
) -> list[dict[str, Any]]:
    """Layers that write a field on the cells, light on dark ones; rows know the part of the ramp as `p`."""
    layers = []
    for light in (False, True):
        mark = {
            "type": "text",
            "baseline": "middle",
            "dy": shift,
            "limit": {"expr": "width/6.4"},
            "fontSize": {"expr": size},
            "fontWeight": weight,
            "color": "$card" if light else "$ink",
        }
        side = f"datum.p>={DARK}" if light else f"datum.p<{DARK}"
        layers.append(
            {
                "transform": [{"filter": f"{side}&&({where})"}],
                "mark": mark,
                "encoding": {"text": {"field": field}},
            }
        )
    return layers
