"""The last day on which customers did something: what "now" means for questions about them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from workbench.data import Store

DONE = ("transactions", "events", "interactions", "leads")
"""Tables of what customers do, by local day."""
_KEPT: WeakKeyDictionary[Store, tuple[Any, dt.date | None]] = WeakKeyDictionary()


def last_day(store: Store) -> dt.date | None:
    """Last day on which a customer did anything, today at the latest; else of delivery; None without a day.

    Not the last order alone: who was contacted since has been contacted. Nor a day to come: an appointment or
    the term of a contract lies ahead. A part of a store has the day of the whole, or the last ones to order
    would always have ordered just now.

    Args:
        store: The store.
    """
    whole = store.whole
    today = dt.datetime.now(whole.zone).date()
    key = (whole.version, today)
    if whole not in _KEPT or _KEPT[whole][0] != key:
        _KEPT[whole] = (key, _asked(whole, today) or whole.as_of)
    return _KEPT[whole][1]


def _asked(store: Store, today: dt.date) -> dt.date | None:
    """The last day up to today; where all are to come, the last of them."""
    past, ever = [], []
    for name in DONE:
        if name in store.tables:
            day = store.table(name).local_date
            row = store.query(day.as_table().aggregate(past=day.max(where=day <= today), ever=day.max()))
            past += row["past"].drop_null().to_pylist()
            ever += row["ever"].drop_null().to_pylist()
    return max(past or ever, default=None)
