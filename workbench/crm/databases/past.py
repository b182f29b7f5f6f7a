"""What was loaded from a place before, as the ledger tells it; so an undo takes the watermark back, too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.crm.databases.address import Address
from workbench.crm.databases.fetch import Boundary
from workbench.store.changes import literal

if TYPE_CHECKING:
    from workbench.store.store import Store


@dataclass(frozen=True)
class Past:
    """One earlier load."""

    import_id: str
    active: bool
    origin: dict[str, Any]


def end(store: Store, address: Address, table: str) -> Boundary:
    """Where the next load begins; empty: with everything.

    It is the end of the last load, or the beginning of the first one that was undone and not made up for.
    """
    if not address.watermark:
        return Boundary()
    found = [
        item for item in _past(store, address, table) if item.origin.get("watermark") == address.watermark
    ]
    last = next((item for item in reversed(found) if item.active and item.origin.get("value")), None)
    lost = next(
        (
            item
            for place, item in enumerate(found)
            if not item.active and not _made_up(found[place + 1 :], item)
        ),
        None,
    )
    if last is None or (lost and lost.origin.get("since") is None):
        return Boundary()
    if lost:
        return Boundary(lost.origin["since"])
    return Boundary(last.origin["value"], last.origin.get("mark", ""))


def ids(store: Store, address: Address, table: str) -> tuple[str, ...]:
    """Ids of the loads in force."""
    return tuple(item.import_id for item in _past(store, address, table) if item.active)


def _made_up(later: list[Past], lost: Past) -> bool:
    """Whether a later load began where a lost one did, or read everything."""
    return any(item.active and item.origin.get("since") in (None, lost.origin.get("since")) for item in later)


def _past(store: Store, address: Address, table: str) -> list[Past]:
    """Loads of a place into a table, the oldest first."""
    if "imports" not in store.tables:
        return []
    rows = store.query(
        f"SELECT import_id, active, settings FROM imports WHERE source = {literal(address.kind)} "
        f'AND "table" = {literal(table)} ORDER BY imported_at'
    ).to_pylist()
    found = [Past(row["import_id"], row["active"] is not False, _origin(row["settings"])) for row in rows]
    return [item for item in found if item.origin.get("place") == address.origin]


def _origin(settings: str | None) -> dict[str, Any]:
    try:
        found = json.loads(settings or "{}").get("origin", {})
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
