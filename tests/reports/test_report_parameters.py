"""The `parameters` cell: read without being run, and held against what is given."""

from __future__ import annotations

import nbformat
import pytest
import tiny_notebooks
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ReportError
from workbench.reports import parameters
from workbench.reports.parameters import Parameter

CELL = """
# a comment
period: str = "last_28_days"  # which days # and more
by: list[str] = ["channel",
                 "campaign"]  # dimensions
limit: int | None = None
share: float = 1  # 0 to 1
kind: Literal["pie", "bar"] = "pie"
filters: dict[str, list[str]] = {}
plain = 3
anything = None
when: datetime.date = datetime.date(2026, 1, 1)
"""


def declared(tmp_path, cell=CELL):
    file = tiny_notebooks.write(tmp_path / "n.ipynb", parameters=cell)
    return parameters.declared(nbformat.read(file, as_version=4))


def test_every_line_is_read_with_kind_default_and_help(tmp_path):
    found = declared(tmp_path)
    assert [(p.name, p.kind) for p in found.values()] == [
        ("period", "str"),
        ("by", "list[str]"),
        ("limit", "int | None"),
        ("share", "float"),
        ("kind", "Literal['pie', 'bar']"),
        ("filters", "dict[str, list[str]]"),
        ("plain", "int"),
        ("anything", ""),
        ("when", "datetime.date"),
    ]
    assert found["period"].help == "which days # and more"
    assert found["by"].default == ["channel", "campaign"]
    assert found["by"].help == "dimensions"
    assert found["when"].default is None


def test_the_cell_is_never_run(tmp_path):
    assert (
        declared(tmp_path, f"x: int = __import__('os').mkdir({str(tmp_path / 'made')!r})")["x"].default
        is None
    )
    assert not (tmp_path / "made").exists()


def test_a_broken_cell_is_said(tmp_path):
    with pytest.raises(ReportError, match="line 2"):
        declared(tmp_path, "x = 1\ny = = 2")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("period", ["", "全部"], [1, None, ["a"]]),
        ("by", [[], ["a", "b"]], ["a", [1], ("a",), None]),
        ("limit", [None, 3], [3.5, "3", True]),
        ("share", [1, 0.5], ["1", False, None]),
        ("kind", ["pie", "bar"], ["line", None]),
        ("filters", [{}, {"a": ["b"]}], [{"a": "b"}, {1: ["b"]}, []]),
        ("plain", [0], ["0", 1.5, None, True]),
        ("anything", [None, "x", 3, {}], []),
        ("when", ["2026-01-01"], []),
    ],
)
def test_values_are_held_against_the_kind(tmp_path, name, good, bad):
    notebook = nbformat.read(tiny_notebooks.write(tmp_path / "n.ipynb", parameters=CELL), as_version=4)
    for value in good:
        assert parameters.check(notebook, {name: value}) == {name: value}
    for value in bad:
        with pytest.raises(ReportError, match=f"{name!r} takes"):
            parameters.check(notebook, {name: value}, "n")


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path):
    notebook = nbformat.read(tiny_notebooks.write(tmp_path / "n.ipynb", parameters=CELL), as_version=4)
    with pytest.raises(ReportError, match="Did you mean 'period'"):
        parameters.check(notebook, {"perod": "x"})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "1", "1"),
        ("str", "true", "true"),
        ("int", "12", 12),
        ("float", "0.5", 0.5),
        ("float", "3", 3),
        ("bool", "yes", True),
        ("bool", "0", False),
        ("list", "a,b", ["a", "b"]),
        ("list[str]", "a, b", ["a", "b"]),
        ("list[int]", "1,2", [1, 2]),
        ("list[str]", '["a,b"]', ["a,b"]),
        ("dict", '{"a": 1}', {"a": 1}),
        ("int | None", "", None),
        ("str | None", "", None),
        ("str", "", ""),
        ("Literal['pie', 'bar']", "bar", "bar"),
        ("", "x", "x"),
    ],
)
def test_texts_of_the_command_line_become_values(kind, text, value):
    assert parameters.from_text(Parameter("p", kind, None, ""), text) == value


@pytest.mark.parametrize(("kind", "text"), [("int", "x"), ("bool", "maybe"), ("dict", "a,b"), ("int", "1.5")])
def test_a_text_of_another_kind_is_said(kind, text):
    with pytest.raises(ReportError, match="'p' takes"):
        parameters.from_text(Parameter("p", kind, 0, ""), text)


@given(st.text())
def test_any_text_is_a_string_unchanged(text):
    assert parameters.from_text(Parameter("p", "str", "", ""), text) == text
