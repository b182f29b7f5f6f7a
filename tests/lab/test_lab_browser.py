"""JupyterLab in a real browser: its first layout, a card, a panel that is alive, a question as a cell."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import live
import pytest
from browser_fixtures import PATIENCE
from playwright.sync_api import expect

from workbench.apps import address


@pytest.fixture(scope="module")
def jupyterlab(demo_store, tmp_path_factory):
    """`workbench lab` on the demo, from a folder that is no project, with a home of its own."""
    home, port = tmp_path_factory.mktemp("lab-home"), live.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        token = address.token()
    command = [sys.executable, "-m", "workbench", "lab", "-w", str(demo_store.path), "--port", str(port)]
    env = {**os.environ, "WORKBENCH_HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "jupyter")}
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=home, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/api?token={token}")
        yield SimpleNamespace(url=f"{url}/lab?token={token}")
    finally:
        server.terminate()
        server.wait(120)


def wait_for(url: str, seconds: float = 240) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=60).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, url
            time.sleep(0.2)


@pytest.mark.browser
def test_a_card_opens_a_notebook_whose_panel_is_alive(jupyterlab, guarded_page):
    watched = guarded_page(width=1400)
    page = watched.page
    page.goto(jupyterlab.url)
    cards = page.locator(".jp-LauncherCard")
    expect(cards.filter(has_text="Campaigns")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".jp-Launcher-sectionTitle").filter(has_text="Workbench: Ads")).to_be_visible()
    expect(page.locator(".jp-MarkdownViewer h1").first).to_contain_text(
        "First steps for analysts", timeout=PATIENCE
    )
    assert not page.get_by_text("Jupyter news").is_visible()
    top = [cards.filter(has_text=name).first.bounding_box()["y"] for name in ("Campaigns", "Terminal")]
    assert top[0] < top[1]

    cards.filter(has_text="Campaigns").click()
    expect(page.locator(".jp-NotebookPanel .jp-Cell")).to_have_count(3, timeout=PATIENCE)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
    marks = page.locator("figure[data-chart=trend] svg.marks")
    expect(marks).to_be_visible(timeout=PATIENCE)
    before = marks.inner_html()
    page.locator("input[type=range][data-key=days]").press("ArrowRight")
    expect(page.locator(".wb-slider output")).to_contain_text("29", timeout=PATIENCE)
    page.wait_for_function(
        "(before) => document.querySelector('figure[data-chart=trend] svg.marks').innerHTML !== before",
        arg=before,
    )

    page.locator(".jp-MarkdownCell h1").click()
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").fill("any table by sql")
    page.keyboard.press("Enter")
    asked = page.locator(".jp-Cell .cm-content").filter(has_text="FROM performance_hourly")
    expect(asked).to_be_visible(timeout=PATIENCE)
    watched.assert_clean()
