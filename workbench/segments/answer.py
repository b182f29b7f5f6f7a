"""The answer of a segmentation: who is in which segment, and each segment in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.customers.remarks import Remark
from workbench.i18n import formats
from workbench.segments.words import label, name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The answer of `rfm`.

    Attributes:
        table: One row a customer: `customer_id, recency_days, frequency, monetary, r, f, m, segment`.
        as_of: Last day that counted.
        thresholds: Measure → its four thresholds; give them to `rfm` again for the same scale.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        remarks: What was left out; `.sentence("en")`.
        data_version: Version of the store; None for a frame.
        sql: The query; empty for a frame.
    """

    table: pd.DataFrame
    as_of: dt.date
    thresholds: Mapping[str, tuple[float, ...]]
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None
    sql: str

    def profile(self, lang: str = "en") -> pd.DataFrame:
        """Each segment in a row, best first; those without customers are left out.

        Args:
            lang: `en` or `zh`.

        Returns:
            `segment`; `name` and `label` (name with thresholds); `size`; `share` of the customers;
            `recency_days, frequency, monetary` (medians); `money_share` (of all amounts; missing where
            those add up to 0 or less); `sentence`.
        """
        groups = self.table.groupby("segment", observed=True)
        rows = groups[["recency_days", "frequency", "monetary"]].median().reset_index()
        money = groups["monetary"].sum().to_numpy()
        size = groups.size().to_numpy()
        total = float(self.table["monetary"].sum())
        rows.insert(1, "name", [self.name(segment, lang) for segment in rows["segment"]])
        rows.insert(2, "label", [self.label(segment, lang) for segment in rows["segment"]])
        rows.insert(3, "size", size)
        rows.insert(4, "share", size / max(1, len(self.table)))
        rows["segment"] = rows["segment"].astype(str)
        rows["money_share"] = money / total if total > 0 else float("nan")
        rows["sentence"] = [self._sentence(row, lang) for row in rows.to_dict("records")]
        return rows

    def name(self, segment: str, lang: str = "en") -> str:
        """A segment's name."""
        return name(segment, lang)

    def label(self, segment: str, lang: str = "en") -> str:
        """A segment's name with its thresholds."""
        return label(segment, self.thresholds, self.currency, lang)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, and what the answer says of itself."""
        rows = self.table.astype({"segment": str}).to_dict("records")
        remarks = [{"code": remark.code, **remark.values} for remark in self.remarks]
        return {
            "rows": rows,
            "as_of": self.as_of.isoformat(),
            "thresholds": {measure: list(edges) for measure, edges in self.thresholds.items()},
            "currency": self.currency,
            "remarks": remarks,
            "data_version": self.data_version,
        }

    def _sentence(self, row: Mapping[Any, Any], lang: str) -> str:
        key = "segments.one" if row["size"] == 1 else "segments.many"
        return i18n.text(
            key,
            lang,
            label=row["label"],
            size=formats.number(row["size"], lang),
            share=formats.percent(row["share"], lang, 1),
            money=formats.percent(row["money_share"], lang, 1),
        )

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.profile()[["name", "size", "share", "money_share", "sentence"]]
        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        return f"{shown.to_html(index=False)}{said}"
