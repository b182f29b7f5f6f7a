"""What the money buys: impressions, clicks, cost, engagement and conversions of every row."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from workbench.demo.curves import Response, Slots, arrived, efficiency, response, slots
from workbench.demo.schedule import Rows, schedule
from workbench.demo.streams import Flags, Floats, Ints, shocks, stream, sums
from workbench.demo.world import World

FEN = 10_000
"""Micros in the smallest coin: amounts are whole fen."""


@dataclass(frozen=True)
class Facts:
    """Facts of every row, −1 where a fact is not known for its channel; money in micros."""

    impressions: Ints
    clicks: Ints
    cost_micros: Ints
    viewable_impressions: Ints
    measurable_impressions: Ints
    delivered: Ints
    opens: Ints
    likes: Ints
    comments: Ints
    shares: Ints
    orders: Ints
    revenue_micros: Ints
    new_customers: Ints
    leads: Ints

    def only(self, rows: Flags) -> Facts:
        """Return the facts of some rows."""
        return Facts(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})


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
    channel = np.array([world.index("channels")[world.campaigns[at].channel] for at in of])
    reaction = {item.id: item.numbers["cvr"] for item in world.audiences}
    audience = np.array([reaction[creative.audience] for creative in world.creatives])
    ctr = rng.lognormal(0.0, 0.18, len(of))
    cvr = campaign[of] * audience * rng.lognormal(0.0, 0.14, len(of))
    length = np.array([(c.end - c.start).days + 1 for c in world.campaigns])
    budget = np.array([c.weekly for c in world.campaigns]) * length
    weight = (budget / np.bincount(of))[of]
    return Quality(_centred(ctr, channel, weight), _centred(cvr, channel, weight))


def _centred(values: Floats, group: Ints, weight: Floats) -> Floats:
    mean = np.bincount(group, weight * values) / np.bincount(group, weight)
    return values / mean[group]


def deliver(world: World) -> tuple[Rows, Facts]:
    """Return all report rows and their facts."""
    week, curves = slots(world), response(world)
    rows = schedule(world, week)
    facts = _facts(world, rows, week, curves)
    kept = facts.impressions > 0
    return Rows(**{item.name: getattr(rows, item.name)[kept] for item in fields(rows)}), facts.only(kept)


def _facts(world: World, rows: Rows, week: Slots, curves: Response) -> Facts:
    channel = _channel_of(world, rows)
    mean = _Expected(world, rows, channel, week, curves)
    rng = stream(world.seed, "delivery")
    impressions = rng.poisson(mean.impressions * factor(world, rows, channel, "impressions"))
    spam = factor(world, rows, channel, "clicks")
    has_clicks = np.array([c.billing != "contract" for c in world.channels])[channel]
    real = rng.binomial(impressions, np.clip(mean.ctr, 0, 0.5))
    clicks = rng.binomial(impressions, np.clip(mean.ctr * spam, 0, 0.5))
    clicks = np.where(spam == 1, real, np.maximum(clicks, real))
    orders = _orders(world, rows, channel, mean, real, has_clicks)
    noise = rng.lognormal(-0.005, 0.1, len(rows))
    bought = np.where(mean.by_click, clicks, impressions / 1000)
    paid = np.where(has_clicks, bought * mean.price * noise, rows.spend)
    paid = paid * factor(world, rows, channel, "cost")
    extras = _extras(world, channel, impressions)
    return Facts(
        impressions=impressions,
        clicks=np.where(has_clicks, clicks, -1),
        cost_micros=_fen(paid),
        orders=orders,
        revenue_micros=_revenue(world, channel, orders),
        new_customers=_new_customers(world, rows, orders),
        leads=_leads(world, rows, clicks),
        **extras,
    )


class _Expected:
    """Expected price, impressions, click-through and conversion rate of every row."""

    def __init__(self, world: World, rows: Rows, channel: Ints, week: Slots, curves: Response) -> None:
        good = quality(world)
        numbers = {
            name: np.array([getattr(c, name) for c in world.channels])[channel]
            for name in ("price", "ctr", "cpa")
        }
        self.by_click = np.array([c.billing == "click" for c in world.channels])[channel]
        how = world.weekday[rows.day] * 24 + np.maximum(rows.hour, 0)
        per_yuan = _per_yuan(world, rows, channel, curves)
        # saturation shows half as a dearer auction, half as people who convert less
        share = world.numbers["price_share"]
        dear = np.clip(per_yuan * numbers["cpa"], 0.2, 5.0) ** -share
        market = world.season("budget")[rows.day] ** 0.25
        self.price = numbers["price"] * dear * market
        self.ctr = numbers["ctr"] * week.ctr[channel, rows.region, how] * good.ctr[rows.creative]
        per_click = np.where(self.by_click, self.price, self.price / 1000 / np.maximum(numbers["ctr"], 1e-9))
        bought = rows.spend / self.price
        self.impressions = np.where(self.by_click, bought / np.maximum(self.ctr, 1e-9), 1000 * bought)
        better = week.cvr[channel, rows.region, how] * good.cvr[rows.creative] * _device(world, rows, channel)
        demand = per_yuan * better * world.season("demand")[rows.day]
        self.cvr = demand * per_click
        self.conversions = demand * rows.spend


def _per_yuan(world: World, rows: Rows, channel: Ints, curves: Response) -> Floats:
    shape = (len(world.channels), len(world.regions), world.days)
    cell = np.ravel_multi_index((channel, rows.region, rows.day), shape)
    spend = sums(cell, rows.spend, int(np.prod(shape))).reshape(shape)
    return efficiency(curves, spend).ravel()[cell]


def _channel_of(world: World, rows: Rows) -> Ints:
    return np.array([world.index("channels")[c.channel] for c in world.campaigns])[rows.campaign]


def _device(world: World, rows: Rows, channel: Ints) -> Floats:
    share = np.array([[d.numbers["share"].get(c.id, 0.0) for d in world.devices] for c in world.channels])
    rate = np.array([d.numbers["cvr"] for d in world.devices])
    table: Floats = rate / (share @ rate)[:, None]
    return table[channel, rows.device]


def factor(world: World, rows: Rows, channel: Ints, measure: str) -> Floats:
    """Product of the planted effects on one measure, one a row."""
    result = np.ones(len(rows))
    for effect in world.effects:
        if effect.measure != measure:
            continue
        hit = (rows.day >= world.day(effect.start)) & (rows.day <= world.day(effect.end))
        for dimension, value in effect.where.items():
            hit &= _matches(world, rows, channel, dimension, value)
        result[hit] *= effect.factor
    return result


def _matches(world: World, rows: Rows, channel: Ints, dimension: str, value: str) -> Flags:
    if dimension == "account":
        ours: Flags = np.array([c.account == value for c in world.campaigns])
        return ours[rows.campaign]
    column: Ints = channel if dimension == "channel" else getattr(rows, dimension)
    hit: Flags = column == world.index(f"{dimension}s")[value]
    return hit


def _orders(
    world: World, rows: Rows, channel: Ints, mean: _Expected, clicks: Ints, has_clicks: Flags
) -> Ints:
    """Orders seen by the snapshot: a campaign's day is luckier or not, and late orders are missing."""
    rng = stream(world.seed, "orders")
    luck = shocks(rng, (len(world.campaigns), world.days), world.numbers["day_shock_cv"])
    hour = np.where(rows.hour < 0, 12, rows.hour)
    age = world.days - rows.day - (hour + 0.5) / 24
    seen = np.select(
        [channel == at for at in range(len(world.channels))], [arrived(c, age) for c in world.channels]
    )
    lift = luck[rows.campaign, rows.day] * seen * factor(world, rows, channel, "conversions")
    online = rng.binomial(np.where(has_clicks, clicks, 0), np.clip(mean.cvr * lift, 0, 0.9))
    return np.where(has_clicks, online, rng.poisson(np.where(has_clicks, 0, mean.conversions * lift)))


