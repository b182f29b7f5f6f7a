"""How the files of a folder are read: settings that are given, and those that are saved for a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from workbench import __version__, saved
from workbench.errors import InputError, unknown
from workbench.sources.profile import pick, profiles
from workbench.sources.request import Request, checked
from workbench.watch.folder import stamp_of
from workbench.watch.register import name_of

KIND = "folder"
NAMES = (
    *("source", "mapping", "table", "timezone", "currency", "account", "advertiser", "channel", "goal"),
    *("grain", "date_order", "decimal", "scope", "encoding", "unit"),
)
"""Arguments of `load` that say how a file is read."""

_READ_WITH = ("mappings/**/*.toml", "profiles/*.toml", "workbench.toml")


def check(root: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are set, refused at once where no file could be read with them.

    Raises:
        InputError: for an unknown argument or a value that is not allowed.
    """
    for name in given:
        if name not in NAMES:
            raise unknown("argument", name, NAMES, InputError, "watch")
    kept = {name: value for name, value in given.items() if value not in (None, "", {})}
    known = {item.name for item in fields(Request)} - {"mapping"}  # columns are the table's own
    checked(Request(**{name: value for name, value in kept.items() if name in known}))
    if "source" in kept:
        pick(kept["source"], profiles(root))
    return kept


def remember(root: Path, folder: Path, reading: Mapping[str, Any]) -> None:
    """Save how a folder is read, for every later watch of it or of a folder above it."""
    values = {name: value for name, value in reading.items() if name != "mapping"}
    columns = {"columns": dict(reading["mapping"])} if "mapping" in reading else {}
    saved.put(root, KIND, name_of(folder), {"folder": folder.as_posix(), **values, **columns})


def of(root: Path, file: Path) -> dict[str, Any]:
    """What is saved for the nearest folder of a file; nothing where nothing is saved."""
    kept = {item.content.get("folder"): item.content for item in saved.items(root, KIND)}
    nearest = next((kept[home] for folder in file.parents if (home := folder.as_posix()) in kept), {})
    values = {name: nearest[name] for name in NAMES if name in nearest}
    return {**values, "mapping": nearest["columns"]} if "columns" in nearest else values


def state(root: Path, given: Mapping[str, Any]) -> str:
    """Digest of everything a file is read with: mappings, profiles, settings, arguments, this workbench."""
    files = sorted(file for pattern in _READ_WITH for file in root.glob(pattern))
    told = [(file.as_posix(), stamp_of(file)) for file in files]
    whole = json.dumps([__version__, told, given], sort_keys=True, default=str)
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]
