"""Contracts: published fits, Kaplan-Meier of statsmodels, a naive reader of relationships, drawn worlds."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.customers import fit_contracts, kaplan, sbg
from workbench.errors import InputError, QuestionError

PUBLISHED = {
    "high end": ([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1], 0.668, 3.806, 39.4),
    "regular": ([100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1], 0.704, 1.182, 17.3),
}
"""Percent surviving each year, α, β, and percent after twelve years: Fader & Hardie (2007)."""

BEGIN, AS_OF = np.datetime64("2020-01-01"), dt.date(2026, 6, 30)


def drawn(size, alpha, beta, seed, length=90, spread=0):
    """Contracts of customers who join over four years and renew, one contract after the other."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(size):
        leaves, day = rng.beta(alpha, beta), BEGIN + int(rng.integers(1400))
        amount = float(np.round(rng.gamma(4, 25), 2))
        while day <= np.datetime64(AS_OF):
            end = day + length - 1
            rows.append((f"c{customer:05}", day.astype(object), end.astype(object), amount))
            if rng.random() < leaves:
                break
            day = end + 1 + (int(rng.integers(spread)) if spread else 0)
    return pd.DataFrame(rows, columns=["customer_id", "start", "end", "amount"])


@pytest.fixture(scope="module")
def contracts():
    return drawn(1500, 0.8, 4.0, seed=2)


@pytest.fixture(scope="module")
def model(contracts):
    return fit_contracts(contracts, AS_OF)


@pytest.mark.parametrize("name", list(PUBLISHED), ids=["high", "regular"])
def test_the_published_retention_gives_the_published_parameters(name):
    percent, alpha, beta, twelfth = PUBLISHED[name]
    alive = np.array(percent) * 10
    years = np.arange(7)
    n, left = np.r_[years, 7], np.r_[np.ones(7), 0]
    seen = sbg.Renewals(n, left, np.r_[alive[:-1] - alive[1:], alive[-1]])
    found = sbg.fit(seen)
    assert np.round(sbg.natural(found.theta), 3).tolist() == pytest.approx([alpha, beta], abs=0.0015)
    assert 100 * sbg.survival(*sbg.natural(found.theta), 12) == pytest.approx(twelfth, abs=2)


def test_the_gradient_is_the_slope():
    seen = sbg.grouped(np.array([0, 1, 3, 5, 5]), np.array([1, 0, 1, 0, 1]))
    theta = np.array([-1.2, 0.9])
    assert sbg.natural(theta).sum() == pytest.approx(np.exp(0.9))
    for at in range(2):
        step = 1e-6 * np.eye(2)[at]
        slope = (sbg.likelihood(theta + step, seen)[0] - sbg.likelihood(theta - step, seen)[0]) / 2e-6
        assert sbg.likelihood(theta, seen)[1][at] == pytest.approx(slope, rel=1e-6)


def test_survival_is_that_of_drawn_customers():
    leaves = np.random.default_rng(0).beta(0.8, 4.0, 400_000)
    for n in (1, 3, 8):
        assert sbg.survival(0.8, 4.0, n) == pytest.approx(((1 - leaves) ** n).mean(), abs=0.002)


def test_kaplan_meier_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(5)
    time, left = rng.integers(1, 40, 300), (rng.random(300) < 0.6).astype(int)
    found, other = kaplan.curve(time, left), SurvfuncRight(time, left)
    assert found["time"].tolist() == other.surv_times.tolist()
    np.testing.assert_allclose(found["survival"], other.surv_prob, rtol=1e-12)
    assert found["at_risk"].tolist() == other.n_risk.tolist()
    share, error = other.surv_prob[:-1], other.surv_prob_se[:-1]
    half = 1.959964 * error / (share * np.abs(np.log(share)))
    np.testing.assert_allclose(found["low"][:-1], share ** np.exp(half), rtol=1e-9)
    np.testing.assert_allclose(found["high"][:-1], share ** np.exp(-half), rtol=1e-9)


