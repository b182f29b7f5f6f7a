"""Advice on places and the split, decisions and their outcomes, and how often past findings held."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))

import worlds

import workbench as wb
from workbench import demo, findings
from workbench.errors import QuestionError
from workbench.findings.finding import Finding
from workbench.i18n import LANGUAGES

RATE = 0.08
LAST = dt.date(2026, 10, 31)


def delivery(weak: str = "", factor: float = 1.0, days: int = 84, seed: int = 5) -> pd.DataFrame:
    """Four regions of one channel; one of them converts at another rate."""
    draw = np.random.default_rng(seed)
    rows = []
    for shift in range(days):
        for region in ("a", "b", "c", "d"):
            clicks = int(draw.poisson(120))
            rate = RATE * (factor if region == weak else 1.0)
            rows.append((LAST - dt.timedelta(days=shift), region, clicks, draw.binomial(clicks, rate)))
    frame = pd.DataFrame(rows, columns=["local_date", "region", "clicks", "conversions"])
    same = {"source": "generic", "account": "a", "grain": "campaign", "currency": "CNY", "channel": "search"}
    return frame.assign(
        **same,
        campaign="c1",
        impressions=frame.clicks * 20,
        cost_micros=frame.clicks * 2_000_000,
        conversions=frame.conversions.astype(float),
        revenue_micros=frame.conversions * 100_000_000,
    )


def store_of(folder, frame):
    return worlds.commit(wb.open(folder), frame)


@pytest.fixture
def weak_store(tmp_path):
    return store_of(tmp_path / "weak", delivery("c", 0.5))


def test_a_region_that_converts_half_as_well_is_told_with_what_it_costs(weak_store):
    found = findings.advise(weak_store, budget=False)
    assert [item.code for item in found] == ["place_region"]
    table = delivery("c", 0.5)
    own = table[table.region == "c"]
    rest = table[table.region != "c"]
    rate = rest.conversions.sum() / rest.clicks.sum()
    missing = rate * own.clicks.sum() - own.conversions.sum()
    price = rest.cost_micros.sum() / 1e6 / rest.conversions.sum()
    assert found[0].effect == pytest.approx(-missing * price)
    assert found[0].state["filters"]["region"] == ("c",)
    assert found[0].p is not None
    assert found[0].p < 1e-6


def test_equal_regions_are_left_alone_as_often_as_stated(tmp_path):
    """Family-wise: 20 worlds without any difference, at most a few with advice (alarm is 5%)."""
    told = 0
    for seed in range(12):
        store = store_of(tmp_path / f"even{seed}", delivery(seed=seed, days=28))
        told += bool(findings.advise(store, "last_28_days", budget=False))
    assert told <= 3  # the chance of more is 0.2% at 5% a world


def test_the_demo_worlds_weak_hours_are_told_one_a_channel(demo_store):
    found = findings.advise(demo_store, budget=False, limit=20)
    hours = [item for item in found if item.code == "place_hours"]
    channels = [item.state["filters"]["channel"] for item in hours]
    assert hours
    assert len(set(channels)) == len(channels)
    assert {item.panel for item in hours} == {"timeslots"}
    for item in hours:  # the planted response by hour is below its mean there
        first = item.values["hours"].first
        planted = planted_hours(item.state["filters"]["channel"][0])
        assert planted[first : first + 6].mean() < planted.mean()


def planted_hours(channel: str) -> np.ndarray:
    """Mean planted response of each hour of the day of a channel."""
    table = demo.truth().slot_curves
    rows = table[table["channel"] == channel]
    return rows.groupby(rows["hour_of_week"] % 24)["cvr_index"].mean().to_numpy()


def test_advice_has_texts_in_both_languages(demo_store):
    for item in findings.advise(demo_store):
        for lang in LANGUAGES:
            for words in (item.sentence(lang), item.evidence(lang), item.action(lang)):
                assert words
                assert "{" not in words


def test_a_page_of_two_lists_lets_each_have_half_of_its_false_findings(weak_store):
    alone = findings.advise(weak_store, budget=False)[0]
    both = findings.advise(weak_store, budget=False, lists=2)[0]
    assert both.p == pytest.approx(2 * alone.p)
    strict = findings.Thresholds(alarm=1.5 * alone.p)
    assert findings.advise(weak_store, budget=False, thresholds=strict)
    assert not findings.advise(weak_store, budget=False, thresholds=strict, lists=2)
    for ask in (findings.advise, findings.review):
        with pytest.raises(QuestionError, match="number of lists"):
            ask(weak_store, lists=0)


def test_another_split_is_advised_by_its_corrected_gain(demo_store):
    split = [item for item in findings.advise(demo_store, limit=20) if item.code == "split"]
    gain = wb.plans.propose(demo_store, draws=True).plan.gain
    assert len(split) == 1
    assert split[0].values["gain"].value == round(gain.corrected)
    assert gain.low > 0


def test_an_empty_workspace_gets_no_advice(tmp_path):
    assert findings.advise(wb.open(tmp_path / "none")) == ()


@pytest.fixture
def own_store(demo_store, tmp_path):
    shutil.copytree(demo_store.path, tmp_path / "own")
    return wb.open(tmp_path / "own")


def test_a_decision_hides_its_finding_until_it_is_news(own_store):
    first, *_ = findings.review(own_store)
    made = findings.decide(own_store, first, "done", note="paused", who="Li")
    assert findings.decisions(own_store) == (made,)
    assert (made.who, made.note, made.day) == ("Li", "paused", own_store.as_of)
    start, day = made.day - dt.timedelta(days=27), made.day
    assert first not in findings.undecided([first], [made], start, day)
    later = day + dt.timedelta(days=30)
    assert first in findings.undecided([first], [made], later - dt.timedelta(days=27), later)


def test_a_snoozed_finding_comes_back_after_its_day_and_a_taken_back_one_at_once(own_store):
    first, *_ = findings.review(own_store)
    made = findings.decide(own_store, first, "snoozed")
    assert made.until == made.day + dt.timedelta(days=7)
    assert made.hides(made.day, made.until)
    assert not made.hides(made.day, made.until + dt.timedelta(days=1))
    findings.reopen(own_store, first.id)
    assert findings.decisions(own_store) == ()


def test_a_later_decision_takes_the_place_of_an_earlier_one(own_store):
    first, *_ = findings.review(own_store)
    findings.decide(own_store, first, "snoozed")
    findings.decide(own_store, first, "rejected")
    assert [made.choice for made in findings.decisions(own_store)] == ["rejected"]


def test_decisions_that_cannot_be_are_refused(own_store, tmp_path):
    first, *_ = findings.review(own_store)
    with pytest.raises(QuestionError, match="decision"):
        findings.decide(own_store, first, "later")
    with pytest.raises(QuestionError, match="without data"):
        findings.decide(wb.open(tmp_path / "none"), first, "done")


def test_the_outcome_of_a_decision_is_the_metric_before_and_after(demo_store):
    day = demo_store.as_of - dt.timedelta(days=28)
    made = findings.Decision("x", "done", day, None, {"en": "x"}, "cvr", {"channel": ("search",)})
    known = findings.outcome(demo_store, made)
    assert 22 <= known.days < 28, "the newest days are waited for"
    parts = {
        "before": (day - dt.timedelta(days=known.days - 1), day),
        "after": (day + dt.timedelta(days=1), day + dt.timedelta(days=known.days)),
    }
    for name, (start, end) in parts.items():
        table = wb.metrics.kpis(
            demo_store, (), ["conversions", "clicks"], f"{start}..{end}", where={"channel": ["search"]}
        ).table.iloc[0]
        assert getattr(known, name).value == pytest.approx(table["conversions"] / table["clicks"])
    assert known.verdict in ("better", "worse", "same")
    spent = findings.outcome(demo_store, replace(made, metric="cpc"))
    assert (spent.days, spent.aside) == (28, None), "clicks come at once"
    assert all(known.sentence(lang) for lang in LANGUAGES)


def test_it_is_too_early_to_tell_after_some_days_and_data_findings_have_no_outcome(demo_store):
    day = demo_store.as_of - dt.timedelta(days=5)
    made = findings.Decision("x", "done", day, None, {}, "cvr", {})
    assert findings.outcome(demo_store, made).verdict == "early"
    assert findings.outcome(demo_store, findings.Decision("x", "done", day, None, {})) is None


@pytest.mark.parametrize(
    ("better", "low", "high", "verdict"),
    [
        ("lower", 0.1, 0.2, "worse"),
        ("lower", -0.2, -0.1, "better"),
        ("higher", 0.1, 0.2, "better"),
        ("higher", -0.1, 0.2, "same"),
        ("neither", 0.1, 0.2, "same"),
    ],
)
def test_the_verdict_follows_the_interval(better, low, high, verdict):
    from workbench.findings.outcome import _verdict

    assert _verdict(better, low, high) == verdict


def test_lasting_differences_hold_in_the_next_period_and_luck_does_not(tmp_path):
    """A weak region that lasts is a hit in every window; one that recovered is a miss."""
    lasting = store_of(tmp_path / "lasting", delivery("c", 0.5, days=170))  # a month is not final yet
    rates = findings.hit_rates(lasting, windows=3)
    assert rates["place_region"].hits == rates["place_region"].n == 3
    frame = delivery("c", 0.5, days=140)
    first_day = LAST - dt.timedelta(days=27 + 30)
    swap = (frame.local_date >= first_day) & (frame.region == "c")
    frame.loc[swap, "conversions"] = (frame.loc[swap, "clicks"] * 0.2).round()
    recovered = findings.hit_rates(store_of(tmp_path / "recovered", frame), windows=1)
    assert recovered["place_region"].hits == 0


def test_a_hit_rate_has_wilsons_interval():
    from workbench.findings.hits import _rate

    found = _rate("x", 8, 10)  # Wilson (1927) as printed by Newcombe (1998): .490, .943
    assert (round(found.low, 3), round(found.high, 3)) == (0.49, 0.943)
    assert found.share == 0.8
    assert isinstance(found.sentence("zh"), str)


def test_findings_name_the_page_where_one_acts(demo_store):
    item: Finding = findings.review(demo_store)[0]
    assert item.to_dict()["panel"] == "campaigns"
