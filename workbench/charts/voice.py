"""How one metric speaks in one language: its names, its values, and Vega expressions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.charts import words
from workbench.charts.frame import Labels, missing
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.catalogue import Metric


@dataclass(frozen=True)
class Voice:
    """A metric in a language and a currency."""

    metric: Metric
    lang: str
    currency: str

    @property
    def label(self) -> str:
        """Short name of the metric."""
        return self.metric.label(self.lang, short=True)

    @property
    def heading(self) -> str:
        """The label as the name of a line in a tooltip."""
        return self.label[:1].upper() + self.label[1:]

    def word(self, key: str, **values: object) -> str:
        """A text of this room."""
        return text(f"charts.{key}", self.lang, **values)

    def quoted(self, key: str, **values: object) -> str:
        """A text of this room as a string literal of a Vega expression."""
        return words.quoted(self.word(key, **values))

    def shown(self, amount: float | None) -> str:
        """A value in words."""
        return formats.value(amount, self.metric.unit, self.lang, self.currency, short=True)

    def value(self, amount: str, short: bool = False) -> str:
        """Vega expression of a value."""
        return words.value(amount, self.metric.unit, self.lang, self.currency, short)

    def interval(self, low: str, high: str) -> str:
        """Vega expression of an interval."""
        return words.interval(low, high, self.metric.unit, self.lang, self.currency)

    def axis(self, ticks: int = 4) -> dict[str, Any]:
        """Axis of the metric: few ticks, thin gridlines."""
        label = words.tick("datum.value", self.metric.unit, self.lang, self.currency)
        return {"grid": True, "tickCount": ticks, "labelExpr": label, "title": None}

    def name(self, dimension: str, member: Any, labels: Labels | None) -> str:
        """What a member of a dimension is called."""
        if missing(member):
            return self.word("unknown")
        return (labels or {}).get((dimension, str(member)), str(member))

    def sentence(self, key: str, **values: object) -> str:
        """A sentence about the metric, begun as a sentence."""
        said = self.word(key, metric=self.label, **values)
        return said[:1].upper() + said[1:]

    def joined(self, items: Sequence[str]) -> str:
        """A list in words."""
        return ("、" if self.lang == "zh" else ", ").join(items)
