"""The board of the Budget panel: the total on top, a row a channel with its slider, rules and result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.i18n import formats, text
from workbench.optimize import MODES
from workbench.plans import Proposal
from workbench.plans.history import JOINT
from workbench.tables.controls import button, entry, select, slider
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import parts
from workbench.widgets.budget.state import LEVELS, OUTCOMES, RISKS
from workbench.widgets.scene import Region, Scene

COLOURS = parts.COLOURS
MOST_CELLS = 200
"""Cells shown with their sliders; the download has all."""
STEPS = {"mode": MODES, "risk": tuple(RISKS), "level": tuple(LEVELS)}
_OPEN, _SHUT = "M5 7V4.5a3 3 0 0 1 5.8-1", "M5 7V5a3 3 0 0 1 6 0v2"
LOCK = {
    held: Html(
        '<svg viewBox="0 0 16 16" width="15" height="15" fill="none" stroke="currentColor" '
        f'stroke-width="1.6" aria-hidden="true"><path d="{path}"/>'
        f'<rect x="3" y="7" width="10" height="7" rx="1.5" fill="{fill}"/></svg>'
    )
    for held, path, fill in ((True, _SHUT, "currentColor"), (False, _OPEN, "none"))
}
STEERING = ("move", "lock", "floor", "cap")
RESULTS = ("today", "plan", "change", "response", "marginal", "at_bound")
BOUNDS = ("held", "floor", "cap", "seen")


def controls(scene: Scene) -> Region:
    """For whom, of what, what the plan is for, how cautious; in a report the same in words."""
    if not scene.live:
        return Region(tag("p", " · ".join(_in_words(scene)), class_="wb-words"))
    state = scene.state
    outcomes = [(name, scene.store.metrics[name].title(scene.lang, short=False)) for name in OUTCOMES]
    return Region(
        join(
            parts.advertisers(scene),
            select(scene.say("outcome"), "outcome", state.outcome, outcomes, act="steer"),
            select(scene.say("level"), "level", state.level, _choices("level", scene), act="steer"),
            select(scene.say("mode"), "mode", state.mode, _choices("mode", scene), "wb-strong", act="steer"),
            state.mode != "max_response" and _target(scene),
            state.mode == "max_response"
            and select(scene.say("risk"), "risk", state.risk, _choices("risk", scene), act="steer"),
        )
    )


def board(scene: Scene) -> Region:
    """Total, channels, and the cells where regions are planned, too."""
    found: Proposal = scene.answer("plan")
    body = [_row(scene, found, row) for row in found.table.to_dict("records")]
    before = len(STEERING) if scene.live else 0
    heads = _heads(scene, "dim_channel")
    return Region(
        join(
            parts.heading(scene.say("board")),
            _total(scene, found),
            parts.table(scene.say("board"), heads, [*body, _sum(scene, found, before)], "wb-stack"),
            tag("p", scene.say("board_about"), class_="wb-below") if scene.live else None,
            _cells(scene, found) if found.regional else None,
        )
    )


def names_of(scene: Scene) -> Mapping[str, str]:
    """Channel or region → shown name."""
    shown = ("region", "channel")
    return {value: words for (kind, value), words in scene.labels.items() if kind in shown}


def channel(scene: Scene, name: str) -> str:
    """A channel's shown name."""
    return shown_member(name, "channel", scene.labels, scene.lang)


def cell(scene: Scene, name: str) -> str:
    """A cell's shown name: that of its channel, and of its region where it has one."""
    kinds = ("channel", "region")
    parts_ = zip(kinds, name.split(JOINT), strict=False)
    return JOINT.join(shown_member(part, kind, scene.labels, scene.lang) for kind, part in parts_)


def order(scene: Scene) -> tuple[str, ...]:
    """Channels in the order of their colours."""
    return tuple(scene.store.members("channel")[:COLOURS])


def shown(scene: Scene, value: float) -> str:
    """An amount of the outcome."""
    metric = scene.store.metrics[scene.state.outcome]
    found: Proposal = scene.answer("plan")
    return formats.value(value, metric.unit, scene.lang, found.currency, short=True)


