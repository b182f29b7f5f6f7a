"""Simulated media mixes whose truth is known: totals, intervals, curves, experiments, regions, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mix_worlds import regional_world, world

import workbench as wb
from benchmarks import truth
from workbench.response.saturation import value


def fitted(made, **more):
    return wb.response.fit(made.frame, spend=made.channels, outcome="y", controls=["x"], **more)


def test_intervals_hold_the_truth_and_totals_are_near():
    """12 worlds of 8 channels: 96 intervals of 90%, whose share within has an error of 3 points."""
    found = truth.mixes(range(12), 80)
    assert 0.83 <= found["held"] <= 0.99
    assert 0.8 < found["total"] < 1.25
    assert found["error"] < 0.36


@pytest.mark.soak
def test_intervals_hold_the_truth_in_many_worlds():
    found = truth.mixes(truth.MIXES, 150)
    assert 0.85 <= found["held"] <= 0.95
    assert 0.85 < found["total"] < 1.15
    assert found["error"] < 0.34


@pytest.mark.soak
def test_regional_totals_are_without_bias_in_many_worlds():
    found = truth.regions(truth.REGIONAL, 80, varied=True)
    assert 0.9 < found["total"] < 1.15
    assert 0.85 <= found["held"] <= 0.95
    assert 0.85 <= found["cells"] <= 0.95


@pytest.mark.soak
def test_intervals_of_regions_are_no_narrower_where_curves_are_alike():
    """Every shape 1: less spread than a fit believes, so its intervals hold the truth more often."""
    found = truth.regions(truth.REGIONAL, 80)
    assert 0.9 < found["total"] < 1.1
    assert found["held"] >= 0.85


@pytest.mark.soak
def test_past_advice_beats_the_split_before_in_nine_of_ten_demo_worlds():
    found = truth.advice(truth.SEEDS)
    assert found["seeds"] >= 20
    assert found["better"] >= 0.9 * found["seeds"]
    assert found["won"] >= 0.9 * found["plans"]


def test_less_noise_and_more_history_bring_the_curves_nearer():
    def off(periods, noise):
        errors = []
        for seed in range(5):
            made = world(seed, channels=3, periods=periods, noise=noise)
            curves = fitted(made, draws=0).curves()
            for at, curve in curves.iterrows():
                true = made.curves.loc[at]
                x = np.array([0.5, 1.0, 1.5]) * curve["current"]
                # what counts for a plan: how the response changes, not its level
                told = np.diff(value("hill", x, *curve[["scale", "half_saturation", "shape"]]))
                known = np.diff(value("hill", x, true["scale"], true["half"], true["shape"]))
                errors.append(np.abs(told / known - 1).mean())
        return np.mean(errors)

    rough, good = off(104, 0.05), off(416, 0.005)
    assert good < 0.1
    assert good < rough / 2


@pytest.mark.parametrize("money", [1e-6, 7.3, 1e7])
def test_no_unit_of_money_or_counting_changes_the_answer(money):
    made = world(3, channels=4)
    plain = fitted(made, draws=20)
    scaled = made.frame.copy()
    scaled[made.channels] *= money
    scaled["y"] *= 1e-8 / money
    other = wb.response.fit(scaled, spend=made.channels, outcome="y", controls=["x"], draws=20)
    names = ["share", "share_low", "share_high"]
    assert other.contributions()[names].to_numpy() == pytest.approx(
        plain.contributions()[names].to_numpy(), rel=1e-6
    )
    a, b = plain.curves(), other.curves()
    assert b["half_saturation"].to_numpy() / money == pytest.approx(a["half_saturation"].to_numpy(), rel=1e-6)
    assert b["shape"].to_numpy() == pytest.approx(a["shape"].to_numpy(), rel=1e-6)
    assert b["scale"].to_numpy() * money / 1e-8 == pytest.approx(a["scale"].to_numpy(), rel=1e-6)


def test_an_experiment_pulls_its_channel_to_what_it_found():
    made = world(8)
    before = fitted(made, draws=100)
    worst = int(np.argmax(np.abs(before.contributions()["contribution"] - made.truth.sum(axis=1))))
    rows = slice(60, 72)
    spend = made.frame[f"c{worst}"].to_numpy()
    curve = made.curves.loc[worst]
    from mix_worlds import carried

    def response(amounts):
        return value("hill", carried(amounts, curve["kept"]), curve["scale"], curve["half"], curve["shape"])

    without = spend.copy()
    without[rows] = 0.0
    effect = (response(spend) - response(without))[rows].sum()
    days = made.frame["time"]
    lift = {"channel": f"c{worst}", "start": days[60], "end": days[71] + pd.Timedelta(days=6)}
    after = fitted(made, draws=100, lifts=[{**lift, "effect": effect, "se": 0.03 * effect}])
    truth = made.truth[worst].sum()

    def row(model):
        return model.contributions().loc[worst]

    assert abs(row(after)["contribution"] - truth) < 0.35 * abs(row(before)["contribution"] - truth)
    width = row(before)["contribution_high"] - row(before)["contribution_low"]
    assert row(after)["contribution_high"] - row(after)["contribution_low"] < 0.6 * width
    assert row(after)["contribution_low"] <= truth <= row(after)["contribution_high"]
    assert after.label == "calibrated"
    assert before.label == "modelled"


def test_a_comparison_becomes_an_experiment():
    from workbench.compare import Comparison

    table = pd.DataFrame([{"metric": "y", "arm": "on", "n": 200, "effect": 1.5, "low": 0.52, "high": 2.48}])
    row = wb.response.lift(Comparison(table, "experiment", "welch"), "c1", "2021-03-01", "2021-03-28").iloc[0]
    assert row["effect"] == pytest.approx(300)
    assert row["se"] == pytest.approx(200 * 0.98 / 1.959964, rel=1e-4)
    two = Comparison(pd.concat([table, table.assign(arm="more")]), "experiment", "welch")
    with pytest.raises(wb.WorkbenchError, match="2 rows of the comparison fit"):
        wb.response.lift(two, "c1", "2021-03-01", "2021-03-28")


def test_regions_are_drawn_to_their_channel_and_add_up():
    frame, truth = regional_world(1)
    model = wb.response.fit(
        frame, ["c0", "c1", "c2"], "y", region="region", population="people", season=0, draws=60
    )
    table = model.contributions()
    known = truth.sum(axis=(1, 2))
    assert table["contribution"].sum() == pytest.approx(known.sum(), rel=0.35)
    assert ((table["contribution_low"] <= known) & (known <= table["contribution_high"])).all()
    cells = model.contributions(by_region=True)
    assert len(cells) == 18
    assert cells.groupby("channel")["contribution"].sum().to_numpy() == pytest.approx(table["contribution"])
    each = truth.sum(axis=2).ravel()
    inside = (cells["contribution_low"] <= each) & (each <= cells["contribution_high"])
    assert inside.mean() > 0.7
    alone = (
        np.concatenate(
            [
                wb.response.fit(part, ["c0", "c1", "c2"], "y", season=0, draws=0).contributions()[
                    "contribution"
                ]
                for _, part in frame.groupby("region")
            ]
        )
        .reshape(6, 3)
        .T.ravel()
    )
    assert np.abs(cells["contribution"] - each).mean() < np.abs(alone - each).mean()


def test_the_blocks_of_a_bootstrap_widen_intervals_where_noise_goes_on():
    made = world(4, channels=3, noise=0.0)
    rng = np.random.default_rng(0)
    noise = np.zeros(156)
    for t in range(1, 156):
        noise[t] = 0.85 * noise[t - 1] + 25 * rng.normal()
    frame = made.frame.assign(y=made.frame["y"] + noise)
    model = wb.response.fit(frame, made.channels, "y", controls=["x"], draws=0)
    rough = model.bootstrap(80, "parametric")
    assert model.bootstrap(80).parts[0].draws.method == "block"
    assert rough.parts[0].draws.method == "parametric"
    wide, narrow = (
        np.std([part.linear(w)[1:].sum(axis=0) for w in part.draws.w], axis=0).mean()
        for part in (model.bootstrap(80).parts[0], rough.parts[0])
    )
    assert wide > 1.1 * narrow


def test_progress_is_told_and_the_seed_decides():
    made, told = world(2, channels=2, periods=60), []
    one = fitted(made, draws=5, seed=3, progress=lambda done, many: told.append((done, many)))
    assert told == [(n, 5) for n in range(1, 6)]
    same, other = (fitted(made, draws=5, seed=seed).curves(draws=True) for seed in (3, 4))
    pd.testing.assert_frame_equal(one.curves(draws=True), same)
    assert not np.allclose(same["scale"], other["scale"])
    assert set(same["draw"]) == set(range(5))


def test_draws_that_are_not_wanted_any_more_stop():
    made, told = world(2, channels=2, periods=60), []

    def until_three(done, many):
        told.append(done)
        return done < 3

    model = fitted(made, draws=50, progress=until_three)
    assert told == [1, 2, 3]
    assert model.parts[0].draws is None
    again = model.bootstrap(4)
    assert again.bootstrap(50, progress=lambda done, many: False) is again


def test_the_parts_of_the_outcome_add_up_to_it_in_every_period():
    made = world(6, channels=3)
    holidays = {"new year": ["2022-01-01", "2023-01-01"]}
    model = fitted(made, draws=0, holidays=holidays, trend="flexible")
    parts = model.decomposition()
    assert set(parts["kind"]) == {
        "media",
        "intercept",
        "trend",
        "season",
        "holiday",
        "control",
        "unexplained",
    }
    total = parts.groupby("time")["value"].sum()
    assert total.to_numpy() == pytest.approx(made.frame["y"].to_numpy())
    media = parts[parts["kind"] == "media"].groupby("component")["value"].sum()
    assert media.to_numpy() == pytest.approx(model.contributions()["contribution"].to_numpy())


def test_what_is_foreseen_is_what_comes():
    made = world(7, channels=3, periods=180)
    known, ahead = made.frame.iloc[:156], made.frame.iloc[156:]
    model = wb.response.fit(known, made.channels, "y", controls=["x"], draws=150)
    told = model.predict(ahead.drop(columns="y"))
    assert np.abs(told["outcome"].to_numpy() - ahead["y"].to_numpy()).mean() < 65  # noise alone: 40
    inside = (told["low"].to_numpy() <= ahead["y"]) & (ahead["y"] <= told["high"].to_numpy())
    assert inside.mean() > 0.7
    again = model.predict(known.drop(columns="y"))
    assert again["outcome"].to_numpy() == pytest.approx(model.parts[0].fitted[0])
    more = model.predict(ahead.assign(c0=ahead["c0"] * 2))
    assert (more["c0"].to_numpy() >= told["c0"].to_numpy() - 1e-9).all()
    assert more["c1"].to_numpy() == pytest.approx(told["c1"].to_numpy())
    with pytest.raises(wb.WorkbenchError, match="do not follow on"):
        model.predict(ahead.iloc[3:])
    with pytest.raises(wb.WorkbenchError, match="Unknown column 'x'"):
        model.predict(ahead.drop(columns="x"))


def test_a_plan_on_fitted_curves_is_near_the_oracle():
    """Regret against the plan on the true curves, in the truth's own response."""
    lost = []
    for seed in range(6):
        made = world(seed, channels=6, noise=0.02)
        model = fitted(made, draws=0)
        curves = model.curves()
        true = curves.assign(
            scale=made.curves["scale"], half_saturation=made.curves["half"], shape=made.curves["shape"]
        )
        budget = float(curves["current"].sum())
        ours, best = (wb.optimize.allocate(table, budget=budget).table["spend"] for table in (curves, true))
        brought = [
            value("hill", spend.to_numpy(), true["scale"], true["half_saturation"], true["shape"]).sum()
            for spend in (ours, best, curves["current"])
        ]
        lost.append((brought[1] - brought[0]) / brought[1])
    assert np.mean(lost) < 0.09


