"""The answer of `interactions`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.metrics.periods import Period

MINUTES_UNDER = 2.0
"""Hours under which a time is told in minutes."""

SURE = 0.05
"""Corrected p-value under which a change is more than chance."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """How customers were looked after in a period.

    Attributes:
        period, compare: Days of the report, and those it is compared with.
        by: What members are; empty: all together (promotions by method).
        as_of: Last day that anything is known of: cases open at its end are censored.
        times: `measure` (`answer`, `solution`), `member, n, open`; hours: `median, p75, p90`, each with
            `_low` and `_high` (infinite: beyond what was seen); compared: `median_before, p_value,
            p_adjusted`.
        complaints: Complaints among cases: `member, people, n, hits, rate, low, high` and, compared,
            `people_before, hits_before` (not in `published`), `rate_before, p_value, p_adjusted`.
        reactions: The same of promotions whose reaction was noted, by `reaction` (`positive`, `negative`).
        contact_days: `days` since the last contact, `customers, share`, `of_largest` (over the
            largest count); compared `share_before`; `p_value` in the first row tests whether more or fewer
            had a contact in the last 30 days (McNemar).
        complaint_rate: `n` active customers, `hits` complaints, `rate` a customer with `low` and `high`.
        complaint_rate_before: The same before, with the `p_value` of the change; empty: not compared.
        recent_days: Days within which a contact is a recent one.
        data_version: Version of the store.
        held_back: Rows that `published` left out.
    """

    period: Period
    compare: Period | None
    by: str
    as_of: dt.date
    times: pd.DataFrame = field(repr=False)
    complaints: pd.DataFrame = field(repr=False)
    reactions: pd.DataFrame = field(repr=False)
    contact_days: pd.DataFrame = field(repr=False)
    complaint_rate: Mapping[str, float]
    complaint_rate_before: Mapping[str, float]
    recent_days: int
    data_version: int
    held_back: int = 0

    @right_kinds
    def sentences(self, lang: str = "en", names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """What is so: answers, complaints, the promotion that pleases most, changes that are no chance.

        Args:
            lang: `en` or `zh`.
            names: Member → shown name.
        """
        said = [self._waiting(lang), self._complaining(lang), self._pleasing(lang, names or {})]
        changes = self._changes(lang, names or {})
        return tuple(line for line in (*said, *changes) if line)

    def verdict(self, row: Mapping[Any, Any]) -> str:
        """Of one row of a table: `up`, `down`, `noise` (may be chance) or `` (not compared)."""
        value, past = ("median", "median_before") if "median" in row else ("rate", "rate_before")
        if past not in row or not math.isfinite(row["p_adjusted"]):
            return ""
        if row["p_adjusted"] >= SURE or row[value] == row[past]:
            return "noise"
        return "up" if row[value] > row[past] else "down"

    @property
    def contacts_moved(self) -> bool:
        """Whether more or fewer customers than before had a recent contact, beyond chance."""
        return "p_adjusted" in self.contact_days and bool((self.contact_days["p_adjusted"] < SURE).any())

    def published(self) -> Interactions:
        """The report as it may leave: without figures of fewer than 50 customers or 10 outcomes.

        Further rows go where they would give one of these away by subtraction, and what was before where so
        few were behind that.
        """
        from workbench.customers.service import published

        names = ("times", "complaints", "reactions", "contact_days")
        shown, left = published.tables({name: getattr(self, name) for name in names})
        now, before = (published.rate(rate) for rate in (self.complaint_rate, self.complaint_rate_before))
        parts: dict[str, Any] = dict(shown)
        return replace(
            self, **parts, complaint_rate=now, complaint_rate_before=before, held_back=self.held_back + left
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the times."""
        return self.times.copy()

    @right_kinds
    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The publishable times as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.published().times, path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the four tables and what the answer says of itself."""
        names = ("times", "complaints", "reactions", "contact_days")
        tables = {name: [_plain(row) for row in getattr(self, name).to_dict("records")] for name in names}
        return {
            "rows": tables.pop("times"),
            **tables,
            "complaint_rate": _plain(self.complaint_rate),
            "complaint_rate_before": _plain(self.complaint_rate_before),
            "period": self.period.to_dict(),
            "compare": self.compare.to_dict() if self.compare else None,
            "as_of": self.as_of.isoformat(),
            "by": self.by,
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(line)}</p>" for line in self.sentences())
        return said + "".join(
            str(table.to_html(index=False)) for table in (self.times, self.complaints, self.reactions)
        )

    def _waiting(self, lang: str) -> str:
        """How long cases wait, told of the member with most of them."""
        if self.by or self.times.empty:
            return ""
        answer, solution = (
            self.times[self.times["measure"] == name].iloc[0] for name in ("answer", "solution")
        )
        return i18n.text(
            "service.waiting",
            lang,
            n=formats.number(answer["n"], lang),
            answer=hours(answer["median"], lang),
            slow=hours(answer["p90"], lang),
            solution=hours(solution["median"], lang),
            open=formats.number(solution["open"], lang),
        )

    def _complaining(self, lang: str) -> str:
        found = self.complaint_rate
        if not math.isfinite(found["rate"]):
            return i18n.text("service.complaining_none", lang, n=formats.number(found["n"], lang))
        ends = {name: formats.percent(found[name], lang, 1) for name in ("rate", "low", "high")}
        return i18n.text("service.complaining", lang, n=formats.number(found["n"], lang), **ends)

    def _pleasing(self, lang: str, names: Mapping[str, str]) -> str:
        good = self.reactions[self.reactions["reaction"] == "positive"]
        if good.empty:
            return ""
        best = max(good.to_dict("records"), key=lambda row: row["rate"])
        ends = {name: formats.percent(best[name], lang, 1) for name in ("rate", "low", "high")}
        return i18n.text("service.pleasing", lang, member=names.get(best["member"], best["member"]), **ends)

    def _changes(self, lang: str, names: Mapping[str, str]) -> list[str]:
        """Changes of complaints and times that are more than chance."""
        found = []
        for row in (*self.complaints.to_dict("records"), *self.times.to_dict("records")):
            if (moved := self.verdict(row)) in ("up", "down"):
                kind = row.get("measure", "complaints")
                value, past = ("median", "median_before") if "median" in row else ("rate", "rate_before")
                shown = hours if "median" in row else _share
                who = names.get(row["member"], row["member"]) if self.by else i18n.text("service.all", lang)
                found.append(
                    i18n.text(f"service.{kind}_{moved}", lang, member=who, now=shown(row[value], lang),
                              before=shown(row[past], lang))
                )  # fmt: skip
        return found


def hours(value: float, lang: str) -> str:
    """A time in hours as minutes, hours or days; infinite: longer than was seen."""
    if not math.isfinite(value):
        return i18n.text("service.beyond", lang)
    unit, size, digits = _unit(value)
    words = i18n.text(f"service.{unit}", lang, n=formats.number(value / size, lang, digits))
    return formats.Shown.of(words, value, "hours")


def _unit(value: float) -> tuple[str, float, int]:
    if value < MINUTES_UNDER:
        return "minutes", 1 / 60, 0
    return ("hours", 1.0, 1) if value < 48 else ("days", 24.0, 1)


def _share(value: float, lang: str) -> str:
    return formats.percent(value, lang, 1)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """JSON values; what is unknown or beyond what was seen is null."""
    return {str(name): _known(value) for name, value in row.items()}


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
