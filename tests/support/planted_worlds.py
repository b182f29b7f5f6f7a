"""Many seeds of the demo world, each made only as far as one analysis needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.demo import contacts, curves, delivery, people, purchases, schedule, tables
from workbench.demo.world import world


def trials(seeds: Iterable[int]) -> pa.Table:
    """Assignments of every trial of each seed, with `world` beside them: one segment a world."""
    kept = ["experiment", "variant", "converted", "revenue", "orders_before", "revenue_before"]
    parts = []
    for seed in seeds:
        known = world(seed)
        who = people.people(known)
        bought, made = purchases.orders(known, who)
        for trial in made:
            rows = tables.assignments(known, len(who), bought, trial).select(kept)
            parts.append(rows.append_column("world", pa.array(np.full(len(rows), seed))))
    return pa.concat_tables(parts)


def programme(seed: int) -> pd.DataFrame:
    """Customers of the loyalty programme, one row before and one after its start."""
    known = world(seed)
    who = people.people(known)
    bought, made = purchases.orders(known, who)
    trial, rows = made[0], []
    start = known.day(trial.start)
    for half, first, last in ((0, start - trial.before_days, start), (1, start, known.days)):
        count, sales = (values[trial.members] for values in bought.sums(len(who), first, last))
        found = {"customer": trial.members, "half": half, "revenue": sales, "treated": trial.treated * half}
        rows.append(pd.DataFrame(found | {"converted": (count > 0).astype(float)}))
    return pd.concat(rows)


def reactions(seed: int) -> pd.DataFrame:
    """Contacts with their planted chance of a positive reaction, and which was a customer's first."""
    known, here = people.constants(), world(seed)
    who = people.people(here)
    drawn = contacts.contacts(here, who)
    group = who.value_class[drawn.customer]
    return pd.DataFrame(
        {
            "customer": drawn.customer,
            "method": np.array(list(known["methods"]))[drawn.method],
            "group": np.array(list(known["classes"]))[group],
            "positive": (drawn.reaction == contacts.POSITIVE).astype(float),
            "chance": contacts.reaction_probability(group, drawn.method, drawn.gap, drawn.recent),
            "first": np.isnan(drawn.gap),
        }
    )


def regions(seed: int, first: dt.date, last: dt.date) -> pd.DataFrame:
    """One row a region and day from `first` to `last`: `conversions`, and `cvr` of channels with clicks."""
    known = world(seed).between(first, last)
    week, planned = curves.slots(known), curves.response(known)
    rows = schedule.schedule(known, week)
    found = delivery.traffic(known, rows, week, planned)
    names, size = [region.id for region in known.regions], len(known.regions) * known.days
    cell = rows.region * known.days + rows.day
    every = np.bincount(cell, found.orders, size)
    online = np.bincount(cell, found.orders * found.has_clicks, size)
    clicks = np.bincount(cell, found.clicks * found.has_clicks, size)
    days = pd.date_range(first, periods=known.days)
    return pd.DataFrame(
        {
            "region": np.repeat(names, known.days),
            "day": np.tile(days, len(names)),
            "conversions": every,
            "cvr": online / clicks,
        }
    )
