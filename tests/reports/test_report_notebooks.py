"""Where notebooks are found, and how one becomes one's own."""

from __future__ import annotations

import pytest
import tiny_notebooks

from workbench.errors import ReportError
from workbench.reports import notebooks


@pytest.fixture
def workspace(tmp_path):
    return tiny_notebooks.workspace(tmp_path / "ws", mine="1")


def test_packaged_and_own_notebooks_are_listed_by_name(workspace):
    found = notebooks.every(workspace)
    assert {"campaigns", "mine"} <= set(found)
    assert found["mine"].own
    assert not found["campaigns"].own
    assert set(notebooks.every()) == set(notebooks.packaged())


def test_an_own_notebook_takes_the_place_of_its_packaged_namesake(workspace):
    made = notebooks.copy("campaigns", workspace)
    assert notebooks.find("campaigns", workspace).path == made.resolve()
    assert not notebooks.find("campaigns").own


def test_a_copy_never_overwrites(workspace):
    made = notebooks.copy("campaigns", workspace, "weekly")
    assert made.read_bytes() == notebooks.find("campaigns").path.read_bytes()
    made.write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match="exists already"):
        notebooks.copy("campaigns", workspace, "weekly")
    assert made.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["a/b", "../x", ".hidden", "login", "what?", "static"])
def test_names_that_cannot_be_an_address_are_refused(workspace, name):
    with pytest.raises(ReportError, match="cannot be called"):
        notebooks.copy("campaigns", workspace, name)


def test_what_is_not_there_is_said(workspace, tmp_path):
    with pytest.raises(ReportError, match="Did you mean 'campaigns'"):
        notebooks.find("campaings", workspace)
    with pytest.raises(ReportError, match="no notebook"):
        notebooks.find(tmp_path / "none.ipynb")
    with pytest.raises(ReportError, match="Unknown notebook"):
        notebooks.copy("nothing", workspace)
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(ReportError, match="no readable notebook"):
        notebooks.find(broken).title("en")


def test_titles_come_in_both_languages(tmp_path):
    file = tiny_notebooks.write(
        tmp_path / "a.ipynb", title={"en": "A", "zh": "甲"}, about={"en": "Why", "zh": "为何"}, app=False
    )
    found = notebooks.find(file)
    assert (found.title("en"), found.title("zh"), found.about("zh"), found.is_app) == (
        "A",
        "甲",
        "为何",
        False,
    )
    plain = notebooks.find(tiny_notebooks.write(tmp_path / "b.ipynb"))
    assert (plain.title("zh"), plain.about("en"), plain.is_app) == ("Tiny · 小", "", True)


def test_every_packaged_notebook_is_titled_in_both_languages():
    for found in notebooks.packaged().values():
        assert found.title("en")
        assert found.title("zh") != found.title("en")
        assert found.about("en")
        assert found.about("zh")


def test_apps_stand_in_their_order_and_a_broken_one_is_left_out(tmp_path):
    folder = tiny_notebooks.workspace(tmp_path / "ws", plain="1")
    (folder / "notebooks" / "broken.ipynb").write_text("{", encoding="utf-8")
    names = [item.name for item in notebooks.apps(folder)]
    assert names[0] == "home"
    assert names[-1] == "plain"
    assert "broken" not in names
