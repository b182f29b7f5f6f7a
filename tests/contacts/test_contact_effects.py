"""Reactions, fatigue and hazards of contacts: what was planted comes out, with honest intervals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from contact_worlds import BASE, BEST, FATIGUE, METHODS, SEGMENTS, caused, world

import workbench as wb
from workbench.contacts.curve import fit
from workbench.contacts.history import history
from workbench.errors import InputError, QuestionError

REPEATS = 24
NAMELESS = pd.DataFrame({"time": []})


@pytest.fixture(scope="module")
def curves():
    """Curves fitted to worlds of the same law."""
    return [fit(history(world(seed, 1_500).frame, "segment"), draws=800) for seed in range(REPEATS)]


def test_intervals_of_the_best_gap_cover_as_often_as_they_claim(curves):
    ends = np.array([np.quantile(curve.best_draws(), [0.025, 0.975], axis=0) for curve in curves])
    covered = (ends[:, 0] <= BEST) & (ends[:, 1] >= BEST)
    assert 0.89 <= covered.mean() <= 0.995
    assert np.median(ends[:, 1] / ends[:, 0]) < 3  # and they say something


def test_intervals_of_fatigue_and_reaction_cover_as_often_as_they_claim(curves):
    lost = np.array([np.quantile(-np.expm1(c.draws["fatigue"]), [0.025, 0.975], axis=0) for c in curves])
    assert ((lost[:, 0] <= FATIGUE) & (lost[:, 1] >= FATIGUE)).mean() >= 0.88
    covered = []
    for curve in curves:
        for s, m in np.ndindex(BEST.shape):
            low, high = np.quantile(curve.chance_draws(BEST[s, m], 0)[:, s, m], [0.025, 0.975])
            covered.append(low <= BASE[s, m] <= high)
    assert np.mean(covered) >= 0.89


def test_the_curve_is_the_one_statsmodels_finds_without_pooling():
    """One cell, no spreads to pool over: a log-binomial regression."""
    import statsmodels.api as sm

    made = history(world(3).frame.query("method == 'email' and segment == 'high'"), "segment")
    curve = fit(made, draws=200)
    table = made[made["gap"] > 0]
    z = np.log(table["gap"] / 30)
    x = np.column_stack([np.ones(len(z)), z, -0.5 * z**2, np.minimum(table["recent"], 9)])
    link = sm.families.links.Log()
    with pytest.warns(sm.tools.sm_exceptions.DomainWarning):
        found = sm.GLM(table["positive"], x, family=sm.families.Binomial(link=link)).fit().params
    mine = [curve.level[0, 0], curve.slope[0, 0], curve.bend, curve.fatigue[0]]
    assert mine == pytest.approx(found.to_numpy(), abs=0.03)


def test_a_wrong_curve_is_said_to_fit_badly():
    made = history(world(5, 4_000).frame, "segment")
    rng = np.random.default_rng(1)
    saw = rng.random(len(made)) < np.where(
        np.floor(np.log(np.maximum(made["gap"], 0.1)) * 3) % 2 == 0, 0.3, 0.05
    )
    assert fit(made.assign(positive=saw.astype(float)), draws=50).misfit < 1e-6
    assert fit(made, draws=50).misfit > 0.001


def test_the_table_holds_every_contact_once_and_plain_rates_are_counts():
    frame = world(1).frame
    table = wb.contacts.effects(frame, "segment").table
    assert table["n"].sum() == len(frame)
    made = history(frame, "segment")
    some = made[
        (made["method"] == "call") & (made["segment"] == "high") & made["gap"].between(14, 30, "left")
    ]
    row = table.query("method == 'call' and segment == 'high' and gap == '14–30'").iloc[0]
    assert row["n"] == len(some)
    assert row["plain"] == pytest.approx(some["positive"].mean())
    assert row["positive_low"] < row["positive"] < row["positive_high"]


def test_pooled_rates_are_nearer_to_the_truth_and_their_intervals_hold_it():
    errors, covered = {"positive": 0.0, "plain": 0.0}, []
    many = wb.contacts.effects(world(99, 15_000).frame, "segment").table
    known = many.set_index(["segment", "method", "gap"])["plain"]
    for seed in range(3):
        table = wb.contacts.effects(world(seed, 1_000).frame, "segment").table
        meant = known.loc[list(zip(table["segment"], table["method"], table["gap"], strict=True))].to_numpy()
        for name in errors:
            errors[name] += float(((table[name] - meant) ** 2).sum())
        covered.append((table["positive_low"] <= meant) & (meant <= table["positive_high"]))
    assert errors["positive"] < 0.9 * errors["plain"]
    assert np.mean(covered) >= 0.88


def test_what_contacts_cause_is_told_from_what_comes_anyway():
    many = world(11, 2_000)
    none = wb.contacts.effects(many.frame, "segment", complaints=caused(1, many.made, 0.0)).costs
    assert ((none["complaints_low"] <= 0) & (none["complaints_high"] >= 0)).all()
    some = wb.contacts.effects(many.frame, "segment", complaints=caused(2, many.made, 0.05)).costs
    assert some["complaints_low"].iloc[0] <= 0 <= some["complaints_high"].iloc[0]
    for at in (1, 2):
        assert some["complaints_low"].iloc[at] <= 0.05 <= some["complaints_high"].iloc[at]
        assert some["complaints_low"].iloc[at] > 0
    assert (none["opt_outs"] == 0).all()


def test_bad_reactions_rise_with_contact_pressure():
    costs = wb.contacts.effects(world(4).frame, "segment").costs
    assert (costs["negative_low"] <= 0.01 + 0.02 * costs["recent"]).iloc[:3].all()
    assert (costs["negative_high"] >= 0.01 + 0.02 * costs["recent"]).iloc[:3].all()


def test_the_demo_world_tells_what_was_planted(demo_store):
    known = wb.demo.truth().method_effects.set_index(["value_class", "method"])
    found = wb.contacts.effects(demo_store)
    tired = found.fatigue.set_index("method")
    fatigue = known["fatigue"].groupby("method").first()
    meant = fatigue.loc[tired.index]
    assert ((tired["low"] <= meant) & (meant <= tired["high"])).all()
    assert found.data_version == demo_store.version
    assert json.dumps(found.to_dict(), allow_nan=False)
    for lang, word in (("en", "High value"), ("zh", "高价值")):
        assert word in " ".join(found.sentences(lang))
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(
    ("frame", "more", "error", "says"),
    [
        (world(1, 20).frame.drop(columns="reaction"), {}, InputError, "Column 'reaction' is missing"),
        (world(1, 20).frame.iloc[:0], {}, InputError, "no contacts"),
        (world(1, 20).frame.assign(method=None), {}, InputError, "No contact of the frame is complete"),
        (world(1, 20).frame, {"bands": (7, 3)}, QuestionError, "The bands are (7, 3)"),
        (world(1, 20).frame, {"bands": "weekly"}, QuestionError, "The bands are"),
        (world(1, 20).frame, {"complaints": NAMELESS}, InputError, "Column 'customer_id' is missing"),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_wrong(frame, more, error, says):
    with pytest.raises(error) as caught:
        wb.contacts.effects(frame, "segment", **more)
    assert says in str(caught.value)
    assert caught.value.fix


def test_the_worlds_are_what_they_say():
    assert set(world(1, 50).frame["method"]) == set(METHODS)
    assert set(world(1, 50).frame["segment"]) == set(SEGMENTS)


def test_contacts_that_nobody_had_before_are_refused_in_a_sentence():
    once = world(3, 50).frame.drop_duplicates("customer_id")
    with pytest.raises(QuestionError, match="No customer was contacted twice"):
        fit(history(once, "segment"))
