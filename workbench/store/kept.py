"""What is costly to work out of a store, kept as long as the store is: the newest few, made one at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from workbench.store.store import Store

Thing = TypeVar("Thing")


@dataclass
class _Shelf(Generic[Thing]):
    """The things of one store; one question at a time makes one."""

    lock: Lock = field(default_factory=Lock)
    things: dict[Hashable, Thing] = field(default_factory=dict)


class Kept(Generic[Thing]):
    """Things of stores by data version and key; those of an earlier version go.

    Args:
        most: Things kept a store.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._making = Lock()
        self._shelves: WeakKeyDictionary[Store, _Shelf[Thing]] = WeakKeyDictionary()

    def of(self, store: Store, key: Any, make: Callable[[], Thing]) -> Thing:
        """The thing of a store called `key`, made where it is not there yet."""
        with self._making:
            shelf = self._shelves.setdefault(store, _Shelf())
        name = (store.version, key)
        with shelf.lock:
            found = shelf.things.pop(name) if name in shelf.things else make()
            same = {old: kept for old, kept in shelf.things.items() if old[0] == name[0]}  # type: ignore[index]
            shelf.things = {**dict(list(same.items())[1 - self._most or len(same) :]), name: found}
        return found
