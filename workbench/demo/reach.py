"""Reach by campaign and by account, in the windows platforms are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.delivery import Facts
from workbench.demo.facts import IMPORT_ID
from workbench.demo.schedule import Rows
from workbench.demo.streams import Floats, Ints, stream, sums
from workbench.demo.targets import months
from workbench.demo.world import Campaign, World

KNOWN_DAYS = 20
"""A campaign knows as many people as see its impressions of this many days, one each."""

OVERLAP = 0.7
"""An account's campaigns know some of the same people."""


def windows(world: World) -> list[tuple[date, date]]:
    """Return the windows of reach: whole weeks and months, the last 7, 28 and 90 days, and those before."""
    found = []
    monday = world.first + timedelta(days=-world.first.weekday() % 7)
    while monday + timedelta(days=6) <= world.last:
        found.append((monday, monday + timedelta(days=6)))
        monday += timedelta(days=7)
    found += months(world)
    for length in (7, 28, 90):
        for back in (0, length):
            end = world.last - timedelta(days=back)
            found.append((end - timedelta(days=length - 1), end))
    return list(dict.fromkeys(found))


def reach(world: World, rows: Rows, facts: Facts) -> pa.Table:
    """Return distinct people reached by campaign and by account, in every window.

    People of a finite audience are met at random, so a longer window meets some of them again.
    """
    campaigns = world.campaigns
    accounts = list(dict.fromkeys(c.account for c in campaigns))
    of = np.array([accounts.index(c.account) for c in campaigns])
    daily = _daily(world, rows.campaign, rows, facts, len(campaigns))
    per_account = _daily(world, of[rows.campaign], rows, facts, len(accounts))
    known = daily.sum(axis=1) / np.maximum((daily > 0).sum(axis=1), 1) * KNOWN_DAYS
    people = OVERLAP * sums(of, known, len(accounts))
    firsts = [campaigns[int(np.argmax(of == at))] for at in range(len(accounts))]
    met, met_account = _met(world, "campaign", daily, known), _met(world, "account", per_account, people)
    own = (of == np.arange(len(accounts))[:, None]).astype(np.int64)
    most, sum_of_all = (own[:, :, None] * met).max(axis=1), own @ met
    shown = _shown(world, per_account)
    return pa.concat_tables(
        [
            _table(world, "campaign", campaigns, _shown(world, daily), met),
            _table(world, "account", firsts, shown, np.clip(met_account, most, sum_of_all)),
        ]
    )


def _daily(world: World, of: Ints, rows: Rows, facts: Facts, size: int) -> Floats:
    cell = of * world.days + rows.day
    return sums(cell, facts.impressions.astype(float), size * world.days).reshape(size, world.days)


def _spans(world: World) -> Ints:
    return np.array([(world.day(start), world.day(end) + 1) for start, end in windows(world)])


def _shown(world: World, daily: Floats) -> Floats:
    total = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(daily, axis=1)], axis=1)
    spans = _spans(world)
    shown: Floats = total[:, spans[:, 1]] - total[:, spans[:, 0]]
    return shown


def _met(world: World, grain: str, daily: Floats, people: Floats) -> Ints:
    shown = _shown(world, daily)
    wobble = stream(world.seed, f"reach {grain}").lognormal(0, 0.02, shown.shape)
    met = people[:, None] * -np.expm1(-0.8 * shown / people[:, None]) * wobble
    return np.rint(np.minimum(met, shown)).astype(np.int64)


def _table(world: World, grain: str, objects: Sequence[Campaign], shown: Floats, met: Ints) -> pa.Table:
    at, window = np.nonzero(shown > 0)
    spans, sources = _spans(world), {channel.id: channel.source for channel in world.channels}
    columns = {
        "source": [sources[c.channel] for c in objects],
        **{name: [getattr(c, name) for c in objects] for name in ("advertiser", "account", "channel")},
    }
    if grain == "campaign":
        columns |= {"campaign_id": [c.id for c in objects], "campaign": [c.en for c in objects]}
    return arrow.table(
        "reach",
        {name: arrow.names(values, at) for name, values in columns.items()}
        | {
            "grain": arrow.every(grain, len(at)),
            "start_date": arrow.dates(world, spans[window, 0]),
            "end_date": arrow.dates(world, spans[window, 1] - 1),
            "impressions": shown[at, window].astype(np.int64),
            "reach": met[at, window],
            "import_id": arrow.every(IMPORT_ID, len(at)),
        },
    )
