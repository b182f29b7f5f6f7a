"""The weeks to come as a calendar with what is committed, and how past advice did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.errors import QuestionError
from workbench.i18n import formats
from workbench.i18n.errors import told
from workbench.plans import Backtest, Proposal, Schedule
from workbench.plans.weekly import SPANS
from workbench.tables.controls import button, entry, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts
from workbench.widgets.budget.board import channel, money, order, shown
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

PAST = ("origin", "budget", "advice", "before_split", "actual_split", "gain_over")


def weeks(scene: Scene) -> Region:
    """Spend a week and channel, the certificate, pacing; in a fold, what is committed."""
    title = heading(scene.say("weeks"), scene.live and _span(scene))
    if isinstance(scene.found["weeks"], QuestionError):
        return Region(join(title, tag("p", told(scene.found["weeks"], scene.lang), class_="wb-quiet")))
    answer: Schedule = scene.answer("weeks")
    chart = charts.weeks(answer.table, answer.proposal.currency, scene.lang, scene.labels, order(scene))
    said = tag("p", answer.sentence(scene.lang), class_="wb-said")
    about = tag("p", scene.say("weeks_about"), class_="wb-below")
    return Region(
        join(title, said, figure(scene, "weeks", chart), about, _calendar(scene, answer)), {"weeks": chart}
    )


def past(scene: Scene) -> Region:
    """Past plans judged by what came after; on a page only when somebody asks, for it takes a while."""
    title = heading(scene.say("past"))
    if "past" not in scene.found:
        words = tag("p", scene.say("past_about"), class_="wb-quiet")
        return Region(
            join(title, words, scene.live and button(scene.say("past_look"), "steer", "past", "yes"))
        )
    if isinstance(scene.found["past"], QuestionError):
        return Region(join(title, tag("p", told(scene.found["past"], scene.lang), class_="wb-quiet")))
    answer: Backtest = scene.answer("past")
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in PAST]
    body = [_advice(scene, row) for row in answer.table.to_dict("records")]
    said = tag("p", answer.sentence(scene.lang), class_="wb-say")
    about = tag("p", scene.say("past_judge"), class_="wb-below")
    return Region(join(title, said, parts.table(scene.say("past"), heads, body), about))


def _span(scene: Scene) -> Html:
    choices = [(name, scene.say(f"span_{name}")) for name in SPANS]
    return select(scene.say("span"), "span", scene.state.span, choices, act="steer")


def _calendar(scene: Scene, answer: Schedule) -> Html:
    """A row a week, a column a channel: what is planned, and where it is live, what is booked already."""
    found: Proposal = answer.proposal
    names = list(dict.fromkeys(answer.table["channel"]))
    heads = [tag("th", scene.say("week_of"), scope="col"), tag("th", scene.say("season"), scope="col")]
    heads += [tag("th", channel(scene, name), scope="col") for name in names]
    rows = answer.table.groupby("week", sort=False)
    body = [_week(scene, week, part, found.regional) for week, part in rows]
    caption = scene.say("calendar")
    table = parts.table(caption, heads, body)
    summary = tag("summary", caption)
    return tag("details", summary, table, data_keep="calendar", class_="wb-cells", open=not scene.live)


def _week(scene: Scene, week: Any, part: Any, regional: bool) -> Html:
    cells = part.to_dict("records")
    season = formats.number(cells[0]["season"], scene.lang, 2)
    day = formats.date(week, scene.lang)
    look = "wb-quiet" if cells[0]["past"] else None
    body = [_spend(scene, day, row, regional) for row in cells]
    return tag("tr", tag("th", day, scope="row"), tag("td", season, class_="wb-quiet"), body,
               class_=look, data_id=f"week-{week}")  # fmt: skip


def _spend(scene: Scene, day: str, row: Mapping[Any, Any], regional: bool) -> Html:
    """What a channel spends in a week, and a field for what is booked of it."""
    amount = money(scene, row["spend"])
    if not scene.live or row["past"] or regional:
        return tag("td", amount)
    label = scene.say("committed_of", name=channel(scene, row["channel"]), day=day)
    key = f"{row['channel']} · {row['week']}"
    given = scene.state.committed.get(key)
    written = "" if given is None else formats.number(given, scene.lang)
    return tag("td", amount, entry(label, "committed", key, written, "–"), class_="wb-booked")


def _advice(scene: Scene, row: Mapping[Any, Any]) -> Html:
    return tag(
        "tr",
        tag("th", formats.date(row["origin"], scene.lang), scope="row"),
        tag("td", money(scene, row["budget"])),
        tag("td", tag("b", shown(scene, row["plan"]))),
        tag("td", shown(scene, row["last"])),
        tag("td", shown(scene, row["actual"])),
        tag("td", tag("span", formats.change(row["gain"], scene.lang), class_="wb-chip")),
    )
