"""Whoever stands behind a place of a chart: a cell of cohorts, a ribbon of the flow, a cluster, …

Where a rule can say who they are (attributes) it does, and later customers follow it. What a model said or a
past period tells is a list of that day. A cluster is a list, too, which the same clusters write anew.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.service.answer import Interactions
from workbench.errors import QuestionError
from workbench.i18n import LANGUAGES, formats
from workbench.segments import cohort_cells
from workbench.segments.clusters import Clusters
from workbench.segments.cohorts import Cohorts
from workbench.segments.drifting import NEW, Drift
from workbench.segments.market import TargetMarket
from workbench.segments.people import ID
from workbench.segments.rules import picking
from workbench.segments.rules.build import field as attribute
from workbench.segments.rules.nodes import All, Node
from workbench.segments.rules.operands import FIELDS
from workbench.segments.rules.rule import Rule
from workbench.segments.scaling import texts
from workbench.segments.worth_answer import BANDS, Worth

if TYPE_CHECKING:
    import pandas as pd

    from workbench.store.store import Store

TO = ".."
"""Between the two places of a drag."""
BEST = "best:"
"""Begins the places of the curve of who makes the money."""


@dataclass(frozen=True, eq=False)
class Pointed:
    """The customers behind a place of a chart.

    Attributes:
        place: The place, as the chart's row calls it (`key`), or two of them with `..` between: a drag.
        names: Language → who they are, in words.
        table: One row a customer: `customer_id`.
        as_of: Last day that counted; None for a frame.
        tree: The rule that says who they are; None: they are kept as a list.
        model: Mark of the cluster model where the place is a cluster; else empty.
        scores: `customer_id, cluster` of all customers of a cluster model; None for other places.
    """

    place: str
    names: Mapping[str, str]
    table: pd.DataFrame = field(repr=False)
    as_of: dt.date | None
    tree: Node | None = None
    model: str = ""
    scores: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def customers(self) -> int:
        """How many they are."""
        return len(self.table)

    @property
    def kind(self) -> str:
        """How they are kept: as a `rule`, a `cluster` or a `list`."""
        return "rule" if self.tree is not None else "cluster" if self.model else "list"

    def name(self, lang: str = "en") -> str:
        """Who they are, as a name for a segment."""
        return self.names[lang]

    def sentence(self, lang: str = "en") -> str:
        """How many they are, and who."""
        count = formats.number(self.customers, lang)
        key = "pointed.one" if self.customers == 1 else "pointed.said"
        return i18n.text(key, lang, customers=count, who=self.names[lang])

    def about(self, lang: str = "en") -> str:
        """Whether a segment of them will move with the data."""
        day = formats.date(self.as_of, lang) if self.as_of else formats.MISSING
        return i18n.text(f"pointed.about_{self.kind}", lang, day=day)


@right_kinds
def pointed(store: Store, answer: Any, place: str, segment: Any = None) -> Pointed:
    """Say who stands behind a place of a chart.

    Args:
        store: The workspace that was asked.
        answer: Of `cohorts`, `rfm_drift`, `worth`, `target_market`, `cluster` or `customers.interactions`.
        place: `key` of the row in the chart of this answer: cohort and period `2026-03-01:2`; a ribbon
            `new>lost`; money so far and probability `4:0`; `best:0.2`, the most valuable fifth; a cell
            `["Sichuan","tea"]`; a cluster `c1`; a row of reactions `email`. Two cells with `..` between mean
            all in their rectangle.
        segment: A rule whose customers alone count; for reactions, other answers know their own.

    Raises:
        QuestionError: for a place that the chart does not have, or an answer without customers.
    """
    asked = next((ask for kind, ask in _ASKED.items() if isinstance(answer, kind)), None)
    if asked is None:
        raise QuestionError(
            f"A {type(answer).__name__} has no customers behind its chart.",
            "Give an answer of cohorts, rfm_drift, worth, target_market, cluster or interactions.",
        )
    try:
        return asked(answer, str(place), _Of(store, segment))
    except (KeyError, ValueError, TypeError, IndexError):
        raise QuestionError(
            f"The chart has no place {place!r}.", "Choose a place that the chart shows now."
        ) from None


@dataclass(frozen=True)
class _Of:
    """Where an answer is from."""

    store: Store
    segment: Any


def numbered(answer: Clusters) -> pd.DataFrame:
    """`customer_id, cluster`: the number of each customer's cluster; who is in none is left out."""
    table = answer.table[answer.table["segment"].notna()]
    number = table["segment"].astype(str).str.removeprefix("c").astype("float64")
    return table[[ID]].assign(cluster=number).reset_index(drop=True)


def _cohort(answer: Cohorts, place: str, _of: _Of) -> Pointed:
    cells = [part.rpartition(":") for part in place.split(TO)]
    known = list(dict.fromkeys(answer.table["cohort"]))
    order = [str(cohort) for cohort in known]
    at = sorted(order.index(cohort) for cohort, _, _ in cells)
    first, *_, last = sorted([*(int(period) for _, _, period in cells)] * 2)
    cohorts = known[at[0] : at[-1] + 1]
    ids = cohort_cells.members(answer, cohorts, first, last)
    names = _worded(lambda lang: cohort_cells.words(answer, cohorts, first, last, lang))
    return _listed(place, names, ids, answer.as_of)


