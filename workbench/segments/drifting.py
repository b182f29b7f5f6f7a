"""Drift: who went from which segment to which between two dates, and whether the movement is real.

Sources: McNemar (1947), discordant pairs; Stuart (1955) and Maxwell (1970), marginal homogeneity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.errors import InputError, QuestionError
from workbench.i18n import formats
from workbench.segments.answer import Segmentation
from workbench.segments.shares import wilson

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NEW, GONE = "(new)", "(gone)"
SURE = 0.05


@dataclass(frozen=True, eq=False)
class Drift:
    """The answer of `drift`.

    Attributes:
        table: One row a pair that somebody took: `before, after` (`(new)`: in no segment before; `(gone)`:
            in none after), `customers`, `share` of those in `before` with `low` and `high` (95%, Wilson;
            missing for new ones, who came from everywhere), `money` (of the later answer; 0 for who is gone).
        net: One row a segment: `segment, before, after` (sizes), `stayed`, `came` and `left` (from and to
            other segments), `new`, `gone`; `net` (came − left), `p` (exact McNemar test of came against
            left, Holm-corrected), `verdict`: `grew`, `shrank` or `unclear`. New and gone ones are counted,
            and in no test: that they come and go is no movement between segments.
        segments: Segments in their order, best first where they have one.
        ordered: Whether the order has a meaning (RFM).
        p: Of the Stuart–Maxwell test that no segment changed its size by movement; missing with fewer
            than two segments.
        before, after: Dates; None where they are not known.
        answers: The two segmentations, for names; empty for frames.
    """

    table: pd.DataFrame
    net: pd.DataFrame
    segments: tuple[str, ...]
    ordered: bool
    p: float
    before: dt.date | None
    after: dt.date | None
    answers: tuple[Segmentation, ...] = field(default=(), repr=False)

    @right_kinds
    def matrix(self, what: str = "customers") -> pd.DataFrame:
        """Segments before × segments after, with `(new)` and `(gone)`; a pair nobody took is 0."""
        found = self.table.pivot(index="before", columns="after", values=what)
        rows, columns = [*self.segments, NEW], [*self.segments, GONE]
        return found.reindex(index=rows, columns=columns).fillna(0)

    def name(self, segment: str, lang: str = "en") -> str:
        """What a segment is called."""
        if segment in (NEW, GONE):
            return i18n.text("cohorts.new" if segment == NEW else "cohorts.gone", lang)
        return self.answers[-1].name(segment, lang) if self.answers else segment

    def sentence(self, lang: str = "en") -> str:
        """How many stayed and moved, and which segments really grew or shrank."""
        inside = self.table[~self.table["before"].eq(NEW) & ~self.table["after"].eq(GONE)]
        both = int(inside["customers"].sum())
        moved = int(inside.loc[inside["before"] != inside["after"], "customers"].sum())
        said = [
            i18n.text(
                "cohorts.moved",
                lang,
                moved=formats.number(moved, lang),
                both=formats.number(both, lang),
                share=formats.percent(moved / both if both else None, lang, 1),
                new=formats.number(int(self.net["new"].sum()), lang),
                gone=formats.number(int(self.net["gone"].sum()), lang),
            )
        ]
        for verdict in ("grew", "shrank"):
            found = self.net[self.net["verdict"] == verdict].sort_values("net", key=abs, ascending=False)
            if len(found):
                comma = i18n.text("clusters.comma", lang)
                parts = [
                    f"{self.name(row['segment'], lang)} {_signed(row['net'], lang)}"
                    for row in found.to_dict("records")
                ]
                said.append(i18n.text(f"cohorts.{verdict}", lang, parts=comma.join(parts)))
        if len(said) == 1 and both:
            said.append(i18n.text("cohorts.steady", lang))
        return (" " if lang == "en" else "").join(said)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `net`, and what the answer says of itself."""
        return {
            "rows": self.table.astype(object).where(self.table.notna(), None).to_dict("records"),
            "net": self.net.astype(object).where(self.net.notna(), None).to_dict("records"),
            "segments": list(self.segments),
            "p": None if self.p != self.p else self.p,
            "before": self.before.isoformat() if self.before else None,
            "after": self.after.isoformat() if self.after else None,
        }

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.matrix().astype(int).rename(index=self.name, columns=self.name)
        return f"<p>{escape(self.sentence())}</p>{shown.to_html()}"


@right_kinds
def drift(before: Any, after: Any) -> Drift:
    """Compare who was in which segment with who is in which now.

    Args:
        before: A segmentation of an earlier day, or a table with `customer_id` and `segment`.
        after: The same of a later day. Use one scale for both: `rfm` with the thresholds of the first, or
            one cluster model's `assign`; else thresholds move, and nobody knows whether customers did.

    Raises:
        InputError: for a table without these columns, or with a customer twice.
        QuestionError: for segmentations of different kinds, scales or order of days.
    """
    _check(before, after)
    one, other = _members(before), _members(after)
    both = one.merge(other, on="customer_id", how="outer", suffixes=("_before", "_after"))
    segments = _order(before, after, both)
    both = both.assign(before=both["segment_before"].fillna(NEW), after=both["segment_after"].fillna(GONE))
    both = both[(both["before"] != NEW) | (both["after"] != GONE)]
    table = _pairs(both, segments)
    counts = table.pivot(index="before", columns="after", values="customers")
    matrix = counts.reindex(index=[*segments, NEW], columns=[*segments, GONE]).fillna(0).to_numpy(float)
    answers = tuple(entry for entry in (before, after) if isinstance(entry, Segmentation))
    return Drift(
        table=table,
        net=_net(matrix, segments),
        segments=segments,
        ordered=bool(answers) and all(entry.thresholds for entry in answers),
        p=stuart_maxwell(matrix[:-1, :-1]),
        before=getattr(before, "as_of", None),
        after=getattr(after, "as_of", None),
        answers=answers,
    )


def stuart_maxwell(square: np.ndarray) -> float:
    """p-value that rows and columns of a square table have the same sums (Stuart 1955, Maxwell 1970).

    Args:
        square: Counts of who went from i to j.

    Returns:
        NaN where fewer than two segments were taken; 1 where nobody moved.
    """
    import numpy as np
    from scipy.stats import chi2

    used = square.sum(axis=0) + square.sum(axis=1) > 0
    square = square[np.ix_(used, used)]
    if len(square) < 2:
        return float("nan")
    gap = (square.sum(axis=1) - square.sum(axis=0))[:-1]
    spread = -(square + square.T)
    np.fill_diagonal(spread, square.sum(axis=1) + square.sum(axis=0) - 2 * np.diag(square))
    spread = spread[:-1, :-1]
    rank = int(np.linalg.matrix_rank(spread))
    if not rank:
        return 1.0
    return float(chi2.sf(gap @ np.linalg.pinv(spread) @ gap, rank))


def _check(before: Any, after: Any) -> None:
    if not (isinstance(before, Segmentation) and isinstance(after, Segmentation)):
        return
    if type(before) is not type(after):
        raise QuestionError(
            "The two segmentations are of different kinds.", "Compare RFM with RFM, clusters with clusters."
        )
    if dict(before.thresholds) != dict(after.thresholds) or _centres(before) != _centres(after):
        raise QuestionError(
            "The two segmentations have different scales, so that customers move without doing anything.",
            "Score both alike: rfm(…, thresholds=before.thresholds), or before.model.assign(…).",
        )
    if before.as_of and after.as_of and before.as_of > after.as_of:
        raise QuestionError(f"{before.as_of} is after {after.as_of}.", "Give the earlier one first.")


def _centres(answer: Segmentation) -> Any:
    model = getattr(answer, "model", None)
    return model.centres if model else None


def _members(source: Any) -> pd.DataFrame:
    """`customer_id, segment` (text) and `money` of who is in a segment."""
    from workbench.segments.people import pandas_of

    table = source.table if isinstance(source, Segmentation) else pandas_of(source)
    for name in ("customer_id", "segment"):
        if name not in table.columns:
            raise InputError(f"The table has no column {name!r}.", "Give customer_id and segment.")
    found = table[["customer_id", "segment"]].assign(
        money=table["monetary"] if "monetary" in table.columns else float("nan")
    )
    found = found[found["segment"].notna()]
    if found["customer_id"].duplicated().any():
        raise InputError("A customer is in two segments of one table.", "Give one row a customer.")
    return found.assign(segment=found["segment"].astype(str).astype(object))


def _order(before: Any, after: Any, both: pd.DataFrame) -> tuple[str, ...]:
    import pandas as pd

    taken = set(both["segment_before"].dropna()) | set(both["segment_after"].dropna())
    if isinstance(after, Segmentation) and isinstance(before, Segmentation):
        known = [str(name) for name in pd.Categorical(after.table["segment"]).categories]
        return tuple(dict.fromkeys([*(name for name in known if name in taken), *sorted(taken)]))
    return tuple(sorted(taken))


def _pairs(both: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    rank = {name: at for at, name in enumerate([*segments, NEW, GONE])}
    groups = both.groupby(["before", "after"])
    table = groups.size().rename("customers").reset_index()
    of = table.groupby("before")["customers"].transform("sum")
    known = table["before"] != NEW
    table["share"] = (table["customers"] / of).where(known)
    low, high = wilson(table["customers"], of)
    table["low"], table["high"] = low, high
    table.loc[~known, ["low", "high"]] = float("nan")
    table["money"] = groups["money_after"].sum(min_count=1).to_numpy()
    table.loc[table["after"] == GONE, "money"] = 0.0
    order = table["before"].map(rank) * len(rank) + table["after"].map(rank)
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _net(matrix: np.ndarray, segments: Sequence[str]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd
    from scipy.stats import binomtest

    from workbench.compare.families import corrected

    inside = matrix[:-1, :-1]
    stayed = np.diag(inside)
    came, left = inside.sum(axis=0) - stayed, inside.sum(axis=1) - stayed
    p = [binomtest(int(i), int(i + o)).pvalue if i + o else 1.0 for i, o in zip(came, left, strict=True)]
    found = pd.DataFrame(
        {
            "segment": list(segments),
            "before": matrix[:-1].sum(axis=1),
            "after": matrix[:, :-1].sum(axis=0),
            "stayed": stayed,
            "came": came,
            "left": left,
            "new": matrix[-1, :-1],
            "gone": matrix[:-1, -1],
            "net": came - left,
        }
    )
    whole = [name for name in found if name != "segment"]
    found = found.astype(dict.fromkeys(whole, "int64"))
    found["p"] = corrected(np.array(p), "holm") if p else []
    sure = found["p"] < SURE
    found["verdict"] = np.select(
        [sure & (found["net"] > 0), sure & (found["net"] < 0)], ["grew", "shrank"], "unclear"
    )
    return found


def _signed(value: int, lang: str) -> str:
    return ("+" if value > 0 else "") + formats.number(value, lang)
