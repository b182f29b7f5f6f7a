"""Lift experiments as terms of the likelihood: what one measured, against what the fit says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.response.data import Data, lagged
from workbench.response.saturation import Floats

if TYPE_CHECKING:
    import pandas as pd

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Lift:
    """One experiment.

    Attributes:
        channel: Position. region: Position, or −1 for all.
        rows: Positions of its periods, shape (K,).
        effect, se: What it found, in units of the outcome over all its days.
        withheld: Share of each period's spend that the other arm did not get, shape (K,): less in a
            period that it covers in part.
    """

    channel: int
    region: int
    rows: Any
    effect: float
    se: float
    withheld: Floats


@dataclass(frozen=True, eq=False)
class Lifts:
    """The experiments of a fit.

    Attributes:
        each: The experiments.
        size: Of each region. season: Of each period. level: One unit of the fit's outcome.
    """

    each: tuple[Lift, ...]
    size: Floats
    season: Floats
    level: float

    def regions(self, lift: Lift) -> range:
        """Positions of the regions of one experiment."""
        return range(len(self.size)) if lift.region < 0 else range(lift.region, lift.region + 1)

    def others(self, data: Data, scaled: Floats, lags: int) -> Floats:
        """Spend and earlier spend of the worlds without the spend, shape (C, extra, lags).

        Only the experiment's own channel differs from what was.
        """
        parts = []
        for lift in self.each:
            other = scaled.copy()
            for region in self.regions(lift):
                other[lift.channel, region, lift.rows] *= 1 - lift.withheld
            windows = lagged(other, lags, scaled)
            for region in self.regions(lift):
                parts.append(windows[:, region, lift.rows])
        if not parts:
            return np.zeros((len(data.channels), 0, lags))
        return np.concatenate(parts, axis=1)

    def terms(self, rows: int) -> list[tuple[Any, Any, Floats, Any]]:
        """(rows as they were, rows without, factors, regions of the rows) of each experiment.

        Args:
            rows: Rows of the data, after which the extra ones stand.
        """
        periods, at, found = len(self.season), rows, []
        for lift in self.each:
            regions = np.repeat(list(self.regions(lift)), len(lift.rows))
            when = np.tile(lift.rows, len(self.regions(lift)))
            factors = self.size[regions] * self.season[when]
            found.append((regions * periods + when, np.arange(at, at + len(when)), factors, regions))
            at += len(when)
        return found


def read(lifts: Any, data: Data) -> Lifts:
    """Experiments as given to `fit`, checked against the data."""
    each = tuple(_one(row, data) for row in rows(lifts))
    return Lifts(each, data.size, data.season, data.level)


def rows(lifts: Any) -> list[dict[str, Any]]:
    """Experiments as mappings, of a frame, one mapping or a list of them."""
    if lifts is None:
        return []
    if hasattr(lifts, "to_dict") and hasattr(lifts, "columns"):
        return [dict(row) for row in lifts.to_dict("records")]
    if isinstance(lifts, Mapping):
        return [dict(lifts)]
    if isinstance(lifts, Sequence) and all(isinstance(item, Mapping) for item in lifts):
        return [dict(item) for item in lifts]
    raise QuestionError(
        f"The lifts are a {type(lifts).__name__}.",
        "Give a frame or a list of mappings with channel, start, end, effect, se.",
    )


def _one(row: dict[str, Any], data: Data) -> Lift:
    for name in ("channel", "start", "end", "effect"):
        if _blank(row.get(name)):
            raise QuestionError(
                f"An experiment names no {name!r}.", "Give channel, start, end, effect and se (or low, high)."
            )
    if row["channel"] not in data.channels:
        raise unknown("channel of an experiment", row["channel"], data.channels)
    region = None if _blank(row.get("region")) else row["region"]
    if region is not None and region not in data.regions:
        raise unknown("region of an experiment", region, data.regions)
    channel = data.channels.index(row["channel"])
    where = -1 if region is None else data.regions.index(region)
    rows, covered = _periods(row, data)
    if not data.spend[channel, where if where >= 0 else slice(None)][..., rows].any():
        raise QuestionError(
            f"Nothing was spent on {row['channel']!r} during its experiment, which then says nothing of it.",
            "Correct its days or its channel, or leave it out.",
        )
    effect = _number(row, "effect")
    return Lift(channel, where, rows, effect, _error(row), _withheld(row) * covered)


def _blank(value: Any) -> bool:
    return value is None or value != value


def _number(row: dict[str, Any], name: str) -> float:
    try:
        return float(row[name])
    except (TypeError, ValueError):
        raise QuestionError(
            f"The {name} of an experiment on {row['channel']!r} is {row[name]!r}.", "Give a number."
        ) from None


def _withheld(row: dict[str, Any]) -> float:
    share = 1.0 if _blank(row.get("withheld")) else _number(row, "withheld")
    if not 0 < share <= 1:
        raise QuestionError(
            f"The share of spend withheld in an experiment is {share:g}.", "Give a share above 0, up to 1."
        )
    return share


def _periods(row: dict[str, Any], data: Data) -> tuple[Any, Floats]:
    """Periods that an experiment ran in, and the share of each one's days that it covers."""
    start, end = (np.datetime64(_day(row[name]), "D") for name in ("start", "end"))
    after, last = end + np.timedelta64(1, "D"), data.ends[-1] - np.timedelta64(1, "D")
    days = (np.minimum(data.ends, after) - np.maximum(data.times, start)).astype(int)
    rows = np.flatnonzero(days > 0)
    if not len(rows) or start < data.times[0] or end > last:
        raise QuestionError(
            f"The experiment of {row['channel']!r} from {start} to {end} is not within the data.",
            f"The data go from {data.times[0]} to {last}; give days within, and what was found on them.",
        )
    return rows, days[rows] / (data.ends - data.times).astype(int)[rows]


