"""Saved mappings: one small TOML file each in a workspace's `mappings/`, used again for the same headers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, SettingsError
from workbench.saved import put
from workbench.sources.profile import profiles
from workbench.sources.request import Request, checked
from workbench.sources.words import normal

if TYPE_CHECKING:
    from workbench.store.store import Store

FOLDER = "mappings"
_SETTINGS = [
    "source",
    "timezone",
    "currency",
    "account",
    "advertiser",
    "channel",
    "goal",
    "grain",
    "date_order",
    "decimal",
    "scope",
    "encoding",
    "unit",
]


def save_mapping(
    store: Store, name: str, path: str | Path, mapping: Mapping[str, str] | None = None, **settings: str
) -> Path:
    """Save how a kind of file is read; `load` uses it for every file with the same headers.

    Args:
        store: The workspace.
        name: Name of the mapping and of its file; an older one of that name is replaced.
        path: A file with those headers.
        mapping: Canonical column → header; None: the suggested one.
        settings: Arguments of `load` that belong to it, for example `timezone=`, `goal=`.

    Returns:
        The file that was written.

    Raises:
        InputError: for a name, header, column or setting that does not fit.
    """
    from workbench.sources.preview import look

    for key in settings:
        if key not in _SETTINGS:
            raise InputError(f"Unknown setting {key!r}.", f"Allowed: {', '.join(_SETTINGS)}.", "save_mapping")
    request = checked(Request(mapping=mapping, **settings))
    seen = look(Path(path), profiles(store.path), request)
    return write(store.path, name, seen.grid.headers, request, mapping or seen.layout.mapping)


def check_name(name: str) -> None:
    """Refuse a name that is no plain file name.

    Raises:
        InputError: for any other character than letters, digits, spaces, dots, - and _.
    """
    if not re.fullmatch(r"[\w][\w .-]{0,79}", name):
        raise InputError(f"{name!r} is no name for a mapping.", "Use letters, digits, spaces, - and _.")


def name_of(file: Path) -> str:
    """A name for the mapping of a file, from the file's own."""
    return re.sub(r"[^\w .-]", "", file.stem).strip(" .-")[:80] or "mapping"


def write(
    workspace: Path, name: str, headers: Sequence[str], request: Request, mapping: Mapping[str, str]
) -> Path:
    """Write a saved mapping in one step; an older one of that name is replaced.

    Raises:
        InputError: for a name that no file can have.
    """
    check_name(name)
    given = request.given()
    content = {
        "headers": sorted({normal(header) for header in headers if header.strip()}),
        **{key: given[key] for key in _SETTINGS if key in given},
        "columns": dict(mapping),
    }
    return workspace / f"{put(workspace, 'mapping', name, content).address}.toml"


def find(workspace: Path, headers: Sequence[str]) -> tuple[str, Request] | None:
    """The saved mapping for a set of headers: its name and what it asks for.

    Raises:
        SettingsError: for a file that is no saved mapping.
    """
    wanted = sorted({normal(header) for header in headers if header.strip()})
    folder = workspace / FOLDER
    for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        entry = _read(file)
        if entry.get("headers") == wanted:
            values = {key: entry[key] for key in _SETTINGS if key in entry}
            return str(entry.get("name") or file.stem), _checked(
                values | {"mapping": entry.get("columns", {})}, file
            )
    return None


def words(workspace: Path) -> set[str]:
    """Headers that saved mappings know, in normal form."""
    folder = workspace / FOLDER
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else ()
    return {str(word) for file in files for word in _read(file).get("headers", ())}


def _read(file: Path) -> dict[str, Any]:
    try:
        entry = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
    if not isinstance(entry.get("headers", []), list):
        raise SettingsError("'headers' is no list.", "Save the mapping again.", str(file))
    return entry


def _checked(values: Mapping[str, Any], file: Path) -> Request:
    try:
        return checked(Request(**values))
    except InputError as error:
        raise SettingsError(error.what, error.fix, str(file)) from None
