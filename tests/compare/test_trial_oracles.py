"""Every number of an experiment against an independent oracle, to 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from trial_frames import arm, frame, row

import workbench as wb
from workbench.compare import Margin, Quantile

EXACT = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(scope="module")
def data():
    return frame()


@pytest.mark.parametrize("metric", ["revenue", "converted"])
@pytest.mark.parametrize("name", ["B", "C"])
def test_means_are_welchs(data, metric, name):
    found = row(wb.compare.experiment(data, metric), metric, name)
    t, c = arm(data, name)[metric], arm(data, "A")[metric]
    welch = stats.ttest_ind(t, c, equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert found["p_value"] == pytest.approx(welch.pvalue, **EXACT)
    assert (found["low"], found["high"]) == pytest.approx((low, high), **EXACT)
    assert found["effect"] == pytest.approx(t.mean() - c.mean(), **EXACT)
    assert (found["n"], found["n_control"]) == (len(t), len(c))


def linearised(rows: pd.DataFrame, top: str, bottom: str) -> np.ndarray:
    """What each unit adds to a ratio of means: (top − ratio · bottom) / mean of bottom."""
    ratio = rows[top].mean() / rows[bottom].mean()
    return ((rows[top] - ratio * rows[bottom]) / rows[bottom].mean()).to_numpy()


def test_ratios_are_linearised_rows(data):
    """Delta method: the variance of a ratio is that of its linearised rows."""
    found = row(wb.compare.experiment(data, [("clicks", "impressions")]), "clicks/impressions")
    t, c = arm(data, "B"), arm(data, "A")
    value = [rows["clicks"].sum() / rows["impressions"].sum() for rows in (t, c)]
    welch = stats.ttest_ind(
        linearised(t, "clicks", "impressions") + value[0],
        linearised(c, "clicks", "impressions") + value[1],
        equal_var=False,
    )
    assert (found["mean"], found["mean_control"]) == pytest.approx(value, **EXACT)
    assert found["p_value"] == pytest.approx(welch.pvalue, **EXACT)
    assert (found["low"], found["high"]) == pytest.approx(welch.confidence_interval(0.95), **EXACT)


def test_cuped_is_the_regression_with_one_intercept_an_arm(data):
    """Point estimates are those of least squares; the scatter is that of the residuals of each arm."""
    import statsmodels.api as sm

    before = ["revenue_before", "visits_before"]
    answer = wb.compare.experiment(data, "revenue", covariates={"revenue": before})
    dummies = pd.get_dummies(data["variant"])[["B", "C"]].astype(float)
    fit = sm.OLS(data["revenue"], sm.add_constant(pd.concat([dummies, data[before]], axis=1))).fit()
    left = data["revenue"] - data[before].to_numpy() @ fit.params[before].to_numpy()
    for name in ("B", "C"):
        found = row(answer, "revenue", name)
        assert found["effect"] == pytest.approx(fit.params[name], **EXACT)
        residuals = [left[data["variant"] == each] for each in (name, "A")]
        variance = sum(part.var(ddof=1) / len(part) for part in residuals)
        assert found["se"] == pytest.approx(np.sqrt(variance), **EXACT)
        assert found["reduction"] > 0.3


def test_all_arms_share_one_control_estimate(data):
    answer = wb.compare.experiment(data, "revenue", covariates=["revenue_before"])
    assert answer.table["mean_control"].nunique() == 1


def test_cuped_of_a_ratio_regresses_linearised_rows(data):
    answer = wb.compare.experiment(
        data, [("clicks", "impressions")], covariates={("clicks", "impressions"): ["visits_before"]}
    )
    rows = {name: arm(data, name) for name in "ABC"}
    z = {name: linearised(part, "clicks", "impressions") for name, part in rows.items()}
    x = {name: part["visits_before"] - part["visits_before"].mean() for name, part in rows.items()}
    theta = sum((x[name] * z[name]).sum() for name in "ABC") / sum((x[name] ** 2).sum() for name in "ABC")
    value = {n: rows[n]["clicks"].sum() / rows[n]["impressions"].sum() for n in "ABC"}
    gap = rows["B"]["visits_before"].mean() - rows["A"]["visits_before"].mean()
    found = row(answer, "clicks/impressions")
    assert found["effect"] == pytest.approx(value["B"] - value["A"] - theta * gap, **EXACT)
    variance = sum((z[n] - theta * x[n]).var(ddof=1) / len(z[n]) for n in "AB")
    assert found["se"] == pytest.approx(np.sqrt(variance), **EXACT)


def test_strata_weigh_by_their_share_of_all_units(data):
    found = row(wb.compare.experiment(data, "revenue", strata="region"), "revenue")
    effect = variance = 0.0
    for _, part in data.groupby("region"):
        t, c, weight = arm(part, "B")["revenue"], arm(part, "A")["revenue"], len(part) / len(data)
        effect += weight * (t.mean() - c.mean())
        variance += weight**2 * (t.var() / len(t) + c.var() / len(c))
    assert found["effect"] == pytest.approx(effect, **EXACT)
    assert found["se"] == pytest.approx(np.sqrt(variance), **EXACT)


def test_segments_are_the_same_question_of_their_rows(data):
    answer = wb.compare.experiment(data, ["revenue", ("clicks", "impressions")], by="region")
    part = wb.compare.experiment(data[data["region"] == "west"], ["revenue", ("clicks", "impressions")])
    names = ["metric", "arm", "n", "effect", "low", "high", "lift_low", "lift_high", "p_value"]
    own = answer.table[answer.table["region"] == "west"][names].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, part.table[names], rtol=1e-9)


def test_clusters_are_ratios_of_their_sums(data):
    """Rows of 90 stores: the randomised unit is the store."""
    shop = data.assign(variant=np.where(data["store"] % 2, "A", "B"))
    found = row(wb.compare.experiment(shop, "revenue", cluster="store"), "revenue")
    sums = shop.groupby(["variant", "store"]).agg(top=("revenue", "sum"), bottom=("revenue", "size"))
    parts = [sums.loc[name].reset_index() for name in ("B", "A")]
    scatter = [linearised(part, "top", "bottom") for part in parts]
    variance = sum(part.var(ddof=1) / len(part) for part in scatter)
    assert found["effect"] == pytest.approx(
        arm(shop, "B")["revenue"].mean() - arm(shop, "A")["revenue"].mean()
    )
    assert found["se"] == pytest.approx(np.sqrt(variance), **EXACT)
    assert found["n"] == (shop["variant"] == "B").sum()


def test_fieller_is_the_set_of_ratios_that_the_test_does_not_reject(data):
    """Brute force: r is inside exactly when |mean − (1 + r)·control| is within t standard errors."""
    answer = wb.compare.experiment(data, ["revenue", ("clicks", "impressions")])
    t, c = arm(data, "B")["revenue"], arm(data, "A")["revenue"]
    vt, vc = t.var() / len(t), c.var() / len(c)
    degrees = (vt + vc) ** 2 / (vt**2 / (len(t) - 1) + vc**2 / (len(c) - 1))
    width = stats.t.ppf(0.975, degrees)
    found = row(answer, "revenue")
    for end in ("lift_low", "lift_high"):
        ratio = 1 + found[end]
        gap = abs(t.mean() - ratio * c.mean()) / np.sqrt(vt + ratio**2 * vc)
        assert gap == pytest.approx(width, **EXACT)
    assert found["lift"] == pytest.approx(t.mean() / c.mean() - 1, **EXACT)


def test_a_lift_without_end_is_said(data):
    near_zero = data.assign(revenue=data["revenue"] - data["revenue"].mean())
    answer = wb.compare.experiment(near_zero, "revenue")
    assert np.isinf(answer.table[["lift_low", "lift_high"]].to_numpy()).all()
    assert "unbounded" in [item.code for item in answer.warnings]
    assert np.isfinite(answer.table[["low", "high"]].to_numpy()).all()


@pytest.mark.parametrize("how", ["holm", "bh"])
def test_corrections_are_those_of_statsmodels(how):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(3).random(200) ** 3
    method = {"holm": "holm", "bh": "fdr_bh"}[how]
    assert wb.compare.corrected(p, how) == pytest.approx(multipletests(p, method=method)[1], **EXACT)
    with_gaps = np.insert(p, [3, 7], np.nan)
    found = wb.compare.corrected(with_gaps, how)
    assert np.isnan(found[[3, 8]]).all()
    assert np.delete(found, [3, 8]) == pytest.approx(multipletests(p, method=method)[1], **EXACT)


def test_the_table_is_one_family(data):
    answer = wb.compare.experiment(data, ["revenue", "converted"], by="region", correction="bh")
    expected = wb.compare.corrected(answer.table["p_value"], "bh")
    assert answer.table["p_adjusted"].to_numpy() == pytest.approx(expected)


def test_the_sample_ratio_is_scipys_chi_square(data):
    shares = {"A": 0.5, "B": 0.25, "C": 0.25}
    srm = wb.compare.experiment(data, "revenue", shares=shares).srm
    sizes = data["variant"].value_counts()
    expected = [len(data) * shares[name] for name in "ABC"]
    oracle = stats.chisquare([sizes[name] for name in "ABC"], expected)
    assert srm.p_value == pytest.approx(oracle.pvalue, rel=1e-9, abs=1e-300)
    assert not srm.ok
    assert wb.compare.experiment(data, "revenue").srm.ok


def test_a_quantile_lies_between_the_order_statistics_of_the_binomial(data):
    found = row(wb.compare.experiment(data, [Quantile("wait", 0.9)]), "wait q90")
    for name, column in (("B", "mean"), ("A", "mean_control")):
        assert found[column] == pytest.approx(np.quantile(arm(data, name)["wait"], 0.9), **EXACT)
    from workbench.compare.quantiles import ranks

    for n, q in ((50, 0.5), (200, 0.9), (1000, 0.1)):
        low, high = ranks(n, q, stats.norm.ppf(0.975))
        # P(X(low) ≤ ξ ≤ X(high)) = P(low < B ≤ high), B binomial: counted from 1, the ends are low+1, high+1.
        inside = stats.binom.cdf(high, n, q) - stats.binom.cdf(low, n, q)
        assert 0.95 <= inside < 0.975 or n == 50


def test_non_inferiority_is_a_one_sided_test_against_the_margin(data):
    answer = wb.compare.experiment(
        data, ["revenue", "converted"], margins={"revenue": 2.0, "converted": Margin(0.05, relative=True)}
    )
    t, c = arm(data, "B"), arm(data, "A")
    oracle = stats.ttest_ind(t["revenue"] + 2.0, c["revenue"], equal_var=False, alternative="greater")
    assert row(answer, "revenue")["p_noninferior"] == pytest.approx(oracle.pvalue, rel=1e-6)
    found = row(answer, "converted")
    gap = t["converted"].mean() - 0.95 * c["converted"].mean()
    se = np.sqrt(t["converted"].var() / len(t) + 0.95**2 * c["converted"].var() / len(c))
    assert found["p_noninferior"] == pytest.approx(stats.norm.sf(gap / se), rel=2e-2)
    assert found["margin"] == pytest.approx(-0.05 * c["converted"].mean())


def test_a_mean_of_a_thousand_million_keeps_its_variance():
    random = np.random.default_rng(5)
    far = pd.DataFrame({"variant": np.repeat(["A", "B"], 5000), "x": 1e9 + random.standard_normal(10_000)})
    answer = wb.compare.experiment(far, "x")
    assert row(answer, "x")["sd_control"] ** 2 == pytest.approx(arm(far, "A")["x"].var(), rel=1e-6)
    assert row(answer, "x")["sd_control"] == pytest.approx(1.0, abs=0.03)


def test_a_first_page_that_is_unlike_the_rest_costs_no_digits():
    """The rough centre comes from the first rows; here they are all zero."""
    random = np.random.default_rng(6)
    values = np.concatenate([np.zeros(2000), 1e9 + random.standard_normal(8000)])
    far = pd.DataFrame({"variant": "A", "x": values})
    far["part"] = np.repeat(["first", "rest"], [2000, 8000])
    far.loc[::2, "variant"] = "B"
    rest = wb.compare.experiment(far, "x", keep=["part"]).slice(where={"part": "rest"})
    oracle = arm(far[2000:], "A")["x"].var()
    assert row(rest, "x")["sd_control"] ** 2 == pytest.approx(oracle, rel=1e-3)
