"""Plans as files: tables, and daily budgets in the columns that platforms' bulk editors read.

Sources: Google Ads Editor help, *Import a CSV file* (English headers; a blank field changes nothing; budgets
are above zero); headers and ids of public Ads Manager bulk exports and templates (`Ad Set Run Status`; ids
such as `cg:…` of a campaign, `c:…` of an ad set).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError, unknown
from workbench.optimize import PeriodPlan, Plan
from workbench.plans.rows import basis_of, rows_of
from workbench.solvers.period_frames import named

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plans.keep import SavedPlan

LEVELS = {
    "campaign": ("Campaign", "Campaign Status", "cg:"),
    "ad_set": ("Ad Set", "Ad Set Run Status", "c:"),
}
"""Level → how its columns begin, which one holds its status, and what its ids begin with in a bulk sheet."""
TINY = 1e-6
WHOLE = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
"""Currencies without a smaller unit: ISO 4217, exponent 0."""


def csv(plan: Plan | PeriodPlan | SavedPlan, path: str | Path | None = None) -> bytes:
    """A plan's rows, and what its amounts are of, as CSV that no spreadsheet runs."""
    return exports.csv(rows_of(plan)[0].assign(**basis_of(plan).columns()), path)


def xlsx(plan: Plan | PeriodPlan | SavedPlan, path: str | Path | None = None) -> bytes:
    """A plan as a workbook: its rows, and what it says of itself."""
    import pandas as pd

    table, about = rows_of(plan)
    about |= basis_of(plan).columns()
    return exports.xlsx(
        {"plan": table, "about": pd.DataFrame(list(about.items()), columns=["what", "value"])}, path
    )


def google_ads_editor(
    plan: Plan | PeriodPlan | SavedPlan,
    campaigns: Mapping[str, Any],
    *,
    days: float | None = None,
    period: Any = None,
    partial: bool = False,
    path: str | Path | None = None,
) -> bytes:
    """Daily budgets as Google Ads Editor imports them: *Account > Import > From file*.

    Args:
        plan: The plan.
        campaigns: Cell → its campaign's name, or campaign → share of the cell's spend. Cells that are not
            named are left out: the plan may hold other platforms.
        days: Days that the amounts are for; None: those a saved plan knows.
        period: Which period of a plan over periods.
        partial: Whether the shares of a cell may add up to less than 1: other platforms have the rest of it.
        path: File to write as well.

    Returns:
        CSV with `Campaign`, `Campaign Daily Budget`, `Campaign Status`: a campaign whose plan is nothing is
        paused, as a budget of 0 cannot be; where a field is blank, nothing is changed.

    Raises:
        QuestionError: for a cell the plan does not have, shares that do not add up to 1, a name that a
            spreadsheet would run, or a plan that does not keep its rules.
    """
    import pandas as pd

    found = _daily(plan, campaigns, days, period, partial)
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
    partial: bool = False,
    path: str | Path | None = None,
) -> bytes:
    """Daily budgets as Ads Manager imports them in bulk: *Export & import > Import ads in bulk*.

    Args:
        plan: The plan.
        ids: Cell → its campaign's (or ad set's) id, or id → share of the spend. A bulk sheet writes `cg:`
            before the id of a campaign and `c:` before that of an ad set; plain digits get it here.
        level: `campaign`, where the budget is the campaign's, or `ad_set`.
        days: As `google_ads_editor` takes it. period: The same. partial: The same. path: The same.

    Returns:
        CSV with `Campaign ID`, `Campaign Daily Budget`, `Campaign Status`, or `Ad Set ID`, `Ad Set Daily
        Budget`, `Ad Set Run Status`.

    Raises:
        QuestionError: as `google_ads_editor`, and for the id of another level.
    """
    import pandas as pd

    if level not in LEVELS:
        raise unknown("level", level, LEVELS)
    (what, status, prefix), found = LEVELS[level], _daily(plan, ids, days, period, partial)
    frame = pd.DataFrame(
        {
            f"{what} ID": [_id(name, what, prefix) for name, _ in found],
            f"{what} Daily Budget": [amount for _, amount in found],
            status: ["" if amount else "PAUSED" for _, amount in found],
        }
    )
    return exports.csv(frame, path)


def _id(name: str, what: str, prefix: str) -> str:
    """An id as a bulk sheet writes it."""
    if name.isdecimal():
        return f"{prefix}{name}"
    if not (name.startswith(prefix) and name.removeprefix(prefix).isdecimal()):
        raise QuestionError(
            f"{name!r} is no {what} ID: a bulk sheet writes it as {prefix}120208812345.",
            "Take it from the bulk export, or give its digits alone.",
        )
    return name


def _money(amount: float, currency: str) -> str:
    """An amount in whole units of a currency's smallest coin; nothing where it is none of them."""
    written = f"{amount:.{0 if currency in WHOLE else 2}f}"
    return written if float(written) > 0 else ""


def _daily(
    plan: Plan | PeriodPlan | SavedPlan,
    targets: Mapping[str, Any],
    days: float | None,
    period: Any,
    partial: bool,
) -> list[tuple[str, str]]:
    """(campaign, daily budget as it is written) of every campaign, in the order of `targets`."""
    table, about = rows_of(plan)
    of = basis_of(plan)
    length = of.days if days is None else days
    if length is None or not 0 < length < float("inf"):
        raise QuestionError("The plan does not say for how many days it is.", "Give days=7 for a week.")
    if not targets:
        raise QuestionError("No campaign is named.", "Give cell → campaign, or cell → campaign → share.")
    if about["status"] == "infeasible":
        raise QuestionError("The plan does not keep its own rules.", "Loosen one of them and plan again.")
    if "period" in table:
        table = table[table["period"] == _period(table, period)]
    spend = table.set_index("cell")["spend"].to_dict()
    found: dict[str, float] = {}
    for cell, target in targets.items():
        if cell not in spend:
            raise unknown("cell", cell, (str(known) for known in spend))
        for name, share in _shares(cell, target, partial).items():
            if exports.harmless(name) != name:
                raise QuestionError(
                    f"The name {name!r} begins like a formula, and the file may not change it.",
                    "Rename the campaign, or set its budget by hand.",
                )
            found[name] = found.get(name, 0.0) + spend[cell] * share / length
    return [(name, _money(amount, of.currency)) for name, amount in found.items()]


def _period(table: pd.DataFrame, period: Any) -> Any:
    known = list(dict.fromkeys(table["period"]))
    if period is None:
        raise QuestionError("The plan is over several periods.", f"Say which one: period={str(known[0])!r}.")
    period = named(period, known)
    if period not in known:
        raise unknown("period", period, (str(label) for label in known))
    return period


def _name(target: Any) -> str:
    """A campaign's name or id; a number with a point has lost the digits of an id."""
    if isinstance(target, float) or target is None or not str(target).strip():
        raise QuestionError(f"{target!r} is no name or id of a campaign.", "Give it as text.")
    return str(target)


def _shares(cell: str, target: Any, partial: bool) -> dict[str, float]:
    if not isinstance(target, Mapping):
        return {_name(target): 1.0}
    shares = {_name(name): float(share) for name, share in target.items()}
    total = sum(shares.values())
    if min(shares.values(), default=0.0) < 0:
        raise QuestionError(f"A share of cell {cell!r} is below 0.", "Correct it.")
    if not (0 if partial else 1 - TINY) <= total <= 1 + TINY:
        raise QuestionError(f"The shares of cell {cell!r} do not add up to 1.", "Correct them.")
    return shares
