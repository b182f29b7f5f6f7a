"""Response and marginal curves of channels as points, for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.checks import checked
from workbench.solvers.reading import curves_of

if TYPE_CHECKING:
    import pandas as pd

POINTS, ROOM = 49, 1.25
"""Points a line, and how far beyond the largest spend of interest a line goes."""


def reading(curves: pd.DataFrame) -> Any:
    """spend (…, n) in the table's order → (responses, responses of one more unit), the same shape."""
    table = checked(curves)
    order, found = curves_of(table, np.ones(len(table)), 1.0)
    back = np.argsort(order)

    def read(spend: Any) -> tuple[Any, Any]:
        own = np.atleast_2d(spend)[:, order]
        with np.errstate(all="ignore"):
            slopes = np.exp(found.log_slopes(own))
        return found.values(own)[:, back], slopes[:, back]

    return read


def lines(curves: pd.DataFrame, spend: Any, read: Any) -> pd.DataFrame:
    """What each channel would bring at other spends.

    Args:
        curves: The CurveTable with `channel`, `current`, `highest`.
        spend: What the plan spends, shape (n,): says how regions of a channel share it.
        read: `reading(curves)`.

    Returns:
        `channel`, `spend`, `response`, `marginal`, `seen` (not above the highest spend of a week so far).
    """
    import pandas as pd

    planned = np.asarray(spend, float)
    today, highest = curves["current"].to_numpy(float), curves["highest"].to_numpy(float)
    found = []
    for channel in dict.fromkeys(curves["channel"]):
        inside = (curves["channel"] == channel).to_numpy()
        share = _shares(np.where(inside, planned, 0.0), np.where(inside, today, 0.0), inside)
        seen = float(highest[inside].sum())
        end = ROOM * max(seen, float(planned[inside].sum()), float(today[inside].sum()))
        grid = np.unique(np.append(np.linspace(0.0, end, POINTS), seen))
        values, slopes = read(grid[:, None] * share)
        weighted = np.where(share > 0, slopes, 0.0) * share
        found.append(
            pd.DataFrame(
                {
                    "channel": channel,
                    "spend": grid,
                    "response": (values * inside).sum(axis=1),
                    "marginal": weighted.sum(axis=1),
                    "seen": grid <= seen,
                }
            )
        )
    return pd.concat(found, ignore_index=True)


def _shares(planned: Any, today: Any, inside: Any) -> Any:
    """How the cells of a channel share its spend: as planned, else as today, else evenly."""
    for amounts in (planned, today, inside.astype(float)):
        total = float(amounts.sum())
        if total > 1e-6 * max(1.0, float(today.sum())):
            return amounts / total
    return inside / inside.sum()
