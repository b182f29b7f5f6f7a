"""The rules of a contact plan as people write them: caps, consent, hours, skills, fairness."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

Window = tuple[float, float]
"""From one hour of the day to another, 0 to 24."""

Names = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class ContactRules:
    """What every contact plan must keep.

    Attributes:
        caps: Contacts and days: (2, 7) is at most two contacts of a customer in any seven days, by all
            methods together; one pair or several; a number is for the whole plan. None: one contact of a
            customer in the whole plan.
        history: Contacts already made, which count in the caps: a frame with `customer_id` and `day`.
        consent: Who may be contacted how: method → customers, or a frame with `customer_id`, `method` and
            optional `allowed`, such as `workbench.contacts.consents(store, methods)`. Who is not named is not
            contacted. None: the candidates have consented, and a note says that nobody checked.
        do_not_contact: Customers who are never contacted.
        quiet_hours: (from, until), such as (21, 8), in which nobody is contacted; or method → such a pair.
        hours: Working hours of every marketer, such as (9, 18), or marketer → such a pair.
        minutes: Method → minutes that a contact takes; needed for everything that is about time.
        skills: Marketer → names of methods, segments and messages. What any marketer's skills name is done
            only by those who have it; what nobody's name, by all.
        languages: Marketer → languages. A contact in a language needs a marketer who speaks it.
        least: Segment → contacts that it gets at least, worth it or not: fairness among customers.
        hour_cost: What a marketer's hour costs; a contact that brings less than its time costs is not made.
    """

    caps: Any = None
    history: Any = None
    consent: Any = None
    do_not_contact: Collection[str] = ()
    quiet_hours: Any = None
    hours: Any = None
    minutes: Mapping[str, float] = field(default_factory=dict)
    skills: Names | None = None
    languages: Names | None = None
    least: Mapping[str, float] = field(default_factory=dict)
    hour_cost: float = 0.0


def rules_of(given: Any) -> ContactRules:
    """The rules as an object, of nothing, a mapping or an object."""
    if given is None:
        return ContactRules()
    if isinstance(given, ContactRules):
        return given
    if not isinstance(given, Mapping):
        raise QuestionError(
            f"The rules are a {type(given).__name__}.", "Give ContactRules, or a mapping of its fields."
        )
    names = [entry.name for entry in fields(ContactRules)]
    for name in given:
        if name not in names:
            raise unknown("rule", name, names)
    return ContactRules(**{name: value for name, value in given.items() if value is not None})


def caps_of(given: Any, days: int) -> tuple[tuple[int, int], ...]:
    """(contacts, days) of each cap; none given: one contact in all days of the plan; a number: so many."""
    if given is None:
        return ((1, days),)
    if isinstance(given, int | float):
        given = (given, days)
    pairs = [given] if isinstance(given, Mapping) or _pair(given) else list(given)
    return tuple(_cap(pair) for pair in pairs)


def _pair(given: Any) -> bool:
    return isinstance(given, Sequence) and len(given) == 2 and not isinstance(given[0], Sequence | Mapping)


def _cap(pair: Any) -> tuple[int, int]:
    try:
        many, days = (pair["contacts"], pair["days"]) if isinstance(pair, Mapping) else pair
        whole = float(many) == int(many) >= 0 and float(days) == int(days) >= 1
    except (TypeError, ValueError, KeyError, OverflowError):
        whole = False
    if not whole:
        raise QuestionError(f"The cap is {pair!r}.", "Give contacts and days, such as (2, 7).")
    return int(many), int(days)


def minutes_of(given: Mapping[str, float], methods: Sequence[str]) -> np.ndarray | None:
    """Minutes of each method; None where none are given."""
    if not given:
        return None
    for name in given:
        if name not in methods:
            raise unknown("method", name, methods)
    for name in methods:
        if name not in given:
            raise QuestionError(
                f"Method {name!r} has no minutes.", "Give how long a contact takes, or 0, for every method."
            )
    return np.array([amount(f"minutes of {name!r}", given[name]) for name in methods])


def amount(what: str, value: Any) -> float:
    """A finite number of 0 or more."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 <= number < float("inf"):
        raise QuestionError(f"The {what} is {value!r}.", "Give a number, 0 or more.")
    return number


def windows_of(what: str, given: Any, kind: str, names: Sequence[str]) -> list[Window] | None:
    """A window of hours for each name: one for all, or by name; names without one get the whole day."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        return [_window(what, given)] * len(names)
    for name in given:
        if name not in names:
            raise unknown(kind, name, names)
    return [_window(what, given[name]) if name in given else (0.0, 0.0) for name in names]


def _window(what: str, pair: Any) -> Window:
    try:
        first, last = (float(hour) for hour in pair)
        right = 0 <= first <= 24 and 0 <= last <= 24
    except (TypeError, ValueError):
        right = False
    if not right:
        raise QuestionError(f"The {what} are {pair!r}.", "Give two hours from 0 to 24, such as (9, 18).")
    return first, last


def whole_hours(what: str, window: Window) -> Window:
    """Working hours, which end after they begin."""
    if window[0] >= window[1]:
        raise QuestionError(
            f"The {what} are {window!r}.", "Give hours of one day, the later one last, such as (9, 18)."
        )
    return window


def named(what: str, given: Names | None, marketers: Sequence[str]) -> dict[str, set[str]] | None:
    """Marketer → names; every marketer must be there, with an empty list if there is nothing to name."""
    if given is None:
        return None
    for name in given:
        if name not in marketers:
            raise unknown("marketer", name, marketers)
    for name in marketers:
        if name not in given:
            raise QuestionError(
                f"Marketer {name!r} is missing in {what}.",
                "Give every marketer a list, an empty one if none.",
            )
    return {name: {values} if isinstance(values, str) else set(values) for name, values in given.items()}


def consented(given: Any, methods: Sequence[str]) -> pd.DataFrame | None:
    """`customer_id, method` of all who may be contacted; None where the rules say nothing of it."""
    import pandas as pd

    from workbench.solvers.contacts.frames import table_of

    if given is None:
        return None
    if isinstance(given, Mapping):
        for name in given:
            if name not in methods:
                raise unknown("method", name, methods)
        parts = [pd.DataFrame({"customer_id": list(who)}).assign(method=name) for name, who in given.items()]
        return (
            pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["customer_id", "method"])
        )
    frame = table_of("consent", given, ("customer_id", "method"))
    if "allowed" in frame:
        frame = frame[frame["allowed"].fillna(False).astype(bool)]
    return frame[["customer_id", "method"]]
