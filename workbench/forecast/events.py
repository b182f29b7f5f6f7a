"""Named events: holidays, promotions, breakdowns; what they are called and on which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, unknown
from workbench.forecast.smoothing import Floats
from workbench.i18n import remarks

if TYPE_CHECKING:
    from workbench.data import Store

UNITS = ("event", "holiday")
"""Units of outside series that mark days instead of measuring something."""


@dataclass(frozen=True, order=True)
class Event:
    """Some days with a name.

    Attributes:
        start, end: First and last day. name: What it is called; the same name again is the same kind.
        en, zh: How it is shown; empty: by its name. country: Whose public holiday it is; empty: an own event.
    """

    start: dt.date
    end: dt.date
    name: str
    en: str = field(default="", compare=False)
    zh: str = field(default="", compare=False)
    country: str = field(default="", compare=False)

    def shown(self, lang: str) -> str:
        """How it is called in a language."""
        return (self.zh if lang == "zh" else self.en) or self.name


def read(given: Any) -> tuple[Event, ...]:
    """Events of a table, a file or a mapping, in order of time.

    Args:
        given: A frame or CSV file with the columns `start` (or `date`), `name` and perhaps `end`; or
            name → day or days; or None.

    Raises:
        InputError: for a table without these columns, or what is no day.
    """
    if given is None:
        return ()
    if isinstance(given, tuple | list) and all(isinstance(item, Event) for item in given):
        return tuple(sorted(given))
    if isinstance(given, Mapping):
        return tuple(sorted(event for name, days in given.items() for event in _runs(str(name), days)))
    return tuple(sorted(_rows(_table(given))))


def of_store(store: Store) -> tuple[Event, ...]:
    """Events among the outside series of a store: those whose unit is `event` or `holiday`, with a value."""
    if "external" not in store.tables:
        return ()
    table = store.table("external")
    marked = table.filter(table.unit.isin(UNITS), table.value != 0)
    rows = store.query(marked.select("series", "local_date").distinct()).to_pylist()
    days: dict[str, list[dt.date]] = {}
    for row in rows:
        days.setdefault(row["series"], []).append(row["local_date"])
    events = [event for name, found in days.items() for event in _runs(name, found)]
    return tuple(sorted(_labelled(event, store) for event in events))


def _labelled(event: Event, store: Store) -> Event:
    en, zh = (store.labels(lang).get(("event", event.name), "") for lang in ("en", "zh"))
    return replace(event, en=en, zh=zh)


def _table(given: Any) -> list[dict[str, Any]]:
    """Rows of a frame or CSV file."""
    import pandas as pd

    frame: Any = pd.read_csv(given, dtype=str) if isinstance(given, str | Path) else given
    frame = frame.collect() if hasattr(frame, "collect") else frame
    if not isinstance(frame, pd.DataFrame) and hasattr(frame, "to_pandas"):
        frame = frame.to_pandas()
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"The events are a {type(given).__name__}, which is no table.",
            "Give a frame or CSV file with the columns start, end and name, or name → days.",
        )
    named = frame.rename(columns={"date": "start", "event": "name"})
    for column in ("start", "name"):
        if column not in named.columns:
            raise unknown("column", column, map(str, frame.columns), InputError, "events")
    return [{str(key): value for key, value in row.items()} for row in named.to_dict("records")]


def _rows(rows: list[dict[str, Any]]) -> list[Event]:
    found = []
    for row in rows:
        start, end = _day(row["start"]), row.get("end")
        last = start if end is None or end != end or end == "" else _day(end)
        if last < start:
            raise InputError(
                f"The event {row['name']!r} ends on {last}, before it starts on {start}.",
                "Swap the two days.",
            )
        found.append(Event(start, last, str(row["name"])))
    return found


def _day(value: Any) -> dt.date:
    try:
        found: Any = np.datetime64(str(value)[:10], "D").item()
    except ValueError:
        found = None
    if not isinstance(found, dt.date):
        raise InputError(f"{value!r} is no day of an event.", "Write YYYY-MM-DD.")
    return found


def _runs(name: str, days: Any) -> list[Event]:
    """Days in a row are one event."""
    listed = [days] if isinstance(days, str | dt.date | np.datetime64) else list(days)
    known = sorted({_day(day) for day in listed})
    found: list[Event] = []
    for day in known:
        if found and (day - found[-1].end).days == 1:
            found[-1] = Event(found[-1].start, day, name)
        else:
            found.append(Event(day, day, name))
    return found


LONG = 8
"""Days from which on an event's effect may rise and fall within it."""

