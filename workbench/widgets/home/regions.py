"""How the regions of the Home panel are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts, tables
from workbench import findings as found_by
from workbench.errors import WorkbenchError
from workbench.findings import Finding
from workbench.i18n import formats
from workbench.metrics.periods import resolve
from workbench.tables.controls import button, menu
from workbench.tables.html import Html, join, tag
from workbench.widgets import decided as by_decision
from workbench.widgets import pin, proof, shell
from workbench.widgets.campaigns.state import CampaignsState
from workbench.widgets.parts import heading
from workbench.widgets.scene import NOTHING, Region, Scene, figure
from workbench.widgets.slow import Pending

VERSUS = {"last_year": "versus_year", "target": "versus_target"}
"""Further comparisons of the cards → their words."""

CHANNELS_HEIGHT = 12
"""Channels shown at most."""

MOST = 5
"""Findings of a card."""

NEWEST = 10
"""Decisions that are not folded."""


def kpis(scene: Scene) -> Region:
    """The cards: value, interval, shape of the days, and the change against three pasts."""
    answer, days = scene.answer("kpis"), scene.found["trend"]
    cards = tables.readings(answer, answer.table.iloc[0])
    drawn = () if isinstance(days, Exception) else answer.metrics
    sparks = {metric.id: charts.sparkline(list(days.table[metric.id])) for metric in drawn}
    versus = [(scene.say(words), _readings(scene.found.get(name))) for name, words in VERSUS.items()]
    head = tag("h2", scene.say("kpis"), class_="wb-hidden")
    shown = tables.kpis(cards, scene.lang, sparks, scene.state.metric, scene.live, versus)
    return Region(join(head, shown))


def findings(scene: Scene) -> Region:
    """What changed, without what was decided; each one leads to where one acts."""
    answer = scene.answer("findings")
    left = found_by.undecided(answer, *by_decision.known(scene))
    if answer and not left:
        return Region(
            join(heading(scene.say("findings")), tag("p", scene.say("all_decided"), class_="wb-quiet"))
        )
    return Region(join(heading(scene.say("findings")), _list(scene, left[:MOST])))


def advice(scene: Scene) -> Region:
    """What could be better although nothing changed."""
    head, answer = heading(scene.say("advice")), scene.found["advice"]
    if isinstance(answer, Pending):
        return Region(join(head, shell.awaited(scene, answer)))
    return Region(join(head, _list(scene, _advised(scene)[:MOST])))


def _advised(scene: Scene) -> tuple[Finding, ...]:
    """Advice that no decision keeps away: what was tested is news when all days tested lie behind it."""
    answer, (made, start, last) = scene.answer("advice"), by_decision.known(scene)
    tested = resolve(found_by.ADVISED, last, last).start
    kept = [
        *found_by.undecided([item for item in answer if item.p is None], made, start, last),
        *found_by.undecided([item for item in answer if item.p is not None], made, tested, last),
    ]
    return tuple(item for item in answer if item in kept)


def channels(scene: Scene) -> Region:
    """The chosen metric of every channel with its interval, largest first."""
    answer = scene.answer("channels")
    metric, order = answer.metrics[0], scene.store.members("channel")
    chart = charts.breakdown(answer, metric.id, scene.lang, scene.labels, order, CHANNELS_HEIGHT, False)
    title = scene.say("channels", metric=metric.label(scene.lang, short=True))
    table = None if scene.live else _channels_table(scene, answer, title)
    return Region(join(heading(title), figure(scene, "channels", chart), table), {"channels": chart})


def _channels_table(scene: Scene, answer: Any, title: str) -> Html:
    """The chart's numbers, for those who take a report's tables along."""
    name = shell.dimension("channel", scene)
    return tables.breakdown(
        answer, tables.Layout(title, name, answer.metrics[0], labels=scene.labels, live=False), scene.lang
    )


def decided(scene: Scene) -> Region:
    """What was decided, and what followed."""
    made = found_by.decisions(scene.store)
    if not made:
        return NOTHING
    known = scene.found["outcomes"]
    followed = {} if isinstance(known, Exception) else {item.decision.finding: item for item in known}
    rows = [by_decision.row(scene, one, followed.get(one.finding)) for one in made]
    note = tag("p", scene.say("not_cause"), class_="wb-quiet") if followed else None
    waits = shell.awaited(scene, known) if isinstance(known, Pending) else None
    shown = tag("ol", rows[:NEWEST], class_="wb-find")
    return Region(join(heading(scene.say("decided")), shown, waits, _earlier(scene, rows[NEWEST:]), note))


def _earlier(scene: Scene, rows: list[Html]) -> Html | None:
    """Older decisions, folded on a page."""
    if not rows:
        return None
    words = tag("summary", scene.say("decided_earlier", n=formats.number(len(rows), scene.lang)))
    return tag("details", words, tag("ol", rows, class_="wb-find"), data_keep="decided", open=not scene.live)


def pages(scene: Scene) -> Region:
    """Every other page of the app, with what it is for; it takes period and filters along."""
    listed = [page for page in shell.pages(scene) if page["id"] != scene.panel and page.get("href")]
    if not (scene.live and listed):
        return NOTHING
    items = [
        tag(
            "li",
            tag("a", page.get(scene.lang) or page["id"], href=shell.address(page, scene), class_="wb-link"),
            _about(page, scene),
        )
        for page in listed
    ]
    return Region(join(heading(scene.say("pages")), tag("ul", items, class_="wb-ways")))


def definitions(scene: Scene) -> Region:
    """What every metric on the page means."""
    answer = scene.answer("kpis")
    known = bool(scene.store.settings.margin)
    body = (
        tag("p", scene.say("interval_note"), class_="wb-quiet"),
        [tag("p", answer.sentence(note, scene.lang), class_="wb-quiet") for note in answer.notes],
        tables.definitions(answer.metrics, scene.lang, known),
    )
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _readings(answer: Any) -> dict[str, tables.Reading]:
    """Metric → reading of an answer of one row; none where there is no answer."""
    if answer is None or isinstance(answer, Exception):
        return {}
    return {reading.metric.id: reading for reading in tables.readings(answer, answer.table.iloc[0])}


def _list(scene: Scene, items: tuple[Finding, ...]) -> Html:
    beside = (lambda item: _decide(scene, item)) if scene.live and scene.saves else None
    notes = lambda item: proof.beside(scene, item)  # noqa: E731
    shown = tables.findings(items, scene.lang, scene.live, lambda item: _way(scene, item), beside, notes)
    return join(shown, proof.foot(scene) if items else None)


def _decide(scene: Scene, item: Finding) -> Html:
    choices = [
        button(scene.say("done"), "decide", item.id, "done"),
        *(button(scene.say(f"snooze_{word}"), "snooze", item.id, word) for word in found_by.SNOOZES),
        _until(scene, item),
        button(scene.say("rejected"), "decide", item.id, "rejected"),
    ]
    label = scene.say("decide_about", finding=item.sentence(scene.lang))
    return menu(
        scene.say("decide"), *choices, name=f"decide-{item.id}", kind="wb-right wb-choices", aria_label=label
    )


def _until(scene: Scene, item: Finding) -> Html:
    """A day until which a finding is put off."""
    words = scene.say("snooze_until")
    day = tag("input", type="date", required=True, aria_label=words)
    put_off = tag("button", words, type="submit", class_="wb-btn")
    return tag("form", day, put_off, data_act="snooze", data_key=item.id, class_="wb-line")


def _way(scene: Scene, item: Finding) -> str:
    """Address of the page where one acts on a finding, with what it is about."""
    listed = {page["id"]: page for page in shell.pages(scene) if page.get("href")}
    page = listed.get(item.panel) or listed.get("campaigns")
    if page is None:
        return "#"
    if page["id"] != "campaigns":
        return shell.address(page, scene)
    state = scene.state
    kept = {name: getattr(state, name) for name in ("period", "compare", "lang", "theme")}
    shown = {name: value for name, value in item.state.items() if name in ("metric", "filters")}
    try:
        query = CampaignsState(scene.store, **kept, **shown).query
    except WorkbenchError:  # a member that the store no longer has
        return shell.address(page, scene)
    return shell.linked(page["href"], pin.kept(query, scene.store))


def _about(page: Mapping[str, Any], scene: Scene) -> Html | None:
    about = page.get(f"about_{scene.lang}")
    return tag("span", about, class_="wb-quiet") if about else None
