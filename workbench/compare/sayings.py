"""The conclusion of a ranking in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.result import Remark, Verdict
from workbench.compare.words import Chance, Figure, Lift, Words, metric_words
from workbench.i18n import text
from workbench.metrics.dimensions import MEMBERS
from workbench.metrics.notes import Note

if TYPE_CHECKING:
    import pandas as pd

    from workbench.catalogue import Metric
    from workbench.data import Store

SURE = ("better", "worse", "higher", "lower")
"""Verdicts of a row that say something."""


@dataclass(frozen=True)
class Dimension:
    """A dimension as a word."""

    name: str

    def shown(self, lang: str) -> str:
        """The word."""
        room = "shell" if self.name in MEMBERS else "compare"
        word = text(f"{room}.dim_{self.name}", lang)
        return word.lower() if lang == "en" else word


@dataclass(frozen=True)
class Noted:
    """A note of the metrics as a value of a remark."""

    note: Note

    def shown(self, lang: str) -> str:
        """The note in words."""
        return self.note.sentence(lang)


Names = Callable[[str], Words]
"""How a member is shown in each language."""


def names_of(store: Store, dimension: str) -> Names:
    """Members as the store's labels show them."""
    english, chinese = store.labels("en"), store.labels("zh")

    def shown(name: str) -> Words:
        key = (dimension, name)
        return Words(english.get(key, name), chinese.get(key, name))

    return shown


def verdict(
    table: pd.DataFrame, dimension: str, metric: Metric, currency: str, against: str, names: Names
) -> Verdict:
    """What a ranking says: how many members differ for sure, and which one leads.

    Args:
        table: The ranked table.
        dimension: What is ranked.
        metric: The metric.
        currency: Currency of amounts.
        against: `rest`, `before`, `member`, or empty for a ranking alone.
        names: How members are shown.
    """
    if table.empty:
        return Verdict(Remark.of("nothing_to_rank"))
    if against == "member" and len(table) == 1:
        return Verdict(pair(table.iloc[0], metric, currency, names))
    first = _leader(table, metric, currency, names)
    if not against:
        return Verdict(*first)
    return Verdict(_counts(table, dimension, metric, against), *first)


def pair(row: pd.Series[Any], metric: Metric, currency: str, names: Names) -> Remark:
    """One member against another in a sentence."""
    code = row["verdict"] if row["verdict"] in (*SURE, "few") else "unclear"
    values = {
        "arm": names(row["arm"]),
        "control": names(row["control"]),
        "metric": metric_words(metric.id),
        "value": Figure(row["mean"], metric.unit, currency),
        "other": Figure(row["mean_control"], metric.unit, currency),
        "lift": Lift(row["lift"], row["lift_low"], row["lift_high"]),
    }
    return Remark(f"pair_{code}", values, "info")


def _counts(table: pd.DataFrame, dimension: str, metric: Metric, against: str) -> Remark:
    seen = table["verdict"].value_counts()
    neutral = metric.better == "neither"
    up, down = ("higher", "lower") if neutral else ("better", "worse")
    return Remark.of(
        f"counts_{'neutral_' if neutral else ''}{against}",
        "info",
        all=len(table),
        dimension=Dimension(dimension),
        metric=metric_words(metric.id),
        up=int(seen.get(up, 0)),
        down=int(seen.get(down, 0)),
        unclear=int(seen.get("unclear", 0)),
        few=int(seen.get("few", 0)),
    )


def _leader(table: pd.DataFrame, metric: Metric, currency: str, names: Names) -> tuple[Remark, ...]:
    """Who leads, and how sure that is."""
    known = table[table["best"].notna()]
    if len(known) < 2 or metric.better == "neither":
        return ()
    row = known.iloc[0]
    low, high = row["shrunk_low"], row["shrunk_high"]
    value = Figure(row["shrunk"], metric.unit, currency, low, high)
    return (Remark.of("leader", "info", arm=names(row["arm"]), value=value, best=Chance(row["best"], 0)),)
