"""What a brief calls the usual change holds 95% of changes where nothing happens, and lets a real one out."""

from __future__ import annotations

import numpy as np
import pytest
from clean_worlds import KINDS
from usual_worlds import PERIODS, held, held_in_pages

BAND = {"thick": (0.90, 0.97)}
"""Shares that are right; tails as thick as these cost two points."""


@pytest.mark.parametrize("past", [7, 13])
@pytest.mark.parametrize("kind", PERIODS)
def test_where_nothing_happens_95_percent_of_changes_are_usual(kind, past):
    low, high = BAND.get(kind, (0.925, 0.975))
    assert low <= held(kind, past, 600) <= high


@pytest.mark.parametrize(("kind", "factor"), [("even", 1.5), ("even", 0.6), ("walk", 1.5), ("thick", 2.0)])
def test_what_really_happens_is_more_than_usual(kind, factor):
    assert held(kind, 13, 300, factor=factor) < 0.05


def test_a_scatter_that_hides_a_change_is_said_as_usual():
    """Periods that differ by half anyway cannot show a half more: the interval is wide, not blind."""
    assert held("wild", 13, 300, factor=1.5) > 0.8
    assert held("wild", 13, 300, factor=6.0) < 0.3


def test_days_add_up_to_periods_whose_changes_are_usual():
    shares = [within for found in held_in_pages("steady", range(12)).values() for within in found]
    assert 0.9 <= np.mean(shares) <= 0.985


@pytest.mark.soak
@pytest.mark.parametrize("past", [7, 9, 13])
@pytest.mark.parametrize("kind", PERIODS)
def test_usual_changes_cover_to_a_point(kind, past):
    low, high = BAND.get(kind, (0.937, 0.963))
    assert low <= held(kind, past, 20_000, seed=5) <= high


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_pages_on_which_nothing_happens_are_usual(kind):
    for name, within in held_in_pages(kind, range(100, 300)).items():
        assert 0.915 <= np.mean(within) <= 0.995, name
