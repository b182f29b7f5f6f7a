"""Regions of the Monitor panel about the numbers: pacing bars, anomalies, the series of one of them."""

from __future__ import annotations

from collections.abc import Mapping

from workbench import charts, tables
from workbench.errors import TooShortError
from workbench.forecast import Pace, Recent
from workbench.i18n import formats
from workbench.tables.blocks import below, head
from workbench.tables.controls import button, select
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, join, tag
from workbench.widgets import shell
from workbench.widgets.dates import day_menu
from workbench.widgets.monitor.state import APART, BY, LOOKS, METRICS
from workbench.widgets.scene import Region, Scene, figure

WANTED = tuple(name for name in METRICS if name != "cost")
"""Metrics of which more than planned is good."""
MOST_ROWS, MOST_ODD = 40, 6
"""Series paced, anomalies told, at most."""


def controls(scene: Scene) -> Region:
    """Metric and breakdown of the pace, breakdown and days of the anomalies; in a report in words."""
    state, known = scene.state, scene.store.metrics
    if not scene.live:
        name = known[state.metric].title(scene.lang, short=False)
        words = [name, _by(scene, state.by), _odd_by(scene, state.apart), _look(scene, state.look)]
        return Region(tag("p", " · ".join([*words, _as_of(scene)]), class_="wb-words"))
    metrics = [(name, known[name].title(scene.lang)) for name in METRICS]
    return Region(
        join(
            select(scene.say("metric"), "metric", state.metric, metrics, "wb-strong"),
            select(scene.say("breakdown"), "by", state.by, [(name, _by(scene, name)) for name in BY]),
            select(
                scene.say("apart"), "apart", state.apart, [(name, _odd_by(scene, name)) for name in APART]
            ),
            select(scene.say("look"), "look", state.look, [(name, _look(scene, name)) for name in LOOKS]),
            day_menu("as_of", _as_of(scene), scene.say("as_of_label"), scene),
        )
    )


def totals(scene: Scene) -> Region:
    """The month as a whole in every metric that is planned or counted."""
    found: Pace = scene.found["totals"]
    if isinstance(found, Exception):
        return Region(join(head(scene.say("head_month")), _instead(scene, found, "too_short")))
    ends = {"first": formats.date(found.first, scene.lang), "last": formats.date(found.last, scene.lang)}
    title = scene.say("head_totals", **ends)
    notes = [note.sentence(scene.lang) for note in found.notes]
    plan = None if len(found.planned) else _no_plan(scene, f"{found.first:%Y-%m}")
    said = tag("p", found.headline(scene.lang, _names(scene)), class_="wb-lead")
    bars = tables.pace(found, scene.lang, _names(scene), title, wanted=WANTED)
    return Region(
        join(
            head(title),
            said,
            plan,
            bars,
            tables.pace_legend(found, scene.lang),
            below(scene.say("pace_about"), *notes),
        )
    )


def pace(scene: Scene) -> Region:
    """The chosen metric of the month, told apart."""
    found: Pace = scene.found["pace"]
    metric = scene.store.metrics[scene.state.metric].label(scene.lang, short=True)
    dimension = shell.dimension(scene.state.by, scene)
    title = scene.say("head_pace", metric=metric, dimension=dimension)
    if isinstance(found, Exception):
        return Region(join(head(title), _instead(scene, found)))
    notes = [note.sentence(scene.lang) for note in found.notes]
    said = tag("p", found.headline(scene.lang, _names(scene)), class_="wb-say")
    bars = tables.pace(found, scene.lang, _names(scene), title, MOST_ROWS, WANTED)
    return Region(join(head(title), said, bars, below(*notes)))


def odd(scene: Scene) -> Region:
    """What was out of the ordinary lately, each with its days at a glance."""
    found: Recent = scene.found["odd"]
    if isinstance(found, Exception):
        return Region(join(head(scene.say("head_odd")), _instead(scene, found)))
    names = _names(scene)
    rows = [
        _odd(scene, found, number, mark, names) for number, mark in enumerate(found.marks()[:MOST_ODD])
    ]  # fmt: skip
    about = scene.say("odd_about", alarm=formats.percent(found.alarm, scene.lang, 0))
    notes = [note.sentence(scene.lang) for note in found.notes]
    said = tag("p", found.headline(scene.lang), class_="wb-quiet" if rows else "wb-say")
    listed = tag("ol", rows, class_="wb-find wb-odd") if rows else None
    return Region(join(head(scene.say("head_odd")), said, listed, below(about, *notes)))


