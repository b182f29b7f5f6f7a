"""Many visitors at once: how long until each page is complete, and what each one's Python holds in memory.

Each visitor is a browser without pictures: it reads the page to its end, then holds the kernel's connection,
as a page does. `python -m benchmarks.crowd 20` runs it; `--plain` with ordinary kernels.

What is shared: all visitors open the app as the link on Home does, so they ask what the server has asked once
for the present data version before any of them came (`workbench/forks/pages.py`), and find the answers in
memory; their pages are live all the same, and whatever they change is worked out. `--apart` takes that away:
each visitor opens the page for days and a metric of their own, which nobody asked before.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import ROOT
from benchmarks.page import load, spread

sys.path.insert(0, str(ROOT / "scripts"))

import live

_KERNEL = re.compile(r'dataset\.kernelId = "([^"]+)"')
_PLACE = re.compile(r"workbenchWait\(\d")
_CALM_SECONDS = 3
_METRICS = ("cpa", "roas", "ctr", "cost", "conversions")


def crowd(
    visitors: int, seats: int = 20, app: str = "campaigns", kernels: str = "auto", apart: bool = False
) -> dict[str, Any]:
    """Let `visitors` open a page at the same moment; those beyond the seats wait until others leave.

    Args:
        visitors: How many come.
        seats: Pages at once.
        app: The page.
        kernels: The setting `kernels`.
        apart: Whether each one opens a view of their own, which nobody has opened before.

    Returns:
        `complete`: seconds until each page that found a seat was there; `waited`: how many stood in line and
        came in later; `failed`: pages without a panel; `each_mb`: proportional set size of a visitor's
        Python; `all_mb`: of the server and all it started; `cpu`: seconds of work for each visitor, by the
        server and all it started; `left`: processes when all have gone.
    """
    os.environ["WORKBENCH_KERNELS"] = kernels
    with live.running_app("--seats", str(seats)) as server:
        calm(server.pid)
        cookies = [_login(server) for _ in range(visitors)]  # each a visitor of their own
        worked = _worked(server.pid)
        seated = threading.Barrier(min(visitors, seats) + 1)
        with ThreadPoolExecutor(visitors) as pool:
            views = [f"{app}{_own(number) if apart else ''}" for number in range(visitors)]
            opened = zip(views, cookies, strict=True)
            visits = [pool.submit(_visit, server, view, cookie, seated) for view, cookie in opened]
            seated.wait(200)
            time.sleep(_CALM_SECONDS)
            sizes = memory(server.pid)
            seated.wait(200)  # now they leave, and whoever waits comes in
            results = [visit.result() for visit in visits]
        calm(server.pid)
        return {
            "complete": [seconds for seconds, waited, _ in results if not waited],
            "waited": sum(waited for _, waited, _ in results),
            "failed": sum(not whole for *_, whole in results),
            **sizes,
            "cpu": (_worked(server.pid) - worked) / visitors,
            "left": len(family(server.pid)),
        }


def _own(number: int) -> str:
    """The query of a view that only one visitor opens."""
    return f"?period=last_{29 + number}_days&metric={_METRICS[number % len(_METRICS)]}"


def _visit(server: live.App, app: str, cookie: str, seated: threading.Barrier) -> tuple[float, bool, bool]:
    """Open the page, stay until all have been measured, say good-bye."""
    from websockets.sync.client import connect

    start = time.perf_counter()
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
    connection.request("GET", f"/{app}", headers={"Cookie": cookie})
    page = connection.getresponse().read().decode()
    seconds, waited = time.perf_counter() - start, _PLACE.search(page) is not None
    found = _KERNEL.search(page)
    whole = found is not None and "voila.cell-output" in page and 'role="alert"' not in page
    with ExitStack() as stay:
        if found:
            address = f"{server.url.replace('http', 'ws')}/api/kernels/{found[1]}/channels?session_id=s"
            stay.enter_context(connect(address, additional_headers={"Cookie": cookie}, max_size=None))
        if not waited:
            seated.wait(200)
            seated.wait(200)
    if found:
        _leave(server, found[1], cookie)
    return seconds, waited, whole


def _leave(server: live.App, kernel_id: str, cookie: str) -> None:
    """What a page says when it is closed."""
    parts = urlsplit(server.url)
    xsrf = cookie.partition("_xsrf=")[2].partition(";")[0]
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Cookie": cookie, "X-XSRFToken": xsrf}
    connection.request("POST", f"/voila/api/shutdown/{kernel_id}", headers=headers)
    connection.getresponse().read()


def _login(server: live.App) -> str:
    """The cookies of one who has logged in and opened the list of apps."""
    parts = urlsplit(server.url)
    cookies: dict[str, str] = {}
    for path in ("/login", f"/nowhere?token={server.token}"):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        connection.request("GET", path, headers={"Cookie": sent})
        answer = connection.getresponse()
        answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name] = value
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def family(pid: int) -> list[Any]:
    import psutil

    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def memory(pid: int) -> dict[str, float]:
    """Proportional set sizes in MB: of the median kernel, and of everything."""
    sizes = held(pid)
    return {"each_mb": spread(sizes[1:])[0], "all_mb": sum(sizes)}


def held(pid: int) -> list[float]:
    """Proportional set sizes in MB of a server and of all that it started."""
    return [process.memory_full_info().pss / 1e6 for process in family(pid)]


def _worked(pid: int) -> float:
    """Seconds of work of a server, its processes and those that have ended."""
    import psutil

    return sum(psutil.Process(pid).cpu_times()[:4]) + sum(
        sum(process.cpu_times()[:2]) for process in family(pid)[1:]
    )


def calm(pid: int) -> None:
    """Wait until nothing works: a spare kernel is being prepared behind a visitor."""
    busy = True
    while busy:
        before = sum(sum(process.cpu_times()[:2]) for process in family(pid))
        time.sleep(_CALM_SECONDS)
        after = sum(sum(process.cpu_times()[:2]) for process in family(pid))
        busy = not 0 <= after - before < 0.1 * _CALM_SECONDS


if __name__ == "__main__":
    many = int(sys.argv[1])
    print(load())
    kind = "plain" if "--plain" in sys.argv else "auto"
    measured = crowd(many, kernels=kind, apart="--apart" in sys.argv)
    complete = measured.pop("complete")
    print({"first": min(complete), "median": spread(complete)[0], "last": max(complete), **measured})
