"""A budget plan that has begun in the demo world, for as long as somebody looks at the report on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def plan(store: Any) -> Iterator[None]:
    """Save the plan that the workbench proposes as one that began three weeks before the data end.

    Args:
        store: The store; one that has such a plan keeps it as it is.
    """
    import workbench as wb

    if wb.plans.newest(store):
        yield
        return
    found = wb.plans.propose(store)
    days = (store.as_of - dt.timedelta(days=20), store.as_of + dt.timedelta(days=7))
    made = wb.plans.create(store, "Autumn plan", found.plan, *days, cells=found.cells, by=found.by, days=7)
    try:
        yield
    finally:
        wb.saved.trash(store.path, made.item)
