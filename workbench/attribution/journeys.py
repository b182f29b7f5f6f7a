"""Touches and conversions cut into journeys, as one Ibis expression that every engine answers alike.

A journey that converts holds the touches of one customer in the window before a conversion and after the
conversion before it. Every other touch belongs to a journey that led to nothing; a gap longer than the
window starts a new one.
"""

from __future__ import annotations

from typing import Any

START = ""
"""What stands before the first touch; no member is called so."""

EVENT = ("customer", "time", "day", "member", "touch", "conv", "value")
"""Columns of a stream of events: who, when (an instant, or microseconds as int64; and its day), where, what.

`touch` and `conv` are 0 or 1: a row may be a touch, a conversion, or both; a conversion without a touch is
of the member `START`. `value` is that of the conversion.
"""

DAY_SECONDS = 86400.0


def seconds(time: Any) -> Any:
    """Seconds since 1970 of an instant or of microseconds."""
    if time.type().is_timestamp():
        return time.epoch_seconds().cast("float64")
    return time.cast("float64") / 1e6


def cut(events: Any, window_days: float, since: Any = None, *, bare: bool = True) -> Any:
    """Cut a stream of events into journeys.

    Args:
        events: Ibis table with the columns `EVENT`, without null customers and times.
        window_days: Days before a conversion in which a touch counts.
        since: First day that is answered; what led to a later conversion counts whatever its day.
        bare: Whether there are conversions without a touch of their own.

    Returns:
        The events with `block` (conversions of this customer from here on), `inside` (1 where a conversion
        follows within the window), `cluster` (number of the day of that conversion, else of the event),
        `first`, `last` (1 at the ends of a journey), `prev` (member before, `START` at the beginning),
        `won` (value of the conversion, at the last touch), `age` (seconds to the conversion), `twin` (1
        where the row repeats the one before), `is_end` (1 at the customer's last event).
    """
    import ibis

    events = events.mutate(sec=seconds(events.time))  # once a row: zoned times are dear to turn into seconds
    order = newest_first(events, bare)
    so_far = ibis.window(group_by="customer", order_by=order, preceding=None, following=0)
    along = ibis.window(group_by="customer", order_by=order)
    is_goal = events.conv == 1
    told = {
        "block": events.conv.sum().over(so_far),
        "goal": is_goal.ifelse(events.sec, None).min().over(so_far),
        "p_sec": events.sec.lead().over(along),
        "p_member": is_goal.ifelse(START, events.member).lead().over(along).fill_null(START),
        "n_sec": events.sec.lag().over(along),
    }
    if bare:
        told |= {name: events[name[2:]].lag().over(along) for name in ("n_touch", "n_value")}
    if since is not None:
        told["p_day"] = events.day.lead().over(along)
        told["goal_day"] = is_goal.ifelse(events.day, None).min().over(so_far)
    return _judged(events.mutate(**told), float(window_days) * DAY_SECONDS, since, bare)


def newest_first(events: Any, bare: bool = True) -> list[Any]:
    """Order of one customer's events, alike in every engine: at one instant conversions follow touches."""
    import ibis

    worth = ibis.desc(events.value.fill_null(0.0))
    own = ["touch"] if bare else []
    return [ibis.desc("time"), ibis.desc("conv"), *own, ibis.desc("member"), worth]


def _judged(seen: Any, window: float, since: Any, bare: bool) -> Any:
    """Flags of each event from its neighbours."""
    now, goal, before, after = seen.sec, seen.goal, seen.p_sec, seen.n_sec
    inside = (goal - now <= window).fill_null(False)
    first = (seen.p_member == START) | inside.ifelse(goal - before > window, now - before > window)
    if since is not None:
        first |= ~inside & (seen.p_day < since)
    closed = (seen.conv == 1) | (seen.n_touch == 0).fill_null(False) if bare else seen.conv == 1
    leaves = after.isnull() | (goal - after <= window) | (after - now > window)
    ends = inside.ifelse(closed, leaves.fill_null(False))
    same = (seen.conv == 1).ifelse(seen.p_member == START, seen.p_member == seen.member)
    flags = {
        "inside": inside,
        "first": first.fill_null(True),
        "last": ends,
        "twin": (before == now).fill_null(False) & same,
        "is_end": after.isnull(),
    }
    won = (seen.conv == 1).ifelse(seen.value, seen.n_value) if bare else seen.value
    judged = seen.mutate(
        **{name: flag.ifelse(1, 0).cast("int64") for name, flag in flags.items()},
        cluster=(inside.ifelse(goal, now) / DAY_SECONDS).floor().cast("int64"),
        won=won,
        age=goal - now,
    )
    judged = judged.mutate(prev=(judged["first"] == 1).ifelse(START, judged.p_member))
    if since is not None:
        judged = judged.filter((judged.inside == 1).ifelse(judged.goal_day >= since, judged.day >= since))
    kept = ("block", "inside", "cluster", "first", "last", "prev", "won", "age", "twin", "is_end")
    return judged.select(*(name for name in EVENT if name in events_of(seen)), *kept)


def events_of(table: Any) -> tuple[str, ...]:
    """The columns of a stream that a table has: those in memory need no day."""
    return tuple(name for name in EVENT if name in table.columns)


def without_direct(events: Any, window_days: float, direct: str, since: Any = None) -> Any:
    """Take away the touches of a direct channel wherever their journey has another touch.

    A conversion on such a touch stays, as a conversion without a touch of its own. What led to nothing
    before `since` is not answered, and does not stay.
    """
    import ibis

    found = cut(events, window_days, since)
    later = ibis.window(group_by="customer", order_by=newest_first(found), preceding=None, following=0)
    found = found.mutate(journey=found["last"].sum().over(later))
    journey = ibis.window(group_by=["customer", "journey"])
    other = ((found.member != direct) & (found.touch == 1)).ifelse(1, 0).sum().over(journey)
    marked = found.mutate(drop=((found.member == direct) & (other > 0)).ifelse(1, 0))
    kept = marked.filter((marked["drop"] == 0) | (marked.conv == 1))
    bare = kept.mutate(
        touch=(kept["drop"] == 1).ifelse(0, kept.touch).cast("int64"),
        member=(kept["drop"] == 1).ifelse(START, kept.member),
    )
    return bare.select(*events_of(events))


def states(found: Any, order: int, bare: bool = True) -> Any:
    """Add the members two and three touches back (`prev2`, `prev3`), `START` where the journey is shorter."""
    import ibis

    along = ibis.window(group_by="customer", order_by=newest_first(found, bare))
    for number in range(2, order + 1):
        before = found["prev" if number == 2 else f"prev{number - 1}"]
        back = (before == START).ifelse(START, before.lead().over(along))
        found = found.mutate(**{f"prev{number}": back})
    return found
