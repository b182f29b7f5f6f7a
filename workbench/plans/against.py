"""A proposal beside today's spend and the plans that were saved for the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.plans import keep
from workbench.plans.keep import SavedPlan
from workbench.plans.proposal import Proposal
from workbench.plans.scenarios import Scenarios, compare

if TYPE_CHECKING:
    from workbench.data import Store

TODAY, PLAN = "today", "plan"
MOST = 8
"""Saved plans that stand beside a proposal: the ones changed last."""


def alike(store: Store, proposal: Proposal) -> tuple[SavedPlan, ...]:
    """Saved plans of the same outcome, currency and kind of cell, the last changed first."""
    kept = [
        item
        for item in keep.items(store)
        if (item.metric, item.currency, item.by, item.days)
        == (proposal.outcome, _currency(store, proposal), proposal.by, 7)
    ]
    return tuple(sorted(kept, key=lambda item: str(item.item.changed), reverse=True)[:MOST])


def scenarios(proposal: Proposal, kept: tuple[SavedPlan, ...]) -> Scenarios:
    """Today, the proposal, and saved plans by their ids, against today."""
    return compare({TODAY: proposal.now, PLAN: proposal.plan, **{item.item.id: item for item in kept}})


def save(store: Store, name: str, proposal: Proposal, shared: bool = False) -> SavedPlan:
    """Save a proposal's plan for its days.

    Raises:
        Refused: for a name that is taken or cannot be shown.
    """
    return keep.create(
        store,
        name,
        proposal.plan,
        proposal.start,
        proposal.end,
        cells=proposal.curves,
        by=proposal.by,
        days=7,
        metric=proposal.outcome,
        currency=_currency(store, proposal),
        shared=shared,
    )


def _currency(store: Store, proposal: Proposal) -> str:
    return proposal.currency or store.settings.currency
