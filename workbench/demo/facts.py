"""Delivery and conversion facts, reach and targets as canonical tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from workbench import schema
from workbench.demo import arrow
from workbench.demo.delivery import FEN, Facts
from workbench.demo.schedule import Rows
from workbench.demo.streams import Flags, Floats, Ints, stream
from workbench.demo.world import World

GRAIN = "ad"
BREAKDOWN = "region,device"
IMPORT_ID = "demo"
DELIVERY = tuple(column.name for column in schema.DELIVERY_FACTS)


def performance(world: World, rows: Rows, facts: Facts) -> pa.Table:
    """Return the delivery facts."""
    columns = _dimensions(world, rows)
    columns |= {name: arrow.known(getattr(facts, name)) for name in DELIVERY}
    return arrow.table("performance", columns)


def conversions(world: World, rows: Rows, facts: Facts) -> pa.Table:
    """Return conversions of three kinds; orders are the goal and known for every row, 0 included."""
    everywhere = np.ones(len(rows), bool)
    parts = [
        _kind(world, rows, everywhere, "order", facts.orders, facts.revenue_micros),
        _kind(world, rows, facts.orders > 0, "new_customer", facts.new_customers, None),
        _kind(world, rows, facts.leads >= 0, "lead", facts.leads, None),
    ]
    return pa.concat_tables(parts)


def _kind(world: World, rows: Rows, kept: Flags, kind: str, count: Ints, revenue: Ints | None) -> pa.Table:
    some = Rows(**{name: getattr(rows, name)[kept] for name in Rows.__dataclass_fields__})
    # nobody clicks on a poster: those orders came with its promotion code
    code = np.array([c.channel == "outdoor" for c in world.campaigns], np.int64)[some.campaign]
    columns = _dimensions(world, some) | {
        "goal": arrow.every(kind, len(some)),
        "kind": arrow.every(kind, len(some)),
        "time_basis": arrow.names(["click", "conversion"], code),
        "attribution_window": arrow.names(["7-day click", "promotion code"], code),
        "attribution_model": arrow.names(["last_touch", "promotion_code"], code),
        "is_goal": np.full(len(some), kind == "order"),
        "conversions": count[kept].astype(np.float64),
    }
    if revenue is not None:
        columns["revenue_micros"] = revenue[kept]
    return arrow.table("conversions", columns)


def _dimensions(world: World, rows: Rows) -> dict[str, Any]:
    campaigns, creatives = world.campaigns, world.creatives
    source = {channel.id: channel.source for channel in world.channels}
    placement = {channel.id: channel.en for channel in world.channels}

    def of_campaign(values: list[str]) -> pa.Array:
        return arrow.names(values, rows.campaign)

    def of_creative(name: str) -> pa.Array:
        return arrow.names([getattr(creative, name) for creative in creatives], rows.creative)

    hour = np.where(rows.hour < 0, -1, rows.hour)
    how = np.where(hour < 0, -1, world.weekday[rows.day] * 24 + hour)
    start = np.where(hour < 0, np.nan, rows.day + hour / 24)
    return {
        "source": of_campaign([source[c.channel] for c in campaigns]),
        "advertiser": of_campaign([c.advertiser for c in campaigns]),
        "account": of_campaign([c.account for c in campaigns]),
        "channel": of_campaign([c.channel for c in campaigns]),
        "campaign_id": of_campaign([c.id for c in campaigns]),
        "campaign": of_campaign([c.en for c in campaigns]),
        "ad_group_id": of_creative("ad_group_id"),
        "ad_group": of_creative("ad_group"),
        "ad_id": of_creative("id"),
        "ad": of_creative("en"),
        "creative": of_creative("en"),
        "region": arrow.names([region.id for region in world.regions], rows.region),
        "device": arrow.names([device.id for device in world.devices], rows.device),
        "audience": of_creative("audience"),
        "placement": of_campaign([placement[c.channel] for c in campaigns]),
        "grain": arrow.every(GRAIN, len(rows)),
        "breakdown": arrow.every(BREAKDOWN, len(rows)),
        "scope": arrow.every("", len(rows)),
        "local_date": arrow.dates(world, rows.day),
        "local_hour": arrow.known(hour),
        "hour_of_week": arrow.known(how),
        "hour_utc": arrow.instants(world, start),
        "timezone": arrow.every(world.timezone, len(rows)),
        "currency": arrow.every(world.currency, len(rows)),
        "import_id": arrow.every(IMPORT_ID, len(rows)),
    }


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


def months(world: World) -> list[tuple[date, date]]:
    """Return first and last day of every month."""
    found, start = [], world.first
    while start <= world.last:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        found.append((start, following - timedelta(days=1)))
        start = following
    return found


def reach(world: World, rows: Rows, facts: Facts) -> pa.Table:
    """Return reach by campaign and window: distinct people of a finite audience, seen at random."""
    shape = (len(world.campaigns), world.days)
    cell = np.ravel_multi_index((rows.campaign, rows.day), shape)
    daily = np.bincount(cell, facts.impressions, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.concatenate([np.zeros((shape[0], 1)), np.cumsum(daily, axis=1)], axis=1)
    spans = np.array([(world.day(start), world.day(end) + 1) for start, end in windows(world)])
    shown = total[:, spans[:, 1]] - total[:, spans[:, 0]]
    # a campaign knows this many people; a longer window meets some of them again
    people = daily.sum(axis=1, keepdims=True) / np.maximum((daily > 0).sum(axis=1, keepdims=True), 1) * 20
    wobble = stream(world.seed, "reach").lognormal(0, 0.03, shown.shape)
    met = np.rint(np.minimum(people * -np.expm1(-shown / people * 0.8) * wobble, shown)).astype(np.int64)
    campaign, window = np.nonzero(shown > 0)
    sources = {channel.id: channel.source for channel in world.channels}
    columns = {
        "source": [sources[c.channel] for c in world.campaigns],
        "advertiser": [c.advertiser for c in world.campaigns],
        "account": [c.account for c in world.campaigns],
        "channel": [c.channel for c in world.campaigns],
        "campaign_id": [c.id for c in world.campaigns],
        "campaign": [c.en for c in world.campaigns],
    }
    size = len(campaign)
    return arrow.table(
        "reach",
        {name: arrow.names(values, campaign) for name, values in columns.items()}
        | {
            "grain": arrow.every("campaign", size),
            "start_date": arrow.dates(world, spans[window, 0]),
            "end_date": arrow.dates(world, spans[window, 1] - 1),
            "impressions": shown[campaign, window].astype(np.int64),
            "reach": met[campaign, window],
            "import_id": arrow.every(IMPORT_ID, size),
        },
    )


def targets(world: World) -> pa.Table:
    """Return monthly targets by channel: the plan at planned prices, a little ambitious."""
    budget, spans = world.season("budget"), months(world)
    rows: list[dict[str, Any]] = []
    for channel in world.channels:
        plan = _planned(world, channel.id)
        plan = plan if channel.billing == "contract" else plan * budget
        for start, end in spans:
            cost = float(plan[world.day(start) : world.day(end) + 1].sum())
            impressions = cost / channel.price * (1 / channel.ctr if channel.billing == "click" else 1000)
            orders = cost / channel.cpa * 1.03
            rows.append(
                {
                    "channel": channel.id,
                    "currency": world.currency,
                    "start_date": start,
                    "end_date": end,
                    "impressions": round(impressions, -3),
                    "clicks": round(impressions * channel.ctr, -2) if channel.ctr else None,
                    "cost_micros": round(cost / 100) * 10_000 * FEN,
                    "conversions": float(round(orders, -1)),
                    "revenue_micros": round(orders * channel.aov / 100) * 10_000 * FEN,
                }
            )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for name in ("impressions", "clicks"):
        columns[name] = [None if value is None else int(value) for value in columns[name]]
    return arrow.table("targets", columns)


def _planned(world: World, channel: str) -> Floats:
    plan = np.zeros(world.days)
    for campaign in world.campaigns:
        if campaign.channel == channel:
            plan[world.day(campaign.start) : world.day(campaign.end) + 1] += campaign.weekly / 7
    return plan
