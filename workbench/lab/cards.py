"""The cards of the launcher: one a notebook, each with a file that an analyst may change."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import ReportError
from workbench.i18n import text, texts
from workbench.reports import notebooks
from workbench.reports.notebooks import Notebook

FOLDER = "lab"
"""Folder of a workspace with the copies to play with."""
_MARK = "copied"
"""Entry of a copy's metadata: the digest of the cells as they were copied."""


@dataclass(frozen=True)
class Card:
    """What the launcher shows of one notebook.

    Attributes:
        name: The notebook's name.
        title: Its title.
        about: One sentence about it.
        group: Its group, in words; empty where it stands alone.
        path: Its file below the folder that JupyterLab shows.
    """

    name: str
    title: str
    about: str
    group: str
    path: str


def cards(workspace: Path, root: Path, lang: str) -> list[Card]:
    """The cards, in the order of the apps.

    A notebook that lies outside `root` is copied into the workspace's folder `lab`. A copy that nobody has
    changed follows its notebook; one that somebody has changed stays.

    Args:
        workspace: Folder of the workspace.
        root: Folder that JupyterLab shows: the project's, or the workspace.
        lang: Language of titles.
    """
    found = []
    for item in notebooks.apps(workspace):
        path = item.path if item.path.is_relative_to(root) else copied(item, workspace / FOLDER)
        found.append(_card(item, path.relative_to(root).as_posix(), lang))
    return found


def copied(item: Notebook, folder: Path) -> Path:
    """The copy of a notebook in a folder, made or brought up to date unless somebody has changed it."""
    target = folder / item.path.name
    if not target.exists() or _untouched(target, item.node):
        folder.mkdir(exist_ok=True)
        _write(item.node, target)
    return target


def _untouched(target: Path, node: Any) -> bool:
    """Whether a copy has the cells that it was made with, and its notebook has others by now."""
    try:
        copy = notebooks.read(target)
    except ReportError:
        return False
    made_with = copy.metadata.get("workbench", {}).get(_MARK)
    return bool(made_with == _digest(copy) != _digest(node))


def _write(node: Any, target: Path) -> None:
    import nbformat
    from nbformat import from_dict

    copy = from_dict(node)
    copy.metadata["workbench"] = {**copy.metadata.get("workbench", {}), _MARK: _digest(node)}
    part = target.with_suffix(".part")
    nbformat.write(copy, part)
    os.replace(part, target)


def _digest(node: Any) -> str:
    cells = "\0".join(f"{cell.cell_type}\0{cell.source}" for cell in node.cells)
    return hashlib.sha256(cells.encode()).hexdigest()[:16]


def _card(item: Notebook, path: str, lang: str) -> Card:
    key = f"shell.group_{item.group}"
    group = text(key, lang) if key in texts() else item.group
    return Card(item.name, item.title(lang), item.about(lang), group, path)
