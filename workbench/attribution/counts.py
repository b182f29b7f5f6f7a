"""What the models need to know about the journeys: declared, merged, and fetched in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.attribution import journeys
from workbench.attribution.models import Rules
from workbench.attribution.source import Source

STEP, CREDIT, ROWS = 0, 1, 2
"""Kinds of rows of the answer: steps of journeys, credits by rule, and the rows as they came."""

PAST = ("prev", "prev2", "prev3")
SUMS = ("n", "convs", "value", "worth", "unvalued", "negative", "twins", "ends")
"""What each group of steps adds up: rows, conversions and their value, the value won at last touches, and
what stands out."""


def question(source: Source, rules: Rules) -> Any:
    """The one query of an attribution: steps for the chain, credits by rule, and counts, below each other.

    Returns:
        Ibis table with `kind`, `cluster` and what the kind says; the other columns are empty.
    """
    raw, bare = source.events, source.bare or bool(rules.direct_channel)
    events = raw.filter(raw.customer.notnull(), raw.time.notnull())
    if rules.direct_channel:
        events = journeys.without_direct(events, rules.window_days, rules.direct_channel, source.since)
    found = journeys.cut(events, rules.window_days, source.since, bare=bare)
    steps = _steps(journeys.states(found, rules.order, bare) if rules.chained else found, rules)
    whole = steps.union(_rows(raw, rules), distinct=False)
    return whole.union(_credits(found, rules), distinct=False)


def _part(kind: int, rules: Rules, cluster: Any, **values: Any) -> dict[str, Any]:
    """The columns of every part; what a part does not say is empty."""
    import ibis

    nothing, zero = ibis.literal("", type="string"), ibis.literal(0, type="int64")
    row: dict[str, Any] = {"kind": ibis.literal(kind, type="int64"), "cluster": cluster}
    row |= dict.fromkeys(("member", *PAST), nothing)
    row |= dict.fromkeys(("inside", "last", "touch", *SUMS), zero)
    money = ("value", "worth", *_columns(rules.by_rule))
    row |= dict.fromkeys(money, ibis.literal(0.0, type="float64"))
    return row | values


def _columns(ids: Sequence[str]) -> list[str]:
    return [f"{name}_{what}" for name in ids for what in ("n", "value")]


def _steps(found: Any, rules: Rules) -> Any:
    """Rows by what came before them and whether the journey ended there; conversions without a touch, too."""
    past = PAST[: rules.order] if rules.chained else ()
    goal = found.conv == 1
    wins = (found.inside == 1) & (found["last"] == 1) & (found.touch == 1)
    grouped = found.group_by(["cluster", "member", *past, "inside", "last", "touch"]).agg(
        n=found.count(),
        convs=found.conv.sum().cast("int64"),
        value=goal.ifelse(found.value.fill_null(0.0), 0.0).sum(),
        worth=wins.ifelse(found.won.fill_null(0.0), 0.0).sum(),
        unvalued=_count(goal & found.value.isnull()),
        negative=_count(goal & (found.value < 0)),
        twins=found.twin.sum().cast("int64"),
        ends=_count((found.is_end == 1) & (found.conv == 0)),
    )
    names = ("member", *past, "inside", "last", "touch", *SUMS)
    return grouped.select(**_part(STEP, rules, grouped.cluster, **{name: grouped[name] for name in names}))


def _count(flag: Any) -> Any:
    return flag.fill_null(False).ifelse(1, 0).sum().cast("int64")


def _credits(found: Any, rules: Rules) -> Any:
    """Credits of the journeys that converted, by member; conversions without a touch have none."""
    rows = _shared(found, rules)
    bare = rows.touch == 0
    summed: dict[str, Any] = {}
    for name in rules.by_rule:
        share = bare.ifelse(0.0, _share(rows, name, rules.ends))
        summed |= {f"{name}_n": share.sum(), f"{name}_value": (share * rows.total).sum()}
    grouped = rows.group_by(["cluster", "member"]).agg(
        n=_count(bare),
        convs=rows.touch.sum().cast("int64"),
        value=bare.ifelse(rows.total, 0.0).sum(),
        **summed,
    )
    said = {name: grouped[name] for name in ("member", "n", "convs", "value", *summed)}
    return grouped.select(**_part(CREDIT, rules, grouped.cluster, **said))


def _shared(found: Any, rules: Rules) -> Any:
    """One row a converting journey and member, with sums over the journey beside it."""
    import ibis

    inside = found.filter(found.inside == 1)
    fade = (inside.age * (-float(np.log(2.0)) / (rules.half_life_days * journeys.DAY_SECONDS))).exp()
    per = inside.group_by(["customer", "block", "member", "touch"]).agg(
        touches=inside.count().cast("int64"),
        first=inside["first"].max(),
        last=inside["last"].max(),
        fade=(fade if "time_decay" in rules.by_rule else inside.age).sum(),
        worth=(inside.conv == 1).ifelse(inside.value.fill_null(0.0), 0.0).sum(),
        cluster=inside.cluster.max(),
    )
    journey = ibis.window(group_by=["customer", "block"])
    whole = per.mutate(
        members=per.touch.sum().over(journey).cast("float64"),
        length=(per.touches * per.touch).sum().over(journey).cast("float64"),
        fades=(per.fade * per.touch).sum().over(journey),
        total=per.worth.sum().over(journey),
    )
    return whole.filter((whole.touch == 1) | (whole.members == 0.0))


def _share(rows: Any, model: str, ends: tuple[float, float]) -> Any:
    """Part of a conversion that one member of its journey gets."""
    import ibis

    if model in ("first", "last"):
        return rows[model].cast("float64")
    if model == "shapley":
        return ibis.literal(1.0) / rows.members.nullif(0.0)
    if model == "linear":
        return rows.touches.cast("float64") / rows.length.nullif(0.0)
    if model == "time_decay":
        return rows.fade / rows.fades.nullif(0.0)
    return _by_position(rows, *map(float, ends))


def _by_position(rows: Any, first: float, last: float) -> Any:
    """A share for each end, the rest for the touches between; two touches share in the same proportion."""
    import ibis

    begins, closes = rows["first"].cast("float64"), rows["last"].cast("float64")
    middle = (rows.touches.cast("float64") - begins - closes) / (rows.length - 2.0).nullif(0.0)
    long = begins * first + closes * last + middle.fill_null(0.0) * (1.0 - first - last)
    short = (begins * first + closes * last) / (first + last)
    return ibis.cases((rows.length == 1.0, 1.0), (rows.length == 2.0, short), else_=long)


def _rows(raw: Any, rules: Rules) -> Any:
    """The rows as they came: all, and those without customer or time."""
    import ibis

    found = raw.agg(n=raw.count(), ends=_count(raw.customer.isnull() | raw.time.isnull()))
    said = {name: found[name].fill_null(0) for name in ("n", "ends")}
    return found.select(**_part(ROWS, rules, ibis.null("int64"), **said))
