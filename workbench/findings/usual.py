"""How much a figure usually changes from one period to the next: told by the periods before, not by days.

A week has too few days for an interval between days. But the weeks before it tell how weeks differ: the
logarithms of their changes have a scatter about no change, and 95% of further changes lie within
±t(k)·√(Σ r²/k), k changes seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WINDOWS = 13
"""Periods before that are looked at: a quarter of weeks."""
FEWEST = 6
"""Changes under which their scatter says too little."""
LEVEL = 0.95


def usual_change(values: np.ndarray) -> tuple[float, float]:
    """Relative changes between which 95% of changes lie.

    Args:
        values: A figure of each period before, oldest first; what is not above 0 tells nothing.

    Returns:
        Low and high, such as −0.08 and 0.09; NaN for fewer than `FEWEST` changes.
    """
    import numpy as np
    from scipy.special import stdtrit

    with np.errstate(all="ignore"):
        logs = np.log(np.where((values > 0) & np.isfinite(values), values, np.nan))
    steps = np.diff(logs)
    steps = steps[np.isfinite(steps)]
    if len(steps) < FEWEST:
        return math.nan, math.nan
    reach = float(stdtrit(len(steps), 0.5 + LEVEL / 2)) * math.sqrt(float(np.mean(steps**2)))
    return math.expm1(-reach), math.expm1(reach)


def windows(days: np.ndarray, sums: np.ndarray, end: int, length: int, out: int = 0) -> np.ndarray:
    """Sums of up to `WINDOWS` whole periods that end one after the other, oldest first.

    Args:
        days: Days since 1970, one a sum.
        sums: What they add up to.
        end: Last day of the newest period.
        length: Days of a period.
        out: Days at the end of each period that are left out.
    """
    import numpy as np

    if not len(days):
        return np.zeros(0)
    whole = min(WINDOWS, (end - int(days.min()) + 1) // length)
    place = (end - days) // length
    inside = (days <= end) & (place < whole) & ((end - days) % length >= out)
    return np.bincount(place[inside], sums[inside], minlength=whole)[:whole][::-1]
