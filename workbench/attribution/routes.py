"""The journeys themselves: which paths there are, how many people took them, what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.attribution import journeys
from workbench.attribution.answer import FEWEST_OUTCOMES, OTHER, origin, rows
from workbench.attribution.notes import Note
from workbench.attribution.source import Source
from workbench.i18n import formats, text
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SHOWN = 5
"""Channels of a path that are named from its beginning; of a longer one the last follows after a gap."""

ARROW, GAP = " → ", "…"
FEWEST_PEOPLE = 50
"""People that a path has at least: fewer would speak of single persons."""


@dataclass(frozen=True, eq=False)
class PathTable:
    """The most common paths.

    Attributes:
        table: Columns `path`, `people`, `journeys`, `conversions`, `rate` (conversions / journeys), `value`,
            most conversions first; paths with too few people, and those beyond `top`, are one last row
            `(other)`, of which only the sums are known.
        by: What a step of a path is.
        hidden: Paths in `(other)`.
        least_people: People that a path of its own has at least.
        currency, period, data_version, code_version, notes: As in `Attribution`.
    """

    table: pd.DataFrame
    by: str
    hidden: int
    least_people: int
    currency: str
    period: Period | None
    data_version: int
    code_version: str
    notes: tuple[Note, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        return {"by": self.by, "hidden": self.hidden, **origin(self), "rows": rows(self.table)}

    def sentence(self, lang: str = "en") -> str:
        """The most common way to a conversion in words."""
        named = self.table[self.table.path != OTHER]
        if named.empty:
            return text("attribution.no_paths", lang, people=self.least_people)
        top = named.iloc[0]
        return text(
            "attribution.top_path",
            lang,
            path=top.path,
            conversions=formats.number(top.conversions, lang),
            journeys=formats.number(top.journeys, lang),
        )

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.table.to_html(index=False, na_rep=formats.MISSING)
        return f"<p>{escape(self.sentence())}</p>{shown}"


def question(source: Source, window_days: float) -> Any:
    """The one query: journeys by their first channels and their last one, repeats in a row taken as one."""
    import ibis

    raw = source.events
    events = raw.filter(raw.customer.notnull(), raw.time.notnull())
    found = journeys.cut(events, window_days, source.since, bare=source.bare)
    order = journeys.newest_first(found)
    later = ibis.window(group_by="customer", order_by=order, preceding=None, following=0)
    numbered = found.mutate(journey=found["last"].sum().over(later))
    touches = numbered.filter(numbered.touch == 1)
    fresh = touches.filter(
        (touches["first"] == 1) | (touches.member != touches.prev) | (touches["last"] == 1)
    )
    return _counted(_placed(fresh))


def _placed(touches: Any) -> Any:
    """Number the different channels of each journey in order of time."""
    import ibis

    new = (touches["first"] == 1) | (touches.member != touches.prev)
    order = ["time", "conv", "member", touches.value.fill_null(0.0)]
    so_far = ibis.window(group_by=["customer", "journey"], order_by=order, preceding=None, following=0)
    return touches.mutate(place=new.ifelse(1, 0).sum().over(so_far))


def _counted(touches: Any) -> Any:
    names = {
        f"step{number}": (touches.place == number).ifelse(touches.member, None).max()
        for number in range(1, SHOWN + 1)
    }
    per = touches.group_by(["customer", "journey"]).agg(
        steps=touches.place.max(),
        end=(touches["last"] == 1).ifelse(touches.member, None).max(),
        won=touches.inside.max(),
        value=((touches["last"] == 1) & (touches.inside == 1)).ifelse(touches.won, None).max(),
        **names,
    )
    long = (per.steps > SHOWN + 1).ifelse(1, 0)
    keyed = per.mutate(long=long, end=(per.steps > SHOWN).ifelse(per.end, ""))
    return keyed.group_by([*names, "end", "long"]).agg(
        people=keyed.customer.nunique(),
        journeys=keyed.count(),
        conversions=keyed.won.sum(),
        value=(keyed.won == 1).ifelse(keyed.value.fill_null(0.0), 0.0).sum(),
    )


def written(row: dict[str, Any]) -> str:
    """A path in words."""
    names = [row[f"step{number}"] for number in range(1, SHOWN + 1) if row[f"step{number}"]]
    if row["end"]:
        names += [GAP, row["end"]] if row["long"] else [row["end"]]
    return ARROW.join(names)


def folded(table: pd.DataFrame, top: int, least: int, least_outcomes: int = FEWEST_OUTCOMES) -> pd.DataFrame:
    """The paths that may be shown, and the rest added up as `(other)`.

    A path is shown where at least `least` people took it, and nobody or at least `least_outcomes` of its
    journeys converted. `(other)` always holds a path of at least `least` people, where there is one: so
    that nobody can work out a small one from the total.
    """
    import pandas as pd

    table = table.sort_values(["conversions", "journeys", "path"], ascending=[False, False, True])
    fits = (table.people >= least) & ((table.conversions == 0) | (table.conversions >= least_outcomes))
    shown = table[fits].head(top)
    rest = table.drop(index=shown.index)
    if len(rest) and not (rest.people >= least).any():
        shown, rest = shown.iloc[:-1], pd.concat([shown.iloc[-1:], rest])
    shown = shown.assign(rate=shown.conversions / shown.journeys)
    if rest.empty:
        return shown
    sums = rest[["journeys", "conversions", "value"]].sum()
    other = {"path": OTHER, "people": float("nan"), **sums, "rate": sums.conversions / sums.journeys}
    return pd.concat([shown, pd.DataFrame([other])], ignore_index=True)
