"""Many comparisons at once, and group sizes: corrections and the sample-ratio check.

Sources: Holm (1979), "A simple sequentially rejective multiple test procedure"; Benjamini & Hochberg
(1995), "Controlling the false discovery rate"; Fabijan et al. (2019), "Diagnosing sample ratio mismatch".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.compare.result import SampleRatio
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import numpy as np

CORRECTIONS = ("holm", "bh", "none")


def corrected(p: Any, how: str = "holm") -> np.ndarray:
    """p-values of one family, corrected; unknown ones stay unknown and do not count.

    Args:
        p: p-values.
        how: `holm` (family-wise error), `bh` (false discovery rate) or `none`.

    Raises:
        QuestionError: for another correction.
    """
    import numpy as np

    if how not in CORRECTIONS:
        raise unknown("correction", how, CORRECTIONS)
    values = np.asarray(p, float)
    known = np.isfinite(values)
    found = values.copy()
    if how != "none" and known.any():
        found[known] = (_holm if how == "holm" else _bh)(values[known])
    return found


def _holm(p: np.ndarray) -> np.ndarray:
    import numpy as np

    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(steps, 1.0), order)


def _bh(p: np.ndarray) -> np.ndarray:
    import numpy as np

    order = np.argsort(p, kind="stable")
    steps = p[order] * len(p) / np.arange(1, len(p) + 1)
    return _back(np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0), order)


def _back(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    import numpy as np

    found = np.empty_like(values)
    found[order] = values
    return found


def sample_ratio(
    observed: Mapping[str, int], shares: Mapping[str, float] | None, threshold: float = 0.001
) -> SampleRatio:
    """χ² of all arms' sizes against the planned shares.

    Args:
        observed: Arm → units.
        shares: Arm → planned share or weight; None: equal.
        threshold: Below this p-value the sizes do not fit.

    Raises:
        QuestionError: for shares of other arms, or that are not positive.
    """
    from scipy.special import chdtrc

    planned = dict.fromkeys(observed, 1.0) if shares is None else {k: float(v) for k, v in shares.items()}
    if set(planned) != set(observed):
        raise QuestionError(
            f"Shares are given for {', '.join(sorted(planned))}, but the arms are {', '.join(observed)}.",
            "Give the planned share of every arm.",
        )
    if any(not value > 0 for value in planned.values()):
        raise QuestionError("A planned share is not positive.", "Give shares above 0, for example 0.5.")
    total, whole = sum(observed.values()), sum(planned.values())
    expected = {arm: total * planned[arm] / whole for arm in observed}
    statistic = sum((observed[arm] - expected[arm]) ** 2 / expected[arm] for arm in observed if total)
    p = float(chdtrc(len(observed) - 1, statistic))
    return SampleRatio(p, dict(observed), expected, threshold)
