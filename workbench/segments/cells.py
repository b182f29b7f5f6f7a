"""The map of all 125 RFM cells to nine named segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

ANY = (1, 5)


@dataclass(frozen=True)
class Block:
    """A block of cells that carries a name.

    Attributes:
        segment: Its name; in words: the text `segments.name_<segment>`.
        r, f, m: Lowest and highest score of recency, frequency and money.
    """

    segment: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int] = ANY

    def holds(self, r: int, f: int, m: int) -> bool:
        """Whether a cell is in the block."""
        pairs = ((self.r, r), (self.f, f), (self.m, m))
        return all(low <= score <= high for (low, high), score in pairs)


BLOCKS = (
    Block("champions", (4, 5), (4, 5), (4, 5)),
    Block("loyal", (4, 5), (4, 5), (1, 3)),
    Block("loyal", (3, 3), (4, 5)),
    Block("potential", (4, 5), (2, 3)),
    Block("new", (4, 5), (1, 1)),
    Block("attention", (3, 3), (1, 3)),
    Block("win_back", (1, 2), (4, 5), (4, 5)),
    Block("at_risk", (1, 2), (4, 5), (1, 3)),
    Block("at_risk", (1, 2), (3, 3)),
    Block("at_risk", (1, 2), (1, 2), (4, 5)),
    Block("dormant", (2, 2), (1, 2), (1, 3)),
    Block("lost", (1, 1), (1, 2), (1, 3)),
)
"""Disjoint, and together all cells; the order is that of the profile."""

SEGMENTS = tuple(dict.fromkeys(block.segment for block in BLOCKS))


def cells() -> Iterator[tuple[int, int, int]]:
    """All cells, (1, 1, 1) first."""
    scores = range(1, 6)
    return ((r, f, m) for r in scores for f in scores for m in scores)


@cache
def segment_of(r: int, f: int, m: int) -> str:
    """The segment of a cell."""
    return next(block.segment for block in BLOCKS if block.holds(r, f, m))


def codes() -> list[int]:
    """Position in `SEGMENTS` of every cell, as `cells` orders them."""
    return [SEGMENTS.index(segment_of(*cell)) for cell in cells()]
