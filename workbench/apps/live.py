"""One visitor, one kernel: runs a notebook's cells and streams them into the page as they finish."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from nbclient.exceptions import CellExecutionError
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from workbench import i18n, published, saved, settings
from workbench.apps import pages, security
from workbench.apps.confined import level
from workbench.apps.handlers import LIMITED, WordyHandler, apps_for
from workbench.apps.seats import Guest, LineFullError
from workbench.apps.visitors import listening, run, settle
from workbench.reports import notebooks
from workbench.reports.execute import own_words
from workbench.reports.kernels import KERNEL
from workbench.reports.notebooks import Notebook

TEMPLATES = Path(__file__).with_name("template")
_HEARTBEAT = 10.0
"""Seconds of silence after which proxies are kept awake by an empty comment."""
_VOILA = "voila/workbench"


class AppPage(WordyHandler):
    """The page of one notebook."""

    kernel_id = ""
    _filling: asyncio.Future[None] | None = None
    _left = False

    async def get(self, name: str) -> None:
        """Run the notebook called `name` for this visitor."""
        notebook = self._notebook(name)
        if not self.without_token():
            await self._stream(notebook)

    def _notebook(self, name: str) -> Notebook:
        found = notebooks.every(self.settings["workspace"]).get(name)
        if not found or not found.is_app:
            raise HTTPError(404)
        if self.opens.advertisers is not None and not found.is_for_limited:
            raise HTTPError(403, log_message=LIMITED)
        return found

    def on_connection_close(self) -> None:
        """The visitor has left while the page was opening: out of the line, and its kernel ends."""
        self._left = True
        if self._filling:
            self._filling.cancel()
        super().on_connection_close()

    async def _stream(self, notebook: Notebook) -> None:
        self.xsrf_token  # noqa: B018  (sets the cookie that the page's own requests answer with)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._nonce = secrets.token_urlsafe(16)
        allowed = security.OWN_POLICY if notebook.own else security.policy(self._nonce)
        self.set_header("Content-Security-Policy", allowed)
        self._pieces = asyncio.Queue[str | None]()
        self._filling = asyncio.ensure_future(self._fill(notebook))
        try:
            while (piece := await self._next()) is not None:
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            self._left = True
        if self._left:
            self._filling.cancel()
            await asyncio.wait({self._filling})
            await self.settings["seats"].leave(self.kernel_id)

    async def _next(self) -> str | None:
        try:
            return await asyncio.wait_for(self._pieces.get(), _HEARTBEAT)
        except TimeoutError:
            return "<!-- -->\n"

    async def _fill(self, notebook: Notebook) -> None:
        lang = pages.language(self)
        try:
            async for piece in self._rendered(notebook, lang):
                self._pieces.put_nowait(piece)
        except LineFullError:
            count = self.settings["seats"].limit
            self._pieces.put_nowait(pages.failed(lang, i18n.text("apps.full", lang, count=count)))
        except Exception:
            self.log.exception("The page %s could not be opened", notebook.path)
            key = "apps.failed_cell" if self.kernel_id else "apps.failed_kernel"
            self._pieces.put_nowait(pages.failed(lang, i18n.text(key, lang, log=self.settings["log_file"])))
        finally:
            self._pieces.put_nowait(None)

    async def _rendered(self, notebook: Notebook, lang: str) -> AsyncIterator[str]:
        renderer = AppRenderer(
            notebook=notebook,
            lang=lang,
            log_file=self.settings["log_file"],
            request_handler=self,
            voila_configuration=self.settings["voila_configuration"],
            traitlet_config=self.settings["traitlet_config"],
            notebook_path=str(notebook.path),
            template_paths=[str(TEMPLATES)],
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            page_config=self.settings["page_config"],
        )
        await renderer.initialize()
        renderer.resources["workbench"] = self._frame(notebook, lang)
        renderer.settle = settle(self._environment(), str(notebook.path.parent))
        try:
            async for piece, _ in renderer.generate_content_generator(kernel_future=self._start()):
                yield piece
        finally:
            renderer.hang_up()

    async def _start(self) -> Any:
        """Start this visitor's kernel, or wait for a seat; the frame of the page is on its way by now."""
        provider, user, opens = self.identity_provider, self.current_user, self.opens
        walls = level(opens.role, opens.advertisers is not None)
        guest = Guest(provider.whose(user), lambda: provider.opens(user) is not None, walls)
        self.kernel_id = await self.settings["seats"].enter(self._place, guest)
        if self.kernel_manager.errands:
            self.kernel_manager.errands.knows(self.kernel_id, self._environment())
        return self.kernel_id, self.kernel_manager.get_kernel(self.kernel_id)

    def _place(self, place: int) -> None:
        """Say where in the line the visitor is."""
        self._pieces.put_nowait(f'<script nonce="{self._nonce}">workbenchWait({place})</script>\n')

    def _environment(self) -> dict[str, str]:
        address, opens = self.settings["address"], self.opens
        limit = {} if opens.advertisers is None else {settings.ADVERTISERS: json.dumps(opens.advertisers)}
        return {
            **limit,
            "WORKBENCH_WORKSPACE": str(self.settings["workspace"]),
            "WORKBENCH_PUBLIC_URL": address.public_url,
            published.FOLDER: str(published.folder(self.settings["workspace"])),
            **self._name(),
            settings.ROLE: opens.role,
            "WORKBENCH_LEAVE": f"{self.base_url}logout" if self.identity_provider.can_leave else "",
            "WORKBENCH_PAGES": json.dumps(self._pages_of_the_app(), ensure_ascii=False),
            "SERVER_SOFTWARE": _VOILA,
            "SERVER_NAME": self.request.host_name,
            "SERVER_PORT": str(address.port),
            "SCRIPT_NAME": self.request.path,
            "QUERY_STRING": self.request.query,
        }

    def _name(self) -> dict[str, str]:
        """The variable that says who acts: a proven name as a user's own, else as what a visitor says."""
        named = self.identity_provider.named(self.current_user)
        return {"WORKBENCH_USER": named} if named else {saved.VISITOR: self._visitor()}

    def _visitor(self) -> str:
        """The name that this visitor says to have; on a server for this machine alone, its user until then.

        A claim: the token is one for all. The audit log therefore never takes it for who acts.
        """
        try:
            return saved.person(unquote(self.get_cookie(saved.NAME, "") or ""))
        except saved.Refused:
            return "" if self.settings["address"].public_url else settings.user()

    def _pages_of_the_app(self) -> list[dict[str, str]]:
        """Every app, for the navigation."""
        return [
            {"id": item.name, "href": self.base_url + quote(item.name), "group": item.group}
            | {lang: item.title(lang) for lang in i18n.LANGUAGES}
            | {f"about_{lang}": item.about(lang) for lang in i18n.LANGUAGES}
            for item in apps_for(self.opens, self.settings["workspace"])
        ]

    def _frame(self, notebook: Notebook, lang: str) -> dict[str, Any]:
        library = self.settings["library"]
        steps = [i18n.text(f"apps.step_{step}", lang) for step in ("start", "data", "draw")]
        return {
            **pages.frame(self, notebook.title(lang)),
            "steps": steps,
            "shape": pages.shape(notebook.name),
            "needs_script": i18n.text("apps.needs_script", lang),
            "early": pages.text("early.js"),
            "nonce": self._nonce,
            "script": pages.frame_script(lang, self.base_url),
            "vega": library.url(self.base_url, "workbench/vega.js"),
            "panel": library.url(self.base_url, "workbench/panel.js"),
            "own": notebook.own,
            "front_end": library.url(self.base_url, "voila/voila.js"),
        }


