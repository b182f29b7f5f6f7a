"""Interactions: contacts we made, with people's reactions, and cases they opened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.people import CONSENTS, People, constants, customer_ids
from workbench.demo.purchases import Orders
from workbench.demo.streams import Flags, Floats, Ints, pick, stream
from workbench.demo.voices import topics
from workbench.demo.world import World

NONE, POSITIVE, NEGATIVE = 1, 0, 2
"""Positions in the constants' list of reactions."""

RECENT_DAYS = 30.0


@dataclass(frozen=True)
class Contacts:
    """One entry an outbound contact, sorted by customer and time.

    Attributes:
        gap: Days since the customer's contact before, NaN for the first.
        recent: Contacts of the customer in the 30 days before.
    """

    customer: Ints
    time: Floats
    method: Ints
    gap: Floats
    recent: Ints
    reaction: Ints


def contacts(world: World, who: People) -> Contacts:
    """Draw the outbound contacts: never without consent, at irregular intervals."""
    known = constants()
    rng = stream(world.seed, "contacts")
    customer, time = _moments(world, rng, who)
    method = _methods(rng, who, customer)
    asked = np.array([CONSENTS.index(_consent_of(name)) for name in known["methods"]])[method]
    allowed = who.consent[customer, asked] & (time < who.withdrawn[customer, asked])
    order = np.lexsort((time, customer))
    order = order[allowed[order]]
    customer, time, method = customer[order], time[order], method[order]
    gap, recent = _history(customer, time)
    chance = reaction_probability(who.value_class[customer], method, gap, recent)
    luck = rng.random(len(time))
    annoyed = luck > 1 - np.minimum(0.008 + 0.02 * recent, 0.2)
    reaction = np.where(luck < chance, POSITIVE, np.where(annoyed, NEGATIVE, NONE))
    return Contacts(customer, time, method, gap, recent, reaction)


def reaction_probability(value_class: Ints, method: Ints, gap: Floats, recent: Ints) -> Floats:
    """Probability of a positive reaction: the planted law.

    base(class, method) · exp(−½·(ln(gap / best interval) / width)²) · (1 − fatigue)^recent
    """
    known = constants()
    methods, classes = known["methods"].values(), list(known["classes"])
    base, best = (
        np.array([[entry[name][key] for entry in methods] for key in classes])[value_class, method]
        for name in ("reaction", "best_interval_days")
    )
    fatigue = np.array([entry["fatigue"] for entry in methods])[method]
    away = np.log(np.where(np.isnan(gap), best, np.maximum(gap, 0.05)) / best)
    kept: Floats = base * np.exp(-0.5 * (away / known["contacts"]["width"]) ** 2) * (1 - fatigue) ** recent
    return kept


def _consent_of(method: str) -> str:
    return "call" if method == "visit" else method


def _moments(world: World, rng: np.random.Generator, who: People) -> tuple[Ints, Floats]:
    """Contact times in office hours from Monday to Friday, each customer at an own pace."""
    known = constants()["contacts"]
    pace = rng.lognormal(np.log(known["gap_days"]), known["gap_sd_customer"], len(who))
    active, time = np.arange(len(who)), who.joined.astype(float)
    customers, times = [], []
    while len(active):
        time = time + np.maximum(rng.lognormal(np.log(pace[active]), known["gap_sd"]), 1.0)
        active, time = active[time < world.days - 3], time[time < world.days - 3]
        customers.append(active)
        times.append(time)
    customer, when = np.concatenate(customers), np.concatenate(times)
    day = when.astype(np.int64)
    day += np.choose(world.weekday[day], [0, 0, 0, 0, 0, 2, 1])
    return customer, day + (9 + np.floor(rng.random(len(day)) * 36_000) / 3_600) / 24


def _methods(rng: np.random.Generator, who: People, customer: Ints) -> Ints:
    """Choose a method by use; only businesses are visited."""
    use = np.array([entry["use"] for entry in constants()["methods"].values()])
    visit = np.array([name == "visit" for name in constants()["methods"]])
    private = np.where(visit, 0.0, use)
    business = np.where(visit, 4 * use, use)
    return pick(rng, np.stack([private, business]), who.business[customer].astype(np.int64))


def _history(customer: Ints, time: Floats) -> tuple[Floats, Ints]:
    """Days since the contact before, and number of contacts in the 30 days before."""
    gap, recent = np.full(len(time), np.nan), np.zeros(len(time), np.int64)
    for back in range(1, 31):
        same = customer[back:] == customer[:-back]
        since = time[back:] - time[:-back]
        if back == 1:
            gap[1:] = np.where(same, since, np.nan)
        near = same & (since <= RECENT_DAYS)
        if not near.any():
            break
        recent[back:] += near
    return gap, recent


