"""The ranking: choices, verdict, forest plot and table."""

from __future__ import annotations

from typing import Any

from workbench import charts, tables
from workbench.compare import Comparison
from workbench.compare.words import Figure, Lift, Share, p_value
from workbench.i18n import formats
from workbench.tables.controls import button, checks, menu, select
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, carried, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.compare.state import AGES, ALIKE, BY, CORRECTIONS, ratios
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

SHOWN = 12
"""Rows before `show all`: the first of the ranking and the last ones."""

FIRST, LAST = 8, 4
"""How many of them are the first and the last ones."""

MOST = 200
MEANINGS = {"better": "better", "worse": "worse", "higher": "better", "lower": "worse", "few": "unknown"}
"""Verdict of a row → meaning in a chart; everything else may be luck."""

CHIPS = {"better": "wb-good", "worse": "wb-bad"}


def choices(scene: Scene) -> Region:
    """What is compared, by which metric, how carefully."""
    if not scene.live:
        return Region(tag("p", _in_words(scene), class_="wb-words"))
    state = scene.state
    known = scene.store.metrics
    metrics = [(name, known[name].title(scene.lang)) for name in ratios(state)]
    ages = [(name, scene.say(f"age_{name}")) for name in AGES]
    corrections = [(name, scene.say(f"correction_{name}")) for name in CORRECTIONS]
    return Region(
        join(
            select(scene.say("by"), "by", state.by, _dimensions(scene), "wb-strong"),
            select(scene.say("metric"), "metric", state.metric, metrics, "wb-strong"),
            menu(_alike_words(scene), _alike(scene), name="alike"),
            select(scene.say("age"), "age", state.age, ages),
            select(scene.say("correction"), "correction", state.correction, corrections),
        )
    )


def verdict(scene: Scene) -> Region:
    """The conclusion, and what must be known to believe it."""
    answer: Comparison = scene.answer("ranking")
    return Region(parts.verdict(scene, answer, (item for item in answer.warnings if item.status != "info")))


def forest(scene: Scene) -> Region:
    """How far each member lies from what it is compared with, ranked."""
    answer = scene.answer("ranking")
    found = _listed(answer, scene)
    chart = charts.forest(
        [_effect(row, scene) for row in found],
        scene.lang,
        title=scene.say(f"lift_{'past' if scene.state.past else 'rest'}"),
        select=scene.live,
    )
    title = scene.say("forest", metric=_label(scene))
    return Region(join(heading(title), figure(scene, "forest", chart)), {"forest": chart})


def members(scene: Scene) -> Region:
    """Every member with its level, what is left of it after shrinking, and the verdict."""
    answer = scene.answer("ranking")
    found = _listed(answer, scene)
    heads = ("member", "verdict", "level", "shrunk", "rank")
    looks = {"verdict": "wb-left"}
    row = [tag("th", scene.say(f"head_{name}"), scope="col", class_=looks.get(name)) for name in heads]
    listed = {item["arm"] for item in found}
    every = _all(answer) if carried() else found
    body = [_row(item, answer, scene, item["arm"] not in listed) for item in every]
    caption = tag("caption", scene.say("table", metric=_label(scene)), class_="wb-hidden")
    table = tag("table", caption, tag("thead", tag("tr", row)), tag("tbody", body), class_="wb-table")
    hint = scene.live and tag("span", scene.say("pick_hint"))
    return Region(
        join(
            heading(scene.say("ranked", dimension=noun(scene))),
            tag("div", table, class_="wb-scroll", tabindex="0"),
            tag("p", _foot(scene, len(found), len(answer.table)), hint, class_="wb-below"),
        )
    )


def definitions(scene: Scene) -> Region:
    """How to read the page, and what every metric means."""
    answer: Comparison = scene.answer("ranking")
    known = bool(scene.store.settings.margin)
    notes = [tag("li", item.sentence(scene.lang)) for item in answer.warnings if item.status == "info"]
    body = (
        tag("p", scene.say("about"), class_="wb-quiet"),
        tag("ul", notes, class_="wb-notes") if notes else None,
        tables.definitions((scene.store.metrics[scene.state.metric],), scene.lang, known),
    )
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def noun(scene: Scene) -> str:
    """What is compared, as a word in a sentence."""
    name = shell.dimension(scene.state.by, scene)
    return name if scene.lang == "zh" else name.lower()


def shown(name: str, scene: Scene) -> str:
    """A member as the reader knows it."""
    return shown_member(name, scene.state.by, scene.labels, scene.lang)


def chip(word: str, scene: Scene) -> Html:
    """A verdict as a coloured word."""
    kind = CHIPS.get(word, "wb-noise")
    return tag("span", scene.say(f"word_{word or 'none'}"), class_=f"wb-chip {kind}")


