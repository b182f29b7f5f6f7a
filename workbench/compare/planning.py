"""`power`: how many units, how small an effect, how long; for means, shares, ratios and several arms.

Source: Chow, Shao & Wang, "Sample size calculations in clinical research"; the power of Student's t through
the non-central t distribution; the design effect 1 + (m − 1)·ICC of Kish (1965).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.result import Comparison, Remark, safe
from workbench.compare.words import Figure, Lift, Share
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

_ONE_SIDED = 5.0
"""Shift beyond which nothing is significant on the wrong side (under 1e-10 of all trials)."""


@dataclass(frozen=True)
class Design:
    """What a plan rests on.

    Attributes:
        baseline: Mean of the control; a share where `sd` is None.
        sd: Deviation of one unit (of a ratio: of its linearised residual); None: that of a share.
        shares: Arm → share of the units, the control first.
        alpha: Two-sided error of one comparison, after the correction for several arms.
        reduction: Part of the variance that covariates explain.
        cluster_size: Units of one randomised cluster.
        icc: Correlation of units within a cluster.
    """

    baseline: float
    sd: float | None
    shares: tuple[float, ...]
    alpha: float
    reduction: float = 0.0
    cluster_size: float = 1.0
    icc: float = 0.0

    @property
    def weakest(self) -> float:
        """Share of the smallest arm beside the control."""
        return min(self.shares[1:])

    def power(self, n: float, effect: float) -> float:
        """Chance to find a true effect with n units in all arms."""
        from scipy.special import nctdtr, stdtrit

        arm, control = n * self.weakest, n * self.shares[0]
        variance = self._variance(effect) / arm + self._variance(0.0) / control
        degrees = (arm + control) / self.cluster_size - 2
        if not degrees > 0 or not variance > 0:
            return math.nan
        critical, shift = float(stdtrit(degrees, 1 - self.alpha / 2)), abs(effect) / math.sqrt(variance)
        if shift > 30:  # certain, and beyond what the distribution's series can sum
            return 1.0
        upper = 1 - float(nctdtr(degrees, shift, critical))
        wrong = float(nctdtr(degrees, shift, -critical)) if shift < _ONE_SIDED else 0.0
        return upper + (
            0.0 if math.isnan(wrong) else wrong
        )  # the series fails only where it is next to nothing

    def _variance(self, effect: float) -> float:
        share = min(max(self.baseline + effect, 0.0), 1.0)
        one = share * (1 - share) if self.sd is None else self.sd**2
        return one * (1 - self.reduction) * (1 + (self.cluster_size - 1) * self.icc)


@dataclass(frozen=True, eq=False)
class Power:
    """The answer of `power`: the one of n, effect and power that was open, and the others as given.

    Attributes:
        n: Units in all arms.
        arms: Units of each arm, the control first.
        effect: Smallest effect found, in the metric's unit; with its sign.
        lift: The same as a share of the baseline; NaN where the baseline is 0.
        power: Chance to find it when it is true.
        days: Days until n units are there; None where `per_day` was not given.
        solved: Which was open: `n`, `effect` or `power`.
        design: What the plan rests on.
        unit: Unit of the effect.
        currency: Of an amount.
        per_day: Units a day.
    """

    n: int
    arms: tuple[int, ...]
    effect: float
    lift: float
    power: float
    days: int | None
    solved: str
    design: Design
    unit: str = "number"
    currency: str = "XXX"
    per_day: float | None = None

    def curve(self, sizes: Sequence[float] | None = None) -> pd.DataFrame:
        """What other sizes would find: columns `n`, `days`, `effect`, `lift` at the same power.

        Args:
            sizes: Units in all arms; None: from a quarter to four times the plan's.
        """
        import numpy as np
        import pandas as pd

        chosen = np.geomspace(self.n / 4, self.n * 4, 25) if sizes is None else np.asarray(sizes, float)
        target = min(self.power, 0.999) if self.power > self.design.alpha else 0.8
        found = [_smallest(self.design, float(n), target, self.effect < 0) for n in chosen]
        days = [math.nan if not self.per_day else math.ceil(n / self.per_day) for n in chosen]
        lifts = np.array(found) / self.design.baseline if self.design.baseline else np.nan
        return pd.DataFrame({"n": np.ceil(chosen).astype(int), "days": days, "effect": found, "lift": lifts})

    def steps(self) -> pd.DataFrame:
        """The curve at a quarter, half, once, twice and four times the plan's size."""
        return self.curve([self.n * factor for factor in (0.25, 0.5, 1, 2, 4)])

    def sentence(self, lang: str = "en") -> str:
        """The plan in words."""
        days = Remark.of("power_days", "info", days=self.days or 0).sentence(lang) if self.days else ""
        effect = Figure(self.effect, self.unit, self.currency, signed=True)
        values = {"n": self.n, "effect": effect, "lift": Lift(self.lift), "power": Share(self.power, 0)}
        return Remark(f"power_{self.solved}", values, "info").sentence(lang) + days

    def to_frame(self) -> pd.DataFrame:
        """One row with n, arms, effect, lift, power, days."""
        import pandas as pd

        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        names = ("n", "arms", "effect", "lift", "power", "days", "solved", "unit", "per_day")
        return {name: safe(getattr(self, name)) for name in names}

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>"


