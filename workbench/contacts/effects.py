"""How customers react to contacts, by method, segment and gap, and what contacts cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from workbench.compare.matrix import effects as matrix
from workbench.compare.result import Comparison
from workbench.contacts.curve import Curve, fit
from workbench.contacts.hazard import costs, events, given
from workbench.contacts.history import history
from workbench.contacts.pooled import KEYS, pooled
from workbench.contacts.words import named, plain, rate
from workbench.errors import QuestionError
from workbench.i18n import text
from workbench.i18n.formats import number

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

BANDS = (0.0, 7.0, 14.0, 30.0, 60.0, 120.0)
"""Days at which bands of the gap begin."""

SEPARATOR = "\t"


@dataclass(frozen=True, eq=False)
class ContactEffects:
    """The answer of `workbench.contacts.effects`; rates are shares of contacts, intervals are 95%.

    Attributes:
        table: One row a segment, method and band of the gap: `segment, method, gap` (days since the last
            contact, such as `14–30`, or `first`), `gap_low, gap_high, n`; `positive` with `_low`, `_high`
            (pooled), `plain` (as it is); `negative` with `_low`, `_high` (pooled); `best` (probability that
            the method is the best of its segment after such a gap).
        methods: Method × segment over all gaps, as `workbench.compare.effects` answers.
        fatigue: One row a method: `lost` (share of the reaction that each contact in the 30 days before takes
            away) with `low`, `high`.
        costs: By contacts in the 30 days before: `recent, n`; `negative`, and `complaints`, `opt_outs` a
            contact beyond the usual, each with `_low`, `_high`.
        curve: Response by gap behind it.
        data_version: Version of the store; None of a frame.
        names: Column → value → name in each language.
    """

    table: pd.DataFrame
    methods: Comparison
    fatigue: pd.DataFrame
    costs: pd.DataFrame
    curve: Curve = field(repr=False)
    data_version: int | None = None
    names: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `methods`, `fatigue`, `costs` and the sentences."""
        return {
            "rows": plain(self.table),
            "methods": plain(self.methods.table),
            "fatigue": plain(self.fatigue),
            "costs": plain(self.costs),
            "sentences": {lang: list(self.sentences(lang)) for lang in ("en", "zh")},
            "data_version": self.data_version,
        }

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """The best method of each segment, what tires most, and what one more contact costs."""
        said = [self.methods.verdict.sentence(lang), self._tiring(lang), self._costing(lang)]
        return tuple(line for line in (*said, text("contact_effects.not_random", lang)) if line)

    def _tiring(self, lang: str) -> str:
        row = self.fatigue.iloc[0]
        name = named(self.names, "method", row["method"], lang)
        return text("contact_effects.tiring", lang, method=name, lost=rate(row, "lost", lang, ""))

    def _costing(self, lang: str) -> str:
        first, last = self.costs.iloc[0], self.costs[self.costs["n"] > 0].iloc[-1]
        return text(
            "contact_effects.costing",
            lang,
            none=rate(first, "negative", lang),
            many=number(int(last["recent"]), lang),
            more=rate(last, "negative", lang),
        )

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.sentences())
        return said + str(self.table.to_html(index=False, max_rows=30))


def effects(
    data: Store | Any,
    segment: str = "value_class",
    bands: Sequence[float] = BANDS,
    complaints: Any = None,
    opt_outs: Any = None,
    seed: int = 7,
) -> ContactEffects:
    """Ask how customers react, by method × segment × gap since the last contact, and what contacts cost.

    Args:
        data: A store, or a frame with one row a contact: `customer_id, method, segment, time, reaction`
            (`positive`, `negative` or anything else).
        segment: The customers' attribute that makes segments.
        bands: Days at which bands of the gap begin.
        complaints, opt_outs: Beside a frame: `customer_id, time` of each.
        seed: Seed of the draws.

    Returns:
        The effects. History is no experiment: who was contacted when was somebody's choice.

    Raises:
        InputError: for data without contacts, or a frame without those columns.
        QuestionError: for bands that do not rise, or an attribute that customers do not have.
    """
    from workbench.store.store import Store as Stored

    edges = _edges(bands)
    made = history(data, segment)
    stored = data if isinstance(data, Stored) else None
    happened = events(stored) if stored else given(complaints, opt_outs)
    curve = fit(made, seed=seed)
    named_ = _names(stored, segment)
    return ContactEffects(
        table=_table(made, curve, edges, seed),
        methods=_methods(stored, made, segment, seed),
        fatigue=fatigue(curve),
        costs=costs(made, happened),
        curve=curve,
        data_version=stored.version if stored else None,
        names=named_,
    )


