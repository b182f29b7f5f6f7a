"""What the money buys: impressions, clicks, cost, engagement and conversions of every row."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from workbench.demo.curves import Response, Slots, arrived, response, slots
from workbench.demo.market import Expected, expected
from workbench.demo.schedule import Rows, schedule
from workbench.demo.streams import Flags, Floats, Ints, shocks, stream
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
class Traffic:
    """What every row's money brought.

    Attributes:
        has_clicks: Whether the row's channel knows clicks.
        impressions, clicks, orders: Counts; 0 clicks where there are none to know.
        price: CNY a click or a thousand impressions, as the channel bills, with the row's luck.
    """

    has_clicks: Flags
    impressions: Ints
    clicks: Ints
    orders: Ints
    price: Floats


def deliver(world: World) -> tuple[Rows, Facts]:
    """Return all report rows and their facts."""
    week, curves = slots(world), response(world)
    rows = schedule(world, week)
    facts = _facts(world, rows, week, curves)
    kept = facts.impressions > 0
    return Rows(**{item.name: getattr(rows, item.name)[kept] for item in fields(rows)}), facts.only(kept)


def traffic(world: World, rows: Rows, week: Slots, curves: Response) -> Traffic:
    """Return what the money brought: people, clicks and orders, each from streams of their own."""
    channel = world.channel_of[rows.campaign]
    mean = expected(world, rows, week, curves)
    rng = stream(world.seed, "delivery")
    impressions = rng.poisson(mean.impressions * factor(world, rows, channel, "impressions"))
    spam = factor(world, rows, channel, "clicks")
    has_clicks = np.array([c.billing != "contract" for c in world.channels])[channel]
    real = rng.binomial(impressions, np.clip(mean.ctr, 0, 0.5))
    clicks = rng.binomial(impressions, np.clip(mean.ctr * spam, 0, 0.5))
    return Traffic(
        has_clicks=has_clicks,
        impressions=impressions,
        clicks=np.where(spam == 1, real, np.maximum(clicks, real)),
        orders=_orders(world, rows, channel, mean, real, has_clicks),
        price=mean.price * rng.lognormal(-0.005, 0.1, len(rows)),
    )


def _facts(world: World, rows: Rows, week: Slots, curves: Response) -> Facts:
    channel = world.channel_of[rows.campaign]
    found = traffic(world, rows, week, curves)
    by_click = np.array([c.billing == "click" for c in world.channels])[channel]
    bought = np.where(by_click, found.clicks, found.impressions / 1000)
    paid = np.where(found.has_clicks, bought * found.price, rows.spend)
    paid = paid * factor(world, rows, channel, "cost")
    extras = _extras(world, channel, found.impressions)
    return Facts(
        impressions=found.impressions,
        clicks=np.where(found.has_clicks, found.clicks, -1),
        cost_micros=_fen(paid),
        orders=found.orders,
        revenue_micros=_revenue(world, channel, found.orders),
        new_customers=_new_customers(world, rows, found.orders),
        leads=_leads(world, rows, found.clicks),
        **extras,
    )


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


def _matches(world: World, rows: Rows, channel: Ints, dimension: str, value: str | list[str]) -> Flags:
    values = [value] if isinstance(value, str) else value
    if dimension == "account":
        ours: Flags = np.isin([c.account for c in world.campaigns], values)
        return ours[rows.campaign]
    column: Ints = channel if dimension == "channel" else getattr(rows, dimension)
    places = world.index(f"{dimension}s")
    hit: Flags = np.isin(column, [places[name] for name in values])
    return hit


def _orders(world: World, rows: Rows, channel: Ints, mean: Expected, clicks: Ints, has_clicks: Flags) -> Ints:
    """Orders seen by the snapshot: a campaign's day is luckier or not, and late orders are missing."""
    rng = stream(world.seed, "orders")
    luck = shocks(rng, (len(world.campaigns), world.days), world.numbers["conversions_shock_cv"])
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
