"""What platforms claim, beside own conversions: shown next to each other, never added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.attribution.answer import DIRECT, Attribution, origin, rows
from workbench.attribution.ask import attribute
from workbench.attribution.notes import Note
from workbench.errors import QuestionError, unknown
from workbench.i18n import formats, text
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from workbench.data import Store

COMPARABLE = ("channel", "campaign", "creative", "region", "device")


@dataclass(frozen=True, eq=False)
class Claims:
    """Own conversions by a model, and those that platforms claim for the same days.

    Attributes:
        table: The column that `by` names, `own` (by the model), `claimed` (by the platforms, each by its own
            rules) and `claimed_per_own`; no row and no column is a sum of both.
        by: What a row is.
        own: All own conversions.
        claimed: What all platforms claim together, one order perhaps several times.
        period: Days of both.
        data_version, code_version, notes: As in `Attribution`.
    """

    table: pd.DataFrame
    by: str
    own: int
    claimed: float
    period: Period | None
    data_version: int
    code_version: str
    notes: tuple[Note, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        return {
            "by": self.by,
            "own": self.own,
            "claimed": self.claimed,
            **origin(self),
            "rows": rows(self.table),
        }

    def sentence(self, lang: str = "en") -> str:
        """Both numbers, and why they are never added."""
        return text(
            "attribution.overlap",
            lang,
            claimed=formats.number(self.claimed, lang),
            own=formats.number(self.own, lang),
        )

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.table.to_html(index=False, na_rep=formats.MISSING)}"


def beside_platforms(store: Store, answer: Attribution) -> Claims:
    """Show what the platforms claim beside an answer about own conversions.

    Args:
        store: The store that was asked.
        answer: An answer of `attribute` about that store.

    Raises:
        QuestionError: for an answer that is not about a store, or whose rows platforms do not know.
    """
    if not answer.data_version:
        raise QuestionError("This answer is about a frame, for which no platform reports.", "Ask a Store.")
    if answer.by not in COMPARABLE:
        raise unknown("breakdown", answer.by, COMPARABLE)
    from workbench.metrics import kpis

    period = answer.period or "all"
    told = kpis(store, by=[answer.by], metrics=["conversions"], period=period)
    own = answer.table[answer.table[answer.by] != DIRECT]
    table = own[[answer.by, "conversions"]].rename(columns={"conversions": "own"})
    claimed = told.table[[answer.by, "conversions"]].rename(columns={"conversions": "claimed"})
    both = table.merge(claimed.dropna(subset=[answer.by]), on=answer.by, how="outer", sort=False)
    both["claimed_per_own"] = both.claimed / both.own.where(both.own > 0)
    both = both.sort_values("own", ascending=False, na_position="last", ignore_index=True)
    return Claims(
        table=both,
        by=answer.by,
        own=answer.conversions,
        claimed=float(told.table.conversions.sum()),
        period=answer.period,
        data_version=answer.data_version,
        code_version=answer.code_version,
        notes=(Note.of("own"),),
    )


def claims(store: Store, model: str = "markov", window_days: float = 30, **options: Any) -> Claims:
    """Own conversions by a model beside what the platforms claim, as `attribute` and `beside_platforms`.

    Args:
        store: The store.
        model, window_days, options: As for `attribute`; no `segment`.

    Raises:
        QuestionError: for a segment: platforms claim the conversions of everybody.
    """
    if options.get("segment") is not None:
        raise QuestionError(
            "Platforms claim conversions of everybody, so they cannot be held against those of one segment.",
            "Ask for the claims without a segment.",
        )
    return beside_platforms(store, attribute(store, model, window_days, **{"draws": 0, **options}))
