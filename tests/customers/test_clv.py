"""`fit_clv`: published figures, known parameters found again, intervals that hold what they claim."""

from __future__ import annotations

import datetime as dt

import cdnow
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.customers import fit_clv
from workbench.errors import InputError, QuestionError

KNOWN = {"r": 0.8, "alpha": 40.0, "a": 0.7, "b": 3.0, "p": 5.0, "q": 4.0, "v": 90.0}


@pytest.fixture(scope="module")
def orders():
    return cdnow.drawn(2500, 400, KNOWN, seed=11)


@pytest.fixture(scope="module")
def model(orders):
    return fit_clv(orders, "2024-12-31")


@pytest.fixture(scope="module")
def shop(shared_data):
    return cdnow.frame(shared_data)


@pytest.mark.shared
def test_cdnow_gives_the_published_figures(shop):
    found = fit_clv(shop, "1997-09-30", "week")
    digits = {"r": 3, "alpha": 3, "a": 3, "b": 3, "p": 2, "q": 2, "v": 2}
    rounded = {name: round(found.params[name], places) for name, places in digits.items()}
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "v": 15.44}
    assert rounded == published
    assert round(found.log_likelihood, 1) == -9582.4
    assert (found.n, found.n_spend) == (2357, 946)
    first = found.predict(39 * 7, draws=100).iloc[0]
    assert (first.customer_id, round(first.expected_orders, 3)) == ("0001", 1.226)


@pytest.mark.shared
def test_the_unit_of_time_changes_alpha_only(shop):
    weeks, days = (fit_clv(shop, "1997-09-30", unit) for unit in ("week", "day"))
    for name, value in weeks.params.items():
        assert days.params[name] == pytest.approx(value * (7 if name == "alpha" else 1), rel=1e-6)
    answers = [model.predict(90, draws=200).drop(columns="customer_id") for model in (weeks, days)]
    columns = ["expected_orders", "p_alive", "clv"]
    np.testing.assert_allclose(answers[0][columns], answers[1][columns], rtol=1e-5)


@pytest.mark.shared
def test_the_hold_out_of_cdnow_master_is_met(shared_data):
    everything = cdnow.frame(shared_data, "CDNOW_master.txt")
    model = fit_clv(everything, "1997-09-30", "week")
    until = dt.date(1998, 6, 30)
    later = (
        everything[everything.order_time > dt.date(1997, 9, 30)].groupby("customer_id").order_time.nunique()
    )
    found = model.predict((until - dt.date(1997, 9, 30)).days, draws=100).set_index("customer_id")
    actual = later.reindex(found.index).fillna(0)
    assert found.expected_orders.sum() / actual.sum() == pytest.approx(1, abs=0.15)
    assert np.corrcoef(found.expected_orders, actual)[0, 1] > 0.55


def test_known_parameters_are_found_again(model):
    for name, value in KNOWN.items():
        assert abs(np.log(model.params[name] / value)) < 3.5 * model.errors[name] / value, name
    assert model.n == 2500


def test_standard_errors_are_the_scatter_of_fits():
    fits = [fit_clv(cdnow.drawn(500, 400, KNOWN, seed=seed), "2025-02-03") for seed in range(16)]
    for name in ("r", "alpha", "p", "q", "v"):
        logs = np.log([fit.params[name] for fit in fits])
        claimed = np.median([fit.errors[name] / fit.params[name] for fit in fits])
        assert 0.65 < logs.std(ddof=1) / claimed < 1.5, name
        inside = [abs(np.log(fit.params[name] / KNOWN[name])) < 2 * claimed for fit in fits]
        assert np.mean(inside) >= 0.8, name


@pytest.mark.parametrize("many", [40, 400, 900])
def test_many_histories_are_searched_roughly_and_fitted_wholly(monkeypatch, many):
    """The way over fewer histories ends at the same top as the whole one, even over far too few."""
    from workbench.customers import clv

    orders = cdnow.drawn(3000, 500, KNOWN, seed=8)
    whole = fit_clv(orders, "2025-05-01")
    monkeypatch.setattr(clv, "MANY", many)
    rough = fit_clv(orders, "2025-05-01")
    for name, value in whole.params.items():
        assert rough.params[name] == pytest.approx(value, rel=1e-5), name
        assert rough.errors[name] == pytest.approx(whole.errors[name], rel=0.25 if many > 40 else 9), name