def test_an_experiment_counts_the_days_it_covers():
    """Two half weeks weigh as one week: their spend is withheld in part."""
    made = world(8, channels=2)
    days = made.frame["time"]
    start, end = days[60] + pd.Timedelta(days=2), days[64] + pd.Timedelta(days=1)
    lift = {"channel": "c0", "start": start, "end": end, "effect": 500.0, "se": 20.0, "withheld": 0.7}
    model = fitted(made, draws=0, lifts=[lift])
    read = model.parts[0].problem.lifts.each[0]
    assert read.rows.tolist() == [60, 61, 62, 63, 64]
    np.testing.assert_allclose(read.withheld, 0.7 * np.array([5, 7, 7, 7, 2]) / 7)
    part = model.parts[0]
    other = made.frame.copy()
    other.loc[60:64, "c0"] *= 1 - read.withheld
    without = model.predict(other.drop(columns="y"))["c0"].to_numpy()[60:65].sum()
    found = part.contributions(part.best.z, part.best.w)[0, 0, 60:65].sum() - without
    assert found == pytest.approx(500, abs=40)


def test_another_spend_has_the_same_past():
    made = world(5, channels=2)
    model = fitted(made, draws=0)
    told = model.predict(made.frame.drop(columns="y").assign(c0=0.0))["c0"]
    assert told[0] > 0
    assert told[60:].to_numpy() == pytest.approx(0.0, abs=1e-9)
