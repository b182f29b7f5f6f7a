"""Restore: a backup becomes a workspace again, whole and checked, or nothing is made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import IO, Any

from workbench.errors import StoreError
from workbench.store import archive, backup, pointer, workspace
from workbench.store.transaction import sentences


def restore(source: str | Path, folder: str | Path) -> Path:
    """Make a workspace from a backup.

    Args:
        source: Archive or folder that `backup` wrote.
        folder: Where the workspace is to be; missing or empty.

    Returns:
        The folder.

    Raises:
        StoreError: for something that is no backup, a damaged or unfinished one (naming the file), one of
            a newer workbench, or a folder that holds something. Nothing is left behind then.
    """
    taken, root = Path(source).expanduser().absolute(), Path(folder).expanduser().absolute()
    if not taken.exists():
        raise StoreError("There is no backup at this place.", "Check the path.", str(taken))
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StoreError(
            "A backup is only restored to a new or an empty folder.", "Give another one.", str(root)
        )
    part = root.with_name(f".{root.name}.{os.getpid()}.part")
    try:
        with sentences(root.parent):
            part.mkdir(parents=True)
            _check(_unpacked(taken, part), part, taken)
            for name in workspace.FOLDERS:
                (part / name).mkdir(exist_ok=True)
            pointer.read(part)
            if root.exists():
                root.rmdir()
            os.replace(part, root)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return root


def _unpacked(taken: Path, part: Path) -> dict[str, tuple[int, str]]:
    """Write every file of the backup; returns size and digest by name."""
    found = {}
    with archive.reader(taken) as entries:
        for name, stream in entries:
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            found[name] = _copied(stream, file)
    return found


def _copied(stream: IO[bytes], file: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as out:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _check(found: dict[str, tuple[int, str]], part: Path, taken: Path) -> None:
    """Compare with the list that ends a backup, which goes then."""
    manifest = part / backup.MANIFEST
    try:
        told: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
        files = {name: (size, digest) for name, (size, digest) in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        raise archive.unusable("This is no backup of a workspace, or it was never finished", taken) from None
    workspace.refuse_newer(told.get("schema_version"), taken)
    manifest.unlink()
    found.pop(backup.MANIFEST)
    for name in sorted({*files, *found}):
        if files.get(name) != found.get(name):
            kind = "lacks the file" if name not in found else "holds a damaged or foreign file"
            raise archive.unusable(f"This backup {kind} {name!r}", taken)
