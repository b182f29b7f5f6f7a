"""How the regions of the Time slots panel are drawn, but for its maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench import charts, plans
from workbench.i18n import formats
from workbench.plans import SlotCosts, SlotProposal, SlotTest
from workbench.plans.slots.files import half_hours_csv
from workbench.plans.slots.proposal import SPLITS
from workbench.plans.slots.words import bare, day_name, money, unit
from workbench.schedules import PLATFORMS
from workbench.schedules.rules import AUTOMATIC
from workbench.tables.controls import button, entry, select, slider
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.budget.board import cell, names_of, order
from workbench.widgets.budget.state import LEVELS
from workbench.widgets.parts import heading, kpi
from workbench.widgets.scene import File, Region, Scene, figure
from workbench.widgets.timeslots.maps import shown
from workbench.widgets.timeslots.state import BLOCKS, FLOORS, WASHOUTS, WEEKS, WINDOWS

if TYPE_CHECKING:
    from workbench.data import Store

RESULTS = ("today", "plan", "change", "response", "marginal", "windows")
WORDS = ("index", "split", "windows", "platform", "explore", "shadow", "test")
CHOSEN = ("level", "split", "platform", "windows", "bidding", "explore")
MOST_GROUPS = 60
"""Rows of the board; the download has all."""


def title(scene: Scene) -> Region:
    """Heading, freshness, and what stands behind the hours."""
    found = scene.found["plan"]
    if isinstance(found, Exception):
        return shell.title(scene)
    source = tag("span", found.basis.label(scene.lang), class_="wb-chip wb-source")
    weeks = scene.say("from_weeks", weeks=len(found.model.panel.weeks))
    return shell.title(scene, tag("p", source, " ", weeks, class_="wb-stamp"))


def controls(scene: Scene) -> Region:
    """For whom, by what, in which windows; in a report the same in words."""
    state = scene.state
    chosen = {name: str(getattr(state, name)) for name in CHOSEN}
    choices = {
        "level": tuple(LEVELS),
        "split": SPLITS,
        "platform": tuple(PLATFORMS),
        "windows": WINDOWS,
        "bidding": AUTOMATIC[::-1],
        "explore": tuple(FLOORS),
    }

    def named(kind: str, value: str) -> str:
        return scene.say(f"{kind}_{value or 'most'}")

    if not scene.live:
        told = [named(kind, value) for kind, value in chosen.items()]
        return Region(tag("p", " · ".join(told), class_="wb-words"))
    selects = [
        select(
            scene.say(kind), kind, chosen[kind], [(name, named(kind, name)) for name in names], act="steer"
        )
        for kind, names in choices.items()
    ]
    return Region(join(parts.advertisers(scene), selects))


def answer(scene: Scene) -> Region:
    """The sentence first, the certificate, then the figures."""
    found: SlotProposal = scene.answer("plan")
    lang = scene.lang
    lead = tag(
        "div",
        tag("p", found.sentence(lang), class_="wb-lead"),
        tag("p", found.certificate(lang), class_="wb-said"),
        class_="wb-card",
    )
    how, gap = found.gap_words
    was = {
        "spend": money(found.today, found, lang),
        "response": bare(found.before, lang),
        "cost": formats.money(found.cost_today, found.currency, lang),
    }
    cards = [
        kpi(scene.say("card_spend"), money(found.spend, found, lang), scene.say("was", before=was["spend"])),
        kpi(scene.say("card_response", outcome=unit(found, lang)), bare(found.response, lang),
            scene.say("was", before=was["response"])),
        kpi(scene.say("card_cost"), formats.money(found.cost, found.currency, lang),
            scene.say("was", before=was["cost"])),
        kpi(scene.say("card_gap"), scene.say(f"gap_{how}", gap=formats.percent(gap, lang)),
            scene.say("card_gap_about")),
    ]  # fmt: skip
    return Region(
        join(tag("h2", scene.say("answer"), class_="wb-hidden"), lead, tag("div", cards, class_="wb-kpis"))
    )


def board(scene: Scene) -> Region:
    """The budget of a week with its slider, the cap of a day, and a row a group."""
    found: SlotProposal = scene.answer("plan")
    heads = [tag("th", scene.say("group"), scope="col")]
    step = money(100.0, found, scene.lang)
    heads += [tag("th", scene.say(f"col_{name}", step=step), scope="col") for name in RESULTS]
    rows = found.board.head(MOST_GROUPS).to_dict("records")
    body = [_row(scene, found, row) for row in rows]
    more = len(found.board) > MOST_GROUPS and scene.say(
        "more_groups", shown=MOST_GROUPS, count=len(found.board)
    )
    return Region(
        join(
            heading(scene.say("board")),
            _total(scene, found),
            parts.table(scene.say("board"), heads, body),
            more and tag("p", more, class_="wb-below"),
        )
    )


def gain(scene: Scene) -> Region:
    """Before and after, in money with bands, its optimism taken off."""
    found: SlotProposal = scene.answer("uncertain")
    chart = charts.moves(
        found.brought, found.currency, scene.lang, _labels(scene, found), order(scene), "moves_worth_alt"
    )
    claimed, *money_left = found.gain(scene.lang)
    said = [tag("p", line, class_="wb-say") for line in money_left]
    notes = [tag("li", note) for note in found.notes(scene.lang)]
    return Region(
        join(
            heading(scene.say("gain")),
            said,
            tag("p", claimed, class_="wb-said"),
            figure(scene, "moves", chart),
            tag("p", scene.say("moves_about"), class_="wb-below"),
            tag("ul", notes, class_="wb-notes") if notes else None,
        ),
        {"moves": chart},
    )


def rules(scene: Scene) -> Region:
    """What binds, what one more 100 is worth, and what each rule costs."""
    found: SlotCosts = scene.answer("costs")
    names = names_of(scene)
    lines = [*found.proposal.binding(scene.lang, names), *found.sentences(scene.lang, names)]
    return Region(
        join(
            heading(scene.say("rules")),
            tag("ul", [tag("li", line) for line in lines], class_="wb-plain wb-rules"),
            tag("p", scene.say("rules_about"), class_="wb-below"),
        )
    )


def trial(scene: Scene) -> Region:
    """The test that confirms the plan: which schedule runs when."""
    found: SlotTest = scene.answer("test")
    state = scene.state
    kinds = {"weeks": WEEKS, "block": BLOCKS, "washout": WASHOUTS}
    choices = [
        select(
            scene.say(kind),
            kind,
            getattr(state, kind),
            [(name, scene.say(f"{kind}_n", n=name)) for name in names],
        )
        for kind, names in kinds.items()
    ]
    take = button(scene.say("csv_test"), "download", "test")
    heads = [tag("th", scene.say("week_of"), scope="col")]
    heads += [tag("th", day_name(day, scene.lang), scope="col") for day in range(7)]
    body = [_week(scene, monday, days) for monday, days in found.weeks]
    arms = [
        tag("span", _arm(scene, arm), " ", scene.say(f"arm_{arm}_long"), class_="wb-quiet")
        for arm in found.design.arms
    ]
    return Region(
        join(
            heading(scene.say("test"), scene.live and tag("span", choices, take)),
            tag("p", scene.say("test_about"), class_="wb-said"),
            tag("p", found.sentence(scene.lang), class_="wb-say"),
            tag("p", arms, class_="wb-below"),
            parts.table(scene.say("test"), heads, body),
            tag("p", scene.say("test_then"), class_="wb-below"),
        )
    )  # fmt: skip


def health(scene: Scene) -> Region:
    """Whether hours can be planned on: each check in a sentence, and what must be known."""
    found: SlotProposal = scene.answer("plan")
    told = [(item.status, *item.told(scene.lang)) for item in found.model.diagnostics]
    checks = [parts.checked(*item) for item in sorted(told, key=lambda item: item[0] == "PASS")]
    notes = [tag("li", note.sentence(scene.lang)) for note in found.model.notes]
    return Region(
        join(
            heading(scene.say("health")),
            tag("p", found.model.sentence(scene.lang), class_="wb-said"),
            tag("ul", checks, class_="wb-find"),
            tag("ul", notes, class_="wb-notes") if notes else None,
        )
    )


def definitions(scene: Scene) -> Region:
    """What each word means."""
    lines = [
        tag("div", tag("dt", scene.say(f"word_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in WORDS
    ]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", lines, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def workbook(found: SlotProposal) -> File:
    """Windows, hours and groups as a workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return File(f"timeslots-v{found.data_version}.xlsx", kind, found.to_xlsx(), len(found.table))


