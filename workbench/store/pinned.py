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
    return _linked(Path(meant).expanduser()) if asked() else None


def asked() -> str:
    """The data version that the link of this app's page names; empty: none, or this is no such page."""
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return ""
    return parse_qs(os.environ.get("QUERY_STRING", "")).get(KEY, [""])[0]


def gone(store: Store) -> str:
    """The version that this page's link names, where it is not kept; else empty."""
    return asked() if asked() and not store.is_past and _linked(store.path) is None else ""


def newest(store: Store) -> int:
    """Number of the workspace's newest data version, also where the store stays at an older one."""
    return pointer.number(store.path)


def _linked(root: Path) -> int | None:
    """Number of the version that the link names; None where it is not kept, or never was."""
    try:
        return history.at(root, asked()).number
    except StoreError:
        return None
