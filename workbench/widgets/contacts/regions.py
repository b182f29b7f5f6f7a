"""How the regions of the Contacts panel are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.i18n import formats
from workbench.i18n.errors import told
from workbench.plans.contacts import ContactProposal, WorkLoad
from workbench.plans.contacts import held as held_back
from workbench.tables.blocks import grid
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.contacts.board import amount, method
from workbench.widgets.parts import heading, kpi
from workbench.widgets.scene import Region, Scene, figure

TERMS = ("value", "routine", "hour_worth", "certificate", "load", "gate")


def days(scene: Scene) -> Html | None:
    """For which days the plan is."""
    found = scene.found["plan"]
    if not isinstance(found, ContactProposal):
        return None
    ends = {name: formats.date(getattr(found, name), scene.lang) for name in ("start", "end")}
    return tag("p", scene.say("for_days", **ends), class_="wb-stamp")


def no_contacts(scene: Scene) -> Region:
    """What a workspace without interactions shows."""
    return Region(tag("p", told(scene.found["plan"], scene.lang), class_="wb-notice wb-info", role="status"))


def answer(scene: Scene) -> Region:
    """The sentence first, the certificate, then the figures."""
    found: ContactProposal = scene.answer("plan")
    lead = tag(
        "div",
        tag("p", found.sentence(scene.lang), class_="wb-lead"),
        tag("p", found.certificate(scene.lang), class_="wb-said"),
        class_="wb-card",
    )
    contacts = formats.number(found.contacts_a_day, scene.lang, 1)
    now = formats.number(found.base.facts.contacts_now, scene.lang, 1)
    cards = [
        kpi(scene.say("card_value"), amount(scene, found, found.plan.total_value), _per(scene, found)),
        kpi(scene.say("card_load"), contacts, scene.say("was", before=now)),
        kpi(scene.say("card_hour"), amount(scene, found, found.hour_worth), scene.say("card_hour_about")),
        kpi(
            scene.say("card_gap"), formats.percent(found.plan.gap, scene.lang, 2), scene.say("card_gap_about")
        ),
    ]
    return Region(
        join(tag("h2", scene.say("answer"), class_="wb-hidden"), lead, tag("div", cards, class_="wb-kpis"))
    )


def load(scene: Scene) -> Region:
    """Contacts of each marketer and day; a click shows the marketer's list."""
    found: ContactProposal = scene.answer("plan")
    chart = charts.workload(found.load, scene.lang, scene.live)
    hook = scene.live and button(
        "", "down", "marketer", class_="wb-hidden", tabindex="-1", aria_hidden="true"
    )
    about = parts.below(scene.say("load_about"), scene.say("press") if scene.live else "")
    return Region(
        join(heading(scene.say("load")), figure(scene, "load", chart), hook, about), {"load": chart}
    )


def hour(scene: Scene) -> Region:
    """How many customers a marketer should handle a day, and what one more hour is worth."""
    title, found = heading(scene.say("hour")), scene.found["load"]
    if not isinstance(found, WorkLoad):
        return Region(join(title, shell.instead(scene, found)))
    chart = charts.hour_worth(found.table, found.hours, found.found.hour_cost, found.currency, scene.lang)
    said = tag("p", found.sentence(scene.lang), class_="wb-say" if found.has_cost else "wb-quiet")
    about = parts.below(scene.say("hour_about"))
    return Region(join(title, said, figure(scene, "hour", chart), about), {"hour": chart})


def methods(scene: Scene) -> Region:
    """The best method and interval of each segment, then every method of each."""
    found: ContactProposal = scene.answer("plan")
    best = [_best(scene, found, row) for row in found.segments.to_dict("records")]
    heads = [scene.say(f"col_{name}") for name in ("segment", "best", "sure", "reaction", "best_days",
                                                   "routine", "planned")]  # fmt: skip
    all_ = [_cell(scene, found, row) for row in found.rhythm.table.to_dict("records")]
    inner = [scene.say(f"col_{name}") for name in ("segment", "method", "reaction", "best_days", "routine",
                                                   "n")]  # fmt: skip
    title = scene.say("methods")
    more = tag(
        "details",
        tag("summary", scene.say("all_methods")),
        grid(scene.say("all_methods"), inner, all_, "ttnnnn"),
        data_keep="methods",
        class_="wb-cells",
        open=not scene.live,
    )
    about = parts.below(scene.say("methods_about"), scene.say("not_random"))
    return Region(join(heading(title), grid(title, heads, best, "ttnnnnn"), more, about))


