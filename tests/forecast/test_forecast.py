"""Forecasts: their coverage where the truth is known, what they refuse, and what they are asked with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from day_series import long, one, weekly

import workbench as wb
from workbench.errors import InputError, QuestionError
from workbench.forecast import METHODS, forecast


@pytest.mark.parametrize("kind", ["steady", "wandering", "trend", "counts"])
def test_intervals_cover_what_came(kind):
    """48 worlds of 18 months: days and sums of 28 days inside of 95% intervals."""
    values = weekly(kind, 576, 48, 7)
    answer = forecast(long(values[:, :548]), 28, by="series", value="value")
    came = values[:, 548:]
    low, high = (answer.table[name].to_numpy().reshape(48, 28) for name in ("low", "high"))
    assert 0.91 <= ((came >= low) & (came <= high)).mean() <= 0.985
    total = answer.total()
    inside = (came.sum(axis=1) >= total["low"]) & (came.sum(axis=1) <= total["high"])
    assert inside.mean() >= 0.87
    claimed = answer.methods[answer.methods["chosen"]]["coverage"].mean()
    assert claimed == pytest.approx(0.955, abs=0.025)


@pytest.mark.parametrize("kind", ["steady", "trend", "counts"])
def test_errors_are_smaller_than_those_of_the_week_before(kind):
    values = weekly(kind, 576, 24, 3)
    answer = forecast(long(values[:, :548]), 28, by="series", value="value")
    came, said = values[:, 548:], answer.table["forecast"].to_numpy().reshape(24, 28)
    repeated = values[:, 541:548][:, np.arange(28) % 7]
    assert np.abs(came - said).mean() <= 0.85 * np.abs(came - repeated).mean()


def test_nothing_worse_than_a_baseline_is_shown_in_silence():
    walk = 1000 + np.cumsum(np.random.default_rng(2).normal(0, 5, 400))
    answer = forecast(one(walk), 14)
    errors = answer.methods.set_index("method")["mase"]
    assert answer.methods["chosen"].sum() == 1
    way = answer.chosen[()]
    assert way == "naive"
    assert errors[way] == min(errors["naive"], errors["seasonal_naive"])
    assert [note.code for note in answer.notes] == ["refused_naive"]
    np.testing.assert_array_equal(answer.table["forecast"], np.full(14, walk[-1]))


def test_the_chosen_way_is_never_worse_than_both_baselines():
    table = forecast(long(weekly("wandering", 300, 20, 9)), 14, by="series", value="value").methods
    errors = table.pivot(index="series", columns="method", values="mase")
    chosen = table[table["chosen"]].set_index("series")["mase"]
    assert (chosen <= errors[["naive", "seasonal_naive"]].min(axis=1).loc[chosen.index] + 1e-12).all()
    assert set(table["method"]) == set(METHODS)


def test_the_unit_of_the_amounts_does_not_matter():
    values = weekly("counts", 200, 1, 4)[0] * 3.7
    small, large = forecast(one(values), 10), forecast(one(values * 1e6), 10)
    np.testing.assert_allclose(small.table["forecast"] * 1e6, large.table["forecast"], rtol=1e-9)
    np.testing.assert_allclose(small.table["low"] * 1e6, large.table["low"], rtol=1e-7)


def test_counts_with_many_zeros_stay_at_zero_or_above():
    rare = np.random.default_rng(1).poisson(0.3, 300).astype(float)
    answer = forecast(one(rare), 21)
    assert (answer.table[["forecast", "low"]] >= 0).all().all()
    assert answer.total()["low"].iloc[0] >= 0
    assert answer.table["forecast"].mean() == pytest.approx(0.3, abs=0.15)


def test_a_series_of_nothing_but_zeros_is_forecast_as_zero():
    answer = forecast(one(np.zeros(100)), 7)
    assert (answer.table[["forecast", "low"]] == 0).all().all()
    assert (answer.table["high"] < 1e-3).all()


def test_values_below_zero_are_possible_where_they_were():
    profit = one(-50 + np.random.default_rng(1).normal(0, 5, 200))
    assert (forecast(profit, 7).table["forecast"] < -30).all()


def test_missing_days_are_unknown_or_zero_as_one_says():
    whole = one(weekly("steady", 200, 1, 3)[0])
    holes = whole.drop(whole.index[4::9])
    unknown, nothing = forecast(holes, 7), forecast(holes, 7, gaps="zero")
    assert "missing" in [note.code for note in unknown.notes]
    full = forecast(whole, 7).table["forecast"].sum()
    assert unknown.table["forecast"].sum() == pytest.approx(full, rel=0.08)
    assert nothing.history["value"].eq(0).sum() == 200 - len(holes)
    with pytest.raises(QuestionError, match="gaps"):
        forecast(holes, 7, gaps="none")


def test_one_broken_day_does_not_move_a_forecast():
    values = weekly("steady", 200, 1, 3)[0]
    broken = values.copy()
    broken[190] *= 50
    said, other = (forecast(one(series), 14).table["forecast"].sum() for series in (values, broken))
    assert other == pytest.approx(said, rel=0.05)


def test_every_kind_of_table_gives_the_same():
    import polars as pl
    import pyarrow as pa

    series = one(weekly("steady", 120, 1, 5)[0])
    frame = series.rename_axis("date").reset_index()
    wanted = forecast(series, 7).table["forecast"]
    kinds = (frame, pl.from_pandas(frame), pl.from_pandas(frame).lazy(), pa.Table.from_pandas(frame))
    for given in (*kinds, frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")), frame.set_index("date")):
        np.testing.assert_allclose(forecast(given, 7).table["forecast"], wanted, rtol=1e-12)


def test_weeks_and_months_are_recognised():
    t = np.arange(170)
    year = 100 * np.exp(0.3 * np.sin(2 * np.pi * t / 52.18) + np.random.default_rng(0).normal(0, 0.03, 170))
    weeks = pd.Series(year, index=pd.date_range("2022-01-03", periods=170, freq="7D"))
    answer = forecast(weeks[:150], 20)
    assert answer.bundle.step == "week"
    assert list(answer.table["date"]) == list(weeks.index[150:])
    came = weeks[150:].to_numpy()
    assert np.abs(answer.table["forecast"] - came).mean() < 0.6 * np.abs(came - weeks.iloc[149]).mean()
    months = pd.Series(year[:48], index=pd.date_range("2022-01-01", periods=48, freq="MS"))
    assert list(forecast(months, 3).table["date"].dt.strftime("%Y-%m-%d")) == [
        "2026-01-01",
        "2026-02-01",
        "2026-03-01",
    ]


def test_young_days_are_completed_by_what_is_known_of_their_delay():
    values = weekly("steady", 200, 1, 3)[0]
    young = values.copy()
    young[-3:] *= np.array([0.9, 0.6, 0.2])
    plain, ripe = forecast(one(young), 7), forecast(one(young), 7, maturity=[0.2, 0.6, 0.9])
    whole = forecast(one(values), 7).table["forecast"].sum()
    assert ripe.table["forecast"].sum() == pytest.approx(whole, rel=0.05)
    assert abs(plain.table["forecast"].sum() - whole) > abs(ripe.table["forecast"].sum() - whole)
    assert len(ripe.nowcast) == 1  # a fifth tells too little: that day is forecast, too
    assert len(ripe.table) == 7


def test_events_that_came_before_are_expected_again():
    rng, days = np.random.default_rng(3), pd.date_range("2024-01-01", periods=800)
    sales = pd.Series(np.exp(5 + rng.normal(0, 0.08, 800)), index=days)
    for start in ("2024-06-16", "2025-06-16"):
        sales[pd.date_range(start, periods=3)] *= 2.0
    known = {
        "618": list(pd.date_range("2024-06-16", periods=3)) + list(pd.date_range("2025-06-16", periods=3))
    }
    known["618"] += list(pd.date_range("2026-03-13", periods=3))
    answer = forecast(sales, 7, events=known)
    effect = answer.effects.iloc[0]
    assert effect["low"] < 1.0 < effect["high"]
    assert effect["effect"] == pytest.approx(1.0, abs=0.12)
    during = answer.table.set_index("date")["forecast"]
    assert during["2026-03-13"] / during["2026-03-11"] == pytest.approx(2.0, rel=0.12)
    new = forecast(sales, 7, events={"Opening": "2026-03-12"})
    assert [note.code for note in new.notes][-1] == "new_events"


def test_a_file_of_events_is_read(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("start,end,name\n2025-03-01,2025-03-04,Sale\n2025-05-01,,Strike\n", encoding="utf-8")
    series = one(weekly("steady", 200, 1, 3)[0])
    assert [event.name for event in forecast(series, 7, events=path).events] == ["Sale", "Strike"]
    with pytest.raises(InputError, match="before it starts"):
        forecast(
            series, 7, events=pd.DataFrame({"start": ["2025-02-02"], "end": ["2025-02-01"], "name": "x"})
        )
    with pytest.raises(InputError, match="'name'"):
        forecast(series, 7, events=pd.DataFrame({"start": ["2025-02-02"]}))


@pytest.mark.parametrize(
    ("given", "how", "words"),
    [
        ([1, 2, 3], {}, "without days"),
        (one(np.arange(9.0)), {}, "9 values"),
        (one(np.arange(60.0)), {"horizon": 0}, "horizon=0"),
        (one(np.arange(60.0)), {"horizon": 600}, "too far"),
        (one(np.arange(60.0)), {"level": 95}, "level=95"),
        (pd.DataFrame({"date": ["2025-01-01", "2025-01-01"], "x": [1, 2]}), {}, "several rows"),
        (pd.DataFrame({"date": ["2025-01-01"], "x": [1], "y": [2]}), {}, "2 columns"),
        (pd.DataFrame({"date": ["soon", "2025-01-02"], "x": [1, 2]}), {"time": "date"}, "'soon'"),
        (one(np.arange(60.0)), {"maturity": [1.4]}, "maturity=1.4"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(given, how, words):
    with pytest.raises((InputError, QuestionError), match=words):
        forecast(given, **how)


def test_the_calendar_of_the_demo_world_is_known(demo_store):
    calendar = wb.demo.truth().calendar
    known = wb.forecast.forecast(demo_store, 28, metric="cost")
    assert {event.name for event in known.events if not event.country} == set(calendar["en"])
    blind = forecast(known.history.dropna(), 28, time="date", value="value")
    errors = [answer.methods[answer.methods["chosen"]]["mase"].iloc[0] for answer in (blind, known)]
    assert errors[1] < 0.6 * errors[0]
    effect = known.effects.set_index("event")
    planted = calendar[calendar["id"] == "double_11_2025"]["budget"].iloc[0]
    assert 0.3 * planted < effect.loc["Double 11", "effect"] < planted  # the mean over a rise and fall
    assert effect.loc["Spring Festival holiday", "high"] < 0
    assert (known.unit, known.currency, known.data_version) == ("money", "CNY", demo_store.version)


def test_an_answer_in_every_form(demo_store):
    answer = wb.forecast.forecast(demo_store, 14, metric="conversions", by="channel")
    assert len(answer.table) == 14 * 6
    assert answer.table["date"].min().date() == demo_store.as_of + pd.Timedelta(days=1)
    assert "open_assumed" in [note.code for note in answer.notes]
    assert answer.to_dict()["rows"][0]["date"] == "2026-11-01"
    assert "后 14 天" not in answer.sentence("en")
    assert "14" in answer.sentence("zh")
    assert "<table" in answer._repr_html_()
    assert answer.to_csv().startswith(b"\xef\xbb\xbf")
    assert (answer.backtest["date"] > answer.backtest["origin"]).all()