def _day(value: Any) -> str:
    try:
        return (value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])).isoformat()[
            :10
        ]
    except ValueError:
        raise QuestionError(f"{value!r} is no day of an experiment.", "Write YYYY-MM-DD.") from None


def _error(row: dict[str, Any]) -> float:
    if _blank(row.get("se")):
        if _blank(row.get("low")) or _blank(row.get("high")):
            raise QuestionError(
                f"The experiment of {row['channel']!r} has no standard error.",
                "Give se, or the ends low and high of its 95% interval.",
            )
        return _above(row, (_number(row, "high") - _number(row, "low")) / (2 * NORMAL_95))
    return _above(row, _number(row, "se"))


def _above(row: dict[str, Any], se: float) -> float:
    if not 0 < se < np.inf:
        raise QuestionError(
            f"The experiment of {row['channel']!r} has a standard error of {se!r}.", "It must be above 0."
        )
    return se


def lift(
    comparison: Any,
    channel: str,
    start: Any,
    end: Any,
    metric: str | None = None,
    arm: str | None = None,
    units: float | None = None,
    withheld: float = 1.0,
    region: str | None = None,
) -> pd.DataFrame:
    """A `Comparison` as an experiment that `fit(lifts=…)` takes.

    Args:
        comparison: Of `wb.compare`; its effect is that of one unit.
        channel: Which channel's spend the arms differ in.
        start, end: First and last day of the experiment.
        metric: Which metric; None: the only one. arm: Which arm; None: the only one beside the control.
        units: Units that the outcome of the fit counts; None: the arm's own (`n`).
        withheld: Share of the spend that the other arm did not get.
        region: Where it ran; None: everywhere.

    Returns:
        One row: `channel, start, end, effect, se, withheld, region`; effect and se over all units, the
        se from the comparison's interval at its level.

    Raises:
        QuestionError: where the comparison has several rows and none is chosen.
    """
    import pandas as pd

    table = comparison.table
    for name, value in (("metric", metric), ("arm", arm)):
        table = table if value is None else table[table[name] == value]
    if len(table) != 1:
        raise QuestionError(
            f"{len(table)} rows of the comparison fit, and an experiment is one.", "Name metric= and arm=."
        )
    row = table.iloc[0]
    many = float(row["n"]) if units is None else float(units)
    z = _normal_quantile(float(getattr(comparison, "level", 0.95)))
    se = (float(row["high"]) - float(row["low"])) / (2 * z)
    found = {"channel": channel, "start": start, "end": end, "effect": many * float(row["effect"])}
    return pd.DataFrame([{**found, "se": many * se, "withheld": withheld, "region": region}])


def _normal_quantile(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)
