"""Values that say themselves in each language: figures with their unit, shares, lists."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from workbench.i18n import formats, text
from workbench.schema import NO_CURRENCY


@dataclass(frozen=True)
class Figure:
    """A value in its unit, with its interval where one is known.

    Attributes:
        value: The value.
        unit: `count`, `number`, `percent`, `money`, `multiple` or `days`, as metrics have it.
        currency: ISO 4217 code of an amount.
        low, high: Ends of the interval; NaN where there is none.
        signed: Whether a plus sign is shown; of a percentage then percentage points.
    """

    value: float
    unit: str = "count"
    currency: str = NO_CURRENCY
    low: float = math.nan
    high: float = math.nan
    signed: bool = False

    def shown(self, lang: str) -> str:
        """The value, with its interval in brackets."""
        ends = (self.low, self.high)
        if any(end != end for end in ends):
            return self._one(self.value, lang)
        interval = text("compare.interval", lang, low=self._one(ends[0], lang), high=self._one(ends[1], lang))
        return f"{self._one(self.value, lang)} ({interval})"

    def _one(self, value: float, lang: str) -> str:
        if math.isinf(value):
            return "−∞" if value < 0 else "+∞"
        if not self.signed:
            return figure(value, self.unit, lang, self.currency)
        if self.unit == "percent":
            return formats.points(value, lang)
        plain = figure(value, self.unit, lang, self.currency)
        signed = f"+{plain}" if value > 0 else plain
        if isinstance(plain, formats.Shown):
            return formats.Shown.of(signed, value, plain.unit, plain.currency)
        return signed


@dataclass(frozen=True)
class Lift:
    """A relative change, with its interval where one is known."""

    value: float
    low: float = math.nan
    high: float = math.nan

    def shown(self, lang: str) -> str:
        """The change in percent with its sign, its interval in brackets."""
        if self.low != self.low or self.high != self.high:
            return _relative(self.value, lang)
        interval = text(
            "compare.interval", lang, low=_relative(self.low, lang), high=_relative(self.high, lang)
        )
        return f"{_relative(self.value, lang)} ({interval})"


@dataclass(frozen=True)
class Share:
    """A share or probability, shown in percent; never rounded up to certainty."""

    value: float
    digits: int = 1

    def shown(self, lang: str) -> str:
        """The share in percent."""
        edge = 0.5 * 10 ** -(self.digits + 2)
        if 1 - edge < self.value < 1:
            return ">" + formats.percent(1 - 2 * edge, lang, self.digits)
        if 0 < self.value < edge:
            return "<" + formats.percent(2 * edge, lang, self.digits)
        return formats.percent(self.value, lang, self.digits)


@dataclass(frozen=True)
class Chance(Share):
    """A probability that was estimated: it is never shown as certain."""

    def shown(self, lang: str) -> str:
        """The probability in percent, strictly between 0 and 100."""
        return Share(min(max(self.value, 1e-12), 1 - 1e-12), self.digits).shown(lang)


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    en: str
    zh: str

    def shown(self, lang: str) -> str:
        """The text in one language."""
        return self.zh if lang == "zh" else self.en


_NOTHING = {"percent": 5e-7, "number": 5e-5}
"""Smaller values would be shown as nothing but zeros."""


def figure(value: float, unit: str, lang: str, currency: str = NO_CURRENCY) -> str:
    """A value in its unit; plain numbers (unit `number`) with three significant digits."""
    if abs(value) < _NOTHING.get(unit, 0.0):
        value = 0.0
    if unit in ("number", "days") and math.isfinite(value) and abs(value) < 1000:
        digits = 0 if value == 0 else min(4, max(0, 2 - math.floor(math.log10(abs(value)))))
        return formats.number(value, lang, digits)
    return formats.value(value, "count" if unit == "number" else unit, lang, currency)


@cache
def metric_words(name: str) -> Words:
    """A metric's short names: of a store's outcome, of the catalogue, else the name itself."""
    from workbench import catalogue
    from workbench.i18n import texts

    if own := texts().get(f"compare.name_{name}"):
        return Words(own["en"], own["zh"])
    entries = catalogue.builtin()
    top, _, bottom = name.partition("/")
    same = (
        item for item in entries.values() if bottom and (item.numerator, item.denominator) == (top, bottom)
    )
    known = entries.get(name) or next(same, None)
    return Words(known.label("en", short=True), known.label("zh", short=True)) if known else Words(name, name)


def p_value(p: float, lang: str) -> str:
    """A p-value with three digits, never 0."""
    return "<" + formats.number(0.001, lang, 3) if p < 0.001 else formats.number(p, lang, 3)


def said(value: Any, lang: str) -> str:
    """Any value of a sentence in words."""
    if hasattr(value, "shown"):
        return str(value.shown(lang))
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(said(item, lang) for item in value)
    if isinstance(value, bool | str) or value is None:
        return str(value)
    return formats.number(value, lang, 0 if float(value).is_integer() else 3)


def _relative(value: float, lang: str) -> str:
    if math.isinf(value):
        return "−∞" if value < 0 else "+∞"
    return formats.change(value, lang)
