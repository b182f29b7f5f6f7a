"""Answers about rules: members, size with money and consent, overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.i18n import formats
from workbench.segments.answer import Segmentation
from workbench.segments.rules.doubting import Doubt

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Members(Segmentation):
    """Who is in a segment by rule: `table` has `customer_id, segment`, ordered by id.

    Attributes:
        said: The rule in words, by language.
        everybody: Customers on that day, members or not.
        columns: Measures and traits of customers that the rule decides by.
    """

    said: Mapping[str, str]
    everybody: int
    columns: frozenset[str] = frozenset()

    def profile(self, lang: str = "en") -> pd.DataFrame:
        """One row: `segment, name, label, size, share` of all customers, `sentence`."""
        import pandas as pd

        name = self.table["segment"].iloc[0] if len(self.table) else ""
        size, share = len(self.table), len(self.table) / max(1, self.everybody)
        row = {
            "segment": name,
            "name": name,
            "label": self.said[lang],
            "size": size,
            "share": share,
            "sentence": i18n.text(
                "rules.members",
                lang,
                rule=self.said[lang],
                size=formats.number(size, lang),
                share=formats.percent(share, lang, 1),
            ),
        }
        return pd.DataFrame([row] if size else [], columns=list(row))

    def label(self, segment: str, lang: str = "en") -> str:  # noqa: ARG002 (one segment, one rule)
        """The rule in words."""
        return self.said[lang]

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.said['en'])}</p>{self.table.to_html(index=False, max_rows=20)}"


@dataclass(frozen=True, eq=False)
class Size:
    """How many customers a rule means, what they spent, and who of them may be contacted.

    Attributes:
        customers: Members.
        unknown: Customers of whom the rule is neither true nor false, because a value is missing.
        everybody: All customers on that day.
        money: `currency`, `customers` (members with an amount in it), `spent` (in the last 365 days, refunds
            taken off, currency units).
        consent: `purpose, channel, allowed` (members with a consent that counts), `share` of the members.
        said: The rule in words, by language.
        as_of: Last day that counts.
        data_version: Version of the store.
        sql: The query.
        doubts: Tags, classes and words that the rule asks for and nobody has; `.sentence("en")`.
    """

    customers: int
    unknown: int
    everybody: int
    money: pd.DataFrame
    consent: pd.DataFrame
    said: Mapping[str, str]
    as_of: dt.date
    data_version: int
    sql: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def share(self) -> float:
        """Members among all customers."""
        return self.customers / self.everybody if self.everybody else float("nan")

    def sentence(self, lang: str = "en") -> str:
        """Size and money in words."""
        amounts = [
            formats.money(row["spent"], row["currency"], lang) for row in self.money.to_dict("records")
        ]
        told = i18n.text(
            "rules.size_one" if self.customers == 1 else "rules.size",
            lang,
            size=formats.number(self.customers, lang),
            share=formats.percent(self.share, lang, 1),
            money=i18n.text("rules.plus", lang).join(amounts) or formats.number(0, lang),
        )
        if not self.unknown:
            return told
        rest = i18n.text("rules.size_unknown", lang, count=formats.number(self.unknown, lang))
        return f"{told}{'' if lang == 'zh' else ' '}{rest}"

    def to_frame(self) -> pd.DataFrame:
        """One row: `customers, unknown, everybody, share`."""
        import pandas as pd

        names = ("customers", "unknown", "everybody", "share")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "rows": _known(self.to_frame()),
            "money": self.money.to_dict("records"),
            "consent": _known(self.consent),
            "doubts": [doubt.sentence("en") for doubt in self.doubts],
            "as_of": self.as_of.isoformat(),
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        doubts = [doubt.sentence("en") for doubt in self.doubts]
        told = "".join(f"<p>{escape(text)}</p>" for text in (self.said["en"], self.sentence("en"), *doubts))
        return f"{told}{self.money.to_html(index=False)}{self.consent.to_html(index=False)}"


@dataclass(frozen=True, eq=False)
class Overlap:
    """How segments overlap.

    Attributes:
        names: Segments, in the order asked.
        sizes: Square: customers in both; the diagonal is a segment's size.
        shares: Square: of the row's segment, the share that is in the column's too; missing for an empty one.
        combos: One row for each exact combination that occurs, the largest first: a column a segment (bool),
            `customers`, and `segments` (names, joined by a plus).
        nobody: Customers in none of them.
        everybody: All customers on that day.
        as_of: Last day that counts.
        data_version: Version of the store.
        sql: The query.
    """

    names: tuple[str, ...]
    sizes: pd.DataFrame
    shares: pd.DataFrame
    combos: pd.DataFrame
    nobody: int
    everybody: int
    as_of: dt.date
    data_version: int
    sql: str

    def to_frame(self) -> pd.DataFrame:
        """Long form: `segment, other, customers, share`."""
        import pandas as pd

        sizes, shares = self.sizes.to_numpy(), self.shares.to_numpy()
        rows = [
            (one, other, int(sizes[at, beside]), float(shares[at, beside]))
            for at, one in enumerate(self.names)
            for beside, other in enumerate(self.names)
        ]
        return pd.DataFrame(rows, columns=["segment", "other", "customers", "share"])

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "rows": _known(self.to_frame()),
            "combos": self.combos.to_dict("records"),
            "nobody": self.nobody,
            "everybody": self.everybody,
            "as_of": self.as_of.isoformat(),
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        return f"{self.sizes.to_html()}{self.combos[['segments', 'customers']].head(20).to_html(index=False)}"


def _known(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows as JSON values; a share of nothing is None."""
    rows: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows
