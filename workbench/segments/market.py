"""Target market: where a segment is over- and under-represented, by region, habit and interest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError
from workbench.i18n import formats
from workbench.segments import shares
from workbench.segments.answer import Segmentation
from workbench.segments.people import ID, People, check_columns, people
from workbench.segments.rules.answers import Members
from workbench.segments.rules.face import as_rule
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.rule import Rule
from workbench.segments.scaling import is_number, texts

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from workbench.privacy.cells import Suppressed

BY = ("region", "buys_on", "interest")
SURE = 0.05
FEW = 30
"""Members of the segment under whom nothing is said."""


@dataclass(frozen=True, eq=False)
class TargetMarket:
    """The answer of `target_market`.

    Attributes:
        table: One row a cell: the columns of `by` (texts; `""`: not known); `base` and `segment`
            (customers); `index` (share in the segment / share in the base × 100) with `low` and `high`
            (95%); `p` (of a random draw, corrected over all cells shown); `verdict`: `over`, `under`,
            `alike` or `few`; `suppressed`. A suppressed cell has no number at all.
        by: Dimensions.
        segment, base: Customers in all.
        correction: How `p` was corrected.
        limits: Least people and least members of the segment of a cell that is shown.
        withheld: Totals that must not be published beside the table: dimension → value or `(total)`.
        remarks: What was left out.
        data_version: Version of the store; None for a frame.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    segment: int
    base: int
    correction: str
    limits: Mapping[str, int]
    withheld: tuple[Mapping[str, Any], ...]
    remarks: tuple[Remark, ...]
    data_version: int | None
    people: People = field(repr=False)

    def level(self, column: str, value: Any, lang: str = "en") -> str:
        """What a value of a dimension is called."""
        return self.people.level(column, value, lang)

    def name(self, row: Mapping[Any, Any], lang: str = "en") -> str:
        """What a cell is called."""
        return " · ".join(self.level(column, row[column], lang) for column in self.by)

    @property
    def traits(self) -> tuple[str, ...]:
        """What could be a dimension: the columns of texts."""
        return tuple(name for name in self.people.columns if not is_number(self.people.table[name]))

    @right_kinds
    def shown_level(self, wanted: str = "") -> str:
        """The value of the dimension in between that a map shows: the wanted one, or that of most customers.

        Empty where there are only two dimensions.
        """
        if len(self.by) < 3:
            return ""
        sums = self.table.groupby(self.by[1])["base"].sum()
        return wanted if wanted in sums.index else str(sums.idxmax())

    def sentence(self, lang: str = "en") -> str:
        """The cells that are really over-represented, strongest first."""
        found = self.table[self.table["verdict"] == "over"].sort_values("index", ascending=False)
        hidden = int(self.table["suppressed"].sum())
        rest = formats.number(len(self.table) - hidden, lang)
        if not len(found):
            return i18n.text("market.none", lang, cells=rest)
        comma = i18n.text("clusters.comma", lang)
        top = [
            f"{self.name(row, lang)} {formats.number(row['index'], lang)}"
            for row in found.head(3).to_dict("records")
        ]
        return i18n.text(
            "market.said", lang, count=formats.number(len(found), lang), cells=rest, parts=comma.join(top)
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, and what the answer says of itself."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {
            "rows": rows,
            "by": list(self.by),
            "segment": self.segment,
            "base": self.base,
            "correction": self.correction,
            "limits": dict(self.limits),
            "withheld": [dict(total) for total in self.withheld],
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(remark.sentence("en") for remark in self.remarks)]
        return str(self.table.to_html(index=False, na_rep="–", max_rows=40)) + "".join(
            f"<p>{escape(text)}</p>" for text in said
        )


@right_kinds
def target_market(
    source: Any,
    segment: Any,
    of: str = "",
    by: Sequence[str] | None = None,
    as_of: dt.date | str | None = None,
    id: str | None = None,
    currency: str | None = None,
    correction: str = "bh",
    least_people: int = 50,
    least_members: int = 10,
) -> TargetMarket:
    """Say in which cells of region × habit × interest a segment is found more than the base is.

    Args:
        source: A store (the base is its customers with an order), or a frame with a row a customer.
        segment: A segmentation, with `of`; of a store a rule or a saved segment's name; or ids of members.
        of: Which segment of a segmentation.
        by: One to three dimensions: attributes of customers, or habits (`order_channel`, `buys_on`,
            `rhythm`, `favourite_category`). None: region × weekday or weekend × interest, those that there
            are; region × interest where more than half of these cells would be hidden, and a remark says so.
        as_of: Last day that counts in a store; None: the last on which customers acted.
        id: Column of a frame with the ids.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        correction: For looking at many cells: `bh`, `holm` or `none`.
        least_people, least_members: Customers of the base, and of the segment, in a shown cell at least.

    Returns:
        Every cell that somebody is in; small ones, and those that would give them away by subtraction,
        are suppressed.

    Raises:
        QuestionError: for unknown dimensions or segments, more than three dimensions, or a segment of
            nobody or everybody.
    """
    who = people(source, as_of, id, currency)
    asked = _dimensions(by, who.table)
    check_columns(who.table, asked)
    members = member_ids(asked_of(source, segment, who.as_of), of)
    inside = who.table[ID].isin(members)
    _check(int(inside.sum()), len(inside))
    found = _shown(who, asked, inside, least_people, least_members)
    coarse: tuple[Remark, ...] = ()
    if by is None and set(BY) == set(asked) and found.table["suppressed"].mean() > 0.5:
        asked, coarse = (BY[0], BY[-1]), (Remark.of("market_coarse"),)
        found = _shown(who, asked, inside, least_people, least_members)
    table = _indexed(found.table, int(inside.sum()), len(inside), correction)
    said = _said(int(inside.sum()), len(members), int(table["suppressed"].sum()))
    return TargetMarket(
        table=table,
        by=tuple(asked),
        segment=int(inside.sum()),
        base=len(inside),
        correction=correction,
        limits={"people": least_people, "members": least_members},
        withheld=found.withheld,
        remarks=coarse + said + who.remarks,
        data_version=who.data_version,
        people=who,
    )


