"""Scripts and styles of the apps: compressed once, and kept by the browser for good.

An address holds the digest of everything served, so a new version has new addresses.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

from workbench.widgets import assets

EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
"""The JupyterLab extensions that pages load; every other installed one stays out."""
_SMALL = 1024
_FOR_GOOD = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff", ".woff")


class Library:
    """Every file a page may load, by its path under `/static/<digest>/`."""

    def __init__(self) -> None:
        from voila.paths import collect_static_paths
        from voila.utils import get_voila_labextensions_path

        self._front_end = [Path(p) for p in collect_static_paths(["voila"], "base", prune=True)]
        self._extensions = [Path(p) for p in get_voila_labextensions_path()]
        self._made = {
            "workbench/vega.js": assets.vega_bundle,
            "workbench/panel.js": assets.live_js,
            "workbench/page.css": assets.css,
        }
        self._packed: dict[str, tuple[bytes, bytes]] = {}

    @cached_property
    def digest(self) -> str:
        """Changes whenever any served file may have changed."""
        state = hashlib.sha256()
        for name in ("voila", "ipywidgets", "anywidget"):
            state.update(version(name).encode())
        for make in self._made.values():
            state.update(make().encode())
        return state.hexdigest()[:12]

    def url(self, base: str, path: str) -> str:
        """Address of a file."""
        return f"{base}static/{self.digest}/{path}"

    def find(self, path: str) -> tuple[bytes, bytes] | None:
        """A file as (plain, gzipped); gzipped is empty where it would not help. None: no such file."""
        if path not in self._packed:
            content = self._read(path)
            if content is None:
                return None
            worth = len(content) > _SMALL and _kind(path).split("/")[0] in ("text", "application")
            self._packed[path] = content, gzip.compress(content, 6, mtime=0) if worth else b""
        return self._packed[path]

    def _read(self, path: str) -> bytes | None:
        if path in self._made:
            return self._made[path]().encode()
        first, _, rest = path.partition("/")
        if first == "lab" and not rest.startswith(tuple(f"{name}/" for name in EXTENSIONS)):
            return None
        for root in {"voila": self._front_end, "lab": self._extensions}.get(first, ()):
            file = (root / rest).resolve()
            if file.is_relative_to(root.resolve()) and file.is_file():
                return file.read_bytes()
        return None


class StaticFile(RequestHandler):  # type: ignore[misc]
    """Serves the library: to everybody, since it is public code, and never anything else."""

    def initialize(self, library: Library) -> None:
        """Remember the library."""
        self.library = library

    async def get(self, digest: str, path: str) -> None:
        """Send one file, compressed where the browser takes that."""
        found = await asyncio.to_thread(self.library.find, path)
        if not found:
            raise HTTPError(404)
        plain, packed = found
        self.set_header("Content-Type", _kind(path))
        self.set_header("Cache-Control", _FOR_GOOD if digest == self.library.digest else "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Vary", "Accept-Encoding")
        if packed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(packed)
        else:
            self.write(plain)

    async def head(self, digest: str, path: str) -> None:
        """The same without the file."""
        await self.get(digest, path)

    def write_error(self, status_code: int, **_: Any) -> None:
        """A plain line; no page asks for what is not there."""
        self.finish(f"{status_code}")


def _kind(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("json") else kind
