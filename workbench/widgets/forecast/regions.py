"""How the regions of the Forecast panel are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.forecast import Anomalies, Forecast, Pacing
from workbench.forecast.holidays import shown
from workbench.forecast.words import amount, changed, span
from workbench.i18n import formats, remarks
from workbench.tables.blocks import below, grid, head
from workbench.tables.blocks import figure as figure_card
from workbench.tables.controls import select
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.dates import day_menu
from workbench.widgets.forecast import choosing
from workbench.widgets.forecast.state import HORIZONS, LOOKS
from workbench.widgets.scene import NOTHING, Draw, Region, Scene, figure

MOST_SPANS, MOST_CHANGES, MOST_ROWS = 6, 3, 12
LOOK = {"over": "◆", "on": "✓", "under": "▼"}
"""Status against the target → its sign beside the word."""


def controls(scene: Scene) -> Region:
    """Metric, breakdown, days ahead and days looked back; in a report the same in words."""
    state, by = scene.state, choosing.by_of(scene.state)
    if not scene.live:
        words = [
            choosing.chosen(state).metric.title(scene.lang, short=False),
            _by(scene, by),
            _ahead(scene, state.horizon),
        ]
        words = [*words, *([_as_of(scene)] if state.as_of else [])]
        return Region(tag("p", " · ".join(words), class_="wb-words"))
    names = choosing.breakdowns(state)
    return Region(
        join(
            choosing.picker(scene),
            select(scene.say("breakdown"), "by", by, [(name, _by(scene, name)) for name in names]),
            select(scene.say("horizon"), "horizon", state.horizon,
                   [(name, _ahead(scene, name)) for name in HORIZONS]),
            select(scene.say("look"), "look", state.look,
                   [(name, scene.say("look_days", days=int(name))) for name in LOOKS]),
            day_menu("as_of", _as_of(scene), scene.say("as_of_label"), scene),
        )
    )  # fmt: skip


def answer(scene: Scene) -> Region:
    """What is so in sentences, then the key figures of the series that is drawn."""
    names = _names(scene)
    ahead, odd = scene.answer("ahead"), scene.answer("odd")
    month = scene.answer("month") if "month" in scene.found else None
    lines = [ahead.sentence(scene.lang, names, _key(scene)), odd.sentence(scene.lang, names)]
    lead = month.sentence(scene.lang, names, _row(month, _key(scene))) if month else lines.pop(0)
    notes = dict.fromkeys(
        note.sentence(scene.lang) for found in (ahead, month, odd) if found for note in found.notes
    )
    told = [tag("li", line) for line in (*lines, *_set_aside(scene), *notes)]
    title = tag("h2", scene.say("answer"), class_="wb-hidden")
    said = tag("div", tag("p", lead, class_="wb-lead"), tag("ul", told, class_="wb-notes"), class_="wb-card")
    return Region(join(title, said, month and tag("div", _cards(scene, month, ahead), class_="wb-kpis")))


def answered(draw: Draw) -> Draw:
    """A region that takes no place where nothing could be forecast: the answer's place says why."""

    def drawn(scene: Scene) -> Region:
        return NOTHING if isinstance(scene.found.get("ahead"), Exception) else draw(scene)

    return drawn


@answered
def ahead(scene: Scene) -> Region:
    """The forecast after its history, with back-test, anomalies and events."""
    found: Forecast = scene.answer("ahead")
    key = _key(scene)
    metric = choosing.chosen(scene.state).metric
    chart = charts.outlook(found, metric, scene.lang, key, scene.answer("odd"), _names(scene))
    title = scene.say("head_ahead", metric=metric.label(scene.lang, short=True))
    events = scene.say("no_events") if not found.events else ""
    return Region(
        join(head(title, _members(scene)), figure(scene, "ahead", chart),
             below(scene.say("ahead_about", level=formats.percent(found.level, scene.lang, 0)), events)),
        {"ahead": chart},
    )  # fmt: skip


