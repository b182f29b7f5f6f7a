"""Amounts in several currencies against an independent recomputation, row by row, in exact decimals."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import worlds

import workbench.metrics as metrics
from workbench.data import Change, load_rates
from workbench.errors import QuestionError
from workbench.metrics.rates import Rates

QUOTED = {("EUR", "USD"), ("EUR", "CNY"), ("GBP", "EUR")}
DAYS = [worlds.START + dt.timedelta(n) for n in range(100)]


def rates_frame(seed=5, every=3, start=0):
    """Quotes on some days only: EUR→USD, EUR→CNY and GBP→EUR."""
    rng = np.random.default_rng(seed)
    rows = [
        {"date": day, "from": pair[0], "to": pair[1], "rate": round(level * rng.uniform(0.97, 1.03), 4)}
        for day in DAYS[start::every]
        for pair, level in zip(sorted(QUOTED), (7.9, 1.08, 1.17), strict=True)
    ]
    return pd.DataFrame(rows)


def exact(quotes, source, target, day):
    """The rate of a day by the rule in words: quoted, turned round, crossed; at most 7 days old."""

    def quoted(a, b):
        known = [row for row in quotes if (row["from"], row["to"]) == (a, b) and row["date"] <= day]
        newest = max(known, key=lambda row: row["date"], default=None)
        if newest is None or (day - newest["date"]).days > 7:
            return None
        return Fraction(repr(newest["rate"])), (day - newest["date"]).days

    def leg(a, b):
        if found := quoted(a, b):
            return found
        found = quoted(b, a)
        return found and (1 / found[0], found[1])

    if source == target:
        return Fraction(1)
    if found := leg(source, target):
        return found[0]
    ways = []
    for via in sorted({row[end] for row in quotes for end in ("from", "to")}):
        first, second = leg(source, via), leg(via, target)
        if first and second:
            ways.append((max(first[1], second[1]), via, first[0] * second[0]))
    return min(ways)[2] if ways else None


@pytest.fixture
def world(new_store):
    """Four currencies on campaigns c1 to c4; c5 names none."""
    frame = worlds.facts(11, rows=1500)
    names = {"c1": "CNY", "c2": "USD", "c3": "EUR", "c4": "GBP", "c5": "CNY"}
    frame["currency"] = frame["campaign"].map(names)
    return worlds.commit(new_store, frame), frame


def recomputed(frame, quotes, target, column):
    """Sum in the target currency, and which rows have a rate."""
    total, kept = Fraction(0), []
    for row in frame.itertuples():
        rate = exact(quotes, row.currency, target, row.local_date)
        kept.append(rate is not None)
        if rate is not None:
            total += Fraction(int(getattr(row, column))) * rate
    return float(total) / 1e6, np.array(kept)


@pytest.mark.parametrize("target", ["CNY", "USD", "EUR", "GBP"])
def test_every_amount_is_converted_at_its_own_day(world, target):
    store, frame = world
    quotes = rates_frame().to_dict("records")
    load_rates(store, rates_frame())
    answer = metrics.kpis(store, None, ["cost", "revenue", "clicks", "cpc", "roas"], "all", currency=target)
    row = answer.table.iloc[0]
    cost, kept = recomputed(frame, quotes, target, "cost_micros")
    revenue, _ = recomputed(frame, quotes, target, "revenue_micros")
    assert kept.all()
    assert answer.currency == target
    assert row["cost"] == pytest.approx(cost, rel=1e-12)
    assert row["revenue"] == pytest.approx(revenue, rel=1e-12)
    assert row["clicks"] == frame["clicks"].sum()
    assert row["cpc"] == pytest.approx(cost / frame["clicks"].sum(), rel=1e-12)
    assert row["roas"] == pytest.approx(revenue / cost, rel=1e-12)
    notes = {note.code: note for note in answer.notes}
    assert "other_currencies" not in notes
    assert set(notes["converted"].values["others"]) == {"CNY", "USD", "EUR", "GBP"} - {target}
    assert "derived_rates" in notes


@pytest.mark.parametrize(("every", "start"), [(12, 0), (1, 60)])
def test_what_has_no_rate_is_left_out_on_both_sides(world, every, start):
    store, frame = world
    table = rates_frame(every=every, start=start)
    load_rates(store, table)
    answer = metrics.kpis(store, None, ["cost", "cpc", "ctr"], "all", currency="CNY")
    cost, kept = recomputed(frame, table.to_dict("records"), "CNY", "cost_micros")
    assert 0 < kept.sum() < len(kept)
    row = answer.table.iloc[0]
    assert row["cost"] == pytest.approx(cost, rel=1e-12)
    assert row["cpc"] == pytest.approx(cost / frame["clicks"][kept].sum(), rel=1e-12)
    assert row["ctr"] == pytest.approx(frame["clicks"].sum() / frame["impressions"].sum(), rel=1e-12)
    (note,) = [note for note in answer.notes if note.code == "other_currencies"]
    assert note.values["share"] == pytest.approx(1 - kept.mean(), abs=0.003)
    assert note.values["others"] == sorted(set(frame["currency"][~kept]))


def test_breakdowns_trends_slots_and_comparisons_convert_alike(world):
    store, frame = world
    load_rates(store, rates_frame(every=1))
    total = metrics.kpis(store, None, "cost", "all", currency="USD").table["cost"].sum()
    for by in ("campaign", "date", ["channel", "weekday"]):
        table = metrics.kpis(store, by, "cost", "all", currency="USD").table
        assert table["cost"].sum() == pytest.approx(total, rel=1e-12)
    trend = metrics.trend(store, "cost", period="all", currency="USD")
    assert trend.currency == "USD"
    assert trend.table["cost"].sum() == pytest.approx(total, rel=1e-12)
    timed = frame[frame["local_hour"].notna()]
    cost, _ = recomputed(timed, rates_frame(every=1).to_dict("records"), "USD", "cost_micros")
    assert metrics.slots(store, "cost", currency="USD").table["cost"].sum() == pytest.approx(cost, rel=1e-12)
    february = metrics.kpis(store, None, "cost", "2026-02", "2026-01", currency="USD").table
    before = metrics.kpis(store, None, "cost", "2026-01", currency="USD").table
    assert february["cost_before"][0] == pytest.approx(before["cost"][0], rel=1e-12)


def test_which_currency_reports(world):
    store, frame = world
    costliest = frame.groupby("currency")["cost_micros"].sum().idxmax()
    assert metrics.kpis(store, None, "cost", "all").currency == costliest
    store.settings = replace(store.settings, currency="JPY")
    assert metrics.kpis(store, None, "cost", "all").currency == costliest, "nothing is or becomes JPY"
    load_rates(store, {"date": DAYS, "from": ["CNY"] * 100, "to": ["JPY"] * 100, "rate": [20.5] * 100})
    answer = metrics.kpis(store, None, "cost", "all")
    assert answer.currency == "JPY"
    home = frame[frame["currency"] == "CNY"]["cost_micros"].sum() / 1e6
    assert answer.table["cost"][0] == pytest.approx(home * 20.5)
    assert metrics.kpis(store, None, "cost", "all", currency=" usd ").currency == "USD"


def test_a_currency_that_nothing_has_a_rate_into_shows_no_money(world):
    store, frame = world
    answer = metrics.kpis(store, None, ["cost", "cpc", "clicks"], "all", currency="JPY")
    row = answer.table.iloc[0]
    assert answer.currency == "JPY"
    assert np.isnan(row["cost"])
    assert np.isnan(row["cpc"])
    assert row["clicks"] == frame["clicks"].sum()
    (note,) = [note for note in answer.notes if note.code == "other_currencies"]
    assert note.values["share"] == 1.0


def test_amounts_without_a_currency_are_never_converted(new_store):
    frame = worlds.facts(2, rows=200).assign(currency="XXX")
    frame.loc[frame.index[:100], "currency"] = "USD"
    worlds.commit(new_store, frame)
    load_rates(new_store, rates_frame(every=1))
    answer = metrics.kpis(new_store, None, "cost", "all", currency="CNY")
    (note,) = [note for note in answer.notes if note.code == "unsaid_currency"]
    assert note.values["share"] == pytest.approx(0.5, abs=0.1)
    assert "other_currencies" not in {note.code for note in answer.notes}, "no rate helps there"
    for lang in ("en", "zh"):
        assert "XXX" not in note.sentence(lang)
    assert answer.table["cost"][0] < frame["cost_micros"].sum() / 1e6 * 7.5 / 2 * 1.5


@pytest.mark.parametrize("currency", ["YUAN", "XXX", "12", 7])
def test_what_is_no_currency_is_refused(random_store, currency):
    with pytest.raises(QuestionError):
        metrics.kpis(random_store, None, "cost", currency=currency)


def test_targets_in_another_currency_are_converted_or_left_out(new_store):
    worlds.commit(new_store, worlds.facts(1))
    load_rates(new_store, {"date": DAYS[:40], "from": ["USD"] * 40, "to": ["CNY"] * 40, "rate": [7.0] * 40})
    plan = {"channel": "search", "currency": "USD", "cost_micros": 31_000_000, "clicks": 5}
    january = {"start_date": dt.date(2026, 1, 1), "end_date": dt.date(2026, 1, 31)}
    new_store.commit([Change("targets", pa.Table.from_pylist([plan | january]), "all")])
    answer = metrics.kpis(new_store, "channel", ["cost", "clicks"], "2026-01", "target")
    table = answer.table.set_index("channel")
    assert table.loc["search", "cost_before"] == pytest.approx(31 * 7.0)
    assert table.loc["search", "clicks_before"] == 5
    assert "target_currencies" not in [note.code for note in answer.notes]
    late = {"start_date": dt.date(2026, 3, 1), "end_date": dt.date(2026, 3, 31)}
    new_store.commit([Change("targets", pa.Table.from_pylist([plan | late]), "all")])
    answer = metrics.kpis(new_store, "channel", ["cost", "clicks"], "2026-03", "target")
    assert answer.table["cost_before"].isna().all()
    assert "target_currencies" in [note.code for note in answer.notes]


def test_notes_say_how_a_rate_came_about(world):
    store, _ = world
    load_rates(store, rates_frame(every=1))
    answer = metrics.kpis(store, None, "cost", "all", currency="USD")
    (note,) = [note for note in answer.notes if note.code == "derived_rates"]
    assert "CNY → USD through EUR" in note.sentence("en")
    assert "CNY → USD 经 EUR 套算" in note.sentence("zh")
    answer = metrics.kpis(store, None, "cost", "all", currency="EUR")
    (note,) = [note for note in answer.notes if note.code == "derived_rates"]
    assert "USD → EUR is the inverse of EUR → USD" in note.sentence("en")
    converted = next(note for note in answer.notes if note.code == "converted")
    assert "converted to EUR" in converted.sentence("en")


def test_a_quoted_rate_wins_and_among_crossings_the_newest():
    day = 20_000
    quotes = {
        ("USD", "CNY"): [(day - 7, Decimal("7.1"))],
        ("CNY", "USD"): [(day, Decimal("0.2"))],
        ("GBP", "AED"): [(day - 2, Decimal("4"))],
        ("AED", "CNY"): [(day - 2, Decimal("2"))],
        ("GBP", "USD"): [(day - 1, Decimal("1.3"))],
    }
    rates = Rates(quotes)
    assert rates.worth("USD", "CNY", day).rate == Decimal("7.1")
    assert rates.worth("USD", "CNY", day + 1).rate == 5, "too old: the inverse"
    crossed = rates.worth("GBP", "CNY", day - 1)
    assert (crossed.way.via, crossed.age) == ("AED", 1)
    assert rates.worth("GBP", "CNY", day + 6).way.via == "USD"
    assert rates.worth("GBP", "CNY", day + 9) is None
    assert rates.worth("USD", "CNY", day - 8) is None, "never a later rate"
