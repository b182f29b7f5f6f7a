"""Sales and outside series of a store: their numbers by hand, what they know, what is said of the rest."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench import settings
from workbench.data import Change
from workbench.errors import InputError, QuestionError
from workbench.forecast import choices, forecast, month_end
from workbench.schema import TABLES

FIRST, DAYS = dt.date(2026, 1, 1), 120
WEEK = np.array([30, 32, 34, 34, 36, 20, 18])


def table(name, rows):
    schema = TABLES[name].arrow()
    return pa.table({f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in schema}, schema)


def orders():
    """Every day some orders of 10, every tenth in dollars; refunds, lost orders, payments."""
    for day in range(DAYS):
        for number in range(WEEK[day % 7]):
            yield {
                "transaction_id": f"{day}-{number}",
                "customer_id": f"c{number}" if number % 3 else None,
                "kind": "order",
                "channel": "search" if number % 2 else None,
                "local_date": FIRST + dt.timedelta(day),
                "currency": "USD" if number % 10 == 9 else "CNY",
                "amount_micros": 10_000_000,
            }
    of = {"local_date": FIRST, "currency": "CNY", "amount_micros": 7_000_000}
    yield {**of, "transaction_id": "lost", "kind": "order", "status": "cancelled"}
    yield {**of, "transaction_id": "paid", "kind": "payment"}
    yield {**of, "transaction_id": "back", "kind": "refund", "amount_micros": -4_000_000, "refund_of": "0-0"}
    yield {**of, "transaction_id": "none", "kind": "refund", "amount_micros": -7_000_000, "refund_of": "lost"}


def outside():
    """An index by day, a market in yuan by week, temperatures of two cities, and an event."""
    rng = np.random.default_rng(4)
    for day in range(DAYS):
        date = FIRST + dt.timedelta(day)
        one = {"region": "", "local_date": date, "origin": "x"}
        yield {**one, "series": "Search index", "unit": "index", "value": 1.2 + 0.05 * rng.normal()}
        yield {**one, "series": "Sale", "unit": "event", "value": float(day == 50)}
        if day % 7 == 0:
            yield {**one, "series": "Ad market", "unit": "CNY", "value": 5e6 + 1e5 * rng.normal()}
        for city in ("Beijing", "Chengdu"):
            yield {**one, "series": "Warmth", "unit": "°C", "value": 9 + rng.normal(), "region": city}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A workspace without any delivery."""
    found = wb.open(tmp_path_factory.mktemp("sales") / "w")
    rates = [
        {"date": FIRST + dt.timedelta(day), "from_currency": "USD", "to_currency": "CNY", "rate": 7.0}
        for day in range(0, DAYS, 5)
    ]
    found.commit([
        Change("transactions", table("transactions", list(orders()))),
        Change("external", table("external", list(outside()))),
        Change("exchange_rates", table("exchange_rates", rates)),
    ])  # fmt: skip
    return found


def test_sales_are_orders_less_refunds_in_one_currency(store):
    revenue, count, mean = (
        forecast(store, 7, metric=f"sales:{name}") for name in ("revenue", "orders", "aov")
    )
    dollars = np.array([sum(n % 10 == 9 for n in range(size)) for size in WEEK])[np.arange(DAYS) % 7]
    orders_of = WEEK[np.arange(DAYS) % 7]
    money = 10.0 * (orders_of - dollars) + 70.0 * dollars
    money[0] -= 4.0
    np.testing.assert_allclose(count.history["value"], orders_of)
    np.testing.assert_allclose(revenue.history["value"], money)
    np.testing.assert_allclose(mean.history["value"], money / orders_of)
    assert (revenue.unit, revenue.currency, count.unit, count.currency) == ("money", "CNY", "count", "")
    assert not [note for note in revenue.notes if note.code == "sales_left_out"]
    expected = WEEK[np.arange(DAYS, DAYS + 7) % 7]
    np.testing.assert_allclose(count.table["forecast"], expected, rtol=0.05)


def test_amounts_without_a_rate_are_left_out_and_counted(store):
    answer = forecast(store, 7, metric="sales:revenue", currency="EUR")
    note = next(note for note in answer.notes if note.code == "sales_left_out")
    assert note.values["names"] == ("CNY", "USD")
    assert note.values["count"] == int(WEEK[np.arange(DAYS) % 7].sum())


def test_sales_are_told_apart_and_filtered_by_what_they_know(store):
    parts = forecast(store, 7, metric="sales:orders", by="channel")
    kept = {
        key["channel"]: values for key, values in zip(parts.bundle.keys, parts.bundle.values, strict=True)
    }
    assert set(kept) == {"", "search"}
    np.testing.assert_allclose(kept[""] + kept["search"], WEEK[np.arange(DAYS) % 7])
    month = month_end(store, "sales:orders", "2026-04-12", target=1000.0)
    assert month.table["actual"].iloc[0] == WEEK[(np.arange(90, 102)) % 7].sum()
    with pytest.raises(QuestionError, match="channel and region, not by account"):
        forecast(store, 7, metric="sales:orders", by="account")


