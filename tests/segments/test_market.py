"""`target_market`: the index by hand, its interval by simulation, p-values against scipy."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import QuestionError
from workbench.segments import shares, target_market


def customers(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "region": rng.choice(["north", "south"], n),
            "interest": rng.choice(["tea", "coffee", "cocoa"], n, p=[0.5, 0.3, 0.2]),
        }
    )


def planted(frame, seed=1):
    rng = np.random.default_rng(seed)
    special = (frame.region == "north") & (frame.interest == "tea")
    return frame.customer_id[rng.random(len(frame)) < np.where(special, 0.45, 0.2)]


def test_the_index_is_share_by_share_and_finds_what_was_planted():
    frame = customers()
    ids = planted(frame)
    answer = target_market(frame, ids, by=["region", "interest"])
    inside = frame[frame.customer_id.isin(ids)]
    for row in answer.table.itertuples():
        mine, all_ = (
            ((part.region == row.region) & (part.interest == row.interest)).mean() for part in (inside, frame)
        )
        assert answer.table.loc[row.Index, "index"] == pytest.approx(100 * mine / all_)
        assert row.low < 100 * mine / all_ < row.high
    over = answer.table[answer.table.verdict == "over"]
    assert over[["region", "interest"]].to_numpy().tolist() == [["north", "tea"]]
    assert "north · tea" in answer.sentence("en")
    assert json.dumps(answer.to_dict(), allow_nan=False)


def test_p_values_are_those_of_fishers_exact_test_up_to_the_middle_and_corrected():
    from scipy.stats import fisher_exact, hypergeom

    inside, base, group, everyone = 30, 90, 150, 800
    p = float(shares.by_chance([inside], [base], group, everyone)[0])
    table = [[inside, base - inside], [group - inside, everyone - group - base + inside]]
    one_sided = fisher_exact(table, "greater").pvalue
    half = hypergeom(everyone, group, base).pmf(inside) / 2
    assert p == pytest.approx(2 * (one_sided - half), rel=1e-9)
    from statsmodels.stats.multitest import multipletests

    frame = customers()
    ids = planted(frame)
    raw = target_market(frame, ids, by=["region", "interest"], correction="none").table
    for how, name in (("bh", "fdr_bh"), ("holm", "holm")):
        found = target_market(frame, ids, by=["region", "interest"], correction=how).table
        np.testing.assert_allclose(found.p, multipletests(raw.p, method=name)[1], rtol=1e-9)


@pytest.mark.parametrize(
    ("rate", "rest", "n"), [(0.3, 0.3, 80), (0.6, 0.2, 60), (0.1, 0.2, 200), (0.9, 0.5, 900)]
)
def test_the_interval_covers_the_true_index(rate, rest, n):
    rng = np.random.default_rng(7)
    everyone, draws = 1_000, 4_000
    inside = rng.binomial(n, rate, draws)
    others = rng.binomial(everyone - n, rest, draws)
    truth = 100 * rate / ((n * rate + (everyone - n) * rest) / everyone)
    covered = [
        bool(low <= truth <= high)
        for i, o in zip(inside[:800], others[:800], strict=True)
        for _, low, high in [shares.index(i, n, i + o, everyone)]
    ]
    assert 0.925 < np.mean(covered) <= 0.99


def test_noise_is_hardly_ever_called_over_represented():
    frame = customers(2_000)
    rng = np.random.default_rng(3)
    wrong = sum(
        target_market(frame, rng.choice(2_000, 500, replace=False), by=["region", "interest"])
        .table.verdict.isin(["over", "under"])
        .any()
        for _ in range(60)
    )
    assert wrong <= 8  # 5% of 60 is 3


def test_small_cells_and_what_would_give_them_away_hold_no_number():
    frame = customers(1_000)
    frame.loc[:19, "interest"] = "rare"
    answer = target_market(frame, planted(frame), by=["region", "interest"])
    hidden = answer.table[answer.table.suppressed]
    assert set(hidden.interest) >= {"rare"}
    assert hidden[["base", "segment", "index", "low", "high", "p"]].isna().all(axis=None)
    assert set(hidden.verdict) == {"few"}
    shown = answer.table[~answer.table.suppressed]
    assert (shown.base >= 50).all()
    assert (shown.segment >= 10).all()
    assert "market_hidden" in [remark.code for remark in answer.remarks]


def test_strangers_and_small_segments_are_said():
    frame = customers()
    answer = target_market(frame, [1, 2, 3, 99_999], by=["region"], least_members=1)
    said = {remark.code: remark.values["count"] for remark in answer.remarks}
    assert said["market_few"] == 3
    assert said["market_strangers"] == 1
    assert set(answer.table.verdict) == {"few"}


def test_the_demo_world_by_region_and_interest(demo_store):
    rfm = wb.segments.rfm(demo_store, demo_store.as_of)
    answer = target_market(demo_store, rfm, "champions")
    assert answer.by == ("region", "interest")  # with habits most cells would be hidden
    assert answer.remarks[0].code == "market_coarse"
    assert answer.segment == (rfm.table.segment == "champions").sum()
    # Value classes, and so champions, were planted independently of region and interest.
    assert not answer.table.verdict.isin(["over", "under"]).any()
    classes = target_market(demo_store, rfm, "champions", by=["value_class"])
    assert classes.table.set_index("value_class").verdict["high"] == "over"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"by": ["region", "region"]}, "one to three"),
        ({"by": ["moon"]}, "Unknown feature 'moon'"),
        ({"segment": []}, "0 of 3000"),
    ],
    ids=["twice", "unknown", "nobody"],
)
def test_a_question_that_cannot_be_answered_says_why(more, words):
    asked = {"segment": [1, 2, 3], "by": ["region"], **more}
    with pytest.raises(QuestionError, match=words):
        target_market(customers(), **asked)


def test_a_shop_that_knows_no_interests_is_asked_by_what_it_knows():
    frame = customers().drop(columns=["interest"])
    assert target_market(frame, frame.iloc[:300, 0].tolist()).by == ("region",)
    with pytest.raises(QuestionError, match="Unknown feature 'region'"):
        target_market(frame.drop(columns=["region"]), [1, 2, 3])


def test_a_segmentation_needs_a_choice(demo_store):
    rfm = wb.segments.rfm(demo_store, demo_store.as_of)
    with pytest.raises(QuestionError, match="Unknown segment"):
        target_market(demo_store, rfm, "nobody")
