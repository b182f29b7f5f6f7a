"""The best windows of a day: at most so many runs of one level, exactly, for many days at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.solvers.forms import Floats


def best_windows(values: Floats, most: int) -> tuple[Any, Floats]:
    """The level of every slot, where a day has only so many windows.

    A window is a run of slots at one level; two windows may touch where the level changes. The answer is
    exact: the recursion keeps, for each number of windows and each level, the best of all schedules so far.

    Args:
        values: What each slot brings at each level, shape (days, slots, 1 + levels), level 0 being off; −∞
            forbids a level there.
        most: Windows that a day may have at most.

    Returns:
        Levels, shape (days, slots), and what each day brings in sum, shape (days,); −∞ where nothing is
        allowed.

    Source: R. Bellman, *On the approximation of curves by line segments using dynamic programming*, 1961.
    """
    days, slots, width = values.shape
    if most >= (slots if width > 2 else (slots + 1) // 2):
        free = values.argmax(axis=2)
        return free.astype(np.int16), values.max(axis=2).sum(axis=1)
    off = np.full((days, most + 1), -np.inf)
    off[:, 0] = 0.0
    on = np.full((days, most + 1, width - 1), -np.inf)
    came: list[tuple[Any, Any]] = []
    for slot in range(slots):
        best, level = _best(off, on)
        fresh = np.full_like(off, -np.inf)
        fresh[:, 1:] = best[:, :-1]
        stays = on >= fresh[:, :, None]
        came.append((stays, level))
        on = np.where(stays, on, fresh[:, :, None]) + values[:, slot, None, 1:]
        off = best + values[:, slot, None, 0]
    return _walk_back(off, on, came)


def _best(off: Floats, on: Floats) -> tuple[Floats, Any]:
    """The best end so far for each number of windows, and its level: 0 where it is off."""
    if not on.shape[2]:
        return off, np.zeros(off.shape, dtype=np.int16)
    level = on.argmax(axis=2)
    top = np.take_along_axis(on, level[:, :, None], axis=2)[:, :, 0]
    return np.maximum(off, top), np.where(off >= top, 0, level + 1).astype(np.int16)


def _walk_back(off: Floats, on: Floats, came: list[tuple[Any, Any]]) -> tuple[Any, Floats]:
    """Read the levels from the last slot to the first."""
    best, level = _best(off, on)
    used, each = best.argmax(axis=1), np.arange(len(best))
    total, now = best[each, used], level[each, used]
    levels = np.zeros((len(best), len(came)), dtype=np.int16)
    for slot in range(len(came) - 1, -1, -1):
        levels[:, slot] = now
        stays, before = came[slot]
        running = now > 0
        same = running & stays[each, used, np.maximum(now, 1) - 1] if stays.shape[2] else running
        used = used - (running & ~same)
        now = np.where(same, now, before[each, used]).astype(np.int16)
    return levels, total
