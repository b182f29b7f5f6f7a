"""`backtest`: only what was known counts; figures by hand; a right model passes, a moved world shows."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import cdnow
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.customers import backtest, fit_clv
from workbench.errors import QuestionError

KNOWN = {"r": 0.8, "alpha": 40.0, "a": 0.4, "b": 4.0, "p": 5.0, "q": 4.0, "v": 90.0}
LAST = dt.date(2025, 2, 3)


@pytest.fixture(scope="module")
def orders():
    return cdnow.drawn(2500, 400, KNOWN, seed=21)


@pytest.fixture(scope="module")
def tested(orders):
    return backtest(orders, LAST, 60, origins=4, draws=200)


def test_origins_roll_back_from_the_last_day(tested):
    days = [(origin.day, origin.until) for origin in tested.origins]
    assert days[-1] == (LAST - dt.timedelta(60), LAST)
    assert all(before[1] == after[0] for before, after in pairwise(days))
    assert tested.table["learnt_on"].tolist() == [0, 1, 2, 3]


def test_what_came_is_counted_as_a_naive_reader_would(orders, tested):
    origin = tested.last
    known = set(orders[orders.order_time <= origin.day].customer_id)
    later = orders[(orders.order_time > origin.day) & (orders.order_time <= origin.until)]
    later = later[later.customer_id.isin(known)]
    assert origin.n == len(known)
    assert origin.orders == len(later.drop_duplicates(["customer_id", "order_time"]))
    assert origin.money == pytest.approx(later.amount.sum(), abs=0.01)
    assert origin.ordered == pytest.approx(later.customer_id.nunique() / len(known))


def test_the_forecast_is_that_of_a_model_that_never_saw_the_window(orders, tested):
    origin = tested.last
    model = fit_clv(orders[orders.order_time <= origin.day], origin.day)
    found = model.predict(60, draws=100)
    assert origin.before["money_foretold"] == pytest.approx(found.clv.sum(), rel=1e-9)
    assert origin.before["orders_foretold"] == pytest.approx(found.expected_orders.sum(), rel=1e-9)


def test_a_later_window_teaches_nothing_about_an_earlier_one(orders, tested):
    """Tripling the money of the last window leaves every earlier figure, and what it learnt, alone."""
    last = tested.last
    later = orders.assign(amount=orders.amount.where(orders.order_time <= last.day, 3 * orders.amount))
    again = backtest(later, LAST, 60, origins=4, draws=200)
    for one, other in zip(tested.origins[:-1], again.origins[:-1], strict=True):
        assert one.before == pytest.approx(other.before, nan_ok=True)
        assert one.after == pytest.approx(other.after, nan_ok=True)
    assert again.last.after["money_foretold"] == pytest.approx(last.after["money_foretold"])
    assert again.last.money == pytest.approx(3 * last.money)
    assert again.verdict == "total"
    assert again.calibration.money > 1.4


def test_overlapping_windows_teach_only_after_they_ended(orders):
    found = backtest(orders, LAST, 60, origins=4, every_days=30, draws=100)
    assert found.table["learnt_on"].tolist() == [0, 0, 1, 2]


def test_a_right_model_is_found_right(tested):
    for origin in tested.origins:
        figures = origin.before
        assert figures["bias_orders_low"] - 0.03 < 0 < figures["bias_orders_high"] + 0.03
        assert figures["ece"] < figures["ece_limit"] * 1.3
        assert figures["coverage"] > 0.94
        assert 0.01 < figures["above"] < 0.045
        assert figures["brier"] < figures["brier_base"]
    assert tested.verdict == "good"


def test_the_interval_of_the_total_covers():
    """Of the bias over fresh customers of one law: the claimed spread is the scatter seen."""
    found = [
        backtest(cdnow.drawn(700, 300, KNOWN, seed=s), "2024-10-26", 60, 1, draws=100) for s in range(14)
    ]
    bias = np.array([each.last.before["bias_money"] for each in found])
    width = [each.last.before["bias_money_high"] - each.last.before["bias_money"] for each in found]
    assert 0.6 < bias.std(ddof=1) / (np.mean(width) / 1.96) < 1.7
    assert all("one_origin" in [remark.code for remark in each.remarks] for each in found)


def test_a_shop_that_doubled_its_prices_is_recalibrated():
    """A trend that lasts: windows teach a factor that brings the next total nearer."""
    frame = cdnow.drawn(2500, 400, KNOWN, seed=3)
    day = pd.to_datetime(frame.order_time)
    ahead = (day - day.min()).dt.days
    frame = frame.assign(amount=frame.amount * 1.004**ahead)
    last = backtest(frame, LAST, 60, origins=4, draws=100).last
    assert abs(last.after["bias_money"]) < 0.7 * abs(last.before["bias_money"])


def test_calibration_moves_a_prediction(orders, tested):
    model = fit_clv(orders, LAST)
    plain, moved = model.predict(60, 200), model.predict(60, 200, calibration=tested.calibration)
    for name in ("clv", "clv_low", "clv_high"):
        assert moved[name].to_numpy() == pytest.approx(plain[name].to_numpy() * tested.calibration.money)
    assert (moved.p_alive == plain.p_alive).all()
    assert moved.p_order.to_numpy() == pytest.approx(
        tested.calibration.probability.apply(plain.p_order.to_numpy())
    )


def test_p_order_is_the_share_of_drawn_futures_with_an_order(orders):
    from workbench.customers.foresee import Draws, futures

    model = fit_clv(orders, LAST)
    rows = np.arange(0, 2500, 120)
    values = [np.full(20_000, model.params[name]) for name in ("r", "alpha", "a", "b", "p", "q", "v")]
    draws = Draws(tuple(values[:4]), tuple(values[4:]))
    known = model._known().some(rows).part(slice(None))
    drawn = (futures(known, draws, 60, 0.0, np.random.default_rng(2)) > 0).mean(axis=1)
    expected = model.expect(60)["p_order"].to_numpy()[rows]
    assert np.abs(drawn - expected).max() < 5 * np.sqrt(0.25 / 20_000)


def test_origins_without_history_are_said(orders):
    found = backtest(orders, LAST, 60, origins=8, every_days=75, draws=100)
    assert len(found.origins) < 8
    said = [remark.sentence("en") for remark in found.remarks if remark.code == "short_origins"]
    assert said == [f"Origins left out for not enough history: {8 - len(found.origins)}."]


def test_no_history_at_all_is_refused():
    few = cdnow.drawn(60, 40, KNOWN, seed=1)
    with pytest.raises(QuestionError, match=r"No origin has enough history.*Not enough history"):
        backtest(few, "2024-02-09", 30)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"horizon_days": 0}, "horizon_days"), ({"origins": 0}, "origins"), ({"draws": 5}, "draws")],
    ids=["horizon", "origins", "draws"],
)
def test_settings_that_make_no_sense_are_refused(orders, wrong, said):
    with pytest.raises(QuestionError, match=said):
        backtest(orders, LAST, **wrong)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_said_and_shown(tested, lang):
    assert "%" in tested.sentence(lang)
    assert tested.advice(lang)
    assert "<table" in tested._repr_html_()
    assert len(tested.to_dict()["rows"]) == 4
    assert set(tested.curve["stage"]) == {"before", "after"}


@pytest.mark.shared
def test_the_hold_out_of_cdnow_master_is_printed(shared_data, capsys):
    """23,570 customers, four windows of 13 weeks: figures, and the calibration error before and after."""
    found = backtest(cdnow.frame(shared_data, "CDNOW_master.txt"), "1998-06-30", 91, draws=200)
    names = ["origin", "bias_orders", "bias_money", "coverage", "auc", "brier", "ece", "ece_after"]
    with capsys.disabled():
        print("\nCDNOW master, hold-out:\n", found.table[names].round(4).to_string(index=False), sep="")
        print(found.sentence("en"), found.advice("en"))
    assert found.table["n"].tolist() == [23570] * 4
    assert found.table["auc"].between(0.72, 0.85).all()
    assert found.table["ece"].between(0.005, 0.04).all()
    assert found.table["ece_after"].iloc[1:].between(0.005, 0.04).all()
    assert found.table["bias_money"].abs().max() < 0.25
    assert found.table["coverage"].min() > 0.94


def test_the_demo_world_is_foretold_and_recalibrated(demo_store):
    found = wb.customers.backtest(demo_store, demo_store.as_of, 90, draws=200)
    assert found.helps
    assert abs(found.last.after["bias_money"]) < 0.10
    assert found.last.after["ece"] < found.last.before["ece"]
    assert found.last.after["ece"] < found.last.after["ece_limit"] * 1.2
    assert found.data_version == demo_store.version