class AppRenderer(NotebookRenderer):  # type: ignore[misc]
    """Voila's renderer for one of our notebooks: our file, our kernel, our words on failure."""

    def __init__(self, notebook: Notebook, lang: str, log_file: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source, self.lang, self.log_file = notebook, lang, log_file
        self.settle = ""

    async def initialize(self, **kwargs: Any) -> None:
        """Prepare the page; prose is plain Markdown, without a look into any folder."""
        from nbconvert.filters import markdown2html

        await super().initialize(**kwargs)
        self.exporter.register_filter("prose", markdown2html)

    def hang_up(self) -> None:
        """Close the sockets to the kernel, however far the page has come."""
        client = getattr(getattr(self, "executor", None), "kc", None)
        if client is not None:
            client.stop_channels()

    async def load_notebook(self, path: str) -> Any:  # noqa: ARG002
        """The notebook, to be run by this interpreter whatever kernel it names."""
        node = notebooks.read(self.source.path)
        node.metadata.kernelspec = {"name": KERNEL, "language": "python", "display_name": "Python 3"}
        return node

    async def _jinja_kernel_start(self, nb: Any, kernel_id: Any, kernel_future: Any) -> str:
        kernel_id, kernel = await kernel_future
        self.executor = VoilaExecutor(nb, km=kernel, config=self.traitlet_config)
        self.executor.kc = await listening(kernel)
        await run(self.executor.kc, self.settle)
        self.kernel_started = True
        return str(kernel_id)

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:  # noqa: ARG002
        for number, cell in enumerate(nb.cells):
            cell.metadata.pop("workbench_failed", None)
            if what := await self._run(cell, number):
                cell.metadata["workbench_failed"] = pages.failed(self.lang, what)
                yield cell
                break
            yield cell
        await self._cleanup_resources()

    async def _run(self, cell: Any, number: int) -> str:
        """Run one cell; a sentence when it failed, with the traceback in the log only."""
        if cell.cell_type == "code":
            cell.outputs = []
        try:
            await self.executor.async_execute_cell(cell, number, store_history=False)
        except CellExecutionError as error:
            self.log.error("Cell %s of %s failed:\n%s", number + 1, self.source.path, error.traceback)
            own = own_words(error.ename, error.evalue)
            return own or i18n.text("apps.failed_cell", self.lang, log=self.log_file)
        return ""
