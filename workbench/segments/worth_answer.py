"""The answer of `worth`: segments by value, who makes the money, and how likely it comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.remarks import Remark
from workbench.i18n import formats
from workbench.segments.cells import SEGMENTS
from workbench.segments.words import label, name

if TYPE_CHECKING:
    import pandas as pd

FIFTHS, BANDS = 5, 5
"""Of the map: parts of the customers by money so far, and bands of the probability to order again."""

BEST = 0.2


@dataclass(frozen=True, eq=False)
class Worth:
    """The answer of `worth`; money in currency units.

    Attributes:
        table: One row a segment, the most valuable first: `segment, customers, share`; `value` (expected in
            the horizon) with `value_low, value_high` (95%: chance of buying, leaving and spending, and the
            parameters), `value_share, value_each`; `p_order` (mean probability of an order in the horizon);
            `so_far` (amount up to now); `suppressed` (fewer than 50 customers, or to protect such a cell).
        curve: `customers, value`: the best share of the customers brings this share of the value.
        chances: `fifth` (by money so far, 0 the least), `band` (probability to order again, fifths of 0 to
            1), `customers, value, suppressed`.
        people: One row a shown customer: `customer_id`, `clv` (expected value), `fifth`, `band`; for charts
            whose places become segments, never published.
        total, low, high: Value of all shown customers, with its 95% interval.
        customers: How many they are.
        orders_again: Their mean probability of an order in the horizon.
        segment: The segment that was asked for, by its name; None: everybody.
        horizon_days: Days after `as_of`.
        as_of: Last day that counted.
        currency: ISO 4217 code; `XXX`: not known.
        remarks: What to mind; `.sentence("en")`.
        thresholds: Of the segments.
        data_version: Version of the store; None for a frame.
    """

    table: pd.DataFrame
    curve: pd.DataFrame = field(repr=False)
    chances: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    total: float
    low: float
    high: float
    customers: int
    orders_again: float
    segment: str | None
    horizon_days: int
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    thresholds: Mapping[str, tuple[float, ...]] = field(repr=False)
    data_version: int | None

    @property
    def each(self) -> float:
        """Mean value of a customer."""
        return self.total / self.customers

    @right_kinds
    def share_of_best(self, share: float = BEST) -> float:
        """Share of the value that the best share of the customers brings."""
        import numpy as np

        return float(np.interp(share, self.curve["customers"], self.curve["value"]))

    def name(self, segment: str, lang: str) -> str:
        """A segment's name."""
        return name(segment, lang)

    def label(self, segment: str, lang: str) -> str:
        """A segment's name with its thresholds."""
        return label(segment, self.thresholds, self.currency, lang)

    def sentence(self, lang: str = "en") -> str:
        """What they bring, who brings it, and how sure that is."""
        return i18n.text(
            "segments.worth",
            lang,
            who=self._who(lang),
            customers=formats.number(self.customers, lang),
            days=formats.number(self.horizon_days, lang),
            day=formats.date(self.as_of, lang),
            total=formats.money(self.total, self.currency, lang, short=True),
            low=formats.money(self.low, self.currency, lang, short=True),
            high=formats.money(self.high, self.currency, lang, short=True),
            best=formats.percent(BEST, lang, 0),
            share=formats.percent(self.share_of_best(), lang, 0),
        )

    def _who(self, lang: str) -> str:
        """Whose value it is: everybody's, an RFM segment's, or a rule's."""
        if not self.segment:
            return i18n.text("segments.everybody", lang)
        return name(self.segment, lang) if self.segment in SEGMENTS else self.segment

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    @right_kinds
    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, one a segment, and what the answer says of itself."""
        shown = self.table.astype(object).where(self.table.notna(), None)
        return {
            "rows": shown.to_dict("records"),
            "total": self.total,
            "low": self.low,
            "high": self.high,
            "customers": self.customers,
            "horizon_days": self.horizon_days,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        return f"<p>{escape(self.sentence('en'))}</p>{self.table.to_html(index=False)}{said}"