def naive(frame, grace):
    """Relationships of one customer after the other, in plain Python: (start, end, renewals, left)."""
    found = []
    for customer, rows in frame.groupby("customer_id"):
        current = None
        for row in rows.sort_values(["start", "end"]).itertuples():
            if current and (row.start - current[2]).days - 1 <= grace:
                if row.end > current[2]:
                    current[2], current[3] = row.end, current[3] + 1
            else:
                current = [customer, row.start, row.end, 0]
                found.append(current)
    return [(*spell, int((AS_OF - spell[2]).days > grace)) for spell in found]


@pytest.mark.parametrize("grace", [0, 30])
def test_relationships_are_those_of_a_naive_reader(grace):
    """Gaps, overlaps, returns: contracts thrown about at random."""
    rng = np.random.default_rng(7)
    begun = BEGIN + rng.integers(0, 2370, 900)
    ended = begun + rng.integers(20, 200, 900)
    rows = {"customer_id": [f"c{at:03}" for at in rng.integers(0, 150, 900)], "amount": 10.0}
    frame = pd.DataFrame(rows | {"start": begun.astype(object), "end": ended.astype(object)})
    found = fit_contracts(frame, AS_OF, grace).spells
    days = [found[name].dt.date for name in ("start", "end")]
    seen = list(zip(found["customer_id"], *days, found["renewals"], found["left"], strict=True))
    assert sorted(seen) == sorted(naive(frame, grace))


def test_known_parameters_are_found_again(model):
    for name, value in {"alpha": 0.8, "beta": 4.0}.items():
        assert abs(np.log(model.params[name] / value)) < 3 * model.errors[name] / model.params[name]


def test_customers_who_are_all_alike_still_have_intervals():
    """Everybody leaves with 20%: the spread is left open, the mean is not."""
    rng, rows = np.random.default_rng(6), []
    for customer in range(400):
        for number in range(min(rng.geometric(0.2), 1 + customer % 9)):
            day = BEGIN + 90 * number + customer % 60
            rows.append((f"c{customer}", day.astype(object), (day + 89).astype(object), 10.0))
    found = fit_contracts(pd.DataFrame(rows, columns=["customer_id", "start", "end", "amount"]), "2022-06-01")
    curve = found.curve()
    assert (curve["fitted_low"] < curve["fitted"]).all()
    assert (curve["fitted_high"] > curve["fitted"]).all()
    if np.isnan(found.errors["alpha"]):
        assert [remark.code for remark in found.remarks] == ["edge"]


def curves_held(worlds):
    """Of each world and renewal, whether the intervals hold the share that stays: seen, and fitted."""
    truth = sbg.survival(0.8, 4.0, np.arange(1, 11))
    curves = [fit_contracts(drawn(150, 0.8, 4.0, 100 + seed), AS_OF).curve().iloc[:10] for seed in worlds]
    return [
        np.array([(curve[f"{of}low"] < truth) & (truth < curve[f"{of}high"]) for curve in curves])
        for of in ("", "fitted_")
    ]


def risks_held(worlds):
    """Of each world, the share of customers whose interval holds their risk to leave."""
    inside = []
    for seed in worlds:
        frame = drawn(150, 0.8, 4.0, 300 + seed)
        found = fit_contracts(frame, AS_OF).predict(180, draws=400)
        found = found[found["ends"] >= pd.Timestamp(AS_OF)]
        truth = 1 - sbg.survival(0.8, 4.0 + found["renewals"].to_numpy(), found["due"].to_numpy())
        low, high = found["p_churn_low"] - 1e-12, found["p_churn_high"] + 1e-12
        inside.append(((low <= truth) & (truth <= high))[found["due"] > 0].mean())
    return np.array(inside)


def test_the_intervals_of_the_curve_cover():
    seen, fitted = curves_held(range(40))
    assert 0.88 < np.mean(seen) < 0.99
    assert 0.86 < np.mean(fitted) < 0.995


