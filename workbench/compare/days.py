"""Ratios of members against a control, like with like, with whole days left out for their error.

Within a stratum (a region × device, say) both sides are compared by their rates; strata are joined with the
weights D_i·D_c / (D_i + D_c) of Mantel & Haenszel (1959; Greenland & Robins 1985 for ratios of rates), so
both sides are seen on the mix they share. The weights were chosen by simulation over the member's own mix,
the common mix and maximum likelihood: see `docs/decisions/campaign-comparison.md`. Days are the clusters:
the error is that of the delete-a-day jackknife, which keeps what a day did to both sides alike out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Versus = Literal["rest", "all", "before"] | int
"""What each member is compared with: the others, everybody, its own past, or one member by number."""


@dataclass(frozen=True)
class Cells:
    """Day sums of members by stratum: arrays of one value a cell.

    Attributes:
        member, stratum, day: Numbers from 0; a day before and one of now never share a number.
        past: Whether the cell belongs to the period compared with.
        top, bottom: Numerator and denominator.
        size: Numbers of members, strata and days.
    """

    member: np.ndarray
    stratum: np.ndarray
    day: np.ndarray
    past: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    size: tuple[int, int, int]

    def sums(self, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Sums of some cells, shape (top and bottom, now and past, members, strata)."""
        import numpy as np

        members, strata, _ = self.size
        at = (self.past[kept] * members + self.member[kept]) * strata + self.stratum[kept]
        parts = [np.bincount(at, side[kept], 2 * members * strata) for side in (self.top, self.bottom)]
        return np.stack(parts).reshape(2, 2, members, strata)

    def by_day(self) -> Iterator[np.ndarray]:
        """The sums of each day that has cells."""
        import numpy as np

        order = np.argsort(self.day, kind="stable")
        ends = np.cumsum(np.bincount(self.day, minlength=self.size[2]))
        for rows in np.split(order, ends[:-1]):
            if len(rows):
                yield self.sums(rows)

    def active(self) -> np.ndarray:
        """Number of days of now with data, by member."""
        import numpy as np

        members, _, days = self.size
        used = ~self.past & ((self.top != 0) | (self.bottom != 0))
        seen = np.zeros((members, days), bool)
        seen[self.member[used], self.day[used]] = True
        counts: np.ndarray = seen.sum(axis=1)
        return counts


@dataclass(frozen=True)
class Sides:
    """Rates of members and of their controls on the mix they share, and without each day.

    Attributes:
        rate: Shape (member and control, members).
        without: The same without one day, shape (days, 2, members).
        shared: Share of the member's denominator in strata that the control knows too.
    """

    rate: np.ndarray
    without: np.ndarray
    shared: np.ndarray


def sides(cells: Cells, versus: Versus) -> Sides:
    """Rates of every member and its control, with and without each day.

    Args:
        cells: Day sums.
        versus: The control.

    Returns:
        The rates; NaN where both have no stratum in common.
    """
    import numpy as np

    whole = cells.sums()
    rate = _rates(whole, versus)
    parts = [_rates(whole - day, versus) for day in cells.by_day()]
    without = np.array(parts).reshape(len(parts), *rate.shape)
    bottom, control = _pair(whole[1], versus)
    with np.errstate(invalid="ignore", divide="ignore"):
        shared = (bottom * (control > 0)).sum(axis=1) / bottom.sum(axis=1)
    return Sides(rate, without, shared)


