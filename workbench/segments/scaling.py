"""Measures of different units made comparable: robustly scaled numbers, and levels that weigh alike.

A number is bent where it is skewed (asinh(x / s), a logarithm that knows 0 and refunds), winsorised at
its 1st and 99th percentile, and divided by its interquartile range: one huge order moves nothing. A
categorical column becomes one coordinate a level, divided so that all of them together vary as much as
one number does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SKEWED = 1.0
"""Skewness beyond which a measure is bent."""
TAILS = (0.01, 0.99)
NORMAL_IQR = 1.349
"""Interquartile range of a normal distribution: with it the scaled unit is a standard deviation."""
MOST_LEVELS = 12
OTHER = "(other)"
MISSING = ""


@dataclass(frozen=True)
class NumberScale:
    """How a measure becomes a coordinate.

    Attributes:
        name: Column.
        bend: The s of asinh(x / s); None: as it is.
        low, high: Bounds beyond which (bent) values are cut.
        centre, spread: Median, and IQR / 1.349 (standard deviation where the IQR is 0).
    """

    name: str
    bend: float | None
    low: float
    high: float
    centre: float
    spread: float

    @property
    def width(self) -> int:
        """Coordinates that it makes."""
        return 1

    def apply(self, column: pd.Series) -> np.ndarray:
        """Coordinates, shape (n, 1); NaN where the value is missing."""
        import numpy as np

        values = numbers(column)
        bent = values if self.bend is None else np.arcsinh(values / self.bend)
        found: np.ndarray = ((np.clip(bent, self.low, self.high) - self.centre) / self.spread)[:, None]
        return found


@dataclass(frozen=True)
class LevelScale:
    """How a categorical column becomes coordinates.

    Attributes:
        name: Column.
        levels: Its levels; `""`: missing; `"(other)"`: all that are not named.
        shares: Share of each.
        spread: Standard deviation of all indicators together.
    """

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    spread: float

    @property
    def width(self) -> int:
        """Coordinates that it makes."""
        return len(self.levels)

    def apply(self, column: pd.Series) -> np.ndarray:
        """Coordinates, shape (n, levels); a level that was never seen counts as other, else as nothing."""
        import numpy as np

        values = texts(column).to_numpy()
        known = np.isin(values, [level for level in self.levels if level != OTHER])
        values = np.where(known, values, OTHER)
        hit = values[:, None] == np.array(self.levels, object)[None, :]
        found: np.ndarray = (hit - np.array(self.shares)) / self.spread
        return found


Scale = NumberScale | LevelScale


@dataclass(frozen=True)
class Space:
    """The space in which customers are near or far: one scale a feature."""

    scales: tuple[Scale, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Features."""
        return tuple(scale.name for scale in self.scales)

    def points(self, table: pd.DataFrame) -> np.ndarray:
        """Coordinates of customers, shape (n, coordinates); NaN where a number is missing."""
        import numpy as np

        return np.hstack([scale.apply(table[scale.name]) for scale in self.scales])

    def to_dict(self) -> list[dict[str, Any]]:
        """The scales as JSON values."""
        kinds = {NumberScale: "number", LevelScale: "level"}
        return [{"kind": kinds[type(scale)], **asdict(scale)} for scale in self.scales]

    @classmethod
    def from_dict(cls, entries: Sequence[Mapping[str, Any]]) -> Space:
        """The space of `to_dict`."""
        return cls(tuple(_scale(entry) for entry in entries))


def _scale(entry: Mapping[str, Any]) -> Scale:
    known = {key: value for key, value in entry.items() if key != "kind"}
    if entry["kind"] == "number":
        return NumberScale(**{"bend": None, **known})
    return LevelScale(**known | {"levels": tuple(known["levels"]), "shares": tuple(known["shares"])})


def space(table: pd.DataFrame, names: Sequence[str]) -> Space:
    """Learn the scales of some columns."""
    return Space(tuple(_learnt(table[name], name) for name in names))


def is_number(column: pd.Series) -> bool:
    """Whether a column holds measures: numbers, no flags and no texts."""
    import pandas as pd

    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def numbers(column: pd.Series) -> np.ndarray:
    """Values as floats; NaN for what is missing or infinite."""
    import numpy as np

    values = column.astype("float64").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def texts(column: pd.Series) -> pd.Series:
    """Levels as texts; `""` for what is missing."""
    if is_number(column):  # 0, 1 and 1.0 are read as people write them
        known = column.map(lambda value: f"{value:g}", na_action="ignore")
    else:
        known = column.astype(object).map(str, na_action="ignore")
    return known.astype(object).where(column.notna(), MISSING)


def skewness(values: np.ndarray) -> float:
    """Skewness of known values after cutting their tails; 0 for a constant."""
    import numpy as np

    cut = np.clip(values, *np.quantile(values, TAILS))
    spread = float(cut.std())
    return float((((cut - cut.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0


def _learnt(column: pd.Series, name: str) -> Scale:
    if is_number(column):
        return _number(numbers(column), name)
    return _levels(texts(column), name)


def _number(values: np.ndarray, name: str) -> NumberScale:
    import numpy as np

    known = values[np.isfinite(values)]
    bend = bend_of(known)
    bent = known if bend is None else np.arcsinh(known / bend)
    low, high = (float(end) for end in np.quantile(bent, TAILS))
    cut = np.clip(bent, low, high)
    quarter, centre, three = (float(end) for end in np.quantile(cut, (0.25, 0.5, 0.75)))
    spread = (three - quarter) / NORMAL_IQR
    # A measure that is mostly one value has no IQR, or one far under its scatter.
    spread = max(spread, float(cut.std()) / 2) or 1.0
    return NumberScale(name, bend, low, high, centre, spread)


def bend_of(known: np.ndarray) -> float | None:
    """The s of asinh(x / s) for a skewed measure; None where it is straight or bending helps nothing."""
    import numpy as np

    sizes = np.abs(known[known != 0])
    if not len(sizes) or abs(skewness(known)) <= SKEWED:
        return None
    scale = float(np.quantile(sizes, 0.05))
    bent = skewness(np.arcsinh(known / scale))
    return scale if abs(bent) < abs(skewness(known)) else None


def _levels(values: pd.Series, name: str) -> LevelScale:
    found = values.value_counts(normalize=True)
    order = sorted(found.index, key=lambda level: (-found[level], level))
    kept = order[:MOST_LEVELS]
    shares = [float(found[level]) for level in kept]
    if len(order) > len(kept):
        kept, shares = [*kept, OTHER], [*shares, 1 - sum(shares)]
    spread = math.sqrt(sum(share * (1 - share) for share in shares)) or 1.0
    return LevelScale(name, tuple(kept), tuple(shares), spread)
