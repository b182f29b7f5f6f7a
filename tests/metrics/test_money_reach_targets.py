from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import worlds

import workbench.metrics as metrics
from workbench.data import Change
from workbench.errors import QuestionError

JAN = (dt.date(2026, 1, 1), dt.date(2026, 1, 31))


def codes(answer):
    return [note.code for note in answer.notes]


@pytest.fixture
def two_currencies(new_store):
    frame = worlds.facts(8)
    abroad = frame["campaign"] == "c1"
    frame.loc[abroad, "currency"] = "USD"
    frame.loc[abroad, "account"] = "a2"
    return worlds.commit(new_store, frame), frame, abroad


def test_amounts_of_another_currency_are_left_out_of_both_sides(two_currencies):
    store, frame, abroad = two_currencies
    answer = metrics.kpis(store, None, ["cost", "clicks", "cpc", "ctr"], "all")
    row, home = answer.table.iloc[0], frame[~abroad]
    assert answer.currency == "CNY"
    assert row["clicks"] == frame["clicks"].sum(), "clicks have no currency"
    assert row["ctr"] == pytest.approx(frame["clicks"].sum() / frame["impressions"].sum())
    assert row["cost"] == pytest.approx(home["cost_micros"].sum() / 1e6)
    assert row["cpc"] == pytest.approx(home["cost_micros"].sum() / 1e6 / home["clicks"].sum())
    assert "other_currencies" in codes(answer)
    assert "% of the rows are in USD" in answer.notes[0].sentence("en")


def test_the_currency_of_the_settings_wins_where_there_are_amounts_in_it(two_currencies):
    store, frame, abroad = two_currencies
    store.settings = replace(store.settings, currency="USD")
    answer = metrics.kpis(store, None, "cost", "all")
    assert answer.currency == "USD"
    assert answer.table["cost"][0] == pytest.approx(frame[abroad]["cost_micros"].sum() / 1e6)
    store.settings = replace(store.settings, currency="EUR")
    assert metrics.kpis(store, None, "cost", "all").currency == "CNY"


def test_breaking_down_by_account_shows_what_is_left_out_as_unknown(two_currencies):
    store, *_ = two_currencies
    table = metrics.kpis(store, "account", ["cost", "clicks"], "all").table.set_index("account")
    assert np.isnan(table.loc["a2", "cost"])
    assert table.loc["a2", "clicks"] > 0


def test_no_currency_at_all_is_xxx(new_store):
    worlds.commit(new_store, worlds.facts(1, rows=300).assign(currency="XXX"))
    answer = metrics.kpis(new_store, None, ["cost", "cpa"], "all")
    assert answer.currency == "XXX"
    assert answer.table["cost"][0] > 0
    assert codes(answer) == []


def test_counts_without_amounts_belong_to_any_currency(new_store):
    frame = worlds.facts(1, rows=600)
    new_store.commit([Change("performance", worlds.delivery(frame))])
    bare = frame.drop(columns="revenue_micros").assign(currency="XXX", channel="crm")
    new_store.commit([Change("conversions", worlds.outcomes(bare))])
    row = metrics.kpis(new_store, None, ["cost", "conversions", "cpa"], "all").table.iloc[0]
    assert row["cpa"] == pytest.approx(row["cost"] / frame["conversions"].sum())


def test_margin_changes_profit_and_silences_the_note(random_store):
    without = metrics.kpis(random_store, None, ["profit", "revenue", "cost"])
    row = without.table.iloc[0]
    assert codes(without) == ["no_margin"]
    assert row["profit"] == pytest.approx(row["revenue"] - row["cost"])
    known = random_store.settings
    try:
        random_store.settings = replace(known, margin=0.4)
        answer = metrics.kpis(random_store, None, ["profit", "roi"])
        assert codes(answer) == []
        assert answer.table["profit"][0] == pytest.approx(0.4 * row["revenue"] - row["cost"])
        assert answer.table["roi_low"][0] < answer.table["roi"][0] < answer.table["roi_high"][0]
    finally:
        random_store.settings = known


def reach_rows(*rows):
    names = (
        "source",
        "account",
        "channel",
        "campaign",
        "grain",
        "start_date",
        "end_date",
        "impressions",
        "reach",
    )
    return Change("reach", pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), "all")


