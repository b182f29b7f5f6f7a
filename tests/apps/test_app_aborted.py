"""Who leaves while a page opens leaves nothing behind in the server."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import time
from queue import Empty
from urllib.parse import urlsplit

import live
import psutil
import pytest
import tiny_notebooks
from app_client import Client

from workbench.apps import visitors

LEFT = 8


class Line:
    """A client of a kernel that never answers."""

    def __init__(self, silent: bool) -> None:
        self.open, self._silent = 0, silent

    def start_channels(self) -> None:
        self.open += 1

    def stop_channels(self) -> None:
        self.open -= 1

    def kernel_info(self) -> str:
        return "asked"

    async def get_shell_msg(self, timeout: float) -> dict:
        if self._silent:
            await asyncio.Event().wait()
        raise Empty


class Kernel:
    """Its manager, which says that it has died."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def client(self) -> Line:
        return self._line

    async def is_alive(self) -> bool:
        return False


def test_a_visitor_who_leaves_while_the_kernel_starts_closes_the_line():
    line = Line(silent=True)

    async def leave() -> None:
        asking = asyncio.ensure_future(visitors.listening(Kernel(line)))
        await asyncio.sleep(0)
        assert line.open == 1
        asking.cancel()
        await asyncio.wait({asking})

    asyncio.run(leave())
    assert line.open == 0


def test_a_kernel_that_dies_closes_the_line():
    line = Line(silent=False)
    with pytest.raises(RuntimeError, match="does not answer"):
        asyncio.run(visitors.listening(Kernel(line)))
    assert line.open == 0


def settled(server: psutil.Process, most: int, seconds: float = 120) -> int:
    """Open files of a server, when they are few again or the time is over."""
    until = time.monotonic() + seconds
    while (found := server.num_fds()) > most and time.monotonic() < until:
        time.sleep(0.2)
    return found


def test_pages_that_are_left_while_their_cells_run_leave_no_socket(tmp_path, private_home):
    folder = tiny_notebooks.workspace(tmp_path / "ws", slow="import time; time.sleep(300)", plain="1")
    with live.running_app("-w", str(folder)) as app:
        member, parts = Client(app).login(), urlsplit(app.url)
        assert member.get("/plain").status == 200  # what the first page of all opens, stays
        server = psutil.Process(app.pid)
        cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
        before = server.num_fds()
        for _ in range(LEFT):
            line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
            line.request("GET", "/slow", headers={"Cookie": cookie})
            page = line.getresponse()
            said = b""
            while b"dataset.kernelId = " not in said:
                piece = page.read1(4096)
                assert piece, said
                said += piece
            with contextlib.suppress(OSError):
                line.sock.shutdown(2)
            page.close()
            line.close()
        # a kernel kept ready meanwhile has some of its own; a page that stayed would have eight
        most = before + 2 * LEFT
        assert settled(server, most) <= most
