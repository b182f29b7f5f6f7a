"""How the regions of the Budget panel are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbench import charts, plans
from workbench.errors import WorkbenchError
from workbench.i18n import formats, text
from workbench.optimize import MODES
from workbench.plans import Proposal, RuleCosts, SavedPlan
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.budget.board import money, names_of, order, shown
from workbench.widgets.parts import heading, kpi, named_form
from workbench.widgets.scene import Draw, Region, Scene, figure

SPOKEN = "answer"
"""The region that says why there is no plan; the others stay quiet then."""


def once_planned(name: str, draw: Draw) -> Draw:
    """A region that waits for a plan."""

    def drawn(scene: Scene) -> Region:
        if name != SPOKEN and isinstance(scene.found["plan"], WorkbenchError):
            return Region(tag("p", scene.say("waits"), class_="wb-quiet"))
        return draw(scene)

    return drawn


def title(scene: Scene) -> Region:
    """Heading, freshness, what stands behind the curves, for which days."""
    found = scene.found["plan"]
    if isinstance(found, Exception):
        return shell.title(scene)
    days = {name: formats.date(getattr(found, name), scene.lang) for name in ("start", "end")}
    source = tag("span", found.model.source(scene.lang), class_="wb-chip wb-source")
    return shell.title(scene, tag("p", source, " ", scene.say("for_days", **days), class_="wb-stamp"))


def answer(scene: Scene) -> Region:
    """The sentence first, the certificate, then the figures."""
    found: Proposal = scene.answer("plan")
    said, sure = found.sentence(scene.lang, names_of(scene)), found.certificate(scene.lang)
    lead = tag(
        "div", tag("p", said, class_="wb-lead"), sure and tag("p", sure, class_="wb-said"), class_="wb-card"
    )
    outcome = scene.store.metrics[found.outcome].label(scene.lang, short=True)
    now, plan = found.now, found.plan
    cards = [
        kpi(
            scene.say("card_total"),
            money(scene, plan.total_spend),
            scene.say("was", before=money(scene, now.total_spend)),
        ),
        kpi(
            scene.say("card_response", outcome=outcome),
            shown(scene, plan.total_response),
            scene.say("was", before=shown(scene, now.total_response)),
        ),
        kpi(
            scene.say(f"card_cost_{found.outcome}"),
            _cost(scene, found.cost),
            scene.say("was", before=_cost(scene, found.cost_today)),
        ),
        kpi(scene.say("card_gap"), _gap(scene, found), scene.say("card_gap_about")),
    ]
    return Region(
        join(tag("h2", scene.say("answer"), class_="wb-hidden"), lead, tag("div", cards, class_="wb-kpis"))
    )


def moves(scene: Scene) -> Region:
    """Before and after, with the band of the plausible curves where it is known."""
    found: Proposal = scene.answer("plan")
    banded = scene.found.get("uncertain")
    table = banded.table if isinstance(banded, Proposal) else found.table
    chart = charts.moves(table, found.currency, scene.lang, scene.labels, order(scene))
    about = tag("p", scene.say("moves_about"), class_="wb-below")
    return Region(join(heading(scene.say("moves")), figure(scene, "moves", chart), about), {"moves": chart})


def gain(scene: Scene) -> Region:
    """The gain without its optimism, and what the plan rests on."""
    found: Proposal = scene.answer("uncertain")
    left = found.gain(scene.lang)
    risk = found.risk(scene.lang)
    lines = [tag("li", note) for note in found.notes(scene.lang, names_of(scene))]
    return Region(
        join(
            heading(scene.say("gain")),
            left and tag("p", left, class_="wb-say"),
            risk and tag("p", risk, class_="wb-said"),
            tag("ul", lines, class_="wb-notes") if lines else None,
        )
    )


def curves(scene: Scene) -> Region:
    """What each channel brings at other spends."""
    return _curves(scene, "curves", False)


def marginals(scene: Scene) -> Region:
    """What the next thousand brings: equal wherever no rule is in the way."""
    return _curves(scene, "marginals", True)


def rules(scene: Scene) -> Region:
    """What binds and what it costs."""
    found: RuleCosts = scene.answer("costs")
    said = found.sentences(scene.lang, names_of(scene))
    body = (
        tag("ul", [tag("li", line) for line in said], class_="wb-plain")
        if said
        else tag("p", scene.say("no_rules"), class_="wb-quiet")
    )
    return Region(
        join(heading(scene.say("rules")), body, tag("p", scene.say("rules_about"), class_="wb-below"))
    )


def scenarios(scene: Scene) -> Region:
    """Today, this plan and saved ones side by side; saving this one."""
    found: Proposal = scene.answer("plan")
    kept = plans.alike(scene.store, found)
    table = plans.scenarios(found, kept).table.to_dict("records")
    names = {
        "today": scene.say("scenario_today"),
        "plan": scene.say("scenario_plan"),
        **{item.item.id: item.name for item in kept},
    }
    columns = ("scenario", "spend", "response", "response_change", "cost_each")
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in columns]
    body = [_scenario(scene, names[row["scenario"]], row) for row in table]
    caption = scene.say("scenarios")
    return Region(join(heading(caption), parts.table(caption, heads, body), scene.live and _keep(scene)))


def health(scene: Scene) -> Region:
    """Whether the curves can be planned on: each check in a sentence."""
    found: Proposal = scene.answer("plan")
    names = names_of(scene)
    told = [(item.status, *_called(item, names).told(scene.lang)) for item in found.model.diagnostics]
    first = [parts.checked(*item) for item in told if item[0] != "PASS"]
    rest = [parts.checked(*item) for item in told if item[0] == "PASS"]
    notes = [tag("li", note.sentence(scene.lang)) for note in found.model.notes]
    return Region(
        join(
            heading(scene.say("health")),
            tag("p", found.model.sentence(scene.lang), class_="wb-said"),
            tag("ul", first, class_="wb-find"),
            _passed(scene, rest),
            tag("ul", notes, class_="wb-notes") if notes else None,
        )
    )  # fmt: skip


def definitions(scene: Scene) -> Region:
    """What each mode and word means."""
    words = [*(f"mode_{name}" for name in MODES), "risk", "certificate", "claimed"]
    lines = [tag("div", tag("dt", scene.say(name)), tag("dd", scene.say(f"about_{name}"))) for name in words]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", lines, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def kept(found: SavedPlan, lang: str) -> str:
    """What is said when a plan was saved."""
    days = {name: formats.date(getattr(found, name), lang) for name in ("start", "end")}
    return text("budget.kept_as", lang, name=found.name, **days)


def _curves(scene: Scene, name: str, marginal: bool) -> Region:
    found: Proposal = scene.answer("plan")
    chart = charts.responses(found, marginal, scene.lang, scene.labels, order(scene))
    about = tag("p", scene.say(f"{name}_about"), class_="wb-below")
    outcome = scene.store.metrics[found.outcome].label(scene.lang)
    return Region(
        join(heading(scene.say(name, outcome=outcome)), figure(scene, name, chart), about), {name: chart}
    )


def _passed(scene: Scene, rest: list[Html]) -> Html | None:
    """The checks that found nothing, folded away."""
    if not rest:
        return None
    words = tag("summary", scene.say("passed", count=len(rest)))
    return tag("details", words, tag("ul", rest, class_="wb-find"), data_keep="passed", class_="wb-cells")


def _called(item: Any, names: Any) -> Any:
    """A finding that calls a channel by its shown name."""
    known = {key: str(value).strip(" ()") for key, value in item.values.items() if key in ("channel", "of")}
    said = {"channel": "{}", "of": " ({})"}
    called = {key: said[key].format(names.get(name, name)) for key, name in known.items() if name}
    return replace(item, values={**item.values, **called})


def _gap(scene: Scene, found: Proposal) -> str:
    """How far from the best, at most."""
    how, gap = found.gap_words
    return scene.say(f"gap_{how}", gap=formats.percent(gap, scene.lang))


def _cost(scene: Scene, value: float) -> str:
    found: Proposal = scene.answer("plan")
    if scene.store.metrics[found.outcome].unit == "money":
        return formats.value(value, "multiple", scene.lang)
    return formats.money(value, found.currency, scene.lang)


def _scenario(scene: Scene, name: str, row: Any) -> Html:
    return tag(
        "tr",
        tag("th", name, scope="row", title=name),
        tag("td", money(scene, row["spend"])),
        tag("td", shown(scene, row["response"])),
        tag("td", "+" if row["response_change"] > 0 else None, shown(scene, row["response_change"])),
        tag("td", _cost(scene, row["cost_per_response"])),
    )


def _keep(scene: Scene) -> Html:
    """A name, and the buttons that save the plan under it."""
    return named_form(scene, "keep", scene.say("plan_name"), scene.say("save_plan"))
