"""Whether offers would have come true: hit rate and coverage in days the model had not seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.offers.pool import Window, chunks, open_to, pooled
from workbench.offers.ways import WAYS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SURE = 0.05
METHODS = ("together", *WAYS)
"""The pool, and each way alone."""


def check(held_out: Window, weight: np.ndarray, k: int) -> pd.DataFrame:
    """Hit rate and coverage of the pool and of each way alone, beside popularity.

    Args:
        held_out: Customers with a history who bought something new in the window.
        weight: Of the pool, learnt before the window.
        k: Offers a customer.

    Returns:
        `method`, `customers`, `hits` (customers who bought one of their k offers), `hit_rate` with Wilson's
        `low` and `high`; `over_popular` (difference of hit rates) with `over_low`, `over_high` and `p_value`
        (both from the customers who differ: McNemar); `coverage` (share of products offered to anybody).
    """
    import pandas as pd

    hit, offered = _hits(held_out, weight, k)
    rows = []
    for at, method in enumerate(METHODS):
        rows.append(
            {
                "method": method,
                "customers": hit.shape[1],
                "hits": int(hit[at].sum()),
                **_rate(hit[at]),
                **_against(hit[at], hit[METHODS.index("popular")]),
                "coverage": float(offered[at].mean()),
            }
        )
    return pd.DataFrame(rows)


def preferred(learners: Window, weight: np.ndarray, k: int) -> np.ndarray:
    """The weights of the pool, or of one way alone where that one surely hit more of those learnt from.

    The pool's weights make what was bought likeliest, over all products; offers are the k best alone, and for
    these a single way may be better. McNemar's test of the customers who differ decides (5%).

    Args:
        learners: The window that the weights were learnt on.
        weight: Of the pool.
        k: Offers a customer.
    """
    import numpy as np

    from workbench.customers.service.rates import changed_minds

    if not len(learners.who):
        return weight
    hit, _ = _hits(learners, weight, k)
    pool, alone = hit[0], hit[1:]
    best = int(alone.sum(axis=1).argmax())
    won, lost = int((alone[best] & ~pool).sum()), int((pool & ~alone[best]).sum())
    if won <= lost or changed_minds(won, lost) >= SURE:
        return weight
    single: np.ndarray = np.eye(len(WAYS))[best]
    return single


def _hits(held_out: Window, weight: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Which customers were hit by which method, and which products each method offered."""
    import numpy as np

    size, width = held_out.owned.shape
    hit = np.zeros((len(METHODS), size), bool)
    offered = np.zeros((len(METHODS), width), bool)
    for rows in chunks(size, width):
        owned, bought = held_out.owned[rows], held_out.new[rows].toarray() > 0
        open_ = open_to(owned)
        alone = held_out.ways.scores(owned, open_)
        for at, score in enumerate([pooled(held_out.ways, weight, owned, open_), *alone]):
            best = top(np.where(open_, score, -1.0), k)
            good = np.take_along_axis(open_, best, 1)
            hit[at, rows] = (np.take_along_axis(bought, best, 1) & good).any(axis=1)
            offered[at, best[good]] = True
    return hit, offered


def top(score: np.ndarray, k: int) -> np.ndarray:
    """The k best products of each row, best first; at equal scores the one with the lower number."""
    import numpy as np

    found: np.ndarray = np.argsort(-score, axis=1, kind="stable")[:, :k]
    return found


def _rate(hit: np.ndarray) -> dict[str, float]:
    from workbench.customers.service.rates import wilson

    if not len(hit):
        return {"hit_rate": math.nan, "low": math.nan, "high": math.nan}
    value = float(hit.mean())
    low, high = wilson(value, len(hit))
    return {"hit_rate": value, "low": low, "high": high}


def _against(hit: np.ndarray, popular: np.ndarray) -> dict[str, float]:
    from workbench.customers.service.rates import Z, changed_minds

    won, lost, size = int((hit & ~popular).sum()), int((popular & ~hit).sum()), max(1, len(hit))
    difference = (won - lost) / size
    half = Z * math.sqrt(max(0.0, (won + lost) / size - difference**2) / size)
    ends = {"over_low": difference - half, "over_high": difference + half}
    return {"over_popular": difference, **ends, "p_value": changed_minds(won, lost)}
