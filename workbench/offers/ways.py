"""Four ways to guess what a customer buys next, each a distribution over the products not owned yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.offers.baskets import Baskets
from workbench.offers.rules import LEAST_ORDERS, counts, lifts

if TYPE_CHECKING:
    import numpy as np

WAYS = ("popular", "rules", "alike", "content")
"""What everybody buys; what stands in one order with what is owned; what buyers of the same things bought;
what is alike in category and price."""

RECENT_DAYS = 180
"""Days of which popularity is counted."""

SHRINK = 10.0
"""Common buyers at which a similarity counts half: a pair that two people made says little."""

FLOOR = 0.02
"""Part of every way that is popularity, so that nothing is impossible."""


@dataclass(frozen=True, eq=False)
class Ways:
    """What the four ways have learnt.

    Attributes:
        popular: Share of recent buyers, one a product.
        confidence: Sparse products × products: P(with | bought), where the lift is surely above 1.
        alike: Sparse products × products: cosine of their buyers, shrunk.
        cluster: Content cluster of each product.
    """

    popular: np.ndarray
    confidence: Any
    alike: Any
    cluster: np.ndarray

    def scores(self, owned: Any, open_: np.ndarray) -> np.ndarray:
        """Distributions of the four ways, shape (ways, customers, products); 0 where nothing may be offered.

        Args:
            owned: Sparse customers × products.
            open_: Which products may be offered to whom, same shape, dense.
        """
        import numpy as np

        base = _shares(np.where(open_, self.popular, 0.0))
        found = [
            base,
            _shares(np.where(open_, (owned @ self.confidence).toarray(), 0.0)),
            _shares(np.where(open_, (owned @ self.alike).toarray(), 0.0)),
            _shares(np.where(open_, self._content(owned), 0.0)),
        ]
        return np.stack([(1 - FLOOR) * part + (FLOOR + (1 - FLOOR) * _empty(part)) * base for part in found])

    def _content(self, owned: Any) -> np.ndarray:
        """P(cluster | customer) · P(product | cluster)."""
        import numpy as np
        from scipy.sparse import csr_matrix

        size = len(self.cluster)
        member = csr_matrix((np.ones(size), (np.arange(size), self.cluster)))
        whole = np.asarray(member.T @ self.popular).ravel()
        within = np.divide(
            self.popular, whole[self.cluster], where=whole[self.cluster] > 0, out=np.zeros(size)
        )
        liked = (owned @ member).toarray()
        found: np.ndarray = liked[:, self.cluster] * within
        return found


def learn(seen: Baskets, day: int) -> Ways:
    """Learn the four ways from what was bought up to a day."""
    import numpy as np

    recent = seen.between(day - RECENT_DAYS + 1, day).owned()
    buyers: np.ndarray = np.asarray(recent.sum(axis=0)).ravel() + 1.0
    return Ways(
        popular=buyers / buyers.sum(),
        confidence=_confidence(seen),
        alike=similar(seen.owned()),
        cluster=seen.clusters,
    )


def similar(owned: Any) -> Any:
    """Sparse cosine similarity of products by their buyers, shrunk where few bought both; 0 with itself."""
    import numpy as np

    both = (owned.T @ owned).tocoo()
    single = np.asarray(owned.sum(axis=0)).ravel()
    off = both.row != both.col
    row, col, n = both.row[off], both.col[off], both.data[off]
    value = n / np.sqrt(single[row] * single[col]) * n / (n + SHRINK)
    return _sparse(row, col, value, len(single))


def _confidence(seen: Baskets) -> Any:
    both, single, total = counts(seen)
    kept = both.data >= LEAST_ORDERS
    row, col, n = both.row[kept], both.col[kept], both.data[kept]
    _, low, _ = lifts(n, single[row], single[col], total)
    sure = low > 1
    return _sparse(row[sure], col[sure], (n / single[row])[sure], len(single))


def _sparse(row: np.ndarray, col: np.ndarray, value: np.ndarray, size: int) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix((value, (row, col)), shape=(size, size))


def _shares(score: np.ndarray) -> np.ndarray:
    """Rows that add up to 1; a row of zeros stays one."""
    import numpy as np

    total = score.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(score, total, where=total > 0, out=np.zeros_like(score)))


def _empty(part: np.ndarray) -> np.ndarray:
    """1 for each row that says nothing."""
    found: np.ndarray = (part.sum(axis=1, keepdims=True) == 0).astype(float)
    return found