@pytest.mark.soak
def test_the_intervals_of_retention_and_risk_cover_over_hundreds_of_worlds():
    """As often as they claim, within what chance and the large-sample law of 150 customers leave open."""
    seen, fitted = curves_held(range(1000, 1300))
    risks = risks_held(range(1000, 1300))
    for held in (seen, fitted, risks[:, None]):
        error = held.mean(axis=1).std(ddof=1) / np.sqrt(len(held))
        assert abs(held.mean() - 0.95) < 2.6 * error + 0.01, held.mean()


def test_the_model_meets_what_was_seen_and_goes_on(model):
    curve = model.curve(ahead=6)
    seen = curve.dropna(subset="survival").iloc[:12]
    assert ((seen["low"] - 0.02 < seen["fitted"]) & (seen["fitted"] < seen["high"] + 0.02)).all()
    assert curve["survival"].tail(6).isna().all()
    assert curve["fitted"].is_monotonic_decreasing


def test_by_days_an_end_falls_on_the_last_day_of_a_contract(model):
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = model.curve("days")
    assert (curve["time"] % 90 == 0).all()
    by_renewals = model.curve().dropna(subset="survival")
    assert curve["survival"].to_numpy()[:8] == pytest.approx(by_renewals["survival"].to_numpy()[:8])
    other = SurvfuncRight(model._days_known(), model.spells["left"].to_numpy())
    np.testing.assert_allclose(curve["survival"], other.surv_prob, rtol=1e-9)


def test_churn_and_value_of_the_next_year_are_what_comes():
    """Foretold on a day of the past for those who run, against the same customers' next 360 days."""
    frame = drawn(6000, 0.8, 4.0, seed=31)
    day = dt.date(2025, 6, 30)
    found = fit_contracts(frame[frame.start <= day], day).predict(360, draws=400).set_index("customer_id")
    later = frame[(frame.start > day) & (frame.start <= day + dt.timedelta(360))]
    came = later.groupby("customer_id").amount.agg(["sum", "size"]).reindex(found.index).fillna(0)
    left = came["size"] < found["due"]
    assert left.mean() == pytest.approx(found["p_churn"].mean(), abs=0.02)
    assert came["sum"].sum() == pytest.approx(found["value"].sum(), rel=0.03)
    assert came["size"].mean() == pytest.approx(found["expected_renewals"].mean(), rel=0.03)
    inside = (came["sum"] >= found["value_low"] - 0.01) & (came["sum"] <= found["value_high"] + 0.01)
    assert inside.mean() > 0.94
    loyal = found["renewals"] >= 8
    assert left[loyal].mean() == pytest.approx(found["p_churn"][loyal].mean(), abs=0.03)
    assert found["p_churn"][loyal].mean() < found["p_churn"][~loyal].mean()


def test_the_interval_of_the_churn_risk_covers():
    assert 0.85 < risks_held(range(40)).mean() < 0.995


def test_discount_and_margin_by_hand(model):
    plain, less = model.predict(400), model.predict(400, margin=0.5, discount_rate=0.1)
    row = plain.index[(plain["due"] == 4) & (plain["ends"] > pd.Timestamp(AS_OF))][0]
    n = plain["renewals"][row]
    wait = (plain["ends"][row].date() - AS_OF).days
    stays = [sbg.survival(model.params["alpha"], model.params["beta"] + n, step + 1) for step in range(4)]
    assert plain["value"][row] == pytest.approx(plain["amount"][row] * sum(stays))
    worth = sum(s * 1.1 ** -((wait + 90 * step) / 365.25) for step, s in enumerate(stays))
    assert less["value"][row] == pytest.approx(0.5 * plain["amount"][row] * worth)
    assert (less["value_high"] <= plain["value_high"]).all()


