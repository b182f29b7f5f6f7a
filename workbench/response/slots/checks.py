"""Whether a slot fit can be planned on: checks, each with a status, a sentence and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.sources.review import Finding, Status, finding

if TYPE_CHECKING:
    from workbench.response.slots.model import SlotModel


@dataclass(frozen=True)
class SlotThresholds:
    """What a check needs; the first number of a pair asks for a look, the second one fails.

    Attributes:
        per_cell: Conversions a slot, and conversions a group that rates cannot be told from.
        per_group: Conversions of a group.
        weeks: Weeks from which drift and noise can be told.
        tried: Share of the slots that had spend.
        noisy: Variance ÷ mean of the counts.
        drifting: Standard deviation of log rates from week to week.
    """

    per_cell: tuple[float, float] = (0.5, 0.05)
    per_group: float = 30.0
    weeks: int = 6
    tried: float = 0.8
    noisy: float = 2.0
    drifting: float = 0.25


def check(model: SlotModel, limits: SlotThresholds | None = None) -> tuple[Finding, ...]:
    """All findings on a model, in order."""
    return tuple(_findings(model, limits or SlotThresholds()))


def explained(model: SlotModel) -> float:
    """Share of the deviance of cells' counts that the rates explain, over one rate for everything."""
    cells, rate = model.learnt.cells, model.learnt.rate
    seen = cells.exposure > 0
    y, e = cells.count[seen], cells.exposure[seen]
    plain, fitted = e * y.sum() / e.sum(), e * rate[seen]
    whole = _deviance(y, plain)
    return float(1 - _deviance(y, fitted) / whole) if whole > 0 else 0.0


def _deviance(y: Any, mean: Any) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(y > 0, y * np.log(y / mean), 0.0) - (y - mean)
    return float(2 * each.sum())


def _findings(model: SlotModel, limits: SlotThresholds) -> Iterator[Finding]:
    panel, learnt = model.panel, model.learnt
    count = (panel.count * panel.kept).sum(axis=2)
    many = float(count.sum() / max(panel.rows.sum(), 1))
    status: Status = (
        "PASS" if many >= limits.per_cell[0] else "REVIEW" if many >= limits.per_cell[1] else "FAIL"
    )
    yield _said(status, "per_cell", count=f"{many:.2g}")
    thin = [
        " · ".join(group)
        for group, own in zip(panel.groups, count, strict=True)
        if own.sum() < limits.per_group
    ]
    if thin:
        yield _said("REVIEW", "thin", groups=", ".join(thin[:5]), count=len(thin))
    share = float(((panel.spend > 0) & panel.kept).any(axis=2).sum() / max(panel.rows.sum(), 1))
    yield _said("PASS" if share >= limits.tried else "REVIEW", "tried", share=f"{share:.0%}")
    if len(panel.weeks) < limits.weeks:
        yield _said("REVIEW", "weeks", weeks=len(panel.weeks))
    noise = float(learnt.noise[panel.rows].mean())
    if noise > limits.noisy:
        yield _said("REVIEW", "noisy", times=f"{noise:.2g}")
    if np.sqrt(learnt.drift) > limits.drifting:
        yield _said("REVIEW", "drifting", share=f"{np.sqrt(learnt.drift):.0%}")
    if not learnt.inventory.known:
        yield _said("REVIEW", "inventory_told" if learnt.inventory.told else "inventory")
    yield _said("REVIEW", "observed")


def _said(status: Status, code: str, **values: Any) -> Finding:
    whole = f"slots.{code}_ok" if status == "PASS" else f"slots.{code}"
    return finding(status, whole, "en", **values)
