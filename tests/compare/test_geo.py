"""Synthetic control, interrupted series, hold-outs and geo designs: oracles, coverage, planted truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from geo_worlds import frame, outcomes, series
from scipy.optimize import minimize

import workbench as wb
from workbench.compare.causal.series import design, interrupted, lags
from workbench.compare.causal.synthetic import fitted, placebos, simplex
from workbench.errors import InputError, QuestionError


def asked(table, method="synthetic_control", **wishes):
    return wb.compare.incremental(table, "region", "day", "orders", "treated", method=method, **wishes)


@pytest.mark.parametrize("ridge", [0.0, 4.0])
def test_weights_are_those_of_a_general_solver(ridge):
    rng = np.random.default_rng(1)
    for _ in range(5):
        donors = rng.normal(size=(7, 30))
        target = donors.T @ rng.dirichlet(np.ones(7)) + 0.5 * rng.normal(size=30)

        def aim(w, donors=donors, target=target):
            return ((target - w @ donors) ** 2).sum() + ridge * (w @ w)

        found = simplex(target, donors, ridge)
        whole = {"type": "eq", "fun": lambda w: w.sum() - 1}
        oracle = minimize(
            aim,
            np.full(7, 1 / 7),
            bounds=[(0, 1)] * 7,
            constraints=whole,
            options={"ftol": 1e-15, "maxiter": 900},
        )
        assert found.min() >= 0
        assert found.sum() == pytest.approx(1, abs=1e-12)
        assert aim(found) <= oracle.fun + 1e-9


def test_a_treated_unit_that_is_a_mixture_is_found_exactly():
    rng = np.random.default_rng(2)
    donors = outcomes(rng, units=5)
    mix = np.array([0.5, 0.3, 0.2, 0, 0])
    target = mix @ (donors / donors[:, :60].mean(axis=1)[:, None]) * 80
    target[60:] *= 1.1
    found = fitted(np.vstack([target, donors]), 0, np.arange(1, 6), 60)
    assert found.weights == pytest.approx(mix, abs=1e-6)
    assert found.effect == pytest.approx(target[60:].mean() / 11, rel=1e-6)


@pytest.mark.parametrize(("units", "before", "after"), [(8, 60, 28), (16, 40, 14)])
@pytest.mark.parametrize("augment", [False, True])
def test_the_interval_covers_and_the_permutation_keeps_its_level(units, before, after, augment):
    rng, hits, small = np.random.default_rng(3), [], []
    for _ in range(120):
        values = outcomes(rng, units, before + after, start=before)
        tried = placebos(values, 0, np.arange(1, units), before, augment=augment)
        hits.append(abs(tried.found.effect) <= tried.reach())
        small.append(tried.permutation <= 0.25)
    assert 0.90 < np.mean(hits) < 0.99
    assert 0.15 < np.mean(small) < 0.35


def test_an_exact_interval_needs_enough_donors():
    rng = np.random.default_rng(4)
    few = asked(frame(outcomes(rng, 8)), exact=True)
    assert np.isinf(few.table["high"].iloc[0])
    many = asked(frame(outcomes(rng, 30)), exact=True)
    assert np.isfinite(many.table["high"].iloc[0])
    check = next(item for item in few.details["checks"] if item.name == "resolution")
    assert check.status == "REVIEW"
    assert "0.125" in check.sentence()


def test_outcomes_that_may_be_negative_are_fitted_by_their_differences():
    rng = np.random.default_rng(5)
    values = outcomes(rng) - 120
    values[0, 60:] += 9
    answer = asked(frame(values)).table.iloc[0]
    assert answer["low"] < 9 < answer["high"]


def test_a_control_that_does_not_fit_fails():
    rng = np.random.default_rng(6)
    values = outcomes(rng)
    values[0] *= np.exp(1.5 * np.sin(np.arange(88) / 5))
    assert {check.name: check.status for check in asked(frame(values)).details["checks"]}["fit"] == "FAIL"


def test_newey_west_is_that_of_statsmodels():
    rng = np.random.default_rng(7)
    values = 100 + series(rng, (120,), 0.4)
    x = design(120, 90, 7, True)
    found = interrupted(values, 90, slope=True, errors="hac")
    oracle = sm.OLS(values, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags(120), "use_correction": True})
    assert found.coefficients == pytest.approx(oracle.params, abs=1e-9)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(oracle.bse, abs=1e-9)


def test_remembered_errors_are_weighted_as_statsmodels_does_with_the_same_memory():
    rng = np.random.default_rng(8)
    values = 100 + series(rng, (120,), 0.5)
    found = interrupted(values, 90)
    x = design(120, 90, 7, False)
    gaps = np.abs(np.subtract.outer(np.arange(120), np.arange(120)))
    oracle = sm.GLS(values, x, sigma=found.memory**gaps).fit()
    assert found.coefficients == pytest.approx(oracle.params, abs=1e-9)
    assert found.error == pytest.approx(oracle.bse[2], abs=1e-9)


@pytest.mark.parametrize(("times", "start"), [(60, 40), (120, 90)])
@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_an_interrupted_series_covers(times, start, memory):
    rng, hits = np.random.default_rng(9), []
    for _ in range(250):
        values = 100 + 0.05 * np.arange(times) + 3 * np.sin(2 * np.pi * np.arange(times) / 7)
        values = values + series(rng, (times,), memory)
        low, high = interrupted(values, start).limits()
        hits.append(low <= 0 <= high)
    assert 0.92 < np.mean(hits) < 0.99


def test_a_change_of_trend_is_found_when_asked_for():
    rng = np.random.default_rng(10)
    values = 100 + series(rng, (120,), 0.2)
    values[90:] += 0.3 * np.arange(30)
    found = interrupted(values, 90, slope=True)
    low, high = found.limits()
    assert low < 0.3 * np.arange(30).mean() < high
    assert found.expected[-1] == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("method", "change", "sentence"),
    [
        ("synthetic_control", lambda t: t[t["region"] < "r02"], "1 unit stayed untreated"),
        ("synthetic_control", lambda t: t[t["day"] > "2026-02-26"], "weights need 8"),
        ("its", lambda t: t[t["day"] > "2026-02-19"], "an interrupted series needs 18"),
        ("its", lambda t: t.assign(treated=0), "No unit is treated"),
        ("holdout", lambda t: t[t["region"] < "r02"], "Both sides need at least 2"),
    ],
)
def test_a_frame_without_enough_gets_a_sentence(method, change, sentence):
    table = frame(outcomes(np.random.default_rng(11)))
    with pytest.raises(InputError, match=sentence):
        asked(change(table), method)


def test_several_starts_are_refused_where_one_is_needed():
    table = frame(outcomes(np.random.default_rng(11)), treated=2)
    late = (table["region"] == "r01") & (table["day"] < "2026-03-10")
    table.loc[late, "treated"] = 0
    for method in ("synthetic_control", "its"):
        with pytest.raises(InputError, match="start at different times"):
            asked(table, method)


def test_a_plan_finds_its_smallest_effect_as_often_as_it_promises():
    rng, found = np.random.default_rng(13), []
    for _ in range(40):
        values = outcomes(rng, 8, 178, start=150)
        table = frame(values[:, :150])
        plan = wb.compare.geo_design(table, "region", "day", "orders", times=[28], effect=0.1)
        mde = plan.table.set_index("treated").loc["r00", "mde"]
        later = values.copy()
        later[0, 150:] *= 1 + mde
        found.append(asked(frame(later, start=150)).table["low"].iloc[0] > 0)
    assert 0.65 < np.mean(found) < 0.95
    assert plan.table["mde"].is_monotonic_increasing
    assert plan.table["power"].between(0, 1).all()
    assert plan.table["treated"].iloc[0] in plan.sentence("en")
    assert plan.table["treated"].iloc[0] in plan.sentence("zh")


def test_plans_of_several_regions_are_drawn_when_there_are_too_many():
    table = frame(outcomes(np.random.default_rng(14), 12, 90), treated=0)
    plan = wb.compare.geo_design(
        table, "region", "day", "orders", regions=3, times=[14], most=9, exclude=["r00"]
    )
    assert len(plan.table) == 9
    assert not plan.table["treated"].str.contains("r00").any()
    with pytest.raises(QuestionError, match="cannot be treated"):
        wb.compare.geo_design(table, "region", "day", "orders", regions=11)
    with pytest.raises(InputError, match="too few to try"):
        wb.compare.geo_design(table, "region", "day", "orders", times=[85])


def test_the_regional_change_of_the_demo_is_found_by_a_geo_test(demo_store):
    planted = wb.demo.truth().changes.set_index("id").loc["region_up"]
    period = f"2026-06-08..{planted['end']}"
    days = wb.metrics.kpis(
        demo_store, ["date", "region"], ["cvr"], period, where={"source": ["baidu", "xiaohongshu"]}
    )
    table = days.table.assign(treated=(days.table["region"] == planted["where"]["region"]).astype(int))
    for method in ("synthetic_control", "did"):
        answer = wb.compare.incremental(
            table, "region", "date", "cvr", "treated", method=method, start=planted["start"]
        )
        found = answer.table.iloc[0]
        assert found["lift_low"] + 1 < planted["factor"] < found["lift_high"] + 1
        assert found["low"] > 0