def _listed(answer: Comparison, scene: Scene) -> list[dict[Any, Any]]:
    """The rows shown: all, or the best and the worst of them."""
    rows = _all(answer)
    if scene.state.rows == "all" or len(rows) <= SHOWN:
        return rows
    known = [row for row in rows if row["verdict"] != "few"]
    return [*known[:FIRST], *known[FIRST:][-LAST:]]


def _all(answer: Comparison) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = answer.table.head(MOST).to_dict("records")
    return rows


def _label(scene: Scene) -> str:
    return str(scene.store.metrics[scene.state.metric].label(scene.lang, short=True))


def _dimensions(scene: Scene) -> list[tuple[str, str]]:
    return [
        (name, shell.dimension(name, scene))
        for name in dict.fromkeys((*BY, scene.state.by))
        if scene.store.members(name) or name == scene.state.by
    ]


def _alike(scene: Scene) -> Html:
    names = [(name, _alike_name(name, scene)) for name in ALIKE if name != scene.state.by]
    about = tag("p", scene.say("alike_about"), class_="wb-quiet")
    return join(about, checks("alike", "", names, scene.state.alike))


def _alike_name(name: str, scene: Scene) -> str:
    return scene.say("hour") if name == "hour" else shell.dimension(name, scene)


def _alike_words(scene: Scene) -> str:
    names = [_alike_name(name, scene) for name in scene.state.alike]
    if not names:
        return scene.say("alike")
    return scene.say("alike_by", names=("、" if scene.lang == "zh" else ", ").join(names))


def _in_words(scene: Scene) -> Html:
    state = scene.state
    parts = [f"{shell.dimension(state.by, scene)} · {_label(scene)}"]
    if state.alike:
        parts.append(_alike_words(scene))
    parts += [scene.say(f"age_{state.age}"), scene.say(f"correction_{state.correction}")]
    return join(" · ".join(parts))


def _effect(row: dict[Any, Any], scene: Scene) -> charts.Effect:
    name = shown(row["arm"], scene)
    meaning = MEANINGS.get(row["verdict"], "noise")
    ends = (row["lift"], row["lift_low"], row["lift_high"])
    known = row["p_adjusted"] == row["p_adjusted"]
    note = scene.say("p_note", p=p_value(row["p_adjusted"], scene.lang)) if known else ""
    return charts.Effect(row["arm"], name, *ends, meaning, note)  # type: ignore[arg-type]


def _row(row: dict[Any, Any], answer: Comparison, scene: Scene, folded: bool) -> Html:
    unit, currency, lang = answer.units[row["metric"]], answer.currency, scene.lang
    level = Figure(row["level"], unit, currency, row["level_low"], row["level_high"])
    shrunk = Figure(row["shrunk"], unit, currency).shown(lang)
    return tag(
        "tr",
        tag("th", _picker(row["arm"], scene), scope="row"),
        tag("td", chip(row["verdict"], scene), class_="wb-left"),
        tag("td", _interval(level, lang)),
        tag("td", shrunk),
        tag("td", _rank(row, scene)),
        data_id=f"row-{row['arm']}",
        hidden=folded,
    )


def _interval(found: Figure, lang: str) -> Html:
    """A value with its interval in small print."""
    plain = Figure(found.value, found.unit, found.currency).shown(lang)
    rest = found.shown(lang).removeprefix(plain)
    return tag("span", plain, tag("small", rest), class_="wb-num")


def _rank(row: dict[Any, Any], scene: Scene) -> str:
    if row["rank"] != row["rank"]:
        return formats.MISSING
    ends = {"low": int(row["rank_low"]), "high": int(row["rank_high"])}
    span = scene.say("rank_one", **ends) if ends["low"] == ends["high"] else scene.say("rank_span", **ends)
    return f"{span} · {Share(row['best'], 0).shown(scene.lang)}"


def _picker(name: str, scene: Scene) -> Html:
    words = shown(name, scene)
    if not scene.live:
        return tag("span", words, title=words)
    on = name in scene.state.pair
    place = {member: at for at, member in enumerate(scene.state.pair, 1)}.get(name, "")
    mark = on and tag("b", f"{place} ", class_="wb-picked")
    hint = scene.say("pick", member=words)
    return button(
        (mark, words),
        "down",
        scene.state.by,
        name,
        class_="wb-open",
        title=hint,
        aria_pressed=str(on).lower(),
    )


def _foot(scene: Scene, count: int, every: int) -> list[Any]:
    if every <= SHOWN:
        return []
    more = scene.state.rows == "some"
    label, value = (scene.say("show_all"), "all") if more else (scene.say("show_some"), "some")
    link = scene.live and button(label, "set", "rows", value, class_="wb-link")
    return [tag("span", scene.say("shown", shown=count, all=every)), link]


def lift(row: dict[Any, Any], lang: str) -> str:
    """A relative difference with its interval."""
    return Lift(row["lift"], row["lift_low"], row["lift_high"]).shown(lang)
