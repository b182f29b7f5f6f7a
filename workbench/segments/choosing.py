"""How many clusters, whether they come back in other samples, and whether there are any at all.

Sources: Rousseeuw (1987), silhouettes; Hubert & Arabie (1985), adjusted Rand index; Hennig (2007),
cluster-wise stability by the bootstrap; Tibshirani, Walther & Hastie (2001), a uniform reference; Liu,
Hayes, Nobel & Marron (2008), a Gaussian one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.segments.kmeans import centroids, nearest, one_thread

STABLE = 0.8
"""Mean adjusted Rand index under which clusters are not stable."""
SAMPLE = 2_000
"""Customers on whom k is chosen."""
_SHOWN = 500
"""Customers in one silhouette."""
_REFERENCES = 6
_STARTS = 2
_Cloud = tuple[np.ndarray, np.ndarray]
"""Points, and the distances between the first of them."""
_Resample = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Positions of a bootstrap sample, positions shown, distances between these."""


@dataclass(frozen=True)
class Quality:
    """How good k clusters are.

    Attributes:
        k: Their number.
        silhouette, silhouette_sd: Mean and standard deviation over bootstrap samples.
        expected: Silhouette that a cloud without clusters reaches: the larger of the means over uniform
            and Gaussian references.
        expected_sd: Standard deviation over these references.
        stability, stability_sd: Adjusted Rand index of bootstrap clusterings with this one.
        jaccard: Mean Jaccard index of each cluster with its best match in bootstrap clusterings.
    """

    k: int
    silhouette: float
    silhouette_sd: float
    expected: float
    expected_sd: float
    stability: float
    stability_sd: float
    jaccard: tuple[float, ...]

    @property
    def stable(self) -> bool:
        """Whether bootstrap samples give the same clusters."""
        return self.stability >= STABLE

    @property
    def structured(self) -> bool:
        """Whether the silhouette is more than a cloud without clusters would show."""
        return self.silhouette > self.expected + 2 * max(self.expected_sd, self.silhouette_sd)


def judged(points: np.ndarray, ks: Sequence[int], seed: int, draws: int = 20) -> tuple[Quality, ...]:
    """The quality of each number of clusters.

    Args:
        points: Coordinates without gaps, shape (n, coordinates), in a stated order.
        ks: Numbers of clusters, at least 2.
        seed: Of samples and starts.
        draws: Bootstrap samples.
    """
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(len(points), min(len(points), SAMPLE), replace=False))
    base = points[chosen]
    with one_thread():
        references, resamples = _references(base, rng), _resamples(base, draws, rng)
        return tuple(_quality(base, k, seed, resamples, references) for k in ks)


def best(found: Sequence[Quality]) -> Quality:
    """The number of clusters to take.

    Of the stable ones that show structure (else of the structured, else of all) those whose silhouette
    is within one standard deviation of the best, and of these the fewest clusters.
    """
    real = [entry for entry in found if entry.structured] or list(found)
    open_ = [entry for entry in real if entry.stable] or real
    top = max(open_, key=lambda entry: entry.silhouette)
    near = [entry for entry in open_ if entry.silhouette >= top.silhouette - top.silhouette_sd]
    return min(near, key=lambda entry: entry.k)


def adjusted_rand(table: np.ndarray) -> float:
    """Adjusted Rand index of two partitions from their contingency table."""
    pairs = _pairs(table).sum()
    rows, columns = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    everything = _pairs(np.array(table.sum()))
    expected = rows * columns / everything if everything else 0.0
    most = (rows + columns) / 2
    return float((pairs - expected) / (most - expected)) if most != expected else 1.0


def jaccards(table: np.ndarray) -> np.ndarray:
    """Jaccard index of each cluster (row) with its best match among the columns."""
    union = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :] - table
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.nan_to_num(table / union).max(axis=1)
    return found


def contingency(one: np.ndarray, other: np.ndarray, k: int) -> np.ndarray:
    """How many are in cluster i here and cluster j there, shape (k, k)."""
    found: np.ndarray = np.bincount(one * k + other, minlength=k * k).reshape(k, k).astype(float)
    return found


def _pairs(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts * (counts - 1) / 2)


def silhouette(distances: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette of labelled points from the distances between them; who is alone counts 0."""
    groups = np.unique(labels)
    if len(groups) < 2:
        return 0.0
    member = labels[:, None] == groups[None, :]
    sums, sizes = distances @ member.astype(float), member.sum(axis=0)
    own = sizes[member.argmax(axis=1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = sums[member] / (own - 1)
        outside = np.where(member, np.inf, sums / sizes).min(axis=1)
        found = (outside - inside) / np.maximum(inside, outside)
    return float(np.where(own > 1, np.nan_to_num(found), 0.0).mean())


def _quality(
    base: np.ndarray, k: int, seed: int, resamples: Sequence[_Resample], references: Sequence[_Cloud]
) -> Quality:
    labels, _ = nearest(base, centroids(base, k, seed))
    rand, share, silhouettes = [], [], []
    for at, (sample, shown, distances) in enumerate(resamples):
        again, _ = nearest(base, centroids(base[sample], k, seed + at, _STARTS))
        table = contingency(labels, again, k)
        rand.append(adjusted_rand(table))
        share.append(jaccards(table))
        silhouettes.append(silhouette(distances, again[shown]))
    expected, spread = _expected(references, k, seed)
    return Quality(
        k,
        float(np.mean(silhouettes)),
        float(np.std(silhouettes, ddof=1)),
        expected,
        spread,
        float(np.mean(rand)),
        float(np.std(rand, ddof=1)),
        tuple(float(value) for value in np.mean(share, axis=0)),
    )


def _expected(references: Sequence[_Cloud], k: int, seed: int) -> tuple[float, float]:
    """Mean and standard deviation of the silhouette of the likelier kind of cloud."""
    found = []
    for kind in (references[0::2], references[1::2]):
        values = [
            silhouette(distances, nearest(cloud[: len(distances)], centroids(cloud, k, seed, _STARTS))[0])
            for cloud, distances in kind
        ]
        found.append((float(np.mean(values)), float(np.std(values, ddof=1))))
    return max(found)


def _references(base: np.ndarray, rng: np.random.Generator) -> list[_Cloud]:
    """Clouds without clusters, uniform and Gaussian in turn, as long and wide as the data."""
    middle = base.mean(axis=0)
    _, spreads, axes = np.linalg.svd(base - middle, full_matrices=False)
    turned = (base - middle) @ axes.T
    low, high, scale = turned.min(axis=0), turned.max(axis=0), spreads / np.sqrt(max(len(base) - 1, 1))
    found = []
    for _ in range(_REFERENCES):
        flat = rng.uniform(low, high, turned.shape) @ axes
        round_ = rng.standard_normal(turned.shape) * scale @ axes
        found += [(cloud, _distances(cloud[:_SHOWN])) for cloud in (flat, round_)]
    return found


def _resamples(base: np.ndarray, draws: int, rng: np.random.Generator) -> list[_Resample]:
    """Bootstrap samples, each with the customers whose silhouettes are looked at."""
    found = []
    for _ in range(draws):
        sample = rng.integers(0, len(base), len(base))
        shown = rng.choice(len(base), min(len(base), _SHOWN), replace=False)
        found.append((sample, shown, _distances(base[shown])))
    return found


def _distances(points: np.ndarray) -> np.ndarray:
    squares = (points**2).sum(axis=1)
    gaps = np.maximum(squares[:, None] + squares[None, :] - 2 * points @ points.T, 0)
    np.fill_diagonal(gaps, 0)
    return np.asarray(np.sqrt(gaps))
