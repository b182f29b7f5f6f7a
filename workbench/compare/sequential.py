"""Looking at the data more than once: group-sequential boundaries and always-valid intervals.

Sources: Lan & DeMets (1983), "Discrete sequential boundaries for clinical trials", with the spending
function of O'Brien & Fleming's shape, α*(t) = 2 − 2Φ(z(α/2) / √t), spent on each side; Armitage, McPherson &
Rowe (1969) for the recursive integration; Robbins (1970) and Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
(2024), "Time-uniform central limit theory and asymptotic confidence sequences", for the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from workbench.compare.bayes import gauss
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import numpy as np

_POINTS = 201
_KEPT = 4096
_FAR = 12.0
"""Boundary of a look at which next to nothing may be spent, in standard errors."""
_EDGE = 7.0
"""Paths further out than so many standard errors have no mass."""


@dataclass(frozen=True)
class GroupSequential:
    """A few looks, planned by how much of the information each has.

    Attributes:
        fractions: Share of the planned information (units) at each look so far, rising; the last is now.
            A look at the planned end has 1.
    """

    fractions: tuple[float, ...]

    def __post_init__(self) -> None:
        given = tuple(float(item) for item in self.fractions)
        rising = all(low < high for low, high in zip((0.0, *given), given, strict=False))
        if not given or not rising or given[-1] > 1 + 1e-9:
            raise QuestionError(
                f"The looks {self.fractions!r} do not fit.",
                "Give rising shares of the planned sample above 0 up to 1, for example (0.25, 0.5, 0.75, 1).",
            )
        object.__setattr__(self, "fractions", given)

    @classmethod
    def even(cls, looks: int, at: int | None = None) -> GroupSequential:
        """The first `at` of `looks` evenly spaced looks."""
        return cls(tuple((look + 1) / looks for look in range(at or looks)))

    def boundaries(self, alpha: float = 0.05) -> tuple[float, ...]:
        """Two-sided boundaries of effect / standard error at each look."""
        return _boundaries(self.fractions, alpha)

    def critical(self, degrees: np.ndarray, _n: np.ndarray, alpha: float) -> np.ndarray:
        """Half width of the repeated interval: Student's t at the level that the boundary has."""
        import numpy as np
        from scipy.special import ndtr, stdtrit

        return np.asarray(stdtrit(degrees, ndtr(self.boundaries(alpha)[-1])))

    def p_value(self, ratio: np.ndarray, degrees: np.ndarray, _n: np.ndarray, _alpha: float) -> np.ndarray:
        """Repeated p-value: the smallest α whose boundary of this look is reached.

        Reading it only where it falls under α keeps the error rate over all looks.
        """
        import numpy as np
        from scipy.special import ndtri, stdtr

        # The equivalent normal deviate, bounded where the distribution's tail underflows.
        z = -ndtri(np.maximum(stdtr(degrees, -np.abs(ratio)), 1e-300))
        alphas, bounds = _curve(self.fractions)
        return np.asarray(np.exp(np.interp(z, bounds[::-1], np.log(alphas)[::-1])))


@dataclass(frozen=True)
class AlwaysValid:
    """Intervals that hold at every look, however often one looks.

    Attributes:
        planned: Units in all arms compared at which the intervals are tightest.
    """

    planned: int = 10_000

    def critical(self, degrees: np.ndarray, n: np.ndarray, alpha: float) -> np.ndarray:
        """Half width of the confidence sequence in standard errors."""
        import numpy as np

        mixed = self._mixed(n, alpha)
        width = np.sqrt((1 + mixed) / mixed * (2 * np.log(1 / alpha) + np.log1p(mixed)))
        return np.asarray(np.where(degrees > 0, width, np.nan))

    def p_value(self, ratio: np.ndarray, _degrees: np.ndarray, n: np.ndarray, alpha: float) -> np.ndarray:
        """Always-valid p-value: 1 / the mixture likelihood ratio."""
        import numpy as np

        mixed = self._mixed(n, alpha)
        return np.asarray(np.minimum(1.0, np.sqrt(1 + mixed) * np.exp(-0.5 * ratio**2 * mixed / (1 + mixed))))

    def _mixed(self, n: np.ndarray, alpha: float) -> np.ndarray:
        """Variance of the mixture over the variance of the estimate; best at the planned size."""
        import numpy as np
        from scipy.special import lambertw

        if not self.planned > 0:
            raise QuestionError(f"{self.planned!r} units are planned.", "Plan at least one.")
        best = float(-lambertw(-(alpha**2) / np.e, -1).real - 1)
        return np.asarray(best * np.maximum(n, 1) / self.planned)


def spent(fraction: float, alpha: float) -> float:
    """α that one side may have spent at a share of the information."""
    from scipy.special import ndtr, ndtri

    return float(2 * ndtr(ndtri(alpha / 4) / min(fraction, 1.0) ** 0.5))


def _boundaries(fractions: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    """Boundaries by recursive integration over the paths that have crossed none so far."""
    return _paths(fractions, alpha)[0]


@lru_cache(maxsize=_KEPT)
def _paths(fractions: tuple[float, ...], alpha: float) -> tuple[tuple[float, ...], np.ndarray, np.ndarray]:
    """(boundaries, points, mass at them) after some looks; looks before are not gone through again."""
    import numpy as np

    if not fractions:
        return (), np.zeros(1), np.ones(1)
    *earlier, now = fractions
    bounds, at, mass = _paths(tuple(earlier), alpha)
    before = earlier[-1] if earlier else 0.0
    allowed = spent(now, alpha) - (spent(before, alpha) if before else 0.0)
    step = (now - before) ** 0.5
    bound = _solved(at, mass, step, now, allowed)
    return (*bounds, bound), *_moved(at, mass, step, now, bound)


def _solved(at: np.ndarray, mass: np.ndarray, step: float, now: float, allowed: float) -> float:
    """The boundary that is crossed upwards with the allowed probability."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def excess(bound: float) -> float:
        return float((mass * ndtr((at - bound * now**0.5) / step)).sum()) - allowed

    return _FAR if allowed < 1e-32 or excess(_FAR) > 0 else float(brentq(excess, 0.0, _FAR, xtol=1e-12))


def _moved(
    at: np.ndarray, mass: np.ndarray, step: float, now: float, bound: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where the sum stands at this look among paths inside of the boundary, as points and their mass."""
    import numpy as np

    points, weights = gauss(_POINTS)
    edge = min(bound, _EDGE) * now**0.5
    here = points * edge
    kernel = np.exp(-0.5 * ((here[:, None] - at[None, :]) / step) ** 2) / (step * (2 * np.pi) ** 0.5)
    return here, weights * edge * (kernel @ mass)


@cache
def _curve(fractions: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(α, boundary of the last look) on a grid of α, for repeated p-values."""
    import numpy as np

    alphas = np.concatenate(
        [np.geomspace(1e-10, 1e-3, 15), np.linspace(0.003, 0.1, 15), np.linspace(0.15, 0.99, 8)]
    )
    return alphas, np.array([_boundaries(fractions, float(alpha))[-1] for alpha in alphas])
