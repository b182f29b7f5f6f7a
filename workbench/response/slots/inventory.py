"""Where a slot saturates, when the frame does not say: a multiple of its usual spend, learnt within slots.

Weeks of one slot tell saturation without its rate: given the slot's conversions, they fall on weeks by
exposure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.saturation import Floats
from workbench.response.slots.panel import Panel, exposure

MULTIPLES = np.exp(np.linspace(np.log(0.3), np.log(60.0), 22))
"""Candidates: inventory ÷ usual spend of the slot."""

CENTRE, WIDTH = 4.0, 1.0
"""What is believed before the data: the multiple's middle, and its spread in logarithms."""

TOLD = 0.9
"""Spread of the multiples ÷ that of the belief, from which on the data say nothing."""


@dataclass(frozen=True, eq=False)
class Inventory:
    """Inventories of slots.

    Attributes:
        capacity: Currency a week, shape (G, 168).
        usual: The same for a multiple of 1; None where the frame says the capacity.
        weights: Belief in each of `MULTIPLES` of every first-level group, shape (nodes, 22).
        node: First-level group of each group, shape (G,).
    """

    capacity: Floats
    usual: Floats | None = None
    weights: Floats | None = None
    node: Any = None

    @property
    def known(self) -> bool:
        """Whether the frame says it."""
        return self.usual is None

    @property
    def told(self) -> bool:
        """Whether the data say more than the belief."""
        if self.weights is None:
            return True
        log = np.log(MULTIPLES)
        mean = self.weights @ log
        return bool((np.sqrt(self.weights @ log**2 - mean**2) < TOLD * WIDTH).any())

    def drawn(self, rng: np.random.Generator, many: int) -> Floats:
        """Plausible inventories, shape (many, G, 168); (1, G, 168) where they are known."""
        if self.usual is None or self.weights is None or self.node is None:
            return self.capacity[None]
        rolled = np.stack([rng.choice(MULTIPLES, many, p=own) for own in self.weights], axis=1)
        return np.asarray(rolled[:, self.node, None] * self.usual)


def learnt(panel: Panel, season: Floats, dispersion: float) -> Inventory:
    """The inventories of a panel: as the frame says them, else learnt a first-level group."""
    if panel.capacity is not None:
        return Inventory(panel.capacity)
    usual = usual_spend(panel)
    node = _nodes(panel)
    score = np.stack([_score(panel, season, usual * multiple, node) for multiple in MULTIPLES], axis=1)
    score = score / dispersion - 0.5 * (np.log(MULTIPLES / CENTRE) / WIDTH) ** 2
    weights = np.exp(score - score.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    middle = np.exp(weights @ np.log(MULTIPLES))
    return Inventory(middle[node, None] * usual, usual, weights, node)


def usual_spend(panel: Panel) -> Floats:
    """Mean spend a week of the weeks with spend, shape (G, 168); the group's mean where there is none."""
    spend = np.where(panel.kept, panel.spend, 0.0)
    total, active = spend.sum(axis=2), (spend > 0).sum(axis=2)
    group = total.sum(axis=1) / np.maximum(active.sum(axis=1), 1)
    whole = total.sum() / active.sum()
    own = total / np.maximum(active, 1)
    return np.asarray(np.where(active > 0, own, np.where(group > 0, group, whole)[:, None]) / panel.length)


def _nodes(panel: Panel) -> Any:
    first = sorted({group[:1] for group in panel.groups})
    return np.array([first.index(group[:1]) for group in panel.groups])


def _score(panel: Panel, season: Floats, capacity: Floats, node: Any) -> Floats:
    """Log likelihood of how each slot's conversions fall on weeks, by first-level group."""
    felt = exposure(panel.spend, capacity[..., None]) * season * panel.kept
    whole = felt.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where((felt > 0) & (panel.count > 0), np.log(felt / whole), 0.0)
    each = (panel.count * share).sum(axis=(1, 2))
    return np.asarray(np.bincount(node, each), float)
