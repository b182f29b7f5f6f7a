"""Intervals of ratios against statsmodels, exact arithmetic, brute force and simulation."""

from __future__ import annotations

from fractions import Fraction

import coverage
import numpy as np
import pytest
import worlds
from scipy import stats

import workbench.metrics as metrics
from workbench.metrics import intervals


def days(seed, n=30, rate=0.05, base=500):
    rng = np.random.default_rng(seed)
    bottom = rng.poisson(base * rng.lognormal(0, 0.5, n)).astype(float)
    return rng.poisson(bottom * rate * rng.gamma(9, 1 / 9, n)).astype(float), bottom


def one(top, bottom, **more):
    value = np.array([top.sum() / bottom.sum() + more.get("shift", 0.0)])
    return intervals.ratio(value, top, bottom, np.zeros(len(top), "int64"), **more)


@pytest.mark.parametrize("seed", range(5))
def test_where_the_log_fails_the_variance_is_that_of_statsmodels_hc3(seed):
    import statsmodels.api as sm

    top, bottom = days(seed)
    top = top - 40.0  # losses on some days: no logarithm
    found = one(top, bottom)
    fit = sm.WLS(top / bottom, np.ones(len(top)), weights=bottom).fit(cov_type="HC3")
    assert not found.log[0]
    assert found.error[0] == pytest.approx(fit.bse[0] * np.sqrt(1 - 1 / len(top)), rel=1e-10)
    half = stats.t.ppf(0.975, len(top) - 1) * found.error[0]
    assert [end[0] for end in found.limits()] == pytest.approx([found.value[0] - half, found.value[0] + half])


@pytest.mark.parametrize("seed", range(5))
def test_the_log_variance_lies_between_statsmodels_hc2_on_either_side(seed):
    import statsmodels.api as sm

    top, bottom = days(seed, n=60)
    found = one(top, bottom).error[0]
    fit = sm.WLS(top / bottom, np.ones(len(top)), weights=bottom).fit(cov_type="HC2")
    back = sm.WLS(bottom / np.maximum(top, 1e-9), np.ones(len(top)), weights=top).fit(cov_type="HC2")
    relative = [fit.bse[0] / fit.params[0], back.bse[0] / back.params[0]]
    assert found == pytest.approx(np.mean(relative), rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_variance_is_the_delete_a_day_jackknife(seed):
    top, bottom = days(seed, n=40)
    without = np.log((top.sum() - top) / (bottom.sum() - bottom)) - np.log(top.sum() / bottom.sum())
    brute = np.sqrt((len(top) - 1) / len(top) * (without**2).sum())
    assert one(top, bottom).error[0] == pytest.approx(brute, rel=0.01)


def test_a_large_mean_loses_no_digits():
    rng = np.random.default_rng(0)
    bottom = 1e9 + rng.integers(-1000, 1000, 30).astype(float)
    top = bottom + rng.integers(-5, 5, 30)
    above, below = sum(map(Fraction, top)), sum(map(Fraction, bottom))
    exact = Fraction(0)
    for n, d in zip(map(Fraction, top), map(Fraction, bottom), strict=True):
        g, h = n / above, d / below
        exact += (g - h) ** 2 / ((1 - g) * (1 - h))
    exact *= Fraction(29, 30)
    assert one(top, bottom).error[0] ** 2 == pytest.approx(float(exact), rel=1e-6)


def test_a_ratio_and_its_inverse_have_the_inverse_interval():
    top, bottom = days(1)
    low, high = one(top, bottom).limits()
    low_back, high_back = one(bottom, top).limits()
    assert [1 / high_back[0], 1 / low_back[0]] == pytest.approx([low[0], high[0]])


def test_units_and_constants_move_with_the_interval():
    top, bottom = days(2)
    low, high = one(top, bottom).limits()
    scaled, moved = one(1e6 * top, bottom).limits(), one(top, bottom, shift=-1.0).limits()
    assert [end[0] for end in scaled] == pytest.approx([1e6 * low[0], 1e6 * high[0]])
    assert [end[0] for end in moved] == pytest.approx([low[0] - 1, high[0] - 1])


def test_under_eight_days_there_is_no_interval():
    top, bottom = days(3, n=7)
    found = one(top, bottom)
    assert found.few[0]
    assert np.isnan(found.limits()[0][0])
    assert not one(*days(3, n=8)).few[0]
    idle = np.concatenate([top, np.zeros(9)]), np.concatenate([bottom, np.zeros(9)])
    assert one(*idle).few[0], "days with nothing in either sum are no data"


def test_no_event_gives_the_exact_poisson_bound_and_not_nothing():
    bottom = np.full(20, 300.0)
    low, high = one(np.zeros(20), bottom, unit=1.0).limits()
    assert low[0] == 0
    assert high[0] == pytest.approx(stats.chi2.ppf(0.975, 2) / 2 / bottom.sum())
    assert np.isnan(one(np.zeros(20), bottom, unit=0.0).limits()[1][0]), "an amount of 0 has no bound"


def test_the_bound_of_zero_widens_with_the_scatter_of_the_groups_beside_it():
    rng = np.random.default_rng(4)
    bottom = np.full((40, 28), 300.0)
    top = rng.poisson(bottom * 0.01 * rng.gamma(1, 1, bottom.shape)).astype(float)
    top[0] = 0
    value, n, d, group = coverage.flat(top, bottom)
    high = intervals.ratio(value, n, d, group, 0.0, 1.0).limits()[1][0]
    excess = high * bottom[0].sum() / -np.log(0.025)
    assert 2.5 < excess < 6, "3 events a day with gamma shocks of cv 1 scatter 4 times as much as chance"


def test_coverage_is_close_to_95_percent_and_better_than_the_plain_formula():
    rng = np.random.default_rng(20261122)
    chosen, plain = [], []
    for kind, events, shock, volume, n in coverage.grid():
        if (volume, n) in ((0.2, 14), (0.8, 8), (0.2, 90), (0.8, 28)):
            top, bottom, truth = coverage.world(rng, kind, events, shock, volume, n, 400)
            keep = coverage.usable(top, bottom)
            if keep.sum() >= 150:
                chosen.append(_covered(top[keep], bottom[keep], truth))
                plain.append(_covered_plainly(top[keep], bottom[keep], truth))
    chosen, plain = np.array(chosen), np.array(plain)
    assert len(chosen) > 200
    assert 0.94 < chosen.mean() < 0.965
    assert chosen.min() > 0.88
    assert np.sqrt(((chosen - 0.95) ** 2).mean()) < 0.025
    assert np.sqrt(((plain - 0.95) ** 2).mean()) > 0.045


def _covered(top, bottom, truth):
    low, high = intervals.ratio(*coverage.flat(top, bottom), 0.0, 1.0).limits()
    given = np.isfinite(low)  # none is given when one day holds everything of one side
    return np.mean(((low <= truth) & (truth <= high))[given])


def _covered_plainly(top, bottom, truth):
    n, whole = top.shape[1], bottom.sum(axis=1)
    value = top.sum(axis=1) / whole
    error = (top - value[:, None] * bottom) / whole[:, None]
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1) * (error**2).sum(axis=1))
    return np.mean(np.abs(value - truth) <= half)


