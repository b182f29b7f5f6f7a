"""The app server: Voila's kernels and widgets behind our own doors, addresses and pages."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from traitlets.config import Config
from voila.app import Voila
from voila.utils import get_page_config

from workbench import forks, published
from workbench.apps import address, security
from workbench.apps.address import Address
from workbench.apps.confined import Confinement
from workbench.apps.errands import Errands
from workbench.apps.handlers import Leave, Nowhere, Start
from workbench.apps.hub import CALLBACK, Callback, Hub, HubLogin
from workbench.apps.identity import Doors, TokenLogin
from workbench.apps.kernels import GoodBye, Kernel, Talk
from workbench.apps.live import TEMPLATES, AppPage
from workbench.apps.proxy import ProxyLogin
from workbench.apps.reports import ReportFile
from workbench.apps.seats import Seats
from workbench.apps.static import EXTENSIONS, Library, StaticFile
from workbench.apps.visitors import LOG, PageLine, VisitorKernels
from workbench.reports.kernels import OwnKernels, short_root
from workbench.settings import Settings

SEATS = 20
"""Pages open at once unless another number is given; each holds one Python process."""
DOORS: dict[str, type[Doors]] = {"token": TokenLogin, "proxy": ProxyLogin, "hub": HubLogin}
"""Setting `identity` → who says who visits."""
_KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"


@dataclass(frozen=True)
class Plan:
    """What to serve and how.

    Attributes:
        workspace: Folder of the workspace.
        wanted_port: Port on 127.0.0.1; the next free one is taken where it is not free.
        public_url: Address under which others reach the server; empty: local only.
        token: Secret of the links.
        seats: Pages open at once.
        rules: Settings of the workspace.
        hub: The JupyterHub whose service this is; None: no hub's.
        debug: Log to the terminal instead of the log file.
    """

    workspace: Path
    wanted_port: int
    public_url: str
    token: str
    seats: int = SEATS
    rules: Settings = field(default_factory=Settings)
    hub: Hub | None = None
    debug: bool = False


class AppServer(Voila):  # type: ignore[misc]
    """Voila without its tree, files, contents, templates by query and open doors."""

    name = "voila"

    def serve(self, plan: Plan, started: Callable[[Address], None]) -> None:
        """Serve until interrupted; `started` is told the address once the port is ours."""
        self.plan, self._started = plan, started
        self.config = _config(plan)
        self.config_file_paths: list[str] = []
        self.token = plan.token
        self.cookie_secret = address.cookie_secret(plan.token)
        self.identity_provider_class = DOORS[plan.rules.identity]
        ProxyLogin.rules = plan.rules
        if plan.hub:
            HubLogin.hub = plan.hub
        self.initialize([])
        self._log_to_file()
        self.start()

    def setup_template_dirs(self) -> None:
        """Only the pages of this package are templates."""
        self.template_paths = [str(TEMPLATES)]
        self.static_paths: list[str] = []

    def start(self) -> None:
        """Take the port, then serve."""
        sockets = address.bind(self.plan.wanted_port, tries=1 if self.plan.hub else address.TRIES)
        self.port = sockets[0].getsockname()[1]
        linked = self.plan.rules.identity == "token"
        self.address = Address(self.port, self.plan.token if linked else "", self.plan.public_url)
        self.base_url = self.address.base_path
        self.connection_dir = tempfile.mkdtemp(prefix="wb-", dir=short_root())
        library = Library()
        routes = [(f"{self.base_url}{CALLBACK}", Callback)] if self.plan.hub else []
        routes += self._handlers(library)
        self.app = security.GuardedApplication(routes, **self._settings(library))
        server = HTTPServer(self.app, xheaders=bool(self.plan.public_url), **security.PATIENCE)
        server.add_sockets(sockets)
        self._run()

    def stop(self) -> None:
        """End every visitor's kernel, and the template they were forked from."""
        self.ioloop.run_sync(self._end_kernels)
        forks.close()
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    async def _end_kernels(self) -> None:
        if self.kernel_manager.errands:
            self.kernel_manager.errands.close()
        await self.kernel_manager.shutdown_all(now=True)

    def _run(self) -> None:
        from tornado.ioloop import IOLoop

        self.ioloop = IOLoop.current()
        self.ioloop.add_callback(self._started, self.address)
        first = partial(self.app.settings["seats"].prepare, walls=self.kernel_manager.confinement.usual)
        self.ioloop.add_callback(first)
        self.ioloop.add_callback(self.app.settings["seats"].watch)
        try:
            with _ended_between_tasks(self.ioloop):
                self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def _settings(self, library: Library) -> dict[str, Any]:
        made = self.init_settings()
        self._confine()
        return {
            **made,
            "allowed_hosts": self.address.hosts,
            "allow_origin": self.address.origin,
            "headers": security.HEADERS,
            "compress_response": True,
            "ws_ping_interval": 30_000,
            "ws_ping_timeout": 90_000,
            "default_handler_class": Nowhere,
            "kernel_websocket_connection_class": PageLine,
            "log_function": lambda _handler: None,
            "xsrf_cookie_kwargs": {"samesite": "Lax"},
            "library": library,
            "seats": Seats(self.kernel_manager, self.plan.seats),
            "address": self.address,
            "workspace": self.plan.workspace,
            "workspace_settings": self.plan.rules,
            "voila_configuration": self.voila_configuration,
            "traitlet_config": self.config,
            "page_config": self._page_config(made, library),
            "log_file": address.state_folder() / "app.log",
        }

    def _confine(self) -> None:
        """Let kernels be walled in, or say once in the log why they are not."""
        found = Confinement(self.plan.workspace, self.plan.rules, self.plan.public_url)
        found.prepare()
        if found.why_not:
            forks.LOG.warning("Kernels are not confined: %s.", found.why_not)
        else:
            self.kernel_manager.errands = Errands(self.plan.workspace)
        self.kernel_manager.confinement = found
        if self.plan.rules.kernels == "auto" and self.plan.rules.engine == "duckdb":
            self.kernel_manager.workspace = self.plan.workspace

    def _page_config(self, made: dict[str, Any], library: Library) -> dict[str, Any]:
        config = get_page_config(self.base_url, made, self.log, self.voila_configuration)
        return {
            **config,
            "baseUrl": self.base_url,
            "fullStaticUrl": library.url(self.base_url, "voila"),
            "fullLabextensionsUrl": library.url(self.base_url, "lab"),
            "jupyterLabTheme": "light",
        }

    def _handlers(self, library: Library) -> list[Any]:
        base = self.base_url
        reports = published.folder(self.plan.workspace)
        return [
            (base, Start),
            (f"{base}static/([0-9a-f]+)/(.+)", StaticFile, {"library": library}),
            (f"{base}login", security.Login),
            (f"{base}logout", Leave),
            (f"{base}api/kernels/{_KERNEL}", Kernel),
            (f"{base}api/kernels/{_KERNEL}/channels", Talk),
            (f"{base}voila/api/shutdown/(.*)", GoodBye),
            (f"{base}reports/([^/]+)/([^/]+)/((?:tables/)?[^/]+)", ReportFile, {"root": reports}),
            (f"{base}([^/]+)", AppPage),
        ]

    def _log_to_file(self) -> None:
        """Keep the terminal for the link; what went wrong is in the log file."""
        if self.plan.debug:
            return
        file = RotatingFileHandler(address.state_folder() / "app.log", maxBytes=2_000_000, backupCount=1)
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        for name in (
            self.log.name,
            LOG.name,
            "tornado",
            "asyncio",
            "traitlets",
            "jupyter_client",
            forks.LOG.name,
        ):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [file], False
            logger.setLevel(logging.WARNING)
        logging.getLogger("tornado.general").setLevel(logging.ERROR)


