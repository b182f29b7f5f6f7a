"""What a row of spend is expected to buy: price, click-through rate, conversion rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.demo.curves import Response, Slots, efficiency
from workbench.demo.schedule import Rows
from workbench.demo.streams import Floats, Ints, shocks, stream, sums
from workbench.demo.world import World


@dataclass(frozen=True)
class Quality:
    """Multipliers of every creative, spend-weighted mean 1 in each channel.

    Attributes:
        ctr: On the click-through rate. cvr: On conversions, audience included.
    """

    ctr: Floats
    cvr: Floats


def quality(world: World) -> Quality:
    """Return how good each creative is: its campaign, its audience and itself."""
    rng = stream(world.seed, "quality")
    campaign = rng.lognormal(0.0, 0.20, len(world.campaigns))
    of = np.array([creative.campaign for creative in world.creatives])
    channel = world.channel_of[of]
    reaction = {item.id: item.numbers["cvr"] for item in world.audiences}
    audience = np.array([reaction[creative.audience] for creative in world.creatives])
    ctr = rng.lognormal(0.0, 0.18, len(of))
    cvr = campaign[of] * audience * rng.lognormal(0.0, 0.10, len(of))
    length = np.array([(c.end - c.start).days + 1 for c in world.campaigns])
    budget = np.array([c.weekly for c in world.campaigns]) * length
    weight = (budget / np.bincount(of))[of]
    return Quality(_centred(ctr, channel, weight), _centred(cvr, channel, weight))


def _centred(values: Floats, group: Ints, weight: Floats) -> Floats:
    mean = np.bincount(group, weight * values) / np.bincount(group, weight)
    return values / mean[group]


@dataclass(frozen=True)
class Expected:
    """Means of every row, before planted effects and luck.

    Attributes:
        price: CNY a click or a thousand impressions, as the channel bills.
        impressions: Count. ctr: Clicks an impression. cvr: Conversions a click.
        conversions: Count, for channels without clicks.
    """

    price: Floats
    impressions: Floats
    ctr: Floats
    cvr: Floats
    conversions: Floats


def expected(world: World, rows: Rows, week: Slots, curves: Response) -> Expected:
    """Return what every row is expected to bring.

    Conversions are spend × the planted response per CNY × season × slot × quality; price and rates
    divide them up so that a click costs what the market asks.
    """
    channel = world.channel_of[rows.campaign]
    how = world.weekday[rows.day] * 24 + np.maximum(rows.hour, 0)
    good, usual_ctr = quality(world), _of_channel(world, channel, "ctr")
    auction, mood = _market_days(world, rows)
    per_yuan = _per_yuan(world, rows, channel, curves)
    usual = _usual_price(world, rows, channel, per_yuan)
    price = usual * auction
    ctr = usual_ctr * week.ctr[channel, rows.region, how] * good.ctr[rows.creative] * mood
    by_click = np.array([c.billing == "click" for c in world.channels])[channel]
    bought = rows.spend / price
    better = week.cvr[channel, rows.region, how] * good.cvr[rows.creative] * _device(world, rows, channel)
    demand = per_yuan * better * world.season("demand")[rows.day]
    return Expected(
        price=price,
        impressions=np.where(by_click, bought / np.maximum(ctr, 1e-9), 1000 * bought),
        ctr=ctr,
        cvr=demand * np.where(by_click, usual, usual / 1000 / np.maximum(usual_ctr, 1e-9)),
        conversions=demand * rows.spend,
    )


def _of_channel(world: World, channel: Ints, name: str) -> Floats:
    values: Floats = np.array([getattr(c, name) for c in world.channels])
    return values[channel]


def _market_days(world: World, rows: Rows) -> tuple[Floats, Floats]:
    """Shocks of a campaign's day: what its auction costs, how willingly people click."""
    rng, cells = stream(world.seed, "market"), (len(world.campaigns), world.days)
    auction, mood = (shocks(rng, cells, world.numbers[f"{name}_shock_cv"]) for name in ("price", "ctr"))
    return auction[rows.campaign, rows.day], mood[rows.campaign, rows.day]


def _usual_price(world: World, rows: Rows, channel: Ints, per_yuan: Floats) -> Floats:
    """Price before the day's luck: saturation shows in part as a dearer auction, busy seasons too."""
    worth = np.clip(per_yuan * _of_channel(world, channel, "cpa"), 0.2, 5.0)
    market = world.season("budget")[rows.day] ** 0.25
    price: Floats = _of_channel(world, channel, "price") * worth ** -world.numbers["price_share"] * market
    return price


def _per_yuan(world: World, rows: Rows, channel: Ints, curves: Response) -> Floats:
    shape = (len(world.channels), len(world.regions), world.days)
    cell = np.ravel_multi_index((channel, rows.region, rows.day), shape)
    spend = sums(cell, rows.spend, int(np.prod(shape))).reshape(shape)
    return efficiency(curves, spend).ravel()[cell]


def _device(world: World, rows: Rows, channel: Ints) -> Floats:
    share = np.array([[d.numbers["share"].get(c.id, 0.0) for d in world.devices] for c in world.channels])
    rate = np.array([d.numbers["cvr"] for d in world.devices])
    table: Floats = rate / (share @ rate)[:, None]
    return table[channel, rows.device]
