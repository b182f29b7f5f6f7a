"""The answer to a question about metrics: a small frozen table with its unit, period and version."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.catalogue import Metric
from workbench.metrics.filters import Where
from workbench.metrics.notes import Note
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, eq=False)
class MetricTable:
    """The answer of `kpis`, `slots` and `trend`.

    Attributes:
        table: The `by` columns (raw values, None for unknown), then for each metric `<m>`, its 95%
            interval `<m>_low`, `<m>_high` (missing for sums and under 8 days) and, when compared,
            `<m>_before`, `<m>_change` (relative), `<m>_diff` (own unit), `<m>_diff_low`,
            `<m>_diff_high`, `<m>_diff_p` (of sums missing under 8 days in a period, as are `_change`
            and `_diff` where the data begin inside of the period compared with); then `n`, the day
            clusters, and `n_before`. Money is in currency units, percentages are fractions.
        metrics: Catalogue entries shown, in order.
        by: Dimensions of the breakdown.
        period: Days that are answered.
        compare: Days that are compared with; None where there are none.
        where: Filters in force.
        currency: ISO 4217 code of every amount.
        as_of: Last day that has data; None for an empty workspace.
        data_version: Version of the store.
        code_version: Version of the package and a hash of its source.
        notes: What a reader must know.
        sql: The query that fetched the sums.
        moving: The note that some of the answered days may still change; None where all are final.
    """

    table: pd.DataFrame
    metrics: tuple[Metric, ...]
    by: tuple[str, ...]
    period: Period
    compare: Period | None
    where: Where
    currency: str
    as_of: dt.date | None
    data_version: int
    code_version: str
    notes: tuple[Note, ...]
    sql: str
    moving: Note | None = None

    @property
    def moving_until(self) -> dt.date | None:
        """Day on which the last of the answered days is final; None where all of them are."""
        return self.moving.values["until"] if self.moving else None

    @property
    def totals(self) -> dict[str, float | None]:
        """Column → figure of an answer in one row; None: unknown; empty where there is no row or several."""
        import pandas as pd

        numbers = self.table.select_dtypes("number")
        rows = [row for _, row in numbers.iterrows()] if len(numbers) == 1 else []
        return {
            str(name): None if pd.isna(value) else float(value) for row in rows for name, value in row.items()
        }

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values: days in ISO form, missing numbers as None."""
        return {
            "by": list(self.by),
            "metrics": [{"id": metric.id, "unit": metric.unit} for metric in self.metrics],
            "period": self.period.to_dict(),
            "compare": self.compare.to_dict() if self.compare else None,
            "where": {name: list(values) for name, values in self.where.items()},
            "currency": self.currency,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "moving_until": self.moving_until.isoformat() if self.moving_until else None,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "rows": [
                {name: _safe(value) for name, value in row.items()} for row in self.table.to_dict("records")
            ],
        }

    def metric(self, name: str) -> Metric:
        """The catalogue entry of one metric of this answer.

        Raises:
            QuestionError: if the answer does not hold it.
        """
        from workbench.errors import unknown

        found = {metric.id: metric for metric in self.metrics}
        if name not in found:
            raise unknown("metric", name, found)
        return found[name]

    def sentence(self, note: Note, lang: str) -> str:
        """A note in words."""
        return note.sentence(lang)

    def stamp(self, lang: str) -> str:
        """How fresh the answer is: its last day, data version, and until when it may still change."""
        from workbench.metrics import maturity

        return maturity.stamp(self.as_of, self.data_version, self.moving_until, lang)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that spreadsheets open rightly (UTF-8 with a mark); also written to `path`."""
        from workbench.metrics.export import csv

        return csv(self, path)

    def _repr_html_(self) -> str:
        from workbench.metrics.export import html

        return html(self)


@cache
def code_version() -> str:
    """Version of the package, and the first digits of a hash of its source and texts."""
    import hashlib
    from pathlib import Path

    from workbench import __version__

    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted((*root.rglob("*.py"), *root.rglob("*.toml"))):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def _safe(value: Any) -> Any:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.date):  # a pandas Timestamp is one too
        return value.isoformat()[:10]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value
