"""Advice about customers, service, months and the data: what is planted is found, nothing else is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from advice_worlds import LAST, delivery, planned, world
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))

from worlds import commit

import workbench as wb
from workbench import findings
from workbench.errors import QuestionError
from workbench.findings import customers, trials
from workbench.findings.page import Page
from workbench.findings.thresholds import Thresholds

TESTED = ("customers", "service", "pacing")
"""What advice is about that luck alone could give."""


def advice(store, *about):
    return {item.code: item for item in findings.advise(store, budget=False, about=about or TESTED, limit=20)}


@pytest.mark.parametrize(
    ("fault", "code", "panel", "said"),
    [
        ({"gone": 0.4}, "customers_silent", "segments", "ordered nothing for 90 days"),
        ({"complaints": 2.0}, "complaints_up", "interactions", "More customers complain"),
        ({"waits": 1.5}, "answers_slow", "interactions", "wait longer for an answer"),
        ({"spend": 0.7}, "pace_over", "budget", "above plan"),
        ({"spend": 1.5}, "pace_under", "budget", "below plan"),
    ],
    ids=["silent", "complaints", "waits", "over", "under"],
)
def test_what_goes_wrong_is_found_with_its_evidence_and_where_one_acts(tmp_path, fault, code, panel, said):
    found = advice(world(tmp_path, 3, **fault))
    item = found.pop(code)
    assert {*found} <= {"pace_under"} & {code} | ({"pace_over"} & {code})
    assert item.panel == panel
    assert said in item.sentence("en")
    assert item.p < 0.05
    for lang in ("en", "zh"):
        told = item.to_dict()[lang]
        assert told["sentence"]
        assert told["evidence"]
        assert told["action"]
        assert "{" not in "".join(told.values())
    compared = [item.values[name].value for name in ("now", "before") if name in item.values]
    assert [part["value"] for part in item.pair("en")] == compared, "what a report draws"
    assert bool(compared) == (code in ("customers_silent", "complaints_up"))
    if item.effect is not None:
        low, high = item.effect_range
        assert low <= item.effect <= high


def test_the_worth_of_silent_customers_is_what_the_further_ones_used_to_spend(tmp_path):
    store = world(tmp_path, 3, gone=0.4)
    now, before = (customers.silence(store, day, 50) for day in (LAST, LAST - 90 * trials.DAY))
    item = advice(store)["customers_silent"]
    assert item.effect == pytest.approx(-(now.silent / now.n - before.silent / before.n) * now.n * now.spend)
    assert item.effect < 0


def test_a_month_that_misses_its_plan_is_worth_the_gap(tmp_path):
    store = world(tmp_path, 3, spend=0.7)
    item = advice(store)["pace_over"]
    projected = wb.forecast.month_end(store, "cost", by="channel").table.set_index("channel").loc["search"]
    assert item.effect == pytest.approx(-(projected["projected"] - 0.7 * 31_000.0))
    assert item.state["filters"] == {"channel": ("search",)}


def clean(folder, seeds):
    """Worlds in which nothing goes wrong and something is said all the same."""
    return [seed for seed in seeds if advice(world(folder / str(seed), seed))]


def test_worlds_in_which_nothing_goes_wrong_are_left_alone(tmp_path):
    assert len(clean(tmp_path, range(100, 103))) <= stats.binom.isf(0.005, 3, 0.05)


@pytest.mark.soak
def test_many_worlds_in_which_nothing_goes_wrong(tmp_path):
    told = clean(tmp_path, range(1000, 1060))
    print("advice", len(told) / 60)
    assert len(told) <= stats.binom.isf(0.005, 60, 0.05)


def test_contacts_that_are_due_are_worth_what_reacting_customers_spend(demo_store):
    item = advice(demo_store, "contacts")["contacts_due"]
    assert item.panel == "contacts"
    assert item.effect > 0
    assert item.effect_range[0] <= item.effect <= item.effect_range[1]
    assert "open complaints" in item.sentence("en")
    json.dumps(item.to_dict(), allow_nan=False)


def test_a_platform_behind_the_others_is_said_once(tmp_path):
    rng = np.random.default_rng(2)
    late = delivery(rng).assign(source="google_ads", account="b")
    late = late[[(LAST - day).days > 9 for day in late["local_date"]]]
    store = commit(wb.open(tmp_path), pd.concat([delivery(rng), late]))
    found = findings.advise(store, budget=False, about="data")
    assert [item.panel for item in found] == ["data"]
    assert found[0].status == "warn"
    assert found[0].action("zh")


def test_advice_is_silent_where_its_tables_are_not_there(tmp_path):
    store = commit(wb.open(tmp_path), delivery(np.random.default_rng(2)))
    assert not advice(store, *TESTED, "contacts", "data")
    assert not advice(world(tmp_path / "full", 3, gone=0.4), "data", "contacts")


def test_filters_leave_out_what_they_are_not_about(tmp_path):
    store = world(tmp_path, 3, gone=0.4, spend=0.7)
    codes = {
        item.code for item in findings.advise(store, where={"channel": "search"}, budget=False, about=TESTED)
    }
    assert codes == {"pace_over"}
    assert not findings.advise(store, where={"region": "north"}, budget=False, about=TESTED)


def test_unknown_advice_is_refused(demo_store):
    with pytest.raises(QuestionError, match="advice"):
        findings.advise(demo_store, about="weather")


def september(after: float):
    """A workspace whose September goes on at another pace after its middle."""
    frame = delivery(np.random.default_rng(5))
    inside = np.array([(day.year, day.month) == (2026, 9) for day in frame["local_date"]])
    first = np.array([day.day <= trials.MIDDLE for day in frame["local_date"]])
    pace = np.where(inside, np.where(first, 1.0, after), 1.0)
    return frame.assign(cost_micros=(frame["cost_micros"] * pace).astype("int64"))


@pytest.mark.parametrize(("after", "held"), [(1.0, True), (3.0, False)])
def test_months_foretold_in_their_middle_are_judged_by_their_end(tmp_path, after, held):
    store = commit(wb.open(tmp_path), september(after))
    wb.data.load_targets(store, planned(1.5).assign(month="2026-09"), currency="CNY")
    cases = [*trials.cases(Page(store, "all", "", {}, Thresholds()), 3)]
    assert {*cases} == {("pace_under", held)}
    rates = findings.hit_rates(store, windows=1)
    assert rates["pace_under"].hits == held * rates["pace_under"].n


def test_a_kind_without_past_cases_says_so(tmp_path):
    item = advice(world(tmp_path, 3, gone=0.4))["customers_silent"]
    rates = {"change_bad": findings.HitRate("change_bad", 1, 2, 0.1, 0.9)}
    assert findings.said(item, rates, "en") == "No past case to judge it by"


def test_few_past_cases_are_said_to_be_few():
    few, many = findings.HitRate("x", 1, 2, 0.1, 0.9), findings.HitRate("x", 22, 22, 0.85, 1.0)
    assert few.short("en") == "Held in 1 of 2 past cases: too few to tell"
    assert many.short("en") == "Held in 22 of 22 past cases"
    assert many.short("zh") == "过去 22 次中成立 22 次"


def test_advice_on_the_split_is_judged_by_later_curves_and_says_so(tmp_path, monkeypatch):
    store = commit(wb.open(tmp_path), delivery(np.random.default_rng(2)))
    assert "split" not in findings.hit_rates(store, windows=1), "too few weeks for curves"
    last = wb.plans.Advised(LAST, 2.0, 5.0, 4.0, {}, {})
    unsure, missed = replace(last, low=-1.0), replace(last, gain=-3.0)
    asked = []
    monkeypatch.setattr(
        wb.plans, "advised", lambda _store, ends, _where: asked.extend(ends) or (last, unsure, missed)
    )
    rate = findings.hit_rates(store, windows=2)["split"]
    assert (rate.hits, rate.n) == (1, 2), "what would not have been advised is no case"
    assert {(one - two).days for one, two in pairwise(asked)} == {28}
    assert len(asked) == 3
    for lang, word in (("en", "later curves agree"), ("zh", "后来拟合曲线")):
        assert word in rate.short(lang)
    assert "never seen" in rate.sentence("en")


def decided(finding, ago, **more):
    """A decision so many days before the last one."""
    day = LAST - ago * trials.DAY
    return findings.Decision(finding, "done", day, None, {"en": "x", "zh": "x"}, **more)


@pytest.fixture(scope="module")
def worse_store(tmp_path_factory):
    """Complaints doubled, answers slower and customers gone in the last 90 days."""
    return world(tmp_path_factory.mktemp("worse") / "w", 3, gone=0.4, complaints=2.0, waits=1.5)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        ("customers_silent", "Valued customers who fell silent · Worse since"),
        ("complaints_up", "Complaints of active customers · Worse since"),
        ("answers_slow", "Time to an answer · Worse since"),
    ],
)
def test_what_followed_a_decision_about_customers_and_service_is_told(worse_store, finding, said):
    known = findings.outcome(worse_store, decided(finding, 90))
    assert (known.verdict, known.days) == ("worse", 90)
    assert known.sentence("en").startswith(said)
    assert "90" in known.sentence("zh")
    assert "{" not in known.sentence("zh")


def test_the_figures_that_followed_are_those_of_the_questions(worse_store):
    day = LAST - 90 * trials.DAY
    since = f"{day + trials.DAY}..{LAST}"
    report = wb.customers.interactions(worse_store, since, compare=f"{day - 89 * trials.DAY}..{day}")
    told = findings.outcome(worse_store, decided("complaints_up", 90))
    assert told.after.value == report.complaint_rate["rate"]
    assert told.before.value == report.complaint_rate_before["rate"]
    silent = findings.outcome(worse_store, decided("customers_silent", 90))
    assert silent.after.value == customers.silence(worse_store, LAST, 50).rate
    assert silent.before.value == customers.silence(worse_store, day, 50).rate


def test_where_nothing_changes_after_a_decision_nothing_is_better_or_worse(tmp_path):
    store = world(tmp_path, 5)
    for finding in ("customers_silent", "complaints_up", "answers_slow"):
        assert findings.outcome(store, decided(finding, 90)).verdict == "same", finding


def test_too_few_days_since_a_decision_are_said_with_how_many_are_needed(worse_store):
    for finding, ago, needed in (("customers_silent", 60, 90), ("answers_slow", 20, 28)):
        known = findings.outcome(worse_store, decided(finding, ago))
        assert known.verdict == "early"
        assert f"{ago} of {needed} days" in known.sentence("en")


def test_outcomes_of_what_the_workspace_no_longer_has_are_none(tmp_path):
    store = commit(wb.open(tmp_path), delivery(np.random.default_rng(2)))
    assert findings.outcome(store, decided("customers_silent", 90)) is None
    assert findings.outcome(store, decided("contacts_due", 90)) is None


@pytest.mark.parametrize(("spend", "verdict"), [(1.0, "better"), (1.5, "worse")])
def test_a_month_is_told_by_where_it_ended(tmp_path, spend, verdict):
    store = commit(wb.open(tmp_path), delivery(np.random.default_rng(5)))
    wb.data.load_targets(store, planned(spend).assign(month="2026-09"), currency="CNY")
    asked = {"metric": "cost", "where": {"channel": ("search",)}}
    known = findings.outcome(store, decided("pace_cost:channel=search:2026-09-01", 30, **asked))
    assert known.verdict == verdict
    assert known.before.value == pytest.approx(31 * 1000.0 * spend)
    assert "was planned" in known.sentence("en")
    running = findings.outcome(store, decided("pace_cost:channel=search:2026-10-01", 3, **asked))
    assert running.sentence("en") == "The month is not over"


def test_a_decision_about_the_split_is_followed_by_what_a_conversion_costs(tmp_path):
    frame = delivery(np.random.default_rng(5))
    late = np.array([(LAST - day).days < 60 for day in frame["local_date"]])
    frame["conversions"] = np.where(late, frame["conversions"] * 2, frame["conversions"])
    known = findings.outcome(commit(wb.open(tmp_path), frame), decided("split", 60))
    assert known.verdict == "better"
    assert known.after.value == pytest.approx(known.before.value / 2, rel=0.1)
    assert known.sentence("en").startswith("CPA · Better since")