def test_reach_is_only_known_for_exactly_that_object_and_window(new_store):
    worlds.commit(new_store, worlds.facts(1))
    new_store.commit(
        [
            reach_rows(
                ("generic", "a1", "search", "c1", "campaign", *JAN, 5000, 2000),
                ("generic", "a1", "search", "c2", "campaign", *JAN, 3000, 1500),
                ("generic", "a1", "search", "c2", "campaign", JAN[0], dt.date(2026, 1, 30), 2900, 1400),
                ("generic", "a1", "feed", "c3", "campaign", *JAN, 800, 700),
                ("generic", "a1", "video", "c3", "campaign", *JAN, 900, 600),
                ("generic", "a1", None, None, "account", *JAN, 9000, 3500),
            )
        ]
    )
    names = ["reach", "frequency"]
    answer = metrics.kpis(new_store, "campaign", names, "2026-01")
    table = answer.table.set_index("campaign")
    assert table.loc["c1", "reach"] == 2000
    assert table.loc["c1", "frequency"] == 2.5
    assert table.loc["c2", "reach"] == 1500
    assert np.isnan(table.loc["c3", "reach"]), "two reports of one campaign do not add up"
    assert np.isnan(table.loc["c4", "reach"])
    assert "reach_unknown" in codes(answer)
    assert (
        metrics.kpis(new_store, None, "reach", "2026-01", where={"campaign": "c1"}).table["reach"][0] == 2000
    )
    assert metrics.kpis(new_store, "account", "reach", "2026-01").table["reach"][0] == 3500
    both = metrics.kpis(new_store, ["channel", "campaign"], "reach", "2026-01").table
    c3 = both[(both["campaign"] == "c3") & (both["channel"] == "feed")]
    assert c3["reach"].tolist() == [700]
    for question in (
        {"period": "2026-02", "by": "campaign"},
        {"period": "2026-01"},
        {"period": "2026-01", "by": "channel"},
        {"period": "2026-01", "by": "campaign", "where": {"region": "north"}},
        {"period": "2026-01", "by": ["campaign", "weekday"]},
        {"period": "2026-01", "where": {"campaign": ["c1", "c2"]}},
    ):
        assert metrics.kpis(new_store, metrics="reach", **question).table["reach"].isna().all(), question
    compared = metrics.kpis(new_store, "campaign", "reach", "2026-02", "2026-01").table.set_index("campaign")
    assert compared.loc["c1", "reach_before"] == 2000


def targets(*rows):
    names = ("channel", "currency", "start_date", "end_date", "clicks", "cost_micros", "conversions")
    return Change(
        "targets", pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), "all"
    )


@pytest.fixture
def planned(new_store):
    worlds.commit(new_store, worlds.facts(1))
    first_quarter = (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    new_store.commit(
        [
            targets(
                ("search", "CNY", *first_quarter, 9000, 900_000_000, 90.0),
                ("search", "CNY", dt.date(2026, 1, 15), dt.date(2026, 2, 13), 300, 30_000_000, 60.0),
                ("feed", "CNY", *first_quarter, 900, 90_000_000, None),
                ("radio", "CNY", *JAN, 10, 1_000_000, 1.0),
                ("feed", "USD", *JAN, 7, 7_000_000, 7.0),
            )
        ]
    )
    return new_store


def test_targets_are_spread_over_their_days(planned):
    answer = metrics.kpis(
        planned, "channel", ["clicks", "cost", "conversions", "cpc", "cpa"], "2026-01", "target"
    )
    table = answer.table.set_index("channel")
    assert table.loc["search", "clicks_before"] == pytest.approx(9000 * 31 / 90 + 300 * 17 / 30)
    assert table.loc["search", "cpc_before"] == pytest.approx(0.1)
    spread = 90 * 31 / 90 + 60 * 17 / 30
    assert table.loc["search", "conversions_before"] == pytest.approx(spread)
    assert np.isnan(table.loc["feed", "conversions_before"])
    assert np.isnan(table.loc["video", "clicks_before"])
    assert table.loc["radio", "cost_before"] == pytest.approx(1)
    assert np.isnan(table.loc["radio", "cost"])
    assert "target_currencies" in codes(answer)
    total = metrics.kpis(planned, None, "cost", "2026-01", "target").table["cost_before"][0]
    assert total == pytest.approx(table["cost_before"].sum())
    one = metrics.kpis(planned, None, "cost", "2026-01", "target", {"channel": "search"}).table[
        "cost_before"
    ][0]
    assert one == pytest.approx(table.loc["search", "cost_before"])


def test_a_ratio_is_compared_with_its_target_by_its_own_interval(planned):
    row = metrics.kpis(planned, None, "cpc", "2026-01", "target").table.iloc[0]
    assert row["cpc_diff_low"] == pytest.approx(row["cpc_low"] - row["cpc_before"])
    assert row["cpc_diff_high"] == pytest.approx(row["cpc_high"] - row["cpc_before"])
    assert row["cpc_diff_p"] < 0.001


def test_targets_know_channels_only(planned):
    for question in ({"by": "campaign"}, {"by": "week"}, {"where": {"campaign": "c1"}}):
        with pytest.raises(QuestionError, match="planned by channel"):
            metrics.kpis(planned, compare="target", **question)
    assert "no_targets" in codes(metrics.kpis(planned, None, "cost", "2026-04", "target"))
