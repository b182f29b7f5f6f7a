"""Saved mappings of CRM files: one TOML file each in `mappings/crm/`, used again for the same headers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError, SettingsError
from workbench.saved import put
from workbench.sources.words import normal

FOLDER = Path("mappings") / "crm"


@dataclass(frozen=True)
class Saved:
    """A saved mapping: its name, its table, and column → header (or `=value`)."""

    name: str
    table: str
    mapping: Mapping[str, str]


def write(workspace: Path, name: str, headers: Sequence[str], table: str, mapping: Mapping[str, str]) -> Path:
    """Write a saved mapping in one step; an older one of that name is replaced.

    Raises:
        InputError: for a name that no file can have.
    """
    if not re.fullmatch(r"[\w][\w .-]{0,79}", name):
        raise InputError(f"{name!r} is no name for a mapping.", "Use letters, digits, spaces, - and _.")
    content = {"table": table, "headers": _words(headers), "columns": dict(mapping)}
    return workspace / f"{put(workspace, 'crm_mapping', name, content).address}.toml"


def find(workspace: Path, headers: Sequence[str]) -> Saved | None:
    """The saved mapping for a set of headers.

    Raises:
        SettingsError: for a file that is no saved mapping.
    """
    wanted = _words(headers)
    folder = workspace / FOLDER
    for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        found = _read(file)
        if found.get("headers") == wanted:
            return Saved(str(found.get("name") or file.stem), str(found["table"]), found["columns"])
    return None


def _words(headers: Sequence[str]) -> list[str]:
    return sorted({normal(header) for header in headers if header.strip()})


def _read(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
    columns = found.get("columns")
    texts = isinstance(columns, dict) and all(isinstance(text, str) for text in columns.values())
    if not isinstance(found.get("headers"), list) or "table" not in found or not texts:
        raise SettingsError("It is no saved mapping.", "Save the mapping again.", str(file))
    return found
