"""The world's constants, read from `world.toml` and `campaigns.toml` into frozen records."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from workbench.demo.streams import Floats, Ints, stream

SEED = 7
"""Seed of the demo world that everybody shares."""


@dataclass(frozen=True)
class Channel:
    """One channel: market prices, response at today's plan, and its week.

    Attributes:
        billing: `click`: `price` is CNY a click; `impression`, `contract`: CNY a thousand impressions.
        cpa: CNY a conversion when spend is in proportion to potential.
        half: Half-saturation over that spend. adstock: Carry-over of one day to the next.
        rows: Report rows of an average campaign on one day (0: one a region, no hours).
        delay_now, delay_days: Share of conversions at once; mean days of the others.
    """

    id: str
    en: str
    zh: str
    source: str
    billing: str
    price: float
    ctr: float
    cpa: float
    half: float
    shape: float
    adstock: float
    rows: int
    aov: float
    delay_now: float
    delay_days: float
    weekend_shift: float
    delivery: dict[str, Any]
    ctr_curve: dict[str, Any]
    cvr_curve: dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A region, device, audience or advertiser: both names and its numbers."""

    id: str
    en: str
    zh: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Campaign:
    """One campaign and its plan; money in CNY a week."""

    id: str
    en: str
    zh: str
    channel: str
    advertiser: str
    account: str
    objective: str
    audiences: tuple[str, ...]
    regions: tuple[str, ...]
    weekly: float
    start: date
    end: date


@dataclass(frozen=True)
class Creative:
    """One creative in one ad group (= audience) of its campaign."""

    id: str
    en: str
    zh: str
    campaign: int
    audience: str
    format: str
    first: date
    ad_group_id: str
    ad_group: str


@dataclass(frozen=True)
class Effect:
    """One planted disturbance: `measure` × `factor` in the slice `where`, one value or several, for days."""

    id: str
    kind: str
    measure: str
    factor: float
    start: date
    end: date
    where: dict[str, str | list[str]]
    en: str
    zh: str


@dataclass(frozen=True)
class World:
    """All constants of one seed."""

    seed: int
    first: date
    last: date
    timezone: str
    currency: str
    numbers: dict[str, float]
    channels: tuple[Channel, ...]
    regions: tuple[Named, ...]
    devices: tuple[Named, ...]
    audiences: tuple[Named, ...]
    advertisers: tuple[Named, ...]
    campaigns: tuple[Campaign, ...]
    creatives: tuple[Creative, ...]
    calendar: tuple[dict[str, Any], ...]
    effects: tuple[Effect, ...]

    @cached_property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @cached_property
    def snapshot(self) -> datetime:
        """The moment the data were read: midnight after the last day, in the world's time zone."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), ZoneInfo(self.timezone))

    @cached_property
    def weekday(self) -> Ints:
        """Weekday of each day (Monday 0)."""
        return (self.first.weekday() + np.arange(self.days)) % 7

    @cached_property
    def week(self) -> Ints:
        """Number of the Monday week each day is in, from 0."""
        return (self.first.weekday() + np.arange(self.days)) // 7

    @cached_property
    def channel_of(self) -> Ints:
        """Position of each campaign's channel."""
        return np.array([self.index("channels")[campaign.channel] for campaign in self.campaigns])

    def day(self, when: date) -> int:
        """Number of a date, the first day being 0."""
        return (when - self.first).days

    def season(self, what: str) -> Floats:
        """Factor of the calendar on `demand` or `budget`, one a day, mean 1."""
        factor = np.ones(self.days)
        for event in self.calendar:
            start, peak, end = (self.day(event[name]) for name in ("start", "peak", "end"))
            at = np.arange(self.days)
            rise = np.clip((at - start + 1) / (peak - start + 1), 0, 1)
            fall = np.clip((end + 1 - at) / (end + 1 - peak), 0, 1)
            factor *= 1 + event[what] * np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 2
        centred: Floats = factor / factor.mean()
        return centred

    def between(self, first: date, last: date) -> World:
        """The same constants over some of the days: quick to generate, for simulations over many seeds.

        Args:
            first, last: Days inside of the world, both included. Campaigns and effects outside are left out.
        """
        kept = [at for at, item in enumerate(self.campaigns) if item.start <= last and item.end >= first]
        place = {old: new for new, old in enumerate(kept)}
        campaigns = (self.campaigns[at] for at in kept)
        creatives = (item for item in self.creatives if item.campaign in place and item.first <= last)
        return replace(
            self,
            first=first,
            last=last,
            campaigns=tuple(replace(c, start=max(c.start, first), end=min(c.end, last)) for c in campaigns),
            creatives=tuple(replace(item, campaign=place[item.campaign]) for item in creatives),
            effects=tuple(item for item in self.effects if item.start <= last and item.end >= first),
        )

    def index(self, what: str) -> dict[str, int]:
        """Position of every id (campaigns and creatives: English name) in the tuple called `what`."""
        by_name = what in ("campaigns", "creatives")
        return {item.en if by_name else item.id: at for at, item in enumerate(getattr(self, what))}


