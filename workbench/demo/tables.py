"""The whole world as canonical tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pyarrow as pa

from workbench.demo import (
    arrow,
    calendar,
    contacts,
    delivery,
    facts,
    people,
    purchases,
    reach,
    shop,
    targets,
    touches,
    voices,
)
from workbench.demo.labels import labels
from workbench.demo.world import SEED, World, world

Progress = Callable[[str, float], None]
"""Called with a key of the texts (`demo.…`) and the share of work done."""


def generate(seed: int = SEED, progress: Progress | None = None) -> dict[str, pa.Table]:
    """Return every table of the demo world.

    Args:
        seed: Seed; the same one gives the same tables to the byte.
        progress: Told what is being made.

    Returns:
        Canonical name → Arrow table, without the roll-up, which the store makes.
    """
    tell = progress or (lambda _key, _done: None)
    known = world(seed)
    tell("demo.delivery", 0.0)
    rows, bought = delivery.deliver(known)
    found = {
        "performance": facts.performance(known, rows, bought),
        "conversions": facts.conversions(known, rows, bought),
        "reach": reach.reach(known, rows, bought),
        "targets": targets.targets(known),
        "external": calendar.external(known),
        "campaigns": _campaigns(known),
        "creatives": _creatives(known),
        "labels": labels(known),
    }
    tell("demo.customers", 0.25)
    return found | _crm(known)


def _crm(known: World) -> dict[str, pa.Table]:
    who = people.people(known)
    bought, trials = purchases.orders(known, who)
    paths = touches.touches(known, who, bought)
    last = touches.last_touch(paths, len(bought))
    parts = shop.lines(known, who, bought)
    first = np.flatnonzero(np.diff(parts.order, prepend=-1))
    earliest = np.full(len(who), -1)
    earliest[bought.customer[::-1]] = np.arange(len(bought))[::-1]
    made = contacts.contacts(known, who)
    return {
        "customers": people.customers(known, who, last[0][earliest], last[1][earliest]),
        "transactions": shop.transactions(known, who, bought, last, parts),
        "order_lines": shop.order_lines(parts),
        "products": shop.products(),
        "events": touches.events(known, who, paths),
        "interactions": contacts.interactions(known, who, made, bought),
        "feedback": voices.feedback(known, who, bought, parts.product[first]),
        "consent": people.consent(known, who),
        "assignments": pa.concat_tables([assignments(known, len(who), bought, trial) for trial in trials]),
    }


def assignments(known: World, size: int, bought: purchases.Orders, trial: purchases.Trial) -> pa.Table:
    """Return who was in a trial, with the orders before and in it.

    Args:
        known: Constants.
        size: Number of customers.
        bought: All orders.
        trial: The trial.
    """
    start, end = known.day(trial.start), known.day(trial.end + timedelta(days=1))
    before = bought.sums(size, start - trial.before_days, start)
    after = bought.sums(size, start, end)
    count = len(trial.members)
    return arrow.table(
        "assignments",
        {
            "experiment": arrow.every(trial.id, count),
            "customer_id": people.customer_ids(trial.members),
            "variant": arrow.names(list(trial.variants), trial.treated.astype(np.int64)),
            "time": arrow.instants(known, np.full(count, float(start))),
            "revenue_before": np.round(before[1][trial.members], 2),
            "orders_before": before[0][trial.members].astype(float),
            "revenue": np.round(after[1][trial.members], 2),
            "orders": after[0][trial.members].astype(float),
            "converted": (after[0][trial.members] > 0).astype(float),
        },
    )


def _campaigns(known: World) -> pa.Table:
    sources = {channel.id: channel.source for channel in known.channels}
    plain = ("advertiser", "account", "channel", "objective")
    columns = {name: [getattr(c, name) for c in known.campaigns] for name in plain}
    weeks = [((c.end - c.start).days + 1) / 7 for c in known.campaigns]
    return arrow.table(
        "campaigns",
        columns
        | {
            "campaign_id": [c.id for c in known.campaigns],
            "campaign": [c.en for c in known.campaigns],
            "source": [sources[c.channel] for c in known.campaigns],
            "audience": [", ".join(c.audiences) for c in known.campaigns],
            "currency": [known.currency] * len(weeks),
            "budget_micros": [
                round(c.weekly * w / 100) * 100_000_000 for c, w in zip(known.campaigns, weeks, strict=True)
            ],
            "start_date": [c.start for c in known.campaigns],
            "end_date": [c.end for c in known.campaigns],
        },
    )


def _creatives(known: World) -> pa.Table:
    return arrow.table(
        "creatives",
        {
            "creative_id": [c.id for c in known.creatives],
            "creative": [c.en for c in known.creatives],
            "campaign_id": [known.campaigns[c.campaign].id for c in known.creatives],
            "format": [c.format for c in known.creatives],
            "headline": [c.zh for c in known.creatives],
            "first_date": [c.first for c in known.creatives],
        },
    )
