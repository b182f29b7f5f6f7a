"""How a reaction depends on the gap since the last contact: a curve with one peak, pooled over cells.

P(positive) = exp(a + b·z − ½·k·z² + φ·recent) with z = ln(gap / 30 days); a and b belong to method and
segment, k (how fast a reaction falls away) to all, φ (fatigue by each contact in the 30 days before) to the
method. Cells are pulled towards their method and their segment as far as the data ask for: the spreads are
averaged over by their evidence (Laplace), so that intervals know how little is known of a cell (Gelman et
al., *Bayesian Data Analysis*, 3rd ed., chapters 13 and 16).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.1, 0.3, 0.8)
"""Spreads of the level between cells, in logs."""

PEAKS = (0.1, 0.3, 0.8)
"""Spreads of the slope between cells, in logs."""

WIDE = 10.0
"""Spread of what is not pooled."""

BINS = 60
"""Gaps are counted in so many steps of equal ratio."""

MONTH = 30.0
"""Days at which the level of a curve is taken."""

ALMOST = -1e-6
"""Largest log probability."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Curves of all cells, as joint draws.

    Attributes:
        methods, segments: Names; a cell is (segment, method).
        level, slope: a and b at the best guess, shape (segments, methods).
        bend: k. fatigue: φ by method.
        draws: The same as draws: `level, slope` (draws, segments, methods), `bend` (draws,), `fatigue`
            (draws, methods).
        span: Shortest and longest gap that was seen, in days (1st and 99th percentile).
        n: Contacts of each cell.
        misfit: Probability of a misfit as large as seen if the curve is right (χ² over gaps).
    """

    methods: tuple[str, ...]
    segments: tuple[str, ...]
    level: np.ndarray
    slope: np.ndarray
    bend: float
    fatigue: np.ndarray
    draws: dict[str, np.ndarray]
    span: tuple[float, float]
    n: np.ndarray
    misfit: float

    def best(self) -> np.ndarray:
        """Gap in days after which a contact most likely pleases, others held equal; inf: it only grows."""
        return peak(self.slope, np.array(self.bend))

    def best_draws(self) -> np.ndarray:
        """The same of every draw, shape (draws, segments, methods)."""
        return peak(self.draws["slope"], self.draws["bend"][:, None, None])

    def chance(self, gap: np.ndarray, recent: np.ndarray) -> np.ndarray:
        """Probability of a positive reaction, shape (gaps, segments, methods).

        Args:
            gap: Days since the last contact. recent: Contacts in the 30 days before.
        """
        return chance(self.level, self.slope, np.array(self.bend), self.fatigue, gap, recent)

    def chance_of(
        self,
        segment: np.ndarray,
        method: np.ndarray,
        gap: np.ndarray,
        recent: np.ndarray,
        draws: bool = False,
    ) -> np.ndarray:
        """Probability of a positive reaction of single contacts, or of every draw of them (draws, contacts).

        Args:
            segment, method: Index of each. gap: Days since the last contact. recent: Contacts in 30 days.
            draws: Whether every draw is asked.
        """
        z = np.log(np.maximum(gap, 0.02) / MONTH)
        if draws:
            cell = (slice(None), segment, method)
            bend = self.draws["bend"][:, None]
            log = self.draws["level"][cell] + self.draws["slope"][cell] * z - 0.5 * bend * z**2
            log = log + self.draws["fatigue"][:, method] * recent
        else:
            log = self.level[segment, method] + self.slope[segment, method] * z - 0.5 * self.bend * z**2
            log = log + self.fatigue[method] * recent
        found: np.ndarray = np.exp(np.minimum(log, ALMOST))
        return found

    def chance_draws(self, gap: float, recent: float) -> np.ndarray:
        """The same of every draw at one gap, shape (draws, segments, methods)."""
        z = np.log(gap / MONTH)
        log = self.draws["level"] + self.draws["slope"] * z + self.draws["fatigue"][:, None, :] * recent
        log = log - 0.5 * self.draws["bend"][:, None, None] * z**2
        found: np.ndarray = np.exp(np.minimum(log, ALMOST))
        return found


def peak(slope: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Gap at the peak of the curve; inf or 0 where it has none."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        found: np.ndarray = np.where(bend > 0, MONTH * np.exp(slope / bend), np.where(slope > 0, np.inf, 0.0))
    return found


def chance(
    level: np.ndarray,
    slope: np.ndarray,
    bend: np.ndarray,
    fatigue: np.ndarray,
    gap: np.ndarray,
    recent: np.ndarray,
) -> np.ndarray:
    """Probability of a positive reaction: gaps first, then the shape of the levels."""
    z = np.log(gap / MONTH)[:, None, None]
    log = level + slope * z - 0.5 * bend * z**2 + fatigue * recent[:, None, None]
    found: np.ndarray = np.exp(np.minimum(log, ALMOST))
    return found


def fit(made: pd.DataFrame, draws: int = 2000, seed: int = 7) -> Curve:
    """Fit the curves to contacts that had one before.

    Args:
        made: As `history` gives.
        draws: Joint draws.
        seed: Seed of the draws.

    Raises:
        QuestionError: where no customer was contacted twice.
    """
    from threadpoolctl import threadpool_limits

    table = made[made["gap"] > 0]
    if table.empty:
        raise QuestionError(
            "No customer was contacted twice, so nothing tells how long to wait.",
            "Import the interactions of a longer time.",
        )
    methods, segments = (tuple(sorted(table[name].unique())) for name in ("method", "segment"))
    counts = _counted(table, methods, segments)
    design, kind = _design(counts, len(methods), len(segments))
    with threadpool_limits(1):  # the matrices are small: threads would only wait for one another
        tried = [_laplace(counts, design, _prior(kind, *spread)) for spread in product(LEVELS, PEAKS)]
    evidence = np.array([one[2] for one in tried])
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    centre = sum(share * one[0] for share, one in zip(weight, tried, strict=True))
    extra = _clustered(table, counts, design, tried[int(weight.argmax())])
    rng = np.random.default_rng(seed)
    picked = rng.choice(len(tried), draws, p=weight)
    noise = rng.standard_normal((draws, design.shape[1]))
    root = [np.linalg.cholesky(one[1] * extra) for one in tried]
    theta = np.stack([tried[at][0] + root[at] @ noise[row] for row, at in enumerate(picked)])
    low, high = np.quantile(table["gap"], [0.01, 0.99])
    parts = _parts(np.asarray(centre)[None], len(methods), len(segments))
    n = np.zeros((len(segments), len(methods)))
    np.add.at(n, (counts.segment, counts.method), counts.n)
    return Curve(
        methods,
        segments,
        parts["level"][0],
        parts["slope"][0],
        float(parts["bend"][0]),
        parts["fatigue"][0],
        _parts(theta, len(methods), len(segments)),
        (float(low), float(high)),
        n.astype(int),
        _misfit(counts, design, np.asarray(centre)),
    )


@dataclass(frozen=True, eq=False)
class Counts:
    """Contacts by cell, gap and number of recent ones: `n` and positive `yes`; `row` of each contact."""

    method: np.ndarray
    segment: np.ndarray
    z: np.ndarray
    recent: np.ndarray
    n: np.ndarray
    yes: np.ndarray
    row: np.ndarray


def _counted(table: pd.DataFrame, methods: tuple[str, ...], segments: tuple[str, ...]) -> Counts:
    import pandas as pd

    z = np.log(np.maximum(table["gap"].to_numpy(float), 0.02) / MONTH)
    edges = np.linspace(z.min(), z.max() + 1e-9, BINS + 1)
    step = np.searchsorted(edges, z, side="right") - 1
    method = pd.Categorical(table["method"], methods).codes.astype(np.int64)
    segment = pd.Categorical(table["segment"], segments).codes.astype(np.int64)
    recent = np.minimum(table["recent"].to_numpy(float), 9).astype(np.int64)
    key = ((method * len(segments) + segment) * BINS + step) * 10 + recent
    _, first, row, n = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    mean = np.bincount(row, z) / n
    yes = np.bincount(row, table["positive"].to_numpy(float))
    return Counts(method[first], segment[first], mean, recent[first], n, yes, row)


def _design(counts: Counts, methods: int, segments: int) -> tuple[np.ndarray, np.ndarray]:
    """(columns: level and slope by method, segment, cell; bend; fatigue by method — and the kind of each)."""
    sides = [
        (counts.method, methods, ("free", "free")),
        (counts.segment, segments, ("level", "slope")),
        (counts.segment * methods + counts.method, segments * methods, ("level", "slope")),
    ]
    blocks, kinds = [], []
    for code, size, kind in sides:
        flags = (code[:, None] == np.arange(size)).astype(float)
        blocks += [flags, flags * counts.z[:, None]]
        kinds += [kind[0]] * size + [kind[1]] * size
    flags = (counts.method[:, None] == np.arange(methods)).astype(float)
    blocks += [-0.5 * counts.z[:, None] ** 2, flags * counts.recent[:, None]]
    return np.hstack(blocks), np.array([*kinds, "free", *["free"] * methods])


def _prior(kind: np.ndarray, level: float, slope: float) -> np.ndarray:
    """Precision of each column."""
    spread = np.select([kind == "level", kind == "slope"], [level, slope], WIDE)
    found: np.ndarray = 1 / spread**2
    return found


def _laplace(
    counts: Counts, design: np.ndarray, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """(mode, covariance, log evidence) under independent normal priors around 0."""
    theta = np.zeros(design.shape[1])
    methods = int(counts.method.max()) + 1
    theta[:methods] = np.log(max(counts.yes.sum() / counts.n.sum(), 1e-4))
    value = _log_posterior(counts, design @ theta, theta, precision)
    for _ in range(100):
        slope, weight = _score(counts, design @ theta)
        gradient = design.T @ slope - precision * theta
        step = np.linalg.solve((design * weight[:, None]).T @ design + np.diag(precision), gradient)
        length = 1.0
        while length > 1e-8:
            trial = theta + length * step
            reached = _log_posterior(counts, design @ trial, trial, precision)
            if reached >= value:
                break
            length *= 0.5
        theta, gain, value = trial, reached - value, reached
        if gain < 1e-9:
            break
    _, weight = _score(counts, design @ theta)
    inner = (design * weight[:, None]).T @ design + np.diag(precision)
    evidence = value + 0.5 * float(np.log(precision).sum()) - 0.5 * float(np.linalg.slogdet(inner)[1])
    return theta, np.linalg.inv(inner), evidence


def _log_posterior(counts: Counts, log: np.ndarray, theta: np.ndarray, precision: np.ndarray) -> float:
    if (log > ALMOST).any():
        return -np.inf
    fitted = counts.yes * log + (counts.n - counts.yes) * np.log1p(-np.exp(log))
    return float(fitted.sum()) - 0.5 * float(precision @ theta**2)


def _score(counts: Counts, log: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the likelihood by log probability, and its expected curvature."""
    p = np.exp(np.minimum(log, ALMOST))
    return (counts.yes - counts.n * p) / (1 - p), counts.n * p / (1 - p)