@pytest.mark.parametrize(
    ("kind", "events", "n"),
    [("cvr", (30, 100), (14, 28)), ("cpa", (100, 100), (28, 28)), ("roas", (60, 60), (28, 28))],
)
def test_differences_cover_and_their_p_values_hold_their_level(kind, events, n):
    rng = np.random.default_rng(7)
    sides = [coverage.world(rng, kind, e, 0.3, 0.4, k, 1500) for e, k in zip(events, n, strict=True)]
    keep = coverage.usable(*sides[0][:2]) & coverage.usable(*sides[1][:2])
    pairs = (coverage.flat(top[keep], bottom[keep]) for top, bottom, _ in sides)
    found = intervals.difference(*(intervals.ratio(*pair, 0.0, 1.0) for pair in pairs))
    gap = sides[0][2] - sides[1][2]
    covered = np.mean((found["diff_low"] <= gap) & (gap <= found["diff_high"]))
    assert 0.935 < covered < 0.975
    if sides[0][2] == pytest.approx(sides[1][2]):
        assert 0.03 < np.mean(found["diff_p"] < 0.05) < 0.07


def test_a_fall_to_zero_is_judged_by_the_events_that_were_to_come():
    rng = np.random.default_rng(3)
    bottom = np.full(28, 300.0)
    none, some = (
        one(np.zeros(28), bottom, unit=1.0),
        one(rng.poisson(1.0, 28).astype(float), bottom, unit=1.0),
    )
    p = intervals.difference(none, some)["diff_p"][0]
    events = 1 / some.error[0] ** 2
    expected = 2 * stats.nbinom.cdf(0, events, 1 / (1 + some.value[0] * bottom.sum() / events))
    assert p == pytest.approx(expected, rel=1e-9)
    assert intervals.difference(some, none)["diff_p"][0] == p


def test_sums_have_differences_and_no_intervals(random_store):
    table = metrics.kpis(random_store, "channel", ["cost", "cvr"], compare="previous_period").table
    empty = ["cost_low", "cost_high"]
    assert table[empty].isna().all().all()
    assert table["cost_diff"].notna().all()
    assert (table["cvr_diff_low"] < table["cvr_diff"]).all()


def test_the_answer_uses_the_days_as_clusters(random_store, random_facts):
    import datetime as dt

    rows = random_facts[random_facts["local_date"] > dt.date(2026, 4, 10) - dt.timedelta(days=28)]
    by_day = rows.groupby("local_date")[["conversions", "clicks"]].sum()
    low, high = one(by_day["conversions"].to_numpy(), by_day["clicks"].to_numpy(float)).limits()
    row = metrics.kpis(random_store, None, "cvr").table.iloc[0]
    assert (row["cvr_low"], row["cvr_high"]) == pytest.approx((low[0], high[0]))
    assert row["n"] == 28


def test_roi_is_as_sure_as_roas(random_store):
    row = metrics.kpis(random_store, None, ["roi", "roas"]).table.iloc[0]
    for end in ("", "_low", "_high"):
        assert row[f"roi{end}"] == pytest.approx(row[f"roas{end}"] - 1)


def test_too_few_days_are_said(random_store):
    answer = metrics.kpis(random_store, "channel", "cvr", "last_7_days")
    assert answer.table["cvr_low"].isna().all()
    assert [note.code for note in answer.notes] == ["too_few_days"]
    assert "8" in answer.notes[0].sentence("zh")


def test_a_store_where_nothing_converts_gets_bounds(new_store):
    frame = worlds.facts(5)
    frame.loc[frame["campaign"] == "c1", "conversions"] = 0.0
    worlds.commit(new_store, frame)
    table = metrics.kpis(new_store, "campaign", ["cvr", "roas"]).table.set_index("campaign")
    row = table.loc["c1"]
    assert row["cvr"] == row["cvr_low"] == 0
    assert 0 < row["cvr_high"] < table["cvr"].max()
