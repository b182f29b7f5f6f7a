"""Customers: who they are, when they came, what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.streams import Flags, Floats, Ints, pick, stream
from workbench.demo.world import World, texts


@cache
def constants() -> dict[str, Any]:
    """Return the constants of customers, methods, programme and experiments."""
    return texts("people")


@cache
def catalog() -> list[dict[str, Any]]:
    """Return the product categories with their products."""
    categories: list[dict[str, Any]] = texts("catalog")["categories"]
    return categories


@dataclass(frozen=True)
class People:
    """One entry a customer; positions in the constants, times in days since the first midnight.

    Attributes:
        joined: Day of the first order. withdrawn: When a consent ended, inf for never,
            shape (customers, consent channels). consent: Whether it was ever given, same shape.
    """

    value_class: Ints
    region: Ints
    joined: Ints
    english: Flags
    business: Flags
    gender: Ints
    interest: Ints
    born: Ints
    consent: Flags
    withdrawn: Floats

    def __len__(self) -> int:
        return len(self.joined)


CONSENTS = ("call", "email", "sms", "wechat")
"""Channels a customer can agree to; a visit needs the consent to calls."""


def people(world: World) -> People:
    """Draw the customers."""
    known = constants()
    size = known["customers"]
    rng = stream(world.seed, "people")
    classes = np.array([entry["share"] for entry in known["classes"].values()])
    potential = np.array([region.numbers["potential"] for region in world.regions])
    arrivals = world.season("demand") * np.linspace(1, 1 + known["growth"], world.days)
    business = rng.random(size) < known["business_share"]
    gender = np.where(business, 2, rng.choice(3, size, p=[0.55, 0.37, 0.08]))
    joined = _draw(rng, arrivals, size)
    consent = rng.random((size, len(CONSENTS))) < [known["methods"][name]["consent"] for name in CONSENTS]
    ends = joined[:, None] + rng.uniform(5, 400, consent.shape)
    gone = consent & (rng.random(consent.shape) < known["contacts"]["withdrawn"]) & (ends < world.days)
    return People(
        value_class=_draw(rng, classes, size),
        region=_draw(rng, potential, size),
        joined=joined,
        english=rng.random(size) < known["english_share"],
        business=business,
        gender=gender,
        interest=rng.integers(0, len(catalog()), size),
        born=rng.integers(-55 * 365, -19 * 365, size),
        consent=consent,
        withdrawn=np.where(gone, ends, np.inf),
    )


def _draw(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    return pick(rng, weights[None, :].astype(float), np.zeros(size, np.int64))


def customer_ids(at: Ints) -> pa.Array:
    """Return pseudonyms of customer positions."""
    return arrow.ids("u", at + 1, 5)


def customers(world: World, who: People, channel: Ints, campaign: Ints) -> pa.Table:
    """Return the customers.

    Args:
        world: Constants.
        who: The customers.
        channel: Channel of each first order, −1 for none.
        campaign: Campaign of each first order, −1 for none.
    """
    size = len(who)
    rng = stream(world.seed, "identities")
    options = {name: [row[0] for row in rows] for name, rows in constants()["attributes"].items()}

    def of_business(name: str) -> pa.Array:
        drawn = rng.integers(0, len(options[name]), size)
        return arrow.names(options[name], np.where(who.business, drawn, -1))

    private = ~who.business
    return arrow.table(
        "customers",
        {
            "customer_id": customer_ids(np.arange(size)),
            "name": _names(rng, who),
            "email": arrow.joined(customer_ids(np.arange(size)), pa.scalar("@example.com")),
            "phone": arrow.ids("+86 199 00", rng.permutation(1_000_000)[:size], 6),
            "birth_date": pa.array(
                arrow.dates(world, who.born).to_numpy(False), pa.date32(), mask=who.business
            ),
            "company": _companies(rng, who),
            "industry": of_business("industry"),
            "company_size": of_business("company_size"),
            "position": of_business("position"),
            "gender": arrow.names(options["gender"], np.where(private, who.gender, -1)),
            "region": arrow.names([region.id for region in world.regions], who.region),
            "city": _cities(world, rng, who),
            "language": arrow.names(["zh", "en"], who.english.astype(np.int64)),
            "interest": arrow.names([category["id"] for category in catalog()], who.interest),
            "acquisition_channel": arrow.names([c.id for c in world.channels], channel),
            "acquisition_campaign_id": arrow.names([c.id for c in world.campaigns], campaign),
            "value_class": arrow.names(list(constants()["classes"]), who.value_class),
            "created_date": arrow.dates(world, who.joined),
        },
    )


def _names(rng: np.random.Generator, who: People) -> pa.Array:
    words = {key: value.split() for key, value in constants()["names"].items() if isinstance(value, str)}

    def some(key: str, rows: Flags) -> pa.Array:
        return arrow.names(words[key], np.where(rows, rng.integers(0, len(words[key]), len(who)), -1))

    chinese = arrow.joined(some("family", ~who.english), some("given", ~who.english))
    english = arrow.joined(some("given_en", who.english), some("family_en", who.english), sep=" ")
    return pa.compute.coalesce(chinese, english)


def _companies(rng: np.random.Generator, who: People) -> pa.Array:
    names = constants()["names"]
    stems, kinds = names["company"].split(), names["company_kind"].split()
    full = [f"{stem}{kind}有限公司" for stem in stems for kind in kinds]
    return arrow.names(full, np.where(who.business, rng.integers(0, len(full), len(who)), -1))


def _cities(world: World, rng: np.random.Generator, who: People) -> pa.Array:
    cities = [region.numbers["cities"] for region in world.regions]
    start = np.cumsum([0, *(len(names) for names in cities)])
    place = (rng.random(len(who)) ** 1.6 * np.diff(start)[who.region]).astype(np.int64)
    return arrow.names([name for names in cities for name in names], start[who.region] + place)


def consent(world: World, who: People) -> pa.Table:
    """Return every consent given or refused at the first order, and the withdrawals."""
    customer, channel = np.indices(who.consent.shape).reshape(2, -1)
    given = who.consent.ravel()
    ends = who.withdrawn.ravel()
    gone = np.isfinite(ends)
    when = np.concatenate([who.joined[customer].astype(float), ends[gone]])
    size = len(when)
    return arrow.table(
        "consent",
        {
            "customer_id": customer_ids(np.concatenate([customer, customer[gone]])),
            "purpose": arrow.every("marketing", size),
            "channel": arrow.names(list(CONSENTS), np.concatenate([channel, channel[gone]])),
            "granted": np.concatenate([given, np.zeros(gone.sum(), bool)]),
            "time": arrow.instants(world, when),
        },
    )
