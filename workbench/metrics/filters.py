"""Filters: `where={"channel": ["search", "social"], "month": "2026-03"}`, checked and normalised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.metrics.dimensions import CALENDAR, CLOCK, MEMBERS, UNKNOWN, calendar, dimension, named

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

Where = dict[str, tuple[str, ...]]
"""Dimension → the values that are kept, as text; a row must fit every dimension."""

_HIGHEST = {"weekday": 6, "hour": 23, "hour_of_week": 167}


def normal(store: Store, where: Mapping[str, Any] | None) -> Where:
    """Check a filter against the store; a dimension with an empty list filters nothing.

    Raises:
        QuestionError: for an unknown dimension, or a value that the store does not hold.
    """
    if where is not None and not isinstance(where, Mapping):
        raise QuestionError(
            f"where={where!r} is no filter.", 'Write a dimension and its values: {"channel": ["search"]}.'
        )
    found = {
        dimension(name): _values(value)
        for name, value in zip(named("where", list(where or {})), (where or {}).values(), strict=True)
    }
    return {name: _checked(store, name, values) for name, values in found.items() if values}


def predicates(table: Any, where: Where) -> list[Any]:
    """Ibis predicates for the filters that stored columns answer."""
    return [_predicate(table, name, values) for name, values in where.items() if name not in CALENDAR]


def days_kept(where: Where, days: np.ndarray) -> np.ndarray:
    """Which days (`datetime64[D]`) the calendar filters keep."""
    import numpy as np

    kept = np.ones(len(days), bool)
    for name in set(where) & set(CALENDAR):
        kind = "int64" if name == "weekday" else "datetime64[D]"
        kept &= np.isin(calendar(name, days), np.array(where[name]).astype(kind))
    return kept


def _values(value: Any) -> tuple[Any, ...]:
    single = value is None or isinstance(value, str | dt.date) or not isinstance(value, Iterable)
    return tuple(dict.fromkeys((value,) if single else value))


def _checked(store: Store, name: str, values: tuple[Any, ...]) -> tuple[str, ...]:
    if name in MEMBERS:
        return tuple(_member(store, name, value) for value in values)
    return tuple(dict.fromkeys(_moment(name, value) for value in values))


def _member(store: Store, name: str, value: Any) -> str:
    if value is None or value == UNKNOWN:
        return UNKNOWN
    members = store.members(name)
    if str(value) in members or store.as_of is None:
        return str(value)
    near = get_close_matches(str(value), members, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else ""
    some = ", ".join(members[:12]) + (" …" if len(members) > 12 else "")
    raise QuestionError(
        f"The data holds no {name} {str(value)!r}.", hint or f"It holds: {some or 'nothing yet'}.", "where"
    )


def _moment(name: str, value: Any) -> str:
    try:
        if name in _HIGHEST:
            number = int(str(value))
            if not 0 <= number <= _HIGHEST[name]:
                raise ValueError
            return str(number)
        text = value.isoformat()[:10] if isinstance(value, dt.date) else str(value)
        day = dt.date.fromisoformat(f"{text}-01" if name == "month" and len(text) == 7 else text)
    except ValueError:
        raise QuestionError(f"{value!r} is no {name}.", f"Write {_form(name)}.", "where") from None
    start = {"week": day - dt.timedelta(days=day.weekday()), "month": day.replace(day=1)}.get(name, day)
    return start.isoformat()


def _form(name: str) -> str:
    if name in _HIGHEST:
        return f"a whole number from 0 to {_HIGHEST[name]}" + (" (Monday is 0)" if name == "weekday" else "")
    return "2026-03" if name == "month" else "a day such as 2026-03-09"


def _predicate(table: Any, name: str, values: tuple[str, ...]) -> Any:
    if name in CLOCK:
        return table[CLOCK[name]].isin([int(value) for value in values])
    named = table[name].isin(list(values))
    return named | table[name].isnull() if UNKNOWN in values else named