def test_intervals_hold_what_they_claim():
    """Each customer's money in 200 days, against the interval: both tails are what they should be."""
    often = KNOWN | {"r": 2.5, "alpha": 75.0, "a": 0.4, "b": 6.0}
    frame = cdnow.drawn(2500, 900, often, seed=5)
    split = (cdnow.START + 700).astype(dt.date)
    future = frame[frame.order_time > split].groupby("customer_id").amount.sum()
    found = fit_clv(frame, split).predict(199, draws=800, seed=3).set_index("customer_id")
    actual = future.reindex(found.index).fillna(0.0)
    living, busy = found.p_alive > 0.3, found.clv_low > 0
    assert min(living.sum(), busy.sum() * 4) > 1200
    assert 0.013 < (actual > found.clv_high)[living].mean() < 0.037
    assert 0.005 < (actual < found.clv_low)[busy].mean() < 0.055
    assert actual.sum() == pytest.approx(found.clv.sum(), rel=0.05)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_drawn_futures_have_the_mean_that_is_worked_out(model, rate):
    from workbench.customers.foresee import Draws, Histories, futures

    values = [np.full(20_000, model.params[name]) for name in ("r", "alpha", "a", "b", "p", "q", "v")]
    known, decay = model._known(), np.log1p(rate) / 365.25
    some = Histories(*(getattr(known, name)[:40] for name in ("x", "last", "age", "payers", "money")))
    drawn = futures(
        some.part(slice(None)),
        Draws(tuple(values[:4]), tuple(values[4:])),
        365,
        decay,
        np.random.default_rng(1),
    )
    expected = model.predict(365, draws=100, discount_rate=rate)["clv"].to_numpy()[:40]
    error = drawn.std(axis=1) / np.sqrt(drawn.shape[1])
    z = (drawn.mean(axis=1) - expected) / error
    assert np.abs(z).max() < 6
    assert abs(z.mean()) < 0.6
    assert 0.6 < z.std() < 1.5


def test_money_in_other_units_is_the_same_money(orders, model):
    cents = fit_clv(orders.assign(amount=orders.amount * 100), "2024-12-31")
    for name, value in model.params.items():
        assert cents.params[name] == pytest.approx(value * (100 if name == "v" else 1), rel=1e-5)


def test_margin_and_discount_lower_the_value(model):
    full, part = model.predict(180, 300), model.predict(180, 300, margin=0.25)
    for name in ("clv", "clv_low", "clv_high"):
        assert part[name].to_numpy() == pytest.approx(full[name].to_numpy() / 4)
    later = model.predict(180, 300, discount_rate=0.2)
    shrink = (later.clv / full.clv)[full.clv > 0]
    assert ((shrink < 1) & (shrink > 1.2 ** (-180 / 365.25))).all()
    assert [remark.code for remark in full.attrs["remarks"]] == ["revenue"]
    assert [remark.code for remark in model.predict(900, 100, 0.5).attrs["remarks"]] == ["far"]


