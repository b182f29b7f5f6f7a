"""Many rules of one customer as one whole number: a bit a rule."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST_BITS = 60
"""Rules that one whole number holds."""


def mask(conditions: Iterable[Any]) -> Any:
    """Ibis expression: the sum of a bit for each condition that is true; unknown counts as not."""
    import ibis

    bits = [
        means.fill_null(False).ifelse(ibis.literal(1 << place, "int64"), ibis.literal(0, "int64"))
        for place, means in enumerate(conditions)
    ]
    return reduce(add, bits)


def bits(masks: np.ndarray, many: int) -> np.ndarray:
    """Whether each of `many` rules holds: masks × rules, 0 or 1."""
    import numpy as np

    found: np.ndarray = (masks[:, None] >> np.arange(many)) & 1
    return found
