"""What a card says, in words: figures by type, members by their labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench import i18n
from workbench.i18n import formats
from workbench.schema import NO_CURRENCY

Labels = Mapping[tuple[str, str], str]
"""(dimension, value) → shown label."""

MICROS = 1_000_000
CLOSE = 0.1
"""Shares under it are shown with a decimal."""


@dataclass(frozen=True)
class Money:
    """An amount in currency units with its currency; None: not known."""

    amount: float | None
    currency: str

    @classmethod
    def of_micros(cls, micros: int, currency: str | None) -> Money:
        """The amount of whole micros."""
        return cls(micros / MICROS, currency or NO_CURRENCY)


def say(key: str, lang: str, values: Mapping[str, Any], labels: Labels | None = None) -> str:
    """A text of the card, with its blanks filled as a reader of the language expects them."""
    shown = {name: _shown(name, value, lang, labels or {}) for name, value in values.items()}
    return i18n.text(f"card.{key}", lang, **shown) if shown else i18n.text(f"card.{key}", lang)


def _shown(name: str, value: Any, lang: str, labels: Labels) -> str:
    if value is None:
        return i18n.text("card.unknown", lang)
    if isinstance(value, Money):
        return formats.money(value.amount, value.currency, lang, short=True)
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    if isinstance(value, tuple):
        return _either([_inside(member(name, item, lang, labels)) for item in value], lang)
    if isinstance(value, float):
        return formats.percent(value, lang, 1 if 0 < value < CLOSE else 0)
    if isinstance(value, int):
        return formats.number(value, lang)
    return _inside(member(name, value, lang, labels))


def _either(names: list[str], lang: str) -> str:
    """One of several."""
    start, last = names[:-1], names[-1]
    comma = "、" if lang == "zh" else ", "
    return i18n.text("card.or", lang).join([comma.join(start), last] if start else [last])


def _inside(label: str) -> str:
    """A label in the middle of a sentence: `Phone call` gets a small letter, `SMS` and `WeChat` do not."""
    rest = label.split(" ")[0][1:]
    return label[:1].lower() + label[1:] if rest.replace("-", "").islower() else label


def member(dimension: str, value: str, lang: str, labels: Labels) -> str:
    """The label of a value; a channel of contact may stand among the methods."""
    if dimension == "method" and (dimension, value) not in labels:
        known = i18n.texts().get(f"card.method_{value}")
        return known[lang] if known else value
    return labels.get((dimension, value), value)
