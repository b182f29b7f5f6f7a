"""Where a table begins: the header row below preambles and titles, and the delimiter."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workbench.sources.words import heading, normal

PREVIEW = 60
"""Rows in which the header must appear."""

_NUMBER = re.compile(r"[\s\d.,%+\-/:¥￥$€()]+")


@dataclass(frozen=True)
class Found:
    """A header row: its index among the rows looked at, its cells, and how many of them are known.

    Attributes:
        index, cells, known: As said.
        alike: Cells that differ in capitals and spaces at most, so that nobody can tell which is meant.
    """

    index: int
    cells: tuple[str, ...]
    known: int
    alike: tuple[str, ...] = ()


def locate(rows: Sequence[Sequence[str]], known: Collection[str]) -> Found | None:
    """The row that is most likely the header.

    Args:
        rows: First rows of a table, as texts.
        known: Header words of all profiles and of the mapping, in normal form.

    Returns:
        The row with most known words (at least two); else the first that looks like one (texts, all
        different, over a row of the same width; with a known word also texts of which some are alike); None
        where no row does.
    """
    best: Found | None = None
    for index, row in enumerate(rows[:PREVIEW]):
        count = _known(row, known)
        if count >= 2 and (best is None or count > best.known):
            best = Found(index, _trimmed(row), count)
    return best or _plausible(rows, known)


def _known(row: Sequence[str], known: Collection[str]) -> int:
    words = {word for cell in row if cell.strip() for word in (_word(cell, known),) if word}
    return len(words)


def _word(cell: str, known: Collection[str]) -> str:
    if len(cell) > 120:
        return ""
    text = normal(cell)
    if text in known:
        return text
    name = heading(cell).name
    return name if name in known else ""


def _plausible(rows: Sequence[Sequence[str]], known: Collection[str]) -> Found | None:
    for index, row in enumerate(rows[:PREVIEW]):
        cells = _trimmed(row)
        below = rows[index + 1] if index + 1 < len(rows) else ()
        texts = [normal(cell) for cell in cells if cell.strip()]
        wordy = len(texts) >= 2 and len(texts) == len(cells) <= len(below)
        if not wordy or any(_NUMBER.fullmatch(text) for text in texts):
            continue
        count, alike = _known(row, known), tuple(cell for cell in cells if texts.count(normal(cell)) > 1)
        if count or not alike:
            return Found(index, cells, count, alike)
    return None


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    """The cells without empty ones at the end."""
    cells = [cell.strip().strip("\ufeff") for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)
