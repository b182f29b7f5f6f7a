"""Plans as files: tables, and daily budgets in the columns that platforms' bulk editors read.

Sources: Google Ads Editor help, *Import a CSV file* (English headers; a blank field changes nothing; budgets
are above zero); Ads Manager's bulk export and import of campaigns and ad sets (one header for each field).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError, unknown
from workbench.optimize import PeriodPlan, Plan
from workbench.plans.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.keep import SavedPlan

LEVELS = {"campaign": "Campaign", "ad_set": "Ad Set"}
WHOLE = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
"""Currencies without a smaller unit: ISO 4217, exponent 0."""


def csv(plan: Plan | PeriodPlan | SavedPlan, path: str | Path | None = None) -> bytes:
    """A plan's rows as CSV that no spreadsheet runs."""
    return exports.csv(rows_of(plan)[0], path)


def xlsx(plan: Plan | PeriodPlan | SavedPlan, path: str | Path | None = None) -> bytes:
    """A plan as a workbook: its rows, and what it says of itself."""
    import pandas as pd

    table, about = rows_of(plan)
    return exports.xlsx(
        {"plan": table, "about": pd.DataFrame(list(about.items()), columns=["what", "value"])}, path
    )


def google_ads_editor(
    plan: Plan | PeriodPlan | SavedPlan,
    campaigns: Mapping[str, Any],
    *,
    days: float | None = None,
    period: Any = None,
    path: str | Path | None = None,
) -> bytes:
    """Daily budgets as Google Ads Editor imports them: *Account > Import > From file*.

    Args:
        plan: The plan.
        campaigns: Cell → its campaign's name, or campaign → share of the cell's spend. Cells that are not
            named are left out: the plan may hold other platforms.
        days: Days that the amounts are for; None: those a saved plan knows.
        period: Which period of a plan over periods.
        path: File to write as well.

    Returns:
        CSV with `Campaign`, `Campaign Daily Budget`, `Campaign Status`: a campaign whose plan is nothing is
        paused, as a budget of 0 cannot be; where a field is blank, nothing is changed.

    Raises:
        QuestionError: for a cell the plan does not have, shares that do not add up to 1, a name that a
            spreadsheet would run, or a plan that does not keep its rules.
    """
    import pandas as pd

    found = _daily(plan, campaigns, days, period)
    frame = pd.DataFrame(
        {
            "Campaign": [name for name, _ in found],
            "Campaign Daily Budget": [amount for _, amount in found],
            "Campaign Status": ["" if amount else "Paused" for _, amount in found],
        }
    )
    return exports.csv(frame, path)


def meta_bulk(
    plan: Plan | PeriodPlan | SavedPlan,
    ids: Mapping[str, Any],
    *,
    level: str = "campaign",
    days: float | None = None,
    period: Any = None,
    path: str | Path | None = None,
) -> bytes:
    """Daily budgets as Ads Manager imports them in bulk: *Export & import > Import ads in bulk*.

    Args:
        plan: The plan.
        ids: Cell → its campaign's (or ad set's) id as the bulk export writes it, or id → share of the spend.
        level: `campaign`, where the budget is the campaign's, or `ad_set`.
        days: As `google_ads_editor` takes it. period: The same. path: The same.

    Returns:
        CSV with `Campaign ID`, `Campaign Daily Budget`, `Campaign Status`, or the same of `Ad Set`.

    Raises:
        QuestionError: as `google_ads_editor`.
    """
    import pandas as pd

    if level not in LEVELS:
        raise unknown("level", level, LEVELS)
    what, found = LEVELS[level], _daily(plan, ids, days, period)
    frame = pd.DataFrame(
        {
            f"{what} ID": [name for name, _ in found],
            f"{what} Daily Budget": [amount for _, amount in found],
            f"{what} Status": ["" if amount else "PAUSED" for _, amount in found],
        }
    )
    return exports.csv(frame, path)


def _money(amount: float, currency: str) -> str:
    """An amount in whole units of a currency's smallest coin; nothing where it is none of them."""
    written = f"{amount:.{0 if currency in WHOLE else 2}f}"
    return written if float(written) > 0 else ""


def _daily(
    plan: Plan | PeriodPlan | SavedPlan, targets: Mapping[str, Any], days: float | None, period: Any
) -> list[tuple[str, str]]:
    """(campaign, daily budget as it is written) of every campaign, in the order of `targets`."""
    table, about = rows_of(plan)
    length = days if days is not None else getattr(plan, "days", None)
    if length is None or not 0 < length < float("inf"):
        raise QuestionError("The plan does not say for how many days it is.", "Give days=7 for a week.")
    if about["status"] == "infeasible":
        raise QuestionError("The plan does not keep its own rules.", "Loosen one of them and plan again.")
    if "period" in table:
        table = table[table["period"] == _period(table, period)]
    spend = table.set_index("cell")["spend"].to_dict()
    found: dict[str, float] = {}
    for cell, target in targets.items():
        if cell not in spend:
            raise unknown("cell", cell, (str(known) for known in spend))
        for name, share in _shares(cell, target).items():
            if exports.harmless(name) != name:
                raise QuestionError(
                    f"The name {name!r} begins like a formula, and the file may not change it.",
                    "Rename the campaign, or set its budget by hand.",
                )
            found[name] = found.get(name, 0.0) + spend[cell] * share / length
    currency = getattr(plan, "currency", "")
    return [(name, _money(amount, currency)) for name, amount in found.items()]


def _period(table: pd.DataFrame, period: Any) -> Any:
    known = list(dict.fromkeys(table["period"]))
    if period not in known:
        raise unknown("period", period, (str(label) for label in known))
    return period


def _name(target: Any) -> str:
    """A campaign's name or id; a number with a point has lost the digits of an id."""
    if isinstance(target, float) or target is None or not str(target).strip():
        raise QuestionError(f"{target!r} is no name or id of a campaign.", "Give it as text.")
    return str(target)


def _shares(cell: str, target: Any) -> dict[str, float]:
    if not isinstance(target, Mapping):
        return {_name(target): 1.0}
    shares = {_name(name): float(share) for name, share in target.items()}
    if not abs(sum(shares.values()) - 1) <= 1e-6 or min(shares.values()) < 0:
        raise QuestionError(f"The shares of cell {cell!r} do not add up to 1.", "Correct them.")
    return shares