def binds(scene: Scene) -> Region:
    """What keeps the plan from bringing more, and what it rests on."""
    found: ContactProposal = scene.answer("plan")
    lines = [tag("li", line) for line in found.binds(scene.lang)]
    notes = [tag("li", line) for line in found.remarks(scene.lang, scene.labels)]
    return Region(
        join(
            heading(scene.say("binds")),
            tag("ul", lines, class_="wb-plain wb-lines"),
            tag("ul", notes, class_="wb-notes"),
        )
    )


def held(scene: Scene) -> Region:
    """Who may be contacted how; in a report counts of few customers are hidden."""
    found: ContactProposal = scene.answer("plan")
    title = heading(scene.say("held"))
    about = parts.below(scene.say("held_about"))
    if scene.live:
        lines = [tag("li", line) for line in held_back(found.audiences, scene.lang, scene.labels)]
        none = tag("p", scene.say("held_none"), class_="wb-quiet")
        return Region(join(title, tag("ul", lines, class_="wb-plain wb-lines") if lines else none, about))
    rows = [
        _count(scene, name, row)
        for name, audience in found.audiences.items()
        for row in audience.published().table.to_dict("records")
    ]
    heads = [scene.say(f"col_{name}") for name in ("method", "gate", "customers")]
    return Region(join(title, grid(scene.say("held"), heads, rows, "ttn"), about))


def definitions(scene: Scene) -> Region:
    """What each word means, and how it is worked out."""
    terms = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in TERMS
    ]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", terms, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _per(scene: Scene, found: ContactProposal) -> str:
    return scene.say("card_value_about", contacts=formats.number(len(found.table), scene.lang))


def _segment(scene: Scene, found: ContactProposal, name: str) -> str:
    return scene.labels.get((found.base.by, name), name)


def _best(scene: Scene, found: ContactProposal, row: Mapping[Any, Any]) -> list[Any]:
    return [
        _segment(scene, found, row["segment"]),
        tag("b", method(scene, row["method"])),
        formats.percent(min(row["best"], 0.99), scene.lang, 0),
        *_measures(scene, row),
        formats.number(row["planned"], scene.lang),
    ]


def _cell(scene: Scene, found: ContactProposal, row: Mapping[Any, Any]) -> list[Any]:
    return [
        _segment(scene, found, row["segment"]),
        method(scene, row["method"]),
        *_measures(scene, row),
        formats.number(row["n"], scene.lang),
    ]


def _measures(scene: Scene, row: Mapping[Any, Any]) -> list[Html]:
    """Reaction, best gap and routine, each with its interval."""
    rate = [formats.percent(row[f"reaction{end}"], scene.lang, 1) for end in ("", "_low", "_high")]
    gap = [_days(row[name], scene) for name in ("best_days", "low", "high")]
    routine = [_days(row[name], scene) for name in ("routine_days", "routine_low", "routine_high")]
    return [_with_ends(*rate), _with_ends(*gap), _with_ends(*routine)]


def _days(value: float, scene: Scene) -> str:
    return formats.number(value, scene.lang)


def _with_ends(value: str, low: str, high: str) -> Html:
    return tag("span", value, tag("small", f" ({low} – {high})"), class_="wb-num")


def _count(scene: Scene, name: str, row: Mapping[Any, Any]) -> list[str]:
    shown = scene.say("segments.few") if row["suppressed"] else formats.number(row["people"], scene.lang)
    return [method(scene, name), scene.say(f"segments.why_{row['reason']}"), shown]
