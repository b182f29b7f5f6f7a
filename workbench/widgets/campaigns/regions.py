"""How the regions of the Campaigns panel are drawn."""

from __future__ import annotations

from typing import Any

from workbench import charts, tables
from workbench import findings as found_by
from workbench import metrics as questions
from workbench.catalogue import Metric
from workbench.metrics import MetricTable
from workbench.metrics.dimensions import MEMBERS
from workbench.tables.controls import button, check, menu, select, toggle
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, join, tag
from workbench.widgets import decided, proof, shell
from workbench.widgets.campaigns.state import CampaignsState
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

TREND_HEIGHT = 300
"""Pixels: about as high as five findings."""

MOST = 5
"""Findings of the card."""

SHOWN_ROWS = 10
"""Rows of the breakdown before `show all`."""

MOST_ROWS = 200
"""Rows of the breakdown after `show all`; the download has every one."""

LEVELS = ("1", "2", "3")
"""Names of the levels of a breakdown, outer first."""

HOUR_NOTES = ("no_hour", "no_hours", "no_rows", "other_currencies", "unsaid_currency")
"""Notes that concern the map of hours; the others stand with the definitions."""

COLOURS = 8
TOP = 7
"""Members with a share of their own; the rest is one part."""
GROUPS = ("delivery", "cost", "outcome", "own")


def share_metric(state: CampaignsState) -> str:
    """The metric whose shares are shown: the chosen one if it adds up, else the first card that does."""
    known = state.store.metrics
    sums = [name for name in (state.metric, *state.metrics) if not known[name].is_ratio]
    return next((name for name in sums if name != "reach"), "cost")


def kpis(scene: Scene) -> Region:
    """The cards: value, interval, change, and the shape of the days."""
    answer, days = scene.answer("kpis"), scene.found["trend"]
    cards = tables.readings(answer, answer.table.iloc[0])
    # a card stands without its line where the days could not be answered
    drawn = () if isinstance(days, Exception) else answer.metrics
    sparks = {metric.id: charts.sparkline(list(days.table[metric.id])) for metric in drawn}
    heading = tag("h2", scene.say("kpis"), class_="wb-hidden")
    return Region(join(heading, tables.kpis(cards, scene.lang, sparks, scene.state.metric, scene.live)))


def findings(scene: Scene) -> Region:
    """What changed, what shows it, and where one acts; what was decided is folded below it."""
    answer, known = scene.answer("findings"), decided.known(scene)
    left = found_by.undecided(answer, *known)[:MOST]
    gone = decided.folded(scene, decided.away(answer, *known))
    shown = tables.findings(left, scene.lang, scene.live, notes=lambda item: proof.beside(scene, item))
    if gone and not left:
        shown = tag("p", scene.say("home.all_decided"), class_="wb-quiet")
    return Region(join(heading(scene.say("findings")), shown, proof.foot(scene) if left else None, gone))


def trend(scene: Scene) -> Region:
    """The chosen metric over time, with its interval and the days it is compared with."""
    metric = _chosen(scene)
    chart = charts.trend(scene.answer("trend"), metric.id, scene.lang, scene.labels, height=TREND_HEIGHT)
    name = metric.label(scene.lang, short=True)
    head = heading(scene.say("trend", metric=name), scene.live and _metric_choice(scene))
    return Region(join(head, figure(scene, "trend", chart)), {"trend": chart})


def breakdown(scene: Scene) -> Region:
    """The members of the level as a table, the way down above it."""
    answer, state = scene.answer("breakdown"), scene.state
    limit = SHOWN_ROWS if state.rows == "some" else MOST_ROWS
    shown = min(limit, len(answer.table))
    title = scene.say("by", dimension=_noun(scene))
    return Region(
        join(
            heading(title, scene.live and _levels(scene)),
            state.path and _path(scene),
            tables.breakdown(answer, _layout(scene, answer, limit), scene.lang),
            _foot(scene, shown, len(answer.table)),
        )
    )


def members(scene: Scene) -> Region:
    """The chosen metric of every member with its interval, largest first."""
    answer, metric = scene.answer("breakdown"), _chosen(scene)
    drill = scene.live and _can_drill(scene)
    chart = charts.breakdown(answer, metric.id, scene.lang, scene.labels, _order(scene), SHOWN_ROWS, drill)
    name = metric.label(scene.lang, short=True)
    title = scene.say("compare_members", metric=name, dimension=_noun(scene))
    return Region(join(heading(title), figure(scene, "members", chart)), {"members": chart})


def share(scene: Scene) -> Region:
    """Who has how much of the whole, as a ring or as bars."""
    answer, state = scene.answer("breakdown"), scene.state
    metric = scene.store.metrics[share_metric(state)]
    parts = questions.share(answer, metric.id, TOP)
    drill = scene.live and _can_drill(scene)
    chart = charts.share(
        parts, metric, scene.lang, state.share, scene.labels, answer.currency, _order(scene), drill
    )
    kinds = [(kind, scene.say(f"share_{kind}")) for kind in ("pie", "bar")]
    choice = scene.live and toggle(scene.say("share_kind"), "share", state.share, kinds)
    title = scene.say("share", metric=metric.label(scene.lang, short=True))
    return Region(join(heading(title, choice), figure(scene, "share", chart)), {"share": chart})


