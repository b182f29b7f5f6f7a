"""Touches: what people saw and clicked before an order, and what led to nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.people import People, constants, customer_ids
from workbench.demo.purchases import Orders
from workbench.demo.schedule import campaign_days
from workbench.demo.streams import Floats, Ints, pick, stream
from workbench.demo.world import World


@dataclass(frozen=True)
class Touches:
    """One entry a touch; `order` is the position of the order it led to, −1 for none.

    Attributes:
        last: Whether it is the last touch before its order.
    """

    customer: Ints
    order: Ints
    channel: Ints
    campaign: Ints
    time: Floats
    clicked: Ints
    last: Ints


def touches(world: World, who: People, bought: Orders) -> Touches:
    """Return the touches of all paths, and of visits that led to nothing."""
    rng = stream(world.seed, "touches")
    known = constants()["touches"]
    first, last = (_mix(world, known[name]) for name in ("first", "last"))
    ends = np.flatnonzero(rng.random(len(bought)) >= known["direct"])
    channel_end = rng.choice(len(world.channels), len(ends), p=last)
    time_end = bought.time[ends] - _delays(world, rng, channel_end)
    extra = rng.poisson(known["extra"], len(ends))
    order = np.repeat(ends, extra)
    # touches of one path lie ever further back: running sums of gaps that start anew at each path
    gaps = np.cumsum(rng.exponential(known["gap_days"], len(order)))
    begin = np.repeat(np.cumsum(extra) - extra, extra)
    back = gaps - np.concatenate([[0.0], gaps])[begin]
    time = np.repeat(time_end, extra) - back
    channel = rng.choice(len(world.channels), len(order), p=0.7 * first + 0.3 * last)
    idle = np.repeat(np.arange(len(who)), rng.poisson(known["idle"], len(who)))
    start = np.maximum(who.joined[idle] - 30.0, 0.0)
    time_idle = start + rng.random(len(idle)) * (world.days - start)
    channel_idle = rng.choice(len(world.channels), len(idle), p=0.6 * first + 0.4 * last)
    customer = np.concatenate([bought.customer[ends], bought.customer[order], idle])
    channel = np.concatenate([channel_end, channel, channel_idle])
    time = np.concatenate([time_end, time, time_idle])
    is_last = np.arange(len(time)) < len(ends)
    seen = world.index("channels")["outdoor"]
    clicked = (is_last | (rng.random(len(time)) < known["clicked"])) & (channel != seen)
    found = Touches(
        customer=customer,
        order=np.concatenate([ends, order, np.full(len(idle), -1)]),
        channel=channel,
        campaign=_campaigns(world, rng, channel, who.region[customer], time),
        time=time,
        clicked=clicked.astype(np.int64),
        last=is_last.astype(np.int64),
    )
    return _inside(found)


def _inside(found: Touches) -> Touches:
    """Keep touches since the world's first day, in time order."""
    order = np.lexsort((found.customer, found.time))
    order = order[found.time[order] >= 0]
    return Touches(**{name: getattr(found, name)[order] for name in Touches.__dataclass_fields__})


def _mix(world: World, shares: dict[str, float]) -> Floats:
    mix = np.array([shares[channel.id] for channel in world.channels])
    normal: Floats = mix / mix.sum()
    return normal


def _delays(world: World, rng: np.random.Generator, channel: Ints) -> Floats:
    """Days from the last touch to the order: the same law that holds back platform conversions."""
    now = np.array([c.delay_now for c in world.channels])[channel]
    days = np.array([c.delay_days for c in world.channels])[channel]
    at_once = rng.random(len(channel)) < now
    return np.where(at_once, rng.uniform(1, 40, len(channel)) / 1440, rng.exponential(days))


def _campaigns(world: World, rng: np.random.Generator, channel: Ints, region: Ints, time: Floats) -> Ints:
    """Choose a campaign that ran in the channel on that day, where possible in that region."""
    plan = campaign_days(world)
    serves = np.array([[r.id in c.regions for r in world.regions] for c in world.campaigns])
    day = np.clip(time.astype(np.int64), 0, world.days - 1)
    chosen = np.full(len(channel), -1)
    for at in range(len(world.channels)):
        campaigns = np.flatnonzero(world.channel_of == at)
        rows = np.flatnonzero(channel == at)
        weights = plan[campaigns].T[:, None, :] * (serves[campaigns].T[None] + 1e-6)
        cell = day[rows] * len(world.regions) + region[rows]
        chosen[rows] = campaigns[pick(rng, weights.reshape(-1, len(campaigns)), cell)]
    return chosen


def last_touch(found: Touches, orders: int) -> tuple[Ints, Ints]:
    """Channel and campaign of each order's last touch, −1 for orders without one."""
    channel, campaign = np.full(orders, -1), np.full(orders, -1)
    ends = found.last == 1
    channel[found.order[ends]] = found.channel[ends]
    campaign[found.order[ends]] = found.campaign[ends]
    return channel, campaign


def events(world: World, who: People, found: Touches) -> pa.Table:
    """Return the touches as table `events`."""
    rng = stream(world.seed, "touch creatives")
    size = len(found.time)
    of = np.array([creative.campaign for creative in world.creatives])
    first = np.array([world.day(creative.first) for creative in world.creatives])
    start = np.searchsorted(of, np.arange(len(world.campaigns)))[found.campaign]
    creative = start + (rng.random(size) * np.bincount(of)[found.campaign]).astype(np.int64)
    creative = np.where(first[creative] <= found.time, creative, start)
    shares = [[d.numbers["share"].get(c.id, 0.0) for d in world.devices] for c in world.channels]
    return arrow.table(
        "events",
        {
            "event_id": arrow.ids("e", np.arange(size) + 1, 6),
            "customer_id": customer_ids(found.customer),
            "kind": arrow.names(["impression", "click"], found.clicked),
            "channel": arrow.names([c.id for c in world.channels], found.channel),
            "campaign_id": arrow.names([c.id for c in world.campaigns], found.campaign),
            "creative": arrow.names([c.en for c in world.creatives], creative),
            "device": arrow.names([d.id for d in world.devices], pick(rng, np.array(shares), found.channel)),
            "region": arrow.names([r.id for r in world.regions], who.region[found.customer]),
            "time": arrow.instants(world, found.time),
            "local_date": arrow.dates(world, found.time.astype(np.int64)),
            "hour_of_week": arrow.hour_of_week(world, found.time),
        },
    )
