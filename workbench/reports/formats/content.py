"""What a report says, in one frozen form from which every file for the boss is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One value of a table or a card.

    Attributes:
        text: As the page shows it.
        amount: The number or day behind it; None for words, and for what is missing or withheld.
        unit: `count`, `money`, `percent`, `multiple`, `change`, `points`, `hours`,
            `minutes` or `date`; empty for words.
        currency: ISO 4217 code of money, or its sign where the page says no more.
        low, high: The 95% interval behind it, in the same unit; None where the page shows none.
    """

    text: str
    amount: float | dt.date | None = None
    unit: str = ""
    currency: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def number(self) -> float | None:
        """The amount where it is a number."""
        return None if isinstance(self.amount, dt.date) else self.amount


@dataclass(frozen=True)
class Sentence:
    """A sentence; `kind` is `lead` for what the page says first, `note` for a remark, else `plain`."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Card:
    """A key figure: its name, value, and what is said about it."""

    name: str
    value: Cell
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cards:
    """A row of key figures."""

    items: tuple[Card, ...]


@dataclass(frozen=True)
class Bar:
    """One of the values that a finding compares: its name, number, 95% interval, unit and currency."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = "count"
    currency: str = ""


@dataclass(frozen=True)
class Finding:
    """A finding, or one check of a list.

    Attributes:
        status: `good`, `bad`, `warn` or `info`.
        sentence, evidence, action, worth: What is so, what shows it, what to do, what it is worth.
        span: The interval of what it is worth.
        bars: The values that it compares, where it compares some.
        check: Whether it is one of a list of checks, which say that nothing is wrong, too.
    """

    status: str
    sentence: str
    evidence: str = ""
    action: str = ""
    worth: str = ""
    span: str = ""
    bars: tuple[Bar, ...] = ()
    check: bool = False

    @property
    def value(self) -> str:
        """What it is worth, with its interval in brackets where there is one."""
        return f"{self.worth} ({self.span})" if self.worth and self.span else self.worth


@dataclass(frozen=True)
class Table:
    """A table as the page shows it.

    Attributes:
        title: What it shows, unique in the report.
        head: Headings.
        rows: Cells, each row as long as the head.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def unit(self, column: int) -> str:
        """The unit that the numbers of a column share; empty for words and for mixed ones."""
        units = {row[column].unit for row in self.rows if row[column].unit}
        words = any(row[column].amount is None and row[column].text not in _NOTHING for row in self.rows)
        return units.pop() if len(units) == 1 and not words else ""


_NOTHING = ("", "–", "-", "—")


@dataclass(frozen=True)
class Figure:
    """A chart: its name, the sentence that says what is seen, and the chart as `Chart.to_dict` gives it."""

    name: str
    alt: str
    chart: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A picture that a notebook's cell left: its bytes and type (`png` or `jpeg`)."""

    content: bytes
    kind: str
    alt: str = ""


@dataclass(frozen=True)
class Term:
    """A word explained: name, meaning, and the formula where there is one."""

    name: str
    meaning: str
    formula: str = ""


Block = Sentence | Cards | Finding | Table | Figure | Picture


@dataclass(frozen=True)
class Section:
    """One card of the page: its heading and what stands in it, in order."""

    title: str
    blocks: tuple[Block, ...]

    def of(self, *kinds: type) -> tuple[Any, ...]:
        """Its blocks of some kinds."""
        return tuple(block for block in self.blocks if isinstance(block, kinds))


@dataclass(frozen=True)
class Content:
    """A report's content.

    Attributes:
        title: Of the report.
        stamp: Lines under the title: freshness, data version, period.
        sections: In page order.
        terms: Definitions.
        made: When it was made and from which data version.
        lang: `en` or `zh`.
    """

    title: str
    stamp: tuple[str, ...]
    sections: tuple[Section, ...]
    terms: tuple[Term, ...]
    made: str
    lang: str

    def blocks(self, *kinds: type) -> Iterator[Any]:
        """All blocks of some kinds, in page order."""
        for section in self.sections:
            yield from section.of(*kinds)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables."""
        return tuple(self.blocks(Table))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings; checks are none."""
        return tuple(item for item in self.blocks(Finding) if not item.check)

    @property
    def cards(self) -> tuple[Card, ...]:
        """All key figures."""
        return tuple(card for row in self.blocks(Cards) for card in row.items)
