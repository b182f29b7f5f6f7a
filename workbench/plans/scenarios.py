"""Several plans side by side, each against the first or another of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError, unknown
from workbench.i18n import text
from workbench.i18n.formats import percent
from workbench.plans.rows import basis_of, rows_of
from workbench.solvers.plan import plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Scenarios:
    """The answer of `compare`.

    Attributes:
        table: One row a scenario: `scenario`, `spend`, `response`, `cost_per_response`, `spend_change`,
            `response_change` (each less the baseline's), `marginal_cost` (of one of the responses more
            than the baseline's; missing where it has none more for more money), `gap`, `status`, `days`,
            `currency`, `source` (what stands behind the numbers; empty where that is not known).
        cells: One row a cell: `cell`, and each scenario's spend under its name.
        baseline: The scenario that the others are compared with.
    """

    table: pd.DataFrame
    cells: pd.DataFrame
    baseline: str

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `cells`, `baseline`."""
        rows = {"rows": self.table.to_dict("records"), "cells": self.cells.to_dict("records")}
        return dict(plain({**rows, "baseline": self.baseline}))

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        return exports.csv(self.table, path)

    def sentence(self, lang: str = "en") -> str:
        """Which scenario that keeps what was asked for brings most, and for how much."""
        rows = self.table.to_dict("records")
        kept = [row for row in rows if row["status"] != "infeasible" or row["scenario"] == self.baseline]
        best = max(kept, key=lambda row: row["response"])
        base = next(row for row in rows if row["scenario"] == self.baseline)
        if best["scenario"] == self.baseline:
            return text("plans.best_base", lang, name=self.baseline)
        more = best["response_change"] / base["response"] if base["response"] else float("nan")
        spend = best["spend_change"] / base["spend"] if base["spend"] else float("nan")
        shown = {"more": percent(more, lang), "spend": percent(spend, lang)}
        return text("plans.best", lang, name=best["scenario"], base=self.baseline, **shown)

    def _repr_html_(self) -> str:
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{self.table.to_html(index=False)}</div>'


def compare(plans: Mapping[str, Any] | list[Any], baseline: str | None = None) -> Scenarios:
    """Put plans side by side.

    Args:
        plans: Name → plan, or a list of saved plans under their own names.
        baseline: What the others are compared with; None: the first.

    Raises:
        QuestionError: for fewer than two plans, two of one name, or plans for unlike spans, currencies or
            responses.
    """
    import pandas as pd

    pairs = list(plans.items()) if isinstance(plans, Mapping) else [(plan.name, plan) for plan in plans]
    names = [str(name) for name, _ in pairs]
    if len(names) < 2 or len(set(names)) < len(names):
        raise QuestionError(
            "A comparison needs two plans or more, each with its own name.", "Give each a name."
        )
    first = names[0] if baseline is None else baseline
    if first not in names:
        raise unknown("scenario", first, names)
    _alike([plan for _, plan in pairs])
    read = {name: rows_of(plan) for name, (_, plan) in zip(names, pairs, strict=True)}
    base = read[first][1]
    of = [_of(plan) for _, plan in pairs]
    rows = [_row(name, about, base) for name, (_, about) in read.items()]
    table = pd.concat([pd.DataFrame(rows), pd.DataFrame(of)], axis=1)
    spends = {name: rows.groupby("cell", sort=False)["spend"].sum() for name, (rows, _) in read.items()}
    return Scenarios(table, pd.DataFrame(spends).rename_axis("cell").reset_index(), first)


def _of(plan: Any) -> dict[str, Any]:
    """What the numbers of a plan are of."""
    of = basis_of(plan)
    return {"days": of.days, "currency": of.currency, "source": of.source}


def _alike(plans: list[Any]) -> None:
    """Refuse plans whose sums are not of one kind."""
    kinds = (("currency", _known), ("metric", _attribute), ("days", _span), ("periods", _span))
    for what, of in (*kinds, ("scopes", _scope)):
        found = {value for value in (of(plan, what) for plan in plans) if value is not None}
        if len(found) > 1:
            shown = " and ".join(sorted(map(str, found)))
            raise QuestionError(
                f"These plans have different {what}: {shown}.", "Compare plans whose sums mean the same."
            )


def _attribute(plan: Any, name: str) -> str | None:
    return getattr(plan, name, None)


def _known(plan: Any, name: str) -> str | None:
    """The currency, where it is known."""
    return getattr(basis_of(plan), name) or None


def _scope(plan: Any, _what: str) -> str | None:
    """What a plan is for; nothing where it does not know its source, and so not its scope either."""
    of = basis_of(plan)
    return str(dict(sorted(of.where.items()))) if of.source else None


def _span(plan: Any, what: str) -> int | None:
    """Periods that a plan's sums are over; days, where they are known."""
    periods = rows_of(plan)[0].get("period")
    count = 1 if periods is None else int(periods.nunique())
    days = basis_of(plan).days
    return count if what == "periods" else None if days is None else count * days


def _row(name: str, about: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    spend, response = about["spend"], about["response"]
    more, dearer = response - base["response"], spend - base["spend"]
    return {
        "scenario": name,
        "spend": spend,
        "response": response,
        "cost_per_response": spend / response if response else float("nan"),
        "spend_change": dearer,
        "response_change": more,
        "marginal_cost": dearer / more if more > 0 and dearer > 0 else float("nan"),
        "gap": about.get("gap", float("nan")),
        "status": about["status"],
    }
