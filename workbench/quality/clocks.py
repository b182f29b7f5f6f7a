"""Hours whose time zone nobody said, and accounts whose files were read in several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.quality.answer import Item
from workbench.quality.asked import Asked, named

if TYPE_CHECKING:
    from workbench.data import Store


def check(asked: Asked) -> Iterator[Item]:
    """Look at the time zones of every account's hourly rows."""
    for name, zones in _of_accounts(asked.store).items():
        known = sorted(zone for zone in zones if zone)
        if None in zones:
            yield asked.item("clock", "no_zone", name)
        if len(known) > 1:
            yield asked.item("clock", "zones", name, zones=", ".join(known))


def _of_accounts(store: Store) -> dict[str, set[str | None]]:
    """Time zones of each account's hourly delivery; None where it is unknown."""
    if "performance" not in store.tables:
        return {}
    rows = store.query(
        "SELECT source, account, timezone FROM performance WHERE local_hour IS NOT NULL "
        "GROUP BY source, account, timezone ORDER BY source, account"
    ).to_pylist()
    found: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        found[named(row["source"], row["account"])].add(row["timezone"] or None)
    return found
