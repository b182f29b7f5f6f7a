"""Synthetic control: the treated as a weighted mean of untreated units that went the same way before.

Weights are at least 0 and add up to 1 (Abadie, Diamond & Hainmueller 2010). Units are brought to one level
first: as an index of their own mean before the start, or, where outcomes can be 0 or less, by their
difference from it (Doudchenko & Imbens 2016; Ferman & Pinto 2021). Inference takes every donor as if it were
treated: how large its gap gets, measured in its fit before the start, is how large a gap chance makes. The
choice among four intervals was made by simulation: see `docs/decisions/incrementality.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FEWEST_BEFORE = 8
"""Times before the start without which weights say nothing."""

FEWEST_DONORS = 2


@dataclass(frozen=True, eq=False)
class Synthetic:
    """A treated unit beside its synthetic control.

    Attributes:
        weights: One a donor, at least 0, adding up to 1.
        target, control: The treated and its synthetic control by time, in the outcome's unit.
        start: Number of the first treated time.
        fit: Root mean square of the gap before the start.
        scale: What one unit of the fitted level is worth in the outcome's unit.
    """

    weights: np.ndarray
    target: np.ndarray
    control: np.ndarray
    start: int
    fit: float
    scale: float

    @property
    def gap(self) -> np.ndarray:
        """Treated less synthetic control, by time."""
        apart: np.ndarray = self.target - self.control
        return apart

    @property
    def effect(self) -> float:
        """Mean gap from the start on."""
        return float(self.gap[self.start :].mean())


def simplex(target: np.ndarray, donors: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Weights ≥ 0 with sum 1 that minimise ‖target − w·donors‖² + ridge·‖w‖².

    With weights that add up to 1 the aim is a homogeneous quadratic of w, so that the minimum over the
    cone w ≥ 0 with a penalty on the sum lies on the same ray: one non-negative least squares is exact.

    Args:
        target: Shape (times,).
        donors: Shape (donors, times).
        ridge: Penalty, in squares of the outcome.
    """
    import numpy as np
    from scipy.optimize import nnls

    size = len(donors)
    apart = (donors - target).T
    scale = float(np.sqrt((apart**2).sum(axis=0).mean())) or 1.0
    rows = [apart / scale, np.sqrt(ridge) / scale * np.eye(size), np.ones((1, size))]
    wanted = np.zeros(len(apart) + size + 1)
    wanted[-1] = 1.0
    raw, _ = nnls(np.vstack(rows), wanted, maxiter=50 * size + 200)
    total = float(raw.sum())
    weights: np.ndarray = raw / total if total > 0 else np.full(size, 1 / size)
    return weights


