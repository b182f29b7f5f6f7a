"""How an effect is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """Choices of `incremental`.

    Attributes:
        errors: `CR2` or `CR1` (did), `ar1` or `hac` (its); None: the default, which comes first.
        season: Length of the season in times (its).
        slope: Whether the trend may change as well as the level (its).
        ridge: Penalty on the weights, as a share of the donors' mean square (synthetic control).
        augment: Whether to correct the gap before the start (synthetic control).
        exact: Whether the interval is that of the permutation over units (synthetic control).
        level: Confidence.
    """

    errors: str | None = None
    season: int = 7
    slope: bool = False
    ridge: float = 0.0
    augment: bool = False
    exact: bool = False
    level: float = 0.95
