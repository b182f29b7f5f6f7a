"""Reports that a page wants made are made by the server: behind its walls, a kernel could not.

A report may import first, write tables and tell services. A page asks for it through a socket in its kernel's
folder; what is asked is looked at here, as anything is that comes from a visitor: a known report, and nothing
but the options that the Reports app uses, under the visitor's own name, role and advertisers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from workbench import published
from workbench.errors import WorkbenchError
from workbench.i18n import LANGUAGES
from workbench.reports import notebooks, schedule
from workbench.reports.kernels import environment
from workbench.settings import ROLE
from workbench.widgets.reports import running
from workbench.widgets.reports.running import Made

_LONGEST_LINE = 1 << 20
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
        return {running.DOOR: place}

    def knows(self, kernel_id: str, environ: Mapping[str, str]) -> None:
        """Remember for whom a kernel works: the variables of its visitor."""
        self._whose[kernel_id] = dict(environ)

    def shut(self, kernel_id: str) -> None:
        """Listen to a kernel no longer."""
        self._whose.pop(kernel_id, None)
        if door := self._doors.pop(kernel_id, None):
            door.close()

    def close(self) -> None:
        """End what is being made."""
        for process in self._at_work:
            with suppress(ProcessLookupError):
                process.kill()

    async def _serve(
        self, kernel_id: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            asked = json.loads(await reader.readline())
            environ = self._whose.get(kernel_id, {})
            fits = environ.get(ROLE) in _ROLES and allowed(asked, self._workspace)
            made = await self._make(asked, environ) if fits else Made(1, "")
        except ValueError:  # no JSON, or a line without end
            made = Made(1, "")
        writer.write(json.dumps([made.code, made.sentence]).encode() + b"\n")
        await writer.drain()
        writer.close()

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
            "--job": bool(value) and not str(value).startswith(("-", ".")) and "/" not in str(value),
        }
        if not fits.get(option):
            return False
    return True
