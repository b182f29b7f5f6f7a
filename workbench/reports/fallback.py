"""Whom to tell where the usual places say nothing: of a schedule that is no TOML, of a disk that is full."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from workbench.reports import publish
from workbench.reports.jobs import Schedule

FILE = ".schedule.json"
"""Beside the reports: the services that the schedule named when it could be read."""


def keep(root: Path, plan: Schedule) -> None:
    """Remember the services that a schedule names; of an address, which may hold a secret, nothing is kept.

    Args:
        root: Folder of the reports.
        plan: The schedule.
    """
    named = {*(name for job in plan.jobs.values() for name in job.notify), *sum(plan.notify.values(), ())}
    kept = sorted(name for name in named if "://" not in name)
    if kept == list(services(root)):
        return
    with suppress(OSError):  # the next look tries again
        root.mkdir(parents=True, exist_ok=True)
        part = root / f"{FILE}-{os.getpid()}"
        publish.write(part, {"notify": kept})
        os.replace(part, root / FILE)


def services(root: Path) -> tuple[str, ...]:
    """The services that the schedule named when it could be read last."""
    try:
        return tuple(map(str, json.loads((root / FILE).read_text(encoding="utf-8"))["notify"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def first(root: Path, job: str) -> bool:
    """Whether a job meets a full disk for the first time; yes, where not even that can be kept.

    Args:
        root: Folder of the reports.
        job: Name of the job.
    """
    try:
        _mark(root, job).touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True
    return True


def over(root: Path, job: str) -> None:
    """A job could keep something again."""
    with suppress(OSError):
        _mark(root, job).unlink(missing_ok=True)


def _mark(root: Path, job: str) -> Path:
    """A file on what may be another disk."""
    digest = hashlib.sha256(f"{os.getuid()} {root} {job}".encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f".workbench-full-{digest}"