def test_who_is_in_the_grace_is_neither_lost_nor_kept(contracts):
    short, long = (fit_contracts(contracts, AS_OF, grace) for grace in (0, 60))
    assert short.spells["left"].sum() > long.spells["left"].sum()
    assert len(short.spells) == len(long.spells)
    waiting = long.predict(1).query("ends < @AS_OF")
    assert len(waiting) > 0
    assert (waiting["due"] == 1).all()
    assert long.params == pytest.approx(dict(short.params), rel=0.1)
    assert waiting["p_churn"].min() > 0.9  # here renewals come at once: whoever is silent has left


def test_silence_weighs_as_much_as_the_delays_of_others_say():
    """Renewals up to 30 days late: the churn of those silent for 1 to 10, and 20 to 30 days."""
    frame = drawn(6000, 0.8, 4.0, seed=12, spread=30)
    day = dt.date(2024, 6, 30)
    found = fit_contracts(frame[frame.start <= day], day, 30).predict(1).set_index("customer_id")
    came = set(frame[frame.start > day].customer_id)
    silent = (pd.Timestamp(day) - found["ends"]).dt.days
    for low, high in ((1, 12), (16, 30)):
        rows = found[(silent >= low) & (silent <= high)]
        left = np.mean([customer not in came for customer in rows.index])
        assert len(rows) > 60
        assert left == pytest.approx(rows["p_churn"].mean(), abs=0.1)


def test_a_store_gives_the_same_as_a_frame(contracts, tmp_path):
    import pyarrow as pa

    from workbench import data

    columns = {
        "transaction_id": pa.array([f"t{at}" for at in range(len(contracts))]),
        "customer_id": pa.array(contracts["customer_id"]),
        "kind": pa.repeat(pa.scalar("contract"), len(contracts)),
        "local_date": pa.array(contracts["start"], pa.date32()),
        "end_date": pa.array(contracts["end"], pa.date32()),
        "currency": pa.repeat(pa.scalar("EUR"), len(contracts)),
        "amount_micros": pa.array((contracts["amount"] * 1e6).round().astype("int64")),
    }
    store = wb.open(tmp_path / "shop")
    store.commit([data.Change("transactions", pa.table(columns), "all")])
    ours, frames = fit_contracts(store, AS_OF), fit_contracts(contracts, AS_OF, currency="EUR")
    assert ours.params == pytest.approx(dict(frames.params))
    pd.testing.assert_frame_equal(ours.predict(90, 200), frames.predict(90, 200))
    assert (ours.currency, ours.data_version) == ("EUR", store.version)


def test_what_is_left_out_is_counted(contracts):
    late = contracts.iloc[[0]].assign(start=dt.date(2027, 1, 1), end=dt.date(2027, 3, 1))
    endless = contracts.iloc[[1, 2]].assign(end=None)
    nobody = contracts.iloc[[3]].assign(customer_id=None)
    found = fit_contracts(pd.concat([contracts, late, endless, nobody]), AS_OF)
    said = {remark.code: remark.values["count"] for remark in found.remarks}
    assert said == {"future_contracts": 1, "endless": 2, "nobody": 1}
    assert all(remark.sentence(lang) for remark in found.remarks for lang in ("en", "zh"))


def test_too_little_is_said(contracts, model):
    with pytest.raises(QuestionError, match=r"Not enough history: of 10 .* at least 30"):
        fit_contracts(contracts[contracts.customer_id < "c00010"], AS_OF)
    with pytest.raises(QuestionError, match=r"None of .* ended"):
        fit_contracts(drawn(60, 1e-9, 50.0, 1), AS_OF)
    with pytest.raises(InputError, match="column of contracts 'end'"):
        fit_contracts(contracts.drop(columns="end"), AS_OF)
    with pytest.raises(QuestionError, match="grace_days"):
        fit_contracts(contracts, AS_OF, -1)
    with pytest.raises(QuestionError, match="renewals"):
        model.curve("weeks")
    with pytest.raises(QuestionError, match="horizon_days"):
        model.predict(0)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_said_and_shown(model, lang):
    assert "%" in model.sentence(lang)
    assert "<table" in model._repr_html_()
    assert model.to_dict()["rows"][0]["parameter"] == "alpha"
