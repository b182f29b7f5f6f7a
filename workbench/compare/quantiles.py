"""Quantiles and their differences by order statistics: no density, no bootstrap.

Sources: David & Nagaraja, "Order statistics", 7.1 (binomial index of the interval's ends); Zou & Donner
(2008), "Construction of confidence intervals about effect measures" (MOVER), and Donner & Zou (2012) for the
ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.cube import ARM
from workbench.compare.inference import Difference, Looks
from workbench.compare.measures import Measure
from workbench.compare.units import Units

if TYPE_CHECKING:
    import numpy as np

    from workbench.compare.analysis import Rules
    from workbench.compare.fetch import Plan


@dataclass(frozen=True)
class Order:
    """One arm's quantile: the order statistics at and around it.

    Attributes:
        n: Units.
        value: The sample quantile.
        low, high: Ends of its interval at the level that is asked for.
    """

    n: int
    value: float
    low: float
    high: float


def order(values: np.ndarray, q: float, width: float) -> Order:
    """A quantile with its interval, by partial sorting.

    Args:
        values: Known values of one arm.
        q: Which quantile.
        width: Half width of the interval in standard errors of the rank (1.96 for 95%).
    """
    import numpy as np

    n = len(values)
    if n < 2:
        return Order(n, float(values[0]) if n else np.nan, np.nan, np.nan)
    low, high = ranks(n, q, width)
    middle = (n - 1) * q
    below, above = int(np.floor(middle)), int(np.ceil(middle))
    wanted = sorted({max(low, 0), min(high, n - 1), below, above})
    part = np.partition(values, wanted)
    value = part[below] + (middle - below) * (part[above] - part[below])
    return Order(
        n, float(value), float(part[low]) if low >= 0 else -np.inf, float(part[high]) if high < n else np.inf
    )


def ranks(n: int, q: float, width: float) -> tuple[int, int]:
    """Indices (from 0) of the interval's ends; below 0 or n where the sample is too small for an end.

    The number of values under the true quantile is binomial(n, q): the ends are its quantiles at the
    level that `width` has in a normal distribution.
    """
    from scipy.special import ndtr
    from scipy.stats import binom

    tail = float(ndtr(-width))
    low = int(binom.ppf(tail, n, q)) - 1
    high = int(binom.isf(tail, n, q))
    return low, high


def compare(
    arm: Mapping[Any, Order],
    control: Mapping[Any, Order],
    groups: list[Any],
    width: float,
    looks: Looks,
    alpha: float,
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
    n = np.array([one.n + two.n for one, two in zip(t, c, strict=True)], float)
    effect = value - base
    with np.errstate(all="ignore"):
        down = np.sqrt((value - low) ** 2 + (roof - base) ** 2)
        up = np.sqrt((high - value) ** 2 + (base - floor) ** 2)
        toward = np.where(effect > 0, down, up)
        se = toward / width
        ratio = np.where(effect == 0, 0.0, effect / se)
        endless = np.full(len(n), np.inf)
        p = np.where(
            np.isfinite(toward),
            looks.p_value(ratio, endless, n, alpha),
            np.where(np.isnan(effect), np.nan, 1.0),
        )
        lift = np.where(base != 0, effect / base, np.nan)
    ends = _ratio(value, low, high, base, floor, roof)
    return Difference(effect, se, effect - down, effect + up, lift, *ends, p, endless)


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
    import numpy as np

    q = float(quantile.q or 0.5)
    width = float(rules.looks.critical(np.array([np.inf]), np.array([1e9]), rules.alpha)[0])
    found = {
        arm: {group: order(values, q, width) for group, values in by_group.items()}
        for arm, by_group in _values(units, plan, quantile.term[0], arms).items()
    }

    def made(groups: list[Any], others: Sequence[str]) -> list[dict[str, Any]]:
        control = found.get(rules.control, {})
        return [_part(quantile, found.get(arm, {}), control, groups, arm, rules, width) for arm in others]

    return made


def _values(units: Units, plan: Plan, column: str, arms: Sequence[str]) -> dict[str, dict[Any, np.ndarray]]:
    """Arm → group → known values; arms come as small numbers, for text of every unit is slow to move."""
    import numpy as np

    from workbench.compare.fetch import Plan, prepared

    table = prepared(units.table, Plan((Measure(column, (column, None)),), plan.arm, plan.dimensions))
    keys = {f"d_{name}": table[f"d_{name}"] for name in plan.dimensions}
    places = [(arm, place) for place, arm in enumerate(arms)]
    code = table[ARM].cases(*places, else_=-1).cast("int8")
    rows = units.run(table.select(**keys, arm=code, x=table[f"x_{column}"]))
    values, arm = np.asarray(rows["x"].to_numpy(), float), rows["arm"].to_numpy()
    groups, group = _groups([rows[name] for name in keys], len(values))
    known = ~np.isnan(values)
    every = known.all()
    found: dict[str, dict[Any, np.ndarray]] = {}
    for place, name in enumerate(arms):
        own = arm == place if every else (arm == place) & known
        found[name] = {
            members: values[own if len(groups) == 1 else own & (group == at)]
            for at, members in enumerate(groups)
        }
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
    item: Measure, arm: Any, control: Any, groups: list[Any], name: str, rules: Rules, width: float
) -> dict[str, Any]:
    import numpy as np

    from workbench.compare.analysis import MARGIN, columns

    made = compare(arm, control, groups, width, rules.looks, rules.alpha)
    blank = Order(0, np.nan, np.nan, np.nan)
    sides = [[side.get(group, blank) for group in groups] for side in (arm, control)]
    sizes = [np.array([one.n for one in side], float) for side in sides]
    values = [np.array([one.value for one in side], float) for side in sides]
    found = columns(item.name, name, rules, sizes, values[0], values[1], made)
    extra = {"sd_control": np.nan, "reduction": np.nan, "quantile": item.q}
    return found | extra | (dict.fromkeys(MARGIN, np.nan) if rules.margins else {})
