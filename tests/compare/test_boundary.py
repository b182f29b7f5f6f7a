"""An arm in which nobody bought: an interval with two ends, that holds the truth as often as it claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from trial_frames import row

import workbench as wb
from workbench.compare.boundary import effective


def worlds(random, count, sizes, rates, spread=0.0):
    """Buyers (or what they pay) of many experiments, one a segment."""
    segment = np.repeat(np.arange(count), sum(sizes))
    arm = np.tile(np.repeat(["A", "B"], sizes), count)
    bought = (random.random(len(segment)) < np.where(arm == "A", *rates)).astype(float)
    paid = random.lognormal(3, spread, len(segment)) if spread else 1.0
    return pd.DataFrame({"segment": segment, "variant": arm, "x": bought * paid, "visits": 2.0})


@pytest.mark.parametrize("spread", [0.0, 0.7], ids=["share", "amount"])
@pytest.mark.parametrize(
    ("sizes", "rates"),
    [((300, 300), (0.05, 0.01)), ((2000, 200), (0.02, 0.005)), ((1000, 1000), (0.02, 0.001))],
)
def test_an_arm_without_buyers_is_covered(sizes, rates, spread):
    """Before, the interval of the lift was −100% to −100% and held the truth in no world."""
    table = worlds(np.random.default_rng(1), 1200, sizes, rates, spread)
    found = wb.compare.experiment(table, "x", by="segment").table
    none = found[np.isclose(found["mean"], 0, atol=1e-9)]
    lift, worth = rates[1] / rates[0] - 1, np.exp(3 + spread**2 / 2) if spread else 1.0
    effect = (rates[1] - rates[0]) * worth
    assert len(none) > 40
    assert (none["lift_low"] == -1).all()
    assert (none["lift_high"] > -1).all()
    assert (none["lift_high"] >= lift).mean() > 0.85
    if not spread:  # an interval promises its level over all worlds, those without a buyer among them
        for name, truth in (("", effect), ("lift_", lift)):
            inside = (found[f"{name}low"] <= truth) & (truth <= found[f"{name}high"])
            assert inside.mean() > 0.935, name


def test_the_end_is_the_rule_of_three_beside_a_large_control():
    """0 of 400 beside 10% of 400,000: up to −ln(0.025) buyers are not refuted, as the exact interval says."""
    table = pd.DataFrame({"variant": ["B"] * 400 + ["A"] * 400_000, "x": 0.0})
    table.loc[table.index >= 400 + 360_000, "x"] = 1.0
    found = row(wb.compare.experiment(table, "x"), "x")
    exact = stats.binomtest(0, 400).proportion_ci(0.95, "exact").high
    assert found["lift_high"] == pytest.approx(exact / 0.1 - 1, abs=5e-4)
    assert found["high"] == pytest.approx(exact - 0.1, abs=2e-4)


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_the_end_follows_the_level(level):
    table = pd.DataFrame({"variant": ["B"] * 400 + ["A"] * 400_000, "x": 0.0})
    table.loc[table.index >= 400 + 360_000, "x"] = 1.0
    found = row(wb.compare.experiment(table, "x", level=level), "x")
    exact = stats.binomtest(0, 400).proportion_ci(level, "exact").high
    assert found["lift_high"] == pytest.approx(exact / 0.1 - 1, abs=1e-3)


def test_interval_p_value_and_margin_agree():
    """The interval excludes no effect just when the p-value says so; a margin counts the unseen too."""
    for buyers in (1, 3, 4, 5, 6, 10):
        table = pd.DataFrame({"variant": ["A", "B"] * 500, "x": 0.0})
        table.loc[table.index[table["variant"] == "A"][:buyers], "x"] = 1.0
        answer = wb.compare.experiment(table, "x", margins={"x": 0.001})
        found = row(answer, "x")
        assert (found["p_value"] < 0.05) == (found["high"] < 0) == (found["lift_high"] < 0), buyers
        assert not found["noninferior"]
        assert np.isfinite(found["lift_high"]) or "control may be zero" in " ".join(map(str, answer.warnings))


def test_a_control_without_buyers_leaves_the_lift_open():
    table = pd.DataFrame({"variant": ["A", "B"] * 500, "x": 0.0})
    table.loc[table.index[table["variant"] == "B"][:20], "x"] = 1.0
    found = row(wb.compare.experiment(table, "x"), "x")
    plain = stats.norm.ppf(0.975) * np.sqrt(0.04 * 0.96 / 499)
    assert found["effect"] - found["low"] == pytest.approx(np.hypot(plain, -np.log(0.025) / 500), rel=0.01)
    assert (found["lift_low"], found["lift_high"]) == (-np.inf, np.inf)


def test_a_ratio_without_events_is_treated_alike():
    table = worlds(np.random.default_rng(2), 1, (500, 500), (0.04, 0.0))
    share, ratio = (row(wb.compare.experiment(table, metric), name) for metric, name in
                    (("x", "x"), (("x", "visits"), "x/visits")))  # fmt: skip
    assert ratio["high"] == pytest.approx(share["high"] / 2, rel=1e-6)
    assert ratio["lift_high"] == pytest.approx(share["lift_high"], rel=1e-6)


def test_nothing_in_both_arms_stays_unknown():
    table = pd.DataFrame({"variant": ["A", "B"] * 50, "x": 0.0})
    found = row(wb.compare.experiment(table, "x"), "x")
    assert np.isnan(found["low"])
    assert np.isnan(found["p_value"])


def test_effective_events_of_a_share_are_its_buyers():
    values = np.array([1.0] * 7 + [0.0] * 93)
    found = effective(values.mean(), values.var() / 100, np.float64(100))
    assert found == pytest.approx(7)
    paid = np.array([5.0, 1.0, 1.0] + [0.0] * 97)
    assert effective(paid.mean(), paid.var() / 100, np.float64(100)) == pytest.approx(49 / 27)


@pytest.mark.parametrize(("buyers", "warned"), [(10, True), (60, False)])
def test_amounts_of_few_buyers_are_said_to_be_few(buyers, warned):
    random = np.random.default_rng(4)
    table = pd.DataFrame({"variant": ["A", "B"] * 500, "paid": 0.0, "visits": random.poisson(3, 1000) + 1.0})
    for arm in "AB":
        some = table.index[table["variant"] == arm][:buyers]
        table.loc[some, "paid"] = random.lognormal(3, 0.5, buyers)
    for metric in ("paid", ("paid", "visits")):
        answer = wb.compare.experiment(table, metric)
        assert ("few_effective" in {item.code for item in answer.warnings}) == warned
        for lang in ("en", "zh"):
            assert all(item.sentence(lang) for item in answer.warnings)


def test_intervals_hold_from_as_many_equal_events_as_are_asked_for():
    """Zero-inflated amounts, the worst of many worlds under and over the line of 20."""
    random, held = np.random.default_rng(5), {}
    for rate in (0.1, 0.9):
        table = worlds(random, 1500, (40, 40), (rate, rate * 0.5), 0.6)
        found = wb.compare.experiment(table, ("x", "visits"), by="segment").table
        held[rate] = ((found["lift_low"] <= -0.5) & (found["lift_high"] >= -0.5)).mean()
    assert held[0.9] > 0.93
