"""Creative fatigue: does a rate fall the longer, or the more often, something has been shown?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.days import Cells
from workbench.compare.families import corrected
from workbench.compare.members import Members, members
from workbench.compare.result import COLUMNS, Comparison, Remark, Verdict
from workbench.compare.sayings import Noted, names_of
from workbench.compare.words import Lift, metric_words
from workbench.errors import unknown
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

AGAINST = ("days", "impressions")
FEWEST_DAYS, FEWEST_EVENTS = 21, 30
"""Days and events without which a trend and a week cannot be told apart."""

MONTH = 28
ALPHA = 0.05
TIRED, RISING, STEADY, FEW = "tired", "rising", "steady", "few"


def fatigue(
    store: Store,
    by: str = "creative",
    metric: str = "ctr",
    period: str | Period = "last_90_days",
    where: Mapping[str, Any] | None = None,
    against: str = "days",
    beside: str | None = "channel",
    correction: str = "holm",
) -> Comparison:
    """Estimate how a ratio changes with the days since the start, or with what was shown until then.

    For each member, log E[numerator of day d] = a + b·x_d + weekday + log(expected of day d), a Poisson
    regression with errors that allow for overdispersion and memory. What is expected of a day are its
    clicks (or other denominator) times how the other members did on that day in the same `beside`, against
    their own usual, so that neither a season nor a change of the others is taken for fatigue; with None it
    is the denominator alone.

    Args:
        store: The store.
        by: What may tire.
        metric: A ratio of the catalogue: `ctr`, `cvr`, `roas`, …
        period: Days to look at.
        where: Dimension → value or values to keep.
        against: `days` since the member's first day, or cumulated `impressions`, counted in average days.
        beside: Dimension within which others tell what a day was worth; None for no such correction.
        correction: `holm`, `bh` or `none`, over all members.

    Returns:
        A `Comparison`, the most tired first: `lift` is the change from the member's first to its last day,
        `mean_control` and `mean` the fitted ratio then; `month`, `month_low`, `month_high` the change in 28
        days; `verdict`: `tired`, `rising`, `steady` or `few`.

    Raises:
        QuestionError: as `campaigns`, or for an unknown `against`.
    """
    if against not in AGAINST:
        raise unknown("value of against", against, AGAINST)
    strata = beside if beside != by else None
    found = members(store, by, metric, period, None, where, strata, None, None)
    shown = _shown_before(store, by, period, where) if against == "impressions" else None
    others = Beside.of(found.cells)
    rows = [_row(found, others, at, shown, bool(strata)) for at in range(len(found.names))]
    return _answer(found, _table(found, rows, correction), against, correction)


@dataclass(frozen=True)
class Trend:
    """Slope of one member's log ratio.

    Attributes:
        slope, error: Per step of x.
        freedom: Degrees of freedom.
        span: Steps of x from the first to the last day.
        middle: Mean of x, weighted by what was expected.
        first: x of the first day.
        month: Steps of x in 28 average days.
        days: Days used.
    """

    slope: float
    error: float
    freedom: float
    span: float
    middle: float
    first: float
    month: float
    days: int


def _shown_before(
    store: Store, by: str, period: str | Period, where: Mapping[str, Any] | None
) -> dict[tuple[str, int], float]:
    """Impressions of a member until a day began, in its own average days."""
    import numpy as np

    paid = members(store, by, "cpm", period, None, where, None, None, None)
    cells, size = paid.cells, paid.cells.size
    daily = np.zeros((size[0], size[2]))
    np.add.at(daily, (cells.member, cells.day), cells.bottom)
    order = np.argsort(paid.stamps)
    until = np.cumsum(daily[:, order], axis=1) - daily[:, order]
    mean = daily.sum(axis=1) / np.maximum((daily > 0).sum(axis=1), 1)
    stamps = paid.stamps[order]
    return {
        (name, int(stamp)): float(until[row, at] / mean[row]) if mean[row] else 0.0
        for row, name in enumerate(paid.names)
        for at, stamp in enumerate(stamps)
    }


def _row(
    found: Members, beside: Beside, at: int, shown: dict[tuple[str, int], float] | None, adjusted: bool
) -> Trend | None:
    """The trend of one member; None with too few data."""
    import numpy as np

    top, expected = beside.expected(at, adjusted)
    kept = (expected > 0) & (top >= 0)
    events = top.sum() / (found.unit or 1.0)
    if kept.sum() < FEWEST_DAYS or (found.unit and events < FEWEST_EVENTS):
        return None
    stamps = found.stamps[kept]
    order = np.argsort(stamps)
    stamps, top, expected = stamps[order], top[kept][order], expected[kept][order]
    days = stamps - stamps[0]
    x = (
        days.astype(float)
        if shown is None
        else np.array([shown[found.names[at], int(day)] for day in stamps])
    )
    scale = max(float(x.max() - x.min()), 1e-9)
    slope, error, freedom = slope_of(top, expected, (x - x.mean()) / scale, (stamps + 3) % 7)
    if not np.isfinite(error):
        return None
    month = MONTH * (scale / float(days[-1])) if days[-1] else scale
    return Trend(
        slope / scale,
        error / scale,
        freedom,
        scale,
        float(np.average(x, weights=expected)),
        float(x[0]),
        month,
        len(x),
    )


@dataclass(frozen=True, eq=False)
class Beside:
    """Members beside one another on the same days.

    Attributes:
        cells: Day sums by member and stratum.
        rate: Rate of each member, days evened out.
    """

    cells: Cells
    rate: np.ndarray

    @classmethod
    def of(cls, cells: Cells) -> Beside:
        """Members' rates when a day moves all members of a stratum alike (iterated proportions)."""
        import numpy as np

        place = cells.stratum * cells.size[2] + cells.day
        cell_count = cells.size[1] * cells.size[2]
        total = np.bincount(cells.member, cells.top, cells.size[0])
        by_day = np.bincount(place, cells.top, cell_count)
        mood = np.ones(cell_count)
        for _ in range(30):
            rate = _over(total, np.bincount(cells.member, cells.bottom * mood[place], cells.size[0]))
            mood = _over(by_day, np.bincount(place, cells.bottom * rate[cells.member], cell_count))
        return cls(cells, rate)

    def expected(self, at: int, adjusted: bool) -> tuple[np.ndarray, np.ndarray]:
        """A member's numerator by day, and what its denominator would bring on days as others saw them."""
        import numpy as np

        cells = self.cells
        _, strata, days = cells.size
        own = cells.member == at
        place = cells.stratum * days + cells.day
        top, bottom = (
            np.bincount(place[own], side[own], strata * days) for side in (cells.top, cells.bottom)
        )
        mood = np.ones(strata * days)
        if adjusted:
            worth = cells.bottom * self.rate[cells.member]
            mood = _over(
                *(np.bincount(place[~own], side[~own], strata * days) for side in (cells.top, worth))
            )
        parts = (np.where(mood > 0, top, 0.0), bottom * mood)
        one, two = (part.reshape(strata, days).sum(axis=0) for part in parts)
        return one, two


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotients; 0 where either side is not above 0."""
    import numpy as np

    known = (top > 0) & (bottom > 0)
    return np.where(known, top / np.where(known, bottom, 1.0), 0.0)


def slope_of(
    top: np.ndarray, expected: np.ndarray, x: np.ndarray, weekday: np.ndarray
) -> tuple[float, float, float]:
    """Slope of log(top / expected) on x beside weekdays, its error and degrees of freedom.

    Poisson quasi-likelihood; the error is the sandwich with leverages taken out (HC3), widened by the memory
    that is left in the days' residuals.

    Args:
        top: Numerator by day.
        expected: What is expected of the day, above 0.
        x: Regressor.
        weekday: 0 to 6.
    """
    import numpy as np

    flags = [(weekday == day).astype(float) for day in np.unique(weekday)[1:]]
    design = np.column_stack([x, np.ones(len(x)), *flags])
    beta = np.zeros(design.shape[1])
    beta[1] = np.log(top.sum() / expected.sum())
    for _ in range(50):
        mean = expected * np.exp(design @ beta)
        step = np.linalg.lstsq((design * mean[:, None]).T @ design, design.T @ (top - mean), rcond=None)[0]
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    mean = expected * np.exp(design @ beta)
    bread = np.linalg.pinv((design * mean[:, None]).T @ design)
    leverage = np.einsum("ij,jk,ik->i", design, bread, design) * mean
    rest = (top - mean) / np.maximum(1 - leverage, 1e-3)
    score = (design * rest[:, None]) @ bread[0]
    worn = (top - mean) / np.sqrt(np.maximum(mean, 1e-12))
    memory = (
        float((worn[1:] * worn[:-1]).sum() / max((worn**2).sum(), 1e-300)) + (design.shape[1]) / len(x) / 2
    )
    memory = min(max(memory, 0.0), 0.9)
    wide = (1 + memory) / (1 - memory)
    return (
        float(beta[0]),
        float(np.sqrt((score**2).sum() * wide)),
        max((len(x) - design.shape[1]) / wide, 2.0),
    )


def _table(found: Members, rows: list[Trend | None], correction: str) -> pd.DataFrame:
    import pandas as pd

    made = pd.DataFrame([_values(found, at, trend) for at, trend in enumerate(rows)])
    made["p_adjusted"] = corrected(made["p_value"], correction)
    made["verdict"] = [
        FEW if p != p else STEADY if p >= ALPHA else TIRED if (lift < 0) == _falls(found) else RISING
        for p, lift in zip(made["p_adjusted"], made["lift"], strict=True)
    ]
    order = [*COLUMNS, "month", "month_low", "month_high", "verdict"]
    return made[order].sort_values(["lift", "arm"], na_position="last", kind="stable").reset_index(drop=True)


def _falls(found: Members) -> bool:
    """Whether a fall is what tiredness looks like."""
    return found.metric.better != "lower"


def _values(found: Members, at: int, trend: Trend | None) -> dict[str, Any]:
    import numpy as np
    from scipy.special import stdtr, stdtrit

    row = {name: float("nan") for name in (*COLUMNS, "month", "month_low", "month_high")}
    row |= {"metric": found.metric.id, "arm": found.names[at], "control": "first day", "n": 0, "n_control": 0}  # type: ignore[dict-item]
    if trend is None:
        return row
    reach = float(stdtrit(trend.freedom, 0.975)) * trend.error
    ends = [trend.slope + sign * reach for sign in (0, -1, 1)]
    lift, low, high = (float(np.expm1(slope * trend.span)) for slope in ends)
    month = [float(np.expm1(slope * trend.month)) for slope in ends]
    core = float(found.level.value[at]) - found.shift
    base = core * float(np.exp(trend.slope * (trend.first - trend.middle)))
    p = float(2 * stdtr(trend.freedom, -abs(trend.slope / trend.error)))
    return row | {
        "n": trend.days,
        "n_control": trend.days,
        "mean": base * (1 + lift) + found.shift,
        "mean_control": base + found.shift,
        "effect": base * lift,
        "low": base * low,
        "high": base * high,
        "lift": lift,
        "lift_low": low,
        "lift_high": high,
        "p_value": p,
        "month": month[0],
        "month_low": month[1],
        "month_high": month[2],
    }


def _answer(found: Members, table: pd.DataFrame, against: str, correction: str) -> Comparison:
    question, tired = found.measured.question, table[table["verdict"] == TIRED]
    counts = {
        "all": len(table),
        "metric": metric_words(found.metric.id),
        "tired": len(tired),
        "few": int((table["verdict"] == FEW).sum()),
    }
    parts = [Remark("fatigue_counts", counts, "info")]
    if len(tired):
        first = tired.iloc[0] if _falls(found) else tired.iloc[-1]
        lift = Lift(first["lift"], first["lift_low"], first["lift_high"])
        parts.append(
            Remark.of(
                "fatigue_first", "info", arm=names_of(question.store, question.by[0])(first["arm"]), lift=lift
            )
        )
    return Comparison(
        table=table,
        kind="campaigns",
        method=f"fatigue_{against}",
        units={found.metric.id: found.metric.unit},
        better={found.metric.id: found.metric.better},
        warnings=tuple(Remark.of("note", "info", note=Noted(note)) for note in found.measured.notes),
        verdict=Verdict(*parts),
        correction=correction,
        currency=found.measured.currency.code,
        as_of=question.store.as_of,
        data_version=question.store.version,
        sql=found.measured.sql,
        details={"dimension": question.by[0], "period": question.period},
    )