def money(scene: Scene, value: float) -> str:
    """An amount of money without its fraction: a plan is no bill."""
    found: Proposal = scene.answer("plan")
    return formats.whole_money(value, found.currency, scene.lang)


def _choices(kind: str, scene: Scene) -> list[tuple[str, str]]:
    return [(name, scene.say(f"{kind}_{name}")) for name in STEPS[kind]]


def _target(scene: Scene) -> Html:
    """What the mode aims at; empty is what today reaches."""
    found = scene.found["plan"]
    hint = "" if isinstance(found, Exception) else formats.number(found.asked.target, scene.lang, 2)
    label = scene.say(f"target_{scene.state.mode}")
    return tag("label", tag("span", label), entry(label, "steer", "target", str(scene.state.target), hint),
               class_="wb-target")  # fmt: skip


def _total(scene: Scene, found: Proposal) -> Html:
    """The total with its slider, and whether it is kept."""
    total, kept = money(scene, found.plan.total_spend), scene.say("kept" if found.conserved else "not_kept")
    words = tag("b", scene.say("total", total=total))
    sign = tag(
        "span",
        f"{'✓' if found.conserved else '✕'} {kept}",
        class_="wb-chip wb-good" if found.conserved else "wb-chip wb-bad",
    )
    if not scene.live or scene.state.mode != "max_response":
        return tag("div", words, sign, class_="wb-total")
    label = scene.say("total_label")
    amount = found.asked.budget or 0
    return tag(
        "div",
        words,
        slider(label, "budget", int(amount), 0, found.most, "", found.step, "steer"),
        entry(label, "steer", "budget", formats.number(amount, scene.lang)),
        button(scene.say("as_today"), "steer", "budget", disabled=scene.state.budget == ""),
        sign,
        class_="wb-total",
    )


def _row(scene: Scene, found: Proposal, row: Mapping[Any, Any]) -> Html:
    key = row["channel"]
    name = channel(scene, key)
    colours = order(scene)
    place = colours.index(row["channel"]) if row["channel"] in colours else None
    dot = tag("i", class_="wb-dot", style=parts.colour(place), aria_hidden="true")
    head = tag("th", dot, name, scope="row", title=name)
    steering = _steering(scene, found, row, key, name) if scene.live else ()
    return tag("tr", head, steering, _results(scene, row), data_id=f"row-{key}")


def _steering(scene: Scene, found: Proposal, row: Mapping[Any, Any], key: str, name: str) -> list[Html]:
    """Slider, lock, floor and cap of a channel or cell."""
    held = row["held"] == row["held"]
    spend = int(row["spend"])
    lock = scene.say("unlock" if held else "lock", name=name)
    most = max(int(row["most"]), spend)
    floor, cap = (_entered(scene, row[kind]) for kind in ("floor", "cap"))
    inside = (
        slider(name, key, spend, 0, most, money(scene, row["spend"]), found.fine, "held"),
        button(LOCK[held], "lock", key, str(spend), class_="wb-btn wb-lock",
               aria_pressed=str(held).lower(), aria_label=lock, title=lock),
        entry(scene.say("floor_of", name=name), "floors", key, floor, "–"),
        entry(scene.say("cap_of", name=name), "caps", key, cap, "–"),
    )  # fmt: skip
    looks = ("wb-slide", None, None, None)
    columns = zip(STEERING, inside, looks, strict=True)
    return [_td(scene, column, content, class_=look) for column, content, look in columns]


def _td(scene: Scene, column: str, *content: Any, **more: Any) -> Html:
    """A cell that knows its column's name, for phones."""
    return tag("td", *content, data_label=_column(scene, column), **more)


def _column(scene: Scene, name: str) -> str:
    found: Proposal = scene.answer("plan")
    step = formats.money(1000, found.currency, scene.lang).removesuffix(".00")
    return scene.say(f"col_{name}", step=step)


def _entered(scene: Scene, value: float) -> str:
    return formats.number(value, scene.lang) if value == value else ""


