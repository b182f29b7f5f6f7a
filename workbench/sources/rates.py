"""Dated exchange rates into the store: all of a file or nothing, with doubts where a rate looks wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.sources import quotes
from workbench.sources.quotes import Key
from workbench.store.changes import Change
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

TABLE = "exchange_rates"
JUMP = 1.5
"""A rate that moves by this factor within a month is worth a look: a wrong direction or unit."""

MONTH = 31
APART = 0.05
"""A rate and its inverse that disagree by more than this part are worth a look."""


@dataclass(frozen=True)
class Doubt:
    """One thing to look at: its text is `rates.<code>`."""

    code: str
    values: Mapping[str, str]

    def sentence(self, lang: str) -> str:
        """The doubt in words."""
        return i18n.text(f"rates.{self.code}", lang, **self.values)


@dataclass(frozen=True)
class LoadedRates:
    """What came of loading exchange rates.

    Attributes:
        rates: Rates in the file.
        new: Of these, those of a day and pair that had none.
        changed: Those that replaced another rate.
        blank: Cells without a rate.
        pairs: Currency pairs, such as `EUR→USD`.
        start: First day; None without rates.
        end: Last day.
        doubts: What is worth a look; the rates are loaded all the same.
        data_version: Version of the store after it.
    """

    rates: int
    new: int
    changed: int
    blank: int
    pairs: tuple[str, ...]
    start: dt.date | None
    end: dt.date | None
    doubts: tuple[Doubt, ...]
    data_version: int

    @property
    def status(self) -> str:
        """`PASS`, or `REVIEW` where there are doubts."""
        return "REVIEW" if self.doubts else "PASS"

    def headline(self, lang: str) -> str:
        """The result in one sentence."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["pairs"] = ", ".join(self.pairs[:8]) + (" …" if len(self.pairs) > 8 else "")
        return i18n.text("rates.loaded", lang, status=self.status, **values)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        days = {name: day.isoformat() if (day := plain[name]) else None for name in ("start", "end")}
        doubts = [doubt.sentence("en") for doubt in self.doubts]
        return {"status": self.status, **plain, **days, "pairs": list(self.pairs), "doubts": doubts}


@on_this_machine
def load_rates(
    store: Store,
    rates: str | Path | Any,
    *,
    from_currency: str | None = None,
    to_currency: str | None = None,
    per: int = 1,
    date_order: str | None = None,
    decimal: str = ".",
) -> LoadedRates:
    """Load dated exchange rates; a day and pair that is known already is replaced.

    Args:
        store: The workspace; it moves to the new data version. The same rates again change nothing.
        rates: CSV, XLSX or Parquet file, or a frame (pandas, Polars, Arrow). Long: columns `date`,
            `from_currency`, `to_currency`, `rate` (one unit of *from* is worth `rate` units of *to*).
            Wide: a date, and one column a currency, named by its code or name.
        from_currency: ISO 4217 code of *from*, where no column says it (wide files of a central bank
            that quotes its own currency: `EUR` for those of the ECB).
        to_currency: ISO 4217 code of *to*, where no column says it.
        per: Units of *from* that a rate is for (100 for files that quote 100 foreign units).
        date_order: `dmy` or `mdy`, where the dates do not show it.
        decimal: `.` or `,`.

    Returns:
        What was loaded, with doubts: a rate that jumps, or contradicts its inverse.

    Raises:
        InputError: for a file that cannot be read, or any rate that cannot be used: nothing is loaded then.
        StoreError: when it cannot be written.
    """
    source, target = quotes.currency(from_currency), quotes.currency(to_currency)
    options = quotes.Options(source, target, quotes.units(per), date_order or "", decimal)
    found, blank = quotes.quotes(quotes.sheet(rates), options)
    with store.writing():
        known = _known(store)
        fresh = {key: rate for key, (rate, _) in found.items() if known.get(key) != float(rate)}
        merged = known | {key: float(rate) for key, rate in fresh.items()}
        if fresh:
            store.commit([_change(merged)])
    days = [key[0] for key in found]
    return LoadedRates(
        rates=len(found),
        new=sum(key not in known for key in fresh),
        changed=sum(key in known for key in fresh),
        blank=blank,
        pairs=tuple(sorted({f"{source}→{target}" for _, source, target in found})),
        start=min(days, default=None),
        end=max(days, default=None),
        doubts=tuple(_doubts(merged, found)),
        data_version=store.version,
    )


def _known(store: Store) -> dict[Key, float]:
    if TABLE not in store.tables:
        return {}
    rows = store.query(store.table(TABLE)).to_pylist()
    return {(row["date"], row["from_currency"], row["to_currency"]): row["rate"] for row in rows}


def _change(rates: Mapping[Key, float]) -> Change:
    import pyarrow as pa

    ordered = sorted(rates.items())
    names = ("date", "from_currency", "to_currency")
    columns: dict[str, pa.Array] = {
        name: pa.array([key[place] for key, _ in ordered]) for place, name in enumerate(names)
    }
    return Change(TABLE, pa.table({**columns, "rate": pa.array([rate for _, rate in ordered])}), "all")


def _doubts(rates: Mapping[Key, float], found: Mapping[Key, Any]) -> Iterable[Doubt]:
    """The first jump of each loaded pair, and the first day on which it contradicts its inverse."""
    series: dict[tuple[str, str], list[tuple[dt.date, float]]] = {key[1:]: [] for key in sorted(found)}
    for (day, *pair), rate in sorted(rates.items()):
        series.get((pair[0], pair[1]), []).append((day, rate))
    for (source, target), days in series.items():
        names = {"source": source, "target": target}
        for (before, old), (day, new) in pairwise(days):
            if (day - before).days <= MONTH and not 1 / JUMP < new / old < JUMP:
                yield Doubt("jump", {**names, "day": str(day), "old": f"{old:g}", "new": f"{new:g}"})
                break
        for day, rate in days:
            other = rates.get((day, target, source))
            if other and abs(rate * other - 1) > APART:
                yield Doubt("apart", {**names, "day": str(day), "rate": f"{rate:g}", "other": f"{other:g}"})
                break
