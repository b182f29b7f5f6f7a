"""The commands of upkeep, undo and the past, as a terminal sees them."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from import_process import check

import workbench as wb
from workbench.cli import main


@pytest.fixture
def run(store):
    """Run a command on the workspace; gives exit code and output."""

    def run(*arguments, workspace=True):
        given = [*map(str, arguments), *(["-w", str(store.path)] if workspace else [])]
        result = CliRunner().invoke(main, given)
        return result.exit_code, result.output

    return run


def test_undo_and_the_list_of_versions(store, load, run):
    first = load(clicks=1).import_id
    second = load(clicks=2).import_id
    code, said = run("undo", second[:8])
    assert (code, said) == (
        0,
        f"Import {second[:8]} is undone (data version 3). The same file can be imported again.\n",
    )
    code, said = run("versions")
    lines = said.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == ["version", "3", "2", "1"]
    assert "undo" in lines[1]
    assert second[:8] in lines[1]
    assert first[:8] in lines[3]
    assert "2 older" in run("versions", "--last", "1")[1]
    assert "撤销导入" in run("versions", "--lang", "zh")[1]
    code, said = run("undo", second)
    assert code == 1
    assert "is not in force" in said
    assert "UNDONE" in run("review")[1]


def test_backup_and_restore(load, run, tmp_path):
    load(clicks=3)
    code, said = run("backup", tmp_path / "b.tar.zst")
    assert code == 0
    assert re.fullmatch(r"Backup: .*b\.tar\.zst \(data version 1, \d+ files, [\d.]+ kB\)\n", said)
    code, said = run("restore", tmp_path / "b.tar.zst", tmp_path / "again", workspace=False)
    assert (code, said) == (0, f"Workspace: {tmp_path / 'again'} (data version 1)\n")
    assert check(wb.data.open(tmp_path / "again")) == {"acct": 3}
    code, said = run("restore", tmp_path / "b.tar.zst", tmp_path / "again", workspace=False)
    assert code == 1
    assert "new or an empty folder" in said
    assert run("backup", tmp_path / "b.tar.zst")[0] == 1


def test_compact_and_vacuum(store, load, run):
    for clicks in (1, 2, 3):
        load(f"a{clicks}", clicks=clicks)
    code, said = run("compact")
    assert (code, said) == (0, "12 data files became 4. The old ones go with: workbench vacuum\n")
    code, said = run("compact")
    assert code == 0
    assert "nothing to join" in said
    code, said = run("vacuum", "--keep-days", "0", "--keep-versions", "1", "--grace-hours", "0", "--dry-run")
    assert code == 0
    assert said.startswith("Would remove 3 old versions")
    code, said = run(
        "vacuum", "--keep-days", "0", "--keep-versions", "1", "--keep", "2", "--grace-hours", "0"
    )
    assert said.startswith("Removed 2 old versions")
    assert said.endswith("2 versions are kept.\n")
    assert store.versions()["version"].tolist() == [4, 2]
    assert run("vacuum", "--keep-versions", "0")[0] == 1


def test_upgrade(store, load, run):
    load()
    assert "newest layout" in run("upgrade")[1]
    settings = store.path / "workbench.toml"
    settings.write_text("schema_version = 1\n")
    code, said = run("upgrade")
    assert code == 0
    assert said.startswith("Upgraded from schema version 1 to 2. Backup: ")
    assert "what made it" in said
    settings.write_text("schema_version = 99\n")
    assert run("upgrade")[0] == 1


NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"workbench": {"title": {"en": "Clicks", "zh": "点击"}}},
    "cells": [
        {
            "cell_type": "code",
            "id": "p",
            "metadata": {"tags": ["parameters"]},
            "source": 'workspace: str = ""',
            "outputs": [],
            "execution_count": None,
        },
        {
            "cell_type": "code",
            "id": "q",
            "metadata": {},
            "source": "import workbench as wb\nstore = wb.open(workspace)\n"
            'wb.metrics.kpis(store, metrics="clicks", period="all")',
            "outputs": [],
            "execution_count": None,
        },
    ],
}


def test_a_report_of_the_past_shows_its_numbers(store, load, run, tmp_path):
    (store.path / "notebooks" / "clicks.ipynb").write_text(json.dumps(NOTEBOOK))
    for clicks in (111, 222):
        load(clicks=clicks)
    for past in (["--as-of", "1"], []):
        code, said = run("report", "clicks", *past, "--out", tmp_path / "out")
        assert code == 0, said
        assert "moved from version" not in said, "a past version never moves"
    past, now = (
        json.loads((tmp_path / "out" / job / "latest" / "manifest.json").read_text())
        for job in ("clicks-v1", "clicks")
    )
    assert (past["data_version"], now["data_version"]) == (1, 2)
    pages = [
        (tmp_path / "out" / job / "latest" / "report.html").read_text() for job in ("clicks-v1", "clicks")
    ]
    assert "666" in pages[0]
    assert "1,332" in pages[1] or "1332" in pages[1]
    assert "666" not in re.sub(r"<script.*?</script>", "", pages[1], flags=re.S)
    code, said = run("report", "clicks", "--as-of", "9")
    assert code == 1
    assert "There is no version 9 yet. Kept are versions 1 to 2" in said
