"""What a rule may ask of a customer: attributes, scores by RFM, behaviour, scores of models."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from workbench.schema import TABLES

ORDERED = ("==", "!=", "<", "<=", ">", ">=", "between")
PRESENCE = ("known", "unknown")
OPERATORS = MappingProxyType(
    {
        "text": ("==", "!=", "in", "not_in", "contains", "starts_with", *PRESENCE),
        "name": ("==", "!=", "in", "not_in", *PRESENCE),
        "date": (*ORDERED, *PRESENCE),
        "number": (*ORDERED, *PRESENCE),
        "whole": (*ORDERED, *PRESENCE),
        "days": (*ORDERED, *PRESENCE),
        "any": PRESENCE,
    }
)
"""Type of an operand → operators that fit."""

FIELDS = MappingProxyType(
    {
        column.name: "date" if column.type == "date" else "text"
        for column in TABLES["customers"].columns
        if column.privacy == "none" and column.role in ("attribute", "time")
    }
)
"""Attributes of customers that rules may ask for → type; personal ones are sealed."""

OWN = MappingProxyType({"number": "number", "text": "value", "date": "day"})
"""Type of an own attribute of customers → column of table `traits` that holds it."""

RFM = MappingProxyType(
    {
        "segment": "name",
        "r": "whole",
        "f": "whole",
        "m": "whole",
        "recency_days": "days",
        "frequency": "whole",
        "monetary": "number",
    }
)
"""Measures and scores of RFM → type."""


@dataclass(frozen=True)
class Source:
    """Rows of customers that behaviour is counted in.

    Attributes:
        table: Canonical table.
        texts: Columns that a condition may name.
        numbers: Names of figures → columns; those that end with `_micros` are money.
    """

    table: str
    texts: tuple[str, ...]
    numbers: MappingProxyType[str, str]


def _source(table: str, texts: str, **numbers: str) -> Source:
    return Source(table, tuple(texts.split()), MappingProxyType(numbers))


SOURCES = MappingProxyType(
    {
        "orders": _source(
            "transactions", "channel campaign_id region", amount="amount_micros", margin="margin_micros"
        ),
        "lines": _source(
            "order_lines",
            "product_id product category channel",
            quantity="quantity",
            amount="amount_micros",
        ),
        "events": _source("events", "kind channel campaign_id creative device region"),
        "interactions": _source(
            "interactions", "method direction kind marketer result reaction", minutes="minutes"
        ),
        "feedback": _source("feedback", "channel kind mood language", score="score"),
        "leads": _source("leads", "stage owner channel campaign_id region lost_reason", value="value_micros"),
    }
)
"""What customers do: orders (without what was lost), order lines with their product, touches and visits,
contacts, answers, leads."""

MEASURES = MappingProxyType(
    {
        "count": "whole",
        "days": "whole",
        "sum": "number",
        "mean": "number",
        "min": "number",
        "max": "number",
        "first": "days",
        "last": "days",
    }
)
"""Of rows: how many; on how many days; a figure; days since the first and the last one → type."""

FIGURES = ("sum", "mean", "min", "max")
"""Measures that need a figure."""

DAYLESS = ("feedback",)
"""Sources whose rows know an instant and no local day."""


@dataclass(frozen=True)
class Field:
    """An attribute of customers: a column of table `customers`, or an own attribute of the workspace.

    Attributes:
        name: The column, or what the file of customers called it.
        ago: Whether the days since that date are meant.
        kind: Of an own attribute what it is, a key of `OWN`; empty: whatever the store has of that name.
    """

    name: str
    ago: bool = False
    kind: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is no column of table `customers`."""
        return self.name not in FIELDS

    @property
    def type(self) -> str:
        """Which operators fit; of an own attribute of unknown kind only whether it is known."""
        return "days" if self.ago else FIELDS.get(self.name, self.kind or "any")


@dataclass(frozen=True)
class Rfm:
    """A measure or score of RFM.

    Attributes:
        measure: A key of `RFM`.
        thresholds: Measure and its four thresholds; empty: those observed on the day of the question.
        currency: ISO 4217 code of the amounts.
    """

    measure: str
    thresholds: tuple[tuple[str, tuple[float, ...]], ...] = ()
    currency: str = ""

    @property
    def type(self) -> str:
        """Which operators fit."""
        return RFM.get(self.measure, "")


@dataclass(frozen=True)
class Condition:
    """What rows must say to count: `column` is a text or a figure of the source."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True)
class Behaviour:
    """A measure over the rows of a customer up to the day of the question.

    Attributes:
        source: A key of `SOURCES`.
        measure: A key of `MEASURES`.
        column: Figure, for `FIGURES`.
        within_days: Only the last days, the day of the question included; None: all.
        where: Conditions, all of which must be true.
        currency: ISO 4217 code of a figure that is money.
    """

    source: str
    measure: str = "count"
    column: str = ""
    within_days: int | None = None
    where: tuple[Condition, ...] = ()
    currency: str = ""

    @property
    def type(self) -> str:
        """Which operators fit."""
        return MEASURES.get(self.measure, "")

    @property
    def is_money(self) -> bool:
        """Whether the figure is an amount."""
        known = self.source in SOURCES
        return known and SOURCES[self.source].numbers.get(self.column, "").endswith("_micros")


@dataclass(frozen=True)
class Score:
    """A model's score: a column of an own table of the store, or of a table given with the question."""

    table: str
    column: str = "score"

    @property
    def type(self) -> str:
        """Which operators fit."""
        return "number"


Operand = Field | Rfm | Behaviour | Score
