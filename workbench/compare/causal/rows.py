"""One method each, from the grid to the row of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.compare.causal import checks, series, synthetic
from workbench.compare.causal import did as differences
from workbench.compare.causal.checks import Check
from workbench.compare.causal.frames import control_series, events, placebo_frame, series_frame, weights
from workbench.compare.causal.grid import Grid
from workbench.compare.causal.money import Money, Spent, worth
from workbench.compare.causal.pieces import Difference, Piece, difference
from workbench.compare.causal.wish import Wish
from workbench.compare.inference import fieller
from workbench.compare.result import Remark
from workbench.errors import InputError, unknown

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Found:
    """What a method found.

    Attributes:
        method: Key of its description.
        control: What the treated are compared with.
        n, n_control: Units treated and not; of a series, times after and before.
        mean: Mean outcome of the treated, a unit and time.
        effect, error, freedom, low, high, p: The effect a unit and time.
        lift: Relative effect and its interval.
        checks: Assumptions.
        remarks: What a reader must know.
        money: The effect in money.
        details: Frames for charts.
    """

    method: str
    control: str
    n: int
    n_control: int
    mean: float
    effect: float
    error: float
    freedom: float
    low: float
    high: float
    p: float
    lift: tuple[float, float, float]
    checks: tuple[Check, ...] = ()
    remarks: tuple[Remark, ...] = ()
    money: Money | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def did(grid: Grid, wish: Wish, spend: float | None, value: float | None) -> Found:
    """Difference in differences."""
    found = differences.effect(grid)
    error, freedom = _errors(grid, found, wish.errors or "CR2")
    known = Difference(found.value, error, freedom, found.influence, found.lent)
    mean, own = differences.observed(grid)
    cells = _cells(grid)
    return Found(
        method="did" if wish.errors != "CR1" else "did_cr1",
        control="not treated",
        n=int(grid.treated.sum()),
        n_control=int((~grid.treated).sum()),
        mean=mean,
        effect=found.value,
        **_judged(known, wish.level),
        lift=_lift(mean, own, known, wish.level),
        checks=(
            checks.trends(grid, known),
            checks.one_unit(grid, known),
            checks.few_units(grid),
        ),
        remarks=differences.notes(grid, found),
        money=_did_money(grid, known, cells, spend, value, wish.level),
        details={"events": events(grid, wish.level), "series": control_series(grid)},
    )


def _judged(found: Difference | series.Interrupted, level: float) -> dict[str, Any]:
    """Error, interval and p-value of an estimate."""
    low, high = found.limits(level)
    return {"error": found.error, "freedom": found.freedom, "low": low, "high": high, "p": found.p}


def _errors(grid: Grid, found: Difference, errors: str) -> tuple[float, float]:
    if errors not in ("CR1", "CR2"):
        raise unknown("value of errors", errors, ("CR1", "CR2"))
    if errors == "CR1":
        _, error, freedom = differences.two_way(grid)
        return error, freedom
    return found.error, found.freedom


def _cells(grid: Grid) -> int:
    """Treated units × times that have a base."""
    kept = grid.start[grid.treated & (grid.start > 0)]
    return int((len(grid.times) - kept).sum())


def _lift(mean: float, own: np.ndarray, found: Difference, level: float) -> tuple[float, float, float]:
    """Effect over what would have been, with Fieller's interval."""
    import numpy as np
    from scipy.special import stdtrit

    control = mean - found.value
    if control <= 0:
        return (float("nan"),) * 3
    other = own - found.influence
    parts = (
        float((own**2).sum()) + found.lent,
        float((other**2).sum()),
        float((own * other).sum()),
        float(stdtrit(found.freedom, 0.5 + level / 2)),
    )
    low, high = fieller(np.array([mean]), np.array([control]), *(np.array([part]) for part in parts))
    return found.value / control, float(low[0]), float(high[0])


