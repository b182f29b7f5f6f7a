"""How far each job is with its due moments: one small file a job, replaced in one step."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.reports import publish

FILE = ".state.json"
SEEN, RUNNING = "seen", "running"
"""A job that is new, whose past moments are not made up for; one that somebody works at, or died at."""


@dataclass(frozen=True)
class State:
    """What became of the newest due moment that was looked at.

    Attributes:
        slot: The due moment (UTC).
        status: `ok`, `failed`, `stale`, `held`, `running` or `seen`.
        at: When somebody looked (UTC).
        error: One sentence that says why it is not `ok`.
    """

    slot: dt.datetime
    status: str
    at: dt.datetime
    error: str = ""


def read(root: Path, job: str) -> State | None:
    """The state of a job; None for one that nobody has looked at."""
    try:
        kept = json.loads((root / job / FILE).read_text(encoding="utf-8"))
        moments = {name: dt.datetime.fromisoformat(kept[name]) for name in ("slot", "at")}
        return State(**{**kept, **moments})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(root: Path, job: str, state: State) -> None:
    """Keep the state of a job."""
    file = root / job / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{FILE}-{os.getpid()}")
    publish.write(part, {**asdict(state), "slot": state.slot.isoformat(), "at": state.at.isoformat()})
    os.replace(part, file)
