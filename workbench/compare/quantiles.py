"""Quantiles and their differences by order statistics: no density, no bootstrap.

Sources: David & Nagaraja, "Order statistics", 7.1 (binomial index of the interval's ends); Zou & Donner
(2008), "Construction of confidence intervals about effect measures" (MOVER), and Donner & Zou (2012) for the
ratio; Woodruff (1952) and Deng, Knoblich & Lu (2018), section 4, for clusters: the rank scatters as the
clusters' shares under the quantile do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.compare.cube import ARM
from workbench.compare.inference import Difference, Looks
from workbench.compare.measures import Measure
from workbench.compare.narrowing import FEWEST, Sample, batches, narrowed
from workbench.compare.units import Units

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.compare.analysis import Rules
    from workbench.compare.fetch import Plan


@dataclass(frozen=True)
class Order:
    """One arm's quantile: the order statistics at and around it.

    Attributes:
        n: Units.
        value: The sample quantile.
        low, high: Ends of its interval at the level that is asked for.
        clusters: Randomised units; those of n where there are no clusters.
    """

    n: int
    value: float
    low: float
    high: float
    clusters: int = 0


def order(values: np.ndarray, q: float, width: float, cluster: np.ndarray | None = None) -> Order:
    """A quantile with its interval, by partial sorting.

    Args:
        values: Known values of one arm.
        q: Which quantile.
        width: Half width of the interval in standard errors of the rank (1.96 for 95%).
        cluster: Cluster of each value, where clusters were randomised.
    """
    return _order(Sample(values, cluster), q, width)


def _order(sample: Sample, q: float, width: float) -> Order:
    import numpy as np

    n, values = sample.n, sample.values
    if n < 2:
        return Order(n, float(values[0]) if len(values) else np.nan, np.nan, np.nan)
    design = 1.0 if sample.cluster is None else design_effect(values, q, sample.cluster)
    low, high = ranks(n, q, width, design)
    middle = (n - 1) * q
    below, above = int(np.floor(middle)), int(np.ceil(middle))
    at = sample.ranked(sorted({max(low, 0), min(high, n - 1), below, above}))
    value = at[below] + (middle - below) * (at[above] - at[below])
    return Order(n, value, at[low] if low >= 0 else -np.inf, at[high] if high < n else np.inf)


def ranks(n: int, q: float, width: float, design: float = 1.0) -> tuple[int, int]:
    """Indices (from 0) of the interval's ends; below 0 or n where the sample is too small for an end.

    The number of values under the true quantile is binomial(n, q): the ends are its quantiles at the
    level that `width` has in a normal distribution. With clusters its variance is `design` times as large.
    """
    from scipy.special import ndtr
    from scipy.stats import binom

    if design != 1.0:
        half = width * (n * q * (1 - q) * design) ** 0.5
        return max(math.floor(n * q - half) - 1, -1), min(math.ceil(n * q + half), n)
    tail = float(ndtr(-width))
    low = int(binom.ppf(tail, n, q)) - 1
    high = int(binom.isf(tail, n, q))
    return low, high


def design_effect(values: np.ndarray, q: float, cluster: np.ndarray) -> float:
    """Variance of the share under the quantile with clusters, over that with as many single units."""
    import numpy as np

    below = values <= np.quantile(values, q)
    share, (_, place) = below.mean(), np.unique(cluster, return_inverse=True)
    sums = np.bincount(place, below - share)
    count = len(sums)
    if count < 2:
        return 1e12  # one cluster does not know how far clusters differ: no interval
    plain = len(values) * share * (1 - share)
    return float(count / (count - 1) * (sums**2).sum() / plain) if plain > 0 else 1.0


def compare(
    arm: Mapping[Any, Order],
    control: Mapping[Any, Order],
    groups: list[Any],
    width: float | np.ndarray,
    looks: Looks,
    alpha: float,
    degrees: np.ndarray | None = None,
) -> Difference:
    """Differences and ratios of quantiles, segment by segment.

    The p-value takes the standard error from the side of the interval that points to zero, so that
    it falls under α exactly when the interval excludes zero.
    """
    import numpy as np

    blank = Order(0, np.nan, np.nan, np.nan)
    t = [arm.get(group, blank) for group in groups]
    c = [control.get(group, blank) for group in groups]
    value, low, high = (
        np.array([getattr(item, name) for item in t], float) for name in ("value", "low", "high")
    )
    base, floor, roof = (
        np.array([getattr(item, name) for item in c], float) for name in ("value", "low", "high")
    )
    n = np.array([(one.clusters or one.n) + (two.clusters or two.n) for one, two in zip(t, c, strict=True)])
    effect = value - base
    with np.errstate(all="ignore"):
        down = np.sqrt((value - low) ** 2 + (roof - base) ** 2)
        up = np.sqrt((high - value) ** 2 + (base - floor) ** 2)
        toward = np.where(effect > 0, down, up)
        se = toward / width
        ratio = np.where(effect == 0, 0.0, effect / se)
        freedom = np.full(len(n), np.inf) if degrees is None else degrees
        p = np.where(
            np.isfinite(toward),
            looks.p_value(ratio, freedom, n, alpha),
            np.where(np.isnan(effect), np.nan, 1.0),
        )
        lift = np.where(base != 0, effect / base, np.nan)
    ends = _ratio(value, low, high, base, floor, roof)
    return Difference(effect, se, effect - down, effect + up, lift, *ends, p, freedom)


def _ratio(
    value: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    base: np.ndarray,
    floor: np.ndarray,
    roof: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """MOVER-R interval of value / base − 1; without end where the control's interval reaches zero."""
    import numpy as np

    with np.errstate(all="ignore"):
        product = value * base
        lower = product - np.sqrt(
            np.maximum(product**2 - low * roof * (2 * value - low) * (2 * base - roof), 0.0)
        )
        lower = lower / (roof * (2 * base - roof))
        upper = product + np.sqrt(
            np.maximum(product**2 - high * floor * (2 * value - high) * (2 * base - floor), 0.0)
        )
        upper = upper / (floor * (2 * base - floor))
        bounded = (
            (floor > 0) & (2 * base - roof > 0) & np.isfinite(low) & np.isfinite(high) & np.isfinite(roof)
        )
    known = np.isfinite(value) & np.isfinite(base)
    ends = np.where(bounded, lower - 1, -np.inf), np.where(bounded, upper - 1, np.inf)
    return np.where(known, ends[0], np.nan), np.where(known, ends[1], np.nan)


