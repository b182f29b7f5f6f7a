"""The answer of the gate: who is released, who is held back, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.audiences.cap import Cap
from workbench.audiences.formats import Format
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.privacy.cells import Suppressed

RELEASED = "released"

REASONS = (
    "not_a_customer",
    "do_not_contact",
    "withdrawn",
    "refused",
    "no_decision",
    "over_the_cap",
    "no_identifier",
    "refused_elsewhere",
    "same_identifier",
    "too_small",
)
"""Why somebody is held back, in the order in which the gate asks; the first one that applies counts."""


@dataclass(frozen=True)
class Held:
    """One reason, and how many customers it holds back."""

    reason: str
    customers: int
    sentence: str


@dataclass(frozen=True, eq=False)
class Audience:
    """The answer of `prepare`.

    Attributes:
        table: One row a customer, in the given order: `customer_id`, `reason` (`released`, or why not).
        name: What the group is called.
        purpose, channel: What the consent must be for.
        form: Format of the file.
        minimum: Persons under which nothing leaves.
        cap: The fatigue cap.
        at: The moment for which this holds.
        data_version: Version of the store.
    """

    table: pd.DataFrame
    name: str
    purpose: str
    channel: str
    form: Format
    minimum: int
    cap: Cap
    at: dt.datetime
    data_version: int

    @property
    def ids(self) -> list[str]:
        """Pseudonyms of those who are released."""
        return list(self.table.loc[self.table["reason"] == RELEASED, "customer_id"])

    @property
    def size(self) -> int:
        """How many are released."""
        return int((self.table["reason"] == RELEASED).sum())

    @property
    def is_released(self) -> bool:
        """Whether anything may leave."""
        return self.size > 0

    @right_kinds
    def held(self, lang: str = "en", names: Mapping[str, str] | None = None) -> tuple[Held, ...]:
        """Who is held back: each reason with its count and sentence; reasons without anybody are left out.

        Args:
            lang: `en` or `zh`.
            names: Purpose or channel → what it is called in the sentences.
        """
        counts, called = self.table["reason"].value_counts(), names or {}
        return tuple(
            Held(reason, int(counts[reason]), self._why(reason, int(counts[reason]), lang, called))
            for reason in REASONS
            if reason in counts.index
        )

    def sentence(self, lang: str = "en") -> str:
        """How many of how many may be addressed, in words."""
        key = "audiences.some" if self.is_released else "audiences.nobody"
        return i18n.text(
            key,
            lang,
            size=formats.number(self.size, lang),
            asked=formats.number(len(self.table), lang),
            name=self.name,
        )

    def published(self) -> Suppressed:
        """The counts by reason for a report that leaves: small groups hidden, and what would show them."""
        from workbench.privacy import suppress

        counts = self.table["reason"].value_counts().rename_axis("reason").reset_index(name="people")
        order = {reason: at for at, reason in enumerate((RELEASED, *REASONS))}
        return suppress(counts.sort_values("reason", key=lambda it: it.map(order)), "reason", "people")

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the counts, and what was asked; no customer."""
        return {
            "name": self.name,
            "purpose": self.purpose,
            "channel": self.channel,
            "format": self.form.name,
            "at": self.at.isoformat(),
            "asked": len(self.table),
            "released": self.size,
            "held": {held.reason: held.customers for held in self.held()},
            "data_version": self.data_version,
        }

    def _why(self, reason: str, count: int, lang: str, names: Mapping[str, str]) -> str:
        return i18n.text(
            f"audiences.{reason}",
            lang,
            count=formats.number(count, lang),
            purpose=names.get(self.purpose, self.purpose),
            channel=names.get(self.channel, self.channel),
            contacts=formats.number(self.cap.contacts, lang),
            days=formats.number(self.cap.days, lang),
            minimum=formats.number(self.minimum, lang),
        )

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<li>{escape(held.sentence)}</li>" for held in self.held())
        return f"<p>{escape(self.sentence())}</p><ul>{said}</ul>"
