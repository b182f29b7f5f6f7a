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

    cases = _shown(found["complaints"], ())
    made = {
        "times": found["times"][found["times"]["member"].isin(set(cases["member"]))],
        "complaints": _shown(found["complaints"], ("hits",)),
        "reactions": pd.concat(
            [_shown(part, ("hits",)) for _, part in found["reactions"].groupby("reaction", sort=False)]
            or [found["reactions"]]
        ),
        "contact_days": _shown(found["contact_days"], (), "days", "customers"),
    }
    left = sum(len(table) - len(made[name]) for name, table in found.items())
    return {name: table.reset_index(drop=True) for name, table in made.items()}, left


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