def test_days_without_an_order_are_days_of_none(store, tmp_path):
    few = wb.open(tmp_path / "few")
    rows = [{**row, "customer_id": "c"} for row in orders() if row["local_date"].weekday() == 2]
    few.commit([Change("transactions", table("transactions", [r for r in rows if r["kind"] == "order"]))])
    answer = forecast(few, 7, metric="sales:orders")
    assert (answer.history["value"] == 0).sum() == len(answer.history) - answer.history["value"].gt(0).sum()
    assert answer.history["value"].notna().all()
    assert answer.table["forecast"].sum() == pytest.approx(
        rows and answer.history["value"].tail(7).sum(), rel=0.3
    )


def test_outside_series_keep_their_own_step_and_unit(store):
    index, market = (forecast(store, 4, metric=f"market:{name}") for name in ("Search index", "Ad market"))
    assert (index.bundle.step, index.unit, index.bundle.sums) == ("day", "", False)
    assert (market.bundle.step, market.unit, market.currency) == ("week", "money", "CNY")
    assert list(market.table["date"].diff().dropna().dt.days) == [7, 7, 7]
    assert "1.2" in index.sentence("en")
    assert "on average" in market.sentence("en")
    cities = forecast(store, 4, metric="market:Warmth", by="region")
    assert [key["region"] for key in cities.bundle.keys] == ["Beijing", "Chengdu"]
    one = forecast(store, 4, metric="market:Warmth", where={"region": ["Chengdu"]})
    np.testing.assert_allclose(one.bundle.values[0], cities.bundle.values[1])


@pytest.mark.parametrize(
    ("metric", "how", "words"),
    [
        ("market:Warmth", {}, "2 regions, which do not add up"),
        ("market:Warmht", {}, "Did you mean 'Warmth'"),
        ("market:Sale", {}, "Unknown outside series 'Sale'"),
        ("market:Ad market", {"by": "channel"}, "by region, not by channel"),
        ("sales:revenu", {}, "Did you mean 'revenue'"),
        ("sales:revenue", {"period": "2020"}, "no sales in this period"),
        ("market:Ad market", {"period": "2026-01-01..2026-01-20"}, "3 values"),
        ("cost", {}, "no delivery"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(store, metric, how, words):
    with pytest.raises((QuestionError, InputError), match=words):
        forecast(store, 4, metric=metric, **how)


def test_the_choices_are_what_the_data_have(store, demo_store, monkeypatch):
    found = choices(store)
    sold = ["sales:revenue", "sales:orders", "sales:aov"]
    assert [*found] == [*sold, "market:Ad market", "market:Search index", "market:Warmth"]
    assert [found[name].steps(28) for name in ("sales:orders", "market:Ad market")] == [28, 4]
    assert {"cost", "cpa", *sold} <= {*choices(demo_store)}
    assert "reach" not in choices(demo_store)
    monkeypatch.setenv(settings.ADVERTISERS, json.dumps(["Northlight Home"]))
    theirs = wb.open(demo_store.path)
    assert not {*sold} & {*choices(theirs)}
    with pytest.raises(QuestionError, match="sales belong to none of them"):
        forecast(theirs, 7, metric="sales:revenue")


def test_a_series_that_ended_says_so(demo_store, monkeypatch):
    whole = forecast(demo_store, 7, metric="sales:orders")
    assert "behind" not in [note.code for note in whole.notes]
    cut = forecast(demo_store, 7, metric="sales:orders", period="2026-01-01..2026-06-30")
    note = next(note for note in cut.notes if note.code == "behind")
    assert note.values == {"last": dt.date(2026, 6, 30), "days": 123}


def test_a_workspace_without_delivery_shows_its_sales(store):
    panel = wb.widgets.Forecast(store)
    assert panel.state.metric == "sales:revenue"
    html = panel.to_html(live=True)
    assert "wb-broken" not in html
    assert "Advertising" not in html
    panel.state.update(metric="market:Ad market")
    assert panel.questions()["ahead"].arguments["horizon"] == 4
    assert "in the next 4 weeks" in panel.to_html()
    panel.state.update(metric="market:Warmth")
    assert {"region": "Chengdu"} in panel.answers["ahead"].bundle.keys
    assert "wb-broken" not in panel.to_html(live=True)


def test_a_series_with_a_name_like_markup_is_only_text(tmp_path):
    name = "<img src=x onerror=alert(1)>:a,b&c=d"
    found = wb.open(tmp_path / "w")
    rows = [{**row, "series": name} for row in outside() if row["series"] == "Search index"]
    found.commit([Change("external", table("external", rows))])
    panel = wb.widgets.Forecast(found)
    assert panel.state.metric == f"market:{name}"
    assert "<img" not in panel.to_html(live=True)
    panel.state.update(horizon="14")
    assert wb.widgets.Forecast.from_query(found, panel.query).state.snapshot() == panel.state.snapshot()


def test_a_series_that_never_changed_is_said_to_be_so(tmp_path):
    found = wb.open(tmp_path / "w")
    rows = [{**row, "value": 7.0} for row in outside() if row["series"] == "Search index"]
    found.commit([Change("external", table("external", rows))])
    answer = forecast(found, 7, metric="market:Search index")
    assert "It did not change" in answer.sentence("en")
    np.testing.assert_allclose(answer.table["forecast"], 7.0)
