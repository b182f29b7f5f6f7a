"""Kernels of visitors: one each, at most so many at once, and one warm spare for whoever comes next."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

from jupyter_client.session import Session
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from workbench.reports.kernels import KERNEL, environment

OPENING_SECONDS = 60
"""How long a page may take until it holds its kernel's connection."""
_WARM = """
import importlib
for name in ("pandas", "duckdb", "workbench.widgets", "workbench.widgets.live", "workbench.findings",
             "workbench.store.store", "workbench.metrics.kpis", "workbench.charts"):
    importlib.import_module(name)
"""
"""What every app page imports; a spare has it behind it before the visitor comes."""


class VisitorKernels(AsyncMappingKernelManager):  # type: ignore[misc]
    """Kernels of which idle ones are ended, except those kept ready for the next visitor."""

    spare: set[str] = set()  # noqa: RUF012  (one server a process)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that nobody has used for long."""
        if kernel_id not in self.spare:
            await super().cull_kernel_if_idle(kernel_id)


class Seats:
    """Gives each visitor a kernel, and takes kernels back that no page holds any more.

    Args:
        kernels: The server's kernels.
        limit: Visitors at once.
    """

    def __init__(self, kernels: Any, limit: int) -> None:
        self._kernels, self.limit = kernels, limit
        self._preparing: asyncio.Future[str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def free(self) -> bool:
        """Whether one more visitor may come; kernels without a page make room."""
        for model in list(self._kernels.list_kernels()):
            if self._taken() < self.limit:
                break
            left = not model["connections"] and _age(model["last_activity"]) > OPENING_SECONDS
            if left and model["id"] not in self._kernels.spare:
                await self.leave(model["id"])
        return self._taken() < self.limit

    async def take(self) -> str:
        """A kernel for a visitor: the spare one, or a new one; a new spare is prepared behind it."""
        kernel_id = await self._spare()
        self._kernels.spare.discard(kernel_id)
        self.prepare(after=OPENING_SECONDS / 10)
        return kernel_id

    async def leave(self, kernel_id: str) -> None:
        """Stop a visitor's kernel, if it is still there."""
        if kernel_id in self._kernels:
            await self._kernels.shutdown_kernel(kernel_id, now=True)

    def prepare(self, after: float = 0) -> None:
        """Make a spare kernel, so that the machine serves the page at hand first."""
        task = asyncio.ensure_future(self._prepare(after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _taken(self) -> int:
        return len(self._kernels) - len(self._kernels.spare)

    async def _spare(self) -> str:
        if self._preparing and not self._preparing.done():
            return await self._claim()
        for kernel_id in list(self._kernels.spare):
            if kernel_id in self._kernels:
                return str(kernel_id)
            self._kernels.spare.discard(kernel_id)
        return await self._start()

    async def _claim(self) -> str:
        """The spare that is just starting; only the first who asks gets it."""
        preparing, self._preparing = self._preparing, None
        assert preparing is not None
        return await preparing

    async def _start(self) -> str:
        return str(await self._kernels.start_kernel(kernel_name=KERNEL, env=environment()))

    async def _prepare(self, after: float) -> None:
        await asyncio.sleep(after)
        if self._kernels.spare or self._preparing:
            return
        preparing = self._preparing = asyncio.ensure_future(self._start())
        kernel_id = await preparing
        if self._preparing is preparing:
            self._preparing = None
            self._kernels.spare.add(kernel_id)
        await _warm(self._kernels.get_kernel(kernel_id))


def settle(environ: Mapping[str, str], folder: str) -> str:
    """Code that gives a kernel one visitor's environment and folder."""
    return f"import os\nos.environ.update({dict(environ)!r})\nos.chdir({folder!r})\ndel os"


async def run(client: Any, code: str) -> None:
    """Run code in a kernel, unseen, and wait until it has run."""
    asked = client.execute(code, silent=True, store_history=False)
    while (await client.get_shell_msg(timeout=OPENING_SECONDS))["parent_header"].get("msg_id") != asked:
        continue


async def _warm(kernel: Any) -> None:
    """Let a kernel import what a page needs.

    Under a session of its own: two clients of one session have one identity, and replies get lost.
    """
    session = Session(key=kernel.session.key, signature_scheme=kernel.session.signature_scheme)
    client = kernel.client(session=session)
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=OPENING_SECONDS)
        await run(client, _WARM)
    finally:
        client.stop_channels()


def _age(instant: str) -> float:
    """Seconds since an instant as Jupyter writes it."""
    return (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(instant)).total_seconds()
