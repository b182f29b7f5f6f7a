"""Touches and conversions cut into journeys, as one Ibis expression that every engine answers alike.

A journey that converts holds the touches of one customer in the window before a conversion and after the
conversion before it. Every other touch belongs to a journey that led to nothing; a gap longer than the
window starts a new one.
"""

from __future__ import annotations

from typing import Any

START = ""
"""What stands before the first touch; no member is called so."""

EVENT = ("customer", "time", "sec", "day", "member", "touch", "conv", "value")
"""Columns of a stream of events: who, when (to order by; in seconds; as a day), where, what.

`touch` and `conv` are 0 or 1: a row may be a touch, a conversion, or both; a conversion without a touch has
no member. `value` is that of the conversion.
"""


def cut(events: Any, window_days: float, since: Any = None) -> Any:
    """Cut a stream of events into journeys.

    Args:
        events: Ibis table with the columns `EVENT`, without null customers and times.
        window_days: Days before a conversion in which a touch counts.
        since: First day that is answered; what led to a later conversion counts whatever its day.

    Returns:
        The events with `block` (conversions of this customer from here on), `inside` (1 where a conversion
        follows within the window), `cluster` (day of that conversion, else of the customer's last event),
        `first`, `last` (1 at the ends of a journey), `prev` (member before, `START` at the beginning),
        `won` (value of the conversion, at the last touch), `age` (seconds to the conversion), `twin` (1
        where the row repeats the one before), `is_end` (1 at the customer's last event).
    """
    import ibis

    by = _newest_first(events)
    so_far = ibis.window(group_by="customer", order_by=by, preceding=None, following=0)
    along = ibis.window(group_by="customer", order_by=by)
    when = (events.conv == 1).ifelse(events.sec, None)
    day = (events.conv == 1).ifelse(events.day, None)
    earlier = {f"p_{name}": events[name].lead().over(along) for name in EVENT[1:]}
    later = {f"n_{name}": events[name].lag().over(along) for name in ("sec", "touch", "conv", "value")}
    seen = events.mutate(
        block=events.conv.sum().over(so_far),
        goal=when.min().over(so_far),
        goal_day=day.min().over(so_far),
        last_day=events.day.max().over(so_far),
        **earlier,
        **later,
    )
    return _judged(seen, float(window_days) * 86400.0, since)


def _newest_first(events: Any) -> list[Any]:
    """Order of one customer's events, the same in every engine: at one instant conversions come after touches."""
    import ibis

    worth = events.value.fill_null(0.0)
    return [ibis.desc("time"), ibis.desc("conv"), "touch", ibis.desc("member"), ibis.desc(worth)]


def _judged(seen: Any, window: float, since: Any) -> Any:
    """Flags of each event from its neighbours."""
    import ibis

    inside = (seen.goal - seen.sec <= window).fill_null(False)
    gone = seen.sec - seen.p_sec > window
    began = inside.ifelse(seen.goal - seen.p_sec > window, gone)
    first = seen.p_sec.isnull() | (seen.p_conv == 1) | began.fill_null(False)
    if since is not None:
        first |= ~inside & (seen.p_day < since).fill_null(False)
    leaves = (seen.goal - seen.n_sec <= window).fill_null(False)
    closed = (seen.n_conv == 1) & (seen.n_touch == 0)
    ends = inside.ifelse(
        (seen.conv == 1) | closed.fill_null(False),
        seen.n_sec.isnull() | leaves | (seen.n_sec - seen.sec > window).fill_null(False),
    )
    twin = ibis.literal(True)
    for name in ("time", "member", "touch", "conv", "value"):
        twin &= seen[name].identical_to(seen[f"p_{name}"])
    one = {"inside": inside, "first": first, "last": ends, "twin": twin & seen.p_sec.notnull()}
    one["is_end"] = seen.n_sec.isnull()
    judged = seen.mutate(
        **{name: flag.ifelse(1, 0).cast("int64") for name, flag in one.items()},
        cluster=ibis.coalesce(seen.goal_day, seen.last_day),
        prev=first.ifelse(START, seen.p_member),
        won=(seen.conv == 1).ifelse(seen.value, seen.n_value),
        age=(seen.goal - seen.sec).cast("float64"),
    )
    if since is not None:
        judged = judged.filter((judged.inside == 1).ifelse(judged.cluster >= since, judged.day >= since))
    kept = ("block", "inside", "cluster", "first", "last", "prev", "won", "age", "twin", "is_end")
    return judged.select(*EVENT, *kept)


def without_direct(events: Any, window_days: float, direct: str) -> Any:
    """Take away the touches of a direct channel wherever their journey has another touch.

    A conversion on such a touch stays, as a conversion without a touch of its own.
    """
    import ibis

    found = cut(events, window_days)
    journey = ibis.window(group_by=["customer", "block", "inside"])
    other = ((found.member != direct) & (found.touch == 1)).ifelse(1, 0).sum().over(journey)
    marked = found.mutate(drop=((found.member == direct) & (other > 0)).ifelse(1, 0))
    kept = marked.filter((marked.drop == 0) | (marked.conv == 1))
    bare = kept.mutate(
        touch=(kept.drop == 1).ifelse(0, kept.touch).cast("int64"),
        member=(kept.drop == 1).ifelse("", kept.member),
    )
    return bare.select(*EVENT)


def states(found: Any, order: int) -> Any:
    """Add the members two and three touches back (`prev2`, `prev3`), `START` where the journey is shorter."""
    import ibis

    along = ibis.window(group_by="customer", order_by=_newest_first(found))
    for number in range(2, order + 1):
        before = found["prev" if number == 2 else f"prev{number - 1}"]
        back = (before == START).ifelse(START, before.lead().over(along))
        found = found.mutate(**{f"prev{number}": back})
    return found
