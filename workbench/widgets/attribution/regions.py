"""How the regions of the Attribution panel are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.attribution import Models
from workbench.attribution.answer import DIRECT, OTHER
from workbench.attribution.routes import ARROW, GAP
from workbench.attribution.stores import DIMENSIONS
from workbench.i18n import formats
from workbench.metrics import PERIODS
from workbench.metrics.periods import label
from workbench.tables.controls import button, select, slider
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import people, shell
from workbench.widgets.attribution.state import FEWEST_DAYS, MOST_DAYS
from workbench.widgets.parts import below, heading, kpi, table
from workbench.widgets.scene import Region, Scene, figure

COLOURS = 8
"""Channels with a colour of their own."""


def title(scene: Scene) -> Region:
    """Heading, freshness, days shown."""
    period = scene.answer("models").period
    ends = {"start": period.start, "end": period.end} if period else {}
    days = scene.shell("window", **{name: formats.date(day, scene.lang) for name, day in ends.items()})
    return shell.title(scene, scene.live and bool(ends) and tag("p", days, class_="wb-stamp"))


def controls(scene: Scene) -> Region:
    """Period, breakdown, model, window; in a report the same in words."""
    state = scene.state
    shown = scene.say("window_days", n=state.window)
    if not scene.live:
        words = [label(state.period, scene.lang), shell.dimension(state.by, scene), shown]
        whose = people.control(scene)
        return Region(tag("p", tag("b", words[0]), " · ", " · ".join(words[1:]), whose, class_="wb-words"))
    names = [*PERIODS] if state.period in PERIODS else [state.period, *PERIODS]
    models = [(item.model.id, item.model.label(scene.lang)) for item in scene.answer("models").answers]
    dimensions = [(name, shell.dimension(name, scene)) for name in DIMENSIONS]
    return Region(
        join(
            select(scene.shell("period"), "period", state.period, [(n, label(n, scene.lang)) for n in names],
                   "wb-strong"),
            select(scene.say("dimension"), "by", state.by, dimensions),
            select(scene.say("model"), "model", state.model, models),
            slider(scene.say("window"), "window", state.window, FEWEST_DAYS, MOST_DAYS, shown),
            people.control(scene),
        )
    )  # fmt: skip


def answer(scene: Scene) -> Region:
    """The sentence first, then what there is to share."""
    models: Models = scene.answer("models")
    chosen = models[scene.state.model]
    names = _names(scene)
    said = models.sentence(scene.lang, names, scene.state.model)
    cards = [
        kpi(scene.say("own"), formats.number(chosen.conversions, scene.lang), scene.say("own_about")),
        kpi(
            scene.say("value"),
            formats.money(chosen.value, chosen.currency, scene.lang, short=True),
            scene.say("value_about"),
        ),
        kpi(
            scene.say("untouched"),
            formats.number(chosen.direct, scene.lang),
            scene.say("untouched_about", share=formats.percent(chosen.direct_share, scene.lang, 1)),
        ),
    ]
    heading = tag("h2", scene.say("answer"), class_="wb-hidden")
    return Region(
        join(
            heading,
            tag("div", tag("p", said, class_="wb-lead"), class_="wb-card"),
            tag("div", cards, class_="wb-kpis"),
        )
    )


def credits(scene: Scene) -> Region:
    """The chosen model with its interval, among all models."""
    models: Models = scene.answer("models")
    order = scene.store.members(scene.state.by)[:COLOURS] if scene.state.by == "channel" else None
    chart = charts.credits(models, scene.state.model, scene.lang, scene.labels, order)
    model = models[scene.state.model].model
    top = heading(scene.say("credits", model=model.label(scene.lang), dimension=_noun(scene)))
    about = below(scene.say("credits_about"), model.about(scene.lang))
    return Region(join(top, figure(scene, "credits", chart), about), {"credits": chart})


def models(scene: Scene) -> Region:
    """Shares by every model, side by side."""
    found: Models = scene.answer("models")
    rows = found.published()
    chosen = rows[rows.model == scene.state.model]
    wide = rows.pivot(index=found.by, columns="model", values="share")
    heads = [tag("th", shell.dimension(scene.state.by, scene), scope="col")]
    heads += [_model_head(scene, item.model) for item in found.answers]
    body = [
        tag(
            "tr",
            tag("th", _member(scene, row[found.by]), scope="row"),
            [
                _share(scene, item.model.id, wide.loc[row[found.by], item.model.id], row)
                for item in found.answers
            ],
            data_id=f"row-{row[found.by]}",
        )
        for row in chosen.to_dict("records")
    ]
    caption = scene.say("models")
    choose = scene.say("models_choose") if scene.live else ""
    about = below(scene.say("models_about"), choose)
    return Region(join(heading(caption), table(caption, heads, body), about))


def paths(scene: Scene) -> Region:
    """The most common ways to a conversion, as far as enough people took them."""
    found = scene.answer("paths")
    heads = _heads(scene, "path", "people", "journeys", "conversions", "rate")
    body = [
        tag(
            "tr",
            tag("th", _path(scene, row["path"]), scope="row", class_="wb-way"),
            [
                tag("td", formats.number(row[name], scene.lang))
                for name in ("people", "journeys", "conversions")
            ],
            tag("td", formats.percent(row["rate"], scene.lang, 1)),
        )
        for row in found.table.to_dict("records")
    ]
    hidden_ = scene.say(
        "paths_hidden", count=formats.number(found.hidden, scene.lang), people=found.least_people
    )
    caption = scene.say("paths")
    return Region(join(heading(caption), table(caption, heads, body), found.hidden and below(hidden_)))


def claims(scene: Scene) -> Region:
    """Own conversions beside those that platforms claim; never a sum of both."""
    caption = scene.say("claims")
    if scene.state.segment:
        return Region(join(heading(caption), tag("p", scene.say("claims_of_all"), class_="wb-quiet")))
    found = scene.answer("claims")
    dimension = tag("th", shell.dimension(scene.state.by, scene), scope="col")
    heads = [dimension, *_heads(scene, "own", "claimed", "ratio")]
    rows = found.table.head(12).to_dict("records")
    body = [
        tag(
            "tr",
            tag("th", _member(scene, row[found.by]), scope="row"),
            tag("td", formats.number(row["own"], scene.lang)),
            tag("td", formats.number(row["claimed"], scene.lang)),
            tag("td", formats.number(row["claimed_per_own"], scene.lang, 1)),
        )
        for row in rows
    ]
    return Region(join(heading(caption), table(caption, heads, body), below(found.sentence(scene.lang))))


def definitions(scene: Scene) -> Region:
    """What each model gives credit for, and what a reader must know."""
    found: Models = scene.answer("models")
    notes = [tag("li", note.sentence(scene.lang)) for note in found[scene.state.model].notes]
    terms = [
        tag("div", tag("dt", item.model.label(scene.lang)), tag("dd", item.model.about(scene.lang)))
        for item in found.answers
    ]
    body = (
        tag("p", scene.say("interval_note"), class_="wb-quiet"),
        tag("ul", notes, class_="wb-notes"),
        tag("dl", terms, class_="wb-defs"),
    )
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def no_touches(scene: Scene) -> Region:
    """What a workspace without touches shows."""
    return Region(tag("p", scene.say("no_touches"), class_="wb-notice wb-info", role="status"))


def _heads(scene: Scene, *names: str) -> list[Html]:
    return [tag("th", scene.say(f"col_{name}"), scope="col") for name in names]


def _model_head(scene: Scene, model: Any) -> Html:
    """A model's name; a click puts it in front."""
    name, on = model.label(scene.lang), model.id == scene.state.model
    words = button(name, "set", "model", model.id, class_="wb-sort") if scene.live else name
    return tag(
        "th", words, on and hidden(f" ({scene.say('in_front')})"), scope="col", class_="wb-on" if on else None
    )


def _share(scene: Scene, model: str, share: float, row: Mapping[Any, Any]) -> Html:
    on = model == scene.state.model
    known = on and row["share_low"] == row["share_low"]
    ends = [formats.percent(row[f"share_{end}"], scene.lang, 1) for end in ("low", "high")] if known else []
    interval = tag("small", " – ".join(ends)) if ends else None
    shown = formats.percent(share, scene.lang, 1)
    return tag("td", tag("b", shown) if on else shown, interval, class_="wb-on" if on else None)


def _names(scene: Scene) -> dict[str, str]:
    """Member → shown name."""
    by = scene.state.by
    return {value: words for (dimension, value), words in scene.labels.items() if dimension == by}


def _member(scene: Scene, member: str) -> str:
    special = {DIRECT: "direct_row", OTHER: "other_row"}
    if member in special:
        return scene.say(special[member])
    return shown_member(member, scene.state.by, scene.labels, scene.lang)


def _path(scene: Scene, path: str) -> str:
    steps = path.split(ARROW)
    return ARROW.join(step if step == GAP else _member(scene, step) for step in steps)


def _noun(scene: Scene) -> str:
    name = shell.dimension(scene.state.by, scene)
    return name if scene.lang == "zh" else name.lower()
