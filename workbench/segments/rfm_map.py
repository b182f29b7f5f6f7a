"""The RFM map: customers and money of every cell of recency × frequency, and the segment it is in."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.remarks import Remark
from workbench.i18n import formats
from workbench.segments.answer import Segmentation
from workbench.segments.rfm import rfm
from workbench.segments.rules.clock import clock
from workbench.segments.rules.picking import CELLS, cell_name
from workbench.segments.thresholds import span
from workbench.segments.words import label, name

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store


@dataclass(frozen=True, eq=False)
class RfmMap:
    """The answer of `rfm_map`.

    Attributes:
        cells: One row a cell of recency × frequency, all 25: `cell` (`r5f4`), `r`, `f`, `segment` (of most of
            its customers; missing for an empty one), `customers`, `share` (of all with an order), `money`
            (currency units), `money_share` (missing where the amounts add up to 0 or less).
        segments: One row a named segment that somebody is in, best first: the same columns, and `label`s
            come from `.label`.
        thresholds: Measure → its four thresholds.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        as_of: Last day that counts.
        remarks: What was left out.
        data_version: Version of the store.
    """

    cells: pd.DataFrame
    segments: pd.DataFrame
    thresholds: Mapping[str, tuple[float, ...]]
    currency: str
    as_of: dt.date
    remarks: tuple[Remark, ...]
    data_version: int | None

    @property
    def customers(self) -> int:
        """Customers with an order."""
        return int(self.cells["customers"].sum())

    def name(self, segment: str, lang: str = "en") -> str:
        """A segment's name."""
        return name(segment, lang)

    def label(self, segment: str, lang: str = "en") -> str:
        """A segment's name with its thresholds."""
        return label(segment, self.thresholds, self.currency, lang)

    @right_kinds
    def bound(self, measure: str, score: int, lang: str = "en") -> str:
        """The values that score so, in short: `41–97`, `3+`; of `recency_days` or `frequency`."""
        ends = span(measure, self.thresholds[measure], score, score)
        if ends is None:
            return ""
        least = 0 if measure == "recency_days" else 1
        low = max(least, math.floor(ends[0]) + 1) if math.isfinite(ends[0]) else least
        if math.isinf(ends[1]):
            return f"{formats.number(low, lang)}+"
        high = math.floor(ends[1])
        return "–".join(dict.fromkeys(formats.number(end, lang) for end in (low, high)))

    def sentence(self, lang: str = "en") -> str:
        """The segment with most of the money, in words; without orders, that there are none."""
        if not self.customers:
            return i18n.text("segments.map_nobody", lang)
        top = self.segments.sort_values("money").iloc[-1]
        return i18n.text(
            "segments.map_says",
            lang,
            customers=formats.number(self.customers, lang),
            segment=self.name(top["segment"], lang),
            share=formats.percent(top["share"], lang, 1),
            money=formats.percent(top["money_share"], lang, 1),
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the cells."""
        return self.cells.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        cells = self.cells.astype(object).where(self.cells.notna(), None)
        return {
            "rows": cells.to_dict("records"),
            "as_of": self.as_of.isoformat(),
            "thresholds": {measure: list(edges) for measure, edges in self.thresholds.items()},
            "currency": self.currency,
            "data_version": self.data_version,
        }


@right_kinds
def rfm_map(store: Store, as_of: dt.date | str | None = None, currency: str | None = None) -> RfmMap:
    """Count customers and money in every cell of recency × frequency.

    Args:
        store: The store.
        as_of: Last day that counts; None: the last day on which customers did anything.
        currency: ISO 4217 code of the amounts; needed where a store has several.

    Raises:
        QuestionError: for a day that is none, or several currencies without a choice.
    """
    found = rfm(store, clock(store, as_of).as_of, currency=currency)
    return RfmMap(
        _cells(found), _named(found), found.thresholds, found.currency, found.as_of, found.remarks,
        found.data_version,
    )  # fmt: skip


def _cells(found: Segmentation) -> pd.DataFrame:
    import pandas as pd

    table = found.table.assign(cell=[cell_name(r, f) for r, f in found.table[["r", "f"]].to_numpy()])
    counted = _counted(table, "cell").reindex(list(CELLS))
    places = pd.DataFrame(list(CELLS.values()), index=list(CELLS), columns=["r", "f"])
    most = table.groupby("cell")["segment"].agg(lambda names: names.astype(str).mode().iloc[0])
    cells = places.join(most.rename("segment")).join(counted)
    cells[["customers", "share", "money"]] = cells[["customers", "share", "money"]].fillna(0)
    made: pd.DataFrame = cells.astype({"customers": int}).rename_axis("cell").reset_index()
    return made


def _named(found: Segmentation) -> pd.DataFrame:
    rows = _counted(found.table, "segment").reset_index()
    return rows.assign(segment=rows["segment"].astype(str))


def _counted(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Customers, money and their shares by a column."""
    groups = table.groupby(by, observed=True)["monetary"]
    counted = groups.agg(customers="size", money="sum")
    total = float(table["monetary"].sum())
    found: pd.DataFrame = counted.assign(
        share=counted["customers"] / max(1, len(table)),
        money_share=counted["money"] / total if total > 0 else float("nan"),
    )
    return found