def levelled(outcome: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes at one level: values, and what brings them back (outcome = offset + scale · value)."""
    import numpy as np

    mean = outcome[:, :start].mean(axis=1)
    if (mean > 0).all() and (outcome >= 0).all():
        return outcome / mean[:, None], np.zeros(len(outcome)), mean
    return outcome - mean[:, None], mean, np.ones(len(outcome))


def fitted(
    outcome: np.ndarray,
    treated: int,
    donors: np.ndarray,
    start: int,
    ridge: float = 0.0,
    augment: bool = False,
) -> Synthetic:
    """Fit the weights on the times before the start.

    Args:
        outcome: Shape (units, times).
        treated: Number of the treated unit.
        donors: Numbers of the donors.
        start: Number of the first treated time.
        ridge: Penalty on the weights as a share of the donors' mean square before the start.
        augment: Correct what is left of the gap before the start by a ridge regression on the donors
            (Ben-Michael, Feller & Rothstein 2021); weights can then be negative.
    """
    import numpy as np

    level, offset, scale = levelled(outcome, start)
    before = level[donors, :start]
    weights = simplex(level[treated, :start], before, ridge * float((before**2).sum(axis=1).mean()))
    if augment:
        weights = weights + _augmented(level[treated, :start] - weights @ before, before)
    control = offset[treated] + scale[treated] * (weights @ level[donors])
    gap = outcome[treated] - control
    fit = float(np.sqrt((gap[:start] ** 2).mean()))
    return Synthetic(weights, outcome[treated], control, start, fit, float(scale[treated]))


def _augmented(rest: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Change of the weights that a ridge regression of the rest on the donors asks for.

    The penalty is the one with which weights from the first two thirds predict the last third best.
    """
    import numpy as np

    centred = donors - donors.mean(axis=0)
    cut = max(2, 2 * len(rest) // 3)
    top = float(np.linalg.norm(centred, 2) ** 2) or 1.0
    penalties = top * np.logspace(-4, 2, 13)

    def solved(penalty: float, end: int) -> np.ndarray:
        part = centred[:, :end]
        move: np.ndarray = np.linalg.solve(part @ part.T + penalty * np.eye(len(part)), part @ rest[:end])
        centred_move: np.ndarray = move - move.mean()
        return centred_move

    errors = [((rest - solved(p, cut) @ donors)[cut:] ** 2).sum() for p in penalties]
    return solved(float(penalties[int(np.argmin(errors))]), len(rest))


@dataclass(frozen=True)
class Placebo:
    """What the same method finds where nothing happened.

    Attributes:
        ratio: Mean gap after over the fit before of each donor taken as treated.
        found: The treated unit beside its synthetic control.
    """

    ratio: np.ndarray
    found: Synthetic

    @property
    def own(self) -> float:
        """The ratio of the treated unit."""
        return _ratio(self.found)

    @property
    def permutation(self) -> float:
        """Share of units, the treated one included, with a ratio at least as large: the exact test."""
        import numpy as np

        return float((1 + (np.abs(self.ratio) >= abs(self.own)).sum()) / (1 + len(self.ratio)))

    @property
    def error(self) -> float:
        """Standard error of the effect: the placebos' spread around 0 in fits of the treated unit."""
        import numpy as np

        return float(np.sqrt((self.ratio**2).mean())) * self.found.fit

    @property
    def freedom(self) -> int:
        """Degrees of freedom of that error: one a donor."""
        return len(self.ratio)

    def reach(self, level: float = 0.95, exact: bool = False) -> float:
        """Half the width of the interval by inversion of the test.

        Args:
            level: Confidence.
            exact: By the permutation over units, which is unbounded with fewer than 1/(1 − level) units,
                instead of by Student's t of the placebos' spread.
        """
        import numpy as np
        from scipy.special import stdtrit

        if not exact:
            return float(stdtrit(self.freedom, 0.5 + level / 2)) * self.error
        rank = int(np.ceil(level * (len(self.ratio) + 1) - 1e-9))
        if rank > len(self.ratio):
            return float("inf")
        return float(np.sort(np.abs(self.ratio))[rank - 1]) * self.found.fit

    @property
    def p(self) -> float:
        """Two-sided p-value of Student's t."""
        from scipy.special import stdtr

        return float(2 * stdtr(self.freedom, -abs(self.found.effect) / max(self.error, 1e-300)))


def placebos(
    outcome: np.ndarray,
    treated: int,
    donors: np.ndarray,
    start: int,
    ridge: float = 0.0,
    augment: bool = False,
) -> Placebo:
    """Take every donor as if it were treated; the treated unit is no donor of theirs.

    Args:
        outcome, treated, donors, start, ridge, augment: As in `fitted`.
    """
    import numpy as np

    def ratio(unit: int) -> float:
        return _ratio(fitted(outcome, unit, donors[donors != unit], start, ridge, augment))

    found = fitted(outcome, treated, donors, start, ridge, augment)
    return Placebo(np.array([ratio(int(unit)) for unit in donors]), found)


def _ratio(found: Synthetic) -> float:
    return found.effect / max(found.fit, 1e-12 * found.scale)
