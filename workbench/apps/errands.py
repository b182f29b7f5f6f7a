"""What a page's kernel may not do behind its walls, and the server does for it: a report, a line of the log.

A page asks through a socket in its kernel's folder. What is asked is looked at here, as anything is that
comes from a visitor. A report may import first, write tables and tell services: a known one, with nothing but
the options that the Reports app uses, under the visitor's own name, role and advertisers. A line of the audit
log says who acts as the server knows it. A customer's pseudonym is told for one identifier at a time, without
the key that makes it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench import published, saved, settings
from workbench.errors import WorkbenchError
from workbench.i18n import LANGUAGES
from workbench.privacy import audit, meant
from workbench.privacy.door import DOOR
from workbench.reports import notebooks, schedule
from workbench.reports.jobs import FORMATS
from workbench.reports.kernels import environment
from workbench.settings import ADVERTISERS, ROLE
from workbench.widgets.reports import running
from workbench.widgets.reports.running import Made

_LONGEST_LINE = 1 << 26
"""Bytes: a list of a million customers leaves with a mark of each."""
_LONGEST_TEXT = 4_000
_ROLES = ("planner", "steward")


class Errands:
    """Makes reports for the kernels of one server.

    Args:
        workspace: Folder of the workspace.
    """

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._doors: dict[str, asyncio.Server] = {}
        self._whose: dict[str, Mapping[str, str]] = {}
        self._at_work: set[asyncio.subprocess.Process] = set()

    async def open(self, kernel_id: str, folder: Path) -> dict[str, str]:
        """Listen in a kernel's folder.

        Returns:
            The variable that tells the kernel where.
        """
        place = str(folder / "errands")

        async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """One errand; a page that left meanwhile is told nothing."""
            with suppress(OSError):
                await self._serve(kernel_id, reader, writer)

        self._doors[kernel_id] = await asyncio.start_unix_server(come, place, limit=_LONGEST_LINE)
        return {DOOR: place}

    def knows(self, kernel_id: str, environ: Mapping[str, str]) -> None:
        """Remember for whom a kernel works: the variables of its visitor."""
        self._whose[kernel_id] = dict(environ)

    def shut(self, kernel_id: str) -> None:
        """Listen to a kernel no longer."""
        self._whose.pop(kernel_id, None)
        if door := self._doors.pop(kernel_id, None):
            door.close()

    def close(self) -> None:
        """End what is being made; it takes away what it has begun by itself."""
        for process in self._at_work:
            with suppress(ProcessLookupError):
                process.terminate()

    async def _serve(
        self, kernel_id: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            asked = json.loads(await reader.readline())
            answer = await self._answer(asked, self._whose.get(kernel_id, {}))
        except ValueError:  # no JSON, or a line without end
            answer = None
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def _answer(self, asked: object, environ: Mapping[str, str]) -> Any:
        """What comes of one thing that is asked; None: it is nothing that is done here."""
        match asked:
            case {"report": arguments, **rest} if not rest:
                fits = environ.get(ROLE) in _ROLES and allowed(arguments, self._workspace)
                made = await self._make(arguments, environ) if fits else Made(1, "")
                return [made.code, made.sentence]
            case {"line": dict() as line, **rest} if not rest and environ:
                return await asyncio.to_thread(written, self._workspace, line, environ)
            case {"meant": str() as text, **rest} if not rest and sees_customers(environ):
                found = await asyncio.to_thread(meant.computed, self._workspace, text[:_LONGEST_TEXT])
                return found.to_dict()
        return None

    async def _make(self, arguments: list[str], environ: Mapping[str, str]) -> Made:
        """Run the command as the page itself would where it may."""
        root = published.folder(self._workspace)
        process = await asyncio.create_subprocess_exec(
            *running.command(arguments, self._workspace, root),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=running.environment(environment(**environ)),
        )
        self._at_work.add(process)
        try:
            said, failed = await asyncio.wait_for(process.communicate(), running.LONGEST)
        except TimeoutError:
            process.kill()
            return Made(1, "")
        finally:
            self._at_work.discard(process)
        return running.outcome(process.returncode or 0, said.decode(), failed.decode())


def sees_customers(environ: Mapping[str, str]) -> bool:
    """Whether a kernel serves a visitor whose link is for everybody's data: customers are no advertiser's."""
    return bool(environ) and ADVERTISERS not in environ


def written(workspace: Path, line: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, str]:
    """Write a line of the audit log for a kernel; who acts is what the server knows, not what it says.

    Args:
        workspace: Folder of the workspace.
        line: `what`, `who`, `subjects`, `counts` and `about`, as the kernel says.
        environ: Variables of its visitor.

    Returns:
        (hash of the line, ""), or ("", why it was not written).
    """
    if not is_line(line):
        return "", "that is no line of it"
    who = environ.get("WORKBENCH_USER") or settings.user()
    claimed = line["who"] or environ.get(saved.VISITOR, "")
    about = {**line["about"], "visitor": "" if claimed == who else claimed}
    try:
        head = audit.append(
            workspace, line["what"], who, subjects=line["subjects"], counts=line["counts"], **about
        )
    except WorkbenchError as error:
        return "", error.what
    return head, ""


def is_line(line: Mapping[str, Any]) -> bool:
    """Whether something can stand in the audit log: an act, marks, numbers and texts.

    Args:
        line: What a kernel says.
    """
    if {*line} != {"what", "who", "subjects", "counts", "about"}:
        return False
    subjects, counts, about = line["subjects"], line["counts"], line["about"]
    return (
        _is_word(line["what"])
        and isinstance(line["who"], str)
        and len(line["who"]) <= _LONGEST_TEXT
        and isinstance(subjects, list)
        and all(isinstance(mark, str) and re.fullmatch(r"[0-9a-f]{1,64}", mark) for mark in subjects)
        and isinstance(counts, dict)
        and all(_is_word(name) and type(number) is int for name, number in counts.items())
        and isinstance(about, dict)
        and all(_is_word(name) and name not in _OWN and _is_text(value) for name, value in about.items())
    )


_OWN = (*("n", "time", "who", "what", "subjects", "counts", "before", "hash"), *("root", "visitor"))
"""What a line says by itself."""


def _is_word(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) is not None


def _is_text(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return value is None or isinstance(value, bool | int | float)


def allowed(asked: object, workspace: Path) -> bool:
    """Whether arguments of `workbench report` are such as the Reports app gives.

    Args:
        asked: What came from the page.
        workspace: Folder of the workspace.
    """
    if not (isinstance(asked, list) and asked and all(isinstance(part, str) for part in asked)):
        return False
    return asked[0] in _names(workspace) and _options(asked[1:])


def _names(workspace: Path) -> set[str]:
    """Names of what can be made: no path, for a kernel could have put a notebook there."""
    try:
        jobs = schedule.load(workspace).jobs
    except WorkbenchError:
        jobs = {}
    return {*notebooks.every(workspace), *jobs}


def _options(given: Sequence[str]) -> bool:
    rest = iter(given)
    for option in rest:
        value = "" if option == "--force" else next(rest, None)
        fits = {
            "--force": True,
            "-p": value is not None and "=" in value,
            "--lang": value in LANGUAGES,
            "--format": value in FORMATS,
            "--batch": bool(value) and not str(value).startswith("-"),
            "--member": bool(value),
            "--as-of": value is not None and value.isdecimal(),
            "--job": bool(value) and not str(value).startswith(("-", ".")) and "/" not in str(value),
        }
        if not fits.get(option):
            return False
    return True