def _results(scene: Scene, row: Mapping[Any, Any]) -> list[Html]:
    bound = row["at_bound"]
    moved = formats.change(row["relative"], scene.lang)
    up = row["change"] > 0
    inside = {
        "today": (money(scene, row["today"]),),
        "plan": (tag("b", money(scene, row["spend"])),),
        "change": (tag("span", moved, class_="wb-chip"), hidden(scene.say("more" if up else "less"))),
        "response": (shown(scene, row["response_today"]), " → ", tag("b", shown(scene, row["response"]))),
        "marginal": (shown(scene, row["per_step"]),),
    }
    said = scene.say(f"bound_{bound}") if bound in BOUNDS else ""
    results = [_td(scene, column, *content) for column, content in inside.items()]
    return [*results, _td(scene, "at_bound", said, class_="wb-quiet")]


def _sum(scene: Scene, found: Proposal, before: int) -> Html:
    """The last row: what everything adds up to."""
    now, plan = found.now, found.plan
    empty = [tag("td") for _ in range(before)]
    return tag(
        "tr",
        tag("th", text("budget.sum", scene.lang), scope="row"),
        empty,
        _td(scene, "today", money(scene, now.total_spend)),
        _td(scene, "plan", tag("b", money(scene, plan.total_spend))),
        _td(scene, "change", tag("span", formats.change(found.spend_change, scene.lang), class_="wb-chip")),
        _td(
            scene,
            "response",
            shown(scene, now.total_response),
            " → ",
            tag("b", shown(scene, plan.total_response)),
        ),
        tag("td"),
        tag("td"),
        class_="wb-sum",
        data_id="sum",
    )


def _cells(scene: Scene, found: Proposal) -> Html:
    """Every region of every channel, a fold a channel; those with rules of their own are open."""
    shown_rows = found.steered.head(MOST_CELLS)
    caption = scene.say("cells", shown=len(shown_rows), count=len(found.cells))
    folds = [_fold(scene, found, str(name), part) for name, part in shown_rows.groupby("channel", sort=False)]
    return tag("div", tag("h3", caption), folds, class_="wb-regions")


def _fold(scene: Scene, found: Proposal, key: str, part: Any) -> Html:
    name = channel(scene, key)
    heads = _heads(scene, "dim_region")
    body = [_cell_row(scene, found, row) for row in part.to_dict("records")]
    summary = tag("summary", scene.say("cells_of", name=name, count=len(body)))
    ruled = bool(part[["held", "floor", "cap"]].notna().to_numpy().any())
    table = parts.table(name, heads, body, "wb-stack")
    return tag("details", summary, table, data_keep=f"cells-{key}", class_="wb-cells", open=ruled)


def _cell_row(scene: Scene, found: Proposal, row: Mapping[Any, Any]) -> Html:
    name = cell(scene, row["cell"])
    region = shown_member(row["region"], "region", scene.labels, scene.lang)
    steering = _steering(scene, found, row, row["cell"], name) if scene.live else ()
    head = tag("th", region, scope="row", title=name)
    return tag("tr", head, steering, _results(scene, row), data_id=f"cell-{row['cell']}")


def _heads(scene: Scene, first: str) -> list[Html]:
    """Heads of a board of channels or of regions."""
    names = (*(STEERING if scene.live else ()), *RESULTS)
    looks = {"move": "wb-left"}
    heads = [tag("th", _column(scene, name), scope="col", class_=looks.get(name)) for name in names]
    return [tag("th", scene.shell(first), scope="col"), *heads]


def _in_words(scene: Scene) -> list[str]:
    state = scene.state
    chosen = [
        shown_member(name, kind, scene.labels, scene.lang)
        for kind, names in state.filters.items()
        for name in names
    ]
    told = [
        scene.store.metrics[state.outcome].title(scene.lang, short=False),
        scene.say(f"level_{state.level}"),
        scene.say(f"mode_{state.mode}"),
    ]
    return [*chosen, *told, *([scene.say(f"risk_{state.risk}")] if state.mode == "max_response" else [])]