@answered
def odd(scene: Scene) -> Region:
    """What was out of the ordinary, the largest money first, and levels that changed for good."""
    found: Anomalies = scene.answer("odd")
    names = _names(scene)
    items = [
        parts.checked("PASS" if row["event"] else "REVIEW", span(found, row, scene.lang, names))
        for row in found.spans.head(MOST_SPANS).to_dict("records")
    ]
    moved = [
        tag("li", changed(found, row, scene.lang, names))
        for row in found.changes.head(MOST_CHANGES).to_dict("records")
    ]
    none = tag("p", found.sentence(scene.lang, names), class_="wb-quiet")
    return Region(
        join(
            head(scene.say("head_odd")),
            tag("ul", items, class_="wb-find") if items else none,
            tag("h3", scene.say("head_changes")) if moved else None,
            tag("ul", moved, class_="wb-notes") if moved else None,
            below(scene.say("odd_about", tested=formats.number(found.tested, scene.lang),
                            alarm=formats.percent(found.alarm, scene.lang, 0))),
        )
    )  # fmt: skip


@answered
def month(scene: Scene) -> Region:
    """The month so far and to its end, and where every series stands against its target."""
    if "month" not in scene.found:
        why = scene.say(f"no_month_{choosing.chosen(scene.state).group}")
        return Region(join(head(scene.say("head_month")), tag("p", why, class_="wb-quiet")))
    found: Pacing = scene.answer("month")
    metric = choosing.chosen(scene.state).metric
    chart = charts.month(found, metric, scene.lang, _key(scene))
    table = _pacing(scene, found) if found.by else None
    return Region(join(head(scene.say("head_month")), figure(scene, "month", chart), table), {"month": chart})


@answered
def methods(scene: Scene) -> Region:
    """How every way did on the past of the series that is drawn."""
    found: Forecast = scene.answer("ahead")
    rows = [
        [
            _method(scene, row),
            formats.number(row["mase"], scene.lang, 2),
            formats.number(row["rmsse"], scene.lang, 2),
            formats.percent(row["coverage"], scene.lang, 0),
        ]
        for row in found.ways(_key(scene)).to_dict("records")
    ]
    heads = [scene.say(name) for name in ("col_method", "col_mase", "col_rmsse", "col_coverage")]
    title = scene.say("head_methods")
    return Region(
        join(
            head(title),
            grid(title, heads, rows, "tnnn"),
            below(scene.say("methods_about", level=formats.percent(found.level, scene.lang, 0))),
            _effects(scene, found),
        )
    )


def definitions(scene: Scene) -> Region:
    """What each figure means, and what each way does."""
    names = [("term_pacing", "about_pacing"), ("term_interval", "about_interval"),
             ("term_anomaly", "about_anomaly"), ("term_events", "about_events")]  # fmt: skip
    names += [(f"method_{name}", f"about_{name}") for name in Forecast.ways_known()]
    terms = [tag("div", tag("dt", scene.say(term)), tag("dd", scene.say(about))) for term, about in names]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", terms, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _cards(scene: Scene, month: Pacing, ahead: Forecast) -> list[Html]:
    """Key figures of the series that is drawn."""
    row = month.table.iloc[_row(month, _key(scene))]
    shown = {name: _amount(scene, row[name], ahead) for name in row.index if name in _AMOUNTS}
    total = ahead.sum_of(_key(scene))
    ends = {name: _amount(scene, total[name], ahead) for name in ("total", "low", "high")}
    level = formats.percent(ahead.level, scene.lang, 0)
    cards = [
        (scene.say("card_month", day=formats.date(month.last, scene.lang)), shown["projected"],
         scene.say("between", level=level, low=shown["low"], high=shown["high"])),
        (_ahead(scene, scene.state.horizon), ends["total"],
         scene.say("between", level=level, low=ends["low"], high=ends["high"])),
    ]  # fmt: skip
    if row["status"]:
        chance = formats.percent(row["chance"], scene.lang, 0)
        cards += [
            (scene.say("card_target"), shown["target"], scene.say("chance", chance=chance)),
            (scene.say("card_pacing"), formats.percent(row["pacing"], scene.lang, 0),
             scene.say("of_plan", actual=shown["actual"], planned=shown["planned"])),
            (scene.say("card_needed"), shown["needed"], scene.say("rate", rate=shown["rate"])),
        ]  # fmt: skip
    return [figure_card(*card) for card in cards]


_AMOUNTS = ("actual", "projected", "low", "high", "target", "planned", "rate", "needed")


