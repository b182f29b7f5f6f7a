"""The shared demo workspace: built when missing or outdated, swapped in whole, own files carried over."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import schema, settings
from workbench.store import pointer

if TYPE_CHECKING:
    from workbench.demo.tables import Progress

STAMP = "demo.json"
_BEFORE = ".demo-before"
_NEW = ".demo-new-"
_MADE = {"tables", "rollups", "versions", "quarantine", "imports", pointer.FILE_NAME, ".lock", STAMP}
"""What belongs to the generated data; everything else in the folder is carried over on a rebuild."""


def workspace(progress: Progress | None = None) -> Path:
    """Return the demo workspace, building it when it is missing or made by another generator version.

    Several processes may ask at once: one builds, the others wait. Own notebooks, metrics, mappings,
    views, segments, plans and other files are carried over. A demo workspace into which somebody
    imported data is kept beside the new one as `demo-kept-N`.

    Args:
        progress: Called with a text key (`demo.…`) and the share of work done.

    Returns:
        Folder `demo` in `settings.home()`.
    """
    folder = settings.home() / "demo"
    if not _is_current(folder):
        with _lock(folder.parent):
            _recover(folder)
            if not _is_current(folder):
                _renew(folder, progress)
    return folder


@cache
def version() -> str:
    """Fingerprint of the generator's source, its constants and the schema."""
    here = Path(__file__).parent
    files = sorted(file for file in here.iterdir() if file.suffix in (".py", ".toml"))
    digest = sha256(str(schema.SCHEMA_VERSION).encode())
    for file in (*files, Path(schema.__file__)):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _is_current(folder: Path) -> bool:
    return bool(_stamp(folder).get("generator") == version())


def _stamp(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _lock(home: Path) -> Iterator[None]:
    from filelock import FileLock

    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "demo.lock"):
        yield


def _recover(folder: Path) -> None:
    """Clear up after a process that was killed in the middle of a build or between the two renames."""
    for unfinished in folder.parent.glob(f"{_NEW}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    before = folder.with_name(_BEFORE)
    if before.exists() and not folder.exists():
        os.rename(before, folder)
    _retire(before)


def _renew(folder: Path, progress: Progress | None) -> None:
    from workbench.demo.builder import build

    made = Path(tempfile.mkdtemp(prefix=_NEW, dir=folder.parent))
    try:
        build(made, progress=progress)
        stamp = {
            "generator": version(),
            "data_version": pointer.number(made),
            "settings": (made / settings.FILE_NAME).read_text("utf-8"),
        }
        if folder.exists():
            _carry(folder, made)
        (made / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
        if folder.exists():
            os.rename(folder, folder.with_name(_BEFORE))
        os.rename(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    _retire(folder.with_name(_BEFORE))


def _carry(old: Path, new: Path) -> None:
    """Copy people's own files; their settings too, unless those are still the generator's."""
    for entry in old.iterdir():
        if entry.name in _MADE or entry.name == settings.FILE_NAME:
            continue
        if entry.is_dir():
            shutil.copytree(entry, new / entry.name, dirs_exist_ok=True)
        else:
            shutil.copy2(entry, new / entry.name)
    chosen = old / settings.FILE_NAME
    if chosen.is_file() and chosen.read_text("utf-8") != _stamp(old).get("settings"):
        shutil.copy2(chosen, new / settings.FILE_NAME)


def _retire(before: Path) -> None:
    """Delete a replaced workspace, or keep it under another name when it holds more than was generated."""
    if not before.exists():
        return
    if _is_untouched(before):
        shutil.rmtree(before)
        return
    number = 1
    while (kept := before.with_name(f"demo-kept-{number}")).exists():
        number += 1
    os.rename(before, kept)


def _is_untouched(folder: Path) -> bool:
    from workbench.errors import StoreError

    try:
        return bool(_stamp(folder).get("data_version") == pointer.number(folder))
    except StoreError:
        return False
