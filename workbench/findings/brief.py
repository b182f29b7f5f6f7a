"""The brief of a period: what happened, why, and what to do, in sentences and with their intervals."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.findings import evenly
from workbench.findings.advise import advise
from workbench.findings.drivers import leading, parts_of_change
from workbench.findings.evenly import Even
from workbench.findings.finding import Finding, Words
from workbench.findings.happening import Change, Happening
from workbench.findings.page import Page
from workbench.findings.review import review
from workbench.findings.thresholds import Thresholds
from workbench.findings.usual import usual_change, windows
from workbench.forecast.stores import LATE
from workbench.i18n import formats, text
from workbench.metrics.answer import MetricTable
from workbench.metrics.kpis import kpis
from workbench.metrics.kpis import measure as measured
from workbench.metrics.money import reporting_in
from workbench.metrics.periods import Period
from workbench.metrics.question import ask

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

SAID: Mapping[str, tuple[str, str]] = {
    "conversions": ("conversions", ""),
    "cost": ("cost", ""),
    "cpa": ("cost", "conversions"),
    "revenue": ("revenue", ""),
    "roas": ("revenue", "cost"),
}
"""Figures of a brief → (numerator, denominator)."""
FACTORS = ("impressions", "ctr", "cvr")
"""Their product is the number of conversions."""
IDEAS = 3
"""Pieces of advice beside what changed."""
LISTS = 2
"""What changed, and ideas: both lists of a brief share its chance of a false finding."""


@dataclass(frozen=True, eq=False)
class Brief:
    """The answer of `brief`.

    Attributes:
        happened: The figures, the main one first.
        factors: Factor of conversions → its part of their change, at equal age where some are still to come;
            empty where there is none.
        members: Member → its part of the same change.
        by: Dimension of the members.
        found: What changed, by money.
        ideas: What could be better although nothing changed.
        period, compare: Days, and those compared with.
        kind: The comparison as it was asked for.
        table: The answer behind the figures, with its notes.
        labels: Member → its name.
        late: Whether conversions of the period are still to come.
    """

    happened: tuple[Happening, ...]
    factors: Mapping[str, float]
    members: Mapping[str, float]
    by: str
    found: tuple[Finding, ...]
    ideas: tuple[Finding, ...]
    period: Period
    compare: Period | None
    kind: str
    table: MetricTable
    labels: Mapping[str, Words] = field(default_factory=dict)
    late: bool = False

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amounts."""
        return self.table.currency

    @property
    def as_of(self) -> dt.date | None:
        """Last day that has data."""
        return self.table.as_of

    @property
    def to_do(self) -> tuple[Finding, ...]:
        """What asks for a decision: what changed first, then ideas."""
        return (*self.found, *self.ideas)

    def lead(self, lang: str) -> str:
        """The conclusion in one or two sentences."""
        if not self.happened:
            return text("brief.nothing", lang)
        main = self.happened[0]
        days = {name: formats.date(getattr(self.period, name), lang) for name in ("start", "end")}
        first = text("brief.lead", lang, **days, what=main.sentence(lang))
        verdict = "" if main.verdict == "unknown" else text(f"brief.verdict_{main.verdict}", lang)
        key = "lead_do" if self.to_do else "lead_none"
        rest = text(f"brief.{key}", lang, n=formats.number(len(self.to_do), lang))
        return ("" if lang == "zh" else " ").join(part for part in (first, verdict, rest) if part)

    def what(self, lang: str) -> list[str]:
        """What happened: a sentence a figure, and what may still move."""
        moving = self.table.moving
        told = [one.sentence(lang) for one in self.happened]
        return [*told, *([self.table.sentence(moving, lang)] if moving else [])]

    def why(self, lang: str) -> list[str]:
        """Why conversions changed: by factor and by member; empty where nothing is compared."""
        said = [self._by_factor(lang), self._by_member(lang)]
        return [line for line in said if line]

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values, texts in both languages."""
        texts = {
            lang: {"lead": self.lead(lang), "what": self.what(lang), "why": self.why(lang)}
            for lang in ("en", "zh")
        }
        return {
            "period": self.period.to_dict(),
            "compare": self.compare.to_dict() if self.compare else None,
            "figures": [
                {"metric": one.metric.id, "value": one.value, "change": one.change, "verdict": one.verdict}
                for one in self.happened
            ],
            "factors": dict(self.factors),
            "members": dict(self.members),
            "to_do": [one.to_dict() for one in self.to_do],
            **texts,
        }

    def _by_factor(self, lang: str) -> str:
        if not self.factors:
            return ""
        parts = {name: _signed(part, lang) for name, part in self.factors.items()}
        code = "factors_even" if self.late else "factors"
        return text(f"brief.{code}", lang, change=_signed(sum(self.factors.values()), lang), **parts)

    def _by_member(self, lang: str) -> str:
        change = sum(self.members.values())
        first, against = leading(self.members, change)
        if not first:
            return ""
        joined = text("brief.and", lang).join(self._part(name, lang) for name in first)
        said = text(
            "brief.members", lang, dimension=text(f"shell.dim_{self.by}", lang).lower(), members=joined
        )
        if not against:
            return said + text("brief.stop", lang)
        return said + text("brief.against", lang, member=self._part(against, lang))

    def _part(self, name: str, lang: str) -> str:
        words = self.labels.get(name)
        shown = getattr(words, lang) if words else name
        return text("brief.part", lang, member=shown, part=_signed(self.members[name], lang))


def brief(
    store: Store,
    period: str | Period = "last_full_week",
    compare: str | Period | None = "previous_period",
    where: Mapping[str, Any] | None = None,
    by: str = "channel",
    currency: str | None = None,
    limit: int = 5,
    budget: bool = False,
) -> Brief:
    """What happened in a period, why, and what to do.

    Args:
        store: The store.
        period: Days, in words.
        compare: What they are compared with; None: nothing.
        where: Dimension → value or values to keep.
        by: Dimension whose members share the change.
        currency: Of the amounts; None: the workspace's.
        limit: Most changes told.
        budget: Whether to fit response curves and see what another split of the budget would bring.

    Returns:
        Figures as they stand with the change that is usual between such periods (or, where the past is too
        short and the period long enough, the interval between days), the exact parts of the change of
        conversions, and the findings that ask for a decision. Where conversions of the period are still to
        come, changes are judged at equal age: whatever of them comes must leave the verdict as it is.

    Raises:
        QuestionError: for an unknown period, comparison, dimension, filter or currency.
    """
    names = (*SAID, *FACTORS)
    store = reporting_in(store, currency)
    answer = kpis(store, (), names, period, compare or None, where, currency)
    plain = None if compare == "target" else compare or None
    parts = kpis(store, (by,), ("conversions",), period, plain, where)
    page = Page(store, period, "", where or {}, Thresholds())
    empty = store.as_of is None
    level = evenly.even(page, answer)
    level_with = _even(page, answer, level, by, currency)
    happened = () if empty else _figures(page, answer, currency, level, [pair[0] for pair in level_with])
    shares = _smallest(level_with) if level else (answer, parts)
    return Brief(
        happened=happened,
        factors=_factors(shares[0]) if shares else {},
        members=_members(shares[1], by) if shares else {},
        by=by,
        found=review(store, period, plain, where, limit, lists=LISTS),
        ideas=() if empty else advise(store, where=where, limit=IDEAS, budget=budget, lists=LISTS),
        period=answer.period,
        compare=answer.compare,
        kind=compare if isinstance(compare, str) else "",
        table=answer,
        labels={name: page.names({by: name}) for name in parts.table[by] if isinstance(name, str)},
        late=level is not None,
    )


def _even(
    page: Page, answer: MetricTable, level: Even | None, by: str, currency: str | None
) -> list[tuple[MetricTable, MetricTable]]:
    """Total and members at equal age, under each view; empty where all has arrived, or too little."""
    if level is None:
        return []
    questions = [((), (*SAID, *FACTORS)), ((by,), ("conversions",))]
    asked = [evenly.asked(page, answer, *question, currency) for question in questions]
    return list(zip(*(level.answers(question) for question in asked), strict=True))


def _smallest(found: list[tuple[MetricTable, MetricTable]]) -> tuple[MetricTable, MetricTable] | None:
    """Total and members of the view under which conversions changed least: it is the one that is said."""
    return min(found, key=lambda pair: abs(_value(_row(pair[0]), "conversions_change")), default=None)


def _figures(
    page: Page, answer: MetricTable, currency: str | None, level: Even | None, tables: list[MetricTable]
) -> tuple[Happening, ...]:
    """Every figure, with its change at equal age where tables tell it."""
    past = _past(page, answer, currency)
    views = level.views if level else ()
    usual = [_past(page, answer, currency, level, view) for view in views]
    known, row = {metric.id: metric for metric in answer.metrics}, _row(answer)
    found = []
    for name, pair in SAID.items():
        late = level is not None and bool(LATE & {*pair})
        even = [_change(name, _row(table), part) for table, part in zip(tables, usual, strict=True)]
        seen, n = _change(name, row, past), past.get(name, _UNTOLD)[2]
        ends = (_value(row, name), _value(row, f"{name}_before"))
        shown = (known[name], answer.currency, *ends, seen, n)
        found.append(Happening(*shown, late, tuple(even) if late else ()))
    return tuple(one for one in found if one.value == one.value)


_UNTOLD = (math.nan, math.nan, 0)


def _change(name: str, row: Mapping[str, Any], past: Mapping[str, tuple[float, float, int]]) -> Change:
    low, high, _ = past.get(name, _UNTOLD)
    ends = (_value(row, f"{name}{side}") for side in ("_diff_low", "_diff_high"))
    return Change(_value(row, f"{name}_change"), low, high, *ends)


def _past(
    page: Page,
    answer: MetricTable,
    currency: str | None,
    level: Even | None = None,
    view: np.ndarray | None = None,
) -> dict[str, tuple[float, float, int]]:
    """Figure → what is usual between such periods; nothing where periods of other lengths are compared."""
    now, before = answer.period, answer.compare
    if (
        before is None
        or before.end >= now.start
        or before.days != now.days
        or before.name != "previous_period"
    ):
        return {}
    history = Period(before.end - dt.timedelta(days=_days_back(now.days)), before.end, "history")
    facts = tuple({fact for pair in SAID.values() for fact in pair if fact})
    sums = measured(ask(page.store, (), facts, history, None, page.where, currency)).now
    if level and view is not None:
        sums = {money: level.ages.completed(part, view) for money, part in sums.items()}
    end = (before.end - dt.date(1970, 1, 1)).days
    found = {
        fact: windows(part.day, part.daily({fact: 1.0}), end, now.days, level.out if level else 0)
        for fact in facts
        for part in [sums[fact in ("cost", "revenue")]]
    }
    return {name: _usual(found, *pair) for name, pair in SAID.items()}


def _days_back(length: int) -> int:
    from workbench.findings.usual import WINDOWS

    return WINDOWS * length - 1


def _usual(found: Mapping[str, Any], top: str, bottom: str) -> tuple[float, float, int]:
    import numpy as np

    values = found[top]
    if bottom:
        size = min(len(values), len(found[bottom]))
        with np.errstate(all="ignore"):
            values = values[len(values) - size :] / found[bottom][len(found[bottom]) - size :]
    return (*usual_change(values), len(values))


def _factors(answer: MetricTable) -> dict[str, float]:
    row = _row(answer)
    if answer.compare is None or "conversions_before" not in row:
        return {}
    now, before = ({name: _value(row, f"{name}{time}") for name in FACTORS} for time in ("", "_before"))
    return parts_of_change(now, before)


def _members(parts: MetricTable, by: str) -> dict[str, float]:
    if "conversions_before" not in parts.table:
        return {}
    rows = parts.table.fillna({"conversions": 0.0, "conversions_before": 0.0}).to_dict("records")
    return {
        row[by]: float(row["conversions"] - row["conversions_before"])
        for row in rows
        if isinstance(row[by], str)
    }


def _row(answer: MetricTable) -> dict[str, Any]:
    """The one row of a total."""
    return {str(name): value for name, value in answer.table.iloc[0].items()}


def _value(row: Mapping[str, Any], column: str) -> float:
    value = row.get(column)
    return math.nan if value is None else float(value)


def _signed(value: float, lang: str) -> str:
    return ("+" if round(value) > 0 else "") + formats.number(round(value) or 0, lang)
