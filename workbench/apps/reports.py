"""The files of published reports: behind the login, only what readers take, and never outside the folder."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError

from workbench.apps.handlers import LIMITED, WordyHandler
from workbench.published import KINDS, TABLES

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "sandbox allow-scripts allow-downloads"
)
"""A report runs its own charts; it reaches no address, no cookie and no page of this server."""


def file_of(root: Path, job: str, run: str, name: str) -> Path | None:
    """The file of a published run; None for what is none, is hidden, or lies outside of the folder.

    Args:
        root: Folder of the reports.
        job: Name of a job.
        run: Name of a run, or `latest`.
        name: Name of a file, or `tables/` and one.
    """
    within = (TABLES,) if name.startswith(f"{TABLES}/") else ()
    parts = (job, run, *within, name.removeprefix(f"{TABLES}/"))
    if any(part.startswith(".") or "/" in part or "\\" in part or "\0" in part for part in parts):
        return None
    if Path(name).suffix not in KINDS:
        return None
    found = root.joinpath(*parts).resolve()
    inside = root.resolve()
    deep_enough = found.is_relative_to(inside) and len(found.relative_to(inside).parts) == len(parts)
    return found if deep_enough and found.is_file() else None


class ReportFile(WordyHandler):
    """Sends one file of a report."""

    def initialize(self, root: Path) -> None:
        """Remember the folder."""
        self.root = root

    async def get(self, job: str, run: str, name: str) -> None:
        """Send it: a page to be looked at, anything else to be kept; reports are about all advertisers."""
        if self.opens.advertisers is not None:
            raise HTTPError(403, LIMITED)
        if self.without_token():
            return
        found = file_of(self.root, job, run, name)
        if found is None:
            raise HTTPError(404)
        content = await asyncio.to_thread(found.read_bytes)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-cache")
        if found.suffix == ".html":
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Content-Security-Policy", POLICY)
        else:
            kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
            self.set_header("Content-Type", kind)
            kept = quote(f"{job}-{found.name}")
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{kept}")
        self.finish(content)

    def head(self, *_parts: Any) -> None:
        """Not offered: a file is sent or not."""
        raise HTTPError(405)
