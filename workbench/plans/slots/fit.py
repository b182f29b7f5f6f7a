"""Hours of a workspace, fitted once a data version: a painted hour plans on them and fits nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from workbench.plans.fits import Asked, asked_of
from workbench.solvers.slot_sets import JOIN

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.response.slots.model import SlotModel

DRAWS = 100
"""Plausible surfaces behind intervals and the corrected gain."""
KEPT = 4
"""Fits that are kept; the oldest go first."""
PERIOD = "last_180_days"
"""Days that hours are learnt from."""

_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, eq=False)
class FittedSlots:
    """A fit of hours, and what plans on it need.

    Attributes:
        model: The fit. curves: Its CurveTable, currency units and responses a week.
        worth: What platforms say one conversion brought in these weeks; None where they say nothing.
        shares: Group (its parts joined) → its share of today's spend, the one with most first.
    """

    model: SlotModel
    curves: pd.DataFrame
    worth: float | None
    shares: Mapping[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, the one with most spend first."""
        return tuple(self.shares)


def fitted_slots(
    store: Store, by: str | Sequence[str] = ("channel",), where: Mapping[str, Any] | None = None
) -> FittedSlots:
    """The hours of a workspace, as `response.slots_from_store` fits them; remembered by data version.

    Args:
        store: The workspace.
        by: `channel`, or `channel` and `region`.
        where: Dimension → value or values to keep.

    Raises:
        QuestionError: what is missing for hours.
    """
    asked = asked_of(store, by, where, "conversions")
    with _ONE_AT_A_TIME:
        return _fit(asked)


def slot_model(
    store: Store, by: str | Sequence[str] = ("channel",), where: Mapping[str, Any] | None = None
) -> SlotModel:
    """The fit that proposals of time slots stand on.

    Args:
        store: The workspace.
        by: `channel`, or `channel` and `region`.
        where: Dimension → value or values to keep.

    Raises:
        QuestionError: what is missing for hours.
    """
    return fitted_slots(store, by, where).model


@lru_cache(maxsize=KEPT)
def _fit(asked: Asked) -> FittedSlots:
    from workbench.response import slots_from_store

    model = slots_from_store(asked.store, asked.by, PERIOD, asked.filters, draws=DRAWS)
    curves = model.curves()
    names = curves[list(model.by)].agg(JOIN.join, axis=1)
    spent = curves["current"].groupby(names, sort=False).sum().sort_values(ascending=False, kind="stable")
    shares = spent / spent.sum() if spent.sum() > 0 else spent * 0 + 1 / len(spent)
    return FittedSlots(
        model,
        curves,
        _worth(asked, model.currency),
        dict(zip(map(str, shares.index), map(float, shares), strict=True)),
    )


def _worth(asked: Asked, currency: str) -> float | None:
    """Revenue ÷ conversions of the same period, as platforms claim both."""
    from workbench.metrics import kpis

    table = kpis(asked.store, [], ["revenue", "conversions"], PERIOD, None, asked.filters, currency or None)
    revenue, conversions = (float(table.table[name].iloc[0]) for name in ("revenue", "conversions"))
    return revenue / conversions if revenue > 0 and conversions > 0 else None