def _revenue(world: World, channel: Ints, orders: Ints) -> Ints:
    rng = stream(world.seed, "revenue")
    aov = np.array([c.aov for c in world.channels])[channel]
    return _fen(np.where(orders > 0, rng.gamma(np.maximum(orders, 1) * 1.8, aov / 1.8), 0.0))


def _new_customers(world: World, rows: Rows, orders: Ints) -> Ints:
    share = {item.id: item.numbers["new"] for item in world.audiences}
    new = np.array([share[creative.audience] for creative in world.creatives])
    return stream(world.seed, "new customers").binomial(orders, new[rows.creative])


def _leads(world: World, rows: Rows, clicks: Ints) -> Ints:
    wanted = np.array([c.objective == "leads" for c in world.campaigns])[rows.campaign]
    drawn = stream(world.seed, "leads").binomial(np.maximum(clicks, 0), 0.07)
    return np.where(wanted, drawn, -1)


def _extras(world: World, channel: Ints, impressions: Ints) -> dict[str, Ints]:
    """Facts that only some channels know: viewability, e-mail opens, engagement."""
    rng = stream(world.seed, "extras")
    at = world.index("channels")
    video, display = channel == at["short_video"], channel == at["display"]
    social, email = channel == at["social"], channel == at["email"]
    seen = video | display

    def known(rows: Flags, drawn: Ints) -> Ints:
        return np.where(rows, drawn, -1)

    measurable = rng.binomial(impressions, 0.94)
    engaged = np.where(social, 1.0, 0.6)
    return {
        "measurable_impressions": known(seen, measurable),
        "viewable_impressions": known(seen, rng.binomial(measurable, np.where(video, 0.78, 0.61))),
        "delivered": known(email, impressions),
        "opens": known(email, rng.binomial(impressions, 0.24)),
        "likes": known(social | video, rng.binomial(impressions, 0.0120 * engaged)),
        "comments": known(social | video, rng.binomial(impressions, 0.0016 * engaged)),
        "shares": known(social | video, rng.binomial(impressions, 0.0009 * engaged)),
    }


def _fen(amount: Floats) -> Ints:
    return np.rint(amount * 100).astype(np.int64) * FEN
