"""The face of the data rooms: open a workspace, load exports, CRM files and databases into it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.crm import export_quarantine, load, load_database, quarantine, requeue, suggest
    from workbench.crm.draft import Choices, Draft, draft, review_draft
    from workbench.privacy.acts import backup, undo
    from workbench.sources import ImportReview
    from workbench.sources.listing import contents, freshness, imports, past_review
    from workbench.sources.maturity import Moving, moving
    from workbench.sources.rates import LoadedRates, load_rates
    from workbench.sources.targets import LoadedTargets, load_targets
    from workbench.store.backup import Backup
    from workbench.store.changes import Change, Slice
    from workbench.store.history import When
    from workbench.store.migrations import Upgraded, upgrade
    from workbench.store.restore import restore
    from workbench.store.store import Store
    from workbench.store.upkeep import Compacted, compact
    from workbench.store.vacuum import Vacuumed, vacuum
    from workbench.watch import Landed, watch, watched

__all__ = [
    "Backup",
    "Change",
    "Choices",
    "Compacted",
    "Draft",
    "ImportReview",
    "Landed",
    "LoadedRates",
    "LoadedTargets",
    "Moving",
    "Slice",
    "Store",
    "Upgraded",
    "Vacuumed",
    "backup",
    "compact",
    "contents",
    "draft",
    "export_quarantine",
    "freshness",
    "imports",
    "load",
    "load_database",
    "load_rates",
    "load_targets",
    "moving",
    "open",
    "past_review",
    "quarantine",
    "requeue",
    "restore",
    "review_draft",
    "suggest",
    "undo",
    "upgrade",
    "vacuum",
    "watch",
    "watched",
]

_HOMES = {
    "Backup": "workbench.store.backup",
    "Change": "workbench.store.changes",
    "Choices": "workbench.crm.draft",
    "Compacted": "workbench.store.upkeep",
    "Draft": "workbench.crm.draft",
    "ImportReview": "workbench.sources",
    "Moving": "workbench.sources.maturity",
    "Slice": "workbench.store.changes",
    "Store": "workbench.store.store",
    "Upgraded": "workbench.store.migrations",
    "Vacuumed": "workbench.store.vacuum",
    "backup": "workbench.privacy.acts",
    "compact": "workbench.store.upkeep",
    "contents": "workbench.sources.listing",
    "draft": "workbench.crm.draft",
    "export_quarantine": "workbench.crm",
    "freshness": "workbench.sources.listing",
    "imports": "workbench.sources.listing",
    "load": "workbench.crm",
    "load_database": "workbench.crm",
    "load_rates": "workbench.sources.rates",
    "LoadedTargets": "workbench.sources.targets",
    "load_targets": "workbench.sources.targets",
    "targets": "workbench.sources.targets",
    "LoadedRates": "workbench.sources.rates",
    "past_review": "workbench.sources.listing",
    "quarantine": "workbench.crm",
    "requeue": "workbench.crm",
    "suggest": "workbench.crm",
    "moving": "workbench.sources.maturity",
    "restore": "workbench.store.restore",
    "review_draft": "workbench.crm.draft",
    "undo": "workbench.privacy.acts",
    "upgrade": "workbench.store.migrations",
    "vacuum": "workbench.store.vacuum",
    "Landed": "workbench.watch",
    "watch": "workbench.watch",
    "watched": "workbench.watch",
}


def open(path: str | Path, engine: str | None = None, version: When | None = None) -> Store:
    """Open the workspace in a folder; an empty or missing folder becomes a new one.

    Args:
        path: Folder of the workspace; `~` is understood.
        engine: `"duckdb"`, or a Spark (extra `[spark]`): `"local[*]"`, `"spark://host:port"`; None: as the
            workspace's settings say, which is DuckDB unless changed.
        version: An older data version to stay at, for reading: its number, a moment or a day.

    Returns:
        The store, pinned to the workspace's current data version.

    Raises:
        StoreError: for a folder that is no workspace, a damaged one, one of a newer schema version, or a
            data version that is not kept.
    """
    from workbench.store.store import Store

    return Store(path, engine, version)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'workbench.data' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
