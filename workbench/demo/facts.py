"""Delivery and conversion facts as canonical tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from workbench import schema
from workbench.demo import arrow
from workbench.demo.delivery import Facts
from workbench.demo.schedule import Rows
from workbench.demo.streams import Flags, Ints
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
