"""Months of the world, and monthly targets by channel."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.delivery import FEN
from workbench.demo.streams import Floats
from workbench.demo.world import World


def months(world: World) -> list[tuple[date, date]]:
    """Return first and last day of every month."""
    found, start = [], world.first
    while start <= world.last:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        found.append((start, following - timedelta(days=1)))
        start = following
    return found


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
