"""Whether something happened: the newest data version and the watched folders, cheap to ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.store import pointer
from workbench.watch import watched

if TYPE_CHECKING:
    from workbench.data import Store

_EVER_NEW = ("looked_at",)
"""What a watcher writes at every look although nothing happened."""


@dataclass(frozen=True)
class Pulse:
    """What tells one moment of a workspace from another.

    Attributes:
        version: Newest data version, of which the store may be behind.
        today: The day.
        folders: What the watched folders say, without the time of their last look.
    """

    version: int
    today: dt.date
    folders: tuple[tuple[Any, ...], ...]


def pulse(store: Store) -> Pulse:
    """The state of a workspace as it is this moment: the pointer and a status file a folder are read.

    Args:
        store: The workspace; it is not moved.

    Raises:
        StoreError: when the pointer cannot be read.
    """
    from workbench.quality.review import today_of

    folders = watched(store).drop(columns=list(_EVER_NEW)).astype(str)
    version = store.version if store.is_past else pointer.number(store.path)
    rows = tuple(tuple(row) for row in folders.itertuples(index=False, name=None))
    return Pulse(version, today_of(store), rows)