def _dimensions(by: Sequence[str] | None, table: pd.DataFrame) -> Sequence[str]:
    """The dimensions that are asked for, one to three of them."""
    asked = tuple(name for name in BY if name in table) or BY if by is None else by
    if not 0 < len(set(asked)) == len(asked) <= 3:
        raise QuestionError(f"by is {list(asked)}.", "Give one to three different dimensions.")
    return asked


def _said(inside: int, members: int, hidden: int) -> tuple[Remark, ...]:
    """What is to know of a segment's size, its strangers and its hidden cells."""
    few = (Remark.of("market_few", count=inside),) if inside < FEW else ()
    return few + counts(market_strangers=members - inside, market_hidden=hidden)


def asked_of(source: Any, segment: Any, as_of: dt.date | None) -> Any:
    """The members of a rule or of a saved segment, as they are on the day; anything else as it is.

    Raises:
        QuestionError: for a rule beside a frame, a segment that is not there, or what names no customers.
    """
    from workbench.store.store import Store

    if isinstance(segment, Rule | Node | str | Mapping):
        if not isinstance(source, Store):
            raise QuestionError(
                "A rule is asked of a store, and the customers are a frame.", "Give the ids of the members."
            )
        return as_rule(source, segment).members(source, as_of)
    if not isinstance(segment, Segmentation | Iterable):
        raise QuestionError(
            f"{segment!r} is no group of customers.", "Give a segmentation, a rule, or a list of ids."
        )
    return segment


def member_ids(segment: Any, of: str = "") -> Collection[Any]:
    """Ids of the members of a segment, or of a list of ids.

    Raises:
        QuestionError: for a segmentation without a choice, or a segment that it lacks.
    """
    if not isinstance(segment, Segmentation):
        return set(segment)
    table = segment.table
    if isinstance(segment, Members) and not of:
        return set(table[ID])
    known = [str(name) for name in table["segment"].dropna().unique()]
    if of not in known:
        from workbench.errors import unknown

        raise unknown("segment (of=)", of, known)
    return set(table.loc[table["segment"] == of, ID])


def _check(inside: int, everyone: int) -> None:
    if not 0 < inside < everyone:
        raise QuestionError(
            f"The segment has {inside} of {everyone} customers.",
            "Give a segment that has some of these customers, and not all.",
        )


def _shown(
    who: People, by: Sequence[str], inside: pd.Series, least_people: int, least_members: int
) -> Suppressed:
    """Cells with their counts, small ones hidden."""
    from workbench.privacy.cells import suppress

    return suppress(_counted(who, by, inside), list(by), "base", ["segment"], least_people, least_members)


def _counted(who: People, by: Sequence[str], inside: pd.Series) -> pd.DataFrame:
    levels = who.table[[]].assign(**{name: texts(who.table[name]) for name in by})
    groups = levels.assign(segment=inside.astype("int64")).groupby(list(by), sort=True)
    found: pd.DataFrame = groups["segment"].agg(base="size", segment="sum").reset_index()
    return found


def _indexed(table: pd.DataFrame, segment: int, everyone: int, correction: str) -> pd.DataFrame:
    """Index, interval and verdict of the cells that are shown."""
    import numpy as np

    from workbench.compare.families import corrected

    found = table.copy()
    shown = ~found["suppressed"].to_numpy(bool)
    inside, base = (found.loc[shown, name].to_numpy(float) for name in ("segment", "base"))
    for name in ("index", "low", "high", "p"):
        found[name] = np.nan
    for name, values in zip(
        ("index", "low", "high"), shares.index(inside, base, segment, everyone), strict=True
    ):
        found.loc[shown, name] = values
    if shown.any():
        found.loc[shown, "p"] = corrected(shares.by_chance(inside, base, segment, everyone), correction)
    sure = (found["p"] < SURE).to_numpy()
    above = (found["index"] > 100).to_numpy()
    kinds = [~shown | (segment < FEW), sure & above, sure]
    found["verdict"] = np.select(kinds, ["few", "over", "under"], "alike")
    last = [name for name in found if name != "suppressed"]
    return found[[*last, "suppressed"]]
