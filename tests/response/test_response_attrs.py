"""A curve table says what its numbers are of, and a plan takes it over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mix_worlds import world

import workbench as wb

MADE = world(0, channels=2, periods=60)


def fitted(frame=MADE.frame, **more):
    return wb.response.fit(frame, ["c0", "c1"], "y", draws=4, **more)


@pytest.mark.parametrize(("frequency", "days"), [("D", 1), ("7D", 7), ("MS", 30)])
def test_curves_know_how_long_a_period_is(frequency, days):
    times = pd.date_range("2021-01-01", periods=60, freq=frequency)
    model = fitted(MADE.frame.assign(time=times), currency="EUR")
    assert {**model.about} == {name: model.to_dict()[name] for name in model.about}
    for table in (model.curves(), model.curves(draws=True)):
        assert table.attrs == {
            "period_days": days,
            "currency": "EUR",
            "where": {},
            "source": "own",
            "data_version": None,
        }


def test_a_plan_takes_over_what_its_curves_are_of():
    model = fitted(currency="EUR")
    curves = model.curves()
    plan = wb.optimize.allocate(curves, 1000, draws=model.curves(draws=True))
    assert plan.table.attrs == curves.attrs
    quarter = wb.optimize.allocate_periods(curves, 5000, 3)
    assert quarter.table.attrs["period_days"] == 7
    bare = curves.copy()
    bare.attrs = {}
    assert wb.optimize.allocate(bare, 1000).table.attrs == {}


def test_an_experiment_calibrates_the_source():
    day = MADE.frame["time"]
    lift = {"channel": "c0", "start": day[20], "end": day[30], "effect": 400.0, "se": 50.0}
    assert fitted(lifts=[lift]).curves().attrs["source"] == "calibrated"


def test_curves_of_a_store_say_whose_claims_they_are_and_where(demo_store):
    model = wb.response.from_store(demo_store, where={"channel": "search"}, draws=0)
    assert model.curves().attrs == {
        "period_days": 7,
        "currency": "CNY",
        "where": {"channel": ["search"]},
        "source": "platform-claimed",
        "data_version": demo_store.version,
    }


def test_a_column_of_currencies_holds_one():
    assert fitted(MADE.frame.assign(currency="eur")).currency == "EUR"
    assert fitted(MADE.frame.assign(coin="USD"), currency="coin").currency == "USD"
    mixed = MADE.frame.assign(currency=np.where(np.arange(60) < 30, "EUR", "USD"))
    with pytest.raises(wb.WorkbenchError, match="several currencies: EUR, USD") as caught:
        fitted(mixed)
    assert caught.value.fix
    with pytest.raises(wb.WorkbenchError, match="several currencies: CNY, EUR"):
        fitted(MADE.frame.assign(currency="EUR"), currency="CNY")


def test_imported_curves_can_be_told_their_period():
    x = np.linspace(0, 10, 12)
    found = wb.response.from_points(pd.DataFrame({"channel": "a", "spend": x, "response": x / (x + 3)}))
    assert "period_days" not in found.curves().attrs
    table = found.per(days=7, currency="EUR").curves()
    assert (table.attrs["period_days"], table.attrs["currency"]) == (7, "EUR")
    assert table.attrs["source"] == "imported"
    with pytest.raises(wb.WorkbenchError, match="days=0 is no number of days"):
        found.per(days=0)


def test_hours_say_what_they_are_of_and_their_plan_takes_it_over(demo_store):
    name = demo_store.members("advertiser")[0]
    model = wb.response.slots_from_store(demo_store, "channel", where={"advertiser": name}, draws=2)
    said = {
        "period_days": 7,
        "currency": "CNY",
        "where": {"advertiser": [name]},
        "source": "platform-claimed",
        "data_version": demo_store.version,
    }
    for table in (model.curves(), model.curves(draws=True)):
        assert table.attrs == said
    curves = model.curves()
    plan = wb.optimize.allocate_slots(curves, weekly_budget=float(curves["current"].sum()))
    assert plan.table.attrs == said
    frame = pd.DataFrame({"channel": "a", "hour_of_week": range(168), "cost": 1.0, "conversions": 1.0})
    assert wb.response.fit_slots(frame, by="channel", draws=0).curves().attrs["source"] == "own"