def power(
    baseline: float | Comparison,
    sd: float | None = None,
    *,
    metric: str | None = None,
    effect: float | None = None,
    lift: float | None = None,
    n: int | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    shares: Sequence[float] | Mapping[str, float] | int = 2,
    reduction: float = 0.0,
    per_day: float | None = None,
    cluster_size: float = 1.0,
    icc: float = 0.0,
    unit: str | None = None,
) -> Power:
    """Plan an experiment: give two of size, effect and power, and get the third.

    Args:
        baseline: Mean of the control (a share where `sd` is None); or a comparison, whose control, scatter
            (after its covariates) and shares are taken: of ratio metrics, too.
        sd: Deviation of one unit.
        metric: Which metric of the comparison; None: its first.
        effect, lift: Effect to find, in the metric's unit or relative to the baseline.
        n: Units in all arms.
        power: Chance to find it; None: 0.8 unless size and effect are given.
        alpha: Two-sided error, shared among the arms beside the control (Bonferroni).
        shares: Number of arms, or the share of each, the control first.
        reduction: Part of the variance that covariates explain (1 − their remaining variance).
        per_day: Units that arrive a day, for the duration.
        cluster_size, icc: Units a randomised cluster, and the correlation within one.
        unit: `percent`, `money`, …; None: a share in percent, else a plain number.

    Raises:
        QuestionError: when not two of the three are given, or a value is not possible.
    """
    given = baseline if isinstance(baseline, Comparison) else None
    base, scatter, parts, known = (
        _of(given, metric, shares) if given else (_number(baseline), sd, _shares(shares), unit)
    )
    _check(base, scatter, alpha, reduction, n, power, cluster_size, per_day)
    effect = _effect(base, scatter, effect, lift)
    design = Design(base, scatter, parts, alpha / (len(parts) - 1), reduction, cluster_size, icc)
    n_, effect_, power_, solved = _solve(design, n, effect, power)
    named = unit or known or ("percent" if scatter is None else "number")
    return Power(
        n_,
        tuple(math.ceil(n_ * share) for share in parts),
        effect_,
        effect_ / base if base else math.nan,
        power_,
        math.ceil(n_ / per_day) if per_day else None,
        solved,
        design,
        named,
        given.currency if given else "XXX",
        per_day,
    )


