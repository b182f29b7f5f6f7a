"""Thresholds that turn recency, frequency and money into scores from 1 to 5 and never split a tie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MEASURES = ("recency_days", "frequency", "monetary")
SCORES = MappingProxyType({"recency_days": "r", "frequency": "f", "monetary": "m"})
SHARES = (0.2, 0.4, 0.6, 0.8)


def chosen(
    table: pd.DataFrame, given: Mapping[str, Sequence[float]] | None
) -> Mapping[str, tuple[float, ...]]:
    """Four thresholds of each measure: those given, else the observed values at 20, 40, 60 and 80%.

    Args:
        table: Columns `recency_days, frequency, monetary`.
        given: Measure → four thresholds; others are taken from the table.

    Raises:
        QuestionError: for an unknown measure, or thresholds that are not four numbers in order.
    """
    fixed = {name: _checked(name, values) for name, values in (given or {}).items()}
    own = {name: fixed.get(name) or _observed(table[name].to_numpy()) for name in MEASURES}
    return MappingProxyType(own)


def scores(name: str, values: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """Scores 1 to 5 (8-bit): a function of the value alone, so equal values have equal scores.

    Args:
        name: Measure; a short recency scores high, a high frequency and amount do.
        values: Of each customer.
        edges: Four thresholds; a value that equals one lies below it.
    """
    import numpy as np

    above = np.searchsorted(np.asarray(edges, float), values, side="left").astype(np.int8)
    found: np.ndarray = 5 - above if name == "recency_days" else 1 + above
    return found


def span(name: str, edges: Sequence[float], low: int, high: int) -> tuple[float, float] | None:
    """(above, up to) of the values that score from `low` to `high`; None where no value can.

    Infinite ends are open. Thresholds that coincide leave the scores between them empty.
    """
    ends = (-math.inf, *map(float, edges), math.inf)
    below, top = (5 - high, 6 - low) if name == "recency_days" else (low - 1, high)
    return (ends[below], ends[top]) if ends[below] < ends[top] else None


def _observed(values: Any) -> tuple[float, ...]:
    import numpy as np

    if not len(values):
        return (0.0,) * len(SHARES)
    return tuple(map(float, np.quantile(values, SHARES, method="inverted_cdf")))


def _checked(name: str, values: Sequence[float]) -> tuple[float, ...]:
    if name not in MEASURES:
        raise unknown("measure", name, MEASURES)
    try:
        edges = tuple(map(float, values))
    except (TypeError, ValueError):
        edges = ()
    fine = len(edges) == len(SHARES) and all(map(math.isfinite, edges)) and sorted(edges) == list(edges)
    if not fine:
        raise QuestionError(
            f"Thresholds of {name} are {values!r}.",
            "Give four numbers in ascending order; they part five scores.",
        )
    return edges
