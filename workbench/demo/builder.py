"""The world written into a workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import settings
from workbench.demo.world import SEED, world
from workbench.errors import StoreError

if TYPE_CHECKING:
    from workbench.demo.tables import Progress

MARGIN = 0.42
"""Contribution margin of the demo's workspace, near that of its products."""


def build(path: str | Path, seed: int = SEED, progress: Progress | None = None) -> Path:
    """Write the demo world into a new workspace.

    Args:
        path: Empty or missing folder.
        seed: Seed of the world.
        progress: Called with a text key (`demo.…`) and the share of work done.

    Returns:
        The folder.

    Raises:
        StoreError: when the workspace holds data already.
    """
    from workbench import data
    from workbench.demo.tables import generate

    tell = progress or (lambda _key, _done: None)
    store = data.open(path)
    if store.version:
        raise StoreError(
            "This workspace holds data already; the demo world needs an empty one.",
            "Choose an empty or missing folder.",
            str(store.path),
        )
    known = world(seed)
    settings.save(
        store.path,
        replace(store.settings, name="Demo", currency=known.currency, timezone=known.timezone, margin=MARGIN),
    )
    tables = generate(seed, tell)
    tell("demo.store", 0.4)
    store.commit([data.Change(name, rows) for name, rows in tables.items()])
    tell("demo.done", 1.0)
    return store.path
