"""A plan's rows and totals as plain columns, whichever kind of plan it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown
from workbench.optimize import PeriodPlan, Plan
from workbench.plans.basis import Basis, basis

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.keep import SavedPlan
    from workbench.plans.proposal import Proposal

_KEPT = ("period", "spend", "response", "change", "low", "high", "response_low", "response_high")
_TOTALS = ("upper_bound", "gap", "status", "mode", "budget", "target", "later_response", "unspent")


def cells(plan: Plan | PeriodPlan, by: Sequence[str], keys: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of a plan with its dimensions: `by`, `cell`, then what is kept of the plan.

    Raises:
        QuestionError: where the dimensions of a cell are not known.
    """
    table = plan.to_frame()
    if keys is None:
        if len(by) != 1:
            raise QuestionError(
                f"A cell of {' × '.join(by)} needs its parts.", "Give cells= with cell and these columns."
            )
        keys = table[["cell"]].assign(**{by[0]: table["cell"]})
    missing = [name for name in ("cell", *by) if name not in keys]
    if missing:
        raise unknown("column of the cells", missing[0], keys.columns)
    parts = keys[["cell", *(name for name in by if name != "cell")]].astype(str).drop_duplicates("cell")
    lost = set(table["cell"]) - set(parts["cell"])
    if lost:
        raise QuestionError(f"Cell {min(lost)!r} is not among the cells.", "Give every cell its dimensions.")
    joined = table.merge(parts, on="cell", how="left", validate="many_to_one")
    return joined[[*by, "cell", *(name for name in _KEPT if name in joined)]]


def columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Column → values, as a saved file holds them."""
    return {
        str(name): [_plain(value) for value in values.tolist()]
        for name, values in table.items()
        if not values.isna().all()
    }


def _plain(value: Any) -> Any:
    return value.date() if hasattr(value, "to_pydatetime") else value


def totals(plan: Plan | PeriodPlan) -> dict[str, Any]:
    """What a plan says of itself in single figures."""
    found: dict[str, Any] = {"spend": plan.total_spend, "response": plan.total_response}
    for name in _TOTALS:
        value = getattr(plan, name, None)
        if isinstance(value, str) or (value is not None and math.isfinite(value)):
            found[name] = value
    return found


def basis_of(plan: Any) -> Basis:
    """What the numbers of any kind of plan are of."""
    known = getattr(plan, "basis", None)
    return known if isinstance(known, Basis) else basis(plan.table)


def rows_of(plan: Plan | PeriodPlan | SavedPlan | Proposal) -> tuple[pd.DataFrame, dict[str, Any]]:
    """(table with `cell`, `spend`, `response`, totals) of any kind of plan."""
    held: Any = getattr(plan, "plan", plan)  # a proposal holds one
    known = totals(held) if isinstance(held, (Plan, PeriodPlan)) else dict(held.totals)
    return held.to_frame(), known