def _methods(stored: Store | None, made: pd.DataFrame, segment: str, seed: int) -> Comparison:
    """Method × segment over all gaps."""
    if stored is not None:
        return matrix(stored, group=segment, seed=seed)
    return matrix(made, group="segment", seed=seed)


def _names(stored: Store | None, segment: str) -> dict[str, Any]:
    """Column → language → value → name."""
    if stored is None:
        return {}
    labels = {lang: stored.labels(lang) for lang in ("en", "zh")}
    return {
        column: {
            lang: {value: name for (dimension, value), name in found.items() if dimension == own}
            for lang, found in labels.items()
        }
        for column, own in (("method", "method"), ("segment", segment))
    }


def _edges(bands: Sequence[float]) -> list[float]:
    try:
        edges = [float(day) for day in bands]
    except (TypeError, ValueError):
        edges = []
    if not edges or edges[0] != 0 or any(b <= a for a, b in pairwise(edges)):
        raise QuestionError(
            f"The bands are {bands!r}.", "Give days that begin at 0 and rise, such as (0, 7, 30)."
        )
    return edges


def _table(made: pd.DataFrame, curve: Curve, edges: list[float], seed: int) -> pd.DataFrame:
    """Reactions by band: pulled towards the curve; of first contacts, and the bad ones, by the matrix."""
    import numpy as np
    import pandas as pd

    band = np.searchsorted(edges, made["gap"].to_numpy(float), side="right") - 1
    frame = made.assign(band=np.where(made["gap"].isna(), len(edges), np.maximum(band, 0)))
    frame["cell"] = frame["segment"].astype(str) + SEPARATOR + frame["band"].astype(str)
    later = frame[(frame["gap"] > 0)]
    parts = [pooled(later, curve, seed)] if len(later) else []
    first = frame[frame["gap"].isna()]
    if first["method"].nunique() > 1:
        parts.append(_by_matrix(first, "positive", seed))
    good = pd.concat(parts, ignore_index=True)
    bad = _by_matrix(frame, "negative", seed).drop(columns="best")
    plain_ = frame.groupby(KEYS)["positive"].agg(n="size", plain="mean").reset_index()
    table = plain_.merge(good, on=KEYS, how="left").merge(bad, on=KEYS, how="left")
    at = table["band"].to_numpy(int)
    table["gap"] = [_band(edges, place) for place in at]
    table["gap_low"] = np.array([*edges, np.nan])[at]
    table["gap_high"] = np.array([*edges[1:], np.inf, np.nan])[at]
    order = [
        *("segment", "method", "gap", "gap_low", "gap_high", "n", "positive", "positive_low"),
        *("positive_high", "plain", "negative", "negative_low", "negative_high", "best"),
    ]
    return table.sort_values(KEYS, ignore_index=True)[order]


def _by_matrix(frame: pd.DataFrame, outcome: str, seed: int) -> pd.DataFrame:
    """`segment, method, band`, the outcome pooled within the matrix with its ends, and `best`."""
    table = matrix(frame, group="cell", outcome=outcome, seed=seed).table
    told = table["cell"].str.split(SEPARATOR, n=1, expand=True)
    found = table[["arm", "shrunk", "shrunk_low", "shrunk_high", "best"]]
    found.columns = ["method", outcome, f"{outcome}_low", f"{outcome}_high", "best"]
    return found.assign(segment=told[0], band=told[1].astype(int))


def _band(edges: list[float], at: int) -> str:
    if at == len(edges):
        return "first"
    return f"{edges[at]:g}–{edges[at + 1]:g}" if at + 1 < len(edges) else f"{edges[at]:g}+"


def fatigue(curve: Curve) -> pd.DataFrame:
    """Share of a reaction that each contact in the 30 days before takes away, the most tiring first."""
    import numpy as np
    import pandas as pd

    low, high = np.quantile(curve.draws["fatigue"], [0.025, 0.975], axis=0)
    table = pd.DataFrame(
        {
            "method": list(curve.methods),
            "lost": -np.expm1(curve.fatigue),
            "low": -np.expm1(high),
            "high": -np.expm1(low),
        }
    )
    return table.sort_values("lost", ascending=False, ignore_index=True)
