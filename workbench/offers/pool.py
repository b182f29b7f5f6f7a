"""The ways put together: a log-linear pool whose weights come from purchases that came later.

P(product) ∝ Π way(product)^weight over what may be offered (Heskes 1998). The weights maximise the likelihood
of what customers bought in a window after the ways were learnt; they are not negative, so no way is used
against itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.offers.baskets import Baskets
from workbench.offers.ways import WAYS, Ways, learn

if TYPE_CHECKING:
    import numpy as np

CELLS = 2_000_000
"""Customer × product held at once."""

MOST_LEARNERS = 20_000
"""Customers from whom weights are learnt; more add nothing to four numbers."""


@dataclass(frozen=True, eq=False)
class Window:
    """Customers with a history who bought something new in the days after.

    Attributes:
        who: Their numbers.
        owned: Sparse customers × products, before.
        new: The same, bought in the window and not owned before.
        ways: Learnt before the window.
    """

    who: np.ndarray
    owned: Any
    new: Any
    ways: Ways


def window(baskets: Baskets, before: int, last: int) -> Window:
    """What was known on a day, and what came until another."""
    import numpy as np

    seen = baskets.until(before)
    owned, later = seen.owned(), baskets.between(before + 1, last).owned()
    new = (later - later.multiply(owned)).tocsr()
    new.eliminate_zeros()
    has = (np.diff(owned.indptr) > 0) & (np.diff(new.indptr) > 0)
    who = np.flatnonzero(has)
    return Window(who, owned[who], new[who], learn(seen, before))


def chunks(size: int, width: int) -> Iterator[slice]:
    """Slices of customers that fit into memory."""
    step = max(1, CELLS // max(1, width))
    for start in range(0, size, step):
        yield slice(start, min(size, start + step))


def open_to(owned: Any) -> np.ndarray:
    """What may be offered: everything that is not owned."""
    import numpy as np

    return np.asarray(owned.toarray() == 0)


def weights(learners: Window) -> np.ndarray:
    """The weights of the ways, by maximum likelihood; popularity alone where nobody bought anything new."""
    import numpy as np
    from scipy.optimize import minimize

    start = np.array([1.0] + [0.0] * (len(WAYS) - 1))
    if not len(learners.who):
        return start
    step = -(-len(learners.who) // MOST_LEARNERS)
    owned, new = learners.owned[::step], learners.new[::step]
    parts = [
        _features(learners.ways, owned[rows], new[rows]) for rows in chunks(owned.shape[0], owned.shape[1])
    ]
    found = minimize(
        lambda weight: _loss(weight, parts),
        np.full(len(WAYS), 1 / len(WAYS)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(WAYS),
    )
    best: np.ndarray = found.x
    return best


def _features(ways: Ways, owned: Any, new: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logarithms of the ways, what may be offered, and what was bought."""
    open_ = open_to(owned)
    return _logs(ways.scores(owned, open_)), open_, new.toarray()


def _logs(scores: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.asarray(np.log(np.maximum(scores, 1e-300)))


def _loss(weight: np.ndarray, parts: Sequence[tuple[np.ndarray, ...]]) -> tuple[float, np.ndarray]:
    """Minus the mean log likelihood of what was bought, and its gradient."""
    import numpy as np

    value, slope, size = 0.0, np.zeros(len(weight)), 0.0
    for logs, open_, bought in parts:
        chance = shares(np.tensordot(weight, logs, 1), open_)
        often = bought.sum(axis=1, keepdims=True)
        value += (bought * np.log(np.maximum(chance, 1e-300))).sum()
        slope += ((bought - often * chance)[None] * np.where(open_, logs, 0.0)).sum(axis=(1, 2))
        size += bought.sum()
    return -value / size, -slope / size


def shares(score: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Softmax over what may be offered."""
    import numpy as np

    masked = np.where(open_, score, -np.inf)
    top = masked.max(axis=1, keepdims=True)
    found = np.exp(masked - np.where(np.isfinite(top), top, 0.0))
    total: np.ndarray = np.maximum(found.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(found / total)


def pooled(ways: Ways, weight: np.ndarray, owned: Any, open_: np.ndarray | None = None) -> np.ndarray:
    """P(product) of customers, dense; 0 where nothing may be offered."""
    import numpy as np

    may = open_to(owned) if open_ is None else open_
    return shares(np.tensordot(weight, _logs(ways.scores(owned, may)), 1), may)
