"""Anomalies: how often there is a false alarm, what is found, and what explains it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from day_series import long, one, weekly

import workbench as wb
from workbench.errors import QuestionError
from workbench.forecast import anomalies, tails


@pytest.mark.parametrize("kind", ["steady", "wandering", "trend", "counts"])
@pytest.mark.parametrize("days", [120, 400])
def test_clean_worlds_raise_no_more_alarms_than_stated(kind, days):
    """96 worlds: an alarm in at most 5% of them, give or take three standard errors of so few."""
    values = weekly(kind, days, 96, 17)
    found = anomalies(long(values), by="series", value="value")
    alarms = [bool((tails.adjusted(row, "BH") <= 0.05).any()) for row in found.seen.p]
    assert len(found.changes) <= 2  # one family of all series
    assert np.mean(alarms) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 96)


def test_many_clean_series_at_once_are_one_family():
    found = anomalies(long(weekly("steady", 200, 60, 5)), by="series", value="value")
    assert found.tested == 200 * 60
    assert found.table.empty
    assert "No day" in found.sentence("en")


@pytest.mark.parametrize("kind", ["steady", "wandering", "trend"])
def test_planted_days_are_found_wherever_they_lie(kind):
    values = weekly(kind, 300, 30, 23)
    rng = np.random.default_rng(1)
    days = rng.integers(35, 299, 30)
    values[np.arange(30), days] *= np.where(np.arange(30) % 2, 0.1, 4.0)
    table = anomalies(long(values), by="series", value="value").table
    found = {(row["series"], row["date"]) for row in table.to_dict("records")}
    planted = {
        (f"s{n:03d}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=int(d))) for n, d in enumerate(days)
    }
    assert len(found & planted) >= 28
    assert len(found - planted) <= 3


def test_an_outage_of_days_is_one_span_with_its_size():
    values = weekly("steady", 200, 1, 3)[0]
    clean = values.copy()
    values[150:155] = 0
    found = anomalies(one(values), price=2.0)
    span = found.spans.iloc[0]
    assert (span["start"], span["days"], span["direction"]) == (pd.Timestamp("2025-05-31"), 5, "below")
    assert span["excess"] == pytest.approx(-clean[150:155].sum(), rel=0.1)
    assert span["money"] == pytest.approx(2 * span["excess"])
    assert len(found.spans) == 1


def test_a_new_level_is_a_change_and_no_anomaly():
    values = weekly("steady", 240, 1, 3)[0]
    values[160:] *= 2.2
    found = anomalies(one(values))
    assert found.table.empty
    change = found.changes.iloc[0]
    assert abs((change["date"] - pd.Timestamp("2025-06-10")).days) <= 2
    assert change["change"] == pytest.approx(1.2, abs=0.25)
    assert len(found.changes) == 1


def test_weekends_are_no_anomaly():
    values = weekly("steady", 200, 1, 9)[0]
    values[np.arange(200) % 7 >= 5] *= 0.05
    assert anomalies(one(values)).table.empty
    values[np.flatnonzero(np.arange(200) % 7 == 2)[20]] *= 0.05  # a working day as if it were one
    assert len(anomalies(one(values)).table) == 1


def test_young_days_are_compared_at_their_own_age():
    values = weekly("steady", 200, 1, 3)[0]
    values[-3:] *= np.array([0.85, 0.6, 0.3])
    assert len(anomalies(one(values), last=7).table) >= 2
    shares = [0.3, 0.6, 0.85]
    assert anomalies(one(values), last=7, maturity=shares).table.empty
    values[-2] = 0
    found = anomalies(one(values), last=7, maturity=shares).table
    assert list(found["date"]) == [pd.Timestamp("2025-07-18")]
    assert found["expected"].iloc[0] == pytest.approx(0.6 * 1000, rel=0.35)


def test_an_event_explains_its_days():
    values = weekly("steady", 200, 1, 3)[0]
    values[150:152] *= 3
    events = pd.DataFrame({"start": ["2025-05-31"], "end": ["2025-06-01"], "name": ["Opening"]})
    found = anomalies(one(values), events=events)
    assert list(found.spans["event"]) == ["Opening"]
    assert found.unexplained.empty
    assert len(anomalies(one(values)).unexplained) == 1


def test_yearly_events_are_expected():
    values = weekly("steady", 500, 1, 3)[0]
    known = []
    for start in (100, 465):
        values[start : start + 3] *= 2.5
        known += list(pd.date_range("2025-01-01", periods=500)[start : start + 3])
    assert anomalies(one(values), events={"Sale": known}).table.empty
    assert not anomalies(one(values)).table.empty


def test_discoveries_are_those_of_scipy():
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(0).random(200) ** 3
    p[::10] = np.nan
    known = np.isfinite(p)
    for ours, theirs in (("BH", "bh"), ("BY", "by")):
        got = tails.adjusted(p, ours)
        np.testing.assert_allclose(got[known], false_discovery_control(p[known], method=theirs), rtol=1e-12)
        assert np.isnan(got[~known]).all()


def test_chances_of_counts_are_those_of_the_negative_binomial():
    from scipy.stats import nbinom

    mean, spread, counts = np.array([0.5, 20.0, 300.0]), 0.05, np.array([3.0, 2.0, 300.0])
    shape = 1 / spread
    below = nbinom.cdf(counts, shape, shape / (shape + mean))
    above = nbinom.sf(counts - 1, shape, shape / (shape + mean))
    wanted = np.minimum(1, 2 * np.minimum(below, above))
    np.testing.assert_allclose(tails.count_chance(counts, mean, spread), wanted, rtol=1e-9)


def test_the_spread_of_counts_is_recovered():
    rng = np.random.default_rng(2)
    mean = 30 * np.exp(0.3 * np.sin(np.arange(1000)))
    counts = rng.poisson(mean * rng.gamma(20, 1 / 20, 1000)).astype(float)
    counts[500] = 3000
    assert tails.dispersion(counts, mean) == pytest.approx(1 / 20, rel=0.25)


def test_what_is_wrong_is_said():
    series = one(weekly("steady", 100, 1, 3)[0])
    for how in ({"correction": "holm"}, {"last": 0}, {"alarm": 5}):
        with pytest.raises(QuestionError):
            anomalies(series, **how)


def test_the_planted_anomalies_of_the_demo_world_lead(demo_store):
    planted = {row["id"]: row for row in wb.demo.truth().anomalies.to_dict("records")}
    by = {
        "tracking_outage": ["channel"],
        "cost_spike": ["account"],
        "click_spam": ["channel", "region", "device"],
    }
    for name, row in planted.items():
        found = wb.forecast.anomalies(demo_store, metric=row["measure"], by=by[name])
        first = found.spans.iloc[0]
        assert (first["start"].date(), first["end"].date()) == (row["start"], row["end"]), name
        assert {part: first[part] for part in by[name]} == row["where"]
        assert first["direction"] == ("below" if row["factor"] < 1 else "above")
        assert first["value"] / first["expected"] == pytest.approx(row["factor"], rel=0.35)
        assert found.to_dict()["spans"][0]["money"] == pytest.approx(first["money"])


def test_older_versions_tell_how_late_conversions_come(tmp_path):
    from workbench.forecast import delays, stores

    shares = [0.5, 0.8, 0.95]
    store = wb.open(tmp_path / "shop")
    day = dt.date(2026, 1, 1)
    true = np.random.default_rng(4).poisson(400, 100)
    for last in (*range(60, 63), 99):
        lines = ["date,campaign,cost,conversions"]
        for number in range(last + 1):
            age = last - number
            part = shares[age] if age < len(shares) else 1.0
            lines.append(f"{day + dt.timedelta(days=number)},A,100,{round(true[number] * part)}")
        path = tmp_path / f"to_{last}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        store = _loaded(store, path)
    bundle = stores.read(store, "conversions")
    assert bundle.shares_from == "versions"
    np.testing.assert_allclose(bundle.shares[::-1][:3], shares, atol=0.03)
    np.testing.assert_allclose(delays.learnt(bundle)[0, -3:], true[-3:], rtol=0.08)
    assert anomalies(store, metric="conversions").table.empty


def _loaded(store, path):
    mapping = {
        "local_date": "date",
        "campaign": "campaign",
        "cost": "cost",
        "conversions": "conversions",
    }
    review = wb.data.load(store, path, source="generic", mapping=mapping, timezone="UTC", currency="EUR")
    assert review.rows_ok
    return store
