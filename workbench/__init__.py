"""Ad-CRM Workbench: load ad and CRM data, ask questions, show answers anywhere.

`import workbench as wb` costs nothing; a room is loaded when it is first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.data import Store
    from workbench.store.history import When

__version__ = "0.1.0"

_ROOMS = (
    *("attribution", "audiences", "catalogue", "charts", "compare", "contacts", "customers", "data", "demo"),
    *("findings", "forecast", "metrics", "offers", "optimize", "plans", "privacy", "quality", "reports"),
    *("response", "saved", "schedules", "segments", "tables", "widgets"),
)
_NAMES = {"Store": "workbench.data", "WorkbenchError": "workbench.errors"}


def open(
    workspace: str | Path | None = None, engine: str | None = None, version: When | None = None
) -> Store:
    """Open a workspace, making a new one where the folder is empty or missing.

    Args:
        workspace: `"demo"` for the demo world (built on first use), else a folder; None or empty:
            the variable `WORKBENCH_WORKSPACE`, else the demo world.
        engine: `"duckdb"`, or a Spark (extra `[spark]`): `"local[*]"`, `"spark://host:port"`; None: as the
            workspace's settings say, which is DuckDB unless changed.
        version: An older data version to stay at, for reading: its number, a moment or a day; None: the
            newest, or what the variable `WORKBENCH_VERSION` or the link of an app's page (`version=41`) says
            for the one of `WORKBENCH_WORKSPACE`.

    Returns:
        The store, pinned to that data version.

    Raises:
        StoreError: for a folder that is no workspace, one of a newer schema version, or a data version
            that is not kept.
    """
    from workbench import data

    chosen = workspace or os.environ.get("WORKBENCH_WORKSPACE") or "demo"
    if str(chosen) == "demo":
        from workbench import demo

        chosen = demo.workspace()
    if version is None:
        from workbench.store import pinned

        version = pinned.of(chosen)
    return data.open(chosen, engine, version)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext workbench`: `%question` lists questions and writes them as cells."""
    from workbench.lab import magics

    magics.register(shell)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"workbench.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({"__version__", "open", *_ROOMS, *_NAMES})