def windows_csv(found: SlotProposal) -> File:
    """The windows as CSV."""
    return _csv("windows", found, found.schedule.to_csv())


def google(store: Store, found: SlotProposal) -> File:
    """The schedules of Google campaigns, for Google Ads Editor."""
    return _csv("google", found, plans.google_schedule(store, found))


def halves(found: SlotProposal) -> File:
    """On and off by the half hour, with the budgets of days."""
    return _csv("half-hours", found, half_hours_csv(found))


def _csv(what: str, found: SlotProposal, content: bytes) -> File:
    rows = len(content.splitlines()[1:])
    return File(f"timeslots-{what}-v{found.data_version}.csv", "text/csv;charset=utf-8", content, rows)


def _total(scene: Scene, found: SlotProposal) -> Html:
    """The budget with its slider, and the cap of a day."""
    words = tag("b", scene.say("total", total=money(found.asked.budget, found, scene.lang)))
    cap = scene.state.daily_cap
    if not scene.live:
        told = cap != "" and tag("span", scene.say("capped", cap=money(float(cap), found, scene.lang)))
        return tag("div", words, told, class_="wb-total")
    label = scene.say("total_label")
    typed = "" if cap == "" else formats.number(cap, scene.lang)
    amount = found.amount
    return tag(
        "div",
        words,
        slider(label, "budget", amount, 0, found.most, money(amount, found, scene.lang), found.step, "steer"),
        entry(label, "steer", "budget", formats.number(amount, scene.lang)),
        button(scene.say("as_today"), "steer", "budget", disabled=scene.state.budget == ""),
        tag("label", tag("span", scene.say("daily_cap")),
            entry(scene.say("daily_cap"), "steer", "daily_cap", typed, "–"),
            class_="wb-target"),
        class_="wb-total",
    )  # fmt: skip


