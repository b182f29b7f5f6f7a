"""`lookalikes`: a planted likeness is ranked first, noise is called noise, leaks are left out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.customers.gains import lift_curve
from workbench.errors import QuestionError
from workbench.segments import cluster, lookalikes
from workbench.segments.lookalikes import auc


def customers(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "spend": rng.lognormal(3, 1, n),
            "visits": rng.poisson(6, n).astype(float),
            "city": rng.choice(["east", "west"], n),
        }
    )
    odds = np.exp(1.5 * np.log(frame.spend / 20) + 1.0 * (frame.city == "east") - 2)
    return frame, rng.random(n) < odds / (1 + odds)


def test_the_likely_are_ranked_first_and_the_seed_is_never_among_them():
    frame, likely = customers()
    seed = frame.customer_id[likely].sample(frac=0.5, random_state=1)  # the other half is hidden in the rest
    answer = lookalikes(frame, seed)
    assert set(answer.table.customer_id) == set(frame.customer_id) - set(seed)
    assert answer.table["rank"].tolist() == list(range(1, len(answer.table) + 1))
    assert answer.table.score.is_monotonic_decreasing
    hidden = set(frame.customer_id[likely]) - set(seed)
    rate = len(hidden) / len(answer.table)
    top = answer.top(300).customer_id.isin(hidden).mean()
    assert top > 2 * rate
    drivers = answer.drivers.set_index(["feature", "level"]).weight
    assert drivers[("city", "east")] > 0 > drivers[("city", "west")]
    assert answer.drivers.feature.iloc[0] in ("spend", "city")
    assert json.dumps(answer.to_dict(), allow_nan=False)


def test_the_held_out_lift_is_what_new_seed_members_would_show():
    """The curve holds, within its interval, for fresh customers of the same world."""
    frame, likely = customers(4_000, 1)
    answer = lookalikes(frame, frame.customer_id[likely])
    fresh, really = customers(40_000, 2)
    odds = 1.5 * np.log(fresh.spend / 20) + 1.0 * (fresh.city == "east")
    truth = lift_curve(odds.to_numpy(), really).set_index("depth").lift
    found = answer.lift.set_index("depth")
    for depth in (0.05, 0.1, 0.2, 0.3, 0.5):
        assert found.low[depth] * 0.97 <= truth[depth] <= found.high[depth] * 1.03
    assert found.lift[1.0] == pytest.approx(1)


def test_a_random_seed_is_called_no_better_than_chance():
    frame, _ = customers()
    chance = [
        lookalikes(frame, np.random.default_rng(at).choice(3_000, 150, replace=False)).remarks
        for at in range(12)
    ]
    codes = [[remark.code for remark in remarks] for remarks in chance]
    assert sum("lookalikes_chance" in found for found in codes) >= 10
    answer = lookalikes(frame, np.random.default_rng(3).choice(3_000, 150, replace=False))
    assert "不优于随机" in [r.sentence("zh") for r in answer.remarks][-1]
    assert "Nothing tells" in answer.sentence("en")


def test_a_column_that_made_the_seed_is_left_out():
    frame, likely = customers()
    seed = frame.customer_id[likely]
    frame["flagged"] = np.where(likely, "yes", "no")
    frame["bought_it"] = likely * 100.0 + np.random.default_rng(1).normal(0, 1, len(frame))
    answer = lookalikes(frame, seed)
    reasons = {entry.column: entry.reason for entry in answer.left_out}
    assert reasons["flagged"] == reasons["bought_it"] == "leak"
    assert not {"flagged", "bought_it"} & set(answer.features)
    assert answer.auc < 0.95
    with pytest.raises(QuestionError, match="No column is left"):
        lookalikes(frame, seed, features=["bought_it"])


def test_what_a_segmentation_was_made_of_is_left_out(demo_store):
    rfm = wb.segments.rfm(demo_store, demo_store.as_of)
    answer = lookalikes(demo_store, rfm, "champions")
    assert not {"recency_days", "frequency", "monetary", "aov", "rhythm"} & set(answer.features)
    assert {entry.column for entry in answer.left_out if entry.reason == "defines"} >= {"frequency"}
    assert answer.auc_low > 0.5
    assert len(answer.table) + answer.seed == len(rfm.table)
    found = cluster(demo_store, ["aov", "frequency"], k=3, draws=2)
    assert not {"aov", "frequency"} & set(lookalikes(demo_store, found, "c1").features)


def test_the_area_under_the_curve_is_that_of_scikit_learn_with_ties():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(5)
    scores, inside = rng.integers(0, 8, 500).astype(float), rng.random(500) < 0.3
    area, low, high = auc(scores, inside)
    assert area == pytest.approx(roc_auc_score(inside, scores))
    assert low < area < high
    gaps = scores[inside][:, None] - scores[~inside][None, :]
    placed = (gaps > 0) + 0.5 * (gaps == 0)
    spread = (
        placed.mean(axis=1).var(ddof=1) / inside.sum() + placed.mean(axis=0).var(ddof=1) / (~inside).sum()
    )
    assert high - low == pytest.approx(2 * 1.959964 * spread**0.5, rel=1e-6)


def test_the_interval_of_the_area_covers_the_truth():
    from scipy.stats import norm

    rng = np.random.default_rng(6)
    truth = norm.cdf(1 / np.sqrt(2))
    inside = np.arange(300) < 80
    ends = [auc(rng.normal(0, 1, 300) + inside, inside)[1:] for _ in range(600)]
    assert 0.92 < np.mean([low <= truth <= high for low, high in ends]) < 0.98


def test_a_lift_curve_counts_by_hand_and_ties_have_no_order():
    inside = np.array([True, True, False, False, False, False, False, True, False, False])
    curve = lift_curve(np.arange(10, 0, -1.0), inside).set_index("depth")
    assert curve.found[0.1] == 1
    assert curve.found[0.2] == 2
    assert curve.lift[0.2] == pytest.approx((2 / 3) / 0.2)
    flat = lift_curve(np.zeros(10), inside)
    np.testing.assert_allclose(flat.found, flat.customers * 0.3)
    np.testing.assert_allclose(flat.lift, 1)


def test_a_seed_that_is_too_small_is_said():
    frame, likely = customers()
    with pytest.raises(QuestionError, match="The seed has 12 of 3000"):
        lookalikes(frame, frame.customer_id[likely][:12])
    answer = lookalikes(frame, [*frame.customer_id[likely][:60], -5])
    said = {remark.code: remark.values["count"] for remark in answer.remarks if remark.values}
    assert said == {"lookalikes_few": 60, "lookalikes_strangers": 1}


def test_what_a_rule_decides_by_is_left_out(demo_store):
    rule = wb.segments.rule(
        (wb.segments.field("language") == "zh") & wb.segments.ordered(3, channel="search"), "regulars"
    )
    answer = lookalikes(demo_store, rule)
    out = {entry.column for entry in answer.left_out if entry.reason == "defines"}
    assert {"frequency", "rhythm", "order_channel"} <= out
    assert not {"frequency", "monetary", "language", "order_channel"} & set(answer.features)
    assert answer.seed == rule.count(demo_store)
    for source, seed in ((customers()[0], rule), (customers()[0], "regulars"), (demo_store, 7)):
        with pytest.raises(QuestionError, match=r"A rule is asked of a store|is no group of customers"):
            lookalikes(source, seed)


def test_a_rule_in_words_is_a_seed_and_likeness_is_said(demo_store):
    rule = wb.segments.rule(wb.segments.rfm_value() == "champions")
    answer = lookalikes(demo_store, rule.to_json())
    assert answer.seed == rule.count(demo_store)
    en, zh = answer.traits("en"), answer.traits("zh")
    assert len(en) == len(zh) == 6
    assert all(words.split(":")[0] in ("more", "less", "more often", "less often") for words in en)
    first = answer.drivers.iloc[0]
    assert en[0].startswith("more" if first.weight > 0 else "less")
    with pytest.raises(QuestionError, match="Unknown segment"):
        lookalikes(demo_store, "nobody knows this")
