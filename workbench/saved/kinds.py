"""The kinds of saved things, and the folder of a workspace that each has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import unknown

ENDING = ".toml"
TRASH = "trash"


@dataclass(frozen=True)
class Kind:
    """One kind of saved thing.

    Attributes:
        id: Its name in code and commands.
        folder: Folder in the workspace.
        scope: Entry of the content inside of which one owner's names differ; empty: everywhere.
    """

    id: str
    folder: str
    scope: str = ""

    def file(self, root: Path, id: str) -> Path:
        """Where a thing of this kind lies."""
        return root / self.folder / f"{id}{ENDING}"

    def trashed(self, root: Path, id: str) -> Path:
        """Where it lies when it is in the trash."""
        return root / TRASH / self.folder / f"{id}{ENDING}"


KINDS = {
    kind.id: kind
    for kind in (
        Kind("view", "views", "panel"),
        Kind("segment", "segments"),
        Kind("clusters", "clusters"),
        Kind("plan", "plans"),
        Kind("target", "targets"),
        Kind("tag", "tags"),
        Kind("decision", "decisions"),
        Kind("mapping", "mappings"),
        Kind("crm_mapping", "mappings/crm"),
        Kind("folder", "mappings/folders"),
    )
}


def kind(name: str) -> Kind:
    """The kind called `name`.

    Raises:
        QuestionError: where there is none.
    """
    if name not in KINDS:
        raise unknown("kind of saved thing", name, KINDS)
    return KINDS[name]