def parts(
    units: Units, plan: Plan, quantile: Measure, rules: Rules, arms: Sequence[str]
) -> Callable[..., list[dict[str, Any]]]:
    """The rows of a quantile: asks for its values once; ranks cannot be read off sums.

    Args:
        units: The units.
        plan: Column of the arm; its dimensions are the breakdown.
        quantile: What is asked for.
        rules: How it is judged.
        arms: All arms.

    Returns:
        A function of (groups, arms) that gives one part of the table an arm.
    """

    samples = _samples(units, plan, quantile, arms)

    def made(groups: list[Any], others: Sequence[str]) -> list[dict[str, Any]]:
        control = samples.get(rules.control, {})
        kept: dict[Any, Order] = {}
        return [
            _part(quantile, samples.get(arm, {}), control, groups, arm, rules, kept, bool(plan.cluster))
            for arm in others
        ]

    return made


def _samples(
    units: Units, plan: Plan, quantile: Measure, arms: Sequence[str]
) -> dict[str, dict[Any, Sample]]:
    """Arm → group → known values; arms come as small numbers, for text of every unit is slow to move."""
    rows = _rows(units, plan, quantile.term[0], arms)
    if not plan.dimensions and not plan.cluster and len(rows) >= FEWEST:
        pieces = batches(rows, "x", ARM)
        made = narrowed(pieces, len(arms), float(quantile.q or 0.5))
        return {name: {(): sample} for name, sample in zip(arms, made, strict=True)}
    return _grouped(rows, plan, arms)


def _rows(units: Units, plan: Plan, column: str, arms: Sequence[str]) -> pa.Table:
    """Value, arm and keys of every unit."""
    from workbench.compare.fetch import Plan, prepared

    table = prepared(
        units.table, Plan((Measure(column, (column, None)),), plan.arm, plan.dimensions), plan.cluster
    )
    keys = {f"d_{name}": table[f"d_{name}"] for name in plan.dimensions}
    keys |= {"cluster": table.cluster} if plan.cluster else {}
    places = [(arm, place) for place, arm in enumerate(arms)]
    code = table[ARM].cases(*places, else_=-1).cast("int8")
    return units.run(table.select(**keys, **{ARM: code}, x=table[f"x_{column}"]))