def _clustered(
    table: pd.DataFrame, counts: Counts, design: np.ndarray, fitted: tuple[np.ndarray, np.ndarray, float]
) -> float:
    """How much wider errors are because a customer's contacts resemble one another; at least 1."""
    import pandas as pd

    theta = fitted[0]
    p = np.exp(np.minimum(design @ theta, ALMOST))[counts.row]
    rest = (table["positive"].to_numpy(float) - p) / np.sqrt(p * (1 - p))
    who = pd.factorize(table["customer_id"])[0]
    together = float((np.bincount(who, rest) ** 2).sum() / (np.bincount(who, rest**2)).sum())
    return max(together, 1.0)


def _parts(theta: np.ndarray, methods: int, segments: int) -> dict[str, np.ndarray]:
    """Rows of parameters as level, slope, bend and fatigue."""
    cells = segments * methods
    edges = np.cumsum([methods, methods, segments, segments, cells, cells, 1])
    a, b, c, d, e, f, k, fatigue = np.split(theta, edges, axis=1)
    shape = (len(theta), segments, methods)
    return {
        "level": a[:, None, :] + c[:, :, None] + e.reshape(shape),
        "slope": b[:, None, :] + d[:, :, None] + f.reshape(shape),
        "bend": k[:, 0],
        "fatigue": fatigue,
    }


def _misfit(counts: Counts, design: np.ndarray, theta: np.ndarray) -> float:
    """χ² of observed against fitted reactions by ten bands of the gap."""
    from scipy.special import chdtrc

    p = np.exp(np.minimum(design @ theta, ALMOST))
    order = np.argsort(counts.z, kind="stable")
    band = np.zeros(len(order), int)
    band[order] = np.minimum(np.cumsum(counts.n[order]) * 10 // counts.n.sum(), 9)
    seen, meant, spread = (
        np.bincount(band, values, 10) for values in (counts.yes, counts.n * p, counts.n * p * (1 - p))
    )
    freedom = 10 - 3
    return float(chdtrc(freedom, ((seen - meant) ** 2 / np.maximum(spread, 1e-12)).sum()))
