"""Roots of falling functions of a log price, and what is bought between two neighbouring prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.solvers.forms import Floats

FLOOR, CEILING = -1e4, 1e4
ROUNDS, NEAR, FEW = 400, 1e-13, 16
Measure = Callable[[Floats], tuple[Floats, Floats]]


def falling(
    measure: Measure,
    start: Floats,
    active: Any,
    size: Floats,
    top: Floats | None = None,
    jumps: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Bracket where functions that fall with the log price cross 0, all at once.

    Newton's step where it stays inside the bracket, halving where it does not help: at a jump the bracket
    closes to neighbouring numbers. Where the jumps are known, their number is halved, not the bracket.

    Args:
        measure: Log prices → (values, derivatives), of the shape of `start`.
        start: First guess. active: Which roots are wanted.
        size: What a value is small against.
        top: Log prices at which the values are known to be 0 or less.
        jumps: Where values fall at once, just below these log prices, sorted, shape (K, n); for one root a
            row.

    Returns:
        Log prices just above (value ≤ 0) and just below the root (value ≥ 0); equal at a smooth root, `FLOOR`
        below where the value is never above 0.
    """
    y = np.where(active, start, 0.0)
    high = np.full(y.shape, np.inf) if top is None else top.copy()
    low, step, slow = np.full(y.shape, -np.inf), np.ones(y.shape), np.zeros(y.shape, int)
    missed = np.full(y.shape, np.inf)
    done = ~np.broadcast_to(active, y.shape)
    high[done] = low[done] = y[done]
    for _ in range(ROUNDS):
        value, slope = measure(y)
        before = high - low
        exact = np.abs(value) <= NEAR * size
        low = np.where(~done & ((value > 0) | exact), y, low)
        high = np.where(~done & ((value <= 0) | exact), y, high)
        width = high - low
        done |= (width <= 4e-16 * np.maximum(1.0, np.abs(y))) | (y <= FLOOR)
        if done.all():
            break
        helped = (width <= 0.5 * before) | (np.abs(value) <= 0.2 * missed)
        slow, missed = np.where(helped, 0, slow + 1), np.abs(value)
        after, step, trusted = _next(y, value, slope, low, high, step, slow)
        y = after if jumps is None else np.where(done, y, _by_jump(y, after, trusted, low, high, jumps))
    return high, np.minimum(low, high)


def _next(
    y: Floats, value: Floats, slope: Floats, low: Floats, high: Floats, step: Floats, slow: Any
) -> tuple[Floats, Floats, Any]:
    """(where to go, how far without a bracket, whether that is Newton's step)."""
    with np.errstate(all="ignore"):
        newton = y - value / slope
        middle = (low + high) / 2
    closed = np.isfinite(low) & np.isfinite(high)
    inside = np.isfinite(newton) & (newton > low) & (newton < high) & (np.abs(newton - y) < 50)
    away = np.where(value > 0, y + step, y - step)
    blind = np.clip(np.where(closed, middle, away), FLOOR, CEILING)
    trusted = inside & (slow < 2)
    return np.where(trusted, newton, blind), np.where(closed, step, 2 * step), trusted


def _by_jump(y: Floats, after: Floats, trusted: Any, low: Floats, high: Floats, jumps: Floats) -> Floats:
    """Where few jumps are left in the bracket: on within one smooth piece, else to the middle one.

    Args:
        y: Where the value was last taken. after: Where to go else. trusted: Whether by Newton's step.
        low: The bracket. high: The same.
        jumps: Sorted, shape (K, n).
    """
    most = jumps.shape[1] - 1
    first, end, here, there = (
        (jumps <= at).sum(axis=1, keepdims=True) for at in (low, np.nextafter(high, -np.inf), y, after)
    )
    one_piece = trusted & (here == there)
    middle = np.take_along_axis(jumps, np.minimum((first + end) // 2, most), axis=1)
    hair = np.nextafter(high, -np.inf)
    at_end = (np.take_along_axis(jumps, np.minimum(end, most), axis=1) == high) & (hair > low)
    known = np.isfinite(low) & np.isfinite(high) & (end - first <= FEW) & ~one_piece
    return np.asarray(np.where(known & (end > first), middle, np.where(known & at_end, hair, after)))


def fill(less: Floats, more: Floats, delta: Floats, need: Floats, sums: Sums) -> Floats:
    """Go from `less` to `more`, cell by cell in order, until each node has what it needs.

    Args:
        less: Spend at the higher price, shape (K, n). more: Spend at the lower one.
        delta: What going over brings, each cell.
        need: What is wanted, shape (K, nodes).
        sums: The nodes.
    """
    order = sums.order
    parts = np.maximum(delta, 0.0)[:, order]
    before = np.cumsum(parts, axis=1) - parts
    node = sums.node[order]
    first = np.searchsorted(node, np.arange(sums.count + 1))
    base = before[:, np.minimum(first, len(node) - 1)][:, node]
    wanted = np.concatenate([need, np.zeros((len(need), 1))], axis=1)[:, node]
    with np.errstate(all="ignore"):
        share = np.clip((wanted - (before - base)) / parts, 0.0, 1.0)
    spend = less.copy()
    moved = np.where(share >= 1, more[:, order], less[:, order] + share * (more - less)[:, order])
    spend[:, order] = np.where(parts > 0, moved, less[:, order])
    return spend


class Sums:
    """Adds up cells by node; `node == count` stands for cells in none."""

    def __init__(self, node: Any, count: int) -> None:
        self.node, self.count = node, count
        self.order = np.argsort(node, kind="stable")
        self._index: dict[int, Any] = {}

    def __call__(self, cells: Floats) -> Floats:
        """Sums of (K, n) by node, shape (K, count)."""
        rows = len(cells)
        if self.count == 1 and not self.node.any():
            return np.asarray(cells.sum(axis=1, keepdims=True))
        if rows not in self._index:
            self._index[rows] = (np.arange(rows)[:, None] * (self.count + 1) + self.node).ravel()
        flat = np.bincount(self._index[rows], cells.ravel(), rows * (self.count + 1))
        return np.asarray(flat.reshape(rows, -1)[:, :-1])

    def spread(self, nodes: Floats, other: float) -> Floats:
        """Values of (K, count) nodes at their cells, shape (K, n); `other` at cells in none."""
        padded = np.concatenate([nodes, np.full((len(nodes), 1), other)], axis=1)
        return np.asarray(padded[:, self.node])
