"""Exchange rates of a day: quoted, turned round, or through a common currency; exact until the answer."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from workbench.i18n import text

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

OLDEST = 7
"""Days that a rate stays in use when no newer one is known: a weekend and holidays."""

_EXACT = Context(prec=40)
_EPOCH = dt.date(1970, 1, 1)
Pair = tuple[str, str]


@dataclass(frozen=True)
class Way:
    """How a rate came about that nobody quoted.

    Attributes:
        source: Currency converted from.
        target: Currency converted to.
        via: Common currency; empty for the inverse of a quoted rate.
    """

    source: str
    target: str
    via: str = ""

    def shown(self, lang: str) -> str:
        """The way in words."""
        names = {"source": self.source, "target": self.target, "via": self.via}
        return text("rates.way_cross" if self.via else "rates.way_inverse", lang, **names)


@dataclass(frozen=True)
class Worth:
    """What one unit of a currency is worth on a day; `way` is None for a quoted rate."""

    rate: Decimal
    age: int
    way: Way | None = None


class Rates:
    """The rates of a store.

    Args:
        quotes: Pair → its quotes, days since 1970 with exact rates, by day.
    """

    def __init__(self, quotes: Mapping[Pair, Sequence[tuple[int, Decimal]]]) -> None:
        self._days = {pair: [day for day, _ in series] for pair, series in quotes.items()}
        self._rates = {pair: [rate for _, rate in series] for pair, series in quotes.items()}
        self._names = sorted({name for pair in quotes for name in pair})
        self.worth = lru_cache(maxsize=1 << 16)(self._worth)

    def __bool__(self) -> bool:
        return bool(self._days)

    def factors(self, source: str, target: str, days: np.ndarray) -> tuple[np.ndarray, tuple[Way, ...]]:
        """Rates of days (since 1970) as float64, NaN where there is none; and the ways they came about."""
        import numpy as np

        each, place = np.unique(days, return_inverse=True)
        found = [self.worth(source, target, int(day)) for day in each]
        rates = np.array([float(item.rate) if item else np.nan for item in found])
        ways = dict.fromkeys(item.way for item in found if item and item.way)
        return rates[place], tuple(ways)

    def over(self, source: str, target: str, first: dt.date, last: dt.date) -> float | None:
        """Mean rate of the days from first to last; None where any of them has none."""
        import numpy as np

        days = np.arange((first - _EPOCH).days, (last - _EPOCH).days + 1)
        rates, _ = self.factors(source, target, days)
        return None if np.isnan(rates).any() else float(rates.mean())

    def _worth(self, source: str, target: str, day: int) -> Worth | None:
        """A rate of a day: quoted, else turned round, else through the currency with the newest rates."""
        if direct := self._direct(source, target, day):
            return direct
        crossed = [
            Worth(
                _EXACT.multiply(first.rate, second.rate),
                max(first.age, second.age),
                Way(source, target, via),
            )
            for via in self._names
            if (first := self._direct(source, via, day)) and (second := self._direct(via, target, day))
        ]
        return min(crossed, key=lambda worth: worth.age, default=None)

    def _direct(self, source: str, target: str, day: int) -> Worth | None:
        if quoted := self._quoted(source, target, day):
            return quoted
        turned = self._quoted(target, source, day)
        if turned is None:
            return None
        return Worth(_EXACT.divide(Decimal(1), turned.rate), turned.age, Way(source, target))

    def _quoted(self, source: str, target: str, day: int) -> Worth | None:
        """The latest quote not later than a day and not too old."""
        days = self._days.get((source, target), [])
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > OLDEST:
            return None
        return Worth(self._rates[source, target][place], day - days[place])


_known: WeakKeyDictionary[Store, tuple[int, Rates]] = WeakKeyDictionary()


def rates_of(store: Store) -> Rates:
    """The exchange rates of a store's data version."""
    if store not in _known or _known[store][0] != store.version:
        _known[store] = (store.version, Rates(_quotes(store)))
    return _known[store][1]


def _quotes(store: Store) -> dict[Pair, list[tuple[int, Decimal]]]:
    if "exchange_rates" not in store.tables:
        return {}
    table = store.table("exchange_rates")
    found: list[dict[str, Any]] = store.query(table.order_by("date")).to_pylist()
    quotes: dict[Pair, list[tuple[int, Decimal]]] = {}
    for row in found:
        pair = (row["from_currency"], row["to_currency"])
        quotes.setdefault(pair, []).append(((row["date"] - _EPOCH).days, Decimal(repr(row["rate"]))))
    return quotes
