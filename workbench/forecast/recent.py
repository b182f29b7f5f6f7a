"""The question: what was out of the ordinary lately, in any of several metrics?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.arguments import right_kinds
from workbench.catalogue import pick
from workbench.errors import WorkbenchError
from workbench.forecast import tails
from workbench.forecast.anomalies import Rules, chances, told
from workbench.forecast.ask import checked, known_events, read, share, until
from workbench.forecast.notes import Called, Note
from workbench.forecast.oddities import Anomalies
from workbench.forecast.pace import nothing
from workbench.forecast.unusual import unusual
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

METRICS = ("cost", "conversions", "revenue")
LAST = 14
"""Newest days that are judged."""


@dataclass(frozen=True, eq=False)
class Recent:
    """Days out of the ordinary of the last days, over several metrics as one family.

    Attributes:
        parts: Metric → its `Anomalies`, all under one false discovery rate.
        last: Days that were judged. alarm: False discovery rate.
        notes: What a reader must know.
    """

    parts: Mapping[str, Anomalies]
    last: int
    alarm: float
    notes: tuple[Note, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Spans of all metrics: `metric`, then as in `Anomalies.spans`; what no event explains first."""
        import pandas as pd

        frames = [part.spans.assign(metric=name) for name, part in self.parts.items() if len(part.spans)]
        columns = ["metric", *(name for name in next(iter(self.parts.values())).spans)]
        if not frames:
            return pd.DataFrame(columns=columns)
        found = pd.concat(frames, ignore_index=True)[columns]
        order = pd.DataFrame(
            {"event": found["event"] != "", "money": -found["money"].astype(float).abs().fillna(0.0)}
            | {"p": found["p_adjusted"]}
        ).sort_values(["event", "money", "p"], kind="stable")
        return found.loc[order.index].reset_index(drop=True)

    @property
    def unexplained(self) -> pd.DataFrame:
        """The spans that no event explains."""
        return self.table[self.table["event"] == ""].reset_index(drop=True)

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions that tell the series apart."""
        return next(iter(self.parts.values())).by

    @property
    def tested(self) -> int:
        """Days of series that were tested."""
        return sum(part.tested for part in self.parts.values())

    @property
    def data_version(self) -> int:
        """Version of the store."""
        return next(iter(self.parts.values())).data_version

    def marks(self) -> tuple[str, ...]:
        """A name for each row of the table, the same at any data version: metric, members and first day."""
        rows = self.table.to_dict("records")
        return tuple(
            "|".join([row["metric"], *(row[name] for name in self.by), str(row["start"].date())])
            for row in rows
        )

    def headline(self, lang: str = "en") -> str:
        """How many there are, among how many tested."""
        counts = {"tested": formats.number(self.tested, lang), "alarm": formats.percent(self.alarm, lang, 0)}
        number, days = len(self.unexplained), self.last
        key = "recent_some" if number else "recent_none"
        return text(f"forecast.{key}", lang, periods=number, days=days, **counts)

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None, row: int = 0) -> str:
        """One row of the table in words; the headline where there is none.

        Args:
            lang: `en` or `zh`. names: Member, event or metric → how it is called. row: Of the table.
        """
        from workbench.forecast.words import span

        if row >= len(self.table):
            return self.headline(lang)
        found = self.table.iloc[row]
        names = names or {}
        metric = names.get(found["metric"], found["metric"])
        return text(
            "forecast.recent_span",
            lang,
            metric=metric[:1].upper() + metric[1:],
            span=span(self.parts[found["metric"]], found, lang, names),
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        return {
            "last": self.last,
            "alarm": self.alarm,
            "tested": self.tested,
            "data_version": self.data_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "metrics": {name: part.to_dict() for name, part in self.parts.items()},
        }

    def to_csv(self) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        from workbench import exports

        return exports.csv(self.table)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.headline())}</p>{self.table.to_html(index=False, na_rep=formats.MISSING)}"


@right_kinds
def recent(
    store: Store,
    metrics: Sequence[str] = METRICS,
    *,
    by: str | Sequence[str] | None = "account",
    last: int = LAST,
    as_of: Any = None,
    where: Mapping[str, Any] | None = None,
    events: Any = None,
    alarm: float = 0.05,
    correction: str = "BH",
) -> Recent:
    """Find what was out of the ordinary lately, in several metrics at once.

    Each metric is looked at as `anomalies` does it; all days of all series of all metrics are one family of
    tests, so the false discovery rate holds for the page and not for each metric by itself.

    Args:
        store: The store.
        metrics: Ids of the catalogue; one that the data do not have is left out, and a note says so.
        by, as_of, where, events, alarm, correction: As `anomalies` takes them.
        last: Newest days that are judged.

    Raises:
        QuestionError: for parameters that do not fit, or where no metric has any data.
        InputError: where every series is too short.
    """
    named, how = known_events(store, events), Rules(share("alarm", alarm), correction, last, None)
    bundles, failed = {}, {}
    for name in [entry.id for entry in pick(list(metrics), store.metrics)]:
        try:
            bundles[name] = checked(until(_read(store, name, by, where), as_of))
        except WorkbenchError as error:
            failed[name] = error
    if not bundles:
        raise next(iter(failed.values()), nothing())
    seen = {name: unusual(bundle, named) for name, bundle in bundles.items()}
    p = {name: chances(bundle, seen[name], how) for name, bundle in bundles.items()}
    q = _together(p, correction)
    parts = {name: told(bundle, seen[name], p[name], q[name], named, how) for name, bundle in bundles.items()}
    notes = dict.fromkeys(note for part in parts.values() for note in part.notes)
    left = [Note.of("no_metric", metric=Called(store.metrics[name])) for name in failed]
    return Recent(parts, last, how.alarm, (*notes, *left))


def _read(store: Store, metric: str, by: Any, where: Any) -> Any:
    return read(
        store, metric=metric, by=by, where=where, period="all", time=None, value=None, gaps="missing",
        maturity=None, currency=None,
    )  # fmt: skip


def _together(p: Mapping[str, Any], correction: str) -> dict[str, Any]:
    """Adjusted chances of all metrics as one family, each in the shape it had."""
    flat = tails.adjusted(np.concatenate([part.ravel() for part in p.values()])[None, :], correction)[0]
    ends = np.cumsum([part.size for part in p.values()])[:-1]
    pieces = np.split(flat, ends)
    return {name: piece.reshape(p[name].shape) for name, piece in zip(p, pieces, strict=True)}