def _row(scene: Scene, found: SlotProposal, row: Mapping[Any, Any]) -> Html:
    lang, group = scene.lang, row["group"]
    colours = order(scene)
    place = colours.index(row["channel"]) if row.get("channel") in colours else None
    dot = tag("i", class_="wb-dot", style=parts.colour(place), aria_hidden="true")
    on = group == shown(scene, found)
    name = button(cell(scene, group), "set", "group", group, class_="wb-open", aria_pressed=str(on).lower())
    cells = [
        money(row["today"], found, lang),
        tag("b", money(row["scheduled"], found, lang)),
        tag("span", formats.change(row["relative"], lang), class_="wb-chip"),
        join(bare(row["response_today"], lang), " → ", tag("b", bare(row["response"], lang))),
        bare(row["per_step"], lang),
        formats.number(row["windows"], lang),
    ]
    head = tag("th", dot, name if scene.live else cell(scene, group), scope="row")
    return tag("tr", head, [tag("td", item) for item in cells], data_id=f"group-{group}")


def _week(scene: Scene, monday: Any, days: list[list[dict[Any, Any]]]) -> Html:
    cells = [
        tag("td", [_arm(scene, block["arm"], block) for block in blocks], class_="wb-blocks")
        for blocks in days
    ]
    return tag("tr", tag("th", formats.date(monday, scene.lang), scope="row"), cells)


def _arm(scene: Scene, arm: str, block: Mapping[str, Any] | None = None) -> Html:
    """Which schedule, as a chip: a letter beside its colour."""
    look = "wb-chip wb-arm-plan" if arm == "plan" else "wb-chip"
    times = f"{block['start_hour']:02d}:00–{block['end_hour']:02d}:00 " if block else ""
    return tag(
        "span", scene.say(f"arm_{arm}"), block and hidden(f" {times}"), class_=look, title=times or None
    )


def _labels(scene: Scene, found: SlotProposal) -> Mapping[tuple[str, str], str]:
    """Shown names, those of groups of several dimensions included."""
    return {**scene.labels, **{("channel", group): cell(scene, group) for group in found.groups}}
