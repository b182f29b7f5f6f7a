"""A report from notebook to published folder: complete or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
import tiny_notebooks

from workbench.errors import ReportError
from workbench.reports import notebooks, publish, run

FAILS = """
from workbench.errors import QuestionError
if x == 2: raise QuestionError("Unknown metric 'cprs'.", "Did you mean 'cpr'?", "question 1")
if x == 3: 1 / 0
if x == 4: import time; time.sleep(60)
if x == 5: import os; os._exit(1)
"""


@pytest.fixture
def workspace(tmp_path):
    return tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO, fails=FAILS)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "reports"


def names(folder: Path) -> set[str]:
    return {item.name for item in folder.iterdir()}


def visible(job: Path) -> set[str]:
    return {name for name in names(job) if not name.startswith(".")} if job.exists() else set()


def test_a_report_is_published_with_page_notebook_and_manifest(workspace, out):
    before = (workspace / "notebooks" / "tiny.ipynb").read_bytes()
    found = run("tiny", {"x": 7, "names": ['q"; raise SystemExit', "信息流"]}, out, workspace, lang="zh")
    assert (found.status, found.error, found.warnings, found.reused) == ("ok", "", (), False)
    assert found.folder.parent == out / "tiny"
    assert names(found.folder) == {"report.html", "report.ipynb", "manifest.json"}
    html = found.html.read_text(encoding="utf-8")
    assert "<b id='bold'>bold 7 zh</b>" in html
    assert "raise SystemExit" in html  # a value, printed
    assert "信息流" in html
    assert "display(HTML" not in html  # code stays in the notebook
    assert (out / "tiny" / "latest").resolve() == found.folder
    assert (workspace / "notebooks" / "tiny.ipynb").read_bytes() == before


def test_the_manifest_says_what_was_run_on_what(workspace, out):
    found = run("tiny", {"x": 7}, out, workspace)
    manifest = json.loads((found.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == found.manifest
    assert manifest["run"] == found.folder.name
    assert (manifest["status"], manifest["job"], manifest["notebook"]) == ("ok", "tiny", "tiny.ipynb")
    assert manifest["parameters"] == {"x": 7, "lang": "en"}
    assert manifest["data_version"] == 0
    assert manifest["workspace"] == str(workspace)
    assert manifest["python"] == ".".join(map(str, sys.version_info[:3]))
    assert manifest["started"] < manifest["finished"]
    assert set(manifest["timings"]) == {"execute", "export"}
    assert {check["name"] for check in manifest["checks"]} == {"size", "external", "charts", "error", "data"}
    assert {"notebook_hash", "settings_hash", "code_version", "lock_hash", "inputs"} <= set(manifest)


def test_data_that_moves_during_the_run_is_said(workspace, out, tmp_path):
    file = tmp_path / "export.csv"
    file.write_text("Date,Campaign,Impressions,Clicks\n2026-03-13,A,100,5\n", encoding="utf-8")
    code = f"import workbench as wb\nwb.data.load(wb.open(), {str(file)!r})"
    tiny_notebooks.write(workspace / "notebooks" / "moves.ipynb", code)
    found = run("moves", out=out, workspace=workspace)
    assert found.status == "ok"
    assert found.warnings[0].startswith("The data moved from version 0 to 1")
    assert found.manifest["data_version"] == 0


def test_the_same_inputs_again_run_nothing_unless_forced(workspace, out):
    first = run("tiny", {"x": 7}, out, workspace)
    again = run("tiny", {"x": 7}, out, workspace)
    assert (again.folder, again.reused) == (first.folder, True)
    forced = run("tiny", {"x": 7}, out, workspace, force=True)
    assert forced.folder.name > first.folder.name
    (workspace / "workbench.toml").write_text('lang = "zh"\n', encoding="utf-8")
    assert not run("tiny", {"x": 7}, out, workspace, lang="en").reused


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (2, "question 1: Unknown metric 'cprs'. Did you mean 'cpr'?"),
        (3, "Cell [3] stopped with ZeroDivisionError: division by zero."),
        (5, "The report's Python process died"),
    ],
)
def test_a_failed_run_keeps_its_notebook_and_says_one_sentence(workspace, out, x, sentence):
    good = run("fails", {"x": 1}, out, workspace)
    found = run("fails", {"x": x}, out, workspace)
    assert (found.status, found.html) == ("failed", None)
    assert found.error.startswith(sentence)
    assert "\n" not in found.error
    assert names(found.folder) == {"report.ipynb", "manifest.json"}
    assert nbformat.read(found.folder / "report.ipynb", as_version=4).cells
    assert found.manifest["status"] == "failed"
    assert (out / "fails" / "latest").resolve() == good.folder
    assert not run("fails", {"x": x}, out, workspace).reused


def test_a_report_that_takes_too_long_is_stopped(workspace, out):
    begun = time.monotonic()
    found = run("fails", {"x": 4}, out, workspace, timeout=3)
    assert found.status == "failed"
    assert "3 seconds" in found.error
    assert time.monotonic() - begun < 40


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"parameters": {"y": 1}}, "Unknown parameter 'y'"),
        ({"parameters": {"x": "1"}}, "'x' takes int"),
        ({"lang": "fr"}, "no language 'fr'"),
        ({"job": "../escape"}, "cannot be called"),
        ({"workspace": "/no/such/folder"}, "no such workspace"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(workspace, out, arguments, sentence):
    with pytest.raises(ReportError, match=sentence):
        run("tiny", **{"out": out, "workspace": workspace, **arguments})
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_said(workspace, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        run("tiny", out=blocked / "reports", workspace=workspace)


def test_reports_of_a_project_go_to_its_own_folder(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert publish.folder(workspace) == workspace / "reports"
    (tmp_path / "reports").mkdir()
    assert publish.folder(workspace) == tmp_path / "reports"
    assert publish.folder(workspace, Path("else")) == tmp_path / "else"


def test_runs_at_the_same_time_do_not_meet(workspace, out):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda x: run("tiny", {"x": x}, out, workspace, force=True), (1, 2)))
    assert [item.status for item in found] == ["ok", "ok"]
    for x, item in zip((1, 2), found, strict=True):
        assert f"bold {x} en" in item.html.read_text(encoding="utf-8")
    newest = max(item.folder.name for item in found)
    assert (out / "tiny" / "latest").resolve().name == newest


def test_the_process_keeps_its_folder_and_its_environment_stays_out(workspace, out, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0")
    monkeypatch.setenv("JPY_SESSION_NAME", "session")
    code = "import os; print('SEEN', os.environ.get('SERVER_SOFTWARE'), os.environ.get('JPY_SESSION_NAME'))"
    tiny_notebooks.write(workspace / "notebooks" / "env.ipynb", code, "print(os.getcwd())")
    here = Path.cwd()
    html = run("env", out=out, workspace=workspace).html.read_text(encoding="utf-8")
    assert "SEEN None None" in html
    assert str(workspace / "notebooks") in html
    assert Path.cwd() == here


def test_a_kill_in_the_middle_leaves_nothing_to_see(workspace, out):
    code = f"from workbench.reports import run; run('fails', {{'x': 4}}, {str(out)!r}, {str(workspace)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    job, until = out / "fails", time.monotonic() + 240
    while time.monotonic() < until and not list(job.glob(".part-*/report.ipynb")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list(job.glob(".part-*"))
    assert visible(job) == set()
    (left,) = job.glob(".part-*")
    os.utime(left, (0, 0))
    found = run("fails", {"x": 1}, out, workspace)
    assert found.status == "ok"
    assert visible(job) == {found.folder.name, "latest"}
    assert not left.exists()


NEVER_BEGAN = ("Address already in use", "Kernel died before replying", "Kernel didn't respond")


PLAIN = [
    pytest.param(name, marks=pytest.mark.soak) if found.is_app and name not in ("budget", "home") else name
    for name, found in sorted(notebooks.packaged().items())
]
"""The cells of an app are also run wherever its page is opened: most of them are left to `make soak`."""


def plain_papermill(source: Path, target: Path, workspace: Path) -> None:
    """Run papermill as anybody would; its words are the message of a failure.

    A plain kernel's ports are found free, let go, and taken again by the kernel. Where another process took
    one in between, the kernel dies before any cell runs: that race is not ours, and only then we try again.
    """
    command = [sys.executable, "-m", "papermill", str(source), str(target), "-p", "workspace", str(workspace)]
    environ = {k: v for k, v in os.environ.items() if k not in ("JPY_SESSION_NAME", "SERVER_SOFTWARE")}
    environ["IPYTHONDIR"] = str(target.parent / "ipython")
    for _ in range(3):
        done = subprocess.run(
            [*command, "--start-timeout", "300"],
            check=False,
            capture_output=True,
            text=True,
            cwd=target.parent,
            env=environ,
        )
        if not any(words in done.stderr for words in NEVER_BEGAN):
            break
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_papermill_runs_the_packaged_notebooks(name, demo_store, tmp_path):
    target = tmp_path / f"{name}.ipynb"
    plain_papermill(notebooks.packaged()[name].path, target, demo_store.path)
    html = [
        output.data["text/html"]
        for cell in nbformat.read(target, as_version=4).cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert any("wb-panel" in fragment for fragment in html)


def test_a_panels_refusal_is_told_in_its_own_words():
    from workbench.reports.execute import sentence

    told = sentence("StateError", "period: Unknown period 'x'. Allowed: today.", 3, "en")
    assert told == "period: Unknown period 'x'. Allowed: today."
    assert sentence("ValueError", "no.", 3, "en").count("..") == 0


def test_the_data_notebook_is_a_report_without_charts_and_warnings(tmp_path):
    from workbench import data
    from workbench.reports import run

    data.open(tmp_path / "ws")
    made = run("data", out=tmp_path / "out", workspace=tmp_path / "ws", lang="zh")
    assert (made.status, made.warnings) == ("ok", ())
    assert "此工作区尚未导入过文件" in made.html.read_text(encoding="utf-8")
