"""The effect matrix and uplift: planted truth over seeds, coverage, Hillstrom, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from planted_worlds import reactions
from scipy import stats

import workbench as wb
from workbench.compare.qini import Curve
from workbench.errors import InputError, QuestionError, WorkbenchError


def test_small_cells_are_better_pooled_than_alone():
    planted = wb.demo.truth().method_effects.set_index(["value_class", "method"])["reaction_probability"]
    pooled, alone = [], []
    for seed in range(30, 36):
        table = reactions(seed)
        few = table[table["first"]].groupby(["group", "method"]).head(25)
        found = wb.compare.effects(few, group="group", unit="customer").table
        truth = planted.loc[list(zip(found["group"], found["arm"], strict=True))].to_numpy()
        pooled.append(((found["shrunk"] - truth) ** 2).mean())
        alone.append(((found["mean"] - truth) ** 2).mean())
    assert np.mean(pooled) < 0.95 * np.mean(alone)


def test_a_store_answers_from_its_contacts(demo_store):
    answer = wb.compare.effects(demo_store, contacts="first")
    assert answer.by == ("value_class",)
    assert len(answer.table) == 15
    assert answer.table.groupby("value_class")["best"].sum().to_numpy() == pytest.approx(1, abs=1e-9)
    assert "High value" in answer.sentence("en")
    assert "高价值" in answer.sentence("zh")
    with pytest.raises(QuestionError, match="Unknown reaction"):
        wb.compare.effects(demo_store, outcome="glad")
    with pytest.raises(QuestionError, match="Unknown customer attribute"):
        wb.compare.effects(demo_store, group="shoe_size")


def test_contacts_of_one_customer_are_one_cluster():
    rng = np.random.default_rng(1)
    mood = rng.beta(0.4, 0.6, 400)
    rows = pd.DataFrame({"who": np.repeat(np.arange(400), 20), "method": "a", "group": "g"})
    rows.loc[rows["who"] % 2 == 0, "method"] = "b"
    rows["positive"] = (rng.random(len(rows)) < mood[rows["who"]]).astype(float)
    together = wb.compare.effects(rows, group="group", unit="who").table
    apart = wb.compare.effects(rows, group="group", unit=None).table
    width = [(found["high"] - found["low"]).mean() for found in (together, apart)]
    assert width[0] > 2.5 * width[1]


def test_amounts_are_pooled_as_amounts():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"method": rng.choice(["a", "b", "c"], 900), "group": rng.choice(["x", "y"], 900)})
    rows["value"] = 10 + 5 * (rows["method"] == "a") + rng.normal(0, 3, 900) - 12
    answer = wb.compare.effects(rows, group="group", outcome="value", unit=None)
    assert answer.units == {"value": "number"}
    assert (answer.table.groupby("group")["arm"].first() == "a").all()
    assert answer.table["shrunk"].min() < 0


def trial(rng, size, strength):
    """A randomised trial whose effect grows with x, scored with noise."""
    x = rng.random(size)
    treated = rng.integers(0, 2, size)
    bought = (rng.random(size) < 0.1 + strength * x * treated).astype(float)
    return pd.DataFrame(
        {"x": x, "treated": treated, "bought": bought, "score": x + 0.3 * rng.standard_normal(size)}
    )


def truth(strength, size=1_000_000):
    """Qini, AUUC and the gain of the first 30% in a world without noise in the outcome."""
    rng = np.random.default_rng(99)
    x = rng.random(size)
    order = np.argsort(-(x + 0.3 * rng.standard_normal(size)))
    effect, rank = strength * x[order], (np.arange(size) + 0.5) / size
    return (effect * (0.5 - rank)).mean(), (effect * (1 - rank)).mean(), (effect * (rank <= 0.3)).mean()


def test_areas_and_gains_cover_the_truth():
    qini, auuc, gain = truth(0.1)
    rng, hits = np.random.default_rng(3), []
    for _ in range(300):
        table = trial(rng, 2000, 0.1).sort_values("score", ascending=False)
        curve = Curve.of(table["treated"].to_numpy(), table["bought"].to_numpy())
        one, two = curve.area(random=True), curve.area(random=False)
        height, error = curve.gain(np.array([0.3]))
        hits.append(
            (
                one.low <= qini <= one.high,
                two.low <= auuc <= two.high,
                abs(height[0] - gain) < 1.96 * error[0],
            )
        )
    assert (np.mean(hits, axis=0) > 0.92).all()
    assert (np.mean(hits, axis=0) < 0.99).all()


def test_the_gain_of_everybody_is_the_average_effect():
    table = trial(np.random.default_rng(4), 3000, 0.2)
    answer = wb.compare.uplift(table, "treated", "bought", score="score")
    means = table.groupby("treated")["bought"].mean()
    assert answer.table["gain"].iloc[-1] == pytest.approx(means[1] - means[0], rel=1e-9)
    assert answer.table["effect"].iloc[-1] == pytest.approx(means[1] - means[0], rel=1e-9)
    curve = answer.details["curve"]
    area = np.trapezoid(curve["gain"], curve["share"])
    assert answer.details["auuc"].value == pytest.approx(area, abs=2e-3)


def test_a_random_score_is_told_from_a_good_one():
    rng = np.random.default_rng(5)
    table = trial(rng, 4000, 0.3).assign(luck=rng.random(4000))
    assert "finds the people" in wb.compare.uplift(table, "treated", "bought", score="score").sentence()
    assert "cannot tell" in wb.compare.uplift(table, "treated", "bought", score="luck").sentence()
    wrong = table.assign(score=-table["score"])
    assert "wrong people" in wb.compare.uplift(wrong, "treated", "bought", score="score").sentence()


def test_a_learner_that_never_saw_a_customer_finds_no_uplift_where_there_is_none():
    rng, found = np.random.default_rng(6), []
    for _ in range(60):
        table = trial(rng, 1500, 0.0).assign(kind=rng.choice(list("abc"), 1500))
        found.append(wb.compare.uplift(table, "treated", "bought", features=["x", "kind"]).details["qini"])
    assert np.mean([area.low > 0 for area in found]) < 0.09
    assert abs(np.mean([area.value for area in found])) < 0.003


def test_hillstrom_s_e_mail_moves_some_customers_more_than_others(shared_data):
    table = pd.read_csv(shared_data / "hillstrom.csv")
    table = table[table["segment"] != "Mens E-Mail"].assign(
        mail=lambda t: (t["segment"] != "No E-Mail").astype(int)
    )
    features = ["recency", "history", "mens", "womens", "newbie", "zip_code", "channel"]
    answer = wb.compare.uplift(table, "mail", "visit", features=features)
    whole = answer.table.iloc[-1]
    assert whole["mean"] == pytest.approx(0.15140, abs=1e-5)
    assert whole["mean_control"] == pytest.approx(0.10617, abs=1e-5)
    assert answer.details["qini"].low > 0
    assert answer.table["effect"].iloc[2] > whole["high"]


@pytest.mark.parametrize(
    ("change", "arguments", "sentence"),
    [
        ({}, {}, "neither a score nor features"),
        ({}, {"score": "nothing"}, "Unknown column 'nothing'"),
        ({"treated": 3}, {"score": "score"}, "holds 3"),
        ({"treated": 1}, {"score": "score"}, "0 customers are held out"),
        ({"score": np.nan}, {"score": "score"}, "has gaps"),
        ({"x": np.nan}, {"features": ["x"]}, "has gaps"),
    ],
)
def test_a_trial_that_tells_nothing_gets_a_sentence(change, arguments, sentence):
    table = trial(np.random.default_rng(7), 400, 0.1).assign(**change)
    with pytest.raises((InputError, QuestionError), match=sentence):
        wb.compare.uplift(table, "treated", "bought", **arguments)


def test_one_method_is_nothing_to_compare():
    table = pd.DataFrame({"method": ["a"] * 9, "group": ["x"] * 9, "positive": [1.0] * 9})
    with pytest.raises(InputError, match="does not name two methods"):
        wb.compare.effects(table, group="group", unit=None)


def few_contacts():
    random = np.random.default_rng(4)
    made = pd.DataFrame({"method": random.choice(["call", "mail", "sms"], 600)})
    made["value_class"] = random.choice(["high", "low"], 600)
    made["positive"] = random.random(600) < 0.2
    made["customer_id"] = np.arange(600)
    return made


def test_a_cell_of_one_contact_is_never_called_the_best():
    made = few_contacts()
    rare = (made["method"] == "sms") & (made["value_class"] == "high")
    kept = made[~rare | (made.index == made.index[rare][0])]
    verdict = wb.compare.effects(kept).verdict
    assert "high: sms works best" not in verdict
    assert "high: " in verdict
    lone = pd.concat([made[made["value_class"] == "low"], made[rare].head(3)])
    assert "high: no method has 20 contacts yet" in wb.compare.effects(lone).verdict


def test_none_of_ninety_is_no_certainty():
    made = few_contacts()
    made["positive"] &= made["method"] != "sms"
    table = wb.compare.effects(made).table
    none = table[table["arm"] == "sms"]
    assert (none["mean"] == 0).all()
    assert (none["lift_low"] == -1).all()
    assert (none["lift_high"] > -0.99).all()


def test_few_customers_with_many_contacts_count_as_few():
    made = few_contacts().assign(customer_id=lambda data: data.index % 12)
    table = wb.compare.effects(made).table
    # Twelve customers leave eleven degrees of freedom, however many contacts they had.
    half = (table["high"] - table["low"]) / 2
    ratio = table["effect"] / half * stats.t.ppf(0.975, 11)
    assert table["p_value"].to_numpy() == pytest.approx(2 * stats.t.sf(abs(ratio), 11), rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "asked", "words"),
    [
        ({"score": "x"}, {"score": "score"}, "no numbers"),
        ({}, {"score": "bought"}, "what the trial is about"),
        ({}, {"features": ["treated"]}, "what the trial is about"),
    ],
)
def test_a_score_that_cannot_order_customers_gets_a_sentence(changes, asked, words):
    random = np.random.default_rng(5)
    trial = pd.DataFrame({"treated": random.integers(0, 2, 400), "bought": random.random(400) < 0.1})
    with pytest.raises(WorkbenchError, match=words):
        wb.compare.uplift(trial.assign(**changes), "treated", "bought", **asked)
