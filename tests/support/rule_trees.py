"""Rules drawn at random, as JSON values: every kind of node, every operator, values that occur and others."""

from __future__ import annotations

import datetime as dt
import random

from rule_world import DAY, SCORES

NUMBER_OPS = ("==", "!=", "<", "<=", ">", ">=", "between", "known", "unknown")
TEXT_OPS = ("==", "!=", "in", "not_in", "contains", "starts_with", "known", "unknown")
TEXTS = {
    "orders": {"channel": ["search", "social", "x"]},
    "lines": {"category": ["tea", "cup"], "product": ["thing 1"], "channel": ["search"]},
    "events": {"kind": ["click", "visit"], "device": ["mobile"]},
    "interactions": {"method": ["call", "chat"], "kind": ["complaint"]},
    "feedback": {"kind": ["nps", "csat"]},
    "leads": {"stage": ["won", "open"]},
}
FIGURES = {
    "orders": {"amount": (-5, 10, 10.5, 20, 30.5), "margin": (1, 2, 3)},
    "lines": {"quantity": (1, 2, 3), "amount": (5, 10)},
    "interactions": {"minutes": (0, 2.5, 5)},
    "feedback": {"score": (0, 6, 9, 10)},
    "leads": {"value": (1, 3, 4)},
}
MONEY = ("amount", "margin", "value")
THRESHOLDS = {"recency_days": [0, 2, 5, 31], "frequency": [1, 2, 2, 4], "monetary": [0, 10, 20.5, 40]}


def tree(seed: int, depth: int = 4) -> dict:
    """A rule as JSON values."""
    return {"version": 1, "rule": _node(random.Random(seed), depth)}


def _node(pick, depth):
    kind = pick.choice(["all", "any", "not", "leaf", "leaf"]) if depth else "leaf"
    if kind == "not":
        return {"not": _node(pick, depth - 1)}
    if kind in ("all", "any"):
        return {kind: [_node(pick, depth - 1) for _ in range(pick.randint(1, 3))]}
    return pick.choice([_field, _date, _own, _tag, _score, _rfm, _rfm_name, *[_behaviour] * 5])(pick)


def _field(pick):
    name, values = pick.choice([("region", ["north", "西部", "x"]), ("gender", ["female", "male"])])
    return {"field": name, **_text(pick, values)}


def _date(pick):
    if pick.random() < 0.5:
        return {"field": "created_date", "ago": True, **_compared(pick, (0, 1, 2, 30, 90))}
    days = [(DAY - dt.timedelta(back)).isoformat() for back in (0, 1, 5, 31)]
    return {"field": "created_date", **_compared(pick, sorted(days))}


def _own(pick):
    """An attribute that only this workspace has, with or without its type."""
    name = pick.choice(["Income", "学历", "Since"])
    if name == "学历":
        return {"field": name, "type": "text", **_text(pick, ["PhD", "Master", "本科", "x"])}
    if name == "Income":
        return {"field": name, "type": "number", **_compared(pick, (0, 999, 1000, 1000.5, 2500))}
    if pick.random() < 0.5:
        return {"field": name, "ago": True, **_compared(pick, (0, 1, 2, 30, 90))}
    days = [(DAY - dt.timedelta(back)).isoformat() for back in (0, 1, 5, 31)]
    return {"field": name, "type": "date", **_compared(pick, sorted(days))}


def _tag(pick):
    return {"tag": pick.choice(["vip", "new", "nobody"]), **pick.choice([{}, {"value": "gold"}])}


def _score(pick):
    column, values = pick.choice([("p_alive", (0, 0.25, 0.5, 0.75)), ("rank", (3, 10, 20))])
    return {"score": SCORES, "column": column, **_compared(pick, values)}


def _rfm(pick):
    measure, values = pick.choice(
        [
            *(("r", (1, 2, 3, 5)), ("f", (1, 3, 4)), ("m", (2, 5))),
            *(("recency_days", (0, 1, 5, 31)), ("frequency", (1, 2, 3)), ("monetary", (0, 10, 20.5))),
        ]
    )
    return {"rfm": measure, "thresholds": THRESHOLDS, "currency": "CNY", **_compared(pick, values)}


def _rfm_name(pick):
    names = ["champions", "loyal", "lost", "new", "at_risk", "attention", "dormant"]
    op = pick.choice(["==", "!=", "in", "not_in", "known", "unknown"])
    return {"rfm": "segment", "thresholds": THRESHOLDS, "currency": "CNY", **_value(pick, op, names)}


def _behaviour(pick):
    source = pick.choice(list(TEXTS))
    figures = FIGURES.get(source, {})
    days = ["days"] * (source != "feedback")
    measure = pick.choice(
        ["count", "count", *days, "first", "last", *(["sum", "mean", "min", "max"] * bool(figures))]
    )
    column = pick.choice(list(figures)) if measure in ("sum", "mean", "min", "max") else ""
    values = figures[column] if column else (0, 1, 2, 5, 30)
    made = {"behaviour": source, "measure": measure, **_compared(pick, values)}
    made |= {"column": column} if column else {}
    made |= {"currency": "CNY"} if column in MONEY else {}
    made |= {"within_days": pick.choice([1, 2, 30, 31, 90])} if pick.random() < 0.5 else {}
    return made | ({"where": _where(pick, source)} if pick.random() < 0.5 else {})


def _where(pick, source):
    column = pick.choice(list(TEXTS[source]))
    made = {column: pick.choice([_text(pick, TEXTS[source][column]), TEXTS[source][column][0]])}
    if source in FIGURES and pick.random() < 0.4:
        figure = pick.choice(list(FIGURES[source]))
        made[figure] = _compared(pick, FIGURES[source][figure])
    return made


def _text(pick, values):
    op = pick.choice(TEXT_OPS)
    if op in ("contains", "starts_with"):
        return {"op": op, "value": pick.choice(values)[: pick.choice([1, 2, 9])]}
    return _value(pick, op, values)


def _compared(pick, values):
    return _value(pick, pick.choice(NUMBER_OPS), list(values))


def _value(pick, op, values):
    if op in ("known", "unknown"):
        return {"op": op}
    if op == "between":
        first, last = sorted(pick.choices(range(len(values)), k=2))
        return {"op": op, "value": [values[first], values[last]]}
    if op in ("in", "not_in"):
        return {"op": op, "value": pick.choices(values, k=pick.randint(1, 3))}
    return {"op": op, "value": pick.choice(values)}
