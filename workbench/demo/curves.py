"""Planted curves: the week of each channel and region, response to spend, carry-over, delays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.demo.streams import Floats
from workbench.demo.world import Channel, World

HOURS_PER_WEEK = 168


@dataclass(frozen=True)
class Slots:
    """Hour-of-week indices, shape (channels, regions, 168): delivery sums to 1, the rates average 1.

    Attributes:
        delivery: Share of a week's spend that today's plan puts in the hour.
        ctr: Click-through rate over its weekly mean.
        cvr: Conversion rate over its weekly mean.
    """

    delivery: Floats
    ctr: Floats
    cvr: Floats


@dataclass(frozen=True)
class Response:
    """Hill curves a channel × region, shape (channels, regions) (shape, adstock: channels).

    Attributes:
        scale: Conversions a week at saturation, in an average season.
        half_saturation: CNY a week at half of it.
        shape: Hill exponent. adstock: Carry-over from one day to the next.
        current: Planned CNY a week, the mean over the world.
    """

    scale: Floats
    half_saturation: Floats
    shape: Floats
    adstock: Floats
    current: Floats


def slots(world: World) -> Slots:
    """Return the planted hour-of-week curves."""
    none = np.zeros(len(world.regions))
    shift = np.array([region.numbers["shift"] for region in world.regions])
    # advertisers buy the same hours everywhere; people's evenings come later in the west
    delivery = np.stack([_week(c, c.delivery, none) for c in world.channels])
    delivery /= delivery.sum(axis=-1, keepdims=True)
    ctr = np.stack([_week(c, c.ctr_curve, shift) for c in world.channels])
    ctr /= (delivery * ctr).sum(axis=-1, keepdims=True)
    cvr = np.stack([_week(c, c.cvr_curve, shift) for c in world.channels])
    by_click = np.array([c.billing == "click" for c in world.channels])[:, None, None]
    clicks = delivery * np.where(by_click, 1.0, ctr)
    cvr *= clicks.sum(axis=-1, keepdims=True) / (clicks * cvr).sum(axis=-1, keepdims=True)
    return Slots(delivery, ctr, cvr)


def _week(channel: Channel, curve: dict[str, object], shift: Floats) -> Floats:
    """One curve over the week, Monday 0 h first, shape (regions, 168)."""
    hour = np.arange(24)
    days = []
    for weekday in range(7):
        weekend = weekday >= 5
        later = shift + (channel.weekend_shift if weekend else 0.0)
        level = np.full((len(shift), 24), float(curve["base"]))  # type: ignore[arg-type]
        for peak, width, height in curve["peaks"]:  # type: ignore[attr-defined]
            away = (hour - (peak + later[:, None]) + 12) % 24 - 12
            level += height * np.exp(-0.5 * (away / width) ** 2)
        days.append(level * (curve["weekend"] if weekend else 1.0))
    return np.concatenate(days, axis=1)


def hill(spend: Floats, scale: Floats, half: Floats, shape: Floats) -> Floats:
    """Response to spend: scale · x^shape / (half^shape + x^shape)."""
    power = np.power(np.maximum(spend, 0.0), shape)
    reached: Floats = scale * power / (np.power(half, shape) + power)
    return reached


def response(world: World) -> Response:
    """Return the planted response of every channel × region, from the plan's own totals."""
    share = _shares(world, "plan")
    current = np.zeros((len(world.channels), len(world.regions)))
    channel, region = world.index("channels"), world.index("regions")
    for campaign in world.campaigns:
        at = [region[name] for name in campaign.regions]
        weight = ((campaign.end - campaign.start).days + 1) / world.days
        current[channel[campaign.channel], at] += campaign.weekly * weight * share[at] / share[at].sum()
    fair = current.sum(axis=1, keepdims=True) * _shares(world, "potential")
    half, shape, cpa = (
        np.array([getattr(c, name) for c in world.channels])[:, None] for name in ("half", "shape", "cpa")
    )
    return Response(
        scale=fair / cpa * (half**shape + 1),
        half_saturation=fair * half,
        shape=shape[:, 0],
        adstock=np.array([c.adstock for c in world.channels]),
        current=current,
    )


def _shares(world: World, which: str) -> Floats:
    share = np.array([region.numbers[which] for region in world.regions])
    normal: Floats = share / share.sum()
    return normal


def efficiency(curves: Response, spend: Floats) -> Floats:
    """Conversions per CNY each day, given the spend of that day and the days before.

    Args:
        curves: Response curves a week.
        spend: CNY a day, shape (channels, regions, days).

    Returns:
        Conversions per CNY in an average season, same shape; 0 where nothing is spent.
    """
    keep = curves.adstock[:, None]
    carried = np.empty_like(spend)
    level = spend[..., :28].mean(axis=-1)  # the world did not begin on its first day
    for day in range(spend.shape[-1]):
        level = (1 - keep) * spend[..., day] + keep * level
        carried[..., day] = level
    reached = hill(
        7 * carried,
        curves.scale[..., None],
        curves.half_saturation[..., None],
        curves.shape[:, None, None],
    )
    return np.divide(reached / 7, spend, out=np.zeros_like(spend), where=spend > 0)


def arrived(channel: Channel, age_days: Floats) -> Floats:
    """Share of conversions that have happened by `age_days` after the click."""
    later = 1 - np.exp(-np.maximum(age_days, 0.0) / channel.delay_days)
    return channel.delay_now + (1 - channel.delay_now) * later
