"""`%load_ext workbench`: questions as cells, from a cell."""

from __future__ import annotations

from typing import Any

from workbench import settings
from workbench.i18n import text
from workbench.lab import snippets


def register(shell: Any) -> None:
    """Give an IPython its `%question`."""
    shell.register_magic_function(lambda line: question(shell, line), "line", "question")


def question(shell: Any, line: str) -> None:
    """List the questions, or write one into the next cell.

    Args:
        shell: The IPython.
        line: Name of a question; empty: list them.

    Raises:
        InputError: for a name that is none.
    """
    if name := line.strip():
        shell.set_next_input(snippets.find(name).code)
        return
    lang = settings.load().lang
    for item in snippets.every():
        print(f"{item.name:<12} {item.titles[lang]}")
    print(text("lab.how", lang))