def test_the_same_seed_gives_the_same_intervals_in_any_chunk(model, monkeypatch):
    first, again, other = (model.predict(90, 200, seed=seed).clv_high for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    monkeypatch.setattr("workbench.customers.foresee.CELLS", 20_000)
    small = model.predict(90, 200, seed=1)
    assert small.clv_high.mean() == pytest.approx(first.mean(), rel=0.05)
    assert len(small) == model.n


def test_what_does_not_count_is_counted(orders):
    day = orders.order_time.max() + dt.timedelta(1)
    repeat = [("free", day - dt.timedelta(9), 5.0), ("free", day, 0.0)]
    odd = [("back", day, -5.0), (None, day, 1.0), ("late", day + dt.timedelta(3), 1.0), ("blank", day, None)]
    rows = pd.DataFrame(repeat + odd, columns=["customer_id", "order_time", "amount"])
    found = fit_clv(pd.concat([orders, rows]), day)
    said = {remark.code: remark.values["count"] for remark in found.remarks}
    assert said == {"future": 1, "nobody": 1, "priceless": 1, "refunds_only": 1, "no_spend": 1}
    clean = fit_clv(orders, day)
    assert found.n == clean.n + 2
    assert [found.params[name] for name in "pqv"] == pytest.approx([clean.params[name] for name in "pqv"])
    table = found.predict(30, 100).set_index("customer_id")
    params = found.params
    mean = params["p"] * params["v"] / (params["q"] - 1)
    assert table.clv["free"] == pytest.approx(table.expected_orders["free"] * mean)
    assert {"1"} == {remark.sentence("en")[:-1].split(": ")[1].split(".")[0] for remark in found.remarks}
    assert all("1" in remark.sentence("zh") for remark in found.remarks)


def test_one_day_is_one_occasion_and_a_refund_is_none(orders, model):
    again = pd.concat([orders, orders.assign(amount=10.0), orders.assign(amount=-10.0)])
    assert fit_clv(again, "2024-12-31").params == pytest.approx(dict(model.params), rel=1e-4)


def test_what_the_data_leave_open_is_said():
    """Nobody ever leaves: a and b run to the edge."""
    rng = np.random.default_rng(2)
    rows = [
        (f"c{one}", (cdnow.START + day).astype(dt.date), float(rng.gamma(5)))
        for one in range(200)
        for day in range(int(rng.integers(9)), 300, 9)
    ]
    found = fit_clv(pd.DataFrame(rows, columns=["customer_id", "order_time", "amount"]), "2024-10-26")
    assert "edge" in {remark.code for remark in found.remarks}
    assert any(np.isnan(error) for error in found.errors.values())
    assert found.to_dict()["rows"][0].keys() == {"parameter", "value", "error"}
    table = found.predict(90, 200)
    assert np.isfinite(table.select_dtypes("number").to_numpy()).all()
    assert table.expected_orders.mean() == pytest.approx(10, rel=0.05)


def test_the_answer_says_what_it_is(model):
    assert model.sentence("en").startswith("BG/NBD of 2,500 customers")
    assert "31 Dec 2024" in model._repr_html_()
    assert "截至 2024年12月31日" in model.sentence("zh")
    assert list(model.to_frame().columns) == ["parameter", "value", "error"]
    assert model.to_dict()["as_of"] == "2024-12-31"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"as_of": "2023-12-31"}, r"Not enough history: of 0 customers up to 2023-12-31, 0 .*at least 30"),
        ({"as_of": "2024-01-02"}, "ordered again on a later day.*longer history"),
        ({"as_of": "2024-12-31", "time_unit": "month"}, "Unknown time unit 'month'.*day, week"),
        ({"as_of": "soon"}, "no day"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(orders, arguments, said):
    with pytest.raises(QuestionError, match=said):
        fit_clv(orders, **arguments)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"horizon_days": 0}, "horizon_days is 0"),
        ({"draws": 5}, "at least 100"),
        ({"margin": 1.5}, "margin is 1.5"),
        ({"discount_rate": -0.1}, "yearly rate"),
    ],
)
def test_settings_that_make_no_sense_are_told(model, settings, said):
    with pytest.raises(QuestionError, match=said):
        model.predict(**settings)


def test_free_orders_only_are_no_history_of_spend(orders):
    with pytest.raises(QuestionError, match="ordered again for an amount above 0"):
        fit_clv(orders.assign(amount=0.0), "2024-12-31")


def test_a_frame_without_amounts_is_told(orders):
    with pytest.raises(InputError, match=r"Unknown column of orders 'amount'.*amounts"):
        fit_clv(orders.rename(columns={"amount": "amounts"}), "2024-12-31")


@pytest.mark.parametrize("value_class", ["high", "mid", "low"])
def test_the_demo_world_s_planted_classes_are_found(demo_store, value_class):
    """Within 3.5 standard errors, before programme and experiments begin."""
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    people = demo_store.query(demo_store.table("customers")).to_pandas()
    members = set(people.customer_id[people.value_class == value_class])
    chosen = rows[rows.customer_id.isin(members) & (rows.kind == "order")]
    frame = chosen.assign(order_time=chosen.local_date, amount=chosen.amount_micros / 1e6)
    found = fit_clv(frame, "2026-04-30")
    planted = wb.demo.truth().segments.set_index("value_class").loc[value_class]
    for name in found.params:
        assert abs(found.params[name] - planted[name]) < 3.5 * found.errors[name], name
    assert max(found.errors[name] / found.params[name] for name in ("r", "alpha", "p", "q")) < 0.35
