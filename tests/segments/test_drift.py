"""`drift` against brute force; its tests against statsmodels; its limits."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import InputError, QuestionError
from workbench.segments import cluster, drift
from workbench.segments.drifting import GONE, NEW, stuart_maxwell


def members(n=400, seed=0, ids=range(500)):
    rng = np.random.default_rng(seed)
    who = rng.choice(list(ids), n, replace=False)
    return pd.DataFrame({"customer_id": who, "segment": rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])})


def test_the_matrix_is_that_of_brute_force():
    one, other = members(seed=1), members(seed=2)
    answer = drift(one, other)
    was, now = (dict(zip(t.customer_id, t.segment, strict=True)) for t in (one, other))
    expected = Counter((was.get(who, NEW), now.get(who, GONE)) for who in was.keys() | now.keys())
    matrix = answer.matrix()
    assert {key: matrix.loc[key] for key in expected} == expected
    assert answer.table.customers.sum() == len(was.keys() | now.keys())
    rows = answer.table[answer.table.before != NEW].groupby("before")
    np.testing.assert_allclose(rows.share.sum(), 1)
    assert answer.table[answer.table.before == NEW][["share", "low", "high"]].isna().all(axis=None)
    for row in answer.net.itertuples():
        assert row.before == (one.segment == row.segment).sum()
        assert row.after == (other.segment == row.segment).sum()
        assert row.before + row.net + row.new - row.gone == row.after


def test_marginal_homogeneity_is_that_of_statsmodels():
    from statsmodels.stats.contingency_tables import SquareTable

    rng = np.random.default_rng(5)
    for size in (2, 3, 5):
        square = rng.integers(1, 40, (size, size)).astype(float)
        expected = SquareTable(square, shift_zeros=False).homogeneity().pvalue
        assert stuart_maxwell(square) == pytest.approx(expected, rel=1e-9)
    assert stuart_maxwell(np.diag([4.0, 5.0])) == 1
    assert np.isnan(stuart_maxwell(np.array([[3.0]])))


def test_net_movement_is_an_exact_mcnemar_test_with_holm():
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    one, other = members(450, 3), members(450, 4)
    both = one.merge(other, on="customer_id")
    p = []
    for segment in "abc":
        inside = pd.crosstab(both.segment_x == segment, both.segment_y == segment)
        p.append(mcnemar(inside.to_numpy(), exact=True).pvalue)
    net = drift(one, other).net
    np.testing.assert_allclose(net.p, multipletests(p, method="holm")[1], rtol=1e-9)


def test_real_movement_is_found_and_noise_is_not():
    rng = np.random.default_rng(6)
    one = pd.DataFrame({"customer_id": range(600), "segment": np.repeat(["a", "b"], 300)})
    moved = one.assign(segment=np.where((one.segment == "a") & (rng.random(600) < 0.3), "b", one.segment))
    found = drift(one, moved)
    assert found.net.set_index("segment").verdict.to_dict() == {"a": "shrank", "b": "grew"}
    assert found.p < 1e-6
    swapped = one.segment.where(rng.random(600) > 0.2, one.segment.map({"a": "b", "b": "a"}))
    noise = drift(one, one.assign(segment=swapped))
    assert set(noise.net.verdict) == {"unclear"}
    assert "within chance" in noise.sentence("en")
    still = drift(one, one)
    assert (still.p, still.table.customers.sum()) == (1, 600)


def test_the_test_of_net_movement_keeps_its_level():
    """Where customers swap at random, p under 0.05 comes in at most about 5% of worlds."""
    rng = np.random.default_rng(7)
    small = 0
    for _ in range(400):
        square = rng.multinomial(300, [0.3, 0.06, 0.04, 0.06, 0.2, 0.05, 0.04, 0.05, 0.2]).reshape(3, 3)
        small += stuart_maxwell(square.astype(float)) < 0.05
    assert 0.025 < small / 400 < 0.08


def test_rfm_of_the_demo_world_on_one_scale(demo_store):
    before = wb.segments.rfm(demo_store, "2026-06-30")
    after = wb.segments.rfm(demo_store, demo_store.as_of, thresholds=before.thresholds)
    answer = drift(before, after)
    assert answer.ordered
    assert answer.matrix().to_numpy().sum() == len(after.table)
    assert answer.net["gone"].sum() == 0
    assert answer.net["new"].sum() == len(after.table) - len(before.table)
    assert answer.table.money.sum() == pytest.approx(after.table.monetary.sum())
    assert answer.name("champions", "zh") == "重要价值客户"
    assert "(gone)" not in set(answer.table.after)
    assert json.dumps(answer.to_dict(), allow_nan=False)
    assert "变换了细分" in answer.sentence("zh")
    other = wb.segments.rfm(demo_store, demo_store.as_of)
    with pytest.raises(QuestionError, match="different scales"):
        drift(before, other)
    with pytest.raises(QuestionError, match="earlier one first"):
        drift(after, before)


def test_clusters_drift_on_one_model_only():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"x": np.r_[rng.normal(0, 1, 80), rng.normal(9, 1, 80)]})
    before = cluster(frame, k=2, draws=2)
    moved = frame.assign(x=np.r_[frame.x[:60], np.full(20, 9.0), frame.x[80:]])
    answer = drift(before, before.model.assign(moved))
    assert answer.table[answer.table.before != answer.table.after].customers.tolist() == [20]
    assert not answer.ordered
    with pytest.raises(QuestionError, match="different scales"):
        drift(before, cluster(moved * 2 + rng.normal(0, 1, (160, 1)), k=2, draws=2))


def test_tables_without_segments_or_with_a_customer_twice_are_refused():
    with pytest.raises(InputError, match="'segment'"):
        drift(pd.DataFrame({"customer_id": [1]}), members())
    with pytest.raises(InputError, match="two segments"):
        drift(pd.DataFrame({"customer_id": [1, 1], "segment": ["a", "b"]}), members())
