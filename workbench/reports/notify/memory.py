"""What has been told already: a cause is told once, and its end once. Kept beside the reports."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = ".notified.json"
UNHEARD = ".unheard.json"
"""Services that did not take the newest message, and why."""
_PATIENCE = 10.0
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|\d+")
"""Names and numbers in a cause: members of a batch that fail alike differ in nothing else."""

Causes = dict[str, dict[str, Any]]
"""Fingerprint of a cause → `members` that fail by it, and `since`."""


def is_new(root: Path, job: str, cause: str) -> bool:
    """Whether a job has not been told to fail by this cause since it last worked."""
    return _mark(cause) not in _read(root).get(job, {})


def note(root: Path, job: str, cause: str, member: str = "", told: bool = True) -> None:
    """Remember that a member of a job fails by a cause.

    Args:
        root: The reports folder.
        job: Name of the job.
        cause: The sentence.
        member: Which one of a batch; empty for a job that is none.
        told: Whether somebody was told; a cause that nobody heard of is not remembered.
    """
    with _changed(root) as known:
        causes = known.setdefault(job, {})
        _forget(causes, member)
        mark = _mark(cause)
        if told or mark in causes:
            entry = causes.setdefault(mark, {"members": [], "since": dt.datetime.now(dt.UTC).isoformat()})
            entry["members"].append(member)


def works(root: Path, job: str, member: str = "") -> bool:
    """Note that a member of a job works; True where that was the last one that a told cause stopped.

    Where any member works the job itself has begun: what stopped all of it is over, too.
    """
    if job not in _read(root):
        return False
    with _changed(root) as known:
        causes = known.get(job, {})
        ended, begun = _forget(causes, member), _forget(causes, "")
        if not known.get(job):
            known.pop(job, None)
        return ended or begun


def note_services(root: Path, answers: Mapping[str, str]) -> None:
    """Keep which services took their newest message, and why others did not.

    Args:
        root: The reports folder.
        answers: Name of a service → the sentence that says why it took no message; empty: it took it.
    """
    if not any(answers.values()) and not unheard(root).keys() & answers.keys():
        return
    now = dt.datetime.now(dt.UTC).isoformat()
    with _changed(root, UNHEARD) as known:
        for name, sentence in answers.items():
            known.pop(name, None)
            if sentence:
                known[name] = {"sentence": sentence, "at": now}


def unheard(root: Path) -> dict[str, str]:
    """Services that did not take the newest message: name → why, in one sentence."""
    known = _read(root, UNHEARD)
    return {name: str(entry["sentence"]) for name, entry in known.items() if entry.get("sentence")}


def _forget(causes: Causes, member: str) -> bool:
    """Take a member out of all causes; True where one ended by it."""
    held = [mark for mark, entry in causes.items() if member in entry["members"]]
    for mark in held:
        causes[mark]["members"].remove(member)
    ended = [mark for mark in held if not causes[mark]["members"]]
    for mark in ended:
        del causes[mark]
    return bool(ended)


def _mark(cause: str) -> str:
    return hashlib.sha256(_PARTICULAR.sub("…", cause).encode()).hexdigest()[:16]


@contextmanager
def _changed(root: Path, file: str = FILE) -> Iterator[dict[str, Any]]:
    """What is known, to be changed; written in one step."""
    from filelock import FileLock

    with FileLock(root / ".notified.lock", timeout=_PATIENCE):
        known = _read(root, file)
        yield known
        part = root / f"{file}.{os.getpid()}.part"
        part.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(part, root / file)


def _read(root: Path, file: str = FILE) -> dict[str, Any]:
    """What is known; nothing where the file is missing or damaged, rather told twice than never."""
    try:
        found = json.loads((root / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
