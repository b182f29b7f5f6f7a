"""Notebooks are report and app at once: parameters on top, no outputs, no logic."""

from __future__ import annotations

import ast
import json

import pytest
import source

LONGEST_CELL, MOST_PARAMETERS = 15, 20
"""Lines of a cell; of the one that only lists parameters, a line each."""
NOTEBOOKS = sorted((source.ROOT / "notebooks").glob("**/*.ipynb"))


def problems(notebook: dict) -> list[str]:
    """What is wrong with a notebook."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    texts = ["".join(cell["source"]) for cell in code]
    found = []
    if any(cell.get("outputs") or cell.get("execution_count") for cell in code):
        found.append("has outputs")
    if sum("parameters" in cell.get("metadata", {}).get("tags", ()) for cell in code) != 1:
        found.append("has not one cell tagged `parameters`")
    listed = ["parameters" in cell.get("metadata", {}).get("tags", ()) for cell in code]
    longest = [MOST_PARAMETERS if parameters else LONGEST_CELL for parameters in listed]
    if any(text.count("\n") >= most for text, most in zip(texts, longest, strict=True)):
        found.append(f"has a cell of more than {LONGEST_CELL} lines")
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    if any(isinstance(node, definitions) for text in texts for node in ast.walk(ast.parse(text))):
        found.append("defines functions or classes")
    return found


def cell(text: str, **more) -> dict:
    return {
        "cell_type": "code",
        "source": text,
        "outputs": [],
        "execution_count": None,
        "metadata": {},
        **more,
    }


PARAMETERS = cell("lang = 'en'", metadata={"tags": ["parameters"]})


def test_there_is_a_notebook():
    assert NOTEBOOKS


@pytest.mark.parametrize("file", NOTEBOOKS, ids=source.name)
def test_a_notebook_keeps_the_rules(file):
    assert not problems(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "bad",
    [
        [cell("1")],
        [PARAMETERS, cell("1", outputs=[{"text": "1"}])],
        [PARAMETERS, cell("def f():\n    return 1")],
        [PARAMETERS, cell("\n".join("a" * 20))],
    ],
)
def test_a_broken_rule_is_found(bad):
    assert len(problems({"cells": bad})) == 1
