"""The interaction report as it may leave: nothing of few customers, nor what would give them away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PEOPLE, OUTCOMES = 50, 10
"""Customers and complaints (or reactions) that a published figure has at least."""


def tables(found: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], int]:
    """The four tables without rows of few customers, and how many rows are held back.

    Args:
        found: `times`, `complaints`, `reactions`, `contact_days` of the report.
    """
    import pandas as pd

    cases, times, days = _shown(found["complaints"], ()), found["times"], found["contact_days"]
    kept = times[times["member"].isin(set(cases["member"]))] if len(times) else times
    reactions = [_shown(part, ("hits",)) for _, part in found["reactions"].groupby("reaction", sort=False)]
    made = {
        "times": _since(kept, cases, 0),
        "complaints": _since(_shown(found["complaints"], ("hits",)), found["complaints"], OUTCOMES),
        "reactions": pd.concat([_since(part, part, OUTCOMES) for part in reactions] or [found["reactions"]]),
        "contact_days": _tested(_shown(days, (), "days", "customers"), days),
    }
    left = sum(len(table) - len(made[name]) for name, table in found.items())
    return {name: table.reset_index(drop=True) for name, table in made.items()}, left


def _since(table: pd.DataFrame, before: pd.DataFrame, hits: int) -> pd.DataFrame:
    """A table without what was before where few customers were behind that, and without their numbers.

    Args:
        table: Rows that are shown.
        before: `member, people_before, hits_before`.
        hits: Outcomes that there were at least.
    """
    if "people_before" not in before or "member" not in table:
        return table
    enough = (before["people_before"] >= PEOPLE) & (before["hits_before"] >= hits)
    known = table["member"].isin(set(before.loc[enough, "member"]))
    past = [name for name in ("rate_before", "median_before", "p_value", "p_adjusted") if name in table]
    shown = table.assign(**{name: table[name].where(known) for name in past})
    return shown.drop(columns=["people_before", "hits_before"], errors="ignore")


def _tested(table: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Rows with the test of all of them, which is that of the whole, in the first one that is left."""
    tests = [name for name in ("p_value", "p_adjusted") if name in table]
    return table.assign(**{name: [*whole[name]][: len(table)] for name in tests})


def rate(found: Mapping[str, Any]) -> dict[str, Any]:
    """A rate over all customers; unknown where too few are behind it."""
    few = not found or found["n"] < PEOPLE or found["hits"] < OUTCOMES
    return {name: math.nan if few else value for name, value in found.items()}


def _shown(
    table: pd.DataFrame, outcomes: Sequence[str], by: str = "member", people: str = "people"
) -> pd.DataFrame:
    from workbench.privacy import suppress

    if table.empty:
        return table
    hidden = suppress(table, by, people, tuple(outcomes), PEOPLE, OUTCOMES, outcomes=tuple(outcomes)).table
    return table[~hidden["suppressed"].to_numpy()]
