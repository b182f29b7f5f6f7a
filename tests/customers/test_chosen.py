"""`best` and the gains curve: who is chosen, what is expected of them, and that intervals cover."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.customers import calibration
from workbench.customers.chosen import chosen, each, shown_methods
from workbench.customers.gains import lift_curve
from workbench.errors import QuestionError


def model(scores, recalibration, outcome="buy", methods=None):
    """What `chosen` needs of a model: calibrated probabilities of customers."""
    low, high = recalibration.interval(scores)
    columns = {"customer_id": [f"c{at:05}" for at in range(len(scores))]}
    if methods is not None:
        columns = {"customer_id": [f"c{at // len(methods):05}" for at in range(len(scores))]}
        columns["method"] = np.resize(methods, len(scores))
    table = pd.DataFrame(columns | {"p": recalibration.apply(scores), "p_low": low, "p_high": high})
    return SimpleNamespace(
        outcome=outcome,
        horizon_days=60,
        as_of=dt.date(2026, 10, 31),
        calibration=recalibration,
        predict=lambda: table,
    )


def learnt(rng, size=4_000):
    """Scores that are too bold, and the recalibration learnt on so many outcomes."""
    truth = 1 / (1 + np.exp(-rng.normal(-1.4, 1.0, size)))
    bold = calibration.logits(truth) * 1.6 + 0.5
    scores = 1 / (1 + np.exp(-bold))
    return truth, scores, calibration.learn(scores, (rng.random(size) < truth).astype(float))


def test_the_likeliest_are_chosen_and_the_threshold_means_the_same_customers():
    _, scores, moved = learnt(np.random.default_rng(1))
    answer = chosen(model(scores, moved), 0.2)
    p = moved.apply(scores)
    assert 800 <= answer.customers <= 830
    assert set(answer.table["customer_id"]) == {f"c{at:05}" for at in np.flatnonzero(p >= answer.threshold)}
    assert answer.threshold <= np.sort(p)[::-1][799]
    assert answer.expected == pytest.approx(p[p >= answer.threshold].sum())
    assert answer.captured == pytest.approx(answer.expected / p.sum())
    assert answer.lift > 1.8
    assert len(str(answer.threshold)) <= 6
    assert chosen(model(scores, moved), 1.0).customers == len(scores)
    for lang in ("en", "zh"):
        assert f"{answer.customers:,}" in answer.sentence(lang) or str(answer.customers) in answer.sentence(
            lang
        )


def test_equal_probabilities_are_chosen_together():
    moved = calibration.Recalibration(0.0, 1.0, np.zeros((2, 2)), 100)
    answer = chosen(model(np.full(100, 0.3), moved), 0.05)
    assert answer.customers == 100
    assert answer.threshold == 0.3


def test_of_several_methods_the_likeliest_counts_once():
    moved = calibration.Recalibration(0.0, 1.0, np.zeros((2, 2)), 100)
    scores = np.array([0.1, 0.4, 0.3, 0.2, 0.5, 0.6])
    table = each(model(scores, moved, "respond", ["call", "email"]))
    assert table["customer_id"].tolist() == ["c00002", "c00000", "c00001"]
    assert table["method"].tolist() == ["email", "email", "call"]
    assert shown_methods(table, 2) == [("email", 2), ("call", None)]
    assert "contact tomorrow" in chosen(model(scores, moved, "respond", ["call", "email"]), 0.5).sentence(
        "en"
    )


def test_the_interval_of_how_many_will_do_it_covers():
    """Recalibrated on one sample, held against another: 95% ± 3 standard errors of 400 worlds."""
    inside = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        _, _, moved = learnt(rng, 1_500)
        truth = 1 / (1 + np.exp(-rng.normal(-1.4, 1.0, 3_000)))
        scores = 1 / (1 + np.exp(-(calibration.logits(truth) * 1.6 + 0.5)))
        answer = chosen(model(scores, moved), 0.2)
        came = (rng.random(3_000) < truth)[[int(name[1:]) for name in answer.table["customer_id"]]].sum()
        inside.append(answer.low <= came <= answer.high)
    assert 0.95 - 3 * 0.0109 < np.mean(inside) < 0.95 + 3 * 0.0109


@pytest.mark.parametrize("share", [0, -0.1, 1.2], ids=["none", "negative", "more"])
def test_a_share_that_makes_no_sense_is_refused(share):
    moved = calibration.Recalibration(0.0, 1.0, np.zeros((2, 2)), 100)
    with pytest.raises(QuestionError, match="share is"):
        chosen(model(np.full(10, 0.3), moved), share)


def test_gains_are_those_of_counting():
    rng = np.random.default_rng(3)
    scores = rng.random(1_000).round(2)  # with ties
    happened = rng.random(1_000) < scores**2
    curve = lift_curve(scores, happened).set_index("depth")
    ranked = pd.DataFrame({"s": scores, "h": happened}).sort_values("s", ascending=False)
    for depth in (0.05, 0.2, 0.5):
        edge = ranked["s"].iloc[int(depth * 1_000) - 1]
        above, tied = ranked[ranked.s > edge], ranked[ranked.s == edge]
        part = (depth * 1_000 - len(above)) / len(tied)
        assert curve.found[depth] == pytest.approx(above.h.sum() + part * tied.h.sum())
    assert curve.share[1.0] == 1
    assert (curve.share_low <= curve.share).all()
    assert (curve.share <= curve.share_high).all()
    assert curve.lift.iloc[0] > 2


def test_gains_intervals_cover_the_share_of_a_large_population():
    """The share of outcomes in the best fifth of 2,000 customers against that of the law behind them."""
    rng = np.random.default_rng(4)
    large = rng.normal(size=400_000)
    outcome = rng.random(400_000) < 1 / (1 + np.exp(2 - large))
    truth = lift_curve(large, outcome).set_index("depth").share[0.2]
    inside = []
    for _ in range(400):
        scores = rng.normal(size=2_000)
        row = lift_curve(scores, rng.random(2_000) < 1 / (1 + np.exp(2 - scores))).set_index("depth").loc[0.2]
        inside.append(row.share_low <= truth <= row.share_high)
    assert 0.92 < np.mean(inside) <= 1.0