KNOTS = 5
"""Points of a long event, evenly spaced, between which its effect runs straight."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Events over steps.

    Attributes:
        names: Of each kind, (E,). values: How much of each column's effect a step has, (steps, C): one column
            a kind, or `KNOTS` where it is long. kind: Number of each column's kind, (C,).
        times: How often a kind touches the history, (E,).
    """

    names: tuple[str, ...]
    values: Floats
    kind: Any
    times: Any

    def inside(self, kinds: Any) -> Any:
        """Which steps lie in an event of some kinds (flags, (E,)), (steps,)."""
        return (self.values[:, np.asarray(kinds, bool)[self.kind]] > 0).any(axis=1)


def marks(events: tuple[Event, ...], days: Any, known: int, width: int = 1) -> Marks:
    """Marks of every kind of event that touches the steps.

    Args:
        events: Events. days: First days of the steps, history first. known: Steps of the history.
        width: Days of a step.
    """
    names = tuple(dict.fromkeys(event.name for event in events if _touches(event, days, width)))
    columns, kind, times = [np.zeros((len(days), 0))], [], []
    for number, name in enumerate(names):
        own = [event for event in events if event.name == name]
        found = _columns(own, days, width)
        columns.append(found)
        kind += [number] * found.shape[1]
        times.append(sum(_touches(event, days[:known], width) for event in own))
    return Marks(names, np.concatenate(columns, axis=1), np.array(kind, int), np.array(times, int))


def _touches(event: Event, days: Any, width: int) -> bool:
    return bool(_share(event, days, width).any())


def _share(event: Event, days: Any, width: int) -> Floats:
    """Part of each step's days that lie in an event."""
    first, last = np.datetime64(event.start), np.datetime64(event.end)
    inside = np.minimum(days + (width - 1), last) - np.maximum(days, first)
    return np.asarray(np.clip((inside.astype(int) + 1) / width, 0.0, 1.0))


def _columns(own: list[Event], days: Any, width: int) -> Floats:
    """Columns of one kind, (steps, 1 or KNOTS)."""
    shares = np.array([_share(event, days, width) for event in own])
    longest = max((event.end - event.start).days + 1 for event in own)
    if longest < LONG * width:
        return np.asarray(shares.max(axis=0)[:, None])
    found = np.zeros((len(days), KNOTS))
    for event, share in zip(own, shares, strict=True):
        length = max((event.end - event.start).days, 1)
        place = (days - np.datetime64(event.start)).astype(int) / length * (KNOTS - 1)
        hats = np.clip(1 - np.abs(np.clip(place, 0, KNOTS - 1)[:, None] - np.arange(KNOTS)), 0, 1)
        found = np.maximum(found, hats * share[:, None])
    return found


class Named:
    """Events as a remark names them.

    Args:
        events: The events; each name is said once.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = tuple({event.name: event for event in events}.values())

    def shown(self, lang: str) -> str:
        """Their names."""
        return remarks.shown([event.shown(lang) for event in self.events], lang)


def at(events: tuple[Event, ...], day: dt.date, days: int = 1) -> tuple[str, ...]:
    """Names of the events on a step that begins on a day."""
    last = day + dt.timedelta(days=days - 1)
    return tuple(dict.fromkeys(event.name for event in events if event.start <= last and event.end >= day))
