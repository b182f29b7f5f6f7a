"""Intervals of value hold what they claim: 80, 90 and 95%, of totals and of customers, over many worlds."""

from __future__ import annotations

import datetime as dt

import binomial
import cdnow
import numpy as np
import pytest

from workbench.customers import fit_clv

LAW = {"r": 1.4, "alpha": 50.0, "a": 0.6, "b": 4.0, "p": 5.0, "q": 4.0, "v": 90.0}
LEVELS = (0.8, 0.9, 0.95)
SPLIT, END = 200, 320


def world(seed, size):
    """Whether the total lies within each interval, and each customer under the upper end of each."""
    orders = cdnow.drawn(size, END, LAW, seed=seed)
    day = (cdnow.START + SPLIT).astype(dt.date)
    model = fit_clv(orders, day)
    later = orders[orders.order_time > day].groupby("customer_id").amount.sum()
    came = later.reindex(model.history.customer_id).fillna(0.0).to_numpy()
    drawn = model.totals(END - SPLIT - 1, np.zeros(len(came), int), 1, 400, seed)[0]
    total, under = [], []
    for level in LEVELS:
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        total.append(low <= came.sum() <= high)
        _, top = model.bounds(END - SPLIT - 1, 400, seed=seed, level=level)
        under.append((came <= top)[top > 0].mean())
    return total, under


def check(worlds, size):
    found = [world(seed, size) for seed in range(worlds)]
    totals = np.array([total for total, _ in found])
    under = np.array([each for _, each in found])
    error = under.std(axis=0, ddof=1) / np.sqrt(worlds)
    for at, level in enumerate(LEVELS):
        assert binomial.held(totals[:, at], level), (level, totals[:, at].mean())
        # beyond the upper end lies half of what an interval leaves out; 400 draws make it half a point rough
        assert abs(under[:, at].mean() - (1 + level) / 2) < 2.6 * error[at] + 0.005, (
            level,
            under[:, at].mean(),
        )


def test_intervals_of_totals_and_of_customers_cover():
    check(24, 260)


@pytest.mark.soak
def test_intervals_of_totals_and_of_customers_cover_over_hundreds_of_worlds():
    check(300, 500)


def test_a_narrower_level_gives_a_narrower_interval():
    model = fit_clv(cdnow.drawn(400, 300, LAW, seed=1), "2024-09-01")
    widths = [
        (table["clv_high"] - table["clv_low"]).mean()
        for level in LEVELS
        for table in [model.predict(90, 300, level=level)]
    ]
    assert widths == sorted(widths)
    assert widths[0] < 0.8 * widths[2]
