"""The data version that a link or a report of the past pins, as its variables say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from workbench.errors import StoreError
from workbench.store import history, pointer

if TYPE_CHECKING:
    from workbench.store.store import Store

KEY = "version"
"""Key of a link that pins its page to a data version."""


def of(workspace: str | Path) -> str | int | None:
    """What pins a workspace here: a report of the past, else the link of an app's page; None: nothing.

    A link to a version that is not kept pins nothing: its page opens with the newest and says so (`gone`).
    """
    meant = os.environ.get("WORKBENCH_WORKSPACE")
    if not meant or os.path.realpath(os.path.expanduser(workspace)) != os.path.realpath(meant):
        return None
    if version := os.environ.get("WORKBENCH_VERSION"):
        return version
    found = _linked(Path(meant).expanduser()) if asked() else None
    return found if isinstance(found, int) else None


def asked() -> str:
    """The data version that the link of this app's page names; empty: none, or this is no such page."""
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return ""
    return parse_qs(os.environ.get("QUERY_STRING", "")).get(KEY, [""])[0]


def gone(store: Store) -> StoreError | None:
    """Why the version that this page's link names is not the one shown; None where it is."""
    found = None if store.is_past or not asked() else _linked(store.path)
    return found if isinstance(found, StoreError) else None


def newest(store: Store) -> int:
    """Number of the workspace's newest data version, also where the store stays at an older one."""
    return pointer.number(store.path)


def _linked(root: Path) -> int | StoreError:
    """Number of the version that the link names, or why there is none."""
    try:
        return history.at(root, asked()).number
    except StoreError as error:
        return StoreError(error.what, error.fix)  # without the folder, which is no visitor's business
