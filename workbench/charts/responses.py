"""`responses`: what each channel brings at other spends, where it stands today and where it is planned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Metric, builtin
from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans import Proposal

HEIGHT = 300
STEP = 1000
"""Marginals are told for this much more spend."""
HIGHEST = 1.6
"""How far above the points that matter a marginal curve is drawn: at little spend it has no end."""
_NAMES = 92
"""Pixels kept free at the right for the names of the lines."""
_WIDE, _APART = 0.36, 17
"""Names nearer than this share of the width, that of a name on a phone, are this many pixels apart."""
WHICH = ("plan", "today")


def responses(
    proposal: Proposal,
    marginal: bool = False,
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    height: int = HEIGHT,
) -> Chart:
    """Draw the curves of a proposal: solid where spend was seen, dashed beyond.

    Args:
        proposal: The answer of `plans.propose`.
        marginal: Whether to draw what the next 1,000 bring instead of what the whole spend brings.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Channels in the order of their colours.
        height: Pixels.
    """
    outcome = builtin()[proposal.outcome]
    metric = _each(outcome, proposal.currency) if marginal else outcome
    say, money = Voice(metric, lang, proposal.currency), Voice(builtin()["cost"], lang, proposal.currency)
    rows = _rows(proposal, marginal, say, labels, order, height)
    if not rows:
        return empty(lang, height)
    return Chart(_spec(say, money), rows, _said(say, money, rows, marginal), height)


def _each(outcome: Metric, currency: str) -> Metric:
    """The metric of a marginal curve."""
    step = {lang: formats.money(STEP, currency, lang).replace(".00", "") for lang in ("en", "zh")}
    names = {
        lang: text("charts.per_step", lang, metric=outcome.label(lang), step=step[lang]) for lang in step
    }
    unit = outcome.unit if outcome.unit == "money" else "multiple"
    return Metric("marginal", names["en"], names["zh"], unit, "higher", "outcome", "marginal")


def _rows(
    found: Proposal, marginal: bool, say: Voice, labels: Labels | None, order: Any, height: int
) -> list[Row]:
    field, factor = ("marginal", STEP) if marginal else ("response", 1)
    points, lines = _by_channel(found.points, field), _by_channel(found.lines, field)
    spent = [row[field] for rows in points.values() for row in rows if row["spend"] > 0]
    top = HIGHEST * max(spent, default=float("inf")) if marginal else float("inf")
    places = frame.places(lines, order)
    rows: list[Row] = []
    for channel, place in sorted(places.items(), key=lambda item: item[1]):
        about = {"s": place, "name": say.name("channel", channel, labels), "key": channel}
        own = [row for row in lines[channel] if row[field] <= top and (not marginal or row["spend"] > 0)]
        inside, beyond = ([row for row in own if row["seen"] is seen] for seen in (True, False))
        standing = [row for row in points[channel] if row[field] <= top]
        kinds = [
            ("in", inside),
            ("out", [*inside[-1:], *beyond]),
            *((row["which"], [row]) for row in standing),
        ]
        rows += [about | _at(row, field, factor) | {"k": kind} for kind, part in kinds for row in part]
    return _named(rows, height) if rows else rows


def _by_channel(table: pd.DataFrame, field: str) -> dict[str, list[Row]]:
    """Channel → its rows whose value is finite."""
    found: dict[str, list[Row]] = {}
    for row in table.to_dict("records"):
        rows = found.setdefault(row["channel"], [])
        if math.isfinite(row[field]):
            rows.append({str(name): value for name, value in row.items()})
    return found


def _at(row: Any, field: str, factor: float) -> Row:
    return {"x": frame.figure(row["spend"]), "m": frame.figure(factor * row[field])}


def _named(rows: list[Row], height: int) -> list[Row]:
    """Give each line's last point the place of its name (`ly`); near names stand above each other."""
    wide, high = (max(row[axis] for row in rows) or 1.0 for axis in ("x", "m"))
    last = {row["s"]: index for index, row in enumerate(rows) if row["k"] in ("in", "out")}
    taken: list[tuple[float, float]] = []
    for index in sorted(last.values(), key=lambda index: rows[index]["m"]):
        at, up = rows[index]["x"], rows[index]["m"]
        near = [other for x, other in taken if abs(x - at) < _WIDE * wide]
        up = max(
            [up, *(other + _APART * high / height for other in near if other + _APART * high / height > up)]
        )
        taken.append((at, up))
        rows[index] = rows[index] | {"ly": frame.figure(up)}
    return rows


