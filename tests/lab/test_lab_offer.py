"""What JupyterLab offers beyond its own: cards, questions as cells, `%question`, quiet defaults."""

from __future__ import annotations

import json
from pathlib import Path

import jupyterlab
import nbformat
import pytest
import tiny_notebooks
from IPython.core.interactiveshell import InteractiveShell

from workbench.errors import InputError
from workbench.lab import arguments, cards, extension, snippets
from workbench.reports import notebooks


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A workspace with a notebook of its own, and a home of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tiny_notebooks.workspace(tmp_path / "ws", mine="1 + 1").resolve()


@pytest.fixture
def shell():
    """An IPython, gone afterwards."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def written(settings) -> tuple[Path, str]:
    """The extension's folder and its script."""
    folder = Path(settings["LabApp.extra_labextensions_path"]) / extension.NAME
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return folder, (folder / package["jupyterlab"]["_build"]["load"]).read_text(encoding="utf-8")


def said(script: str) -> dict:
    """The data that stand before the script."""
    start = script.index("{", script.index("WORKBENCH ="))
    return json.JSONDecoder().raw_decode(script, start)[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_app_has_a_card_that_opens_a_file(workspace, lang):
    data = said(written(extension.prepare(workspace, workspace, lang))[1])
    apps = notebooks.apps(workspace)
    assert [card["name"] for card in data["cards"]] == [app.name for app in apps]
    assert [card["title"] for card in data["cards"]] == [app.title(lang) for app in apps]
    for card in data["cards"]:
        assert (workspace / card["path"]).is_file()
    assert (workspace / data["read"]).read_text(encoding="utf-8").startswith("# ")
    own = next(card for card in data["cards"] if card["name"] == "mine")
    assert own["path"] == "notebooks/mine.ipynb"


def test_in_the_project_the_cards_open_its_own_notebooks(workspace):
    root = notebooks.packaged_folder().resolve().parent
    data = said(written(extension.prepare(root, root, "en"))[1])
    assert {card["path"] for card in data["cards"]} == {
        f"notebooks/{name}.ipynb" for name, item in notebooks.packaged().items() if item.is_app
    }
    assert data["folder"] == "notebooks"
    assert (root / data["read"]).is_file()


def test_a_copy_follows_its_notebook_until_somebody_changes_it(workspace, tmp_path):
    folder = workspace / cards.FOLDER
    first = notebooks.Notebook("tiny", tiny_notebooks.write(tmp_path / "tiny.ipynb", "1"), own=False)
    copy = cards.copied(first, folder)
    newer = notebooks.Notebook("tiny", tiny_notebooks.write(tmp_path / "tiny.ipynb", "2"), own=False)
    assert cards.copied(newer, folder) == copy
    node = nbformat.read(copy, 4)
    assert node.cells[-1].source == "2"
    node.cells[-1].source = "mine"
    nbformat.write(node, copy)
    newest = notebooks.Notebook("tiny", tiny_notebooks.write(tmp_path / "tiny.ipynb", "3"), own=False)
    assert nbformat.read(cards.copied(newest, folder), 4).cells[-1].source == "mine"
    copy.write_text("broken", encoding="utf-8")
    assert cards.copied(newest, folder).read_text(encoding="utf-8") == "broken"


def test_what_is_offered_changes_the_name_of_the_script(workspace):
    names = []
    for lang in ("en", "zh", "en"):
        folder, _ = written(extension.prepare(workspace, workspace, lang))
        names.append([file.name for file in (folder / "static").iterdir()])
    assert names[0] == names[2] != names[1]
    assert all(len(found) == 1 for found in names)


def test_jupyterlab_knows_what_is_turned_off():
    schemas = Path(jupyterlab.__file__).parents[4] / "share/jupyter/lab/schemas"
    schemas = schemas if schemas.is_dir() else Path(jupyterlab.__file__).parent / "schemas"
    for plugin, values in extension.QUIET.items():
        package, _, name = plugin.partition(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        for key, value in values.items():
            known = schema["properties"][key]
            allowed = [entry["const"] for entry in known["oneOf"]] if "oneOf" in known else [True, False]
            assert value in known.get("enum", allowed)
    assert "--LabApp.news_url=None" in arguments({})


@pytest.mark.parametrize("item", snippets.every(), ids=lambda item: item.name)
def test_every_question_answers_on_the_demo(item, shell, demo_store, monkeypatch, capsys):
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(demo_store.path))
    done = shell.run_cell(item.code)
    assert done.success, done.error_in_exec
    assert done.result is not None or capsys.readouterr().out
    assert set(item.titles) == {"en", "zh"}
    assert all(len(line) <= 110 for line in item.code.splitlines())


def test_question_lists_and_writes_cells(shell, capsys, monkeypatch):
    shell.run_line_magic("load_ext", "workbench")
    shell.run_line_magic("question", "")
    assert "kpis" in capsys.readouterr().out
    asked = []
    monkeypatch.setattr(shell, "set_next_input", asked.append)
    shell.run_line_magic("question", "kpis")
    assert asked == [snippets.find("kpis").code]
    with pytest.raises(InputError, match="kpis"):
        snippets.find("kpi")
