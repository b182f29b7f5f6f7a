"""Wrong units and columns show in the rates; plausible files raise no alarm, whatever their currency."""

from __future__ import annotations

import inspect
import random
import re

import pytest

import workbench as wb
from workbench.i18n import texts
from workbench.sources import load, suggest
from workbench.sources.plausible import ENOUGH, ranges

PER_DOLLAR = {"USD": 1, "CNY": 2.5, "EUR": 0.9, "JPY": 150, "INR": 85}
"""Roughly what advertisers pay for what a dollar buys."""


def table(seed: int, currency: str, channel: str, factor: int, days: int = 30) -> str:
    """An unknown partner's export with usual rates; amounts times `factor`, whole if above 1."""
    pick = random.Random(f"{seed} {currency} {channel}")
    search = channel == "search"
    ctr, cpm = 0.0, 0.0
    while not ctr or not 0.05 < cpm / 1000 / ctr < 12:
        ctr = pick.uniform(0.01, 0.3) if search else pick.uniform(0.002, 0.05)
        cpm = pick.uniform(8, 200) if search else pick.uniform(1, 40)
    lines = ["Date,Campaign,Impressions,Clicks,Spend"]
    for day in range(1, days + 1):
        shown = pick.randint(4000, 90_000)
        cost = shown / 1000 * cpm * PER_DOLLAR[currency] * pick.uniform(0.8, 1.2)
        amount = f"{cost * factor:.0f}" if factor > 1 else f"{cost:.2f}"
        lines.append(f"2026-03-{day:02d},A,{shown},{round(shown * ctr)},{amount}")
    return "\n".join(lines) + "\n"


def odd(review):
    return {item.code for item in review.findings if item.code.startswith("odd_")}


@pytest.mark.parametrize("channel", ["search", "social"])
@pytest.mark.parametrize("currency", PER_DOLLAR)
def test_micros_and_hundredths_are_told_and_the_right_unit_is_not(currency, channel, workspace, export):
    given = {"currency": currency, "channel": channel, "dry_run": True}
    plain = export(table(3, currency, channel, 1), "plain.csv")
    assert not odd(load(workspace, plain, **given))
    assert odd(load(workspace, plain, unit="micros", **given)), "divided by a million"
    micros = export(table(3, currency, channel, 1_000_000), "micros.csv")
    assert {"odd_cpm", "odd_cpc"} & odd(load(workspace, micros, **given))
    assert not odd(load(workspace, micros, unit="micros", **given))
    hundredths = export(table(3, currency, channel, 100), "hundredths.csv")
    if currency != "JPY":  # whole amounts are usual there
        assert odd(load(workspace, hundredths, **given))
    assert not odd(load(workspace, hundredths, unit="fen", **given))


@pytest.mark.parametrize("channel", ["search", "social", ""])
@pytest.mark.parametrize("currency", PER_DOLLAR)
def test_the_ranges_hold_what_markets_have(channel, currency):
    for seed in range(200):
        rows = [line.split(",") for line in table(seed, currency, channel, 1, days=3).splitlines()[1:]]
        shown, clicks, cost = (sum(float(row[place]) for row in rows) for place in (2, 3, 4))
        rates = {"ctr": clicks / shown, "cpm": 1000 * cost / shown, "cpc": cost / clicks}
        limits = ranges(channel, currency)
        assert set(limits) == set(rates)
        assert all(low <= rates[name] <= high for name, (low, high) in limits.items()), rates
        wrong = {name: rates[name] * 1e6 for name in ("cpm", "cpc")}
        assert any(not limits[name][0] <= value <= limits[name][1] for name, value in wrong.items())


def test_the_sentence_names_an_argument_that_corrects_it(workspace, export):
    file = export(table(1, "CNY", "social", 1_000_000))
    review = wb.data.load(workspace, file, currency="CNY", channel="social", dry_run=True)
    told = next(item for item in review.findings if item.code == "odd_cpm")
    assert "unit='micros'" in told.action
    again = wb.data.load(workspace, file, currency="CNY", channel="social", unit="micros")
    assert not odd(again)
    cost = wb.metrics.kpis(workspace, None, "cost", "all").table["cost"][0]
    plain = wb.metrics.kpis(workspace, None, "cpm", "all").table["cpm"][0]
    assert 2.5 * 1 * 0.8 < plain < 2.5 * 40 * 1.2
    assert cost > 0


def test_every_argument_that_a_sentence_names_is_one(workspace):
    assert {"unit", "mapping", "timezone", "scope", "account"} <= _named("")
    of_response = set(inspect.signature(wb.response.fit).parameters)
    assert _named("response.") <= of_response
    of_slots = {
        name
        for question in (wb.response.fit_slots, wb.response.slot_frame, wb.optimize.allocate_slots)
        for name in inspect.signature(question).parameters
    }
    assert _named("slots.") <= of_slots
    of_files = _named("") - _named("response.") - _named("slots.")
    assert of_files <= set(inspect.signature(wb.data.load).parameters) | {"kind"}