def _number(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise QuestionError(
            f"{given!r} is no baseline.", "Give the control's mean or share, or a comparison.", "power"
        ) from None


def _effect(base: float, sd: float | None, effect: float | None, lift: float | None) -> float | None:
    """The effect that is asked for, in the metric's unit."""
    if effect is not None and lift is not None:
        raise QuestionError("Both effect and lift are given.", "Give one of them.", "power")
    asked = effect if lift is None else lift * base
    if asked is not None and sd is None and not 0 <= base + asked <= 1:
        raise QuestionError(
            f"A share of {base:g} cannot change by {asked:+g}: it would leave 0 to 1.",
            "Ask for a smaller effect, or give sd where the baseline is no share.",
            "power",
        )
    return asked


def _solve(
    design: Design, n: int | None, effect: float | None, power: float | None
) -> tuple[int, float, float, str]:
    if effect == 0:
        raise QuestionError("An effect of 0 cannot be found.", "Give the smallest effect that matters.")
    if n is not None and effect is not None and power is None:
        return n, effect, design.power(n, effect), "power"
    target = 0.8 if power is None else power
    if effect is not None and n is None:
        return _size(design, effect, target), effect, target, "n"
    if n is not None and effect is None:
        return n, _smallest(design, n, target, False), target, "effect"
    raise QuestionError(
        "Exactly one of size, effect and power must be open.",
        "Give two of them: n, effect or lift, power (0.8 where nothing is said).",
    )


def _size(design: Design, effect: float, target: float) -> int:
    """Fewest units in all arms that reach the power."""
    least = 3 * design.cluster_size / min(design.weakest, design.shares[0])
    found = _root(lambda size: design.power(size, effect) - target, least, 1e15)
    return math.ceil(found - 1e-6)


def _smallest(design: Design, n: float, target: float, down: bool) -> float:
    """Smallest effect that n units find."""
    one = design.sd or math.sqrt(max(design.baseline * (1 - design.baseline), 1e-12))
    most = 1 - design.baseline if design.sd is None and not down else 1e6 * one
    if design.sd is None and down:
        most = design.baseline
    sign = -1.0 if down else 1.0
    found = _root(lambda size: design.power(n, sign * size) - target, 1e-9 * one, most)
    return sign * found


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function becomes positive; NaN where it never does."""
    from scipy.optimize import brentq

    def over(log: float) -> float:
        value = excess(math.exp(log))
        return -1.0 if math.isnan(value) else value

    ends = math.log(low), math.log(high)
    if over(ends[0]) >= 0:
        return low
    if over(ends[1]) < 0:
        raise QuestionError(
            "No plan reaches this power.", "Ask for less power, a larger effect, or give more units."
        )
    return math.exp(brentq(over, *ends, xtol=1e-13, rtol=1e-13))


def _of(
    given: Comparison, metric: str | None, shares: Sequence[float] | Mapping[str, float] | int
) -> tuple[float, float, tuple[float, ...], str]:
    """Baseline, deviation, shares and unit from a comparison."""
    table = given.table
    name = metric or str(table["metric"].iloc[0])
    rows = table[table["metric"] == name]
    if rows.empty:
        raise unknown("metric", name, dict.fromkeys(table["metric"]))
    if "sd_control" not in rows or given.by or not rows["sd_control"].iloc[0] > 0:
        raise QuestionError(
            f"{name} of this comparison has no scatter to plan with.", "Compare a mean or ratio, without by=."
        )
    total = rows["n"].sum() + rows["n_control"].iloc[0]
    own = (rows["n_control"].iloc[0] / total, *(rows["n"] / total))
    parts = tuple(map(float, own)) if shares == 2 else _shares(shares)
    unit = given.units.get(name, "number")
    return float(rows["mean_control"].iloc[0]), float(rows["sd_control"].iloc[0]), parts, unit


def _shares(given: Sequence[float] | Mapping[str, float] | int) -> tuple[float, ...]:
    if isinstance(given, int):
        parts: tuple[float, ...] = (1.0,) * given
    else:
        parts = tuple(given.values()) if isinstance(given, Mapping) else tuple(given)
    if len(parts) < 2 or any(not part > 0 for part in parts):
        raise QuestionError(
            f"{given!r} is no split of the units.", "Give at least two positive shares, the control's first."
        )
    return tuple(float(part) / sum(parts) for part in parts)


def _check(
    baseline: float,
    sd: float | None,
    alpha: float,
    reduction: float,
    n: int | None,
    power: float | None,
    cluster_size: float,
    per_day: float | None,
) -> None:
    rules = (
        (sd is not None or 0 < baseline < 1, "A baseline without sd is a share between 0 and 1."),
        (sd is None or sd > 0, "The deviation of a unit must be positive."),
        (0 < alpha < 1, "alpha lies between 0 and 1."),
        (0 <= reduction < 1, "The reduction of the variance lies between 0 and 1."),
        (n is None or n >= 4, "A plan needs at least 4 units."),
        (power is None or alpha < power < 1, "The power lies between alpha and 1."),
        (cluster_size >= 1, "A cluster holds at least one unit."),
        (per_day is None or per_day > 0, "Units arrive a day: more than 0."),
    )
    for holds, sentence in rules:
        if not holds:
            raise QuestionError(sentence, "Check the numbers of the plan.", "power")
