"""Saved views: a panel's state as a saved thing; and the shelf that any menu of saved things lists."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import saved
from workbench.errors import InputError
from workbench.saved import Item

KIND = "view"


@dataclass(frozen=True)
class Shelf:
    """The saved things, above all views, that a menu of a panel lists.

    Attributes:
        who: Who looks at it; empty: a visitor who has not said a name.
        visitor: Whether the name is what a visitor of the app says.
        mine: Those of this person.
        others: Shared ones of others, and everybody's.
        trash: Those that this person may restore.
        opened: The one that was opened last, as it was read then.
        changed: Whether the panel shows something else by now.
        prefix: What the names of their acts and texts begin with.
    """

    who: str = ""
    visitor: bool = False
    mine: tuple[Item, ...] = ()
    others: tuple[Item, ...] = ()
    trash: tuple[Item, ...] = ()
    opened: Item | None = None
    changed: bool = False
    prefix: str = ""


def shelf(workspace: Path, panel: str, opened: Item | None = None, changed: bool = False) -> Shelf:
    """The views saved for a panel, as the one who looks may see them."""
    return shelf_of(workspace, KIND, lambda view: bool(view.content.get("panel") == panel), opened, changed)


def shelf_of(
    workspace: Path,
    kind: str,
    fits: Callable[[Item], bool] = lambda _item: True,
    opened: Item | None = None,
    changed: bool = False,
    prefix: str = "",
) -> Shelf:
    """The saved things of a kind that belong to a panel, as the one who looks may see them."""
    who = saved.me()
    kept = tuple(filter(fits, saved.items(workspace, kind, who)))
    mine = tuple(item for item in kept if item.owner and saved.owns(item, who))
    others = tuple(item for item in kept if item not in mine)
    trash = tuple(filter(fits, saved.items(workspace, kind, who, trashed=True)))
    return Shelf(who, saved.is_visitor(), mine, others, trash, opened, changed, prefix)


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
