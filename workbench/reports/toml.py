"""TOML that people write: a mark that Windows puts before a text is no mistake, another encoding is said.

Sentences on what stands in it name a line: `lines` finds that of a key, however the key is written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import ReportError


def read(file: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says.

    Args:
        file: The file.

    Raises:
        ReportError: when it cannot be read, is not UTF-8, or no TOML.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise ReportError("Its text is not UTF-8.", "Save it as UTF-8.", str(file)) from None
    except OSError as error:
        raise ReportError(
            f"It cannot be read ({error.strerror}).", "Let this user read it.", str(file)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None


def lines(text: str) -> dict[tuple[str, ...], int]:
    """The line on which each table and key begins, counted from 1: its names from the outermost on → line.

    Headings, dotted keys and inline tables all count; of tables in a list the first one does.

    Args:
        text: Valid TOML.
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    written = [line.rstrip("\r") for line in text.split("\n")]
    for number, said in _statements(written):
        heads = written[number - 1].lstrip().startswith("[")
        table = () if heads else table
        paths = [(*table, *path) for path in _paths(said)]
        table = paths[-1] if heads else table
        for path in paths:
            found.setdefault(path, number)
    return found


def _statements(written: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Headings and pairs, each with its first line and what it alone says; some take several lines."""
    held: list[str] = []
    for number, line in enumerate(written, 1):
        held.append(line)
        try:
            said = tomllib.loads("\n".join(held))
        except tomllib.TOMLDecodeError:
            continue
        if said:
            yield number - len(held) + 1, said
        held.clear()


def _paths(said: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Names of all that stands in a table, from the outermost on; of a list of tables those of its first."""
    for name, value in said.items():
        yield (*above, name)
        inside = value[0] if isinstance(value, list) and value else value
        if isinstance(inside, Mapping):
            yield from _paths(inside, (*above, name))
