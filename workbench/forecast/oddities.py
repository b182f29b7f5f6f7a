"""The answer of a search for anomalies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.forecast.bundle import Bundle
from workbench.forecast.events import Event
from workbench.forecast.notes import Note
from workbench.forecast.series_of import OfSeries
from workbench.forecast.unusual import Unusual
from workbench.i18n import formats

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, eq=False)
class Anomalies(OfSeries):
    """Days out of the ordinary, of one series or many.

    Attributes:
        table: One row a flagged day, the largest money first: the `by` columns, `date`, `value`, `expected`,
            `low`, `high` (95%), `excess` (value − expected), `money` (excess in money; missing where no price
            is known), `p`, `p_adjusted`, `direction` (`above`, `below`), `event` (what explains it; empty).
        spans: The same with days in a row as one: `start`, `end`, `days` instead of `date`.
        changes: New levels that stayed: `date` of the first day, `before`, `after` (means of up to twelve
            days), `change` (relative), `money` (a day), `direction`, `event`.
        alarm: False discovery rate. correction: How it is held. tested: Days that were tested.
        notes: What a reader must know. events: Events that were taken into account.
        code_version: Version of the package and a hash of its source.
    """

    table: pd.DataFrame
    spans: pd.DataFrame
    changes: pd.DataFrame
    alarm: float
    correction: str
    tested: int
    notes: tuple[Note, ...]
    events: tuple[Event, ...]
    code_version: str
    bundle: Bundle
    seen: Unusual

    @property
    def unexplained(self) -> pd.DataFrame:
        """The spans that no event explains."""
        return self.spans[self.spans["event"] == ""].reset_index(drop=True)

    @cached_property
    def days(self) -> pd.DataFrame:
        """Every day: the `by` columns, `date`, `value`, `expected`, `low`, `high`, `p`."""
        from workbench.forecast.tables import long

        columns = {
            name: getattr(self.seen, "values" if name == "value" else name)
            for name in ("value", "expected", "low", "high", "p")
        }
        return long(self.bundle, self.bundle.days, columns)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; missing numbers as None."""
        from workbench.forecast.tables import records

        return {
            "name": self.name,
            "unit": self.unit,
            "currency": self.currency,
            "by": list(self.by),
            "alarm": self.alarm,
            "correction": self.correction,
            "tested": self.tested,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "changes": records(self.changes),
            "spans": records(self.spans),
            "rows": records(self.table),
        }

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The largest of what no event explains, in words; or that there is nothing.

        Args:
            lang: `en` or `zh`. names: Member → how it is called.
        """
        from workbench.forecast.words import oddity

        return oddity(self, lang, names or {})

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(note.sentence("en") for note in self.notes)]
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        return f"{words}{self.spans.to_html(index=False, na_rep=formats.MISSING)}"
