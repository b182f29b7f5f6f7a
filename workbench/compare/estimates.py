"""From moments to the estimate of each arm: ratio, post-stratification and CUPED as one linear form.

Every estimate is a smooth function of the arm's vector of means, so that its variance is
gradient' · covariance of the means · gradient (the delta method).

Sources: Deng, Xu, Kohavi & Walker (2013), "Improving the sensitivity of online controlled experiments by
utilizing pre-experiment data" (CUPED); Deng, Knoblich & Lu (2018), "Applying the delta method in metric
analytics"; Miratrix, Sekhon & Yu (2013) on post-stratification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.compare.measures import Measure, Term

if TYPE_CHECKING:
    import numpy as np

    from workbench.compare.cube import Moments


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of one measure, by segment g and arm a.

    Attributes:
        n: (g, a) units behind them.
        value: (g, a) the estimate, adjusted where there are covariates or strata.
        own: (g, a) variance of the arm's own part.
        cross: (g, a) covariance of the arm's own part with the part that all arms share.
        shared: (g,) variance of the part that all arms share: it cancels in a difference of arms.
        pieces: (g, s, a) the own variance by stratum.
        freedom: (g, s, a) degrees of freedom of each piece.
        raw: (g, a) variance without covariates, what the reduction is measured against.
        used: (g, s) strata that count: of several, those in which every arm has two units.
    """

    n: np.ndarray
    value: np.ndarray
    own: np.ndarray
    cross: np.ndarray
    shared: np.ndarray
    pieces: np.ndarray
    freedom: np.ndarray
    raw: np.ndarray
    used: np.ndarray

    def variance(self, arm: int) -> np.ndarray:
        """(g,) variance of an arm's estimate."""
        return np_array(self.own[:, arm] + 2 * self.cross[:, arm] + self.shared)

    def covariance(self, arm: int, other: int) -> np.ndarray:
        """(g,) covariance of two arms' estimates."""
        return np_array(self.cross[:, arm] + self.cross[:, other] + self.shared)

    def degrees(self, arm: int, other: int) -> np.ndarray:
        """(g,) degrees of freedom of a difference of arms (Welch and Satterthwaite)."""
        import numpy as np

        pair = [arm, other]
        with np.errstate(all="ignore"):
            parts = np.where(self.pieces > 0, self.pieces**2 / self.freedom, 0.0)[:, :, pair]
            return np_array((self.own[:, arm] + self.own[:, other]) ** 2 / parts.sum((1, 2)))


def estimate(measure: Measure, cells: Moments) -> Estimates:
    """The estimates of a measure.

    Args:
        measure: Mean or ratio, with or without covariates.
        cells: Moments as (segments, strata, arms).
    """
    import numpy as np

    used, weight = _weights(cells.n)
    spread = np.where(used[:, :, None, None, None], cells.covariances, 0.0)
    means = np.where(used[:, :, None, None], cells.means, 0.0)
    n = np.where(used[:, :, None], cells.n, 0).sum(1)
    centre = np.where(n[:, :, None] > 0, np.einsum("gs,gsak->gak", weight, means), np.nan)
    with np.errstate(all="ignore"):
        each = np.where(used[:, :, None], weight[:, :, None] ** 2 / cells.n, 0.0)
    of_means = np.einsum("gsa,gsakl->gakl", each, spread)
    value, slope = _terms(measure, measure.term, centre)
    raw = _form(slope, of_means, slope)
    cross, shared = np.zeros_like(value), np.zeros(len(value))
    if measure.covariates:
        value, slope, cross, shared = _adjusted(measure, cells, centre, of_means, spread, value, slope)
    pieces = each * np.einsum("gak,gsakl,gal->gsa", slope, spread, slope)
    freedom = np.maximum(cells.n - 1 - len(measure.covariates), 1)
    own = _form(slope, of_means, slope)
    return Estimates(n, value, own, cross, shared, pieces, freedom, raw, used)