def texts(name: str) -> dict[str, Any]:
    """Return one of this room's TOML files."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def world(seed: int = SEED) -> World:
    """Return the constants of a seed; only creatives' first days depend on the seed."""
    raw = texts("world")
    advertisers = _named(raw.pop("advertisers"))
    first, last = raw.pop("first_date"), raw.pop("last_date")
    channels = tuple(Channel(id=id, **entry) for id, entry in raw.pop("channels").items())
    plan = texts("campaigns")
    regions = _named(raw.pop("regions"))
    campaigns = _campaigns(plan["campaigns"], channels, advertisers, regions, first, last)
    audiences = _named(raw.pop("audiences"))
    return World(
        seed=seed,
        first=first,
        last=last,
        timezone=raw.pop("timezone"),
        currency=raw.pop("currency"),
        channels=channels,
        regions=regions,
        devices=_named(raw.pop("devices")),
        audiences=audiences,
        advertisers=advertisers,
        campaigns=campaigns,
        creatives=_creatives(plan["concepts"], campaigns, audiences, seed),
        calendar=tuple(raw.pop("calendar")),
        effects=tuple(Effect(**entry) for entry in raw.pop("effects")),
        numbers=raw,
    )


def _named(entries: dict[str, dict[str, Any]]) -> tuple[Named, ...]:
    return tuple(
        Named(id, entry.get("en", id), entry["zh"], {k: v for k, v in entry.items() if k not in ("en", "zh")})
        for id, entry in entries.items()
    )


def _campaigns(
    groups: list[dict[str, Any]],
    channels: tuple[Channel, ...],
    advertisers: tuple[Named, ...],
    regions: tuple[Named, ...],
    first: date,
    last: date,
) -> tuple[Campaign, ...]:
    slugs = {item.id: item.numbers["slug"] for item in advertisers}
    prefix = {
        c.id: {"baidu": "baidu", "generic": c.id}.get(c.source, c.source.split("_")[0]) for c in channels
    }
    found: list[Campaign] = []
    for group in groups:
        for item in group["items"]:
            found.append(
                Campaign(
                    id=f"c{len(found) + 1:02d}",
                    en=item["en"],
                    zh=item["zh"],
                    channel=group["channel"],
                    advertiser=item["advertiser"],
                    account=f"{prefix[group['channel']]}-{slugs[item['advertiser']]}",
                    objective=item.get("objective", "orders"),
                    audiences=tuple(item["audiences"]),
                    regions=tuple(item.get("regions", [region.id for region in regions])),
                    weekly=float(item["weekly"]),
                    start=item.get("start", first),
                    end=item.get("end", last),
                )
            )
    return tuple(found)


def _creatives(
    concepts: dict[str, list[list[str]]],
    campaigns: tuple[Campaign, ...],
    audiences: tuple[Named, ...],
    seed: int,
) -> tuple[Creative, ...]:
    rng = stream(seed, "creatives")
    names = {item.id: item for item in audiences}
    found: list[Creative] = []
    for at, campaign in enumerate(campaigns):
        length = (campaign.end - campaign.start).days
        for j, (en, zh, format) in enumerate(concepts[campaign.channel]):
            audience = names[campaign.audiences[j % len(campaign.audiences)]]
            # two creatives start with the campaign, the others refresh it later
            wait = int(rng.uniform(0.05, 0.4) * min(length, 400)) if j > 1 else 0
            found.append(
                Creative(
                    id=f"cr{len(found) + 1:03d}",
                    en=f"{campaign.en} · {en}",
                    zh=f"{campaign.zh}·{zh}",
                    campaign=at,
                    audience=audience.id,
                    format=format,
                    first=campaign.start + timedelta(days=wait),
                    ad_group_id=f"{campaign.id}-{audience.id}",
                    ad_group=f"{campaign.en} · {audience.en}",
                )
            )
    return tuple(found)
