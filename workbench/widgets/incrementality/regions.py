"""How the regions of the Incrementality panel are drawn."""

from __future__ import annotations

import datetime as dt

from workbench import charts
from workbench.charts.forest import Meaning
from workbench.compare import Comparison, Remark
from workbench.i18n import formats, text
from workbench.tables.blocks import grid
from workbench.tables.controls import checks as boxes
from workbench.tables.controls import menu, select
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts
from workbench.widgets.dates import day_menu
from workbench.widgets.incrementality.state import BEFORE, METHODS
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

SHOWN = 10


def choices(scene: Scene) -> Region:
    """Who was treated, when, what is looked at and how."""
    if not scene.live:
        return Region(tag("p", _in_words(scene), class_="wb-words"))
    state, known = scene.state, scene.store.metrics
    metrics = [(item.id, item.title(scene.lang)) for item in known.values() if not item.answered_by]
    methods = [(name, scene.say(f"method_{name}")) for name in METHODS]
    lengths = [(name, scene.say("before_days", days=int(name))) for name in BEFORE]
    members = [(name, _region(name, scene)) for name in scene.store.members("region")]
    treated = boxes("treat", "", members, state.treated)
    return Region(
        join(
            menu(_treated(scene), treated, name="treated"),
            *(day_menu(key, _on(key, scene), scene.say(key), scene) for key in ("start", "end")),
            select(scene.say("metric"), "metric", state.metric, metrics, "wb-strong"),
            select(scene.say("method"), "method", state.method, methods),
            select(scene.say("before"), "before", state.before, lengths),
        )
    )


def verdict(scene: Scene) -> Region:
    """The effect in a sentence, and what must be known to believe it."""
    answer: Comparison = scene.answer("effect")
    said = parts.verdict(scene, answer, answer.warnings)
    return Region(said if scene.live else join(said, _numbers(answer, scene)))


def _numbers(answer: Comparison, scene: Scene) -> Html:
    """The verdict's numbers as a table, for those who take a report's tables along."""
    row = answer.table.iloc[0]
    unit, lang = scene.store.metrics[scene.state.metric].unit, scene.lang
    apart = "points" if unit == "percent" else unit

    def line(name: str, kind: str, *keys: str) -> list[str]:
        return [name, *(_number(row[key], kind, answer.currency, lang) for key in keys)]

    rows = [
        [*line(text("charts.side_treated", lang), unit, "mean"), "", ""],
        [*line(text("charts.side_control", lang), unit, "mean_control"), "", ""],
        line(scene.say("difference"), apart, "effect", "low", "high"),
        line(scene.say("relative"), "change", "lift", "lift_low", "lift_high"),
    ]
    title = scene.say("numbers")
    return grid(title, ["", *(scene.say(f"col_{key}") for key in ("estimate", "low", "high"))], rows, "tnnn")


def _number(value: float, unit: str, currency: str, lang: str) -> str:
    if unit == "points":
        return formats.points(value, lang)
    if unit == "change":
        return formats.change(value, lang)
    return formats.number(value, lang, 1) if unit == "count" else formats.value(value, unit, lang, currency)


def series(scene: Scene) -> Region:
    """The treated and what they would have been, day by day."""
    answer = scene.answer("effect")
    metric = scene.store.metrics[scene.state.metric]
    chart = charts.counterfactual(answer, metric, scene.lang)
    title = scene.say("series", metric=metric.label(scene.lang, short=True))
    note = scene.say("series_about", start=formats.date(answer.details["start"], scene.lang))
    return Region(
        join(heading(title), figure(scene, "series", chart), tag("p", note, class_="wb-below")),
        {"series": chart},
    )


def checks(scene: Scene) -> Region:
    """The assumptions, and how they stand."""
    answer = scene.answer("effect")
    items = [
        parts.checked(item.status, _named(item.found, scene).sentence(scene.lang))
        for item in answer.details["checks"]
    ]
    return Region(join(heading(scene.say("checks")), tag("ul", items, class_="wb-find")))


