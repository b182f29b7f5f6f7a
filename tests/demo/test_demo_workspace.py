"""The shared demo workspace: built once, swapped in whole, nobody's files lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

import workbench as wb
from workbench import data
from workbench.demo import build, workspace
from workbench.demo.shared import STAMP
from workbench.errors import StoreError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def copied(home, demo_store):
    """A private copy of the finished demo workspace."""
    shutil.copytree(demo_store.path, home / "demo")
    return home / "demo"


def listing(home):
    return sorted(entry.name for entry in home.iterdir())


def test_a_current_workspace_is_returned_as_it_is(copied):
    before = (copied / "pointer.json").stat().st_mtime_ns
    assert workspace() == copied
    assert (copied / "pointer.json").stat().st_mtime_ns == before
    assert wb.open("demo").version == 1


def test_a_swap_that_was_cut_short_is_finished(copied, home):
    """Killed between the two renames: the old workspace comes back, unfinished builds go."""
    os.rename(copied, home / ".demo-before")
    (home / ".demo-new-abc" / "tables").mkdir(parents=True)
    assert workspace() == copied
    assert wb.open("demo").version == 1
    assert listing(home) == ["demo", "demo.lock"]


def test_building_into_a_workspace_with_data_is_refused(tmp_path):
    store = data.open(tmp_path / "own")
    rows = wb.data.Change("labels", _label())
    store.commit([rows])
    with pytest.raises(StoreError, match="holds data already"):
        build(store.path)
    assert data.open(store.path).version == 1


def _label():
    import pyarrow as pa

    return pa.table({"dimension": ["channel"], "value": ["tv"], "lang": ["en"], "label": ["TV"]})


def test_an_outdated_workspace_is_rebuilt_once_and_own_work_is_carried_over(copied, home):
    """Two processes ask at once; a user had added files, settings and imported data."""
    (copied / "notebooks" / "mine.ipynb").write_text("{}")
    (copied / "metrics" / "own.toml").write_text("")
    (copied / "ideas.txt").write_text("try mornings")
    settings = (copied / "workbench.toml").read_text() + '\nlang = "zh"\n'
    (copied / "workbench.toml").write_text(settings)
    data.open(copied).commit([data.Change("labels", _label())])
    stamp = json.loads((copied / STAMP).read_text())
    (copied / STAMP).write_text(json.dumps(stamp | {"generator": "older"}))

    ask = "from workbench.demo import workspace; print(workspace())"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert [out.strip().splitlines()[-1] for out, _ in answers] == [str(copied)] * 2

    renewed = wb.open("demo")
    assert renewed.version == 1
    assert ("channel", "tv") not in renewed.labels("en")
    assert renewed.settings.lang == "zh"
    assert (copied / "notebooks" / "mine.ipynb").read_text() == "{}"
    assert (copied / "metrics" / "own.toml").exists()
    assert (copied / "ideas.txt").read_text() == "try mornings"
    assert listing(home) == ["demo", "demo-kept-1", "demo.lock"]
    assert data.open(home / "demo-kept-1").labels("en")["channel", "tv"] == "TV"
