"""The running app and a watched browser page: for tests, pictures and benchmarks."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

LOCAL = ("127.0.0.1", "localhost", "::1")
LINK = re.compile(r"http://(?:127\.0\.0\.1|localhost):\d+\S*[?&]token=[\w-]+|(?<=Open:  )http://\S+")
"""A printed link with its token; without one where links open nothing."""


@dataclass(frozen=True)
class App:
    """A running app server: the address without a trailing slash, its token and its log."""

    url: str
    token: str
    log: Path
    pid: int

    def link(self, path: str = "", **query: str) -> str:
        """Address of a page with the token, for example `link("/campaigns", lang="zh")`."""
        pairs = "&".join(f"{name}={value}" for name, value in {**query, "token": self.token}.items())
        return f"{self.url}/{path.lstrip('/')}?{pairs}"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(*arguments: str, seconds: float = 180) -> Iterator[App]:
    """Run `workbench app` on a free port until the block ends; its kernels end with it.

    Raises:
        RuntimeError: with the end of the log, when no page answers in time.
    """
    command = [str(Path(sys.executable).with_name("workbench")), "app", "--port", str(free_port())]
    with running([*command, *arguments], seconds=seconds) as app:
        yield app


@contextmanager
def running(command: list[str], seconds: float = 180, **options: Any) -> Iterator[App]:
    """Run a command that serves the apps and prints their link, until the block ends.

    Args:
        command: The command.
        seconds: How long it may take until a page answers.
        options: Further options of `subprocess.Popen`: `cwd`, `env`.
    """
    driven = {"WORKBENCH_DRIVEN": "1"}  # a page evaluates what a test waits for; empty: as for people
    options["env"] = {**driven, **os.environ, **options.get("env", {}), "PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "app.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options
            )
        try:
            yield _started(process, log, seconds)
        finally:
            _stop(process)


def _started(process: subprocess.Popen[bytes], log: Path, seconds: float) -> App:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        link = next(iter(LINK.findall(log.read_text(encoding="utf-8", errors="replace"))), "")
        if link and _answers(link):
            parts = urlsplit(link)
            token = parse_qs(parts.query).get("token", [""])[0]
            return App(f"{parts.scheme}://{parts.netloc}", token, log, process.pid)
        time.sleep(0.1)
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"`workbench app` did not come up within {seconds:.0f} s:\n{tail}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, as Ctrl-C does; then end whatever of it is left, kernels included."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        server = psutil.Process(process.pid)
        family = [server, *server.children(recursive=True)]
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(psutil.NoSuchProcess):
                server.send_signal(number)
            _, family = psutil.wait_procs(family, timeout=10)
            if not family:
                break
        for left in family:
            with suppress(psutil.NoSuchProcess):
                left.kill()
    process.wait()


@dataclass
class Watched:
    """A page and everything that went wrong on it.

    Attributes:
        page: The Playwright page.
        context: Its browser context.
        foreign: Addresses of other hosts that it asked for (none of them is ever reached).
        failed: `status or reason address` of requests to this machine that failed.
        console: Console messages of level error.
        errors: Uncaught exceptions of scripts.
        requests: Every address asked for, in order.
    """

    page: Page
    context: BrowserContext
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        """Fail when a request failed or left this machine, or a script complained."""
        found = {name: getattr(self, name) for name in ("foreign", "failed", "console", "errors")}
        assert not any(found.values()), found


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed browser, without a window, that can reach nothing but this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser.find(), args=browser.launch_arguments())
        yield launched
        launched.close()


def watched_page(
    launched: Browser, width: int = 1280, height: int = 900, theme: str = "light", **options: Any
) -> Watched:
    """Open an empty page in a context of its own and record what goes wrong on it.

    Args:
        launched: From `chromium()`.
        width: Of the viewport, CSS pixels.
        height: Of the viewport, CSS pixels.
        theme: `light` or `dark`: what the device prefers.
        options: Further options of Playwright's `new_context`, for example `offline=True`.
    """
    context = launched.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        **options,
    )
    watched = Watched(context.new_page(), context)
    _record(watched)
    return watched


def _record(watched: Watched) -> None:
    def asked(url: str) -> None:
        watched.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            watched.foreign.append(url)

    def ended_badly(request: Request) -> None:
        # A page that is left takes its unfinished requests with it; that is no fault.
        if request.failure != "net::ERR_ABORTED":
            watched.failed.append(f"{request.failure} {request.url}")

    page = watched.page
    watched.context.on("request", lambda request: asked(request.url))
    watched.context.on("requestfailed", ended_badly)
    watched.context.on(
        "response",
        lambda answer: answer.status >= 400 and watched.failed.append(f"{answer.status} {answer.url}"),
    )
    page.on("websocket", lambda socket: asked(socket.url))
    page.on("console", lambda said: said.type == "error" and watched.console.append(said.text))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
