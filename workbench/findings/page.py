"""What all findings of a page share: the question, labels, and the record of every test made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.findings.finding import Finding, Words
from workbench.findings.thresholds import Thresholds
from workbench.i18n import LANGUAGES, text
from workbench.metrics.kpis import Measured, measure
from workbench.metrics.periods import Period
from workbench.metrics.question import ask

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store
    from workbench.metrics.sums import Sums

FACTS = ("impressions", "clicks", "cost", "conversions", "revenue")
"""Sums that every check works on."""

Key = Mapping[str, str | None]
"""Dimension → member."""


@dataclass(frozen=True)
class Test:
    """One test of the page.

    Attributes:
        p: Its p-value; 0 for a rule, which is no test of chance.
        finding: What is said if it holds; None when it is too small to say.
        group: What it is about; of one group only the first finding that holds is said.
        parent: The group that holds this one.
        weight: Rank of what has no money effect; else the effect ranks it.
    """

    p: float
    finding: Finding | None
    group: str
    parent: str = ""
    weight: float | None = None

    @property
    def rank(self) -> float:
        """How much it matters, in money."""
        effect = self.finding.effect if self.finding else None
        return abs(effect or 0.0) if self.weight is None else self.weight


@dataclass(frozen=True)
class Page:
    """A review's question.

    Attributes:
        store: The store.
        period: Days reviewed.
        compare: Comparison; empty for none.
        where: Filters.
        thresholds: What a finding needs.
    """

    store: Store
    period: str | Period
    compare: str | Period
    where: Mapping[str, Any]
    thresholds: Thresholds

    def measure(
        self,
        by: Sequence[str],
        period: str | Period | None = None,
        compare: str | Period = "",
        only: Mapping[str, Any] | None = None,
    ) -> Measured:
        """Sums by dimensions over the page's period, or another one; `only` of some members."""
        where = {**self.where, **(only or {})}
        return measure(ask(self.store, by, FACTS, period or self.period, compare, where))

    @cached_property
    def labels(self) -> dict[str, dict[tuple[str, str], str]]:
        """(dimension, value) → label, by language."""
        return {lang: self.store.labels(lang) for lang in LANGUAGES}

    @cached_property
    def cost(self) -> float:
        """Cost of everything on the page."""
        return float(total(self.measure(()).now[True], "cost").sum())

    def names(self, key: Key) -> Words:
        """The labels of a group's members, the unknown ones left out."""
        return Words(**{lang: self._name(key, lang) for lang in LANGUAGES})

    def state(self, metric: str, key: Key) -> dict[str, Any]:
        """Settings of the Campaigns panel that show a metric of one group."""
        members = {name: (value,) for name, value in key.items() if value is not None}
        return {"metric": metric, "filters": {**self.where, **members}}

    def _name(self, key: Key, lang: str) -> str:
        labels = self.labels[lang]
        known = [labels.get((name, value), value) for name, value in key.items() if value is not None]
        return " · ".join(known) or text("findings.everything", lang)


def keys_of(keys: pd.DataFrame) -> list[Key]:
    """Groups as dimension → member."""
    return [{str(name): value for name, value in row.items()} for row in keys.to_dict("records")]


def slug(kind: str, key: Key) -> str:
    """Identifier of a finding or group: what, and where."""
    return ":".join([kind, *(f"{name}={value}" for name, value in key.items() if value is not None)])


def total(sums: Sums, fact: str) -> np.ndarray:
    """A fact by group, 0 where it is unknown."""
    import numpy as np

    known: np.ndarray = np.nan_to_num(sums.total({fact: 1.0}))
    return known


def matrix(sums: Sums, fact: str, days: np.ndarray) -> np.ndarray:
    """A fact by group and day (`days` ascending, since 1970), 0 where there is none."""
    import numpy as np

    grid = np.zeros((sums.groups, len(days)))
    inside = np.isin(sums.day, days)
    grid[sums.group[inside], np.searchsorted(days, sums.day[inside])] = sums.daily({fact: 1.0})[inside]
    return grid