def series(scene: Scene) -> Region:
    """The days of the chosen anomaly, else of the largest series, in the band of what was expected."""
    found: Recent = scene.found["odd"]
    if isinstance(found, Exception):
        return Region(join(head(scene.say("head_days")), _waits(scene, found)))
    number = _chosen(scene, found)
    row = found.table.iloc[number] if number is not None else None
    name = next(iter(found.parts)) if row is None else row["metric"]
    part, metric = found.parts[name], scene.store.metrics[name]
    key = part.bundle.keys[0] if row is None else {each: row[each] for each in found.by}
    chart = charts.unusual(part, metric, scene.lang, key, _names(scene))
    members = " · ".join(shown_member(value, each, scene.labels, scene.lang) for each, value in key.items())
    title = scene.say("head_series", metric=metric.label(scene.lang, short=True), member=members)
    return Region(
        join(head(title), figure(scene, "series", chart), below(scene.say("series_about"))), {"series": chart}
    )


def definitions(scene: Scene) -> Region:
    """What each figure means."""
    names = ("pace", "status", "needed", "odd", "restated", "follow", "late")
    terms = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in names
    ]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", terms, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _instead(scene: Scene, found: Exception, key: str = "too_short_too") -> Html:
    """What stands in the place of an answer; of a history that is too short, what it still needs."""
    if not isinstance(found, TooShortError):
        return shell.instead(scene, found)
    words = scene.say(key, have=found.have, need=found.need)
    look = "wb-quiet" if key == "too_short_too" else "wb-notice wb-info"
    return tag("p", words, class_=look, role="status")


def _waits(scene: Scene, found: Exception) -> Html:
    """Why no series is drawn: its anomalies are awaited, or cannot be known."""
    if isinstance(found, TooShortError):
        return _instead(scene, found)
    return tag("p", scene.say("waits"), class_="wb-quiet")


def _odd(scene: Scene, found: Recent, number: int, mark: str, names: Mapping[str, str]) -> Html:
    """One anomaly: its days at a glance, and a sentence that opens its chart."""
    row = found.table.iloc[number]
    key = {each: row[each] for each in found.by}
    look, sign = ("good", "✓") if row["event"] else ("warn", "▲" if row["direction"] == "above" else "▼")
    said = found.sentence(scene.lang, names, number)
    chosen = number == _chosen(scene, found)
    opens = button(said, "set", "shown", mark, class_="wb-link wb-said", aria_pressed=str(chosen).lower())
    glance = Html(charts.glance(found.parts[row["metric"]], key))
    return tag(
        "li",
        tag("span", sign, class_=f"wb-mark wb-{look}", aria_hidden="true"),
        tag("div", opens if scene.live else tag("p", said), tag("div", glance, class_="wb-glance")),
        class_="wb-on" if chosen else None,
        data_id=f"odd-{mark}",
    )


def _chosen(scene: Scene, found: Recent) -> int | None:
    """The row of the chosen anomaly, else of the largest; None where there is none."""
    marks = found.marks()
    if scene.state.shown in marks:
        return marks.index(scene.state.shown)
    return 0 if marks else None


def _no_plan(scene: Scene, month: str) -> Html:
    """Where targets are given: the form of the month on the Home page, or a file."""
    home = [page for page in shell.pages(scene) if page["id"] == "home" and page.get("href")]
    form = [
        tag("a", scene.say("plan_form"), href=shell.linked(page["href"], f"month={month}")) for page in home
    ]
    words = (scene.say("no_plan"), " ", *form, " ", scene.say("plan_file"), " ")
    command = tag("code", "workbench targets --to plan.csv")
    return tag("div", tag("span", *words, command), class_="wb-notice wb-info", role="status")


def _names(scene: Scene) -> dict[str, str]:
    """Member, event or metric → how it is called."""
    kinds = (scene.state.by, scene.state.apart, "event")
    members = {value: words for (kind, value), words in scene.labels.items() if kind in kinds}
    return members | {name: scene.store.metrics[name].title(scene.lang) for name in METRICS}


def _by(scene: Scene, name: str) -> str:
    return scene.say("pace_by", dimension=shell.dimension(name, scene))


def _odd_by(scene: Scene, name: str) -> str:
    return scene.say("odd_by", dimension=shell.dimension(name, scene))


def _look(scene: Scene, days: str) -> str:
    return scene.say("look_days", days=int(days))


def _as_of(scene: Scene) -> str:
    day = scene.store.as_of
    if scene.state.as_of and day:
        day = type(day).fromisoformat(scene.state.as_of)
    return scene.say("as_of", day=formats.date(day, scene.lang))
