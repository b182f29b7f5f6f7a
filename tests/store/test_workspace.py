"""Folders that become workspaces, and folders that are refused with one sentence and left as they were."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from store_helpers import month

import workbench as wb
from workbench.data import open
from workbench.errors import SettingsError, StoreError
from workbench.store import workspace as workspaces

TOML, POINTER = "workbench.toml", "pointer.json"


def content(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refused(folder, word, error=StoreError):
    """The folder is refused with a sentence that holds `word`, and nothing in it is touched."""
    before = content(folder) if folder.is_dir() else None
    with pytest.raises(error) as caught:
        open(folder)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.fix
    if before is not None:
        assert content(folder) == before


@pytest.mark.parametrize("prepare", ["missing", "deep", "empty", "git", "settings"])
def test_new_workspace(tmp_path, prepare):
    folder = tmp_path / "w" / "x" if prepare == "deep" else tmp_path / "w"
    if prepare in ("empty", "git", "settings"):
        folder.mkdir()
    if prepare == "git":
        (folder / ".git").mkdir()
    if prepare == "settings":
        (folder / TOML).write_text('name = "Mine"\ncurrency = "CNY"\n')
    store = open(folder)
    assert (store.version, store.tables, store.as_of) == (0, (), None)
    assert all((folder / name).is_dir() for name in workspaces.FOLDERS)
    assert store.settings.name == ("Mine" if prepare == "settings" else folder.name)
    before = content(folder)
    open(folder)
    assert content(folder) == before


@pytest.mark.parametrize("name", ["sp ace", "中文 工作区", "a#b?c*d", "it's", "é", "a&b;c"])
def test_any_folder_name_works(tmp_path, name):
    store = open(tmp_path / name)
    store.commit([month()])
    store.commit([month()])
    assert store.query("SELECT count(*) AS n FROM performance").to_pylist() == [{"n": 5}]


@pytest.mark.parametrize("name", ["a[1]", "50%25", "a|b", "a\\b", "tab\tx"])
def test_folder_names_that_the_table_format_cannot_hold_are_refused(tmp_path, name):
    refused(tmp_path / name, "cannot hold")
    assert list(tmp_path.iterdir()) == []


def test_the_home_mark_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open("~/mine").path == tmp_path / "mine"


def test_refusals(tmp_path):
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "a file")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    refused(tmp_path / "other", "no workspace")
    with pytest.raises(StoreError, match="folder of this machine"):
        open("s3://bucket/path")
    with pytest.raises(StoreError, match="spark"):
        open(tmp_path / "never", engine="spark")
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("where", [TOML, POINTER, "empty folder"])
def test_a_newer_schema_version_is_refused(workspace, where):
    open(workspace)
    if where == POINTER:
        pointer = json.loads((workspace / POINTER).read_text())
        (workspace / POINTER).write_text(json.dumps(pointer | {"schema_version": 99}))
    else:
        (workspace / TOML).write_text('schema_version = 99\na_setting_of_the_future = "x"\n')
    if where == "empty folder":
        (workspace / POINTER).unlink()
    refused(workspace, "99")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": "x", "schema_version": 1}'])
def test_an_unreadable_pointer_is_refused(workspace, text):
    open(workspace)
    (workspace / POINTER).write_text(text)
    refused(workspace, POINTER)


def test_bad_settings_are_said_with_their_file(workspace):
    open(workspace)
    (workspace / TOML).write_text("name = \n")
    refused(workspace, TOML, SettingsError)


@pytest.mark.parametrize(
    "line", ["port = 99999", "margin = 30", "margin = nan", "contact_cap = { days = -1 }"]
)
def test_a_setting_that_cannot_be_is_said(workspace, line):
    open(workspace)
    (workspace / TOML).write_text(line, encoding="utf-8")
    refused(workspace, TOML, SettingsError)


def test_settings_saved_by_windows_are_read(workspace):
    open(workspace)
    (workspace / TOML).write_text('name = "店"\r\n', encoding="utf-8-sig")
    assert open(workspace).settings.name == "店"


@pytest.mark.parametrize(
    "left", [(), ("tables",), ("tables", "workbench.part"), (TOML, ".lock"), (TOML, "pointer.json.part")]
)
def test_a_half_made_workspace_is_completed(workspace, left):
    workspace.mkdir()
    for name in left:
        (workspace / name).mkdir() if name == "tables" else (workspace / name).write_text("")
    store = open(workspace)
    assert store.commit([month()]) == 1
    assert open(workspace).tables == ("performance", "performance_hourly")


def test_a_lost_pointer_is_never_taken_for_an_empty_workspace(workspace):
    store = open(workspace)
    store.commit([month()])
    store.commit([month("b")])
    (workspace / POINTER).unlink()
    refused(workspace, "is missing")
    shutil.copy(workspace / "versions" / "2.json", workspace / POINTER)  # the way out that the sentence names
    assert open(workspace).version == 2


@pytest.mark.parametrize("harm", ["lost", "cut"])
def test_a_lost_history_file_is_read_from_the_delta_logs(workspace, harm):
    store = open(workspace)
    store.commit([month()])
    store.commit([month("b")])
    history = workspace / "versions" / "2.json"
    history.unlink() if harm == "lost" else history.write_text("{")
    again = open(workspace)
    assert (again.version, again.tables, again.as_of) == (2, store.tables, store.as_of)
    question = "SELECT * FROM performance_hourly ORDER BY ALL"
    assert again.query(question).equals(store.query(question))
    assert again.commit([month("c")]) == 3


def test_a_lost_table_is_said(workspace):
    open(workspace).commit([month()])
    (workspace / "versions" / "1.json").unlink()
    shutil.rmtree(workspace / "tables" / "performance")
    refused(workspace, "performance")


def test_a_lost_data_file_is_said(workspace):
    store = open(workspace)
    store.commit([month()])
    next((workspace / "tables" / "performance").glob("*.parquet")).unlink()
    with pytest.raises(StoreError, match="data file"):
        open(workspace).query("SELECT * FROM performance")


def test_two_openers_at_once_make_one_workspace(workspace):
    code = f"import workbench as wb; print(wb.open({str(workspace)!r}).version)"
    openers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)]
    assert [opener.communicate()[0].strip() for opener in openers] == [b"0"] * 3


@pytest.mark.skipif(os.name != "posix", reason="needs users and modes of POSIX")
def test_a_folder_without_write_permission(tmp_path):
    """A reader needs no right to write; a writer is told, and nothing changes."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-test-"))
    try:
        store = open(folder / "w")
        store.commit([month()])
        before = content(folder)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        code = f"""
import os, sys
sys.path[:0] = {[str(Path(__file__).parent), str(Path(wb.__file__).parents[1])]!r}
from workbench.data import open
from workbench.errors import StoreError
from store_helpers import month

def ask(store):
    return store.query("SELECT count(*) AS n FROM performance")["n"][0]

warm = open({str(tmp_path / "warm")!r})  # loads every module while it can still be read
warm.commit([month()])
ask(warm)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
store = open({str(folder / "w")!r})
print(ask(store))
makes = lambda: open({str(folder / "new")!r})
for change in (lambda: store.commit([month()]), store.writing().__enter__, makes):
    try:
        change()
    except StoreError as error:
        print("StoreError", error)
"""
        run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        lines = run.stdout.strip().splitlines()
        assert [line.split()[0] for line in lines] == ["5", *["StoreError"] * 3]
        assert content(folder) == before
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_opening_costs_no_table_library(workspace):
    open(workspace).commit([month()])
    heavy = ["deltalake", "duckdb", "ibis", "pyarrow", "pandas", "numpy", "filelock"]
    code = (
        f"import sys, workbench as wb; store = wb.open({str(workspace)!r}); store.tables, store.as_of; "
        f"print([name for name in {heavy} if name in sys.modules]); "
        "store.query('SELECT * FROM performance'); print('deltalake' in sys.modules, 'pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", "False False"]
