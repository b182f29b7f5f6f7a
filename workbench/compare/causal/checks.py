"""Assumptions of an observational comparison, checked as far as data can: PASS, REVIEW or FAIL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.compare.causal import did, series, synthetic
from workbench.compare.causal.grid import Grid
from workbench.compare.causal.pieces import Difference
from workbench.compare.result import Remark
from workbench.compare.words import Share

if TYPE_CHECKING:
    import numpy as np

Status = Literal["PASS", "REVIEW", "FAIL"]


@dataclass(frozen=True)
class Thresholds:
    """Where a check stops passing.

    Attributes:
        alpha: p-value under which a difference before the start is more than chance.
        drift: A trend before the start may explain this share of the effect before the check fails.
        fit: Error of the synthetic control before the start, as a share of the mean, for REVIEW and FAIL.
        one_unit: Change of the effect without one unit, in standard errors.
        weight: Largest share of one donor.
    """

    alpha: float = 0.05
    drift: float = 0.5
    fit: tuple[float, float] = (0.10, 0.25)
    one_unit: float = 1.0
    weight: float = 0.8


USUAL = Thresholds()

MOST_LEFT_OUT = 300
"""Units up to which each is left out in turn; among more, none decides alone."""


@dataclass(frozen=True)
class Check:
    """One assumption: how it stands, why, and what to do."""

    status: Status
    name: str
    found: Remark

    def sentence(self, lang: str = "en") -> str:
        """What was found, in words."""
        return self.found.sentence(lang)


def trends(grid: Grid, effect: Difference, usual: Thresholds = USUAL) -> Check:
    """Whether treated and controls went alike before the start."""
    slope = did.trend_before(grid)
    if slope is None:
        return Check("REVIEW", "trends", Remark.of("check_trends_unknown"))
    length = len(grid.times) - int(grid.start[grid.treated].min())
    # from the middle of the times before to the middle of those after
    drift = slope.value * (int(grid.start[grid.treated].min()) + length) / 2
    share = abs(drift / effect.value) if effect.value else float("inf")
    values = {"p": slope.p, "share": Share(share, 0)}
    if not slope.p < usual.alpha:
        return Check("PASS", "trends", Remark("check_trends_pass", values))
    status: Status = "FAIL" if share > usual.drift else "REVIEW"
    return Check(status, "trends", Remark(f"check_trends_{status.lower()}", values))


def one_unit(grid: Grid, effect: Difference, usual: Thresholds = USUAL) -> Check:
    """Whether the effect hangs on one unit."""
    if len(grid.units) > MOST_LEFT_OUT:
        return Check("PASS", "one_unit", Remark.of("check_one_unit_many", units=len(grid.units)))
    far = did.leave_one_out(grid)
    if far is None:
        return Check("REVIEW", "one_unit", Remark.of("check_one_unit_unknown"))
    rest, name = far
    moved = did.moved(rest, effect.value)
    status: Status = "REVIEW" if moved > usual.one_unit else "PASS"
    values = {"name": name, "effect": rest.value, "moved": moved}
    return Check(status, "one_unit", Remark(f"check_one_unit_{status.lower()}", values))


def few_units(grid: Grid) -> Check:
    """Whether there are enough units for their spread to be known."""
    treated, control = int(grid.treated.sum()), int((~grid.treated).sum())
    enough = treated >= 4 and control >= 4
    status: Status = "PASS" if enough else "REVIEW"
    return Check(
        status, "few_units", Remark.of(f"check_few_units_{status.lower()}", treated=treated, control=control)
    )


def fit(found: synthetic.Synthetic, usual: Thresholds = USUAL) -> Check:
    """Whether the synthetic control went with the treated before the start."""
    import numpy as np

    share = (
        found.fit / abs(float(np.mean(found.target[: found.start]))) if found.target.any() else float("inf")
    )
    review, fail = usual.fit
    status: Status = "PASS" if share <= review else "REVIEW" if share <= fail else "FAIL"
    return Check(status, "fit", Remark.of(f"check_fit_{status.lower()}", share=Share(share)))


def one_donor(weights: np.ndarray, names: tuple[object, ...], usual: Thresholds = USUAL) -> Check:
    """Whether the synthetic control is more than one donor."""
    at = int(weights.argmax())
    status: Status = "REVIEW" if weights[at] > usual.weight else "PASS"
    values = {"name": str(names[at]), "share": Share(float(weights[at]), 0)}
    return Check(status, "one_donor", Remark(f"check_one_donor_{status.lower()}", values))


def resolution(donors: int, permutation: float) -> Check:
    """How small a p-value the permutation over units can reach at all."""
    enough = donors >= 19
    status: Status = "PASS" if enough else "REVIEW"
    values = {"donors": donors, "p": permutation, "least": 1 / (donors + 1)}
    return Check(status, "resolution", Remark(f"check_resolution_{status.lower()}", values))


def memory(
    values: np.ndarray,
    found: series.Interrupted,
    start: int,
    season: int,
    slope: bool,
    usual: Thresholds = USUAL,
) -> Check:
    """Whether the errors of a series remember more than the model allows for."""
    p = series.memory_left(values, found, start, season, slope)
    status: Status = "PASS" if p >= usual.alpha else "REVIEW"
    return Check(status, "memory", Remark.of(f"check_memory_{status.lower()}", p=p))


def before(start: int, times: int) -> Check:
    """Whether there is enough time before the start to know what is usual."""
    status: Status = "PASS" if start >= 2 * (times - start) else "REVIEW"
    return Check(
        status, "before", Remark.of(f"check_before_{status.lower()}", before=start, after=times - start)
    )


def worst(found: tuple[Check, ...]) -> Status:
    """The worst status of all."""
    order: tuple[Status, ...] = ("FAIL", "REVIEW", "PASS")
    return min((check.status for check in found), key=order.index, default="PASS")


def balance(outcome: np.ndarray, treated: np.ndarray, usual: Thresholds = USUAL) -> Check:
    """Whether both sides of a hold-out were alike before the start."""
    import numpy as np

    from workbench.compare.causal.pieces import Piece, difference

    mean = outcome.mean(axis=1)[:, None]
    p = difference(mean, [Piece(treated, ~treated, np.ones(1), 1.0)]).p
    status: Status = "REVIEW" if p < usual.alpha else "PASS"
    return Check(status, "balance", Remark.of(f"check_balance_{status.lower()}", p=p))
