"""Interrupted time series: what one series would have done, from its own trend, season and inertia.

Segmented regression (Wagner et al. 2002): level and trend before, a change of level and of trend from the
start on, weekdays as a season; errors that remember the day before (AR(1), generalised least squares by
Prais & Winsten 1954) or the robust ones of Newey & West (1987). The default was chosen by simulation: see
`docs/decisions/incrementality.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import InputError, unknown

if TYPE_CHECKING:
    import numpy as np

ERRORS = ("ar1", "hac")
FEWEST = 12
"""Times before the start, beyond the season's, without which a trend says nothing."""


@dataclass(frozen=True, eq=False)
class Interrupted:
    """A fitted segmented regression.

    Attributes:
        effect: Mean of observed less expected from the start on.
        error: Its standard error.
        freedom: Degrees of freedom.
        expected: The series without the interruption, by time.
        coefficients, covariance: Of the regression: constant, trend, level change, trend change, season.
        memory: Correlation of an error with the one before.
    """

    effect: float
    error: float
    freedom: float
    expected: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    memory: float

    def limits(self, level: float = 0.95) -> tuple[float, float]:
        """Ends of the interval of the effect."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, 0.5 + level / 2)) * self.error
        return self.effect - reach, self.effect + reach

    @property
    def p(self) -> float:
        """Two-sided p-value of no effect."""
        from scipy.special import stdtr

        return (
            float(2 * stdtr(self.freedom, -abs(self.effect) / self.error)) if self.error > 0 else float("nan")
        )


def interrupted(
    values: np.ndarray, start: int, season: int = 7, slope: bool = False, errors: str = "ar1"
) -> Interrupted:
    """Fit one series.

    Args:
        values: The series, one value a time.
        start: Number of the first time after the interruption.
        season: Length of the season in times; 1 for none.
        slope: Whether the trend may change as well as the level.
        errors: `ar1` or `hac`.

    Raises:
        InputError: for too few times before the start or after it.
    """
    import numpy as np

    if errors not in ERRORS:
        raise unknown("value of errors", errors, ERRORS, InputError)
    _check_length(len(values), start, season, slope)
    x = design(len(values), start, season, slope)
    beta, covariance, memory = _prais_winsten(values, x) if errors == "ar1" else _newey_west(values, x)
    after = np.arange(len(values)) >= start
    change = x[:, 2:4] if slope else x[:, 2:3]
    added = change @ beta[2 : 2 + change.shape[1]]
    line = np.zeros(x.shape[1])
    line[2 : 2 + change.shape[1]] = change[after].mean(axis=0)
    error = float(np.sqrt(max(line @ covariance @ line, 0)))
    # a remembered error is worth less than an independent one
    freedom = max((len(values) - x.shape[1]) * (1 - memory) / (1 + memory), 2.0)
    return Interrupted(float(line @ beta), error, freedom, x @ beta - added, beta, covariance, memory)


def design(size: int, start: int, season: int, slope: bool) -> np.ndarray:
    """Columns: constant, trend, level change, trend change where asked, season."""
    import numpy as np

    time = np.arange(size, dtype=float)
    after = (time >= start).astype(float)
    columns = [np.ones(size), (time - start) / size, after]
    if slope:
        columns.append(after * (time - start) / size)
    phase = np.arange(size) % season
    return np.column_stack([*columns, *(phase == at for at in range(1, season))])


def memory_left(values: np.ndarray, found: Interrupted, start: int, season: int, slope: bool) -> float:
    """p-value that nothing is left to remember in the errors over a season (Ljung & Box 1978)."""
    import numpy as np
    from scipy.special import chdtrc

    rest = values - design(len(values), start, season, slope) @ found.coefficients
    rest = rest[1:] - found.memory * rest[:-1]
    size, lags = len(rest), max(season, 5)
    power = float((rest**2).sum()) or 1.0
    r = np.array([(rest[lag:] * rest[:-lag]).sum() / power for lag in range(1, lags + 1)])
    q = size * (size + 2) * float((r**2 / (size - np.arange(1, lags + 1))).sum())
    return float(chdtrc(lags - 1, q))


def _check_length(size: int, start: int, season: int, slope: bool) -> None:
    need = FEWEST + season - 1
    if start < need:
        raise InputError(
            f"There are {start} times before the start; an interrupted series needs {need}.",
            "Add earlier times, or a shorter `season`.",
        )
    if size - start < (3 if slope else 1):
        raise InputError("There are too few times after the start.", "Add later times.")


def _prais_winsten(values: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Generalised least squares with AR(1) errors; the memory is corrected for its downward bias."""

    memory = 0.0
    for _ in range(50):
        beta, rest, inverse, scaled = _weighted(values, x, memory)
        raw = float((rest[1:] * rest[:-1]).sum() / max((rest**2).sum(), 1e-300))
        # every regressor eats some of the memory that residuals show (Marriott & Pope 1954)
        new = min(
            max(raw + (1 + 3 * raw + x.shape[1] * (1 - raw)) / len(values) * (raw > 0 or memory > 0), 0.0),
            0.95,
        )
        if abs(new - memory) < 1e-8:
            break
        memory = new
    variance = float((scaled**2).sum()) / (len(values) - x.shape[1])
    return beta, variance * inverse, memory


def _weighted(
    values: np.ndarray, x: np.ndarray, memory: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Least squares after taking out the memory: coefficients, residuals, inverse, whitened residuals."""
    import numpy as np

    first = np.sqrt(1 - memory**2)
    y = np.concatenate([[first * values[0]], values[1:] - memory * values[:-1]])
    z = np.vstack([first * x[:1], x[1:] - memory * x[:-1]])
    inverse = np.linalg.inv(z.T @ z)
    beta = inverse @ z.T @ y
    return beta, values - x @ beta, inverse, y - z @ beta


def _newey_west(values: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Least squares with the covariance of Newey & West, Bartlett weights and the factor n/(n − k)."""
    import numpy as np

    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ values
    score = x * (values - x @ beta)[:, None]
    meat = score.T @ score
    for lag in range(1, lags(len(values)) + 1):
        part = score[lag:].T @ score[:-lag]
        meat += (1 - lag / (lags(len(values)) + 1)) * (part + part.T)
    size, width = x.shape
    return beta, size / (size - width) * inverse @ meat @ inverse, 0.0


def lags(size: int) -> int:
    """Lags of Newey & West: 1.3·√n (Lazarus, Lewis, Stock & Watson 2018)."""
    return int(1.3 * size**0.5)
