"""What a ranking is worth: the share of all outcomes among the best customers, depth by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DEPTHS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Shares of the customers, the best first."""

Z = 1.959964


def lift_curve(scores: np.ndarray, inside: np.ndarray) -> pd.DataFrame:
    """How much of what is looked for is among the best customers, by a ranking that has not seen them.

    Customers of equal score at the edge count by their share, so that no order among them matters.

    Args:
        scores: Of each customer; higher is better.
        inside: Whether each is one of those looked for.

    Returns:
        `depth` (share of all customers, best first), `customers`, `found` (of those looked for), `share` (of
        all of them) with `share_low, share_high` (95%, Wilson 1927), and `lift` (share / depth) with
        `low, high`.
    """
    import numpy as np
    import pandas as pd

    wanted = np.asarray(inside, float)
    total, all_ = len(scores), float(wanted.sum())
    values, place = np.unique(-np.asarray(scores, float), return_inverse=True)
    size = np.bincount(place, minlength=len(values))
    hits = np.bincount(place, wanted, len(values))
    depth = np.array(DEPTHS)
    customers = np.ceil(depth * total)
    found = np.interp(customers, np.r_[0, size.cumsum()], np.r_[0, hits.cumsum()])
    low, high = _wilson(found, all_)
    real = customers / total
    return pd.DataFrame(
        {
            "depth": depth,
            "customers": customers.astype(int),
            "found": found,
            "share": found / all_,
            "share_low": low,
            "share_high": high,
            "lift": found / all_ / real,
            "low": low / real,
            "high": high / real,
        }
    )


def _wilson(found: np.ndarray, all_: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share; its ends are exact where nothing, or everything, was found."""
    import numpy as np

    from workbench.customers.calibration import wilson

    low, high = wilson(found / all_, np.full(len(found), all_), Z)
    return np.where(found <= 0, 0.0, low), np.where(found >= all_, 1.0, high)