def _did_money(
    grid: Grid, found: Difference, cells: int, spend: float | None, value: float | None, level: float
) -> Money | None:
    if spend is None and grid.spend is None:
        return None
    spent = Spent(spend) if spend is not None else _spent(grid, found, cells)
    return worth(found.value * cells, (found.error * cells) ** 2, found.freedom, spent, value, level)


def _spent(grid: Grid, found: Difference, cells: int) -> Spent:
    """The difference in differences of the spend, and how it goes with that of the outcome."""
    paid = difference(grid.spend, differences.pieces(grid))  # type: ignore[arg-type]
    together = float((paid.influence * found.influence).sum())
    return Spent(paid.value * cells, (paid.error * cells) ** 2, together * cells**2)


def synthetic_control(grid: Grid, wish: Wish, spend: float | None, value: float | None) -> Found:
    """The treated together beside their synthetic control."""
    import numpy as np

    joint = _joint(grid)
    donors = np.arange(1, len(joint.units))
    start = joint.first
    tried = synthetic.placebos(joint.outcome, 0, donors, start, wish.ridge, wish.augment)
    found, reach = tried.found, tried.reach(wish.level, wish.exact)
    mean = float(found.target[start:].mean())
    low, high = found.effect - reach, found.effect + reach
    p = tried.permutation if wish.exact else tried.p
    times = len(joint.times) - start
    return Found(
        method="augmented_control" if wish.augment else "synthetic_control",
        control="synthetic",
        n=int(grid.treated.sum()),
        n_control=len(donors),
        mean=mean,
        effect=found.effect,
        error=tried.error,
        freedom=tried.freedom,
        low=low,
        high=high,
        p=p,
        lift=_observed_lift(mean, found.effect, low, high),
        checks=(
            checks.fit(found),
            checks.one_donor(found.weights, joint.units[1:]),
            checks.resolution(len(donors), tried.permutation),
            checks.before(start, len(joint.times)),
        ),
        money=_plain_money(grid, found.effect, tried.error, tried.freedom, times, spend, value, wish.level),
        details={
            "series": series_frame(joint.times, found.target, found.control, start),
            "weights": weights(joint.units[1:], found.weights),
            "placebos": placebo_frame(joint.units, tried),
            "permutation_p": tried.permutation,
        },
    )


def _joint(grid: Grid) -> Grid:
    """The mean of the treated as one unit, first; all of them must start together."""
    import numpy as np

    treated = grid.treated
    starts = np.unique(grid.start[treated])
    if len(starts) > 1:
        raise InputError(
            "Units start at different times; a synthetic control needs one start.",
            "Ask method='did', or one start at a time.",
        )
    donors = int((~treated).sum())
    if donors < synthetic.FEWEST_DONORS:
        raise InputError(
            f"{donors or 'No'} unit{'' if donors == 1 else 's'} stayed untreated: a synthetic control needs "
            f"at least {synthetic.FEWEST_DONORS}.",
            "Add untreated units, or ask method='its'.",
        )
    if starts[0] < synthetic.FEWEST_BEFORE:
        raise InputError(
            f"There are {starts[0]} times before the start; weights need {synthetic.FEWEST_BEFORE}.",
            "Add earlier times.",
        )
    joint = np.vstack([grid.outcome[treated].mean(axis=0), grid.outcome[~treated]])
    names = tuple(name for name, flag in zip(grid.units, treated, strict=True) if not flag)
    start = np.concatenate([starts, grid.start[~treated]])
    return Grid(("treated", *names), grid.times, joint, start)


def _observed_lift(mean: float, effect: float, low: float, high: float) -> tuple[float, float, float]:
    """Effects over what would have been; the observed mean is known, so the ends follow from it."""

    if mean - effect <= 0:
        return (float("nan"),) * 3

    def over(part: float) -> float:
        rest = mean - part
        return part / rest if rest > 0 else float("inf")

    return over(effect), max(over(low), -1.0), over(high)


