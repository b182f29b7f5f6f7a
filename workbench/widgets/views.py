"""Saved views: a panel's state as a saved thing of the workspace."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import saved
from workbench.errors import InputError
from workbench.saved import Item

KIND = "view"


@dataclass(frozen=True)
class Shelf:
    """The saved views that the menu of a panel lists.

    Attributes:
        who: Who looks at it; empty: a visitor who has not said a name.
        visitor: Whether the name is what a visitor of the app says.
        mine: Views of this person.
        others: Shared views of others, and everybody's.
        trash: Views that this person may restore.
        opened: The view that was opened last, as it was read then.
        changed: Whether the panel shows something else by now.
    """

    who: str = ""
    visitor: bool = False
    mine: tuple[Item, ...] = ()
    others: tuple[Item, ...] = ()
    trash: tuple[Item, ...] = ()
    opened: Item | None = None
    changed: bool = False


def shelf(workspace: Path, panel: str, opened: Item | None = None, changed: bool = False) -> Shelf:
    """The views saved for a panel, as the one who looks may see them."""
    who = saved.me()
    kept = _of(panel, saved.items(workspace, KIND, who))
    mine = tuple(view for view in kept if view.owner and saved.owns(view, who))
    others = tuple(view for view in kept if view not in mine)
    trash = _of(panel, saved.items(workspace, KIND, who, trashed=True))
    return Shelf(who, saved.is_visitor(), mine, others, trash, opened, changed)


def text(view: Mapping[str, Any]) -> str:
    """A view as TOML."""
    import tomlkit

    return tomlkit.dumps(saved.plain(view))


def parse(written: str, where: str = "view") -> dict[str, Any]:
    """A view from TOML.

    Raises:
        InputError: when it is no view.
    """
    try:
        view = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"It is not valid TOML: {error}.", "Correct that line.", where) from None
    return {"name": "", **checked(view, where)}


def checked(view: Mapping[str, Any], where: str = "view") -> dict[str, Any]:
    """The content of a view.

    Raises:
        InputError: when it is no view.
    """
    if not isinstance(view.get("panel"), str) or not isinstance(view.get("state", {}), dict):
        raise InputError("It is no saved view.", 'It needs panel = "campaigns" and a [state] table.', where)
    return {"state": {}, **view}


def _of(panel: str, views: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(view for view in views if view.content.get("panel") == panel)
