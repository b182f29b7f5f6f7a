"""Hours that a plan must leave alone or must use, by group, and how a hand paints them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from workbench.errors import QuestionError, unknown
from workbench.solvers.slot_sets import JOIN, hours_of

ALL = "*"
"""The name of all groups together."""
KINDS = ("forbid", "require")
FREE = "free"
"""What a painted hour becomes where neither rule holds."""
BRUSHES = (*KINDS, FREE)
DAY = 24
DAY_SETS = {
    "all": tuple(range(7)),
    "work": tuple(range(5)),
    "rest": (5, 6),
    **{str(day): (day,) for day in range(7)},
}
"""Choice of weekdays → the weekdays, Monday 0."""

Rules = dict[str, tuple[int, ...]]
"""Group → its hours of the week, in order; `*` is every group."""


def checked(kind: str, given: Any, groups: Collection[str] | None = None) -> Rules:
    """Rules in their normal form; a plain list of hours is for all groups, an empty one is left out.

    Args:
        kind: `forbid` or `require`, for the sentence.
        given: Hours (numbers or (weekday, hour) pairs), or group → hours.
        groups: Names that there are; None: any.

    Raises:
        QuestionError: for hours that no week has, or a group that there is not.
    """
    each = given if isinstance(given, Mapping) else {ALL: given}
    found = {str(name): tuple(sorted(set(hours_of(kind, own or ())))) for name, own in each.items()}
    for name in found:
        if groups is not None and name != ALL and name not in groups:
            raise unknown("group of slots", name, sorted(groups))
    return {name: own for name, own in found.items() if own}


def by_group(own: Rules, other: Rules, groups: Iterable[str]) -> Rules:
    """Group → hours of one rule: its own, and those of all that its other rule does not claim for itself."""
    found = {
        name: tuple(sorted((set(own.get(ALL, ())) - set(other.get(name, ()))) | set(own.get(name, ()))))
        for name in groups
    }
    return {name: hours for name, hours in found.items() if hours}


def rectangle(first: int, last: int) -> tuple[int, ...]:
    """All hours between two, weekday by weekday and hour by hour.

    Args:
        first: Hour of the week where a drag began. last: Where it ended.

    Raises:
        QuestionError: for hours that no week has.
    """
    ends = hours_of("drag", [first, last])
    days, hours = sorted(hour // DAY for hour in ends), sorted(hour % DAY for hour in ends)
    return tuple(
        day * DAY + hour
        for day in range(days[0], days[1] + 1)
        for hour in range(hours[0], hours[1] + 1)
    )  # fmt: skip


def span(days: Iterable[int], start: int, end: int) -> tuple[int, ...]:
    """Hours of some weekdays from one hour to another, over midnight where the end comes first.

    Args:
        days: Weekdays, Monday 0.
        start: First hour, 0 to 23. end: The hour after the last one, 1 to 24.

    Raises:
        QuestionError: for a span without hours.
    """
    if start == end % DAY and end != DAY:
        raise QuestionError("From and to are the same hour.", "Choose a later end.")
    length = (end - start) % DAY or DAY
    first = [(day * DAY + start + step) % (7 * DAY) for day in days for step in range(length)]
    return tuple(sorted(set(first)))


def painted(
    rules: Mapping[str, Rules], brush: str, group: str, hours: Collection[int], groups: Iterable[str]
) -> dict[str, Rules]:
    """The rules after painting hours; hours that all have the brush's colour already become free.

    Args:
        rules: `forbid` and `require`, group → hours.
        brush: `forbid`, `require` or `free`.
        group: Whose hours; `*`: everybody's.
        hours: Hours of the week.
        groups: Every group, so that a rule for all can become a rule for all but one.

    Raises:
        QuestionError: for another brush.
    """
    if brush not in BRUSHES:
        raise unknown("brush", brush, BRUSHES)
    names = list(groups)
    before = {name: _plain(rules, brush, name) for name in ([*names, ALL] if group == ALL else [group])}
    again = brush != FREE and all(set(hours) <= own for own in before.values())
    found = {}
    for kind in KINDS:
        each = {name: set(own) for name, own in rules.get(kind, {}).items()}
        _erase(each, group, set(hours), names)
        if kind == brush and not again:
            each[group] = each.get(group, set()) | set(hours)
        found[kind] = {name: tuple(sorted(own)) for name, own in each.items() if own}
    return found


def _plain(rules: Mapping[str, Rules], kind: str, name: str) -> set[int]:
    own = rules.get(kind, {})
    return set(own.get(name, ())) | set(own.get(ALL, ()))


def _erase(each: dict[str, set[int]], group: str, hours: set[int], names: list[str]) -> None:
    """Take hours from a group; where all have them, the others keep theirs."""
    if group == ALL:
        for own in each.values():
            own.difference_update(hours)
        return
    shared = each.get(ALL, set()) & hours
    if shared:
        each[ALL] -= shared
        for name in names:
            if name != group:
                each[name] = each.get(name, set()) | shared
    each.get(group, set()).difference_update(hours)


def read_runs(written: str) -> Any:
    """Hours from runs such as `0-5.24`; a text that is none comes back as it is, for its check to refuse."""
    found: list[int] = []
    for part in written.split("."):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal() or len(part) > len("000-000"):
            return written
        found += range(int(first), int(last or first) + 1)
    return found


def written_runs(hours: Iterable[int]) -> str:
    """Hours as runs: `0-5.24`."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][-1] + 1 == hour:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    return ".".join(f"{run[0]}-{run[-1]}" if run[1:] else f"{run[0]}" for run in runs)


def with_joined(parts: Iterable[Any]) -> str:
    """The name of a group from its parts."""
    return JOIN.join(map(str, parts))
