"""The servers of the page benchmark: ours with its login, and the others as their guides start them."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from benchmarks import pages_ours
from benchmarks.measure import CACHE, alone

HERE = Path(__file__).with_name("pages_peers")
FOLDER = CACHE / "pages"
ROWS = FOLDER / "rows.parquet"
START_SECONDS = 90
_PANEL = ("--port={port}", "--address=127.0.0.1", "--allow-websocket-origin=127.0.0.1:{port}", "--warm")
BARS, RANGE = ".noUi-handle", "input[type=range]"
"""What takes the keys: the handle of noUiSlider, or HTML's own."""
_OTHERS = {
    "Streamlit": (
        RANGE,
        "",
        ("streamlit", "run", "streamlit_page.py", "--server.port={port}", "--server.address=127.0.0.1"),
        ("--server.headless=true", "--browser.gatherUsageStats=false"),
    ),
    "Panel, with Vega": (BARS, "panel_page", ("panel", "serve", "panel_page.py"), _PANEL),
    "Panel, with its own Bokeh": (BARS, "bokeh_page", ("panel", "serve", "bokeh_page.py"), _PANEL),
    "Voila as it comes": (
        BARS,
        "",
        ("voila", str(FOLDER / "voila_page.ipynb"), "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"),
        ("--VoilaConfiguration.extension_denylist=@pyviz/jupyterlab_pyviz",),
    ),
}
"""Title → selector of the slider, path of the page, command, further options; `{port}` is filled in."""


@dataclass(frozen=True)
class Server:
    """One page that is served.

    Attributes:
        title: Its name in the results.
        url: Its address.
        slider: Selector of what takes the keys.
        pid: The server's process.
        cookies: Those of a login.
        forks: Whether it gets a process ready for the next visitor after each one.
    """

    title: str
    url: str
    slider: str
    pid: int
    cookies: list[Any] = field(default_factory=list)
    forks: bool = False


def all_of(running: ExitStack, launched: Any, python: str | None) -> list[Server]:
    """Start every server; they end with `running`.

    Args:
        running: Ends them.
        launched: The browser, for the login.
        python: Python of the others' environment; None: they are left out.
    """
    import live

    alone("pages_servers:prepare")
    app = running.enter_context(live.running_app("-w", str(FOLDER / "workspace")))
    found = _ours(app, launched)
    if python:
        found += [running.enter_context(_other(title, python, *how)) for title, how in _OTHERS.items()]
    return found


def prepare() -> dict[str, Any]:
    """Copy the demo world, put our page into it, and give the others its rows as Parquet."""
    import workbench as wb
    from workbench.demo import workspace

    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(workspace(), FOLDER / "workspace")
    store = wb.open(FOLDER / "workspace")
    notebook = _notebook(Path(pages_ours.__file__).read_text("utf-8") + pages_ours.CELL)
    (FOLDER / "workspace" / "notebooks").mkdir(exist_ok=True)
    (FOLDER / "workspace" / "notebooks" / "trend.ipynb").write_text(notebook, encoding="utf-8")
    (FOLDER / "voila_page.ipynb").write_text(_notebook((HERE / "voila_page.py").read_text("utf-8")), "utf-8")
    rows = store.query(
        "SELECT CAST(local_date AS TIMESTAMP) AS date, cost_micros / 1e6 AS cost "
        "FROM performance_hourly WHERE preferred"
    )
    return {"rows": _write(rows)}


def _write(rows: Any) -> int:
    import pyarrow.parquet as pq

    pq.write_table(rows, ROWS)
    return int(rows.num_rows)


def _notebook(code: str) -> str:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    return str(nbformat.writes(new_notebook(cells=[new_code_cell(code)])))


def _ours(app: Any, launched: Any) -> list[Server]:
    """Our pages, and the cookies of one who has logged in."""
    import live

    watched = live.watched_page(launched)
    watched.context.request.get(app.link("nowhere"))
    cookies = watched.context.cookies()
    watched.context.close()
    return [
        Server(title, f"{app.url}/{page}", RANGE, app.pid, cookies, forks=True)
        for page, title in pages_ours.PAGES.items()
    ]


@contextmanager
def _other(
    title: str, python: str, slider: str, page: str, command: tuple[str, ...], options: tuple[str, ...]
) -> Iterator[Server]:
    """One of the others, until the block ends; its kernels end with it."""
    import live
    import psutil

    port = live.free_port()
    words = [word.format(port=port) for word in (*command, *options)]
    environ = {**os.environ, "PYTHONPATH": str(HERE), "BENCH_ROWS": str(ROWS)}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([python, "-m", *words], cwd=HERE, env=environ, **quiet)
    try:
        url = f"http://127.0.0.1:{port}/{page}"
        _wait(url, process)
        yield Server(title, url, slider, process.pid)
    finally:
        family = [psutil.Process(process.pid)] if process.poll() is None else []
        for one in [child for parent in family for child in parent.children(recursive=True)] + family:
            one.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=30).read()
            return
        except (urllib.error.URLError, OSError):
            sleep(0.2)
    raise RuntimeError(f"{url} did not come up: {process.args}")
