"""Kernels of visitors: started, made a visitor's own, asked what they are doing."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from workbench import forks
from workbench.apps.confined import Confinement
from workbench.apps.errands import Errands
from workbench.reports.kernels import KERNEL, environment

_ANSWER_SECONDS = 60
_HEARD_SECONDS = 0.5
"""Silence after which a kernel is asked again: what it said may have come before anybody listened."""
_KNOWING_SECONDS, _LOOK_SECONDS = 30.0, 0.2
"""How long a spare kernel waits for answers, and how often it looks."""
_STEERING = ("pointer.json", "workbench.toml", "metrics/*.toml", "profiles/*.toml")
"""Files of a workspace that decide what its pages say, beside what their pointer names."""
_WARM = """
import importlib
for name in ("pandas", "duckdb", "workbench.widgets", "workbench.widgets.live", "workbench.findings",
             "workbench.store.store", "workbench.metrics.kpis", "workbench.charts"):
    importlib.import_module(name)
"""
"""What every app page imports; a spare has it behind it before the visitor comes."""


class VisitorKernels(AsyncMappingKernelManager):  # type: ignore[misc]
    """The kernels of visitors, and those kept ready for the next ones; `Seats` decides when they end."""

    spare: dict[str, str] = {}  # noqa: RUF012  (one server a process)
    """Kernels that nobody has yet → whose walls they have."""
    confinement: Confinement | None = None
    errands: Errands | None = None
    workspace: Path | None = None
    """The workspace whose first pages are asked for all kernels; None: each page asks for itself."""
    _known = ""

    def __init__(self, **kwargs: Any) -> None:
        """Voila's few messages, and the one that stops what a visitor does not want to wait for."""
        allowed = [*kwargs.pop("allowed_message_types", ()), "interrupt_request"]
        super().__init__(**kwargs, allowed_message_types=allowed)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Leave that to the seats, which know who waits."""

    async def start(self, whose: str = "steward") -> str:
        """Start a kernel in a folder of its own, behind walls where there are any.

        Args:
            whose: Walls for a viewer, a planner or a steward.

        Returns:
            Its id.
        """
        kernel_id = self.new_kernel_id()
        own = self.folder(kernel_id)
        own.mkdir(mode=0o700)
        places = self.confinement.environment(own, whose) if self.confinement else {}
        if self.errands:
            places |= await self.errands.open(kernel_id, own)
        env = {**environment(), **places}
        return str(await self.start_kernel(kernel_name=KERNEL, kernel_id=kernel_id, env=env))

    @property
    def behind(self) -> bool:
        """Whether kernels know the first pages of an older state of the workspace, or not yet any."""
        return self.workspace is not None and state(self.workspace) != self._known

    async def know(self) -> None:
        """Wait until the kernels started from now on know the first pages of the newest data."""
        if self.workspace is None:
            return
        until, now = time.monotonic() + _KNOWING_SECONDS, state(self.workspace)
        while not await asyncio.to_thread(forks.asked, str(self.workspace), now, environment()):
            if time.monotonic() > until:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        self._known = now

    def folder(self, kernel_id: str) -> Path:
        """The folder of a kernel's own: its sockets, their key, and what it puts aside; gone with it."""
        return Path(self.connection_dir) / kernel_id.replace("-", "")[:12]

    def pre_start_kernel(self, kernel_name: str | None, kwargs: Any) -> tuple[Any, str, str]:
        """Put a kernel's connection file into its own folder, and its sockets beside it."""
        manager, name, kernel_id = super().pre_start_kernel(kernel_name, kwargs)
        manager.connection_file = str(self.folder(kernel_id) / "kernel.json")
        return manager, name, kernel_id

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        """End a kernel, and the connections of its pages, which say so."""
        await super().shutdown_kernel(kernel_id, *args, **kwargs)
        PageLine.hang_up(kernel_id)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended; its folder goes with it."""
        if self.errands:
            self.errands.shut(kernel_id)
        shutil.rmtree(self.folder(kernel_id), ignore_errors=True)
        return super().remove_kernel(kernel_id)

    def pages(self, kernel_id: str) -> int:
        """Connections of pages to a kernel."""
        return int(self._kernel_connections.get(kernel_id, 0))

    def busy(self, kernel_id: str) -> bool:
        """Whether a kernel works on something."""
        return getattr(self.get_kernel(kernel_id), "execution_state", "") == "busy"

    def rests(self, kernel_id: str) -> float:
        """Seconds since a kernel was last asked for something; 0 while it works, or is not there."""
        if kernel_id not in self or self.busy(kernel_id):
            return 0.0
        last = getattr(self.get_kernel(kernel_id), "last_activity", None)
        return (dt.datetime.now(dt.UTC) - last).total_seconds() if last else 0.0


_GONE = 4410
"""What a connection is closed with whose kernel has ended: there is nothing to come back to."""
_UNSAID = ("execute_input", "execute_result", "execute_reply", "error")
"""Messages that carry code, or a traceback with values in it."""


LOG = logging.getLogger("workbench.apps")
_NO_MESSAGE = 1007
_PLACE = re.compile(
    r'^(  File ".*", line \d+.*)$|^(Panel [\w-]+ could not do [\'"]\w*[\'"])|^([A-Za-z_][\w.]*)(?=:|$)', re.M
)
"""A place in a traceback, what a panel was asked to do, or the name of an error, which its words follow."""
_SILENT = logging.getLogger("workbench.apps.line")
"""Jupyter's own remarks about a connection, which repeat what the page has said."""
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class PageLine(ZMQChannelsWebsocketConnection):  # type: ignore[misc]
    """A page's connection to its kernel, open while the cells run: it waits for no answer.

    Jupyter opens a connection when the kernel has answered a question, which a kernel that runs the page's
    cells does only after them. Ours has answered before the page was told its id.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Let Jupyter's remarks go unheard."""
        super().__init__(**kwargs)
        self.log = _SILENT

    @classmethod
    def hang_up(cls, kernel_id: str) -> None:
        """End the connections to a kernel that is gone."""
        for line in [line for line in cls._open_sockets if line.kernel_id == kernel_id]:
            line.websocket_handler.close(_GONE, "The kernel has ended.")

    def request_kernel_info(self) -> asyncio.Future[Any]:
        """Nothing is asked."""
        return _done()

    def nudge(self) -> asyncio.Future[Any]:
        """Nothing is waited for."""
        return _done()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Hand on what a page says; what is no message ends the connection, and is nowhere repeated."""
        try:
            super().handle_incoming_message(incoming_msg)
        except Exception as error:  # noqa: BLE001  (a page may send anything)
            LOG.warning("A page sent what is no message (%s): it is cut off.", type(error).__name__)
            self.websocket_handler.close(_NO_MESSAGE, "Not a message.")

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Let through what a page may know: neither its code nor a traceback, which belongs into the log."""
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1])["msg_type"]
        said = self.session.unpack(parts[4]) if kind == "stream" else {}
        if said.get("name") == "stderr":
            if where := outline(str(said.get("text", ""))):
                LOG.error("A panel failed:\n%s", where)
        elif kind not in _UNSAID:
            super().handle_outgoing_message(stream, outgoing_msg)


