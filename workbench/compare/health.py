"""Warnings first: what makes a comparison untrustworthy, or harder to read than it looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.compare.boundary import effective
from workbench.compare.cube import ARM, Cube, Moments
from workbench.compare.estimates import estimate
from workbench.compare.inference import Once, difference
from workbench.compare.measures import Measure
from workbench.compare.result import Remark, SampleRatio
from workbench.compare.words import Share, metric_words

if TYPE_CHECKING:
    import numpy as np

FEWEST_EVENTS = 10
"""Buyers, and non-buyers, that an arm needs for a share to have a usable interval."""
FEWEST_EFFECTIVE = 20
"""Equal events that an amount or a ratio must be worth: of fewer, 95% intervals held the truth in 94% of many
simulated worlds on average and in 85% of the worst (zero-inflated lognormal amounts, 30 to 1,000 units)."""
FEWEST_UNITS = 30
FEWEST_CLUSTERS = 40
HEAVY = 0.1
"""Part of an arm's scatter that a single unit may make up."""
UNBALANCED = 0.001
"""p-value under which a covariate from before differs between the arms."""


def remarks(cube: Cube, control: str, ratio: SampleRatio, clustered: bool) -> tuple[Remark, ...]:
    """Everything to say about the data of a comparison.

    Args:
        cube: All of its cells.
        control: The control arm.
        ratio: The check of the group sizes.
        clustered: Whether its units are clusters.
    """
    found = [*_sizes(ratio), *(_clusters(cube) if clustered else ())]
    for measure in cube.measures:
        arms = cube.moments[measure.name].regrouped(cube.dimensions[ARM].codes, len(cube.arms))
        found += [
            *_missing(cube, measure),
            *_nothing_below(cube, measure, arms),
            *_scatter(cube, measure, arms),
            *(() if clustered else _small(cube, measure, arms)),
            *_covariates(cube, measure, control, arms),
        ]
    return tuple(found)


def _sizes(ratio: SampleRatio) -> Iterator[Remark]:
    if ratio.ok:
        return
    sizes = [f"{arm} {ratio.observed[arm]:,} / {ratio.expected[arm]:,.0f}" for arm in ratio.observed]
    yield Remark.of("srm", "bad", sizes=sizes, p=_small_p(ratio.p_value))


def _clusters(cube: Cube) -> Iterator[Remark]:
    counts = _by_arm(cube, cube.assigned)
    few = {arm: int(n) for arm, n in zip(cube.arms, counts, strict=True) if n < FEWEST_CLUSTERS}
    if few:
        yield Remark.of("few_clusters", arms=[f"{arm} {n}" for arm, n in few.items()], least=FEWEST_CLUSTERS)


def _missing(cube: Cube, measure: Measure) -> Iterator[Remark]:
    """Units without a value are left out; when that differs by arm, what is left is no random sample."""
    moments = cube.moments[measure.name]
    rows = cube.assigned
    lost = _by_arm(cube, rows - moments.n)
    if not lost.any():
        return
    from scipy.special import chdtrc

    total = _by_arm(cube, rows)
    expected = total * lost.sum() / total.sum()
    spread = expected * (1 - lost.sum() / total.sum())
    p = float(chdtrc(len(total) - 1, (((lost - expected) ** 2) / spread.clip(1e-300)).sum()))
    uneven = p < UNBALANCED and lost.sum() < total.sum()
    yield Remark.of(
        "missing_uneven" if uneven else "missing",
        "bad" if uneven else "warn",
        metric=metric_words(measure.name),
        count=int(lost.sum()),
        share=Share(float(lost.sum() / total.sum())),
    )


def _nothing_below(cube: Cube, measure: Measure, moments: Moments) -> Iterator[Remark]:
    """A ratio whose denominator adds up to nothing."""
    if measure.term[1] is None:
        return
    base = moments.means[:, measure.columns.index(measure.term[1])]
    arms = [arm for arm, mean, n in zip(cube.arms, base, moments.n, strict=True) if n and mean == 0]
    if arms:
        yield Remark.of("zero_base", "bad", metric=metric_words(measure.name), arms=arms)


