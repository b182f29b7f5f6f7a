"""The events of a store, kept in memory between questions: another window or model asks the store nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from workbench.attribution import stores
from workbench.attribution.source import Source
from workbench.attribution.tracks import Tracks, fetch

if TYPE_CHECKING:
    from workbench.data import Store

KEPT = 2
"""Streams kept a store, the latest ones: at most 2 × `tracks.MOST_ROWS` rows, and no names of customers."""

LEAD = 90
"""Days before the period that a kept stream holds: every window up to this long is answered from it."""

Key = tuple[int, str, str, str, float]


@dataclass
class _Shelf:
    """What is kept of one store; one question at a time fills it."""

    lock: Lock = field(default_factory=Lock)
    streams: dict[Key, tuple[Source, Tracks | None]] = field(default_factory=dict)


_SHELVES: WeakKeyDictionary[Store, _Shelf] = WeakKeyDictionary()
_MAKING = Lock()


def of_store(
    store: Store, by: str, window_days: float, period: str, goal: str
) -> tuple[Source, Tracks | None]:
    """The stream of a store for a window, and its events in order where they fit into memory.

    They are read once per data version, dimension, period and goal.

    Args:
        store, by, window_days, period, goal: As for `stores.source`.

    Raises:
        QuestionError: as `stores.source` does.
    """
    with _MAKING:
        shelf = _SHELVES.setdefault(store, _Shelf())
    key = (store.version, by, period, goal, max(LEAD, window_days))
    with shelf.lock:
        found = shelf.streams.pop(key, None) or _read(store, *key[1:])
        same = {old: kept for old, kept in shelf.streams.items() if old[0] == store.version}
        shelf.streams = {**dict(list(same.items())[1 - KEPT :]), key: found}
    source, tracks = found
    assert source.within is not None
    return source.within(window_days), tracks


def _read(store: Store, by: str, period: str, goal: str, lead: float) -> tuple[Source, Tracks | None]:
    source = stores.source(store, by, lead, period, goal)
    return source, fetch(source)