def _pacing(scene: Scene, found: Pacing) -> Html:
    """One row a series: so far, projected, target, pace."""
    rows = [
        [
            _said(scene, {name: row[name] for name in found.by}),
            _amount(scene, row["actual"], found.forecast),
            _with_ends(scene, row, found.forecast),
            _amount(scene, row["target"], found.forecast),
            formats.percent(row["pacing"], scene.lang, 0),
            _status(scene, row["status"]),
        ]
        for row in found.table.head(MOST_ROWS).to_dict("records")
    ]
    names = ("col_series", "col_actual", "col_projected", "col_target", "col_pacing", "col_status")
    title = scene.say("head_month")
    return grid(title, [scene.say(name) for name in names], rows, "tnnnnt")


def _with_ends(scene: Scene, row: Mapping[Any, Any], ahead: Forecast) -> Html:
    ends = [_amount(scene, row[name], ahead) for name in ("low", "high")]
    return tag(
        "span",
        _amount(scene, row["projected"], ahead),
        tag("small", f" ({' – '.join(ends)})"),
        class_="wb-num",
    )


def _status(scene: Scene, status: str) -> str:
    return f"{LOOK[status]} {scene.say(f'status_{status}')}" if status else formats.MISSING


def _method(scene: Scene, row: Mapping[Any, Any]) -> Html:
    name = scene.say(f"method_{row['method']}")
    return tag("span", tag("b", name), f" ✓ {scene.say('chosen')}") if row["chosen"] else tag("span", name)


def _effects(scene: Scene, found: Forecast) -> Html | None:
    """What known events do to the series that is drawn."""
    rows = found.effects_of(_key(scene)).to_dict("records")
    if not rows:
        return None
    shown = [
        scene.say("effect", event=_names(scene).get(row["event"], row["event"]), **{
            name: _size(scene, row, row[name], found) for name in ("effect", "low", "high")
        })
        for row in rows
    ]  # fmt: skip
    return join(
        tag("h3", scene.say("head_effects")),
        tag("ul", [tag("li", line) for line in shown], class_="wb-notes"),
    )


def _size(scene: Scene, row: Mapping[Any, Any], value: float, found: Forecast) -> str:
    """An effect: in parts of the series, or in its units."""
    return formats.change(value, scene.lang) if row["relative"] else _amount(scene, value, found)


def _members(scene: Scene) -> Html | None:
    """Which series is drawn."""
    found: Forecast = scene.answer("ahead")
    if not found.by or not scene.live:
        return None
    choices = [(" · ".join(key.values()), _said(scene, key)) for key in found.ranked()]
    shown = " · ".join(_key(scene).values())
    return select(scene.say("series"), "member", shown, choices)


def _key(scene: Scene) -> Mapping[str, str]:
    """The series that is drawn: the chosen one, else the largest."""
    found: Forecast = scene.answer("ahead")
    ranked = found.ranked()
    named = {" · ".join(key.values()): key for key in ranked}
    return named.get(scene.state.member, ranked[0])


def _row(month: Pacing, key: Mapping[str, str]) -> int:
    return month.place(key)


def _amount(scene: Scene, value: float, ahead: Forecast) -> str:
    return amount(value, ahead.unit, ahead.currency, scene.lang, short=True)


def _said(scene: Scene, key: Mapping[str, str]) -> str:
    return " · ".join(
        shown_member(value or None, name, scene.labels, scene.lang) for name, value in key.items()
    )


def _names(scene: Scene) -> dict[str, str]:
    by = choosing.by_of(scene.state)
    events = shown((*scene.answer("ahead").events, *scene.answer("odd").events), scene.lang)
    return events | {value: words for (kind, value), words in scene.labels.items() if kind == by}


def _by(scene: Scene, name: str) -> str:
    return scene.say("by_dimension", dimension=shell.dimension(name, scene)) if name else scene.say("by_all")


def _set_aside(scene: Scene) -> list[str]:
    """What of breakdown and filters the series does not know."""
    off = [shell.dimension(name, scene) for name in choosing.set_aside(scene.state)]
    return [scene.say("set_aside", names=remarks.shown(off, scene.lang))] if off else []


def _as_of(scene: Scene) -> str:
    if not scene.state.as_of:
        return scene.say("as_of_last")
    day = dt.date.fromisoformat(scene.state.as_of)
    return scene.say("as_of", day=formats.date(day, scene.lang))


def _ahead(scene: Scene, days: str) -> str:
    return scene.say("next_days", days=int(days))
