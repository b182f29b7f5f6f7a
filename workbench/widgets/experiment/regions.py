"""How the regions of the Experiment panel are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workbench import charts
from workbench.charts import Effect
from workbench.compare import Comparison, Remark, Verdict
from workbench.compare.verdicts import meaning, records
from workbench.compare.words import Figure, Share, metric_words, p_value
from workbench.i18n import formats
from workbench.tables.controls import button, select, slider
from workbench.tables.html import Html, carries, join, tag
from workbench.widgets.experiment.controls import arm_label
from workbench.widgets.experiment.state import LEAST_LIFT, MOST_LIFT, OUTCOMES, POWERS
from workbench.widgets.parts import heading
from workbench.widgets.scene import Region, Scene, figure

_MARKS = {"bad": "✕", "warn": "!", "info": "i", "good": "✓"}


def nothing(scene: Scene) -> Region:
    """A workspace without experiments says how to bring one in."""
    return Region(tag("p", scene.say("nothing"), class_="wb-notice wb-info", role="status"))


def verdict(scene: Scene) -> Region:
    """The answer first: a sentence, and what it is worth."""
    answer: Comparison = scene.answer("effects")
    spoken = Verdict(*(_named(scene, part) for part in answer.verdict.parts))
    parts = [tag("li", part.sentence(scene.lang), class_=f"wb-{part.status}") for part in spoken.parts]
    return Region(join(heading(scene.say("verdict")), tag("ul", parts, class_="wb-answer")))


def health(scene: Scene) -> Region:
    """Sizes against the plan first, then everything to beware of."""
    answer: Comparison = scene.answer("effects")
    srm = answer.srm
    if srm is None:
        return Region(Html(""))
    sizes = _sizes(scene, answer)
    checks = [_check(scene, "good" if srm.ok else "bad", _ratio(scene, srm.p_value, srm.ok), sizes)]
    said = [_check(scene, item.status, _named(scene, item).sentence(scene.lang)) for item in answer.warnings
            if item.code != "srm"]  # fmt: skip
    if not any(item.status in ("bad", "warn") for item in answer.warnings if item.code != "srm"):
        said = [_check(scene, "good", scene.say("no_warnings")), *said]
    return Region(join(heading(scene.say("health")), tag("ul", checks, said, class_="wb-health")))


def effects(scene: Scene) -> Region:
    """The lift of every metric with its interval."""
    answer: Comparison = scene.answer("effects")
    rows = records(answer.table)
    several = len({row["arm"] for row in rows}) > 1
    drawn = [_effect(scene, answer, row, _metric(scene, row, several), row["metric"]) for row in rows]
    chart = charts.forest(drawn, scene.lang, title=scene.say("lift_axis"), level=answer.level)
    return Region(join(heading(scene.say("effects")), figure(scene, "effects", chart)), {"effects": chart})


def table(scene: Scene) -> Region:
    """Every number: values, effect, corrected p-value, probability, expected loss."""
    answer: Comparison = scene.answer("effects")
    names = ("metric", "arm", "control_value", "value", "effect", "verdict", "p", "probability", "loss", "n")
    head = tag("tr", [tag("th", scene.say(f"col_{name}"), scope="col") for name in names])
    body = [_row(scene, answer, row) for row in records(answer.table)]
    caption = tag("caption", scene.say("table"), class_="wb-hidden")
    shown = tag("table", caption, tag("thead", head), tag("tbody", body))
    return Region(join(heading(scene.say("table")), tag("div", shown, class_="wb-scroll", tabindex="0")))


def segments(scene: Scene) -> Region:
    """The lift of one metric by an attribute of customers."""
    answer: Comparison = scene.answer("segments")
    state = scene.state
    rows = records(answer.table)
    several = len({row["arm"] for row in rows}) > 1
    drawn = [_effect(scene, answer, row, _segment(scene, row, several), str(row[state.by])) for row in rows]
    chart = charts.forest(drawn, scene.lang, title=scene.say("lift_axis"), level=answer.level)
    name = metric_words(state.metric).shown(scene.lang)
    still = scene.say("segments_of", metric=name, attribute=_attribute(scene, state.by))
    moves = scene.live and tag("span", _metrics(scene), _attributes(scene))
    head = heading(scene.say("segments") if scene.live else still, moves)
    foot = tag("p", answer.sentence(scene.lang), class_="wb-below")
    return Region(join(head, figure(scene, "segments", chart), foot), {"segments": chart})


def looks(scene: Scene) -> Region:
    """The effect at each look, all looks counted; a row moves the panel there."""
    answer: Comparison = scene.answer("looks")
    rows = records(answer.table)
    several = len({row["arm"] for row in rows}) > 1
    drawn = [
        _effect(scene, answer, row, _look(scene, row, several), str(row["look"])[:10], "effect")
        for row in rows
    ]
    unit, currency = answer.units[scene.state.metric], answer.currency
    unit = "points" if unit == "percent" else "count" if unit == "number" else unit
    chart = charts.forest(
        drawn,
        scene.lang,
        unit,
        currency,
        title=scene.say("effect_axis"),
        level=answer.level,
        select=scene.live,
    )
    hint = scene.live and button("", "down", "look", class_="wb-hidden", tabindex="-1", aria_hidden="true")
    name = metric_words(scene.state.metric).shown(scene.lang)
    foot = tag(
        "p", answer.sentence(scene.lang), " ", scene.live and scene.say("looks_hint"), class_="wb-below"
    )
    return Region(
        join(heading(scene.say("looks", metric=name)), hint, figure(scene, "looks", chart), foot),
        {"looks": chart},
    )


def plan(scene: Scene) -> Region:
    """How many customers the next experiment needs, and what other sizes would find."""
    answer, state = scene.answer("plan"), scene.state
    found = scene.say("to_find", lift=state.lift)
    chances = [(share, scene.say("power_of", power=_percent(share, scene))) for share in POWERS]
    moves = scene.live and tag(
        "div",
        slider(scene.say("lift"), "lift", state.lift, LEAST_LIFT, MOST_LIFT, found),
        select(scene.say("power"), "power", state.power, chances),
        class_="wb-controls",
    )
    head = tag("tr", [tag("th", scene.say(f"plan_{name}"), scope="col") for name in ("n", "lift", "effect")])
    body = [
        tag(
            "tr",
            tag("th", formats.number(row["n"], scene.lang), scope="row"),
            tag("td", formats.change(row["lift"], scene.lang)),
            tag("td", Figure(row["effect"], answer.unit, answer.currency, signed=True).shown(scene.lang)),
            class_="wb-on" if row["n"] == answer.n else None,
        )
        for row in records(answer.steps())
    ]
    shown = tag("table", tag("thead", head), tag("tbody", body))
    sentence = tag("p", answer.sentence(scene.lang), class_="wb-said")
    asked = tag("div", moves, sentence)
    both = tag("div", asked, tag("div", shown, class_="wb-scroll"), class_="wb-beside")
    return Region(join(heading(scene.say("plan")), both))


def notes(scene: Scene) -> Region:
    """What the words mean and how it was computed."""
    from workbench.i18n import text

    answer: Comparison = scene.answer("effects")
    terms = ("lift", "probability", "loss", "srm", "cuped", "correction")
    rows = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in terms
    ]
    said = [
        text(f"compare.{key}", scene.lang)
        for key in (f"method_{answer.method}", f"correction_{answer.correction}")
    ]
    method = " · ".join([*said, f"code {answer.code_version}"])
    body = (tag("dl", rows, class_="wb-defs"), tag("p", method, class_="wb-below"))
    summary = tag("summary", scene.say("notes"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _named(scene: Scene, remark: Remark) -> Remark:
    """A remark that calls the arms by their names."""
    arms = {
        key: arm_label(scene, str(remark.values[key])) for key in ("arm", "control") if key in remark.values
    }
    known = scene.labels
    names = remark.values.get("names")
    if isinstance(names, list):
        arms["names"] = [known.get(("experiment", name), name) for name in names]  # type: ignore[assignment]
    return Remark(remark.code, {**remark.values, **arms}, remark.status)


def _check(_scene: Scene, status: str, sentence: str, extra: Html | None = None) -> Html:
    mark = tag("i", _MARKS[status], class_=f"wb-mark wb-{status}", aria_hidden="true")
    return tag("li", mark, tag("div", tag("span", sentence), extra), class_=f"wb-check-{status}")


def _ratio(scene: Scene, p: float, ok: bool) -> str:
    return scene.say("srm_ok" if ok else "srm_bad", p=p_value(p, scene.lang))


def _sizes(scene: Scene, answer: Comparison) -> Html:
    srm = answer.srm
    assert srm is not None
    parts = [
        tag("span", f"{arm_label(scene, arm)} {formats.number(count, scene.lang)} / "
            f"{formats.number(srm.expected[arm], scene.lang)}", class_="wb-chip")
        for arm, count in srm.observed.items()
    ]  # fmt: skip
    return tag("div", [(part, " ") for part in parts], class_="wb-line")


def _effect(
    scene: Scene, answer: Comparison, row: dict[str, Any], name: str, key: str, kind: str = "lift"
) -> Effect:
    ends = (row["lift_low"], row["lift_high"]) if kind == "lift" else (row["low"], row["high"])
    sizes = " + ".join(formats.number(row[name], scene.lang) for name in ("n", "n_control"))
    note = scene.say("note", n=sizes, p=_p(row, scene))
    return Effect(key, name, row[kind], *ends, meaning(row, answer.better, answer.alpha), note)  # type: ignore[arg-type]


def _p(row: dict[str, Any], scene: Scene) -> str:
    p = row["p_adjusted"]
    return formats.MISSING if p != p else p_value(p, scene.lang)


def _outcome(name: str, scene: Scene) -> str:
    """What a metric is called where its name begins a line."""
    words = metric_words(name).shown(scene.lang)
    return f"{words[:1].upper()}{words[1:]}"


def _metric(scene: Scene, row: dict[str, Any], several: bool) -> str:
    name = _outcome(row["metric"], scene)
    return f"{name} · {arm_label(scene, row['arm'])}" if several else name


def _segment(scene: Scene, row: dict[str, Any], several: bool) -> str:
    value = row[scene.state.by]
    known = value is not None and value == value
    name = scene.labels.get((scene.state.by, str(value)), str(value)) if known else scene.say("unknown")
    return f"{name} · {arm_label(scene, row['arm'])}" if several else name


def _look(scene: Scene, row: dict[str, Any], several: bool) -> str:
    name = (formats.short_date if several else formats.date)(row["look"], scene.lang)
    return f"{name} · {arm_label(scene, row['arm'])}" if several else name


def _row(scene: Scene, answer: Comparison, row: dict[str, Any]) -> Html:
    unit, lang = answer.units[row["metric"]], scene.lang
    kind = meaning(row, answer.better, answer.alpha)
    value, control = (
        Figure(row[name], unit, answer.currency).shown(lang) for name in ("mean", "mean_control")
    )
    loss = Figure(row["expected_loss"], unit, answer.currency).shown(lang)
    chance = (
        formats.MISSING if row["probability"] != row["probability"] else Share(row["probability"]).shown(lang)
    )
    looks = {"better": "wb-good", "worse": "wb-bad", "noise": "wb-noise", "unknown": "wb-noise"}
    chip = tag("span", scene.say(f"is_{kind}"), class_=f"wb-chip {looks[kind]}")
    cells = (
        arm_label(scene, row["arm"]),
        control,
        value,
        _measured(row, unit, answer.currency, lang),
        chip,
        _p(row, scene),
        chance,
        loss,
    )
    size = f"{formats.number(row['n'], lang)} / {formats.number(row['n_control'], lang)}"
    first = tag("th", _outcome(row["metric"], scene), scope="row")
    return tag("tr", first, [tag("td", cell) for cell in (*cells, size)])


def _measured(row: dict[str, Any], unit: str, currency: str, lang: str) -> Html:
    """An effect with its interval, whose numbers files that are made of the page get, too."""
    plain = Figure(row["effect"], unit, currency, signed=True).shown(lang)
    whole = Figure(row["effect"], unit, currency, row["low"], row["high"], signed=True).shown(lang)
    known = carries(row["low"], row["high"])
    ends = {"data_low": row["low"], "data_high": row["high"]} if known else {}
    return tag("span", plain, tag("small", whole.removeprefix(plain), **ends), class_="wb-num")


def _metrics(scene: Scene) -> Html:
    choices = [(name, _outcome(name, scene)) for name in OUTCOMES]
    return select(scene.say("metric"), "metric", scene.state.metric, choices)


def _attributes(scene: Scene) -> Html:
    offered: Sequence[str] = (
        "region",
        "gender",
        "value_class",
        "acquisition_channel",
        "interest",
        "company_size",
    )
    names: Iterable[str] = dict.fromkeys((*offered, scene.state.by))
    choices = [(name, scene.say("by", attribute=_attribute(scene, name))) for name in names]
    return select(scene.say("attribute"), "by", scene.state.by, choices)


def _attribute(scene: Scene, name: str) -> str:
    from workbench.i18n import texts

    return scene.say(f"by_{name}") if f"experiment.by_{name}" in texts() else name


def _percent(share: str, scene: Scene) -> str:
    return formats.percent(float(share), scene.lang, 0)
