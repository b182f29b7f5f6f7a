"""Saved views: one readable TOML file each, in the workspace's `views/` folder."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import InputError, QuestionError

LONGEST = 60
FOLDER = "views"


def write(workspace: Path, view: Mapping[str, Any]) -> Path:
    """Save a view under the slug of its name.

    Args:
        workspace: Folder of the workspace.
        view: `panel`, `name` and `state`, as `Panel.view` gives them.

    Returns:
        The new file.

    Raises:
        QuestionError: for a name without letters or digits, a long one, or one that is taken.
    """
    file = workspace.joinpath(FOLDER, f"{slug(view['name'])}.toml")
    file.parent.mkdir(exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.write_text(text(view), encoding="utf-8")
    try:
        os.link(part, file)  # fails where the name is taken: nobody's view is ever overwritten
    except FileExistsError:
        raise QuestionError(
            f"A view called {view['name']!r} exists already.", "Choose another name."
        ) from None
    finally:
        part.unlink()
    return file


def read(workspace: Path, name: str) -> dict[str, Any]:
    """Read the saved view with this slug.

    Raises:
        QuestionError: if there is none.
        InputError: if its file is damaged.
    """
    known = {file.stem: file for file in files(workspace)}
    if name not in known:
        raise QuestionError(f"There is no saved view {name!r}.", "It may have been moved or deleted.")
    return parse(known[name].read_text(encoding="utf-8"), str(known[name]))


def listed(workspace: Path, panel: str) -> tuple[tuple[str, str], ...]:
    """(slug, name) of the views saved for a panel, by name; damaged files are left out."""
    found = []
    for file in files(workspace):
        try:
            view = read(workspace, file.stem)
        except InputError:
            continue
        if view["panel"] == panel:
            found.append((file.stem, view["name"]))
    return tuple(sorted(found, key=lambda item: item[1]))


def files(workspace: Path) -> list[Path]:
    """Files of all saved views."""
    return sorted(workspace.joinpath(FOLDER).glob("*.toml"))


def slug(name: str) -> str:
    """A file name of a view's name: letters and digits of any script, the rest as hyphens.

    Raises:
        QuestionError: for a name that leaves nothing, or is too long.
    """
    plain = unicodedata.normalize("NFKC", name).strip().lower()
    found = re.sub(r"[\W_]+", "-", plain).strip("-")
    if not found or len(plain) > LONGEST:
        raise QuestionError(
            f"{name!r} is no name for a view.", f"Use 1 to {LONGEST} characters, with a letter or digit."
        )
    return found


def text(view: Mapping[str, Any]) -> str:
    """A view as TOML."""
    import tomlkit

    return tomlkit.dumps(_plain(view))


def parse(written: str, where: str = "view") -> dict[str, Any]:
    """A view from TOML.

    Raises:
        InputError: when it is no view.
    """
    try:
        view = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"It is not valid TOML: {error}.", "Correct that line.", where) from None
    if not isinstance(view.get("panel"), str) or not isinstance(view.get("state", {}), dict):
        raise InputError("It is no saved view.", 'It needs panel = "campaigns" and a [state] table.', where)
    return {"name": "", "state": {}, **view}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