def _scatter(cube: Cube, measure: Measure, moments: Moments) -> Iterator[Remark]:
    import numpy as np

    name = metric_words(measure.name)
    variance = moments.covariances[:, 0, 0]
    if measure.is_mean and not (np.nan_to_num(variance) > 0).any():
        yield Remark.of("no_variance", "bad", metric=name)
        return
    if not measure.is_mean:
        return
    if float(np.nanmin(moments.low)) < 0:
        yield Remark.of("negative", "info", metric=name, lowest=float(np.nanmin(moments.low)))
    mean = moments.means[:, 0]
    with np.errstate(all="ignore"):
        furthest = np.maximum(np.abs(moments.high - mean), np.abs(moments.low - mean))
        part = furthest**2 / ((moments.n - 1) * variance)
    worst = int(np.argmax(np.nan_to_num(part)))
    if moments.n[worst] > 2 * FEWEST_UNITS and part[worst] > HEAVY:
        yield Remark.of("heavy_tail", metric=name, arm=cube.arms[worst], share=Share(float(part[worst]), 0))


def _small(cube: Cube, measure: Measure, moments: Moments) -> Iterator[Remark]:
    name = metric_words(measure.name)
    if binary(cube, measure):
        import numpy as np

        events = moments.means[:, 0] * moments.n
        fewest = np.minimum(events, moments.n - events)
        if fewest.min() < FEWEST_EVENTS:
            yield Remark.of("few_events", metric=name, count=round(float(fewest.min())), least=FEWEST_EVENTS)
    elif moments.n.min() < FEWEST_UNITS:
        yield Remark.of("few_units", metric=name, count=int(moments.n.min()), least=FEWEST_UNITS)
    elif (count := _effective(measure, moments)) < FEWEST_EFFECTIVE:
        yield Remark.of("few_effective", metric=name, count=count, least=FEWEST_EFFECTIVE)


def _effective(measure: Measure, moments: Moments) -> int:
    """Equal events that the sum of the emptiest arm is worth; with values below 0 they are the units."""
    import numpy as np

    if (np.nan_to_num(moments.low) < 0).any():
        return int(moments.n.min())
    top = measure.columns.index(measure.term[0])
    mean, of_units = moments.means[:, top], moments.covariances[:, top, top]
    return int(effective(mean, of_units / moments.n, moments.n).min())


def binary(cube: Cube, measure: Measure) -> bool:
    """Whether a measure is a share: a mean of zeros and ones."""
    import numpy as np

    moments = cube.moments[measure.name]
    if not measure.is_mean or not np.isfinite(moments.low).any():
        return False
    within = np.nanmin(moments.low) >= 0 and np.nanmax(moments.high) <= 1
    mean, n = moments.means[:, 0], moments.n
    total, squares = n * mean, moments.spread[:, 0, 0] + n * mean**2
    return bool(within and np.abs((total - squares).sum()) <= 1e-9 * max(moments.n.sum(), 1.0))


def _covariates(cube: Cube, measure: Measure, control: str, cells: Moments) -> Iterator[Remark]:
    """A covariate is from before: it can only differ by chance."""
    import numpy as np

    if not measure.covariates:
        return
    shaped = cells.shaped(1, 1, len(cube.arms))
    base = cube.arms.index(control)
    for term in measure.covariates:
        alone = Measure("", term)
        found = estimate(alone, shaped.narrowed([measure.columns.index(name) for name in alone.columns]))
        for at, arm in enumerate(cube.arms):
            if at == base:
                continue
            n = found.n[:, at] + found.n[:, base]
            given = (found.value[:, at], found.value[:, base], found.own[:, at], found.own[:, base])
            made = difference(*given, np.zeros(1), found.degrees(at, base), n, Once(), 0.05)
            if made.p_value[0] < UNBALANCED:
                name = metric_words(term[0] if term[1] is None else f"{term[0]}/{term[1]}")
                yield Remark.of("unbalanced", covariate=name, arm=arm, p=_small_p(float(made.p_value[0])))


def _by_arm(cube: Cube, values: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.bincount(cube.dimensions[ARM].codes, values, len(cube.arms))


def _small_p(p: float) -> str:
    return f"{p:.1g}" if p >= 1e-6 else "< 0.000001"
