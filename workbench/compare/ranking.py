"""Campaigns, creatives, regions, periods: which is really better, which may be luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare import shrink as shrinking
from workbench.compare.days import Contrast, Sides, Versus, contrast, sides
from workbench.compare.families import corrected
from workbench.compare.members import Members, members
from workbench.compare.result import COLUMNS, Comparison, Remark
from workbench.compare.sayings import Noted, names_of, verdict
from workbench.errors import QuestionError, unknown
from workbench.metrics import intervals
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

ALPHA = 0.05
BETTER, WORSE, HIGHER, LOWER, UNCLEAR, FEW = "better", "worse", "higher", "lower", "unclear", "few"
"""Verdicts of a row; `higher` and `lower` where neither is better."""


def campaigns(
    store: Store,
    by: str = "campaign",
    metric: str = "roas",
    period: str | Period = "last_28_days",
    compare: str | Period | None = None,
    where: Mapping[str, Any] | None = None,
    versus: str | None = "rest",
    adjust: str | Sequence[str] | None = None,
    age: int | str | None = None,
    correction: str = "holm",
    currency: str | None = None,
    seed: int = 7,
) -> Comparison:
    """Rank the members of a dimension by a ratio, and say which differences are real.

    Args:
        store: The store.
        by: What is compared: `campaign`, `creative`, `channel`, `region`, `audience`, `device`, `week`, …
        metric: A ratio of sums of the catalogue, such as `roas`, `cpa`, `cvr`, `ctr`.
        period: Words such as `last_28_days`.
        compare: A period in words, `previous_period` or `previous_year`: each member is compared with
            its own past instead of with other members.
        where: Dimension → value or values to keep.
        versus: `rest` (all the others together), the name of one member, or None (ranking only).
        adjust: Dimensions to compare like with like by, such as `["region", "device", "hour"]`.
        age: Leave out days younger than this for everybody, for conversions come late; `final`: days
            that a platform may still correct; `equal` (with `compare`): none, but the past is seen as it was
            known when it was as young as the period is now, from an older data version.
        correction: `holm`, `bh` (Benjamini–Hochberg) or `none`.
        currency: ISO 4217 code of amounts, as in `metrics.kpis`.
        seed: Seed of the draws behind `best` and the interval of the rank.

    Returns:
        A `Comparison`, best first. `mean`, `mean_control`: the ratio of the member and of what it is compared
        with, with `adjust` on the mix both share; `n`, `n_control`: days with data. Further columns:
        `level` (the ratio, adjusted where asked), `level_low`, `level_high`, `shrunk`, `shrunk_low`,
        `shrunk_high` (pulled towards the other members), `best` (probability to be the best), `rank`,
        `rank_low`, `rank_high`, `verdict` (`better`, `worse`, `higher`, `lower`, `unclear`, `few`) and
        `shared` (share of the member's denominator that has a like).

    Raises:
        QuestionError: for a metric that is no ratio of sums, an unknown dimension, member, period or
            filter value, or an `age` that leaves no day.
    """
    _check(versus, compare)
    found = members(store, by, metric, period, compare, where, adjust, age, currency)
    against = _against(found, versus, compare)
    shown = None if against is None else _contrast(found, against, bool(adjust))
    levels = _levels(found, bool(adjust))
    table = _table(found, levels, shown, _control(against, versus), correction, seed)
    remarks = (*found.remarks, *_remarks(found, table, bool(adjust)))
    return _answer(found, table, remarks, correction, against, bool(adjust))


def _check(versus: str | None, compare: object) -> None:
    if compare == "target":
        raise QuestionError("A target has no days to compare with.", "Name a period in `compare`.")
    if compare and versus not in ("rest", None):
        raise QuestionError(
            "A member cannot be compared with its past and with another one at once.",
            "Leave out `compare` or `versus`.",
        )


def _against(found: Members, versus: str | None, compare: object) -> Versus | None:
    """What the members are compared with."""
    if compare:
        return "before"
    if versus is None:
        return None
    if versus == "rest":
        return "rest"
    if versus not in found.names:
        raise unknown(found.measured.question.by[0], versus, found.names)
    return found.names.index(versus)


def _control(against: Versus | None, versus: str | None) -> str:
    """How the table names what members are compared with."""
    return "" if against is None else "before" if against == "before" else str(versus)


@dataclass(frozen=True)
class Levels:
    """The ratio of each member: value, interval, and its logarithm for shrinking (NaN without)."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    log: np.ndarray
    log_error: np.ndarray


@dataclass(frozen=True)
class Shown:
    """Members against controls."""

    sides: Sides
    contrast: Contrast
    days_control: np.ndarray


def _contrast(found: Members, against: Versus, adjust: bool) -> Shown:
    """Members against their controls; a member without any event takes the exact bound of its count."""
    import numpy as np

    days = found.cells.active()
    control = _days_control(found, against)
    beside = sides(found.cells, against)
    made = contrast(beside, days, control)
    if not adjust and against == "rest":
        made = _with_zeros(found, made, beside)
    enough = (days >= intervals.FEWEST_DAYS) & (control >= intervals.FEWEST_DAYS)
    if isinstance(against, int):
        enough[against] = False
    hidden = {
        name: np.where(enough, getattr(made, name), np.nan)
        for name in ("low", "high", "lift_low", "lift_high", "p")
    }
    return Shown(beside, Contrast(**{**vars(made), **hidden}), control)


def _days_control(found: Members, against: Versus) -> np.ndarray:
    import numpy as np

    cells = found.cells
    if isinstance(against, int):
        return np.full(len(found.names), cells.active()[against])
    past = against == "before"
    days = np.unique(cells.day[cells.past == past])
    if not past:
        return np.full(len(found.names), len(days))
    seen = np.zeros((cells.size[0], cells.size[2]), bool)
    seen[cells.member[cells.past], cells.day[cells.past]] = True
    counts: np.ndarray = seen.sum(axis=1)
    return counts


def _with_zeros(found: Members, made: Contrast, beside: Sides) -> Contrast:
    """Where a count is 0, its exact upper bound against the others (see `metrics.intervals`)."""
    import numpy as np

    zero = (beside.rate[0] == 0) & np.isfinite(found.level.bound)
    if not zero.any():
        return made
    rest = _rest(found)
    gap = intervals.difference(found.level, rest)
    with np.errstate(all="ignore"):
        ends = {"lift_low": np.full(len(zero), -1.0), "lift_high": gap["diff_high"] / rest.value}
    new = {"low": gap["diff_low"], "high": gap["diff_high"], "p": gap["diff_p"], **ends}
    return Contrast(
        **{
            **vars(made),
            **{name: np.where(zero, values, getattr(made, name)) for name, values in new.items()},
        }
    )


def _rest(found: Members) -> intervals.Ratio:
    """The ratio of all other members of each one."""
    import numpy as np

    cells = found.cells
    days = np.zeros((2, cells.size[0], cells.size[2]))
    for at, side in enumerate((cells.top, cells.bottom)):
        np.add.at(days[at], (cells.member, cells.day), side)
    rest = days.sum(axis=1, keepdims=True) - days
    group = np.repeat(np.arange(cells.size[0]), cells.size[2])
    value = intervals.quotient(rest[0].sum(axis=1), rest[1].sum(axis=1))
    return intervals.ratio(value, rest[0].ravel(), rest[1].ravel(), group, 0.0, found.unit)


def _levels(found: Members, adjust: bool) -> Levels:
    """The members' ratios: as they are, or what they would be on the mix of all."""
    import numpy as np
    from scipy.special import stdtrit

    plain = found.level
    with np.errstate(all="ignore"):
        usable = plain.log & (plain.error > 0)
        log = np.where(usable, np.log(plain.value - plain.shift), np.nan)
        error = np.where(usable, plain.error, np.nan)
    if not adjust or len(found.names) == 1:
        low, high = plain.limits()
        return Levels(plain.value, low, high, log, _inflated(error, plain.freedom))
    days = found.cells.active()
    made = contrast(sides(found.cells, "rest"), days, _days_control(found, "rest"))
    top, bottom = found.cells.sums()[:, 0].sum(axis=(1, 2))
    with np.errstate(all="ignore"):
        log = np.log(top / bottom) + made.log
        error = np.where(days >= intervals.FEWEST_DAYS, made.log_error, np.nan)
        reach = stdtrit(made.freedom, 0.975) * error
        value, low, high = (found.shift + np.exp(log + sign * reach) for sign in (0, -1, 1))
    return Levels(np.where(np.isfinite(log), np.exp(log) + found.shift, value), low, high, log, error)


def _inflated(error: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """The error of a normal with the variance of its Student's t."""
    import numpy as np

    with np.errstate(all="ignore"):
        return np.where(freedom > 2, error * np.sqrt(freedom / (freedom - 2)), np.nan)


def _table(
    found: Members, levels: Levels, shown: Shown | None, control: str, correction: str, seed: int
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    size, higher = len(found.names), found.metric.better != "lower"
    none = np.full(size, np.nan)
    days = found.cells.active()
    frame = pd.DataFrame({"metric": found.metric.id, "arm": list(found.names), "control": control, "n": days})
    made = shown.contrast if shown else None
    rates = (shown.sides.rate if shown else np.stack([levels.value - found.shift, none])) + found.shift
    frame["n_control"] = shown.days_control if shown else 0
    frame["mean"], frame["mean_control"] = rates
    for name in ("effect", "low", "high", "lift", "lift_low", "lift_high"):
        frame[name] = getattr(made, name) if made else none
    if found.shift:
        frame[["lift", "lift_low", "lift_high"]] = np.nan
    frame["p_value"] = made.p if made else none
    frame["p_adjusted"] = corrected(frame["p_value"], correction)
    frame = frame[list(COLUMNS)].assign(level=levels.value, level_low=levels.low, level_high=levels.high)
    frame = frame.assign(**_shrunk(found, levels, higher, seed))
    frame["verdict"] = _verdicts(frame, found.metric.better, shown is not None)
    frame["shared"] = shown.sides.shared if shown else none
    if control in found.names:
        frame = frame[frame["arm"] != control]
    known = frame["verdict"] != FEW
    order = frame["shrunk"].where(known) * (-1 if higher else 1)
    ranked = frame.assign(_order=order).sort_values(["_order", "arm"], na_position="last", kind="stable")
    return ranked.drop(columns="_order").reset_index(drop=True)


def _shrunk(found: Members, levels: Levels, higher: bool, seed: int) -> dict[str, np.ndarray]:
    """Values pulled towards the other members, and what is left of the ranking."""
    import numpy as np

    size = len(found.names)
    usable = np.isfinite(levels.log) & np.isfinite(levels.log_error)
    names = ("shrunk", "shrunk_low", "shrunk_high", "best", "rank", "rank_low", "rank_high")
    columns = {name: np.full(size, np.nan) for name in names}
    if not usable.any():
        return columns
    post = shrinking.shrink(levels.log[usable], levels.log_error[usable], seed=seed)
    for name, values in (("shrunk", post.mean), ("shrunk_low", post.low), ("shrunk_high", post.high)):
        columns[name][usable] = np.exp(values) + found.shift
    columns["best"][usable] = shrinking.best(post.draws, higher)
    order = np.argsort(np.argsort(-post.mean if higher else post.mean))
    columns["rank"][usable] = order + 1
    columns["rank_low"][usable], columns["rank_high"][usable] = shrinking.ranks(post.draws, higher)
    return columns


def _verdicts(frame: pd.DataFrame, better: str, tested: bool) -> list[str]:
    """One word a row: surely better or worse, not to be told, or too few data."""
    good, bad = {"higher": (BETTER, WORSE), "lower": (WORSE, BETTER)}.get(better, (HIGHER, LOWER))
    words = []
    for effect, p, low in zip(frame["effect"], frame["p_adjusted"], frame["level_low"], strict=True):
        if math.isnan(p if tested else low):
            words.append(FEW)
        elif not tested:
            words.append("")
        else:
            words.append(UNCLEAR if not p < ALPHA else good if effect > 0 else bad)
    return words


def _remarks(found: Members, table: pd.DataFrame, adjust: bool) -> list[Remark]:
    notes = [Remark.of("note", "info", note=Noted(note)) for note in found.measured.notes]
    few = int((table["verdict"] == FEW).sum())
    if few:
        notes.append(Remark.of("few_members", rows=few, all=len(table), days=intervals.FEWEST_DAYS))
    if len(found.names) == 1:
        notes.append(Remark.of("one_member"))
    alone = int((table["shared"] < 0.5).sum()) if adjust else 0
    if alone:
        notes.append(Remark.of("little_shared", rows=alone))
    return notes


def _answer(
    found: Members,
    table: pd.DataFrame,
    remarks: tuple[Remark, ...],
    correction: str,
    against: Versus | None,
    adjust: bool,
) -> Comparison:
    question = found.measured.question
    (name,) = question.by
    kind = "member" if isinstance(against, int) else against or ""
    return Comparison(
        table=table,
        kind="campaigns",
        method="alike" if adjust else "day_jackknife",
        units={found.metric.id: found.metric.unit},
        better={found.metric.id: found.metric.better},
        warnings=remarks,
        verdict=verdict(
            table,
            name,
            found.metric,
            found.measured.currency.code,
            kind,
            names_of(question.store, name),
        ),
        correction=correction,
        currency=found.measured.currency.code,
        as_of=question.store.as_of,
        data_version=question.store.version,
        sql=found.measured.sql,
        details={"dimension": name, "period": question.period, "before": question.before, "versus": kind},
    )
