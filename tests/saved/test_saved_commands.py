"""`workbench saved`, as a terminal sees it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from workbench import saved
from workbench.cli import main


@pytest.fixture
def run(root, monkeypatch):
    """Run a command as somebody; gives exit code and output."""

    def run(*arguments, who="mia"):
        monkeypatch.setenv("WORKBENCH_USER", who)
        result = CliRunner().invoke(main, [*arguments, "-w", str(root)])
        return result.exit_code, result.output

    return run


def test_a_things_life(run, save, root):
    save("Weekly 周报", "mia")
    save("Bo's", "bo", shared=True)
    said = run("saved", "list")[1].splitlines()
    assert said[0].split() == ["address", "name", "owner", "seen", "by", "changed", "(UTC)", "by", "revision"]
    assert [line.split()[0] for line in said[1:]] == ["views/bo-s", "views/weekly-周报"]
    assert "views/weekly-周报" not in run("saved", "list", who="bo")[1]
    assert run("saved", "share", "Weekly 周报") == (
        0,
        "Everybody sees “Weekly 周报” now (views/weekly-周报).\n",
    )
    assert "views/weekly-周报" in run("saved", "list", who="bo")[1]
    assert run("saved", "unshare", "weekly-周报")[1].startswith("Only mia sees “Weekly 周报”")
    assert run("saved", "rename", "weekly-周报", "Daily")[1] == "views/weekly-周报 is called “Daily” now.\n"
    code, told = run("saved", "trash", "Daily")
    assert (code, told.splitlines()[-1].split(": ")[1]) == (0, "workbench saved restore views/weekly-周报")
    assert "weekly" in run("saved", "list", "--trash")[1]
    assert run("saved", "restore", "views/weekly-周报") == (0, "“Daily” is back (views/weekly-周报).\n")
    assert run("saved", "give", "daily", "bo")[1] == "“Daily” belongs to bo now (views/weekly-周报).\n"
    assert saved.read(root, "view", "weekly-周报", "bo").owner == "bo"


def test_what_is_anothers_is_said_in_both_languages(run, save):
    save("Bo's", "bo", shared=True)
    code, said = run("saved", "trash", "bo-s")
    assert (code, "belongs to bo" in said) == (1, True)
    assert "属于 bo" in run("saved", "trash", "bo-s", "--lang", "zh")[1]
    assert run("saved", "rename", "none", "X")[0] == 1


def test_damaged_files_are_named(run, root):
    (root / "views" / "bad.toml").write_text("<<<<<<< mine")
    code, said = run("saved", "list")
    assert code == 0
    assert "bad.toml: It is not valid TOML" in said


def test_the_trash_is_emptied_by_its_command_and_by_vacuum(run, save, root):
    for name in ("One", "Two"):
        saved.trash(root, save(name), "mia")
    assert "Would remove 2" in run("saved", "empty", "--days", "0", "--dry-run")[1]
    assert run("saved", "empty")[1].startswith("Removed 0")
    assert len(run("vacuum")[1].splitlines()) == 1, "the trash of today stays, without a word"
    assert "Removed 2 things" in run("vacuum", "--trash-days", "0")[1]
    assert saved.items(root, who="mia", trashed=True) == ()


def test_a_saved_mapping_is_one_of_them(run, root, monkeypatch):
    from workbench.sources import saved as mappings

    monkeypatch.setenv("WORKBENCH_USER", "mia")
    mappings.write(root, "partner", ["Tag", "Klicks"], mappings.Request(currency="EUR"), {"clicks": "Klicks"})
    assert "mappings/partner" in run("saved", "list", "--kind", "mapping")[1]
    run("saved", "rename", "partner", "Partner, daily")
    assert mappings.find(root, ["klicks", "tag"])[0] == "Partner, daily"
    run("saved", "trash", "partner")
    assert mappings.find(root, ["klicks", "tag"]) is None
