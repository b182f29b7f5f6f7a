"""What the models need to know about the journeys: declared, merged, and fetched in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.attribution import journeys
from workbench.attribution.models import Rules
from workbench.metrics.dimensions import UNKNOWN

STEP, CREDIT, DAY, ROWS = 0, 1, 2, 3
"""Kinds of rows of the answer: steps of journeys, credits by rule, clusters, and the rows as they came."""

PAST = ("prev", "prev2", "prev3")


def question(raw: Any, rules: Rules, since: Any = None) -> Any:
    """The one query of an attribution: steps for the chain, credits by rule, and counts, below each other.

    Args:
        raw: Ibis table with the columns `journeys.EVENT`.
        rules: Parameters.
        since: First day that is answered.

    Returns:
        Ibis table with `kind`, `cluster` and what the kind says; the other columns are empty.
    """
    events = raw.filter(raw.customer.notnull(), raw.time.notnull())
    if rules.direct_channel:
        events = journeys.without_direct(events, rules.window_days, rules.direct_channel)
    found = journeys.cut(events, rules.window_days, since)
    parts = [_credits(found, rules), _days(found, rules), _rows(raw, rules)]
    if rules.chained:
        parts.append(_steps(journeys.states(found, rules.order), rules))
    whole, *rest = parts
    for part in rest:
        whole = whole.union(part, distinct=False)
    return whole


def _part(kind: int, rules: Rules, cluster: Any, **values: Any) -> dict[str, Any]:
    """The columns of every part; what a part does not say is empty."""
    import ibis

    nothing, zero = ibis.literal("", type="string"), ibis.literal(0, type="int64")
    row: dict[str, Any] = {"kind": ibis.literal(kind, type="int64"), "cluster": cluster}
    row |= dict.fromkeys(("member", *PAST), nothing) | dict.fromkeys(("inside", "last", "n", "m"), zero)
    row |= dict.fromkeys(("value", *_columns(rules.by_rule)), ibis.literal(0.0, type="float64"))
    return row | values


def _columns(ids: Sequence[str]) -> list[str]:
    return [f"{name}_{what}" for name in ids for what in ("n", "value")]


def _steps(found: Any, rules: Rules) -> Any:
    """Touches by what came before them and whether the journey ended there."""
    past = PAST[: rules.order]
    touches = found.filter(found.touch == 1)
    won = ((touches.inside == 1) & (touches["last"] == 1)).ifelse(touches.won.fill_null(0.0), 0.0)
    grouped = touches.group_by(["cluster", "member", *past, "inside", "last"]).agg(
        n=touches.count(), value=won.sum()
    )
    names = ("member", *past, "inside", "last", "n", "value")
    said = {name: grouped[name] for name in names}
    return grouped.select(**_part(STEP, rules, grouped.cluster, **said))


def _credits(found: Any, rules: Rules) -> Any:
    """Credits of the journeys that converted, by member; conversions without a touch have none."""
    rows = _shared(found, rules)
    bare = rows.touch == 0
    summed = {}
    for name in rules.by_rule:
        share = bare.ifelse(0.0, _share(rows, name, rules.ends))
        summed |= {f"{name}_n": share.sum(), f"{name}_value": (share * rows.total).sum()}
    grouped = rows.group_by(["cluster", "member"]).agg(
        n=bare.ifelse(1, 0).sum().cast("int64"),
        m=rows.touch.sum().cast("int64"),
        value=bare.ifelse(rows.total, 0.0).sum(),
        **summed,
    )
    said = {name: grouped[name] for name in ("member", "n", "m", "value", *summed)}
    return grouped.select(**_part(CREDIT, rules, grouped.cluster, **said))


def _shared(found: Any, rules: Rules) -> Any:
    """One row a converting journey and member, with sums over the journey beside it."""
    import ibis

    inside = found.filter(found.inside == 1)
    fade = (inside.age * (-float(np.log(2.0)) / (rules.half_life_days * 86400.0))).exp()
    per = inside.group_by(["customer", "block", "member", "touch"]).agg(
        touches=inside.count().cast("int64"),
        first=inside["first"].max(),
        last=inside["last"].max(),
        fade=fade.sum(),
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


def _days(found: Any, rules: Rules) -> Any:
    """Conversions and touches by cluster, and what stands out among the rows."""
    still = (found.is_end == 1) & (found.conv == 0)
    grouped = found.group_by("cluster").agg(
        n=found.conv.sum().cast("int64"),
        m=found.touch.sum().cast("int64"),
        inside=found.twin.sum().cast("int64"),
        last=still.ifelse(1, 0).sum().cast("int64"),
        value=(found.conv == 1).ifelse(found.value.fill_null(0.0), 0.0).sum(),
    )
    said = {name: grouped[name] for name in ("n", "m", "inside", "last", "value")}
    return grouped.select(**_part(DAY, rules, grouped.cluster, **said))


def _rows(raw: Any, rules: Rules) -> Any:
    """The rows as they came: all, without customer or time, of negative value, without member, of no value."""
    import ibis

    def count(flag: Any) -> Any:
        return flag.fill_null(False).ifelse(1, 0).sum().cast("int64")

    found = raw.agg(
        n=raw.count(),
        m=count(raw.customer.isnull() | raw.time.isnull()),
        inside=count(raw.value < 0),
        last=count((raw.member == UNKNOWN) & (raw.touch == 1)),
        value=count((raw.conv == 1) & raw.value.isnull()).cast("float64"),
    )
    said = {name: found[name].fill_null(0) for name in ("n", "m", "inside", "last", "value")}
    nowhere = ibis.null(raw.day.type())
    return found.select(**_part(ROWS, rules, nowhere, **said))
