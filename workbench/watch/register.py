"""What a watcher knows and tells: `watch/<folder>.json` for whoever monitors it, `….seen.json` for itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError
from workbench.watch.folder import Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from workbench.store.store import Store
    from workbench.watch.landed import Landed

LOG = logging.getLogger("workbench.watch")
FOLDER = "watch"
_FORGOTTEN_DAYS = 400
_PATIENCE = 0.5
"""Seconds that a beginning watcher waits for the lock: whoever asks how it is holds it for a moment."""
_PAUSE = 2.0
"""Seconds between two writings of what was seen; what a crash takes is read again and changes nothing."""

_COLUMNS = (
    *("folder", "state", "started_at", "looked_at", "every"),
    *("file", "file_status", "file_at", "error", "error_at", "waiting", "passed", "review", "failed"),
)


def name_of(folder: Path) -> str:
    """Name of a folder's register: readable, and another one for every path."""
    plain = "".join(mark if mark.isalnum() else "-" for mark in folder.name)[:40].strip("-") or "folder"
    return f"{plain}-{hashlib.sha256(folder.as_posix().encode('utf-8', 'replace')).hexdigest()[:8]}"


def watched(store: Store) -> pd.DataFrame:
    """How the watched folders of a workspace are: for a monitor.

    Args:
        store: The workspace.

    Returns:
        One row a folder: `folder`, `state` (`watching`, `importing`, `stopped`, or `gone` where its
        process has ended without a word), `started_at`, `looked_at` (UTC), `every` (seconds between two
        looks), `file` (the last one), `file_status`, `file_at`, `error`, `error_at`, `waiting` (files
        that are still being written), `passed`, `review`, `failed` (files since the start).
    """
    import pandas as pd

    files = _statuses(store.path) if store.advertisers is None else ()  # their names tell of others
    rows = [_row(file, told) for file in files if (told := _told(file))]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    for name in ("started_at", "looked_at", "file_at", "error_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


@dataclass
class Register:
    """The two files of one watched folder.

    Attributes:
        root: Folder of the workspace.
        folder: The watched folder.
        settings: Digest of what files are read with: where it changes, failed files are tried again.
        seen: Path inside the folder → stamp and status of files that are done.
        status: What the status file says.
    """

    root: Path
    folder: Path
    settings: str = ""
    seen: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    _written: float = 0.0

    @property
    def file(self) -> Path:
        """The status file."""
        return self.root / FOLDER / f"{name_of(self.folder)}.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second watcher of this folder out.

        Raises:
            StoreError: where there is one, or the workspace cannot be written to.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(_lock(self.file))
        try:
            self.file.parent.mkdir(exist_ok=True)
            lock.acquire(timeout=_PATIENCE)
        except Timeout:
            what = "Another process watches this folder for this workspace."
            raise StoreError(what, "Stop that one first.", str(self.folder)) from None
        except OSError as error:
            what = f"This workspace cannot be written to: {error.strerror or error}."
            raise StoreError(what, "Ask for the right to write to its folder.", str(self.root)) from None
        try:
            yield
        finally:
            lock.release()

    def begin(self, every: float) -> None:
        """Read what was seen before, and say that the folder is watched."""
        self._read()
        before = _told(self.file)
        self.status = {
            "folder": str(self.folder),
            "state": "watching",
            "pid": os.getpid(),
            "host": platform.node(),
            "started_at": _now(),
            "looked_at": None,
            "every": every,
            "last_file": before.get("last_file"),
            "last_error": before.get("last_error"),
            "waiting": [],
            "counts": {"PASS": 0, "REVIEW": 0, "FAIL": 0},
        }
        self.tell()

    def is_done(self, name: str, stamp: Stamp) -> bool:
        """Whether a file was imported, or refused, in this state."""
        return name in self.seen and self.seen[name][0] == stamp

    def retry(self, settings: str) -> None:
        """Let failed files be tried again where what they are read with has changed."""
        if settings != self.settings:
            self.seen = {name: done for name, done in self.seen.items() if done[1] != "FAIL"}
            self.settings = settings

    def note(self, landed: Landed, stamp: Stamp | None) -> None:
        """Remember what came of a file; without a stamp it is tried again."""
        if stamp:
            self.seen[landed.file] = (stamp, landed.status)
            self.status["counts"][landed.status] += 1
            self.status["last_file"] = {**landed.to_dict(), "at": _now()}
        if landed.status == "FAIL":
            self.status["last_error"] = {**landed.to_dict(), "at": _now()}
        if time.monotonic() - self._written > _PAUSE:
            self.keep()

    def looked(self, waiting: list[str]) -> None:
        """Say that the folder was looked at now."""
        self.tell(state="watching", looked_at=_now(), waiting=waiting[:100])

    def tell(self, **news: Any) -> None:
        """Write the status file."""
        self.status |= news
        _replace(self.file, json.dumps(self.status, ensure_ascii=False, indent=1))

    def keep(self) -> None:
        """Write what was seen."""
        files = {name: [*stamp, status] for name, (stamp, status) in sorted(self.seen.items())}
        _replace(self._seen_file, json.dumps({"settings": self.settings, "files": files}, ensure_ascii=False))
        self._written = time.monotonic()

    def end(self) -> None:
        """Say that the folder is not watched any more."""
        self.keep()
        self.tell(state="stopped")

    @property
    def _seen_file(self) -> Path:
        return self.file.with_suffix(".seen.json")

    def _read(self) -> None:
        """Read what was seen; a damaged file only means that everything is looked at again."""
        old = time.time_ns() - _FORGOTTEN_DAYS * 86_400_000_000_000
        try:
            told = json.loads(self._seen_file.read_text("utf-8"))
            seen = {name: ((size, at), status) for name, (size, at, status) in told["files"].items()}
            self.settings = told["settings"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return
        self.seen = {
            name: done for name, done in seen.items() if done[0][1] > old or (self.folder / name).exists()
        }


def _lock(status: Path) -> Path:
    return status.with_name(f".{status.stem}.lock")


def _statuses(root: Path) -> list[Path]:
    return sorted(file for file in (root / FOLDER).glob("*.json") if not file.stem.endswith(".seen"))


def _told(status: Path) -> dict[str, Any]:
    """What a status file says; nothing where there is none, or a damaged one."""
    try:
        told = json.loads(status.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) and "counts" in told else {}


def _row(status: Path, told: dict[str, Any]) -> dict[str, Any]:
    file, error = told["last_file"] or {}, told["last_error"] or {}
    gone = told["state"] != "stopped" and _is_free(status)
    return {
        **{name: told[name] for name in ("folder", "started_at", "looked_at", "every")},
        "state": "gone" if gone else told["state"],
        "file": file.get("file", ""),
        "file_status": file.get("status", ""),
        "file_at": file.get("at"),
        "error": error.get("sentence", ""),
        "error_at": error.get("at"),
        "waiting": len(told["waiting"]),
        "passed": told["counts"]["PASS"],
        "review": told["counts"]["REVIEW"],
        "failed": told["counts"]["FAIL"],
    }


def _is_free(status: Path) -> bool:
    """Whether no process holds the lock of a watcher that says it is at work."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(_lock(status), timeout=0):
            return True
    except (Timeout, OSError):
        return False


def _replace(file: Path, content: str) -> None:
    """Write a file in one step; a full disk takes the news, never the watch."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_text(content, encoding="utf-8", errors="surrogateescape")
        os.replace(part, file)
    except OSError as error:
        LOG.warning("%s could not be written: %s", file, error)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