def _rates(sums: np.ndarray, versus: Versus) -> np.ndarray:
    """Mantel–Haenszel rates of members and controls, shape (2, members)."""
    import numpy as np

    (top, top_control), (bottom, bottom_control) = (_pair(side, versus) for side in sums)
    both = (bottom > 0) & (bottom_control > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(both, 1 / (bottom + bottom_control), 0.0)
        weight = (bottom * bottom_control * part).sum(axis=1)
        one = (top * bottom_control * part).sum(axis=1) / weight
        two = (top_control * bottom * part).sum(axis=1) / weight
    return np.stack([one, two])


def _pair(side: np.ndarray, versus: Versus) -> tuple[np.ndarray, np.ndarray]:
    """Sums of members and of their controls, both (members, strata), from (now and past, members, strata)."""
    import numpy as np

    now = side[0]
    if versus == "before":
        return now, side[1]
    if versus == "rest":
        rest = now.sum(axis=0) - now
        # what is left of nothing is nothing, not the rounding of a difference
        return now, np.where(np.abs(rest) < 1e-9 * np.abs(now).sum(axis=0), 0.0, rest)
    control = now.sum(axis=0) if versus == "all" else now[versus]
    return now, np.broadcast_to(control, now.shape)


@dataclass(frozen=True)
class Contrast:
    """Members against controls, one value a member.

    Attributes:
        log: log(rate / control's rate); NaN where either is not above 0.
        log_error: Its standard error, NaN where there is none.
        error: Standard error of the logarithm of each side, shape (2, members).
        freedom: Degrees of freedom.
        effect, low, high: Difference of the rates and its 95% interval.
        lift, lift_low, lift_high: Relative difference and its 95% interval.
        p: Two-sided p-value.
    """

    log: np.ndarray
    log_error: np.ndarray
    error: np.ndarray
    freedom: np.ndarray
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lift: np.ndarray
    lift_low: np.ndarray
    lift_high: np.ndarray
    p: np.ndarray


def contrast(found: Sides, days: np.ndarray, days_control: np.ndarray) -> Contrast:
    """Differences of members and controls with the jackknife's error.

    The interval of the lift is that of the logarithm; the one of the difference joins both sides' own
    intervals, given how their days go together (Zou 2007, MOVER). Sides that are not above 0 on every
    day left out have no logarithm: the linear jackknife answers there, and the lift has no interval.

    Args:
        found: Rates with and without each day.
        days: Days with data of each member.
        days_control: The same of each control.
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    with np.errstate(all="ignore"):
        usable = (found.rate > 0).all(axis=0) & (found.without > 0).all(axis=(0, 1))
        log, logs = np.log(found.rate), np.log(found.without)
        moved = np.where(usable, logs - log, found.without - found.rate)
        scale = max(len(moved) - 1, 0) / max(len(moved), 1)
        variance = scale * (moved**2).sum(axis=0)
        shared = scale * (moved[:, 0] * moved[:, 1]).sum(axis=0)
        error = np.sqrt(np.maximum(variance.sum(axis=0) - 2 * shared, 0))
        freedom = _freedom(variance, np.stack([days, days_control]), len(moved))
        t = stdtrit(freedom, 0.975)
        gap = np.where(usable, log[0] - log[1], found.rate[0] - found.rate[1])
        p = 2 * stdtr(freedom, -np.abs(gap / np.where(error > 0, error, np.nan)))
        effect = found.rate[0] - found.rate[1]
        low, high = _mover(found.rate, np.sqrt(variance) * t, shared / np.sqrt(variance.prod(axis=0)))
        low, high = np.where(usable, low, effect - t * error), np.where(usable, high, effect + t * error)
        lift = np.where(found.rate[1] > 0, found.rate[0] / found.rate[1] - 1, np.nan)
        lift_low, lift_high = (np.where(usable, np.expm1(gap + sign * t * error), np.nan) for sign in (-1, 1))
    log_error = np.where(usable & (error > 0), error, np.nan)
    sides_error = np.where(usable, np.sqrt(variance), np.nan)
    logs_gap = np.where(usable, gap, np.nan)
    return Contrast(
        logs_gap, log_error, sides_error, freedom, effect, low, high, lift, lift_low, lift_high, p
    )


def _freedom(variance: np.ndarray, days: np.ndarray, clusters: int) -> np.ndarray:
    """Satterthwaite's degrees of freedom, never more than those of all days together."""
    import numpy as np

    with np.errstate(all="ignore"):
        parts = (variance**2 / np.maximum(days - 1, 1)).sum(axis=0)
        free = variance.sum(axis=0) ** 2 / parts
    kept: np.ndarray = np.clip(np.nan_to_num(free, nan=1.0), 1.0, max(clusters - 1, 1))
    return kept


def _mover(rate: np.ndarray, reach: np.ndarray, together: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of a difference from both sides' log intervals and their correlation."""
    import numpy as np

    down, up = rate * -np.expm1(-reach), rate * np.expm1(reach)
    r = np.nan_to_num(together)
    below = np.sqrt(np.maximum(down[0] ** 2 + up[1] ** 2 - 2 * r * down[0] * up[1], 0))
    above = np.sqrt(np.maximum(up[0] ** 2 + down[1] ** 2 - 2 * r * up[0] * down[1], 0))
    gap = rate[0] - rate[1]
    return gap - below, gap + above
