"""The answer: who asks for a contact, by when, why, and what may be done about it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.contacts.due.rules import KINDS
from workbench.i18n import formats, remarks, text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PERSONAL = "birthday"
"""Kind of which the day itself is personal: neither a page nor a dictionary shows it."""


class TriggerNote(remarks.Note):
    """Something to know about a list of what is due."""

    room: ClassVar[str] = "contact_triggers"


@dataclass(frozen=True, eq=False)
class Triggers:
    """The answer of `workbench.contacts.triggers`.

    Attributes:
        table: One row a customer and kind, what is due first at the top: `customer_id, kind`; `day` (due; of
            what is overdue the first day that is left); `ready, until` (first and last day on which the
            contact makes sense); `overdue` (days since it was due); `priority` (1 is first); `method`
            (suggested; empty: none is allowed); `marketer` (who had the case); `segment`; `worth` (expected
            revenue of a year, of a lapse); `reason` (a code), `why_en, why_zh` (in words); `event` (day of
            the birthday, of the contract's end, …); `held` (empty, `no_consent` or `do_not_contact`);
            `of_table, row_id` (the source row).
        as_of: Last day that counts, and the first on which something can be due.
        days_ahead: Days after it.
        methods: Methods of contact. allowed: (rows, methods): whether a contact of that row is allowed.
        chance: (rows, methods): probability of a positive reaction.
        notes: What else is to be known.
        data_version: Version of the store.
        names: Kind of name → language → value → name, as the store's labels show it.
    """

    table: pd.DataFrame
    as_of: dt.date
    days_ahead: int
    methods: tuple[str, ...] = field(repr=False)
    allowed: np.ndarray = field(repr=False)
    chance: np.ndarray = field(repr=False)
    notes: tuple[TriggerNote, ...]
    data_version: int
    names: Mapping[str, Mapping[str, Mapping[str, str]]] = field(repr=False)

    @property
    def last(self) -> dt.date:
        """The last day on which something can be due."""
        return self.as_of + dt.timedelta(days=self.days_ahead)

    def counts(self) -> dict[str, int]:
        """Kind → rows that may be acted on."""
        free = self.table.loc[self.table["held"] == "", "kind"].value_counts()
        return {kind: int(free[kind]) for kind in KINDS if kind in free}

    def urgency(self, lang: str = "en") -> list[tuple[str, int, int]]:
        """(kind in words, rows due on the first day or before, rows due later) of what may be acted on."""
        import pandas as pd

        free = self.table[self.table["held"] == ""]
        now = free["day"] <= pd.Timestamp(self.as_of)
        return [
            (
                text(f"contact_triggers.kind_{kind}", lang),
                int((now & (free["kind"] == kind)).sum()),
                int((~now & (free["kind"] == kind)).sum()),
            )
            for kind in self.counts()
        ]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, without birthdays, whose day is personal; they are in `counts`."""
        rows = self.table[self.table["kind"] != PERSONAL]
        dates: dict[str, Any] = {
            str(name): rows[name].dt.strftime("%Y-%m-%d") for name in rows.select_dtypes("datetime")
        }
        shown = rows.assign(**dates).astype(object)
        return {
            "rows": shown.where(shown.notna(), None).to_dict("records"),
            "counts": self.counts(),
            "as_of": self.as_of.isoformat(),
            "days_ahead": self.days_ahead,
            "sentences": {lang: list(self.sentences(lang)) for lang in ("en", "zh")},
            "data_version": self.data_version,
        }

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """How much of what is due, and what to know about it."""
        counts = self.counts()
        parts = [
            text(f"contact_triggers.count_{kind}", lang, n=formats.number(many, lang))
            for kind, many in counts.items()
        ]
        said = text(
            "contact_triggers.headline" if parts else "contact_triggers.none",
            lang,
            first=formats.date(self.as_of, lang),
            last=formats.date(self.last, lang),
            parts=("、" if lang == "zh" else ", ").join(parts),
        )
        return (said, *(note.sentence(lang) for note in self.notes))

    def candidates(
        self,
        methods: Any = None,
        worth: Any = None,
        own_marketer: bool = False,
    ) -> pd.DataFrame:
        """What is due as candidates of `workbench.optimize.plan_contacts`: one row a trigger and method.

        Only methods that the customer allows for this kind are there: no decision is no consent.

        Args:
            methods: Methods that the capacity has; None: all.
            worth: Of each customer: a mapping, or a frame with `customer_id` and `worth` (or `clv`); None: 1,
                and values are expected positive reactions.
            own_marketer: Whether only who had the case may take it.

        Returns:
            `customer_id, method, value, priority, segment, message` (the kind), `ready, due` and `marketer`.
            What is overdue may be done on any day on which it makes sense; the rest by its day.

        Raises:
            QuestionError: for an unknown method, or worths that are none.
        """
        from workbench.contacts.due.candidates import candidates

        return candidates(self, methods, worth, own_marketer)

    def lines(self, lang: str = "en") -> pd.DataFrame:
        """What may be acted on as lines of `workbench.contacts.calendar`, for the whole day each.

        A line keeps its `uid` from day to day, so that a calendar moves it instead of doubling it.
        """
        import pandas as pd

        free = self.table[self.table["held"] == ""]
        summary = [
            text("contact_triggers.line", lang, what=text(f"contact_triggers.kind_{kind}", lang), who=who)
            for kind, who in zip(free["kind"], free["customer_id"], strict=True)
        ]
        shown = self.names.get("method", {}).get(lang, {})
        by = [
            text("contact_triggers.by", lang, method=shown.get(name, name)) if isinstance(name, str) else ""
            for name in free["method"]
        ]
        why = [" ".join(filter(None, pair)) for pair in zip(free[f"why_{lang}"], by, strict=True)]
        return pd.DataFrame(
            {
                "day": free["day"].dt.date,
                "start": None,
                "minutes": None,
                "summary": summary,
                "description": why,
                "uid": [_uid(row) for row in free.to_dict("records")],
            }
        ).reset_index(drop=True)

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.sentences())
        shown = self.table[self.table["kind"] != PERSONAL]
        columns = ["customer_id", "kind", "day", "priority", "method", "why_en"]
        return said + str(shown[columns].to_html(index=False, max_rows=20))


def _uid(row: Mapping[Any, Any]) -> str:
    """The same for the same event, whatever day the list is made on; it tells nothing of the customer."""
    told = (row["kind"], row["customer_id"], row["event"], row["row_id"])
    mark = "|".join("" if value is None or value != value else str(value) for value in told)
    return f"{hashlib.blake2b(mark.encode(), digest_size=16).hexdigest()}@ad-crm-workbench"