def _plain_money(
    grid: Grid,
    effect: float,
    error: float,
    freedom: float,
    times: int,
    spend: float | None,
    value: float | None,
    level: float,
) -> Money | None:
    """Money where the spend beyond the usual is taken as known."""
    treated = grid.treated
    if spend is None and grid.spend is None:
        return None
    cells = int(treated.sum()) * times
    if spend is None:
        paid = grid.spend[treated]  # type: ignore[index]
        start = len(grid.times) - times
        spend = float(paid[:, start:].sum() - paid[:, :start].mean() * paid[:, start:].size)
    return worth(effect * cells, (error * cells) ** 2, freedom, Spent(spend), value, level)


def its(grid: Grid, wish: Wish, spend: float | None, value: float | None) -> Found:
    """The treated alone, against what their own past leads to expect."""
    treated = grid.only(grid.treated)
    start = treated.first
    if (treated.start != start).any():
        raise InputError(
            "Units start at different times; an interrupted series needs one start.", "Ask method='did'."
        )
    values = treated.outcome.mean(axis=0)
    found = series.interrupted(values, start, wish.season, wish.slope, wish.errors or "ar1")
    mean = float(values[start:].mean())
    times = len(values) - start
    apart = grid.only(~grid.treated).units
    return Found(
        method="its" if wish.errors != "hac" else "its_hac",
        control="expected",
        n=times,
        n_control=start,
        mean=mean,
        effect=found.effect,
        **_judged(found, wish.level),
        lift=_observed_lift(mean, found.effect, *found.limits(wish.level)),
        checks=(
            checks.memory(values, found, start, wish.season, wish.slope),
            checks.before(start, len(values)),
        ),
        remarks=(Remark.of("controls_unused", units=len(apart)),) if apart else (),
        money=_plain_money(grid, found.effect, found.error, found.freedom, times, spend, value, wish.level),
        details={"series": series_frame(grid.times, values, found.expected, start), "memory": found.memory},
    )


def holdout(grid: Grid, wish: Wish, spend: float | None, value: float | None) -> Found:
    """Treated against a hold-out drawn at random; times before the start only sharpen it (CUPED)."""
    import numpy as np

    treated, start = grid.treated, grid.first
    if (~treated).sum() < differences.FEWEST_CONTROLS or treated.sum() < differences.FEWEST_CONTROLS:
        raise InputError(
            f"Treated units: {int(treated.sum())}; held out: {int((~treated).sum())}.",
            "Both sides need at least 2.",
        )
    if (grid.start[treated] != start).any():
        raise InputError("Units start at different times; a hold-out needs one start.", "Give `start`.")
    after = grid.outcome[:, start:].mean(axis=1)
    adjusted = after - _predicted(grid.outcome[:, :start], after, treated)
    piece = Piece(treated, ~treated, np.ones(1), 1.0)
    found = difference(adjusted[:, None], [piece])
    mean = float(adjusted[treated].mean())
    own = np.where(treated, found.influence, 0.0)
    times = len(grid.times) - start
    return Found(
        method="holdout",
        control="held out",
        n=int(treated.sum()),
        n_control=int((~treated).sum()),
        mean=mean,
        effect=found.value,
        **_judged(found, wish.level),
        lift=_lift(mean, own, found, wish.level),
        checks=(checks.balance(grid.outcome[:, :start], treated),) if start else (),
        money=_did_money(grid, found, int(treated.sum()) * times, spend, value, wish.level)
        if spend is not None
        else None,
        details={"series": control_series(grid)} if start else {},
    )


def _predicted(before: np.ndarray, after: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """What the mean before the start says of the outcome after, within both sides (Deng et al. 2013)."""
    import numpy as np

    if not before.shape[1]:
        return np.zeros(len(after))
    x = before.mean(axis=1)
    inner_x, inner_y = x.copy(), after.copy()
    for side in (treated, ~treated):
        inner_x[side] -= x[side].mean()
        inner_y[side] -= after[side].mean()
    power = float((inner_x**2).sum())
    slope = float((inner_x * inner_y).sum()) / power if power > 0 else 0.0
    predicted: np.ndarray = slope * (x - x.mean())
    return predicted
