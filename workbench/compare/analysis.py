"""From a cube to the table of a comparison: every metric × arm × segment, in one pass over the moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.compare import bayes, families
from workbench.compare.boundary import unseen
from workbench.compare.cube import ARM, Cube
from workbench.compare.estimates import Estimates, estimate
from workbench.compare.health import binary
from workbench.compare.inference import Difference, Looks, Once, difference, one_sided
from workbench.compare.measures import Measure
from workbench.compare.result import COLUMNS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

EXTRA = ("probability", "probability_exact", "expected_loss", "se", "sd_control", "reduction", "quantile")
_MADE = ("effect", "low", "high", "lift", "lift_low", "lift_high", "p_value", "se")
MARGIN = ("margin", "p_noninferior", "noninferior")


@dataclass(frozen=True)
class Margin:
    """The largest loss that is still acceptable.

    Attributes:
        size: In the metric's own unit, or as a share of the control where `relative`; positive.
        relative: Which of the two.
    """

    size: float
    relative: bool = False


@dataclass(frozen=True)
class Rules:
    """How a comparison is judged.

    Attributes:
        control: The control arm.
        level: Confidence of intervals.
        correction: `holm`, `bh` or `none`.
        looks: How often the data may be looked at.
        better: Metric → `higher` or `lower`.
        margins: Metric → largest acceptable loss.
        prior: What is believed about lifts before; None: nothing.
    """

    control: str
    level: float = 0.95
    correction: str = "holm"
    looks: Looks = field(default_factory=Once)
    better: Mapping[str, str] = field(default_factory=dict, hash=False)
    margins: Mapping[str, Margin] = field(default_factory=dict, hash=False)
    prior: bayes.Prior | None = None

    @property
    def alpha(self) -> float:
        """1 − confidence."""
        return 1 - self.level


def analyse(cube: Cube, rules: Rules) -> pd.DataFrame:
    """The table of a comparison that is not broken down."""
    import pandas as pd

    return pd.DataFrame(analysed(cube, rules))


def analysed(
    cube: Cube,
    rules: Rules,
    by: Sequence[str] = (),
    strata: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """The columns of a comparison's table.

    Args:
        cube: Moments by arm and dimension.
        rules: How it is judged.
        by: Dimensions of the breakdown.
        strata: Dimensions to post-stratify by.
        extra: Quantile's name → (arm, groups) → rows, as `parts` of quantiles give them.

    Returns:
        One row a segment × metric × arm, as `Comparison.table` describes, with `probability` (to be
        better), `probability_exact` (of a share: beta-binomial), `expected_loss` (a unit, when the arm is
        taken), `se`, `sd_control` (of one unit, for planning), `reduction` (of the variance, by
        covariates and strata) and `quantile`.
    """
    groups, group = cube.grouped(by)
    arms = cube.arms
    others = [arm for arm in arms if arm != rules.control]
    parts: list[dict[str, Any]] = []
    for measure in cube.measures:
        cells, found = _estimated(cube, measure, group, len(groups), strata)
        for arm in others:
            parts.append(_part(cube, measure, cells, found, arms, arm, rules))
    parts += [part for part in (extra or {}).values() for part in part(groups, others)]
    table = _joined(parts, by, groups, (*COLUMNS, *EXTRA, *(MARGIN if rules.margins else ())))
    table |= {name: table[name].astype("int64") for name in ("n", "n_control")}
    table["p_adjusted"] = families.corrected(table["p_value"], rules.correction)
    return table


def _estimated(
    cube: Cube, measure: Measure, group: np.ndarray, count: int, strata: Sequence[str]
) -> tuple[Any, Estimates]:
    layers, layer = cube.grouped(strata)
    arm = cube.dimensions[ARM].codes
    flat = (group * len(layers) + layer) * len(cube.arms) + arm
    shape = (count, len(layers), len(cube.arms))
    cells = cube.moments[measure.name].regrouped(flat, count * len(layers) * len(cube.arms)).shaped(*shape)
    return cells, estimate(measure, cells)


def left_out(cube: Cube, measure: Measure, by: Sequence[str], strata: Sequence[str]) -> int:
    """Units in strata of which an arm has fewer than two: they say nothing of a difference."""
    groups, group = cube.grouped(by)
    cells, found = _estimated(cube, measure, group, len(groups), strata)
    return int(cells.n.sum() - found.n.sum())


def _part(
    cube: Cube, measure: Measure, cells: Any, found: Estimates, arms: Sequence[str], arm: str, rules: Rules
) -> dict[str, Any]:
    """Columns of one metric and arm over all segments."""
    import numpy as np

    t, c = arms.index(arm), arms.index(rules.control)
    n, n_control = found.n[:, t], found.n[:, c]
    given = (found.value[:, t], found.value[:, c], found.variance(t), found.variance(c))
    degrees = found.degrees(t, c)
    if missing := unseen(measure, cells, found):
        width = rules.looks.critical(degrees, n + n_control, rules.alpha)
        more = (missing.variance(t, c, width), missing.variance(c, t, width))
        given = (given[0], given[1], given[2] + more[0], given[3] + more[1])
    made = difference(*given, found.covariance(t, c), degrees, n + n_control, rules.looks, rules.alpha)
    if missing:
        low = made.lift_low
        made = replace(made, lift_low=np.where(np.isfinite(low), np.maximum(low, -1.0), low))
    size = (n, n_control)
    if measure.term[1] == "__units":  # clusters: report the units in them
        at = measure.columns.index("__units")
        units = (cells.means[..., at] * cells.n).sum(1)
        size = (units[:, t], units[:, c])
    with np.errstate(all="ignore"):
        reduction = 1 - (found.own[:, t] + found.own[:, c]) / (found.raw[:, t] + found.raw[:, c])
        sd = np.sqrt(found.own[:, c] * n_control)
    made_columns = columns(measure.name, arm, rules, size, given[0], given[1], made)
    made_columns |= {"sd_control": sd, "reduction": reduction, "quantile": np.nan}
    plain = not measure.covariates and binary(cube, measure) and len(cells.n[0]) == 1
    if plain:
        higher = rules.better.get(measure.name, "higher") != "lower"
        exact = bayes.beta_better(*_events(given[0], n), *_events(given[1], n_control))
        known = np.minimum(n, n_control) > 0
        made_columns["probability_exact"] = np.where(known, exact if higher else 1 - exact, np.nan)
    return made_columns | _margin(measure.name, rules, given, found.covariance(t, c), degrees, n + n_control)


def _events(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    return np.nan_to_num(share * n), np.maximum(n, 0)


def columns(
    name: str, arm: str, rules: Rules, size: Any, value: np.ndarray, control: np.ndarray, made: Difference
) -> dict[str, Any]:
    """Columns of the table that every kind of metric has."""
    import numpy as np

    higher = rules.better.get(name, "higher") != "lower"
    mean, sd = bayes.posterior(made.effect, made.se, control, rules.prior)
    known = made.se > 0
    # A quantile on a tie may have no scatter left and yet a p-value: then only its side is open.
    side = np.where(
        np.isfinite(made.p_value), 0.5 + 0.5 * np.sign(made.effect if higher else -made.effect), np.nan
    )
    return {
        "metric": name,
        "arm": arm,
        "control": rules.control,
        "n": size[0],
        "n_control": size[1],
        "mean": value,
        "mean_control": control,
        **{key: getattr(made, key) for key in _MADE},
        "probability": np.where(known, bayes.better(mean, sd, higher), side),
        "expected_loss": np.where(known, bayes.expected_loss(mean, sd, higher), np.nan),
        "probability_exact": np.nan,
    }  # fmt: skip


def _margin(
    name: str,
    rules: Rules,
    given: tuple[np.ndarray, ...],
    covariance: np.ndarray,
    degrees: np.ndarray,
    n: np.ndarray,
) -> dict[str, Any]:
    """One-sided test that the arm loses less than the margin.

    A relative margin tests mean − (1 ∓ size) · control, so that the control's own scatter counts.
    """
    import numpy as np

    value, control, variance, of_control = given

    def error(_sign: float, factor: float) -> np.ndarray:
        return np.sqrt(np.maximum(variance + factor**2 * of_control - 2 * factor * covariance, 0.0))

    return noninferior(name, rules, value, control, error, degrees, n)


def noninferior(
    name: str,
    rules: Rules,
    value: np.ndarray,
    control: np.ndarray,
    error: Callable[[float, float], np.ndarray],
    degrees: np.ndarray,
    n: np.ndarray,
) -> dict[str, Any]:
    """Columns of the test against a margin; none where no metric has one.

    Args:
        name: Metric.
        rules: Margins, direction and plan of looks.
        value, control: Estimates of arm and control.
        error: (sign of a gain, factor) → standard error of value − factor · control towards a loss.
        degrees: Degrees of freedom.
        n: Units in both arms.
    """
    import numpy as np

    if not rules.margins:
        return {}
    margin = rules.margins.get(name)
    if margin is None:
        return dict.fromkeys(MARGIN, np.nan)
    sign = 1.0 if rules.better.get(name, "higher") != "lower" else -1.0
    factor = 1 - sign * margin.size if margin.relative else 1.0
    gain = sign * (value - factor * control) + (0.0 if margin.relative else margin.size)
    with np.errstate(all="ignore"):
        p = one_sided(gain, error(sign, factor), degrees, n, rules.looks, rules.alpha)
    allowed = -sign * (margin.size * control if margin.relative else np.full_like(control, margin.size))
    return {
        "margin": allowed,
        "p_noninferior": p,
        "noninferior": np.where(np.isnan(p), np.nan, p < rules.alpha / 2),
    }


def _joined(
    parts: Sequence[Mapping[str, Any]],
    by: Sequence[str],
    groups: Sequence[tuple[Any, ...]],
    names: Sequence[str],
) -> dict[str, np.ndarray]:
    """Columns of all parts one under the other, segment by segment; segments without units are left out."""
    import numpy as np

    count = len(groups)
    group = np.tile(np.arange(count), len(parts))
    columns = {
        name: np.concatenate([_spread(part.get(name, np.nan), count) for part in parts]) for name in names
    }
    kept = columns["n"] + columns["n_control"] > 0 if count > 1 else np.ones(len(group), bool)
    order = np.flatnonzero(kept)
    if by:
        order = order[np.argsort(group[order], kind="stable")]
    keys = {name: _spread(None, count) for name in by}
    for at, name in enumerate(by):
        keys[name][:] = [members[at] for members in groups]
    return {name: key[group[order]] for name, key in keys.items()} | {
        name: values[order] for name, values in columns.items()
    }


def _spread(value: Any, count: int) -> np.ndarray:
    """One value for each segment."""
    import numpy as np

    if isinstance(value, np.ndarray) and value.ndim:
        return value
    return np.full(count, value, None if isinstance(value, float) else object)
