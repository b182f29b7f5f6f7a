"""A proposal beside today's spend and the plans that were saved for the same thing; keeping it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.plans import keep
from workbench.plans.basis import WEEK
from workbench.plans.keep import SavedPlan
from workbench.plans.proposal import Proposal
from workbench.plans.scenarios import Scenarios, compare
from workbench.plans.steer import AMOUNTS, Steering
from workbench.plans.weekly import Schedule

if TYPE_CHECKING:
    from workbench.data import Store

TODAY, PLAN = "today", "plan"
MOST = 8
"""Saved plans that stand beside a proposal: the ones changed last."""
CENTS = 2


def alike(store: Store, proposal: Proposal) -> tuple[SavedPlan, ...]:
    """Saved plans of the same outcome, currency, days, scope and kind of cell, the last changed first."""
    wanted = _about(store, proposal)
    names = ("metric", "currency", "by", "days")
    kept = [
        item
        for item in keep.items(store)
        if all(_plain(getattr(item, name)) == wanted[name] for name in names)
        and {name: list(values) for name, values in item.where.items()} == wanted["where"]
        and "period" not in item.table
    ]
    return tuple(sorted(kept, key=lambda item: str(item.item.changed), reverse=True)[:MOST])


def scenarios(proposal: Proposal, kept: tuple[SavedPlan, ...]) -> Scenarios:
    """Today, the proposal, and saved plans by their ids, against today."""
    found = compare({TODAY: proposal.now, PLAN: proposal, **{item.item.id: item for item in kept}})
    own, of = found.table["scenario"].isin([TODAY, PLAN]), proposal.basis
    table = found.table.assign(
        source=found.table["source"].where(~own, of.source),
        days=found.table["days"].where(~own, of.days),
        currency=found.table["currency"].where(~own, of.currency),
    )
    return replace(found, table=table)


def save(store: Store, name: str, proposal: Proposal | Schedule, shared: bool = False) -> SavedPlan:
    """Save a proposal's plan for its days, with what was asked for: it loads back into the sliders.

    The plan of a schedule is saved week by week, without it.

    Raises:
        Refused: for a name that is taken or cannot be shown.
    """
    if isinstance(proposal, Schedule):
        return _save_weeks(store, name, proposal, shared)
    about = _about(store, proposal)
    start, end = about.pop("start"), about.pop("end")
    return keep.create(store, name, proposal.plan, start, end, cells=proposal.curves, shared=shared, **about)


def _save_weeks(store: Store, name: str, schedule: Schedule, shared: bool) -> SavedPlan:
    of = schedule.proposal
    about = {key: value for key, value in _about(store, of).items() if key not in ("start", "end", "asked")}
    about |= {"metric": schedule.counted, "days": WEEK, "cells": of.curves}
    start, end = schedule.weeks[0], schedule.weeks[-1] + dt.timedelta(days=WEEK - 1)
    return keep.create(store, name, schedule.plan, start, end, shared=shared, **about)


def resave(store: Store, base: SavedPlan, proposal: Proposal) -> SavedPlan:
    """Save a proposal in the place of a saved plan; the one before stays readable as a version.

    Raises:
        Conflict: where somebody has changed it since.
    """
    about = _about(store, proposal)
    days = about.pop("days")
    return keep.replaced(store, base, keep.content_of(store, proposal.plan, about, proposal.curves, days))


def asked_again(plan: SavedPlan) -> dict[str, Any]:
    """Arguments of `propose` that make a saved plan again.

    A plan that `propose` has not made is held channel by channel at what it spends.
    """
    if plan.asked:
        return dict(plan.asked)
    by = "channel" if "channel" in plan.table else "cell"
    held = plan.table.groupby(by, sort=False)["spend"].sum()
    return {
        "by": list(plan.by),
        "where": {name: list(values) for name, values in plan.where.items()},
        "outcome": plan.metric,
        "budget": float(sum(held.tolist())),
        "held": {str(name): float(spend) for name, spend in held.items()},
    }


def _about(store: Store, proposal: Proposal) -> dict[str, Any]:
    """What a proposal's file says besides its cells."""
    of = proposal.basis
    return {
        "by": list(proposal.by),
        "start": proposal.start,
        "end": proposal.end,
        "metric": proposal.outcome,
        "currency": of.currency or store.settings.currency,
        "days": of.days,
        "where": {name: list(values) for name, values in proposal.where.items()},
        "source": of.source,
        "asked": _asked(proposal),
    }


def _asked(proposal: Proposal) -> dict[str, Any]:
    """Arguments of `propose`, budget and target as they came out: a later today is another one."""
    asked = proposal.asked
    rules = {kind: dict(getattr(asked, kind) or {}) for kind in AMOUNTS}
    found = {
        "by": list(proposal.by),
        "where": {name: list(values) for name, values in proposal.where.items()},
        "outcome": proposal.outcome,
        "mode": asked.mode,
        "budget": None if asked.budget is None else _rounded(asked),
        "target": None if asked.target is None else float(asked.target),
        "risk": asked.risk,
        **rules,
    }
    return {name: value for name, value in found.items() if value not in (None, {}, [])}


def _rounded(asked: Steering) -> float:
    """The budget to the cent, as long as every rule fits into it."""
    budget, cents = float(asked.budget or 0.0), round(float(asked.budget or 0.0), CENTS)
    least = sum({**(asked.floors or {}), **(asked.held or {})}.values())
    return cents if cents >= least else budget


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
