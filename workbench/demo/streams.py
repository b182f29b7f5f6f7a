"""Named random streams: each part of the world draws from its own, so parts change independently."""

from __future__ import annotations

from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator called `name`: the same for the same seed, whatever other streams drew."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(name.encode())]))


def pick(rng: np.random.Generator, weights: Floats, rows: Ints) -> Ints:
    """Draw one column for each row number, with probability in proportion to `weights[row]`.

    Args:
        rng: Random stream.
        weights: Non-negative weights, shape (kinds of rows, columns).
        rows: Which row of weights each draw uses, shape (draws,).

    Returns:
        Drawn column numbers, shape (draws,).
    """
    steps = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    # every row of weights gets its own unit interval, so that one sorted search serves all rows
    steps[:, -1] = 1.0
    ladder = (steps + np.arange(len(steps))[:, None]).ravel()
    found = np.searchsorted(ladder, rng.random(len(rows)) + rows, side="right")
    drawn: Ints = np.minimum(found - rows * weights.shape[1], weights.shape[1] - 1).astype(np.int64)
    return drawn


def sums(group: Ints, values: Floats, size: int) -> Floats:
    """Return the sum of `values` in each of `size` groups."""
    total: Floats = np.bincount(group, values, minlength=size).astype(np.float64)
    return total


def drift(rng: np.random.Generator, series: tuple[int, ...], steps: int, sd: float, memory: float) -> Floats:
    """Return slow multiplicative drifts with mean 1: log AR(1), shape (*series, steps)."""
    noise = rng.normal(0.0, sd * np.sqrt(1 - memory**2), (*series, steps))
    noise[..., 0] /= np.sqrt(1 - memory**2)
    for step in range(1, steps):
        noise[..., step] += memory * noise[..., step - 1]
    return np.exp(noise - sd**2 / 2)


def shocks(rng: np.random.Generator, shape: tuple[int, ...], cv: float) -> Floats:
    """Return gamma shocks with mean 1 and coefficient of variation `cv`."""
    return rng.gamma(1 / cv**2, cv**2, shape)
