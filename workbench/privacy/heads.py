"""Heads of audit logs: number and hash of the last line of each, in this user's home."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from workbench import settings
from workbench.privacy.ring import IDENTITY, workspace_id


def keep(root: Path, number: int, head: str) -> None:
    """Remember the last line of a workspace's log; copies of a workspace have a head each."""
    from filelock import FileLock

    file = _file(root)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(file.with_suffix(".lock")):
        content = {**_known(file), str(root.resolve()): {"n": number, "hash": head}}
        part = file.with_name(f".{file.name}.{os.getpid()}")
        with part.open("w", encoding="utf-8") as stream:
            json.dump(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)


def known(root: Path) -> dict[str, Any] | None:
    """The head of this folder's log, or of the workspace where it stood before it was moved here."""
    here = str(root.resolve())
    for file in (settings.home() / "audit").glob("*.json"):
        if here in (found := _known(file)):
            return dict(found[here])
    heads = _known(_file(root)) if (root / IDENTITY).is_file() else {}
    gone = [head for folder, head in heads.items() if not Path(folder).exists()]
    return max(gone, key=lambda head: int(head["n"]), default=None)


def _file(root: Path) -> Path:
    return settings.home() / "audit" / f"{workspace_id(root)}.json"


def _known(file: Path) -> dict[str, dict[str, Any]]:
    """Folder → head, for every copy of a workspace that was written to from here."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
