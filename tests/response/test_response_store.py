"""Curves from the demo store alone: the planted curves come back, labelled as what platforms claim."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import workbench as wb
from workbench.demo import truth
from workbench.response.saturation import value


@pytest.fixture(scope="module")
def planted():
    return truth().response_curves


@pytest.fixture(scope="module")
def claimed(demo_store):
    return wb.response.from_store(demo_store, by=["channel"], draws=60)


@pytest.fixture(scope="module")
def regional(demo_store):
    return wb.response.from_store(demo_store, by=["channel", "region"], draws=0)


def told(curves, spend):
    return np.array(
        [
            value(row["form"], at, row["scale"], row["half_saturation"], row["shape"])
            for at, (_, row) in zip(spend, curves.iterrows(), strict=True)
        ]
    )


@pytest.mark.parametrize("times", [0.5, 1.0, 1.5])
def test_the_planted_curves_of_channels_and_regions_come_back(regional, planted, times):
    """Within 9% on average, and their sum within 4%, from half to one and a half times today's spend."""
    both = regional.curves().merge(planted, on=["channel", "region"], suffixes=("", "_true"))
    both = both[both["current_true"] > 0].reset_index(drop=True)
    assert len(both) >= 40
    spend = times * both["current_true"].to_numpy()
    known = value("hill", spend, both["scale_true"], both["half_saturation_true"], both["shape_true"])
    found = told(both, spend)
    assert np.abs(found / known - 1).mean() < 0.09
    assert found.sum() == pytest.approx(known.sum(), rel=0.04)


@pytest.mark.parametrize("times", [0.5, 1.0, 1.5])
def test_the_planted_curves_of_channels_come_back(claimed, planted, times):
    """A channel's true curve adds its regions' up at their present shares."""
    curves = claimed.curves()
    for _, row in curves.iterrows():
        own = planted[planted["channel"] == row["channel"]]
        spend = times * row["current"] * own["current"] / own["current"].sum()
        known = value("hill", spend, own["scale"], own["half_saturation"], own["shape"]).sum()
        found = value("hill", times * row["current"], row["scale"], row["half_saturation"], row["shape"])
        assert found == pytest.approx(known, rel=0.2), row["channel"]


def test_a_plan_from_the_store_alone_beats_today_on_the_planted_curves(regional, planted):
    curves = regional.curves()
    plan = wb.optimize.allocate(curves, budget=float(curves["current"].sum()))
    both = curves.merge(planted, on=["channel", "region"], suffixes=("", "_true"))
    spends = [plan.table.set_index("cell")["spend"][both["cell"]].to_numpy(), both["current"].to_numpy()]
    planned, today = (
        value(
            "hill", np.maximum(x, 1e-9), both["scale_true"], both["half_saturation_true"], both["shape_true"]
        ).sum()
        for x in spends
    )
    assert planned > 1.05 * today


def test_the_label_says_whose_count_it_is(claimed, demo_store):
    assert claimed.label == "claimed"
    assert claimed.source("zh") == "平台口径"
    assert "Platform-claimed" in claimed.sentence()
    assert "response.claimed" in {item.code for item in claimed.diagnostics}
    assert claimed.currency == "CNY"
    assert claimed.data_version == demo_store.version
    assert [note.code for note in claimed.notes] == ["open_weeks"]
    table = claimed.contributions()
    assert table["share"].to_numpy() == pytest.approx(1, abs=0.03)
    assert len(claimed.curves(draws=True)) == 60 * len(claimed.curves())
    with pytest.raises(wb.WorkbenchError, match="outcome of its own"):
        claimed.predict(table)


def test_experiments_scale_the_claims_of_their_channel(claimed, demo_store):
    plain = claimed.contributions().set_index("channel")
    lift = {"channel": "search", "start": "2026-03-02", "end": "2026-03-29", "effect": 1800.0, "se": 200.0}
    model = wb.response.from_store(demo_store, draws=60, lifts=[lift])
    table = model.contributions().set_index("channel")
    assert model.label == "claimed"
    assert model.notes[-1].code == "calibrated"
    share = table["contribution"]["search"] / plain["contribution"]["search"]
    part = next(part for part in claimed.parts if part.data.channels == ("search",))
    weeks = (part.data.times >= np.datetime64("2026-03-02")) & (
        part.data.times <= np.datetime64("2026-03-23")
    )
    # nearly all that the weeks' spend brings comes in these weeks
    brought = part.contributions(part.best.z, part.best.w)[0, 0, weeks].sum()
    assert share == pytest.approx(1800 / brought, rel=0.1)
    width = (table["roas_high"] - table["roas_low"]) / table["roas"]
    assert width["search"] > 3 * width["display"]
    assert table["contribution"]["display"] == pytest.approx(plain["contribution"]["display"])
    every = [{**lift, "channel": name} for name in plain.index]
    assert wb.response.from_store(demo_store, draws=0, lifts=every).label == "calibrated"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"period": "last_28_days"}, "whole weeks of delivery, and curves need 8"),
        ({"by": ["campaign"]}, "makes no curves"),
        ({"outcome": "ctr"}, "Unknown outcome 'ctr'"),
        ({"period": "2020"}, "no delivery|0 whole weeks"),
        ({"where": {"channel": "email"}, "outcome": "leads"}, "No channel has 8 weeks"),
        (
            {"lifts": [{"channel": "tv", "start": "2026-03-02", "end": "2026-03-29", "effect": 1, "se": 1}]},
            "Unknown channel",
        ),
    ],
    ids=["short", "campaigns", "ratio", "before", "no-leads", "no-channel"],
)
def test_what_is_missing_is_said(demo_store, asked, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence):
        wb.response.from_store(demo_store, draws=0, **asked)


def test_a_frame_of_the_same_claims_gives_the_same_curves(regional, demo_store):
    """What `plans.history` gives, in any order; weeks that are not final are left out there, too."""
    frame = wb.plans.history(demo_store, ["channel", "region"])
    found = wb.response.from_claims(frame.sample(frac=1, random_state=1), ["channel", "region"], draws=0)
    assert found.label == "claimed"
    columns = ["cell", "scale", "half_saturation", "shape", "current"]
    known = regional.curves()[columns].set_index("cell").sort_index()
    np.testing.assert_allclose(found.curves()[columns].set_index("cell").sort_index(), known, rtol=1e-6)


def test_one_channel_alone_has_a_curve_and_a_sentence(demo_store):
    model = wb.response.from_store(demo_store, where={"channel": "search"}, draws=0)
    assert model.channels == ("search",)
    assert "response.channels" in {item.code for item in model.diagnostics}


def test_weeks_that_are_not_final_are_said_where_they_must_be_used(demo_store):
    end = demo_store.as_of
    period = f"{end - dt.timedelta(days=75)}..{end}"
    model = wb.response.from_store(demo_store, period=period, draws=0)
    notes = {note.code: note for note in model.notes}
    assert notes["open_used"].values["weeks"] >= 4
    assert "still arrive" in notes["open_used"].sentence("en")
    assert "回传" in notes["open_used"].sentence("zh")


def test_what_is_believed_of_claims_gives_way_to_the_reader():
    from workbench.response.claims import OWN, believed

    assert believed(None).media == OWN["media"]
    assert believed({"media": (0.5, 0.1)}).media == (0.5, 0.1)
    mine = believed(wb.response.Priors(media=(0.5, 0.1)))
    assert (mine.media, mine.spread) == ((0.5, 0.1), OWN["spread"])
