"""Tiny notebooks and workspaces for the tests of reports, apps and commands."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = 'x: int = 1  # how many\nlang: str = "en"\nnames: list[str] = ["a"]'
HELLO = """
from IPython.display import HTML, display
print("printed", x, names)
display(HTML(f"<b id='bold'>bold {x} {lang}</b>"))
"""


def write(file: Path, *code: str, parameters: str = PARAMETERS, **about: object) -> Path:
    """Write a notebook with a heading, a `parameters` cell and these cells."""
    cells = [new_markdown_cell("# Tiny · 小\n\nSome *prose*."), new_code_cell(parameters)]
    cells[1].metadata["tags"] = ["parameters"]
    notebook = new_notebook(cells=[*cells, *(new_code_cell(source) for source in code)])
    notebook.metadata["kernelspec"] = {"name": "not-installed", "display_name": "?", "language": "python"}
    notebook.metadata["workbench"] = about
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)
    return file


def workspace(folder: Path, **cells: str) -> Path:
    """Make an empty workspace with own notebooks: name → the code of its cell."""
    from workbench import data

    data.open(folder)
    for name, code in cells.items():
        write(folder / "notebooks" / f"{name}.ipynb", code)
    return folder
