"""Behind walls, in a real browser: reports made again, lists through the gate, folders gone with kernels."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import live
import psutil
import pytest
import tiny_notebooks
from app_client import Client
from playwright.sync_api import expect
from walled import needs_landlock

from workbench import privacy, settings
from workbench.apps import passes
from workbench.privacy import audit
from workbench.reports import notebooks
from workbench.reports.kernels import short_root

pytestmark = [pytest.mark.browser, needs_landlock]
SHOWN = "document.body?.classList.contains('wb-shown')"
KERNEL = "document.body.dataset.kernelId"
SECONDS = 180
"""How long a busy machine may take for a report, a plan, or what the server does every few seconds."""
LONG = SECONDS * 1000


@pytest.fixture(scope="module")
def confined(demo_store, tmp_path_factory):
    """A server whose kernels write no tables, on a copy of the demo world with a report of its own."""
    root = tmp_path_factory.mktemp("confined")
    folder = root / "ws"
    shutil.copytree(demo_store.path, folder)
    tiny_notebooks.write(folder / "notebooks" / "tiny.ipynb", "print('made', 6 * 7)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(root / "home"))
        patch.setenv("WORKBENCH_REPORTS", str(root / "reports"))
        patch.setenv("WORKBENCH_CONFINE", "on")
        patch.setenv("WORKBENCH_UPLOADS", "off")
        command = [sys.executable, "-m", "workbench", "report", "tiny", "-w", str(folder)]
        subprocess.run([*command, "--out", str(root / "reports")], check=True, capture_output=True)
        with live.running_app("-w", str(folder)) as app:
            yield app, folder


def shown(watched, app, path, **query):
    """A page of the app, once it is shown."""
    watched.page.goto(app.link(path, **query))
    watched.page.wait_for_function(SHOWN)
    return watched.page


def lines(folder):
    """The audit log, as it is now."""
    text = (folder / audit.LOG).read_text("utf-8") if (folder / audit.LOG).exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def taken(page, act):
    """What the browser saves when this is done."""
    with page.expect_download() as saving:
        act()
    return Path(saving.value.path()).read_bytes()


def test_a_report_is_made_again_by_the_server(confined, guarded_page):
    app, _ = confined
    watched = guarded_page()
    page = shown(watched, app, "/reports", lang="en")
    rows = page.locator("[data-id^='run-tiny/']")
    expect(rows).to_have_count(1, timeout=LONG)
    rows.locator("[data-act=again]").click()
    expect(page.locator("[data-region=notice]")).to_contain_text("tiny", timeout=LONG)
    expect(rows).to_have_count(2, timeout=LONG)
    with page.expect_popup() as opened:
        rows.first.get_by_role("link", name="Open").click()
    expect(opened.value.locator("body")).to_contain_text("made 42", timeout=LONG)
    watched.assert_clean()


def test_names_leave_a_confined_page_by_the_gate_and_the_log_has_its_lines(confined, guarded_page):
    app, folder = confined
    watched = guarded_page()
    page = shown(watched, app, "/contacts", lang="en")
    whose = page.locator("select[data-act=whose]")
    expect(whose).to_be_visible(timeout=LONG)
    whose.select_option(index=1)
    before = len(lines(folder))
    page.locator("form[data-act=unmask] input").fill("weekly calls")
    page.locator("form[data-act=unmask] button").click()
    csv_button = page.locator("[data-region=list] [data-act=download][data-key=csv]")
    expect(csv_button).to_be_visible(timeout=LONG)
    content = taken(page, csv_button.click).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert len(rows) > 1
    said = lines(folder)[before:]
    opened = [line for line in said if line["what"] == "work_list_opened"]
    assert {line["why"] for line in opened} == {"weekly calls"}
    assert sum(line["counts"]["released"] for line in opened) >= len(rows) - 1
    left = [line for line in said if line["what"] == "export"]
    assert [line["table"] for line in left] == ["contacts-csv"]
    assert privacy.audit.verify(folder).is_whole
    watched.assert_clean()


@pytest.mark.soak
def test_tables_pictures_and_pages_are_downloaded_behind_walls(confined, guarded_page):
    app, folder = confined
    watched = guarded_page()
    page = shown(watched, app, "/campaigns", lang="en")
    before, files = len(lines(folder)), {}
    for key in ("kpis.csv", "kpis.xlsx", "report.html"):
        page.locator("[data-region=title] summary").filter(has_text="Download").click()
        files[key] = taken(page, page.locator(f"[data-act=download][data-key='{key}']").first.click)
    assert files["kpis.csv"].startswith(b"\xef\xbb\xbf")
    assert files["kpis.xlsx"].startswith(b"PK")
    assert b"</html>" in files["report.html"]
    assert [line["table"] for line in lines(folder)[before:]] == [f"campaigns-{key}" for key in files]
    watched.assert_clean()


def kernel_folder(kernel: str) -> Path:
    """The folder that a kernel has for its own."""
    roots = Path(short_root() or tempfile.gettempdir())
    return next(roots.glob(f"wb-*/{kernel.replace('-', '')[:12]}"))


def process_of(app, folder: Path) -> psutil.Process:
    """The process whose sockets lie in a folder; the server, too, listens there, for errands."""
    for process in psutil.Process(app.pid).children(recursive=True):
        sockets = process.net_connections(kind="unix")
        if any(Path(str(one.laddr)).parent == folder for one in sockets):
            return process
    raise AssertionError(f"nobody listens in {folder}")


def gone(folder: Path) -> bool:
    """Whether a folder goes, waited for."""
    until = time.monotonic() + SECONDS
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.1)
    return not folder.exists()


@pytest.mark.soak
@pytest.mark.parametrize("how", ["closed", "killed", "ended"])
def test_a_kernels_folder_goes_with_it(confined, guarded_page, how):
    app, _ = confined
    member, given = guarded_page().page, passes.issue(app.token, "viewer", days=1)
    member.goto(f"{app.url}/reports?token={given}")
    member.wait_for_function(SHOWN)
    folder = kernel_folder(member.evaluate(KERNEL))
    process = process_of(app, folder)
    assert (folder / "kernel.json").is_file()
    if how == "closed":
        member.goto("about:blank")
    elif how == "killed":
        process.kill()
    else:
        passes.end(app.token, given)
    assert gone(folder)
    psutil.wait_procs([process], timeout=SECONDS)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert Client(app).login().get("/nowhere").status == 404, "the server goes on"


AWAITED = "!document.querySelector('[data-await]')"


@pytest.mark.soak
@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_every_app_works_behind_the_walls_of_each_role(confined, guarded_page, role):
    app, folder = confined
    given = passes.issue(app.token, role, days=1)
    names = [item.name for item in notebooks.apps(folder)]
    assert len(names) > 10
    for name in names:
        watched = guarded_page()
        watched.page.goto(f"{app.url}/{name}?token={given}&lang=en")
        watched.page.wait_for_function(SHOWN)
        watched.page.wait_for_function(AWAITED, timeout=LONG)
        assert watched.page.locator(".wb-broken, .wb-failed").count() == 0, name
        watched.assert_clean()
        watched.context.close()
    log = (settings.home() / "state" / "app.log").read_text("utf-8")
    assert "PermissionError" not in log
    assert "A panel failed" not in log
