"""The answer of an attribution: a small frozen table with its intervals, rules and remarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.attribution.models import Model, Rules
from workbench.attribution.notes import Note
from workbench.i18n import formats, text
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DIRECT = "(direct)"
"""Row of the conversions that no touch came before."""
OTHER = "(other)"
"""Row of members with too few journeys to be shown alone."""

FEWEST_OUTCOMES = 10
"""Converting journeys that a row has at least before it leaves: fewer would speak of single persons."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """Own conversions shared among channels by one model.

    Attributes:
        table: Columns `channel` (or what `by` names), `conversions`, `value`, `share` (of the
            conversions), each with `_low` and `_high` (95%; missing under 8 days), for Markov
            `removal_effect` with its interval; `touched` (converting journeys with that channel, no
            sum). Largest first, conversions without a touch last, as `(direct)`. The rows add up.
        model: The model.
        by: What a row is.
        rules: Window and parameters.
        conversions: All own conversions.
        value: Their value in `currency`; None where it is not known.
        direct: Conversions without a touch in the window.
        currency: ISO 4217 code; empty where it is not known.
        units: What the intervals take as evidence: `days`, or `journeys` for counted paths; and how many.
        period: Days that are answered; None: all rows.
        data_version: Version of the store; 0 for a frame.
        code_version: Version of the package and a hash of its source.
        notes: What a reader must know.
        written: Writes the query that adds up the same in an engine.
    """

    table: pd.DataFrame
    model: Model
    by: str
    rules: Rules
    conversions: int
    value: float | None
    direct: int
    currency: str
    units: tuple[str, int]
    period: Period | None
    data_version: int
    code_version: str
    notes: tuple[Note, ...]
    written: Callable[[], str]

    @cached_property
    def sql(self) -> str:
        """The query that adds up the same in an engine; written when somebody asks for it."""
        return self.written()

    @property
    def direct_share(self) -> float:
        """Share of the conversions that no touch came before."""
        return self.direct / self.conversions

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; missing numbers as None."""
        return {
            "model": self.model.id,
            "by": self.by,
            "rules": self.rules.to_dict(),
            "conversions": self.conversions,
            "value": self.value,
            "direct": self.direct,
            "currency": self.currency,
            "units": list(self.units),
            **origin(self),
            "rows": rows(self.table),
        }

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The answer in words: who gets most, how sure that is, and what kind of conversions these are.

        Args:
            lang: `en` or `zh`.
            names: Member → how it is called.
        """
        top = self.table[self.table[self.by] != DIRECT].iloc[0]
        known = top["share_low"] == top["share_low"]
        interval = (
            text(
                "attribution.interval",
                lang,
                low=formats.percent(top["share_low"], lang, 1),
                high=formats.percent(top["share_high"], lang, 1),
            )
            if known
            else ""
        )
        return text(
            "attribution.sentence",
            lang,
            conversions=formats.number(self.conversions, lang),
            window=formats.number(self.rules.window_days, lang, _digits(self.rules.window_days)),
            member=(names or {}).get(top[self.by], top[self.by]),
            share=formats.percent(top["share"], lang, 1),
            interval=interval,
            model=self.model.label(lang),
        )

    def published(self, least: int = FEWEST_OUTCOMES) -> pd.DataFrame:
        """The table as it may leave: rows with fewer converting journeys are added up as `(other)`."""
        return published(self.table, [self.by], least)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The publishable table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.published(), path)

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(note.sentence("en") for note in self.notes)]
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        return f"{words}{self.table.to_html(index=False, na_rep=formats.MISSING)}"


def _digits(days: float) -> int:
    return 0 if float(days).is_integer() else 1


def origin(answer: Any) -> dict[str, Any]:
    """Where an answer comes from, as JSON-safe values."""
    return {
        "period": answer.period.to_dict() if answer.period else None,
        "data_version": answer.data_version,
        "code_version": answer.code_version,
        "notes": [{"code": note.code, "text": note.sentence("en")} for note in answer.notes],
    }


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON-safe values."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): _safe(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _safe(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def published(table: pd.DataFrame, by: list[str], least: int) -> pd.DataFrame:
    """Add up the rows with fewer than `least` converting journeys as `(other)`, for each model alone.

    Where one such row would stand alone in it, the next smallest goes along: nobody can subtract it.
    """
    import pandas as pd

    name = by[-1]
    small = small_members(table, name, least)
    if not small:
        return table.copy()
    folded = table[name].isin(small)
    sums: Mapping[str, str] = {"conversions": "sum", "value": "sum", "share": "sum"}
    if len(by) > 1:
        other = table[folded].groupby(by[:-1], sort=False).agg(sums).reset_index()
    else:
        other = table.loc[folded, list(sums)].sum(min_count=1).to_frame().T
    other[name] = OTHER
    return pd.concat([table[~folded], other], ignore_index=True)[list(table.columns)]


def small_members(table: pd.DataFrame, name: str, least: int) -> set[str]:
    """Members that must not stand alone."""
    known = table[~table[name].isin([DIRECT])].drop_duplicates(name).sort_values("touched", kind="stable")
    count = int((known["touched"] < least).sum())
    if count and known["touched"].head(count).sum() < least:
        count += 1
    return set(known[name].head(max(count, 2 if count else 0)))
