"""Centroids and who is nearest: scikit-learn's k-means, seeded, on one thread, in a stated order."""

from __future__ import annotations

from typing import Any

import numpy as np

BIG = 200_000
"""Customers beyond which batches are used."""
_CHUNK = 200_000


def centroids(points: np.ndarray, k: int, seed: int, starts: int = 10) -> np.ndarray:
    """Centres of k clusters, largest cluster first, shape (k, coordinates).

    Args:
        points: Coordinates without gaps, shape (n, coordinates).
        k: Number of clusters; 1 is the mean.
        seed: Of the starts.
        starts: How many starts; the tightest result counts.

    Call it inside `one_thread()`.
    """
    if k == 1:
        return np.asarray(points.mean(axis=0, keepdims=True))
    from sklearn.cluster import KMeans, MiniBatchKMeans

    engine: Any = (
        KMeans(k, n_init=starts, random_state=seed)
        if len(points) <= BIG
        else MiniBatchKMeans(k, n_init=3, batch_size=10_000, random_state=seed)
    )
    engine.fit(points)
    sizes = np.bincount(engine.labels_, minlength=k)
    order = sorted(range(k), key=lambda at: (-sizes[at], *engine.cluster_centers_[at]))
    return np.asarray(engine.cluster_centers_[order])


def nearest(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centre of each point, and the distance to it.

    Args:
        points: Coordinates, shape (n, coordinates); NaN where one is unknown: then only the known ones
            count, scaled up to all. Without any known one the answer is −1.
        centres: Shape (k, coordinates).

    Returns:
        Position of the centre, and root mean squared distance a coordinate.
    """
    where, far = np.full(len(points), -1), np.full(len(points), np.nan)
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        known = np.isfinite(points[part])
        squares = _squares(points[part], known, centres)
        count = known.sum(axis=1)
        some = count > 0
        where[part] = np.where(some, squares.argmin(axis=1), -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            far[part] = np.sqrt(np.maximum(squares.min(axis=1), 0) / count)
    return where, far


def _squares(points: np.ndarray, known: np.ndarray, centres: np.ndarray) -> np.ndarray:
    filled = np.where(known, points, 0.0)
    inner = filled @ centres.T
    found: np.ndarray = (filled**2).sum(axis=1)[:, None] - 2 * inner + known.astype(float) @ (centres**2).T
    return found


def one_thread() -> Any:
    """A context in which native libraries use one thread: several get in each other's way on few cores."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)