def _named(room):
    """Arguments that the advice of a room names."""
    advice = {
        name: entry for name, entry in texts().items() if name.startswith(room) and name.endswith("_do")
    }
    return {
        name
        for entry in advice.values()
        for text in entry.values()
        for name in re.findall(r"\b([a-z_]+)=", text)
    }


def test_help_explains_every_argument_once():
    told = inspect.getdoc(wb.data.load)
    listed = {name for names in re.findall(r"^    ([a-z_, ]+): ", told, re.M) for name in names.split(", ")}
    assert listed == set(inspect.signature(wb.data.load).parameters)
    assert {"source", "mapping", "unit"} <= {*re.findall(r"^    ([a-z_]+): ", inspect.getdoc(load), re.M)}


EXPOSURES = (
    "时间,计划,封面曝光数,素材曝光数,行为数,花费\n"
    + "\n".join(
        f"2026-03-{day:02d},甲,{20000 + day},{15000 + day},{300 + day},{400 + day}.50" for day in range(1, 29)
    )
    + "\n"
)


def test_exposures_that_are_named_like_clicks_are_told(workspace, export):
    mapping = {"local_date": "时间", "campaign": "计划", "impressions": "封面曝光数", "cost": "花费"}
    file = export(EXPOSURES)
    wrong = load(workspace, file, mapping={**mapping, "clicks": "素材曝光数"}, currency="CNY", dry_run=True)
    assert wrong.status == "REVIEW"
    told = {item.code: item for item in wrong.findings}
    assert "素材曝光数" in told["other_meaning"].sentence
    assert "odd_ctr" in told
    right = load(workspace, file, mapping={**mapping, "clicks": "行为数"}, currency="CNY", dry_run=True)
    assert not odd(right)
    assert "other_meaning" not in {item.code for item in right.findings}


def test_kuaishou_itself_takes_the_click_and_keeps_the_exposures_apart(workspace, export, facts):
    head = "stat_date,stat_hour,campaign_id,charge,show,aclick,bclick,photo_click\n"
    rows = "".join(f"2026-03-{day:02d},20,9001,{400 + day}.50,20000,15000,300,1800\n" for day in range(1, 29))
    review = load(workspace, export(head + rows))
    assert (review.status, review.source) == ("PASS", "kuaishou"), review
    assert {(row["impressions"], row["clicks"]) for row in facts(workspace)} == {(20_000, 300)}
    kept = {(row["goal"], row["is_goal"], row["conversions"]) for row in facts(workspace, "conversions")}
    assert kept == {("素材曝光数", False, 15_000), ("封面点击数", False, 1800)}


def test_swapped_columns_are_told(workspace, export):
    mapping = {"local_date": "Date", "impressions": "Clicks", "clicks": "Impressions", "cost": "Spend"}
    review = load(
        workspace, export(table(1, "USD", "social", 1)), mapping=mapping, currency="USD", dry_run=True
    )
    assert {"clicks_above", "odd_ctr"} <= {item.code for item in review.findings}


def test_an_unknown_platform_is_suggested_with_confidence_and_never_guessed_in_silence(workspace, export):
    file = export(table(1, "USD", "social", 1))
    found = suggest(file)
    assert found.source == "generic"
    assert all(0 < row.confidence <= 1 for row in found.rows if row.column)
    review = load(workspace, file, currency="USD")
    assert review.status == "REVIEW"
    assert review.mapping_confidence < 1
    guessed = next(item for item in review.findings if item.code == "guessed_mapping")
    assert all(header in guessed.sentence for header in found.mapping.values())


def test_no_alarm_for_any_account_of_the_demo_world(demo_store):
    rows = demo_store.query(
        "SELECT channel, currency, sum(impressions)::DOUBLE AS shown, sum(clicks)::DOUBLE AS clicks, "
        "sum(cost_micros)::DOUBLE / 1e6 AS cost FROM performance_hourly WHERE preferred "
        "GROUP BY account, channel, currency"
    ).to_pylist()
    assert rows
    assert any(row["channel"] == "search" for row in rows)
    for row in rows:
        if (row["shown"] or 0) < ENOUGH["cpm"]:
            continue
        rates = {
            "ctr": (row["clicks"] or 0) / row["shown"],
            "cpm": 1000 * row["cost"] / row["shown"] if row["cost"] else None,
            "cpc": row["cost"] / row["clicks"] if row["cost"] and row["clicks"] else None,
        }
        for name, (low, high) in ranges(row["channel"] or "", row["currency"]).items():
            assert rates[name] is None or low <= rates[name] <= high, (row, name)