def _weights(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(segments, strata) which strata count, and the share of the segment's units in each."""
    import numpy as np

    there = np_array(n.sum(1) > 0)
    shared = ((n >= 2) | ~there[:, None, :]).all(2) & np.any(there, axis=1, keepdims=True)
    some = n.sum(2) > 0
    # One stratum is no stratification: there an arm of one unit says nothing of the other arms.
    used = np_array(np.where(some.sum(1, keepdims=True) == 1, some, shared))
    size = np.where(used, n.sum(2), 0.0)
    with np.errstate(all="ignore"):
        return used, np.nan_to_num(size / size.sum(1, keepdims=True))


def _terms(measure: Measure, term: Term, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(…) value of a mean or ratio, and (…, columns) its gradient in the means."""
    import numpy as np

    top = measure.columns.index(term[0])
    slope = np.zeros_like(means)
    if term[1] is None:
        slope[..., top] = 1.0
        return means[..., top], slope
    bottom = measure.columns.index(term[1])
    with np.errstate(all="ignore"):
        base = np.where(means[..., bottom] == 0, np.nan, means[..., bottom])
        value = means[..., top] / base
        slope[..., top] = 1 / base
        slope[..., bottom] = -value / base
    return value, slope


def _form(left: np.ndarray, matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    import numpy as np

    return np_array(np.einsum("...k,...kl,...l->...", left, matrix, right))


def _adjusted(
    measure: Measure,
    cells: Moments,
    centre: np.ndarray,
    of_means: np.ndarray,
    spread: np.ndarray,
    value: np.ndarray,
    slope: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Move each arm to the covariates of all arms together: one coefficient and one control for all.

    The coefficient is the regression of the linearised measure on the linearised covariates within arms
    (and strata), pooled over all arms; it equals that of a least-squares fit with one intercept an arm.
    """
    import numpy as np

    share = np.nan_to_num(cells.n.sum(1) / np.maximum(cells.n.sum((1, 2))[:, None], 1))
    everyone = np.einsum("ga,gak->gk", share, np.nan_to_num(centre))
    found = [_terms(measure, term, centre) for term in measure.covariates]
    here = np.stack([item[0] for item in found], -1)  # (g, a, j)
    grade = np.stack([item[1] for item in found], -2)  # (g, a, j, k)
    target = np.stack([_terms(measure, term, everyone)[0] for term in measure.covariates], -1)
    theta = _coefficients(cells, spread, slope, grade)
    moved = np_array(value - np.einsum("gj,gaj->ga", theta, here - target[:, None]))
    pull = np.einsum("gj,gajk->gak", theta, grade)
    left = np_array(slope - pull)
    cross = np.nan_to_num(share * _form(left, of_means, pull))
    shared = np.nan_to_num(share**2 * _form(pull, of_means, pull)).sum(1)
    return moved, left, cross, shared


def _coefficients(cells: Moments, spread: np.ndarray, slope: np.ndarray, grade: np.ndarray) -> np.ndarray:
    """(g, j) pooled within-arm regression coefficients; 0 for a covariate that does not vary."""
    import numpy as np

    freedom = np.maximum(cells.n - 1, 0)
    total = np.nan_to_num(np.einsum("gsa,gsakl->gakl", freedom, spread))
    grade, slope = np.nan_to_num(grade), np.nan_to_num(slope)
    inner = np.einsum("gaik,gakl,gajl->gij", grade, total, grade)
    outer = np.einsum("gajk,gakl,gal->gj", grade, total, slope)
    scale = np.sqrt(np.maximum(np.einsum("gjj->gj", inner), 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    even = inner / scale[:, :, None] / scale[:, None, :]  # so that the cut-off below has no unit
    solved = np.einsum("gij,gj->gi", np.linalg.pinv(even, rcond=1e-12, hermitian=True), outer / scale)
    return np_array(solved / scale)


def np_array(values: object) -> np.ndarray:
    """The values as an array, for the type checker."""
    import numpy as np

    return np.asarray(values)
