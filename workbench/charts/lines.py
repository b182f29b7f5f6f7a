"""`trend`: a metric over time, now and before, or one line a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.charts import days, frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice
from workbench.i18n import formats

if TYPE_CHECKING:
    from workbench.metrics import MetricTable

HEIGHT = 260
_DAY = 86_400_000
_HALF = {"date": _DAY // 2, "week": 7 * _DAY // 2, "month": 15 * _DAY}
_LONG = 100 * _DAY
"""Beyond this span axis labels are months."""
_MONTH = 30.4 * _DAY
_STEPS = (1, 2, 3, 6, 12)
"""Months from one label to the next."""
_DAY_ROOM, _MONTH_ROOM = 75, 70
"""Pixels a label takes with the space around it."""
_DENSE = 180
"""Beyond this many points lines are drawn thinner."""
_EDGE = 18
"""Pixels kept free at the right, for a label that stands out at the end of the axis."""
_NAMES = 92
"""Pixels kept free at the right for the names of the lines."""


def trend(
    answer: MetricTable,
    metric: str | None = None,
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    height: int = HEIGHT,
) -> Chart:
    """Draw a metric over time.

    Without a group: a line, its 95% interval as a band, and the comparison period dashed, aligned by
    day offset. With a group: one line a member, told apart by colour, dash and the name at its end.

    Args:
        answer: Broken down by `date`, `week` or `month`, and at most one more dimension.
        metric: Id of a metric of the answer; its first one by default.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Members of the group in the order of their colours (`Store.members`).
        height: Pixels.

    Raises:
        QuestionError: if the answer is broken down otherwise, or does not hold the metric.
    """
    what = frame.metric_of(answer, metric)
    time, group = frame.dimensions(answer, "trend", frame.DAYS)
    table = answer.table
    if not len(table) or table[what.id].isna().all():
        return empty(lang, height)
    say = Voice(what, lang, answer.currency)
    if group is None:
        rows = days.rows_of(table, what.id, time)
        return Chart(_single(say, time, rows), rows, _said(say, rows), height)
    places = frame.places(table[group], order)
    names = {member: say.name(group, member, labels) for member in places}
    rows = days.rows_by_group(table, what.id, time, group, places, names.__getitem__)
    rows = days.with_labels(rows, not what.is_ratio, height)
    return Chart(_grouped(say, time, rows), rows, _said_by_group(say, rows), height)


def _single(say: Voice, time: str, rows: list[Row]) -> dict[str, Any]:
    band = any("lo" in row for row in rows)
    before = any("b" in row for row in rows)
    thin = 0.6 if len(rows) > _DENSE else 1
    names = [say.word("now_band" if band else "now"), *([say.word("before")] if before else [])]
    key = {"orient": "top", "symbolType": "stroke", "symbolSize": 320, "offset": 6}
    legend = key if before or band else None
    lines = [
        _line(say, "b", names, legend, {"strokeWidth": 1.5 * thin}) if before else None,
        _line(say, "m", names, legend, {"strokeWidth": 2.2 * thin}),
    ]
    shade = {
        "mark": {"type": "area", "color": "$accent", "opacity": 0.14},
        "encoding": _y(say, "lo") | {"y2": {"field": "hi"}},
    }
    tip = words.tip(
        _title("pointed.t", time, say.lang),
        (words.quoted(say.heading), say.value("pointed.m")),
        (say.quoted("interval"), say.interval("pointed.lo", "pointed.hi")),
        (say.quoted("before"), f"(isValid(pointed.b)?{say.value('pointed.b')}:'')"),
        (say.quoted("change"), words.change("pointed.m", "pointed.b")),
    )
    layers = [shade if band else None, *lines, _points({"value": "$accent"}, say), bands(time)]
    return spec_of(say, rows, tip, [layer for layer in layers if layer])


def _line(
    say: Voice, field: str, names: list[str], legend: dict[str, Any] | None, mark: dict[str, Any]
) -> dict[str, Any]:
    """The line of `field`; colour and dash share one legend, which says which line is which."""
    which = {"field": "which", "type": "nominal", "legend": legend}
    style = {
        "color": which | {"scale": {"domain": names, "range": ["$accent", "$ink-3"]}},
        "strokeDash": which | {"scale": {"domain": names, "range": [[1, 0], [4, 3]]}},
    }
    return {
        "transform": [{"calculate": words.quoted(names[field == "b"]), "as": "which"}],
        "mark": {"type": "line", **mark},
        "encoding": _y(say, field) | style,
    }


def _grouped(say: Voice, time: str, rows: list[Row]) -> dict[str, Any]:
    colour = {"field": "s", "type": "ordinal", "scale": frame.series_scale(theme.SERIES), "legend": None}
    dash = {"field": "s", "type": "ordinal", "scale": frame.series_scale(theme.DASHES), "legend": None}
    line = {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": _y(say, "m") | {"color": colour, "strokeDash": dash},
    }
    names = {
        "transform": [{"filter": "isValid(datum.ly)"}],
        "mark": {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "limit": _NAMES - 10},
        "encoding": _y(say, "ly") | {"text": {"field": "name"}, "color": colour},
    }
    rows_of_day: list[dict[str, Any]] = [
        {"aggregate": [{"op": "values", "as": "rows"}], "groupby": ["t"]},
        {"calculate": "pluck(datum.rows,'name')", "as": "names"},
        {"calculate": "pluck(datum.rows,'s')", "as": "places"},
        {"calculate": "pluck(datum.rows,'m')", "as": "values"},
    ]
    tip = words.tips(_title("pointed.t", time, say.lang), _tip_lines(say))
    layers = [line, _points(colour, say), names, bands(time, rows_of_day)]
    return spec_of(say, rows, tip, layers, room=_NAMES)


def _tip_lines(say: Voice) -> str:
    """One line a group: as many as there may be, those that are not there stay empty."""
    each = (
        f"{{name:pointed.names[{i}],series:pointed.places[{i}],"
        f"text:length(pointed.names)>{i}?{say.value(f'pointed.values[{i}]')}:''}}"
        for i in range(frame.MOST)
    )
    return f"[{','.join(each)}]"


def _y(say: Voice, field: str) -> dict[str, Any]:
    scale = {"zero": not say.metric.is_ratio, "nice": True}
    return {"y": {"field": field, "type": "quantitative", "scale": scale, "axis": say.axis()}}


def _points(colour: dict[str, Any], say: Voice) -> dict[str, Any]:
    return {
        "transform": [{"filter": "datum.p"}],
        "mark": {"type": "point", "filled": True, "size": 44, "opacity": 1},
        "encoding": _y(say, "m") | {"color": colour},
    }


def bands(time: str, transform: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A column a day that carries the tooltip and lights up under the pointer: one mark a day, no search."""
    half = _HALF[time]
    return {
        "name": "touch_band",
        "transform": [
            *transform,
            {"calculate": f"datum.t-{half}", "as": "from"},
            {"calculate": f"datum.t+{half}", "as": "to"},
        ],
        "mark": {"type": "rect", "fill": "$ink", "fillOpacity": 0},
        "encoding": {"x": {"field": "from", "type": "temporal"}, "x2": {"field": "to"}},
    }


