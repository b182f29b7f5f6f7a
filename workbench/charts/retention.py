"""`retention`: cohorts over their periods, as a heat map with open ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import Cohorts

MOST_ROWS, MOST_COLUMNS = 24, 24
_ROW = 24
_CELL = {"type": "rect", "cornerRadius": 3, "stroke": "$card", "strokeWidth": 2}
_ENOUGH = 30
"""Customers under whom a share is too uncertain for a colour."""
_WIDE = 34
"""Pixels that a number in a cell needs."""


def retention(answer: Cohorts, lang: str = "en", select: bool = False) -> Chart:
    """Draw how many of each cohort order again, period by period, in six steps of one colour.

    The period of the first order is everybody's and has no colour, nor has a cell of fewer than 30
    customers; a period that has not ended has no cell. At most 24 cohorts, the newest, and their first
    24 periods are drawn.

    Args:
        answer: Of `segments.cohorts`.
        lang: `en` or `zh`.
        select: Whether a click on a cell leads somewhere (event `wb-select` with its `key`, such as
            `2026-03-01:2`: cohort and period), and a drag over several (event `wb-brush`).
    """
    rows, shown, all_ = _rows(answer, lang)
    later = [row["m"] for row in _sure(rows)]
    if not rows:
        return empty(lang, 200)
    spread = _spread(later)
    cells = [row | _coloured(row, spread) for row in rows]
    spec = _spec(answer, lang, select, shown < all_ and text("charts.top_of", lang, shown=shown, count=all_))
    return Chart(spec, cells, _said(answer, rows, lang), _ROW * shown + 84)


def _rows(answer: Cohorts, lang: str) -> tuple[list[Row], int, int]:
    """Known cells of the cohorts that are shown, and how many of how many these are."""
    known = answer.table[answer.table["retention"].notna()]
    cohorts = list(dict.fromkeys(known["cohort"]))
    kept = cohorts[-MOST_ROWS:]
    sizes = answer.repeat.set_index("cohort")["customers"]
    rows: list[Row] = []
    for cell in known.to_dict("records"):
        if cell["cohort"] not in kept or cell["period"] >= MOST_COLUMNS:
            continue
        name = answer.name(cell["cohort"], lang)
        size = formats.number(int(sizes[cell["cohort"]]), lang)
        label = f"{kept.index(cell['cohort']):03d}|{name} · {size}"
        row = {
            "y": label,
            "name": name,
            "t": int(cell["period"]),
            "key": f"{cell['cohort']}:{cell['period']}",
        }
        names = {"m": "retention", "lo": "low", "hi": "high", "n": "customers", "a": "active"}
        row |= {key: frame.figure(cell[column]) for key, column in names.items()}
        row |= {"o": frame.figure(cell["orders"]), "v": frame.figure(cell["amount"])}
        rows.append(row)
    return rows, len(kept), len(cohorts)


def _sure(rows: list[Row]) -> list[Row]:
    """Cells after the first period with enough customers."""
    return [row for row in rows if row["t"] and row["n"] >= _ENOUGH]


def _spread(values: list[float]) -> tuple[float, float]:
    import numpy as np

    if not values:
        return 0.0, 1.0
    low, high = (float(end) for end in np.percentile(values, [5, 95]))
    return (low, high) if high > low else (low, low + 1e-9)


def _coloured(row: Row, spread: tuple[float, float]) -> Row:
    """Its colour value, and whether that is one of the two strongest steps, on which text is inverted."""
    if not _sure([row]):
        return {}
    low, high = spread
    clipped = min(max(row["m"], low), high)
    return {"c": frame.figure(clipped), "strong": int((clipped - low) / (high - low) >= 4 / 6)}


def _spec(answer: Cohorts, lang: str, select: bool, note: str | bool) -> dict[str, Any]:
    title = text(f"charts.retention_{answer.unit}", lang)
    x: dict[str, Any] = {"labelAngle": 0, "labelPadding": 4, "title": title, "orient": "top"}
    x |= {"labelOverlap": "greedy", "labelSeparation": 5}
    y = {
        "labelExpr": "slice(datum.value,indexof(datum.value,'|')+1)",
        "labelColor": "$ink-2",
        "labelLimit": {"expr": "width<420?110:190"},
        "title": note or None,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
    }
    none = {"padding": 0}
    return theme.base(_tip(answer, lang)) | {
        "encoding": {
            "x": {"field": "t", "type": "ordinal", "axis": x, "scale": none},
            "y": {"field": "y", "type": "nominal", "sort": "ascending", "axis": y, "scale": none},
        },
        "layer": [_cells(lang, select), _first(select), _numbers()],
    }


def _cells(lang: str, select: bool) -> dict[str, Any]:
    label = words.tick("datum.value", "percent", lang)
    legend = {
        "type": "gradient",
        "orient": "bottom",
        "direction": "horizontal",
        "gradientLength": {"expr": "min(260,width*0.8)"},
        "gradientThickness": 8,
        "labelExpr": f"isFinite(datum.value)?{label}:''",
        "labelSeparation": 6,
        "labelOverlap": "greedy",
        "offset": 8,
    }
    scale = {"type": "quantize", "range": list(theme.RAMP)}
    return {
        "name": "choose_cell" if select else "touch_cell",
        "transform": [{"filter": "isValid(datum.c)"}],
        "mark": _CELL | ({"cursor": "pointer"} if select else {}),
        "encoding": {"color": {"field": "c", "type": "quantitative", "scale": scale, "legend": legend}},
    }


def _first(select: bool) -> dict[str, Any]:
    """The period of the first order, and cells of too few customers: without a colour."""
    return {
        "name": "choose_first" if select else "touch_first",
        "transform": [{"filter": "!isValid(datum.c)"}],
        "mark": _CELL | {"fill": "$rule", "fillOpacity": 0.55},
        "encoding": {},
    }


def _numbers() -> dict[str, Any]:
    """The share in the cell, where there is room for it."""
    shown = f"(width/{{n}}<{_WIDE}?'':format(100*datum.m,datum.m>=0.0995?'.0f':'.1f')+'%')"
    return {
        "transform": [
            {"joinaggregate": [{"op": "max", "field": "t", "as": "last"}]},
            {"calculate": shown.replace("{n}", "(datum.last+1)"), "as": "shown"},
        ],
        "mark": {"type": "text", "fontSize": 11, "baseline": "middle"},
        "encoding": {
            "text": {"field": "shown"},
            "color": {"condition": {"test": "datum.strong===1", "value": "$card"}, "value": "$ink"},
        },
    }


def _tip(answer: Cohorts, lang: str) -> list[dict[str, Any]]:
    def said(key: str) -> str:
        return words.quoted(text(f"charts.retention_{key}", lang))

    counted = f"{words.value('pointed.a', 'count', lang)}+' / '+{words.value('pointed.n', 'count', lang)}"
    after = words.quoted(text(f"charts.retention_after_{answer.unit}", lang))
    return words.tip(
        f"pointed.name+' · '+replace({after},'#',pointed.t)",
        (said("rate"), words.value("pointed.m", "percent", lang)),
        (
            words.quoted(text("charts.interval", lang)),
            words.interval("pointed.lo", "pointed.hi", "percent", lang),
        ),
        (said("active"), counted),
        (said("orders"), words.value("pointed.o", "count", lang)),
        (said("amount"), words.value("pointed.v", "money", lang, answer.currency)),
    )


def _said(answer: Cohorts, rows: list[Row], lang: str) -> str:
    later = _sure(rows)
    said = answer.sentence(lang)
    if not later:
        return said
    best, worst = (pick(later, key=lambda row: row["m"]) for pick in (max, min))
    more = text(
        "charts.retention_alt",
        lang,
        high=formats.percent(best["m"], lang, 1),
        high_at=f"{best['name']}, {best['t']}",
        low=formats.percent(worst["m"], lang, 1),
        low_at=f"{worst['name']}, {worst['t']}",
    )
    return said + (" " if lang == "en" else "") + more
