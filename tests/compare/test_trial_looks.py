"""Sequential looks, Bayes and power against tables, closed forms and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from trial_frames import frame, row

import workbench as wb
from workbench.compare import AlwaysValid, GroupSequential, Prior, bayes
from workbench.errors import QuestionError

LAN_DEMETS = {
    # Two-sided 0.05, O'Brien–Fleming spending, equal looks: Reboussin, DeMets, Kim & Lan (2000), Table 1.
    2: (2.963, 1.969),
    3: (3.710, 2.511, 1.993),
    4: (4.333, 2.963, 2.359, 2.014),
    5: (4.877, 3.357, 2.680, 2.290, 2.031),
}


@pytest.mark.parametrize("looks", LAN_DEMETS)
def test_boundaries_are_the_published_ones(looks):
    found = GroupSequential.even(looks).boundaries(0.05)
    assert found == pytest.approx(LAN_DEMETS[looks], abs=6e-4)


def test_one_look_at_the_end_is_the_fixed_test():
    assert GroupSequential((1.0,)).boundaries(0.05)[0] == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)


def test_boundaries_spend_alpha_and_no_more():
    """The chance to cross any of ten boundaries without an effect, by 400,000 random walks."""
    bounds = np.array(GroupSequential.even(10).boundaries(0.05))
    random = np.random.default_rng(4)
    walks = random.standard_normal((400_000, 10)).cumsum(1) / np.sqrt(np.arange(1, 11))
    assert (np.abs(walks) > bounds).any(1).mean() == pytest.approx(0.05, abs=0.0015)


def test_a_repeated_p_value_is_alpha_at_the_boundary():
    plan = GroupSequential.even(4, at=2)
    bound = np.array([plan.boundaries(0.05)[-1]])
    found = plan.p_value(bound, np.array([np.inf]), np.array([1.0]), 0.05)
    assert found[0] == pytest.approx(0.05, rel=0.02)


def test_an_always_valid_interval_excludes_zero_exactly_when_its_p_value_is_under_alpha():
    plan, n = AlwaysValid(2000), np.full(200, 900.0)
    ratio = np.linspace(0, 6, 200)
    width = plan.critical(np.full(200, np.inf), n, 0.05)
    p = plan.p_value(ratio, np.full(200, np.inf), n, 0.05)
    assert ((ratio > width) == (p < 0.05)).all()


def test_always_valid_intervals_are_tightest_where_planned():
    """Relative to the fixed interval, and no wider there than 1.5 times."""
    n = np.geomspace(100, 40_000, 60)
    width = AlwaysValid(2000).critical(np.full(60, np.inf), n, 0.05)
    assert n[width.argmin()] == pytest.approx(2000, rel=0.1)
    assert width.min() / stats.norm.ppf(0.975) < 1.55


@pytest.mark.parametrize("plan", [GroupSequential.even(28), AlwaysValid(2800)], ids=["group", "always"])
def test_looking_every_day_keeps_false_positives_under_five_percent(plan):
    """28 daily looks at A/A tests, 2,000 of them; the naive test would reject every fourth."""
    random = np.random.default_rng(8)
    tests, days, per_day = 2000, 28, 100
    walks = random.standard_normal((tests, days)).cumsum(1) / np.sqrt(np.arange(1, days + 1))
    assert (np.abs(walks) > 1.96).any(1).mean() > 0.2
    rejected = np.zeros(tests, bool)
    for day in range(days):
        now = GroupSequential(plan.fractions[: day + 1]) if isinstance(plan, GroupSequential) else plan
        width = now.critical(np.array([np.inf]), np.array([per_day * (day + 1.0)]), 0.05)
        rejected |= np.abs(walks[:, day]) > width
    assert rejected.mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / tests)
    assert rejected.mean() > 0.005


def test_an_experiment_takes_the_plan():
    data = frame(2000)
    fixed = row(wb.compare.experiment(data, "revenue"), "revenue")
    group = wb.compare.experiment(data, "revenue", sequential=GroupSequential.even(5, at=3))
    always = wb.compare.experiment(data, "revenue", sequential="always_valid")
    ratio = (row(group, "revenue")["high"] - fixed["effect"]) / (fixed["high"] - fixed["effect"])
    assert ratio == pytest.approx(2.6803 / 1.96, rel=0.01)
    assert group.method == "group_sequential"
    assert always.method == "always_valid"
    assert row(always, "revenue")["p_value"] > fixed["p_value"]


def test_the_probability_to_be_better_of_shares_is_beta_binomial():
    """Against 400,000 draws of both posteriors, and near the normal approximation at this size."""
    random = np.random.default_rng(2)
    given = (np.array([60.0, 3.0]), np.array([500.0, 40.0]), np.array([45.0, 1.0]), np.array([510.0, 40.0]))
    draws = [
        (random.beta(a + 1, n - a + 1, 400_000) > random.beta(c + 1, m - c + 1, 400_000)).mean()
        for a, n, c, m in zip(*given, strict=True)
    ]
    assert bayes.beta_better(*given) == pytest.approx(draws, abs=0.003)
    found = row(wb.compare.experiment(frame(3000), "converted"), "converted")
    assert found["probability_exact"] == pytest.approx(found["probability"], abs=0.01)


def test_expected_loss_is_the_mean_loss_over_the_posterior():
    draws = np.random.default_rng(3).normal(0.4, 1.2, 1_000_000)
    found = bayes.expected_loss(np.array([0.4]), np.array([1.2]))
    assert found[0] == pytest.approx(np.maximum(-draws, 0).mean(), rel=0.01)
    lower = bayes.expected_loss(np.array([0.4]), np.array([1.2]), higher=False)
    assert lower[0] - found[0] == pytest.approx(0.4)


def test_a_prior_pulls_the_effect_as_the_conjugate_normal_does():
    mean, sd = bayes.posterior(np.array([5.0]), np.array([2.0]), np.array([50.0]), Prior(sd=0.05, mean=0.02))
    weight = (1 / 2.0**2, 1 / 2.5**2)
    assert mean[0] == pytest.approx((5 * weight[0] + 1 * weight[1]) / sum(weight))
    assert sd[0] == pytest.approx(sum(weight) ** -0.5)
    with pytest.raises(QuestionError):
        Prior(sd=0)


@pytest.mark.parametrize(("n", "effect"), [(40, 1.0), (400, 0.4), (5000, 0.1)])
def test_the_power_of_a_mean_is_statsmodels(n, effect):
    from statsmodels.stats.power import TTestIndPower

    found = wb.compare.power(10, 2.0, n=n, effect=effect, shares=(2, 1))
    oracle = TTestIndPower().power(effect / 2, n * 2 / 3, 0.05, ratio=0.5, df=n - 2)
    assert found.power == pytest.approx(oracle, rel=1e-9)
    assert found.solved == "power"


def test_size_effect_and_power_are_three_views_of_one_plan():
    size = wb.compare.power(0.02, lift=0.1, power=0.9)
    assert size.effect == pytest.approx(0.002)
    back = wb.compare.power(0.02, n=size.n, power=0.9)
    assert back.effect == pytest.approx(0.002, rel=1e-4)
    assert wb.compare.power(0.02, lift=0.1, n=size.n).power == pytest.approx(0.9, abs=1e-4)
    from statsmodels.stats.power import NormalIndPower

    p, q = 0.02, 0.022
    pooled = np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    oracle = NormalIndPower().solve_power((q - p) / pooled, None, 0.05, 0.9)
    assert size.n == pytest.approx(2 * oracle, rel=1e-3)


def test_covariates_arms_and_clusters_change_the_size_as_they_should():
    plain = wb.compare.power(50, 80, lift=0.05).n
    assert wb.compare.power(50, 80, lift=0.05, reduction=0.4).n == pytest.approx(0.6 * plain, rel=0.01)
    clustered = wb.compare.power(50, 80, lift=0.05, cluster_size=20, icc=0.05).n
    assert clustered == pytest.approx((1 + 19 * 0.05) * plain, rel=0.01)
    three = wb.compare.power(50, 80, lift=0.05, shares=3)
    assert three.design.alpha == 0.025
    assert len(three.arms) == 3
    uneven = wb.compare.power(50, 80, lift=0.05, shares=(0.9, 0.1)).n
    assert uneven == pytest.approx(plain * 0.25 / 0.09, rel=0.01)


def test_a_plan_can_rest_on_a_comparison_and_says_itself():
    answer = wb.compare.experiment(
        frame(3000, arms=("A", "B")),
        [("clicks", "impressions"), "revenue"],
        covariates={"revenue": ["revenue_before"]},
    )
    ratio = wb.compare.power(answer, metric="clicks/impressions", lift=0.05, per_day=200)
    assert ratio.days == int(np.ceil(ratio.n / 200))
    assert ratio.unit == "percent"
    raw = wb.compare.experiment(frame(3000, arms=("A", "B")), "revenue")
    assert wb.compare.power(answer, metric="revenue", lift=0.05).n < 0.8 * wb.compare.power(raw, lift=0.05).n
    for lang in ("en", "zh"):
        assert str(ratio.days) in ratio.sentence(lang)
    curve = ratio.curve()
    assert (np.diff(curve["effect"]) < 0).all()
    assert ratio.to_dict()["solved"] == "n"


@pytest.mark.parametrize("alpha", [0.1, 0.05, 0.01, 0.001])
@pytest.mark.parametrize("arms", [2, 3, 4, 7, 12])
def test_a_plan_s_size_is_that_of_the_normal_for_any_number_of_arms(arms, alpha):
    """The search passes where the non-central t of the wrong side cannot be summed."""
    for baseline, lift in ((0.02, 0.15), (0.3, -0.05)):
        found = wb.compare.power(baseline, lift=lift, shares=arms, alpha=alpha)
        other = baseline * (1 + lift)
        scatter = baseline * (1 - baseline) + other * (1 - other)
        reach = stats.norm.isf(alpha / (arms - 1) / 2) + stats.norm.ppf(0.8)
        assert found.n == pytest.approx(arms * scatter * (reach / (baseline * lift)) ** 2, rel=1e-3)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"baseline": 1.5, "lift": 0.1}, "share between 0 and 1"),
        ({"baseline": 0.1, "lift": 0.1, "n": 1000, "power": 0.8}, "must be open"),
        ({"baseline": 0.1}, "must be open"),
        ({"baseline": 0.1, "effect": 0}, "effect of 0"),
        ({"baseline": 5, "sd": -1, "effect": 1}, "must be positive"),
        ({"baseline": 0.1, "lift": 0.1, "shares": 1}, "no split"),
        ({"baseline": 0.5, "n": 6, "power": 0.999}, "No plan reaches"),
        ({"baseline": "much", "lift": 0.1}, "'much' is no baseline"),
        ({"baseline": 0.1, "lift": 0.1, "effect": 0.01}, "Both effect and lift"),
        ({"baseline": 0.1, "lift": -2}, "would leave 0 to 1"),
        ({"baseline": 0.6, "effect": 0.5}, "would leave 0 to 1"),
        ({"baseline": 0.1, "lift": 0.1, "per_day": 0}, "more than 0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(asked, words):
    with pytest.raises(QuestionError, match=words):
        wb.compare.power(**asked)
