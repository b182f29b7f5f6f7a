"""Kaplan-Meier: the share still there after a time, where many are still there and their end is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def curve(time: np.ndarray, left: np.ndarray, z: float = 1.959964) -> pd.DataFrame:
    """Product-limit estimate (Kaplan & Meier 1958) with Greenwood's variance.

    Args:
        time: Time of the end, or up to which nothing had ended; whole numbers.
        left: Whether it ended (1) or is still going on (0), censored on the right.
        z: Of the interval, which is that of log(−log S) and so stays within 0 and 1.

    Returns:
        One row a time with an end: `time, at_risk, left, survival, low, high`. Where nobody is left there is
        no interval.
    """
    import numpy as np
    import pandas as pd

    size = int(time.max(initial=0)) + 1
    ends = np.bincount(time, left, size)
    at_risk = np.bincount(time, minlength=size)[::-1].cumsum()[::-1]
    when = np.flatnonzero(ends > 0)
    d, n = ends[when], at_risk[when]
    share = np.cumprod(1 - d / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(d / (n * (n - d)))) / np.log(share)
        low, high = share ** np.exp(-z * spread), share ** np.exp(z * spread)
    columns = {"time": when, "at_risk": n, "left": d.astype(np.int64), "survival": share}
    return pd.DataFrame(columns | {"low": low, "high": high})
