"""A report is made in a process of its own, so that the page stays alive; one at a time a page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import published
from workbench.privacy import door
from workbench.privacy.door import DOOR

if TYPE_CHECKING:
    from workbench.published import Published

LONGEST = 3600
"""Seconds after which a report is given up."""
_PAGE = (
    "QUERY_STRING",
    "SCRIPT_NAME",
    "SERVER_SOFTWARE",
    "SERVER_NAME",
    "SERVER_PORT",
    "WORKBENCH_PAGES",
    "WORKBENCH_LEAVE",
    DOOR,
)
"""Variables of the page, which a report must not take for its own."""


@dataclass(frozen=True)
class Made:
    """What came of a run.

    Attributes:
        code: Exit code of the command.
        sentence: The last line it said.
    """

    code: int
    sentence: str


def again(one: Published, scheduled: bool) -> list[str]:
    """Arguments that make a report again, of the same member, on the same past and with the same files.

    A scheduled job knows its own, and makes what is missing.
    """
    return [one.job] if scheduled else [*published.again(one), "--force"]


def make(arguments: list[str], workspace: Path, root: Path) -> Made:
    """Run the command `workbench report` and wait for its end; in an app that is the server's errand."""
    if os.environ.get(DOOR):
        return _asked(arguments)
    try:
        ended = subprocess.run(
            command(arguments, workspace, root),
            capture_output=True,
            text=True,
            env=environment(os.environ),
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Made(1, "")
    return outcome(ended.returncode, ended.stdout, ended.stderr)


def command(arguments: list[str], workspace: Path, root: Path) -> list[str]:
    """The command that makes a report."""
    report = [sys.executable, "-m", "workbench", "report", *arguments]
    return [*report, "-w", str(workspace), "--out", str(root)]


def outcome(code: int, stdout: str, stderr: str) -> Made:
    """What came of it, from how it ended and what it wrote."""
    said, failed = _lines(stdout), _lines(stderr)
    chosen = (failed or said)[:1] if code else said[-1:]
    return Made(code, next(iter(chosen), ""))


def _asked(arguments: list[str]) -> Made:
    """Ask the server for it; what comes of a server that is gone is nothing."""
    try:
        code, sentence = door.ask({"report": arguments}, LONGEST)
    except (OSError, ValueError):
        return Made(1, "")
    return Made(int(code), str(sentence))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def environment(known: Mapping[str, str]) -> dict[str, str]:
    """Variables of the command: what is known here, without what belongs to the page."""
    return {name: value for name, value in known.items() if name not in _PAGE}
