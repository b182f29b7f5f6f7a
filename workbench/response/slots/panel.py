"""What a slot fit works on: arrays by group, hour of the week and week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.response.notes import Note
from workbench.response.saturation import Floats
from workbench.response.slots.pooling import Tree

OUTCOMES = ("conversions", "clicks")


@dataclass(frozen=True, eq=False)
class Panel:
    """A slot frame that was read.

    Attributes:
        by: Columns that name a group. groups: Their values, one tuple a group, G of them.
        weeks: Labels of T weeks in order; `("",)` for a frame without weeks.
        spend: Currency units, shape (G, 168, T). count: The outcome, the same shape.
        rows: Which slots the frame names, shape (G, 168).
        kept: Which rows count, shape (G, 168, T): no holidays.
        capacity: Currency a week at which a slot saturates, shape (G, 168); None where it is not known.
        outcome: `conversions` or `clicks`.
        length: Weeks that a row without weeks adds up.
        notes: What a reader must know.
    """

    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    weeks: tuple[Any, ...]
    spend: Floats
    count: Floats
    rows: Any
    kept: Any
    capacity: Floats | None
    outcome: str = "conversions"
    length: float = 1.0
    notes: tuple[Note, ...] = ()

    @property
    def current(self) -> Floats:
        """Mean spend a week of the last weeks, shape (G, 168)."""
        last, kept = self.spend[..., -RECENT:], self.kept[..., -RECENT:]
        total = np.where(kept, last, 0.0).sum(axis=2)
        return np.asarray(total / np.maximum(kept.sum(axis=2), 1) / self.length)

    @property
    def highest(self) -> Floats:
        """Highest spend a week of each slot, shape (G, 168)."""
        return np.asarray(self.spend.max(axis=2) / self.length)

    @property
    def tree(self) -> Tree:
        """Groups inside the values of the first columns, level by level; a level of one node is left out."""
        parents: list[Any] = []
        above = np.zeros(len(self.groups), int)
        for depth in range(1, len(self.by) + 1):
            names = sorted({group[:depth] for group in self.groups})
            place = {name: at for at, name in enumerate(names)}
            own = np.array([place[group[:depth]] for group in self.groups])
            if len(names) == 1 + above.max():  # this column splits nothing
                continue
            inside = np.zeros(len(names), int)
            inside[own] = above
            parents.append(inside)
            above = own
        return Tree(tuple(parents))

    def cell(self, group: int, hour: int) -> str:
        """Name of a slot."""
        return " · ".join((*self.groups[group], f"{hour:03d}"))

    def first(self, weeks: int) -> Panel:
        """The first weeks alone."""
        cut = {name: getattr(self, name)[..., :weeks] for name in ("spend", "count", "kept")}
        return replace(self, weeks=self.weeks[:weeks], **cut)


RECENT = 4
"""Weeks whose mean spend is today's."""


def exposure(spend: Floats, capacity: Floats) -> Floats:
    """Effective spend: capacity · (1 − e^(−spend ÷ capacity)); 0 where a slot has no inventory."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = -capacity * np.expm1(-spend / capacity)
    return np.asarray(np.where(np.isfinite(capacity), np.where(capacity > 0, found, 0.0), spend))
