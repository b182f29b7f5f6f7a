"""The commands: what they print, what they leave behind, and their exit codes."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import live
import pytest
import tiny_notebooks
from click.testing import CliRunner

from workbench.cli import main

GOOD = "Date,Campaign,Impressions,Clicks,Cost\n2026-03-13,A,100,5,1.50\n2026-03-14,B,200,8,2.50\n"
MIXED = "Date,Campaign,Impressions,Clicks,Cost\n2026-03-13,A,100,5,1.50\n2026-03-14,B,200,x,2.50\n"
OTHER = "Tag;Kampagne;Views;Klicks\n2026-03-13;A;100;5\n2026-03-14;B;200;8\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A home and a current folder of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("good.csv", GOOD),
        ("mixed.csv", MIXED),
        ("other.csv", OTHER),
        ("bad.csv", "a,b\n1,2\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")


@pytest.fixture
def workspace(tmp_path):
    fails = "from workbench.errors import StoreError\nif x > 1: raise StoreError('No data.', 'Import some.')"
    return str(tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO, fails=fails))


def run(*arguments: str, code: int = 0) -> str:
    """Run a command; everything it says, once it ended with `code`."""
    result = CliRunner().invoke(main, list(arguments), prog_name="workbench")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def every_command():
    """Words of each command; of a group, of each command in it."""
    for name, command in main.commands.items():
        inside = getattr(command, "commands", None)
        yield from ((name, inner) for inner in inside) if inside else [(name,)]


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_teaches_by_examples(words):
    said = run(*words, "--help")
    assert words == ("version",) or f"workbench {' '.join(words)}" in said
    assert "--debug" in said


@pytest.mark.parametrize("words", [[], ["demo"], ["report"], ["report", "history"]], ids=" ".join)
def test_help_is_asked_for_in_two_ways(words):
    assert run(*words, "-h") == run(*words, "--help")


def test_commands_are_listed_in_the_order_of_a_day():
    said = run("--help")
    places = [
        said.index(f"\n  {name} ") for name in ("demo", "import", "review", "report", "app", "lab", "new")
    ]
    assert places == sorted(places)
    assert "Exit codes" in said


def test_version_says_both():
    assert run("version").startswith("workbench 0.")


@pytest.mark.parametrize("arguments", [["nothing"], ["import"], ["report", "-p"], ["demo", "--lang", "fr"]])
def test_a_wrong_option_ends_with_2(arguments):
    assert "Error:" in run(*arguments, code=2)


def test_an_import_prints_its_review_and_what_comes_next(tmp_path):
    said = run("import", "good.csv", "--to", "ws", "--currency", "EUR", "--channel", "search")
    assert "good.csv: 2 rows read, 2 good, 0 set aside" in said
    assert f'workbench app -w "{tmp_path / "ws"}"' in said
    listed = run("review", "-w", "ws")
    assert "good.csv" in listed
    assert "2026-03-13 – 2026-03-14" in listed


def test_an_import_without_a_workspace_goes_to_ones_own(tmp_path):
    run("import", "good.csv")
    assert (tmp_path / "home" / "workspaces" / "my-data" / "workbench.toml").is_file()


def test_a_dry_run_writes_nothing(tmp_path):
    assert "2 good" in run("import", "good.csv", "--dry-run", "--to", "ws")
    assert not (tmp_path / "ws").exists()
    assert not (tmp_path / "home" / "workspaces").exists()


def test_the_exit_code_follows_the_status():
    run("import", "mixed.csv", "--to", "ws")
    run("import", "mixed.csv", "--to", "ws", "--strict", code=1)
    assert "FAIL" in run("import", "bad.csv", "--to", "ws", code=1)
    assert "2 good" in run("import", "good.csv", "bad.csv", "--to", "ws2", code=1)


@pytest.mark.parametrize(("file", "status", "code"), [("good.csv", "REVIEW", 0), ("mixed.csv", "FAIL", 1)])
def test_a_review_that_fails_ends_with_1(file, status, code):
    run("import", file, "--to", "ws")
    assert run("review", "-w", "ws", code=code).startswith(status)


def test_a_review_of_one_import_ends_with_0():
    run("import", "mixed.csv", "--to", "ws")
    listed = run("review", "-w", "ws", code=1)
    run("review", re.search(r"\b[0-9a-f]{8}\b", listed)[0], "-w", "ws")


def test_rows_set_aside_are_shown_and_written(tmp_path):
    run("import", "mixed.csv", "--to", "ws")
    listed = run("review", "-w", "ws", code=1).splitlines()  # half of the rows are set aside
    import_id = next(
        line for line in listed if re.match(r"\s*[0-9a-f]{8} ", line) and "mixed.csv" in line
    ).split()[0]
    said = run("review", import_id, "-w", "ws", "--csv", "aside.csv")
    assert "2026-03-14,B,200,x,2.50" in said
    assert (tmp_path / "aside.csv").read_text(encoding="utf-8-sig").startswith("_line,_reasons,Date,")
    assert "cannot be written" in run("review", import_id, "-w", "ws", "--csv", "no/such/x.csv", code=1)


def test_a_mapping_is_given_pair_by_pair_and_remembered():
    pairs = ["local_date=Tag", "campaign=Kampagne", "impressions=Views", "clicks=Klicks"]
    given = [part for pair in pairs for part in ("--map", pair)]
    assert "2 good" in run("import", "other.csv", "--to", "ws", *given, "--save-mapping")
    Path("next.csv").write_text(OTHER.replace("2026-03", "2026-04"), encoding="utf-8")
    said = run("import", "next.csv", "--to", "ws", "--dry-run")
    assert said.startswith("PASS next.csv: 2 rows read, 2 good")
    assert "guessed" not in said


@pytest.mark.parametrize("pair", ["cost", "=Spend", "cost="])
def test_a_broken_pair_is_a_wrong_option(pair):
    assert "COLUMN=HEADER" in run("import", "good.csv", "--map", pair, code=2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "none.csv"], "There is no file or folder 'none.csv'"),
        (["import", "good.csv", "--source", "gogle_ads"], "Did you mean 'google_ads'"),
        (["review", "zzzz", "-w", "ws"], "No imports have an id"),
        (["review", "-w", "nowhere"], "no such workspace folder"),
        (["report", "tinny", "-w", "ws"], "Did you mean 'tiny'"),
        (["report", "tiny", "-w", "ws", "-p", "y=1"], "Unknown parameter 'y'"),
        (["report", "tiny", "-w", "ws", "-p", "x=one"], "'x' takes int"),
        (["report", "tiny", "-w", "nowhere"], "no such workspace folder"),
        (["new", "nothing", "-w", "ws"], "Unknown notebook"),
        (["app", "-w", "nowhere"], "no such workspace folder"),
        (["app", "-w", "ws", "--port", "99999"], "99999 is no port"),
        (["app", "-w", "ws", "--public-url", "here"], "no web address"),
        (["app", "--data", "none"], "There is no file or folder 'none'"),
        (["app", "--data", "bad.csv"], "Nothing could be imported"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_1(workspace, arguments, sentence):
    said = run(*arguments, code=1)
    assert sentence in said.splitlines()[-1]


def test_nothing_is_made_for_a_mistyped_path(tmp_path):
    run("import", "none.csv", code=1)
    run("app", "--data", "none", code=1)
    assert not (tmp_path / "home").exists()


def test_the_sentences_speak_chinese(workspace):
    assert "读取 2 行" in run("import", "good.csv", "--to", "ws2", "--lang", "zh")
    assert "还没有导入记录" in run("review", "-w", workspace, "--lang", "zh")
    assert "上次运行" in run("report", "-w", workspace, "--lang", "zh")


def test_an_error_is_said_in_the_language_that_is_asked_for_or_the_workspaces(workspace):
    assert "未知的笔记本 'tinny'" in run("report", "tinny", "-w", workspace, "--lang", "zh", code=1)
    assert "Unknown notebook" in run("report", "tinny", "-w", workspace, code=1)
    (Path(workspace) / "workbench.toml").write_text('lang = "zh"', encoding="utf-8")
    assert "未知的笔记本 'tinny'" in run("report", "tinny", "-w", workspace, code=1)


def test_reports_are_listed_and_run(workspace):
    listed = run("report", "-w", workspace)
    assert "tiny" in listed
    assert "never" in listed
    said = run("report", "tiny", "-w", workspace, "-p", "x=3", "-p", "names=a,b", "--out", "here")
    page = next(Path("here/tiny").glob("2*/report.html"))
    assert str(page) in said
    assert "bold 3 en" in page.read_text(encoding="utf-8")
    again = run("report", "tiny", "-w", workspace, "-p", "x=3", "-p", "names=a,b", "--out", "here")
    assert "Nothing has changed" in again
    assert "ok 20" in run("report", "-w", workspace, "--out", "here")


def test_a_failed_report_is_one_sentence_and_1(workspace):
    said = run("report", "fails", "-w", workspace, "-p", "x=2", "--out", "here", "--lang", "en", code=1)
    assert said.splitlines()[0] == "No data. Import some."
    assert "kept in" in said


def test_a_notebook_becomes_ones_own_and_is_never_overwritten(workspace):
    assert "weekly.ipynb" in run("new", "campaigns", "--as", "weekly", "-w", workspace)
    assert "exists already" in run("new", "campaigns", "--as", "weekly", "-w", workspace, code=1)
    assert "weekly" in run("report", "-w", workspace)


def test_debug_shows_where_an_error_comes_from(monkeypatch, workspace):
    from workbench.reports import notebooks

    def broken(_workspace):
        raise ZeroDivisionError("of the\ntest")

    monkeypatch.setattr(notebooks, "every", broken)
    said = run("report", "-w", workspace, code=1)
    assert said == "Unexpected ZeroDivisionError: of the test Run it again with --debug to see where.\n"
    result = CliRunner().invoke(main, ["report", "-w", workspace, "--debug"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "workbench", "version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith(
        "workbench 0."
    )


def test_an_interrupted_report_ends_with_130_and_leaves_nothing(tmp_path):
    tiny_notebooks.workspace(tmp_path / "ws", slow="import time; time.sleep(60)")
    command = [sys.executable, "-m", "workbench", "report", "slow", "-w", "ws", "--out", "here"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 240
    while time.monotonic() < until and not list(Path("here").glob("slow/.part-*/report.ipynb")):
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert [item for item in Path("here/slow").iterdir() if item.suffix != ".lock"] == []


def test_the_demo_says_what_is_in_it(demo_store, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(demo_store.path.parent))
    said = run("demo")
    assert str(demo_store.path) in said
    assert "20,000" in said
    assert "渠道" in run("demo", "--lang", "zh")


def test_the_lab_opens_on_the_workspace_behind_the_token(workspace, tmp_path):
    port = live.free_port()
    command = [sys.executable, "-m", "workbench", "lab", "-w", workspace, "--port", str(port)]
    environ = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "HOME": str(tmp_path)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 240
        while time.monotonic() < until and status(port, "/api/contents/notebooks") is None:
            time.sleep(0.2)
        token = (tmp_path / "home" / "state" / "token").read_text()
        assert status(port, "/api/contents/notebooks") == 403
        assert status(port, f"/api/contents/notebooks?token={token}") == 200
        assert status(port, f"/api/contents/notebooks/tiny.ipynb?token={token}") == 200
    finally:
        process.terminate()
        process.wait(90)


def status(port: int, path: str) -> int | None:
    """Status of an answer; None while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
