"""Schedules as platforms take them, for the campaigns that a workspace knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import exports
from workbench.errors import QuestionError
from workbench.plans.slots.proposal import SlotProposal, scheduled
from workbench.plans.slots.rules import with_joined
from workbench.plans.targets import RECENT
from workbench.schedules import PLATFORMS, daily_budgets, day_strings, google_ads_editor

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

GOOGLE = "google_ads"


def google_schedule(store: Store, found: SlotProposal, path: str | Path | None = None) -> bytes:
    """The schedules of the Google campaigns in each group, as Google Ads Editor imports them.

    Args:
        store: The workspace. found: The proposal. path: File to write, too.

    Raises:
        QuestionError: where no Google campaign has spent lately.
    """
    own = PLATFORMS["google"]
    windows = None if found.asked.windows is None else min(found.asked.windows, own.windows or 1)
    schedule = scheduled(found.fit, found.plan, replace(found.asked, platform="google", windows=windows))
    known = {with_joined(name): name for name in schedule.names}
    campaigns = {known[group]: names for group, names in _campaigns(store, found).items() if group in known}
    if not campaigns:
        raise QuestionError(
            f"No campaign of {GOOGLE} has spent anything in the last 28 days of data.",
            "Import its exports with campaigns, or use schedules.google_ads_editor in Python.",
        )
    return google_ads_editor(schedule, campaigns, path)


def half_hours(found: SlotProposal) -> pd.DataFrame:
    """On and off by the half hour, as Ocean Engine and Tencent take it, with the budget of each day.

    Args:
        found: The proposal.

    Returns:
        One row a group and weekday: the columns of `by`, `weekday` (Monday 0), `half_hours` (48 characters,
        1 on and 0 off), `budget` (currency units), `hours` on.
    """
    schedule = scheduled(found.fit, found.plan, replace(found.asked, platform="oceanengine"))
    strings = day_strings(schedule)
    table = daily_budgets(schedule)
    keys = zip(table[list(found.by)].itertuples(index=False, name=None), table["weekday"], strict=True)
    table.insert(len(found.by) + 1, "half_hours", [strings[name][day] for name, day in keys])
    return table


def half_hours_csv(found: SlotProposal, path: str | Path | None = None) -> bytes:
    """The same as CSV that no spreadsheet runs or takes for numbers."""
    table = half_hours(found)
    return exports.csv(table.assign(half_hours="[" + table["half_hours"] + "]"), path)


def _campaigns(store: Store, found: SlotProposal) -> dict[str, tuple[str, ...]]:
    """Group → Google campaigns in it that have spent lately."""
    from workbench import metrics

    if GOOGLE not in store.members("source"):
        return {}
    by = list(found.by)
    where = {name: list(values) for name, values in found.where.items()} | {"source": [GOOGLE]}
    table = metrics.kpis(
        store, [*by, "campaign"], ["cost"], RECENT, where=where, currency=found.currency
    ).table
    table = table[(table["cost"] > 0) & table["campaign"].notna()]
    groups = table[by].astype(str).agg(with_joined, axis=1)
    each = table["campaign"].astype(str).groupby(groups, sort=False)
    return {str(name): tuple(dict.fromkeys(own)) for name, own in each}
