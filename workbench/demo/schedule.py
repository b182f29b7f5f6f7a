"""Where the money goes: report rows by campaign, day, hour, region, creative and device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.demo.curves import Slots
from workbench.demo.streams import Floats, Ints, drift, pick, shocks, stream
from workbench.demo.world import World

PULSE = 1.35
"""Every fourth week or so one campaign in five is pushed by this factor, the next week cut by it."""


@dataclass(frozen=True)
class Rows:
    """One entry a report row; positions in the world's tuples, hour −1 where only the day is known."""

    campaign: Ints
    creative: Ints
    region: Ints
    device: Ints
    day: Ints
    hour: Ints
    spend: Floats

    def __len__(self) -> int:
        return len(self.day)


def campaign_days(world: World) -> Floats:
    """Planned CNY of every campaign on every day, shape (campaigns, days); 0 when not running."""
    rng = stream(world.seed, "budgets")
    shape = (len(world.campaigns), world.days)
    weeks = int(world.week[-1]) + 1
    slow = drift(rng, shape[:1], weeks, world.numbers["campaign_week_sd"], world.numbers["drift_memory"])
    pulse = np.where(rng.random((shape[0], weeks)) < 0.05, PULSE, 1.0)
    pulse[:, 1:] /= np.where(pulse[:, :-1] > 1, PULSE, 1.0)
    factor = (slow * pulse)[:, world.week] * shocks(rng, shape, world.numbers["spend_shock_cv"])
    factor *= world.season("budget")
    plan = np.zeros(shape)
    for at, campaign in enumerate(world.campaigns):
        start, end = world.day(campaign.start), world.day(campaign.end) + 1
        # outdoor space is bought by contract: the same amount every day
        steady = campaign.channel == "outdoor"
        plan[at, start:end] = campaign.weekly / 7 * (1.0 if steady else factor[at, start:end])
    return plan


def region_weeks(world: World) -> Floats:
    """Share of each region in a channel's spend by week, before campaigns choose regions."""
    rng = stream(world.seed, "regions")
    plan = np.array([region.numbers["plan"] for region in world.regions])
    weeks = int(world.week[-1]) + 1
    shape = (len(world.channels), len(world.regions))
    moves = drift(rng, shape, weeks, world.numbers["region_week_sd"], world.numbers["drift_memory"])
    moves[world.index("channels")["outdoor"]] = 1.0
    shares: Floats = moves * plan[:, None]
    return shares


def schedule(world: World, slots: Slots) -> Rows:
    """Return every report row with its planned spend.

    A platform reports far more combinations than a demo needs. Each campaign-day gets a fixed number
    of rows of equal spend, drawn by systematic sampling over region × hour: sums by region, hour and
    day follow the plan closely, and quiet hours simply have fewer rows.
    """
    plan, shares = campaign_days(world), region_weeks(world)
    parts = [_campaign_rows(world, slots, at, plan[at], shares) for at in range(len(world.campaigns))]
    campaign, region, day, hour, spend = (np.concatenate(column) for column in zip(*parts, strict=True))
    rng = stream(world.seed, "creative and device")
    return Rows(
        campaign=campaign,
        creative=_creatives(world, rng, campaign, day),
        region=region,
        device=_devices(world, rng, campaign),
        day=day,
        hour=hour,
        spend=spend,
    )


def _campaign_rows(
    world: World, slots: Slots, at: int, plan: Floats, shares: Floats
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    campaign = world.campaigns[at]
    channel_at = world.index("channels")[campaign.channel]
    channel = world.channels[channel_at]
    regions = np.array([world.index("regions")[name] for name in campaign.regions])
    days = np.flatnonzero(plan > 0)
    share = shares[channel_at][regions][:, world.week[days]].T
    share = share / share.sum(axis=1, keepdims=True)
    if channel.billing == "contract":
        day, region = np.repeat(days, len(regions)), np.tile(regions, len(days))
        spend = (plan[days, None] * share).ravel()
        return np.full(len(day), at), region, day, np.full(len(day), -1), spend
    week = slots.delivery[channel_at, 0].reshape(7, 24)
    hours = week[world.weekday[days]]
    cells = (share[:, :, None] * (hours / hours.sum(axis=1, keepdims=True))[:, None, :]).reshape(
        len(days), -1
    )
    typical = np.mean([c.weekly for c in world.campaigns if c.channel == campaign.channel])
    count = max(6, round(channel.rows * np.sqrt(campaign.weekly / typical)))
    drawn = _systematic(stream(world.seed, f"rows {campaign.id}"), cells, count)
    total = plan[days] * 7 * hours.sum(axis=1)
    return (
        np.full(drawn.size, at),
        regions[(drawn // 24).ravel()],
        np.repeat(days, count),
        (drawn % 24).ravel(),
        np.repeat(total / count, count),
    )


def _systematic(rng: np.random.Generator, cells: Floats, count: int) -> Ints:
    """Draw `count` cells a line by systematic sampling; `cells` holds probabilities, shape (lines, cells)."""
    steps = np.cumsum(cells, axis=1)
    steps[:, -1] = 1.0
    lines = np.arange(len(cells))[:, None]
    at = (rng.random((len(cells), 1)) + np.arange(count)) / count + lines
    found = np.searchsorted((steps + lines).ravel(), at.ravel(), side="right").reshape(at.shape)
    drawn: Ints = np.minimum(found - lines * cells.shape[1], cells.shape[1] - 1)
    return drawn


def _creatives(world: World, rng: np.random.Generator, campaign: Ints, day: Ints) -> Ints:
    """Choose a running creative for each row; newer ones get a little more traffic."""
    of = np.array([creative.campaign for creative in world.creatives])
    first = np.array([world.day(creative.first) for creative in world.creatives])
    start = np.searchsorted(of, np.arange(len(world.campaigns)))
    size = np.bincount(of)
    likes = rng.uniform(0.6, 1.4, len(of))
    slot = np.arange(size.max())
    table = start[:, None] + np.minimum(slot, size[:, None] - 1)
    exists = slot < size[:, None]
    running = exists[:, None, :] & (first[table][:, None, :] <= np.arange(world.days)[None, :, None])
    weights = running * likes[table][:, None, :]
    weights[..., 0] += 1e-9  # days before a campaign starts are never asked for
    place = pick(rng, weights.reshape(-1, len(slot)), campaign * world.days + day)
    chosen: Ints = start[campaign] + place
    return chosen


def _devices(world: World, rng: np.random.Generator, campaign: Ints) -> Ints:
    share = np.array(
        [[d.numbers["share"].get(c.channel, 0.0) for d in world.devices] for c in world.campaigns]
    )
    return pick(rng, share, campaign)