def _config(plan: Plan) -> Config:
    return Config(
        {
            "Voila": {"log_level": logging.INFO if plan.debug else logging.WARNING, "open_browser": False},
            "VoilaConfiguration": {
                "template": "workbench",
                "resources": {},
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "show_tracebacks": False,
                "extension_allowlist": list(EXTENSIONS),
                "extension_denylist": [],
                "kernel_spec_manager_class": OwnKernels,
                "multi_kernel_manager_class": VisitorKernels,
            },
            "MappingKernelManager": {
                "root_dir": str(plan.workspace),
            },
            "OwnKernels": {"forked": plan.rules.kernels == "auto", "confined": True},
            "KernelManager": {"transport": "ipc" if os.name == "posix" else "tcp", "autorestart": False},
            "LargeFileManager": {"root_dir": str(plan.workspace)},
            "Doors": {"cookie_options": {"samesite": "Lax", "httponly": True}},
        }
    )


@contextmanager
def _ended_between_tasks(loop: Any) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop the loop, never a task in its middle, which would keep it for later."""
    numbers: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.asyncio_loop.add_signal_handler(number, loop.stop)
    except (NotImplementedError, ValueError, RuntimeError):  # Windows, or not the main thread
        numbers = ()
    try:
        yield
    finally:
        for number in numbers:
            loop.asyncio_loop.remove_signal_handler(number)
