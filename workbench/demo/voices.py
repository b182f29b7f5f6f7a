"""Feedback: scores, moods and texts in Chinese and English."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.people import People, catalog, customer_ids
from workbench.demo.purchases import Orders
from workbench.demo.streams import Flags, Floats, Ints, stream
from workbench.demo.world import World, texts

SHARE = 0.16
"""Share of orders that get feedback."""


@cache
def _voices() -> dict[str, Any]:
    return texts("voices")


def topics() -> dict[str, Any]:
    """Return the topics of complaints and feedback."""
    found: dict[str, Any] = _voices()["topics"]
    return found


def vocabulary(name: str) -> dict[str, Any]:
    """Return the kinds, channels or moods of feedback."""
    found: dict[str, Any] = _voices()[name]
    return found


def feedback(world: World, who: People, bought: Orders, product: Ints) -> pa.Table:
    """Return the feedback, in time order.

    Args:
        world: Constants.
        who: Customers.
        bought: Orders.
        product: First product of every order.
    """
    rng = stream(world.seed, "feedback")
    time = bought.time + rng.uniform(1, 12, len(bought))
    order = np.flatnonzero((rng.random(len(bought)) < SHARE) & (time < world.days))
    order = order[np.argsort(time[order], kind="stable")]
    size = len(order)
    kind, channel, mood = (_draw(rng, name, size) for name in ("kinds", "channels", "moods"))
    topic = rng.choice(len(topics()), size, p=[entry["share"] for entry in topics().values()])
    english = who.english[bought.customer[order]]
    said = np.array([name == "review" for name in vocabulary("kinds")])[kind]
    said |= (rng.random(size) < 0.5) & np.array([name == "csat" for name in vocabulary("kinds")])[kind]
    return arrow.table(
        "feedback",
        {
            "feedback_id": arrow.ids("f", np.arange(size) + 1, 5),
            "customer_id": customer_ids(bought.customer[order]),
            "channel": arrow.names(list(vocabulary("channels")), channel),
            "kind": arrow.names(list(vocabulary("kinds")), kind),
            "mood": arrow.names(list(vocabulary("moods")), mood),
            "language": arrow.names(["zh", "en"], english.astype(np.int64)),
            "text": _texts(rng, topic, mood, english, product[order], said),
            "time": arrow.instants(world, time[order]),
            "score": _scores(rng, kind, mood),
        },
    )


def _draw(rng: np.random.Generator, name: str, size: int) -> Ints:
    weights = np.array([entry["share"] for entry in vocabulary(name).values()])
    return rng.choice(len(weights), size, p=weights / weights.sum())


def _scores(rng: np.random.Generator, kind: Ints, mood: Ints) -> Floats:
    """Scores that fit the mood: 4–5, 3, 1–2 of 5; promoter, passive, detractor of 10."""
    nps = np.array([entry["scale"] == 10 for entry in vocabulary("kinds").values()])[kind]
    luck = rng.random(len(kind))
    five = np.select([mood == 0, mood == 1], [4 + (luck < 0.65), np.full(len(kind), 3)], 1 + (luck < 0.5))
    ten = np.select([mood == 0, mood == 1], [9 + (luck < 0.5), 7 + (luck < 0.6)], np.floor(luck * 7))
    return np.where(nps, ten, five).astype(float)


def _texts(
    rng: np.random.Generator, topic: Ints, mood: Ints, english: Flags, product: Ints, said: Flags
) -> pa.Array:
    """Put a sentence about the product and a closing together; null where nothing was said."""
    sentences, start, count = _sentences()
    closings, close_start, close_count = _closings()
    cell = (topic * len(vocabulary("moods")) + mood) * 2 + english
    chosen = start[cell] + (rng.random(len(cell)) * count[cell]).astype(np.int64)
    at = chosen * len(_products()) + product
    ending = mood * 2 + english
    closing = close_start[ending] + (rng.random(len(cell)) * close_count[ending]).astype(np.int64)
    return arrow.joined(arrow.names(sentences, np.where(said, at, -1)), arrow.names(closings, closing))


def _products() -> list[tuple[str, str]]:
    return [(item[1], item[0].lower()) for category in catalog() for item in category["items"]]


@cache
def _sentences() -> tuple[list[str], Ints, Ints]:
    """All sentences × products, with where each (topic, mood, language) starts and how many it has."""
    groups = [
        [(template, lang) for template in entry["text"][f"{mood}_{name}"]]
        for entry in topics().values()
        for mood in vocabulary("moods")
        for lang, name in enumerate(("zh", "en"))
    ]
    filled = [
        template.format(product=names[lang])
        for group in groups
        for template, lang in group
        for names in _products()
    ]
    return filled, *_spans(groups)


@cache
def _closings() -> tuple[list[str], Ints, Ints]:
    groups = [
        _voices()["closings"][f"{mood}_{lang}"] for mood in vocabulary("moods") for lang in ("zh", "en")
    ]
    return [text for group in groups for text in group], *_spans(groups)


def _spans(groups: list[Any]) -> tuple[Ints, Ints]:
    count = np.array([len(group) for group in groups])
    return np.cumsum(count) - count, count