def interactions(world: World, who: People, made: Contacts, bought: Orders) -> pa.Table:
    """Return contacts and cases as table `interactions`, in time order."""
    table = pa.concat_tables([_outbound(world, made), _cases(world, who, bought)])
    table = table.sort_by([("time", "ascending"), ("customer_id", "ascending")])
    number = arrow.ids("i", np.arange(len(table)) + 1, 6)
    return table.set_column(0, table.schema.field(0), number)


def _marketers() -> list[str]:
    return [f"m{at + 1:02d}" for at in range(len(constants()["names"]["marketers"]))]


def _outbound(world: World, made: Contacts) -> pa.Table:
    known, size = constants(), len(made.time)
    rng = stream(world.seed, "contact details")
    minutes = np.array([entry["minutes"] for entry in known["methods"].values()])[made.method]
    messages = [row[0] for row in known["contacts"]["messages"]]
    return arrow.table(
        "interactions",
        {
            "interaction_id": arrow.every("", size),
            "customer_id": customer_ids(made.customer),
            "method": arrow.names(list(known["methods"]), made.method),
            "direction": arrow.every("outbound", size),
            "kind": arrow.every("marketing", size),
            # every customer has one marketer
            "marketer": arrow.names(_marketers(), made.customer * 7 % len(_marketers())),
            "reaction": arrow.names([row[0] for row in known["contacts"]["reactions"]], made.reaction),
            "message": arrow.names(messages, rng.integers(0, len(messages), size)),
            "time": arrow.instants(world, made.time),
            "local_date": arrow.dates(world, made.time.astype(np.int64)),
            "minutes": np.round(minutes * rng.lognormal(-0.08, 0.4, size), 1),
        },
    )


def _cases(world: World, who: People, bought: Orders) -> pa.Table:
    """Cases that customers opened some days after an order."""
    known = constants()["contacts"]
    rng = stream(world.seed, "cases")
    order, kind, topic, time = _case_moments(world, who, bought, rng)
    size = len(order)
    results = known["results"]
    result = rng.choice(len(results), size, p=[row[3] for row in results])
    answered = time + rng.lognormal(np.log(1.1), 1.0, size) / 24
    closed = answered + rng.lognormal(np.log(9.0), 0.9, size) / 24
    late = np.where(closed < world.days, closed, np.nan)
    open_still = np.isnan(late)
    return arrow.table(
        "interactions",
        {
            "interaction_id": arrow.every("", size),
            "customer_id": customer_ids(bought.customer[order]),
            "method": arrow.names(["chat", "call", "email"], rng.choice(3, size, p=[0.62, 0.26, 0.12])),
            "direction": arrow.every("inbound", size),
            "kind": arrow.names([row[0] for row in known["cases"]], kind),
            "marketer": arrow.names(_marketers(), rng.integers(0, len(_marketers()), size)),
            "result": arrow.names([row[0] for row in results], np.where(open_still, -1, result)),
            "message": arrow.names(list(topics()), topic),
            "time": arrow.instants(world, time),
            "first_response_time": arrow.instants(world, np.where(answered < world.days, answered, np.nan)),
            "resolved_time": arrow.instants(world, np.where(result == 0, late, np.nan)),
            "local_date": arrow.dates(world, time.astype(np.int64)),
            "minutes": np.round(rng.lognormal(np.log(6), 0.7, size), 1),
        },
    )


def _case_moments(
    world: World, who: People, bought: Orders, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Floats]:
    """Order, kind, topic and time of every case, with the planted rises of complaints."""
    known = constants()["contacts"]
    kinds = np.array([row[3] for row in known["cases"]])
    weight = np.array([topic["share"] for topic in topics().values()])
    order = np.flatnonzero(rng.random(len(bought)) < known["cases_per_order"])
    kind = rng.choice(len(kinds), len(order), p=kinds)
    topic = rng.choice(len(weight), len(order), p=weight)
    time = bought.time[order] + rng.exponential(4.0, len(order))
    parts = [(order, kind, topic, time)]
    complaint = [row[0] for row in known["cases"]].index("complaint")
    delivery = list(topics()).index("delivery")
    usual = known["cases_per_order"] * kinds[complaint] * weight[delivery]
    for effect in world.effects:
        if effect.measure == "complaints":
            again = np.flatnonzero(rng.random(len(bought)) < usual * (effect.factor - 1))
            when = bought.time[again] + rng.exponential(4.0, len(again))
            hit = _hit(world, who, effect.where["region"], bought.customer[again])
            hit &= (when >= world.day(effect.start)) & (when < world.day(effect.end) + 1)
            size = int(hit.sum())
            parts.append((again[hit], np.full(size, complaint), np.full(size, delivery), when[hit]))
    order, kind, topic, time = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = time < world.days
    return order[kept], kind[kept], topic[kept], time[kept]


def _hit(world: World, who: People, region: str | list[str], customer: Ints) -> Flags:
    places = world.index("regions")
    names = [region] if isinstance(region, str) else region
    matched: Flags = np.isin(who.region[customer], [places[name] for name in names])
    return matched
