"""Questions as ready cells: for the command palette of JupyterLab and for `%question`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.errors import InputError, unknown


@dataclass(frozen=True)
class Snippet:
    """A cell to begin with.

    Attributes:
        name: What `%question` calls it.
        titles: Language → what it answers.
        code: The cell.
    """

    name: str
    titles: Mapping[str, str]
    code: str


@cache
def every() -> tuple[Snippet, ...]:
    """All of them, in the order of the file."""
    text = Path(__file__).with_name("snippets.toml").read_text(encoding="utf-8")
    return tuple(
        Snippet(name, {"en": entry["en"], "zh": entry["zh"]}, entry["code"].strip())
        for name, entry in tomllib.loads(text).items()
    )


def find(name: str) -> Snippet:
    """The one called `name`.

    Raises:
        InputError: when there is none.
    """
    known = {item.name: item for item in every()}
    if name not in known:
        raise unknown("question", name, known, InputError)
    return known[name]
