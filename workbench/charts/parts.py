"""`share`: who has how much of the whole, as a ring or as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Metric, builtin
from workbench.charts import frame, rows, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice
from workbench.errors import unknown
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("pie", "bar")
HEIGHT = 208
_SIZE = "min(height,0.46*width)"
"""Expression of the ring's diameter."""
_REST = "other"
_COLOURS = (*theme.SERIES, "$rest")
_FOLDED = frame.MOST
"""Index after the last series: the colour of what has none of its own."""


def share(
    frame_: pd.DataFrame,
    metric: Metric | str,
    lang: str = "en",
    kind: str = "pie",
    labels: Labels | None = None,
    currency: str = "",
    order: Sequence[str] | None = None,
    select: bool = False,
) -> Chart:
    """Draw shares of a whole, each with its name and percentage beside it.

    Args:
        frame_: `metrics.share(…)`: one dimension, then `value` and `share` (a fraction); at most
            eight members, and a last row `other` for the rest.
        metric: The metric, or the id of a built-in one.
        lang: `en` or `zh`.
        kind: `pie` or `bar`.
        labels: (dimension, value) → shown name (`Store.labels`).
        currency: ISO 4217 code of a money metric.
        order: Members in the order of their colours.
        select: Whether a click leads somewhere (event `wb-select` with the member's `key`).

    Raises:
        QuestionError: for another kind.
    """
    if kind not in KINDS:
        raise unknown("kind of share", kind, KINDS)
    what = metric if isinstance(metric, Metric) else builtin()[metric]
    say = Voice(what, lang, currency)
    found = _rows(frame_, say, labels, order)
    if not found:
        return empty(lang, HEIGHT)
    parts = say.joined([f"{row['name']} {formats.percent(row['p'], lang, 1)}" for row in found])
    alt = say.sentence("share_alt", parts=parts)
    if kind == "pie":
        return Chart(_ring(say, select), found, alt, HEIGHT)
    return Chart(_bars(say, found, select), rows.numbered(found), alt, rows.height(found))


def _rows(table: pd.DataFrame, say: Voice, labels: Labels | None, order: Sequence[str] | None) -> list[Row]:
    by = str(table.columns[0])
    known = table[table["share"].notna()]
    members = [member for member in known[by] if member != _REST]
    places = frame.places(members, order)
    found: list[Row] = []
    for member, value, part in known[[by, "value", "share"]].itertuples(index=False):
        rest = member == _REST
        key = None if frame.missing(member) else member
        name = say.word("other") if rest else say.name(by, key, labels)
        shown = {"name": name, "v": frame.figure(value), "p": frame.figure(part)}
        shown |= {} if rest else {"key": frame.safe(key)}
        found.append(shown | {"i": len(found), "s": _FOLDED if rest else places.get(key, _FOLDED)})
    return found


def _ring(say: Voice, select: bool) -> dict[str, Any]:
    """A ring at the left, its legend with numbers at the right: readable without any colour."""
    colour = _colour()
    return theme.base(_tip(say)) | {
        "transform": [
            {"joinaggregate": [{"op": "count", "as": "count"}]},
            {"calculate": "height/2+(datum.i-(datum.count-1)/2)*min(26,height/datum.count)", "as": "at"},
            {"calculate": _shown("datum.p"), "as": "shown"},
        ],
        "layer": [_arcs(colour, select), *_legend(colour)],
    }


def _arcs(colour: dict[str, Any], select: bool) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "arc", "stroke": "$card", "strokeWidth": 2}
    mark |= {
        "x": {"expr": f"{_SIZE}/2"},
        "outerRadius": {"expr": f"{_SIZE}/2-2"},
        "innerRadius": {"expr": f"{_SIZE}*0.29"},
    }
    theta = {"field": "p", "type": "quantitative", "stack": True}
    order = {"field": "i", "type": "quantitative"}
    return {
        "name": "choose_part" if select else "touch_part",
        "mark": mark | ({"cursor": "pointer"} if select else {}),
        "encoding": {"theta": theta, "color": colour, "order": order},
    }


def _legend(colour: dict[str, Any]) -> list[dict[str, Any]]:
    left = f"{_SIZE}+24"
    y = {"field": "at", "type": "quantitative", "scale": None, "axis": None}
    dot = {"type": "point", "shape": "square", "filled": True, "size": 80, "opacity": 1, "x": {"expr": left}}
    name = {"type": "text", "align": "left", "color": "$ink", "x": {"expr": f"{left}+12"}}
    name |= {"limit": {"expr": "max(40,0.54*width-24-12-58)"}}
    number = {"type": "text", "align": "right", "fontWeight": 600, "color": "$ink"}
    number |= {"x": {"expr": f"min(width,{_SIZE}+300)"}}
    return [
        {"mark": dot, "encoding": {"y": y, "color": colour}},
        {"mark": name, "encoding": {"y": y, "text": {"field": "name"}}},
        {"mark": number, "encoding": {"y": y, "text": {"field": "shown"}}},
    ]


def _bars(say: Voice, found: list[Row], select: bool) -> dict[str, Any]:
    axis = rows.tick_axis(say) | {"labelExpr": words.tick("datum.value", "percent", say.lang)}
    x = {"field": "p", "type": "quantitative", "scale": rows.scale(True), "axis": axis}
    bar = {
        "mark": {"type": "bar", "height": 14, "cornerRadiusEnd": 3},
        "encoding": {"color": _colour()},
    }
    return rows.spec(found, [bar], x, _shown("datum.p"), _tip(say), select)


def _colour() -> dict[str, Any]:
    return {"field": "s", "type": "ordinal", "scale": frame.series_scale(_COLOURS), "legend": None}


def _shown(part: str) -> str:
    """Expression of a share: one decimal, and never 0.0% for something."""
    return f"({part}>0&&{part}<0.0005?'<0.1%':format(100*{part},'.1f')+'%')"


def _tip(say: Voice) -> list[dict[str, Any]]:
    return words.tip(
        "pointed.name",
        (words.quoted(say.heading), say.value("pointed.v")),
        (say.quoted("share"), _shown("pointed.p")),
    )
