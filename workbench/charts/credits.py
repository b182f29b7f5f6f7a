"""`credits`: one row a channel, its share by the chosen model, and where the other models put it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Metric
from workbench.charts import frame, rows, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice
from workbench.i18n import text

if TYPE_CHECKING:
    from workbench.attribution import Models

TOP = 12
EMPTY_HEIGHT = 160
_LEGEND = 26
AGAINST = "last"
"""The model that platforms and most reports use: shown beside the chosen one."""


def credits(
    models: Models,
    model: str = "markov",
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
) -> Chart:
    """Draw the share of own conversions by channel: a model with its interval, among all models.

    Args:
        models: Answers of `attribution.compare_models`.
        model: The model in front.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Members in the order of their colours; without it every point has the accent colour.
    """
    metric = Metric("share", text("attribution.share_of", "en"), text("attribution.share_of", "zh"),
                    "share", "neither", "outcome", "conversions", "conversions")  # fmt: skip
    say = Voice(metric, lang, "")
    found = _rows(models, model, say, labels, order)
    if not found:
        return empty(lang, EMPTY_HEIGHT)
    shown = rows.numbered(found[:TOP])
    alt = _said(say, models, model, shown)
    return Chart(_spec(say, models, model, shown), shown, alt, rows.height(shown, _LEGEND))


def _rows(models: Models, model: str, say: Voice, labels: Labels | None, order: Any) -> list[Row]:
    table = models.published()
    named = table[~table[models.by].isin(["(direct)", "(other)"])]
    spread = named.groupby(models.by, sort=False).share.agg(["min", "max"])
    by_last = named[named.model == AGAINST].set_index(models.by).share
    chosen = named[named.model == model].sort_values("share", ascending=False, kind="stable")
    places = frame.places(chosen[models.by], order) if order else {}
    found = []
    for record in chosen.to_dict("records"):
        member = record[models.by]
        ends = {"lo": record["share_low"], "hi": record["share_high"], "l": by_last.get(member)}
        ends |= {"a": spread["min"][member], "z": spread["max"][member]}
        row = {"key": member, "name": say.name(models.by, member, labels), "m": frame.figure(record["share"])}
        row |= {key: figure for key, value in ends.items() if (figure := frame.figure(value)) is not None}
        found.append(row | ({"s": places[member]} if member in places else {}))
    return found


def _spec(say: Voice, models: Models, model: str, shown: list[Row]) -> dict[str, Any]:
    x = {"field": "m", "type": "quantitative", "scale": rows.scale(True), "axis": rows.tick_axis(say)}
    labels = {answer.model.id: answer.model.label(say.lang) for answer in models.answers}
    names = [labels[model], labels.get(AGAINST, "")]
    colour = rows.colour(shown)
    layers = [
        _line("a", "z", {"strokeWidth": 1.5, "color": "$ink-3", "opacity": 0.7}, {}),
        _line("lo", "hi", {"strokeWidth": 6, "opacity": 0.3, "strokeCap": "round"}, {"color": colour}),
        _dots("l", names, 1, {"value": "$ink-3"}, 46) if model != AGAINST and AGAINST in labels else None,
        _dots("m", names, 0, colour, 84),
    ]
    value = say.value("datum.m", short=True)
    return rows.spec(shown, [layer for layer in layers if layer], x, value, _tip(say, names, model), False)


def _line(low: str, high: str, look: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    encoding = {"x": {"field": low}, "x2": {"field": high}, **more}
    return {"mark": {"type": "rule", **look}, "encoding": encoding}


def _dots(field: str, names: list[str], which: int, colour: dict[str, Any], size: int) -> dict[str, Any]:
    scale = {"domain": [name for name in names if name], "range": ["circle", "diamond"]}
    dye = {"symbolFillColor": "$ink-3", "symbolStrokeColor": "$ink-3"}
    legend = {"orient": "top", "offset": 4, "symbolSize": 60} | dye
    shape = {"field": "which", "type": "nominal", "scale": scale, "legend": legend}
    return {
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 1},
        "transform": [{"calculate": words.quoted(names[which]), "as": "which"}],
        "encoding": {"x": {"field": field}, "color": colour, "shape": shape},
    }


def _tip(say: Voice, names: list[str], model: str) -> list[dict[str, Any]]:
    spread = f"{say.value('pointed.a')}+' – '+{say.value('pointed.z')}"
    lines = [
        (words.quoted(names[0]), say.value("pointed.m")),
        (say.quoted("interval"), say.interval("pointed.lo", "pointed.hi")),
        (words.quoted(text("attribution.all_models", say.lang)), spread),
    ]
    if model != AGAINST and names[1]:
        lines.insert(2, (words.quoted(names[1]), say.value("pointed.l")))
    return words.tip("pointed.name", *lines)


def _said(say: Voice, models: Models, model: str, shown: list[Row]) -> str:
    label = models[model].model.label(say.lang)
    parts = say.joined([f"{row['name']} {say.shown(row['m'])}" for row in shown])
    return text("attribution.credits_alt", say.lang, model=label, parts=parts)
