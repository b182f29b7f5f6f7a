"""What a store has to forecast: metrics of advertising, own sales, outside series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from workbench.catalogue import Metric
from workbench.errors import InputError, unknown
from workbench.forecast import market, sales
from workbench.forecast.fit import WIDTHS
from workbench.forecast.frames import step_of
from workbench.i18n import LANGUAGES, text
from workbench.metrics.dimensions import MEMBERS
from workbench.metrics.question import additive

if TYPE_CHECKING:
    from workbench.data import Store

ADVERTISING = "advertising"
GROUPS = (ADVERTISING, sales.GROUP, market.GROUP)
"""Kinds of series, in menu order."""


@dataclass(frozen=True)
class Choice:
    """One thing that can be forecast.

    Attributes:
        id: As `forecast(store, metric=…)` takes it: an id of the catalogue, `sales:revenue`, `market:` and
            the name of an outside series.
        group: One of `GROUPS`.
        metric: Its names and unit, as in the catalogue.
        sums: Whether its steps add up. step: `day`, `week` or `month`.
        by: Dimensions that it may be told apart by, and filtered on.
        whole: Whether it has values without a breakdown.
    """

    id: str
    group: str
    metric: Metric
    sums: bool
    step: str
    by: tuple[str, ...]
    whole: bool = True

    def steps(self, days: int) -> int:
        """How many of its steps some days are, at least one."""
        return max(1, -(-days // WIDTHS[self.step]))


_known: WeakKeyDictionary[Store, tuple[int, dict[str, Choice]]] = WeakKeyDictionary()


def choices(store: Store) -> Mapping[str, Choice]:
    """What can be forecast in a store's data version, by id: what it has no data of is not in it.

    Args:
        store: The store. Under a limit to some advertisers it has no sales, which belong to none.
    """
    if store not in _known or _known[store][0] != store.version:
        found = (*_advertising(store), *_sales(store), *_market(store))
        _known[store] = (store.version, {choice.id: choice for choice in found})
    return _known[store][1]


def choice(store: Store, name: str) -> Choice:
    """The choice called `name`.

    Raises:
        QuestionError: where the store has none.
    """
    found = choices(store)
    if name not in found:
        raise unknown("metric", name, found)
    return found[name]


def absent(name: str) -> Choice:
    """Stands for a series that is not there, so that a question for it says so."""
    entry = Metric(id=name, en=name, zh=name, unit="count", better="neither", group=ADVERTISING)
    return Choice(name, ADVERTISING, entry, True, "day", MEMBERS)


def _advertising(store: Store) -> list[Choice]:
    if store.as_of is None:
        return []
    return [
        Choice(entry.id, ADVERTISING, entry, not entry.is_ratio, "day", MEMBERS)
        for entry in store.metrics.values()
        if not entry.answered_by and additive(*entry.terms(store.settings.margin))
    ]


def _sales(store: Store) -> list[Choice]:
    if sales.TABLE not in store.tables or store.advertisers is not None:
        return []
    return [_of_sales(name) for name in sales.NAMES]


def _of_sales(name: str) -> Choice:
    sums = name != "aov"
    en, zh = (text(f"forecast.{sales.GROUP}_{name}", lang) for lang in LANGUAGES)
    entry = Metric(
        id=f"{sales.GROUP}:{name}",
        unit=sales.UNITS[name],
        better="higher",
        group=sales.GROUP,
        denominator="" if sums else "orders",
        en=en,
        zh=zh,
    )
    return Choice(entry.id, sales.GROUP, entry, sums, "day", sales.BY)


def _market(store: Store) -> list[Choice]:
    if market.TABLE not in store.tables:
        return []
    rows = market.listed(store).to_dict("records")
    return [_of_market(store, name, list(own)) for name, own in groupby(rows, lambda row: str(row["series"]))]


def _of_market(store: Store, name: str, rows: list[Any]) -> Choice:
    days = np.array(sorted({row["local_date"] for row in rows}), "datetime64[D]")
    try:
        step = step_of(days)
    except InputError:  # one day only: whoever chooses it is told
        step = "day"
    code = market.money_in(str(rows[0]["unit"]))
    en, zh = (store.labels(lang).get(("series", name), name) for lang in LANGUAGES)
    entry = Metric(
        id=f"{market.GROUP}:{name}",
        unit="money" if code else "count",
        better="neither",
        group=market.GROUP,
        en=en,
        zh=zh,
    )
    regions = {row["region"] or "" for row in rows}
    whole = "" in regions or len(regions) < 2
    return Choice(entry.id, market.GROUP, entry, False, step, market.BY, whole)
