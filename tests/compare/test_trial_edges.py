"""Experiments at the edge: arms that segments lack, huge means, quantiles of clusters and at any look."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import special, stats
from trial_frames import arm, frame, row

import workbench as wb
from workbench.compare import AlwaysValid, GroupSequential, Margin, Quantile
from workbench.compare.bayes import beta_better
from workbench.errors import QuestionError, WorkbenchError


@pytest.fixture(scope="module")
def data():
    return frame(2400)


def test_an_arm_of_one_unit_hides_no_other(data):
    few = data[(data["variant"] != "C") | (data.index == data.index[data["variant"] == "C"][0])]
    answer = wb.compare.experiment(few, "revenue")
    oracle = stats.ttest_ind(arm(few, "B")["revenue"], arm(few, "A")["revenue"], equal_var=False)
    assert row(answer, "revenue")["p_value"] == pytest.approx(oracle.pvalue, rel=1e-9)
    lonely = row(answer, "revenue", "C")
    assert (lonely["n"], lonely["mean"]) == (1, pytest.approx(arm(few, "C")["revenue"].iloc[0]))
    assert np.isnan(lonely[["low", "high", "p_value"]].astype(float)).all()


@pytest.mark.parametrize("covariates", [None, ["revenue_before"]])
def test_a_segment_without_an_arm_gives_it_no_number(data, covariates):
    lacking = data[~((data["variant"] == "B") & (data["region"] == "west"))]
    table = wb.compare.experiment(lacking, ["revenue", "converted"], by="region", covariates=covariates).table
    west = table[table["region"] == "west"].set_index(["metric", "arm"])
    hidden = ["mean", "effect", "lift", "low", "p_value", "probability", "probability_exact"]
    for metric in ("revenue", "converted"):
        assert west.loc[metric, "B"]["n"] == 0
        assert west.loc[metric, "B"][hidden].isna().all()
        assert np.isfinite(west.loc[metric, "C"]["p_value"])


def test_a_metric_that_one_arm_does_not_know_gives_no_number(data):
    answer = wb.compare.experiment(data.assign(x=data["revenue"].where(data["variant"] != "A")), "x")
    assert answer.table[["mean_control", "effect", "lift"]].isna().all(axis=None)
    assert any(item.code == "missing_uneven" for item in answer.warnings)


def test_a_small_effect_on_a_huge_mean_keeps_its_relative_interval():
    random = np.random.default_rng(3)
    far = pd.DataFrame({"variant": np.repeat(["A", "B"], 2000), "x": random.standard_normal(4000)})
    far["x"] += 1e10
    found = row(wb.compare.experiment(far, "x"), "x")
    # Beside a mean of 1e10 the control's own scatter is nothing: lift = effect / control.
    for relative, absolute in (("lift", "effect"), ("lift_low", "low"), ("lift_high", "high")):
        assert found[relative] == pytest.approx(found[absolute] / found["mean_control"], rel=1e-6)


@pytest.mark.parametrize(
    ("names", "control", "shown"),
    [
        ([0, 1], 0, "0"),
        ([0.0, 1.0], 0, "0"),
        ([0.5, 1.0], 0.5, "0.5"),
        ([False, True], False, "false"),
        (["it's", 'a "B"'], "it's", "it's"),
        (["对照", "新版"], "对照", "对照"),
    ],
)
def test_arms_may_be_numbers_truth_values_or_any_text(names, control, shown):
    made = frame(400, arms=("A", "B"))
    made["variant"] = made["variant"].map(dict(zip("AB", names, strict=True)))
    answer = wb.compare.experiment(made, "revenue", control=control, shares={names[0]: 1, names[1]: 1})
    assert set(answer.table["control"]) == {shown}
    gap = pd.DataFrame({**made, "variant": made["variant"].where(made.index != 3)})
    assert set(wb.compare.experiment(gap, "revenue", control=control).table["control"]) == {shown}


@pytest.mark.parametrize(
    ("changes", "asked", "words"),
    [
        ({}, {"by": "variant"}, "names the arms"),
        ({"n": 1}, {"by": "n"}, "would hide the answer's own column 'n'"),
        ({}, {"covariates": ["revenue"]}, "given as its own covariate"),
        ({}, {"sequential": 1.5}, "do not fit"),
        ({}, {"level": "95%"}, "no level of confidence"),
        ({}, {"planned": "many"}, "no number of units"),
        ({}, {"rollout": -5}, "no number of units"),
        ({}, {"prior": 0.1}, "is no prior"),
        ({}, {"margins": {"revenue": "a"}}, "allows no loss"),
        ({}, {"by": 3}, "3 is no name of a column"),
    ],
)
def test_a_question_that_would_mislead_gets_a_sentence(data, changes, asked, words):
    with pytest.raises(QuestionError, match=words):
        wb.compare.experiment(data.assign(**changes), "revenue", **asked)


def test_a_column_that_is_there_twice_gets_a_sentence(data):
    twice = pd.concat([data[["variant", "revenue"]], data["revenue"]], axis=1)
    with pytest.raises(WorkbenchError, match="'revenue' is there twice"):
        wb.compare.experiment(twice, "revenue")


def test_a_relation_of_duckdb_is_a_frame_too(data):
    import duckdb

    relation = duckdb.connect().from_arrow(pa.Table.from_pandas(data))
    found = wb.compare.experiment(relation, "revenue").table
    assert found["p_value"].tolist() == wb.compare.experiment(data, "revenue").table["p_value"].tolist()


def test_what_is_left_out_or_has_no_denominator_is_said(data):
    lonely = data.assign(layer=np.where(data.index == 0, "rare", "common"), none=0)
    codes = [item.code for item in wb.compare.experiment(lonely, "revenue", strata="layer").warnings]
    assert "strata_left_out" in codes
    codes = [item.code for item in wb.compare.experiment(lonely, [("clicks", "none")]).warnings]
    assert "zero_base" in codes


def test_spending_less_is_worth_something(data):
    cheap = data.assign(cost=data["revenue"] - 20 * (data["variant"] == "B"))
    answer = wb.compare.experiment(cheap, "cost")
    assert answer.better == {"cost": "lower"}
    worth = {item["arm"]: item for item in answer.details["worth"]}["B"]
    found = row(answer, "cost")
    assert worth["low"] < worth["worth"] < worth["high"]
    assert worth["worth"] == pytest.approx(-found["effect"] * len(data))
    assert worth["low"] == pytest.approx(-found["high"] * len(data))
    assert "B is really better than A in cost" in answer.verdict


def test_the_sample_ratio_reads_like_a_mapping_too(data):
    srm = wb.compare.experiment(data, "revenue").srm
    assert srm["p_value"] == srm.p_value
    assert srm["observed"]["A"] == (data["variant"] == "A").sum()
    with pytest.raises(KeyError):
        srm["nothing"]


@pytest.mark.parametrize("looks", [GroupSequential((0.25, 0.5)), AlwaysValid(20_000)])
@pytest.mark.parametrize("metric", ["revenue", Quantile("revenue", 0.5)])
def test_an_early_look_is_as_careful_with_a_margin_as_with_the_effect(data, looks, metric):
    name = "revenue" if metric == "revenue" else "revenue q50"
    for factor, sure in ((0.99, False), (1.01, True)):
        # The arm loses less than a margin just when the interval of this look ends above it.
        shifted = data.assign(revenue=data["revenue"] + 100 * (data["variant"] == "B"))
        low = row(wb.compare.experiment(shifted, [metric], sequential=looks), name)["low"]
        moved = shifted.assign(revenue=shifted["revenue"] - (low + 5) * (data["variant"] == "B"))
        answer = wb.compare.experiment(moved, [metric], sequential=looks, margins={name: 5 * factor})
        assert bool(row(answer, name)["noninferior"]) is sure


def test_a_quantile_s_interval_and_p_value_agree_at_any_look(data):
    few = data.head(300)
    answer = wb.compare.experiment(few, [Quantile("wait", 0.5)], sequential=AlwaysValid(30_000))
    wide = row(answer, "wait q50")
    once = row(wb.compare.experiment(few, [Quantile("wait", 0.5)]), "wait q50")
    width = AlwaysValid(30_000).critical(np.array([np.inf]), np.array([wide["n"] + wide["n_control"]]), 0.05)
    assert width[0] > 4
    assert wide["high"] - wide["low"] > 0.9 * (once["high"] - once["low"]) * width[0] / 1.96


def test_a_quantile_can_have_a_margin(data):
    answer = wb.compare.experiment(
        data, [Quantile("wait", 0.5)], margins={"wait q50": Margin(0.5, relative=True)}
    )
    found = row(answer, "wait q50")
    assert found["margin"] == pytest.approx(-0.5 * found["mean_control"])
    assert found["noninferior"]


def test_a_quantile_of_clusters_covers_what_single_units_miss():
    """300 trials in one frame: 30 shops an arm, 20 visits each, most of the scatter between shops."""
    random, trials, shops, visits = np.random.default_rng(9), 300, 30, 20
    shape = (trials, 2, shops)
    mean = random.standard_normal(shape)
    values = mean[..., None] + 0.5 * random.standard_normal((*shape, visits))
    trial, side, shop, _ = (part.ravel() for part in np.indices(values.shape))
    made = pd.DataFrame({"trial": trial, "variant": np.where(side, "B", "A"), "x": values.ravel()})
    made["shop"] = (trial * 2 + side) * shops + shop
    covered = {}
    for cluster in (None, "shop"):
        table = wb.compare.experiment(made, [Quantile("x", 0.5)], by="trial", cluster=cluster).table
        covered[cluster] = ((table["low"] <= 0) & (table["high"] >= 0)).mean()
    assert covered[None] < 0.6
    assert 0.91 <= covered["shop"] <= 0.99


def test_a_quantile_of_one_cluster_an_arm_has_no_interval(data):
    found = row(
        wb.compare.experiment(data.assign(shop=data["variant"]), [Quantile("wait", 0.5)], cluster="shop"),
        "wait q50",
    )
    assert np.isinf([found["low"], found["high"]]).all()
    assert found["p_value"] == 1.0


@pytest.mark.parametrize(
    ("buyers", "n", "base", "total"), [(0, 100, 0, 100), (0, 5, 1, 7), (3, 50, 9, 5000), (40, 900, 60, 900)]
)
def test_the_beta_binomial_is_its_closed_sum(buyers, n, base, total):
    a, b, c, d = buyers + 1, n - buyers + 1, base + 1, total - base + 1
    i = np.arange(a)
    terms = special.betaln(c + i, d + b) - np.log(b + i) - special.betaln(1 + i, b) - special.betaln(c, d)
    found = beta_better(*(np.array([value]) for value in (buyers, n, base, total)))
    assert found[0] == pytest.approx(np.exp(terms).sum(), abs=1e-8)


def test_an_estimated_chance_is_never_shown_as_certain(data):
    sure = data.assign(revenue=data["revenue"] + 1000 * (data["variant"] == "B"))
    answer = wb.compare.experiment(sure, "revenue")
    assert row(answer, "revenue")["probability"] == 1.0
    assert "probability to be better >99.9%" in answer.verdict


def test_a_quantile_that_moved_from_tie_to_tie_has_a_probability():
    random = np.random.default_rng(8)
    ties = pd.DataFrame({"variant": np.repeat(["A", "B"], 2000), "x": random.choice([1, 1, 1, 2, 5], 4000)})
    same = row(wb.compare.experiment(ties, [Quantile("x", 0.3)]), "x q30")
    assert (same["p_value"], same["probability"]) == (1.0, 0.5)
    ties["x"] += ties["variant"] == "B"
    answer = wb.compare.experiment(ties, [Quantile("x", 0.3)])
    assert row(answer, "x q30")["probability"] == 1.0
    assert "probability to be better >99.9%" in answer.verdict
