"""The best windows of a day, against every schedule there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.schedules.windows import best_windows


def windows_in(levels) -> int:
    return sum(1 for at, level in enumerate(levels) if level and (at == 0 or levels[at - 1] != level))


def best_of_all(values: np.ndarray, most: int) -> float:
    slots, width = values.shape
    totals = [
        sum(values[at, level] for at, level in enumerate(levels))
        for levels in itertools.product(range(width), repeat=slots)
        if windows_in(levels) <= most
    ]
    return max(totals)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), slots=st.integers(1, 6), levels=st.integers(1, 3), most=st.integers(1, 4))
def test_no_schedule_is_better(seed: int, slots: int, levels: int, most: int):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, slots, levels + 1))
    values[rng.random(values.shape) < 0.15] = -np.inf
    found, totals = best_windows(values, most)
    for day in range(3):
        expected = best_of_all(values[day], most)
        assert totals[day] == pytest.approx(expected)
        if np.isfinite(expected):
            assert sum(values[day, at, level] for at, level in enumerate(found[day])) == pytest.approx(
                expected
            )
            assert windows_in(found[day]) <= most


def test_ties_take_no_window_more_than_needed():
    found, _ = best_windows(np.zeros((1, 24, 3)), 6)
    assert windows_in(found[0]) == 0