def _flow(answer: Drift, place: str, _of: _Of) -> Pointed:
    one, _, other = place.partition(">")
    if one not in (NEW, *answer.segments) or other not in answer.segments:
        raise KeyError(place)
    before, after = answer.answers
    was, now = (entry.table.set_index(ID)["segment"].astype(object) for entry in (before, after))
    then = was.reindex(now.index).fillna(NEW)
    days = {"start": before.as_of, "end": after.as_of}
    names = _worded(
        lambda lang: i18n.text(
            "pointed.flow",
            lang,
            before=answer.name(one, lang),
            after=answer.name(other, lang),
            **{name: formats.date(day, lang) for name, day in days.items()},
        )
    )
    return _listed(place, names, now.index[(now == other) & (then == one)], after.as_of)


def _worth(answer: Worth, place: str, _of: _Of) -> Pointed:
    return _best(answer, place) if place.startswith(BEST) else _chances(answer, place)


def _best(answer: Worth, place: str) -> Pointed:
    """The share of the customers that will bring most; of equals the first by id."""
    share = float(place.removeprefix(BEST))
    if not 0 < share <= 1:
        raise ValueError(place)
    ranked = answer.people.sort_values(["clv", ID], ascending=[False, True], kind="stable")[ID]
    names = _worded(
        lambda lang: i18n.text(
            "pointed.best",
            lang,
            share=formats.percent(share, lang, 0),
            days=formats.number(answer.horizon_days, lang),
        )
    )
    return _listed(place, names, ranked.head(max(1, round(share * len(ranked)))), answer.as_of)


def _chances(answer: Worth, place: str) -> Pointed:
    """Customers by money so far (fifths) and by probability to order again (bands)."""
    cells = [tuple(map(int, part.split(":"))) for part in place.split(TO)]
    (low, high), (left, right) = (sorted((cells[0][axis], cells[-1][axis])) for axis in (0, 1))
    people = answer.people
    inside = people["fifth"].between(low, high) & people["band"].between(left, right)
    names = _worded(
        lambda lang: i18n.text(
            "pointed.chances",
            lang,
            fifth=f"{low + 1}" if low == high else f"{low + 1}–{high + 1}",
            low=formats.percent(left / BANDS, lang, 0),
            high=formats.percent((right + 1) / BANDS, lang, 0),
        )
    )
    return _listed(place, names, people.loc[inside, ID], answer.as_of)


def _market(answer: TargetMarket, place: str, _of: _Of) -> Pointed:
    """Everybody in a cell, in the segment or not yet: the market that is to be addressed."""
    cell = dict(zip(answer.by, json.loads(place), strict=True))
    table = answer.people.table
    inside = table[ID].notna()
    for name, value in cell.items():
        inside &= texts(table[name]) == value
    names = _worded(lambda lang: answer.name(cell, lang))
    tests = [attribute(name) == value for name, value in cell.items() if name in FIELDS and value]
    tree = All(tuple(tests)) if len(tests) == len(cell) else None
    return _listed(place, names, table.loc[inside, ID], answer.people.as_of, tree)


def _cluster(answer: Clusters, place: str, _of: _Of) -> Pointed:
    if place not in answer.model.segments:
        raise KeyError(place)
    names = _worded(lambda lang: i18n.text("pointed.cluster", lang, name=answer.name(place, lang)))
    scores = numbered(answer)
    table = scores.loc[scores["cluster"] == int(place.removeprefix("c")), [ID]]
    return Pointed(place, names, table, answer.as_of, None, answer.model.mark, scores)


def _reacted(answer: Interactions, place: str, of: _Of) -> Pointed:
    """Whoever reacted well to a promotion in the period, which lasts until now."""
    by = answer.by or "method"
    tree = picking.reacted(by, place, answer.period.start, answer.as_of)
    tree = tree if of.segment is None else of.segment.tree & tree
    dimension = "interaction_kind" if by == "kind" else by
    names = _worded(
        lambda lang: i18n.text(
            "pointed.reacted", lang, member=of.store.labels(lang).get((dimension, place), place)
        )
    )
    ids = Rule(tree).members(of.store, answer.as_of).table[ID]
    return _listed(place, names, ids, answer.as_of, tree)


def _listed(
    place: str, names: Mapping[str, str], ids: Any, as_of: dt.date | None, tree: Node | None = None
) -> Pointed:
    import pandas as pd

    table = pd.DataFrame({ID: sorted(ids)}, dtype=object)
    return Pointed(place, names, table, as_of, tree)


def _worded(say: Callable[[str], str]) -> dict[str, str]:
    return {lang: say(lang) for lang in LANGUAGES}


_ASKED: Mapping[type, Callable[[Any, str, _Of], Pointed]] = {
    Cohorts: _cohort,
    Drift: _flow,
    Worth: _worth,
    TargetMarket: _market,
    Clusters: _cluster,
    Interactions: _reacted,
}
