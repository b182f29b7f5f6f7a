"""Association rules: what stands together in one order more often than chance would put it there.

Support, confidence and lift as by Agrawal, Imieliński & Swami (1993) and Brin et al. (1997). Confidence has
Wilson's interval; the logarithm of the lift is normal with the variance that the multinomial counts give
(delta method): (1/p_ab − 1/p_a − 1/p_b + 2·lift − 1) / orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.offers.baskets import Baskets

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Z = 1.959963984540054
LEAST_ORDERS = 10
"""Orders that must hold both products."""


@right_kinds
def rules_of(baskets: Baskets, least: int = LEAST_ORDERS) -> pd.DataFrame:
    """Rules of orders.

    Args:
        baskets: What was bought.
        least: Orders that must hold both products.

    Returns:
        One row an ordered pair, the strongest lower end first: `product_id` (bought), `offer` (with it),
        `orders` (with both), `support`, `confidence`, `confidence_low`, `confidence_high`, `lift`,
        `lift_low`, `lift_high`.
    """
    import numpy as np
    import pandas as pd

    both, single, total = counts(baskets)
    kept = both.data >= least
    left, right, n = both.row[kept], both.col[kept], both.data[kept]
    lift, low, high = lifts(n, single[left], single[right], total)
    confidence = n / single[left]
    ends = _wilson(confidence, single[left])
    table = pd.DataFrame(
        {
            "product_id": baskets.products[left],
            "offer": baskets.products[right],
            "orders": n.astype(np.int64),
            "support": n / total,
            "confidence": confidence,
            "confidence_low": ends[0],
            "confidence_high": ends[1],
            "lift": lift,
            "lift_low": low,
            "lift_high": high,
        }
    )
    order = table.sort_values(
        ["lift_low", "orders", "product_id", "offer"], ascending=[False, False, True, True]
    )
    return order.reset_index(drop=True)


def counts(baskets: Baskets) -> tuple[Any, np.ndarray, int]:
    """Orders with both (sparse, off the diagonal), orders with each, and all orders."""
    import numpy as np

    orders = baskets.orders()
    filled = orders[np.diff(orders.indptr) > 0]
    both = (filled.T @ filled).tocoo()
    off = both.row != both.col
    both.row, both.col, both.data = both.row[off], both.col[off], both.data[off]
    return both, np.asarray(filled.sum(axis=0)).ravel(), filled.shape[0]


def lifts(
    both: np.ndarray, left: np.ndarray, right: np.ndarray, total: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lift and its 95% interval from counts of orders."""
    import numpy as np

    lift = both * total / (left * right)
    variance = (total / both - total / left - total / right + 2 * lift - 1) / total
    spread = np.exp(Z * np.sqrt(np.maximum(variance, 0.0)))
    return lift, lift / spread, lift * spread


def _wilson(share: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    centre = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    return centre - half, centre + half