def beside(scene: Scene) -> Region:
    """What stands beside the estimate: placebos, or the effect by time since the start."""
    answer = scene.answer("effect")
    if "placebos" in answer.details:
        return _placebos(answer, scene)
    if "events" in answer.details:
        return _events(answer, scene)
    return Region(join(heading(scene.say("its")), tag("p", scene.say("its_about"), class_="wb-quiet")))


def definitions(scene: Scene) -> Region:
    """How each method works and what it needs."""
    lines = [
        tag("div", tag("dt", scene.say(f"method_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in METHODS
    ]
    body = tag("dl", lines, class_="wb-defs")
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _placebos(answer: Comparison, scene: Scene) -> Region:
    """The treated among the regions where nothing happened."""
    first, *rest = answer.details["placebos"].to_dict("records")
    rows: list[charts.Effect] = [
        charts.Effect(row["unit"], _unit(row["unit"], scene), row["ratio"], meaning=meaning)
        for row, meaning in [(first, _found(answer, scene)), *((row, "plain") for row in rest)]
    ]
    chart = charts.forest(rows[:SHOWN], scene.lang, unit="number", title=scene.say("ratio"))
    about = tag("p", scene.say("placebos_about"), class_="wb-below")
    heads = [scene.say("unit"), scene.say("ratio")]
    cells = [[item.name, formats.number(item.value, scene.lang, 2)] for item in rows[:SHOWN]]
    table = None if scene.live else grid(scene.say("placebos"), heads, cells, "tn")
    return Region(
        join(heading(scene.say("placebos")), figure(scene, "beside", chart), table, about), {"beside": chart}
    )


def _found(answer: Comparison, scene: Scene) -> Meaning:
    """What the treated stand for: the verdict of the answer, or a row apart where it cannot tell."""
    row = answer.table.iloc[0]
    meaning = charts.sided(row["low"], row["high"], scene.store.metrics[scene.state.metric].better)
    return "apart" if meaning == "noise" else meaning


def _events(answer: Comparison, scene: Scene) -> Region:
    """The difference before and after the start."""
    metric = scene.store.metrics[scene.state.metric]
    unit = "points" if metric.unit == "percent" else metric.unit
    rows = [
        charts.Effect(str(at), scene.say("days_since", first=row["first"], last=row["last"]),
                      row["effect"], row["low"], row["high"],
                      charts.sided(row["low"], row["high"], metric.better))
        for at, row in enumerate(answer.details["events"].to_dict("records"))
    ]  # fmt: skip
    chart = charts.forest(rows, scene.lang, unit=unit, currency=answer.currency)
    about = tag("p", scene.say("events_about"), class_="wb-below")
    return Region(
        join(heading(scene.say("events")), figure(scene, "beside", chart), about), {"beside": chart}
    )


def _named(found: Remark, scene: Scene) -> Remark:
    """A remark that calls a region by its name."""
    name = found.values.get("name")
    known = name and {"name": _unit(str(name), scene)}
    return Remark(found.code, {**found.values, **known}, found.status) if known else found


def _unit(name: str, scene: Scene) -> str:
    return _treated(scene) if name == "treated" else _region(name, scene)


def _region(name: str, scene: Scene) -> str:
    return shown_member(name, "region", scene.labels, scene.lang)


def _treated(scene: Scene) -> str:
    names = ("、" if scene.lang == "zh" else ", ").join(_region(name, scene) for name in scene.state.treated)
    return scene.say("treated", names=names)


def _on(key: str, scene: Scene) -> str:
    """The first or last day in words."""
    day = dt.date.fromisoformat(getattr(scene.state, key))
    return scene.say(f"{key}_on", day=formats.date(day, scene.lang))


def _in_words(scene: Scene) -> str:
    days = [_on(key, scene) for key in ("start", "end")]
    return " · ".join([_treated(scene), *days, scene.say(f"method_{scene.state.method}")])
