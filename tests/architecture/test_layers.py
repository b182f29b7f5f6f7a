"""Imports only go down, as the table in AGENTS.md says; heavy libraries load where they are used."""

from __future__ import annotations

import ast
import re

import pytest
import source

TABLE_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \|", re.M)
ALLOWED_IN_ROW = re.compile(r"`(\w+)`((?:, `\w+`)*) → ((?:`\w+`(?:, )?)+)")
WIDGETS = ("ipywidgets", "anywidget")
LAZY = ("scipy", "statsmodels", "papermill", "altair", "sklearn", "vl_convert", "icalendar")
MAP = (source.ROOT / "AGENTS.md").read_text(encoding="utf-8")
LAYERS = {
    room: int(layer) for layer, rooms in TABLE_ROW.findall(MAP) for room in re.findall(r"`(\w+)/?`", rooms)
}
SIDEWAYS = {
    (importer, imported)
    for first, more, targets in ALLOWED_IN_ROW.findall(MAP)
    for importer in (first, *re.findall(r"\w+", more))
    for imported in re.findall(r"\w+", targets)
}


def problems(room: str, text: ast.Module, package: str = "workbench") -> list[str]:
    """What is wrong with the imports of one file of `room`."""
    found = []
    for item in source.imports(text, package):
        top, _, rest = item.module.partition(".")
        if top == "workbench":
            target = rest.split(".")[0]
            if target in LAYERS and not _goes_down(room, target):
                found.append(f"line {item.line}: {room} imports {target}, which is not below it")
        elif top in WIDGETS and room != "widgets":
            found.append(f"line {item.line}: {top} belongs into widgets/")
        elif top in LAZY and item.at_load:
            found.append(f"line {item.line}: import {top} inside the function that needs it")
    return found


def _goes_down(room: str, target: str) -> bool:
    return room == target or LAYERS[target] < LAYERS[room] or (room, target) in SIDEWAYS


def _room(file) -> str:
    return file.relative_to(source.PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", source.modules(), ids=source.name)
def test_imports_of_a_file_go_down(file):
    room = _room(file)
    if room == "__init__":
        assert not [
            item
            for item in source.imports(source.tree(file))
            if item.at_load and "." in item.module and item.module.startswith("workbench.")
        ]
        return
    assert room in LAYERS, f"AGENTS.md has no row for the room {room!r}"
    package = ".".join(file.relative_to(source.ROOT).parent.parts)
    assert not problems(room, source.tree(file), package), source.name(file)


def test_the_map_names_only_rooms_that_exist():
    on_disk = {_room(file) for file in source.modules()} - {"__init__"}
    assert set(LAYERS) == on_disk


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("metrics", "from workbench.charts import trend"),
        ("metrics", "from workbench import findings, errors"),
        ("metrics", "def late():\n    import workbench.widgets.panel"),
        ("charts", "from workbench.tables import cards"),
        ("store", "from workbench import data"),
        ("store", "from ..metrics import kpis"),
        ("charts", "import ipywidgets"),
        ("metrics", "from scipy import stats"),
        ("charts", "if True:\n    import altair as alt"),
    ],
)
def test_a_wrong_import_is_found(room, code):
    assert len(problems(room, ast.parse(code), f"workbench.{room}")) == 1


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("data", "from workbench.store import workspace\nfrom workbench.sources import engine"),
        ("metrics", "def f():\n    from scipy import stats\n    return stats"),
        ("charts", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import altair"),
        ("widgets", "import anywidget\nfrom workbench import charts, i18n"),
        ("settings", "from workbench.errors import SettingsError"),
    ],
)
def test_a_right_import_is_let_through(room, code):
    assert not problems(room, ast.parse(code), f"workbench.{room}")