def heat(scene: Scene) -> Region:
    """A rate by hour of the week, and which part of the data knows its hours."""
    answer = scene.answer("slots")
    chart = charts.heat(answer, scene.lang)
    title = scene.say("heat", metric=answer.metrics[0].label(scene.lang, short=scene.lang == "zh"))
    return Region(
        join(heading(title), figure(scene, "heat", chart), _notes(answer, scene, HOUR_NOTES)),
        {"heat": chart},
    )


def definitions(scene: Scene) -> Region:
    """What every metric on the page means, and what a reader must know of these numbers."""
    answer = scene.answer("breakdown")
    known = bool(scene.store.settings.margin)
    body = (
        tag("p", scene.say("interval_note"), class_="wb-quiet"),
        _notes(answer, scene),
        tables.definitions(answer.metrics, scene.lang, known),
    )
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _chosen(scene: Scene) -> Metric:
    metric: Metric = scene.store.metrics[scene.state.metric]
    return metric


def _metric_choice(scene: Scene) -> Html:
    known = [metric for metric in scene.store.metrics.values() if not metric.answered_by]
    choices = [(metric.id, metric.title(scene.lang)) for metric in known]
    chosen = select(scene.say("metric"), "metric", scene.state.metric, choices)
    return tag("span", chosen, menu(scene.say("cards"), _cards(scene, known), name="cards", kind="wb-right"))


def _cards(scene: Scene, known: list[Metric]) -> Html:
    parts = []
    for group in GROUPS:
        boxes = [
            tag(
                "li",
                check(
                    "card", "", item.id, item.title(scene.lang, short=False), item.id in scene.state.metrics
                ),
            )
            for item in known
            if item.group == group
        ]
        if boxes:
            parts.append(join(tag("h3", scene.say(f"group_{group}")), tag("ul", boxes, class_="wb-checks")))
    return join(tag("p", scene.say("cards_about"), class_="wb-quiet"), parts)


def _levels(scene: Scene) -> Html:
    dimensions = [(name, shell.dimension(name, scene)) for name in MEMBERS]
    chosen = [*scene.state.by, "", ""][: len(LEVELS)]
    parts = []
    for number, name in zip(LEVELS, chosen, strict=True):
        choices = [*dimensions] if number == LEVELS[0] else [("", scene.say("no_level")), *dimensions]
        label = scene.say("level", n=number)
        parts.append(select(label, number, name, choices, act="level"))
    return tag("span", parts, class_="wb-levels")


def _path(scene: Scene) -> Html:
    state = scene.state
    steps = [_step(scene, state.by[0], scene.say("all"))]
    for number, (level, name) in enumerate(zip(state.by, state.path, strict=False), start=1):
        here = number == len(state.path)
        words = shown_member(name, level, scene.labels, scene.lang)
        steps.append(_step(scene, "" if here else state.by[number], words))
    up = button("↑", "up", class_="wb-btn wb-up", title=scene.say("up"), aria_label=scene.say("up"))
    items = tag("ol", [tag("li", step) for step in steps])
    return tag("nav", scene.live and up, items, class_="wb-path", aria_label=scene.say("path"))


def _step(scene: Scene, level: str, words: str) -> Html:
    """One step of the way: a way back up, or where one is."""
    if scene.live and level:
        return button(words, "up", level, class_="wb-link")
    return tag("span", words, aria_current=None if level else "location")


def _layout(scene: Scene, answer: MetricTable, limit: int) -> tables.Layout:
    state = scene.state
    heading = shell.dimension(state.level, scene)
    names = ("、" if scene.lang == "zh" else ", ").join(
        item.label(scene.lang, True) for item in answer.metrics
    )
    order = _order(scene)[:COLOURS] if state.level == "channel" else ()
    return tables.Layout(
        caption=scene.say("breakdown", metrics=names, dimension=heading),
        heading=heading,
        metric=_chosen(scene),
        sort=state.sort,
        labels=scene.labels,
        colours={name: number for number, name in enumerate(order, start=1)},
        limit=limit,
        drill=_can_drill(scene),
        live=scene.live,
    )


def _foot(scene: Scene, shown: int, count: int) -> Html:
    parts: list[Any] = []
    if count > SHOWN_ROWS:
        more = scene.state.rows == "some"
        parts.append(tag("span", scene.say("shown", shown=shown, all=count)))
        label, value = (scene.say("show_all"), "all") if more else (scene.say("show_some"), "some")
        parts.append(scene.live and button(label, "set", "rows", value, class_="wb-link"))
    if scene.live and _can_drill(scene):
        parts.append(tag("span", scene.say("drill_hint")))
    if not scene.state.comparable(scene.state.level):
        parts.append(tag("span", scene.say("targets_by_channel")))
    return tag("p", parts, class_="wb-below")


def _can_drill(scene: Scene) -> bool:
    return len(scene.state.path) < len(scene.state.by[1:])


def _order(scene: Scene) -> tuple[str, ...]:
    found: tuple[str, ...] = scene.store.members(scene.state.level)
    return found


def _noun(scene: Scene) -> str:
    name = shell.dimension(scene.state.level, scene)
    return name if scene.lang == "zh" else name.lower()


def _notes(answer: MetricTable, scene: Scene, codes: tuple[str, ...] = ()) -> Html | None:
    lines = [
        tag("li", answer.sentence(note, scene.lang))
        for note in answer.notes
        if note.code in codes or not codes
    ]
    return tag("ul", lines, class_="wb-notes") if lines else None