def spec_of(
    say: Voice,
    rows: list[Row],
    tip: list[dict[str, Any]],
    layers: list[dict[str, Any]],
    room: int = _EDGE,
) -> dict[str, Any]:
    """Spec of layers over an axis of days; `room` pixels stay free at the right."""
    span = rows[-1]["t"] - rows[0]["t"]
    axis = {
        "labelExpr": words.day_tick("datum.value", say.lang, span > _LONG),
        "tickCount": {"expr": _ticks(span)},
        "labelBound": _EDGE - 6,
        "labelOverlap": True,
        "labelSeparation": 8,
        "title": None,
    }
    scale: dict[str, Any] = {"type": "utc", "range": [0, {"expr": f"width-{room}"}]}
    return theme.base(tip) | {
        "encoding": {"x": {"field": "t", "type": "temporal", "scale": scale, "axis": axis}},
        "layer": layers,
    }


def _ticks(span: int) -> str:
    """Expression for the ticks of a time axis: whole days, or first days of months.

    A tick has to be what its label says: labels of months on ticks of weeks would repeat, as would labels
    of days on ticks of hours. The expression names the span only where it must, so that a longer period
    seldom needs another spec.

    Args:
        span: Milliseconds from the first to the last day.
    """
    if span <= _LONG:
        few = f"min({{}},{max(span // _DAY, 1)})" if span < _MONTH else "{}"
        return few.format(f"max(2,floor(width/{_DAY_ROOM}))")
    months = f"{-(-span // _MONTH)}*{_MONTH_ROOM}/width"
    step = "".join(f"{months}<={step}?{step}:" for step in _STEPS)
    return f"{{interval:'month',step:{step}{_STEPS[-1]}}}"


def _title(instant: str, time: str, lang: str) -> str:
    if time == "month":
        return words.month(instant, lang)
    return words.date(instant, lang) if time == "date" else words.week(instant, lang)


def _said(say: Voice, rows: list[Row]) -> str:
    known = [row for row in rows if row["m"] is not None]
    low, high = min(known, key=lambda row: row["m"]), max(known, key=lambda row: row["m"])
    return say.sentence(
        "trend_alt",
        first=date_of(rows[0], say.lang),
        last=date_of(rows[-1], say.lang),
        low=say.shown(low["m"]),
        low_day=date_of(low, say.lang),
        high=say.shown(high["m"]),
        high_day=date_of(high, say.lang),
        end=say.shown(known[-1]["m"]),
    )


def _said_by_group(say: Voice, rows: list[Row]) -> str:
    ends = {row["name"]: row["m"] for row in rows if row["m"] is not None}
    ranked = sorted(ends.items(), key=lambda item: -item[1])
    listed = say.joined([f"{name} {say.shown(amount)}" for name, amount in ranked])
    days = {
        "first": date_of(rows[0], say.lang),
        "last": date_of(max(rows, key=lambda row: row["t"]), say.lang),
    }
    return say.sentence("trend_groups_alt", ends=listed, **days)


def date_of(row: Row, lang: str) -> str:
    """The day of a row in words."""
    return formats.date(frame.day(row["t"]), lang)