def _spec(say: Voice, money: Voice) -> dict[str, Any]:
    colour = {"field": "s", "type": "ordinal", "scale": frame.series_scale(theme.SERIES), "legend": None}
    names = [say.word(f"which_{which}") for which in WHICH]
    tip = words.tip(
        f"pointed.name+' · '+(pointed.k=='plan'?{words.quoted(names[0])}:{words.quoted(names[1])})",
        (words.quoted(money.heading), money.value("pointed.x")),
        (words.quoted(say.heading), say.value("pointed.m")),
    )
    axis = money.axis() | {
        "grid": False,
        "tickCount": {"expr": "max(3,floor(width/110))"},
        "title": money.word("a_week"),
    }
    scale = {"zero": True, "nice": False, "range": [0, {"expr": f"width-{_NAMES}"}]}
    layers = [
        _path("in", [1, 0], 2.2, colour, say),
        _path("out", [3, 4], 1.4, colour, say),
        *_names(colour, say),
        _dots("today", names, {"value": "$ink-3"}, 46, say),
        _dots("plan", names, colour, 90, say),
    ]
    return theme.base(tip) | {
        "encoding": {"x": {"field": "x", "type": "quantitative", "scale": scale, "axis": axis}},
        "layer": layers,
    }


def _y(say: Voice, field: str = "m") -> dict[str, Any]:
    scale = {"zero": True, "nice": True}
    return {"y": {"field": field, "type": "quantitative", "scale": scale, "axis": say.axis()}}


def _path(kind: str, dash: list[int], width: float, colour: dict[str, Any], say: Voice) -> dict[str, Any]:
    return {
        "transform": [{"filter": f"datum.k=='{kind}'"}],
        "mark": {"type": "line", "strokeWidth": width, "strokeDash": dash},
        "encoding": _y(say) | {"color": colour},
    }


def _names(colour: dict[str, Any], say: Voice) -> list[dict[str, Any]]:
    """Names over a halo of the card's colour: lines pass below them."""
    mark = {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "limit": _NAMES - 10}
    halo = mark | {"stroke": "$card", "strokeWidth": 4, "strokeJoin": "round", "color": "$card"}
    at = {"transform": [{"filter": "isValid(datum.ly)"}]}
    encoding = _y(say, "ly") | {"text": {"field": "name"}}
    return [
        at | {"mark": halo, "encoding": encoding},
        at | {"mark": mark, "encoding": encoding | {"color": colour}},
    ]


def _dots(which: str, names: list[str], colour: dict[str, Any], size: int, say: Voice) -> dict[str, Any]:
    scale = {"domain": names, "range": ["circle", "diamond"]}
    dye = {"symbolFillColor": "$ink-3", "symbolStrokeColor": "$ink-3"}
    legend = {"orient": "top", "offset": 4, "symbolSize": 60} | dye
    return {
        "name": f"touch_{which}",
        "transform": [
            {"filter": f"datum.k=='{which}'"},
            {"calculate": words.quoted(names[which == "today"]), "as": "which"},
        ],
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 1},
        "encoding": _y(say)
        | {"color": colour, "shape": {"field": "which", "type": "nominal", "scale": scale, "legend": legend}},
    }


def _said(say: Voice, money: Voice, rows: list[Row], marginal: bool) -> str:
    parts = [
        f"{row['name']} {money.shown(row['x'])}: {say.shown(row['m'])}" for row in rows if row["k"] == "plan"
    ]
    return say.sentence("marginal_alt" if marginal else "responses_alt", parts=say.joined(parts))
