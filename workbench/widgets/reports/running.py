"""A report is made in a process of its own, so that the page stays alive; one at a time a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.published import Published

LONGEST = 3600
"""Seconds after which a report is given up."""
_PAGE = ("QUERY_STRING", "SCRIPT_NAME", "SERVER_SOFTWARE", "SERVER_NAME", "SERVER_PORT", "WORKBENCH_PAGES")
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
    """Arguments that make a report again; a scheduled job knows its own, and makes what is missing."""
    if scheduled:
        return [one.job]
    pairs = [part for name, value in one.parameters.items() for part in ("-p", f"{name}={_typed(value)}")]
    lang = ["--lang", one.lang] if one.lang else []
    return [one.notebook or one.job, *pairs, *lang, "--job", one.job, "--force"]


def make(arguments: list[str], workspace: Path, root: Path) -> Made:
    """Run the command `workbench report` and wait for its end."""
    command = [sys.executable, "-m", "workbench", "report", *arguments]
    command += ["-w", str(workspace), "--out", str(root)]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=_environment(os.environ),
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Made(1, "")
    said, failed = _lines(ended.stdout), _lines(ended.stderr)
    chosen = (failed or said)[:1] if ended.returncode else said[-1:]
    return Made(ended.returncode, next(iter(chosen), ""))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _environment(known: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in known.items() if name not in _PAGE}


def _typed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
