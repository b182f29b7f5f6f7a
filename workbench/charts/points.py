"""`breakdown`: one row a member, a point with its interval, where it was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, rows, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice

if TYPE_CHECKING:
    from workbench.metrics import MetricTable

TOP = 20
EMPTY_HEIGHT = 160
_LEGEND = 26
_TITLE = 18


def breakdown(
    answer: MetricTable,
    metric: str | None = None,
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    top: int = TOP,
    select: bool = False,
) -> Chart:
    """Draw a metric by member, largest first, with 95% intervals and the comparison period.

    Args:
        answer: Broken down by exactly one dimension.
        metric: Id of a metric of the answer; its first one by default.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Members in the order of their colours; without it every point has the accent colour.
        top: Rows shown; the chart says how many there are.
        select: Whether a click on a row leads somewhere (event `wb-select` with the row's `key`).

    Raises:
        QuestionError: if the answer is broken down otherwise, or does not hold the metric.
    """
    say = Voice(frame.metric_of(answer, metric), lang, answer.currency)
    by, _ = frame.dimensions(answer, "breakdown")
    found = _rows(answer, say, by, labels, order)
    if not found or all(row["m"] is None for row in found):
        return empty(lang, EMPTY_HEIGHT)
    shown = rows.numbered(found[:top])
    both = any("b" in row for row in shown)
    spec = _spec(say, shown, both, select, len(found))
    extra = _LEGEND * both + _TITLE * (len(found) > top)
    return Chart(spec, shown, _said(say, shown, len(found)), rows.height(shown, extra))


def _rows(
    answer: MetricTable, say: Voice, by: str, labels: Labels | None, order: Sequence[str] | None
) -> list[Row]:
    name = say.metric.id
    table = answer.table.sort_values(name, ascending=False, na_position="last", kind="stable")
    keys = {"lo": f"{name}_low", "hi": f"{name}_high", "b": f"{name}_before", "n": "n"}
    places = frame.places(table[by], order) if order else {}
    found = []
    for record in table.to_dict("records"):
        member = None if frame.missing(record[by]) else record[by]
        row = {
            "key": frame.safe(member),
            "name": say.name(by, member, labels),
            "m": frame.figure(record[name]),
        }
        row |= {key: frame.figure(record[column]) for key, column in keys.items() if column in record}
        if member in places:
            row["s"] = places[member]
        found.append({key: cell for key, cell in row.items() if cell is not None or key in ("key", "m")})
    return found


def _spec(say: Voice, shown: list[Row], both: bool, select: bool, count: int) -> dict[str, Any]:
    axis = rows.tick_axis(say)
    if count > len(shown):
        axis |= {"title": say.word("top_of", shown=len(shown), count=count)}
    x = {"field": "m", "type": "quantitative", "scale": rows.scale(not say.metric.is_ratio), "axis": axis}
    names = [say.word("now"), say.word("before")]
    dye = {"symbolFillColor": "$ink-3", "symbolStrokeColor": "$ink-3"}
    legend = {"orient": "top", "offset": 4, "symbolSize": 60} | dye if both else None
    colour = rows.colour(shown)
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.28, "strokeCap": "round"},
            "encoding": {"x": {"field": "lo"}, "x2": {"field": "hi"}, "color": colour},
        },
        _dots("b", names, legend, {"value": "$ink-3"}, 40) if both else None,
        _dots("m", names, legend, colour, 80),
    ]
    value = say.value("datum.m", short=True)
    return rows.spec(shown, [layer for layer in layers if layer], x, value, _tip(say), select)


def _dots(field: str, names: list[str], legend: Any, colour: dict[str, Any], size: int) -> dict[str, Any]:
    """Points of `field`: circles now, small diamonds before; one legend says which is which."""
    layer: dict[str, Any] = {"mark": {"type": "point", "filled": True, "size": size, "opacity": 1}}
    encoding = {"x": {"field": field}, "color": colour}
    if legend:
        scale = {"domain": names, "range": ["circle", "diamond"]}
        layer["transform"] = [{"calculate": words.quoted(names[field == "b"]), "as": "which"}]
        encoding["shape"] = {"field": "which", "type": "nominal", "scale": scale, "legend": legend}
    return layer | {"encoding": encoding}


def _tip(say: Voice) -> list[dict[str, Any]]:
    return words.tip(
        "pointed.name",
        (words.quoted(say.heading), say.value("pointed.m")),
        (say.quoted("interval"), say.interval("pointed.lo", "pointed.hi")),
        (say.quoted("before"), f"(isValid(pointed.b)?{say.value('pointed.b')}:'')"),
        (say.quoted("change"), words.change("pointed.m", "pointed.b")),
        (say.quoted("days"), "(isValid(pointed.n)?format(pointed.n,',.0f'):'')"),
    )


def _said(say: Voice, shown: list[Row], count: int) -> str:
    known = [row for row in shown if row["m"] is not None]
    listed = say.joined([f"{row['name']} {say.shown(row['m'])}" for row in known[:3]])
    low = known[-1]
    return say.sentence("breakdown_alt", count=count, top=listed, last=f"{low['name']} {say.shown(low['m'])}")