def _grouped(rows: pa.Table, plan: Plan, arms: Sequence[str]) -> dict[str, dict[Any, Sample]]:
    """All values of every arm, group by group."""
    import numpy as np

    values, arm = np.asarray(rows["x"].to_numpy(), float), rows[ARM].to_numpy()
    groups, group = _groups([rows[f"d_{name}"] for name in plan.dimensions], len(values))
    cluster = _groups([rows["cluster"]], len(values))[1] if plan.cluster else None
    known = ~np.isnan(values)
    found: dict[str, dict[Any, Sample]] = {}
    for place, name in enumerate(arms):
        own = (arm == place) & known
        for at, members in enumerate(groups):
            some = own if len(groups) == 1 else own & (group == at)
            sample = Sample(values[some], None if cluster is None else cluster[some])
            found.setdefault(name, {})[members] = sample
    return found


def _groups(keys: Sequence[Any], count: int) -> tuple[list[tuple[Any, ...]], np.ndarray]:
    """(members of each group, group of each row)."""
    import numpy as np
    import pyarrow.compute as pc

    if not keys:
        return [()], np.zeros(0, np.int64)
    coded = [pc.dictionary_encode(key, null_encoding="encode").combine_chunks() for key in keys]
    sizes = [len(item.dictionary) for item in coded]
    flat = np.ravel_multi_index([item.indices.to_numpy(zero_copy_only=False) for item in coded], sizes)
    present, group = np.unique(flat, return_inverse=True)
    places = np.unravel_index(present, sizes)
    members = [
        [item.dictionary[int(at)].as_py() for at in place] for item, place in zip(coded, places, strict=True)
    ]
    return list(zip(*members, strict=True)), group.reshape(count)


def _part(
    item: Measure,
    arm: Mapping[Any, Sample],
    control: Mapping[Any, Sample],
    groups: list[Any],
    name: str,
    rules: Rules,
    kept: dict[Any, Order],
    clustered: bool,
) -> dict[str, Any]:
    """Columns of one arm; `kept` holds the control's quantiles that were found for another arm."""
    import numpy as np

    from workbench.compare.analysis import columns, noninferior

    samples = [_of_groups(side, groups) for side in (arm, control)]
    n = np.array([one.clusters + two.clusters for one, two in zip(*samples, strict=True)], float)
    degrees = np.maximum(n - 2, 1) if clustered else np.full(len(n), np.inf)
    width = np.asarray(rules.looks.critical(degrees, n, rules.alpha))
    orders = [
        _orders(side, groups, who, float(item.q or 0.5), width, kept)
        for side, who in zip(samples, (name, rules.control), strict=True)
    ]
    made = compare(orders[0], orders[1], groups, width, rules.looks, rules.alpha, degrees)
    own, base = ([side[group] for group in groups] for side in orders)
    size, size_control = (np.array([one.n for one in side], float) for side in (own, base))
    value, value_control = (np.array([one.value for one in side], float) for side in (own, base))

    def error(sign: float, factor: float) -> np.ndarray:
        """The side of each interval that points to a loss (MOVER)."""
        arm_end, control_end = ("low", "high") if sign > 0 else ("high", "low")
        of_arm = np.array([one.value - getattr(one, arm_end) for one in own])
        of_control = np.array([one.value - getattr(one, control_end) for one in base])
        return np.asarray(np.hypot(of_arm, factor * of_control) / width)

    found = columns(item.name, name, rules, (size, size_control), value, value_control, made)
    extra = {"sd_control": np.nan, "reduction": np.nan, "quantile": item.q}
    return found | extra | noninferior(item.name, rules, value, value_control, error, degrees, n)


def _of_groups(side: Mapping[Any, Sample], groups: list[Any]) -> list[Sample]:
    import numpy as np

    return [side.get(group, Sample(np.zeros(0))) for group in groups]


def _orders(
    samples: Sequence[Sample],
    groups: list[Any],
    who: str,
    q: float,
    width: np.ndarray,
    kept: dict[Any, Order],
) -> dict[Any, Order]:
    """Group → quantile, each found once for one width."""
    for sample, group, wide in zip(samples, groups, width.tolist(), strict=True):
        if (who, group, wide) not in kept:
            made = _order(sample, q, wide)
            kept[who, group, wide] = replace(made, clusters=sample.clusters)
    return {group: kept[who, group, wide] for group, wide in zip(groups, width.tolist(), strict=True)}