def outline(text: str) -> str:
    """Tracebacks of a kernel's log without what may be personal: where, and which error, but not its words.

    Args:
        text: What the kernel has written.

    Returns:
        One line a place and error; empty where there is no traceback.
    """
    if "Traceback (most recent call last)" not in text:
        return ""
    return "\n".join("".join(found) for found in _PLACE.findall(text))


def _done() -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result({})
    return future


def state(workspace: Path) -> str:
    """What tells this state of a workspace from others: age and size of the files that steer it."""
    files = sorted(file for pattern in _STEERING for file in workspace.glob(pattern))
    with suppress(FileNotFoundError):  # one that is just being replaced: the next look finds another state
        found = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        return repr(found)
    return ""


def settle(environ: Mapping[str, str], folder: str) -> str:
    """Code that gives a kernel one visitor's environment and folder."""
    return f"import os\nos.environ.update({dict(environ)!r})\nos.chdir({folder!r})\ndel os"


async def listening(kernel: Any) -> Any:
    """A client of a kernel, as soon as the kernel answers it and is heard.

    Jupyter's own wait ends with 0.2 seconds of silence; this one with the kernel's word that it rests.

    Args:
        kernel: The kernel's manager.

    Raises:
        RuntimeError: for a kernel that does not answer.
    """
    client, until = kernel.client(), time.monotonic() + _ANSWER_SECONDS
    client.start_channels()
    client.allow_stdin = False
    try:
        while not await _heard(client, client.kernel_info()):
            if time.monotonic() > until or not await kernel.is_alive():
                raise RuntimeError("The kernel does not answer.")
    except BaseException:  # the visitor has left: its sockets are not to be left behind
        client.stop_channels()
        raise
    return client


async def _heard(client: Any, asked: str) -> bool:
    """Whether a question was answered and the kernel was heard to rest after it."""
    try:
        while (await client.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
            continue
        while not _rests(await client.get_iopub_msg(timeout=_HEARD_SECONDS), asked):
            continue
    except Empty:
        return False
    return True


def _rests(said: Mapping[str, Any], asked: str) -> bool:
    """Whether a message says that a kernel is done with what was asked."""
    state, about = said["content"].get("execution_state"), said["parent_header"].get("msg_id")
    return bool(state == "idle" and about == asked)


async def run(client: Any, code: str) -> None:
    """Run code in a kernel, unseen, and wait until it has run."""
    asked = client.execute(code, silent=True, store_history=False)
    while (await client.get_shell_msg(timeout=_ANSWER_SECONDS))["parent_header"].get("msg_id") != asked:
        continue


async def warm(kernel: Any) -> None:
    """Let a kernel import what a page needs.

    Under a session of its own: two clients of one session have one identity, and replies get lost.
    """
    session = Session(key=kernel.session.key, signature_scheme=kernel.session.signature_scheme)
    client = kernel.client(session=session)
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=_ANSWER_SECONDS)
        await run(client, _WARM)
    finally:
        client.stop_channels()
