"""Conversions that come late are no fall, and a real fall is found all the same."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clean_worlds import DAYS, START, page

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))

import worlds

from workbench import data, findings
from workbench.findings.ages import Ages
from workbench.findings.outcome import FEWEST_DAYS

LAST = START + dt.timedelta(days=DAYS - 1)
LATE = ("conversions", "revenue_micros")


def seen_on(frame: pd.DataFrame, day: dt.date, delay: float, seed: int = 3) -> pd.DataFrame:
    """A frame as a platform shows it on a day's evening; conversions are `delay` days late in the mean."""
    known = frame[[local <= day for local in frame["local_date"]]].copy()
    age = np.array([(day - local).days for local in known["local_date"]])
    came = np.random.default_rng(seed).binomial(
        known["conversions"].astype(int), 1 - np.exp(-(age + 1) / delay)
    )
    worth = known["revenue_micros"] / np.maximum(known["conversions"], 1)
    return known.assign(conversions=came.astype(float), revenue_micros=(worth * came).astype("int64"))


def fallen(frame: pd.DataFrame, days: int, part: float) -> pd.DataFrame:
    """The frame with part of the conversions of its last days."""
    late = np.array([(LAST - local).days < days for local in frame["local_date"]])
    kept = np.where(late, (frame["conversions"] * part).round(), frame["conversions"])
    return frame.assign(conversions=kept)


def falls(store, period="last_14_days"):
    return [
        item
        for item in findings.review(store, period, limit=99)
        if item.status == "bad" or item.code == "outage"
    ]


@pytest.fixture(scope="module")
def steady():
    return page("steady", 11, "a0", scatter=0.05)


@pytest.fixture
def late(tmp_path, steady):
    """A workspace that was filled once, with days that are not finished."""
    return worlds.commit(data.open(tmp_path / "late"), seen_on(steady, LAST, 3.0))


@pytest.mark.parametrize("period", ["last_7_days", "last_14_days", "last_28_days"])
def test_conversions_still_to_come_are_no_fall(late, period):
    assert not falls(late, period)


def test_a_real_fall_is_found_and_says_that_late_conversions_do_not_explain_it(tmp_path, steady):
    frame = seen_on(fallen(steady, 28, 0.45), LAST, 3.0)
    told = falls(worlds.commit(data.open(tmp_path), frame), "last_28_days")
    assert {item.state["metric"] for item in told} <= {"cpa", "cvr", "roas"}
    assert told
    assert "holds even if the usual late conversions" in told[0].evidence("en")
    low, high = told[0].effect_range
    assert low <= told[0].effect <= high < 0


@pytest.fixture
def remembered(tmp_path, steady):
    """A workspace filled day by day by a platform that is later than is assumed: its versions tell."""

    def filled(frame):
        store = data.open(tmp_path / "versions")
        for ago in (40, 38, 36, 34, 32, 31, 0):
            day = LAST - dt.timedelta(days=ago)
            known = seen_on(frame, day, 8.0, seed=ago)
            parts = {"performance": worlds.delivery(known), "conversions": worlds.outcomes(known)}
            store.commit([data.Change(table, rows, "all") for table, rows in parts.items()])
        return store

    return filled


def test_older_versions_tell_how_late_conversions_are(remembered, steady, monkeypatch):
    store = remembered(steady)
    assert not falls(store)
    assert not falls(store, "last_28_days")
    monkeypatch.setattr(Ages, "views", property(lambda self: (np.ones(len(self.days)),)))
    assert {item.state["metric"] for item in falls(store, "last_28_days")} & {"cpa", "cvr", "roas"}


def test_a_rise_that_has_not_arrived_yet_is_seen_as_versions_tell(remembered, steady):
    late = np.array([(LAST - local).days < 14 for local in steady["local_date"]])
    more = steady.assign(conversions=np.where(late, steady["conversions"] * 2, steady["conversions"]))
    told = [
        item for item in findings.review(remembered(more), "last_14_days", limit=99) if item.status == "good"
    ]
    assert told
    assert "young days count with what they will come to" in told[0].evidence("en")


def told(store, period="last_14_days"):
    """Figure of a brief → itself."""
    return {one.metric.id: one for one in findings.brief(store, period).happened}


@pytest.mark.parametrize("period", ["last_7_days", "last_14_days", "last_28_days"])
def test_a_brief_calls_conversions_still_to_come_no_fall(late, period):
    found = told(late, period)
    assert found["conversions"].change < 0, "as they stand"
    assert "bad" not in {one.verdict for one in found.values()}
    assert "at equal age" in found["cpa"].sentence("en")
    assert "按同等回传天数" in found["cpa"].sentence("zh")
    assert not found["cost"].late


def test_without_their_age_a_brief_would_call_it_a_fall(late, monkeypatch):
    """What the test above holds against: the young days as they are."""
    monkeypatch.setattr(sys.modules["workbench.findings.evenly"], "TRUSTED", 0.0)
    assert told(late, "last_7_days")["conversions"].verdict == "bad"


def test_a_brief_says_a_real_fall_although_conversions_are_late(tmp_path, steady):
    frame = seen_on(fallen(steady, 14, 0.45), LAST, 3.0)
    found = findings.brief(worlds.commit(data.open(tmp_path), frame), "last_14_days")
    assert found.happened[0].verdict == "bad"
    assert "worse than chance" in found.lead("en")
    assert sum(found.factors.values()) == pytest.approx(sum(found.members.values()))
    assert found.factors["cvr"] < 0
    assert abs(found.factors["cvr"]) > 3 * abs(found.factors["ctr"])


def test_a_brief_counts_with_what_versions_tell(remembered, steady):
    found = findings.brief(remembered(steady), "last_28_days")
    conversions = found.happened[0]
    ago = np.array([(LAST - day).days for day in steady["local_date"]])
    now, before = (steady["conversions"][(ago >= end) & (ago < end + 28)].sum() for end in (0, 28))
    assert conversions.change < now / before - 1 - 0.1, "as they stand it is a fall"
    assert len(conversions.even) == 1
    assert conversions.told.change == pytest.approx(now / before - 1, abs=0.05)
    assert conversions.verdict == "usual"


def test_a_day_of_which_nearly_nothing_has_arrived_is_not_compared(late):
    one = told(late, f"{LAST}..{LAST}")["conversions"]
    assert one.verdict == "open"
    assert "still to come" in one.sentence("en")
    found = findings.brief(late, f"{LAST}..{LAST}")
    assert found.why("en") == []
    assert "cannot be told yet" in found.lead("en")


def since(store, days, metric="cpa"):
    """What followed a decision so many days before the last day."""
    made = findings.Decision("x", "done", LAST - dt.timedelta(days=days), None, {"en": "x"}, metric, {})
    return findings.outcome(store, made)


@pytest.mark.parametrize("metric", ["cpa", "cvr", "roas", "conversions"])
@pytest.mark.parametrize("days", [14, 28])
def test_late_conversions_make_no_decision_look_bad(late, days, metric):
    assert since(late, days, metric).verdict == "same"


def test_without_their_age_it_would_look_bad(late, monkeypatch):
    """What the tests above hold against: the young days as they are."""
    monkeypatch.setattr(sys.modules["workbench.findings.outcome"], "LATE", frozenset())
    assert since(late, 14).verdict == "worse"


def test_an_outcome_waits_for_days_of_which_too_little_has_arrived(late):
    known = since(late, 14)
    assert FEWEST_DAYS <= known.days < 14
    assert since(late, 8).verdict == "early"
    assert since(late, 8, "cpc").days == 8


def test_what_really_became_worse_is_worse_although_conversions_are_late(tmp_path, steady):
    frame = seen_on(fallen(steady, 28, 0.45), LAST, 3.0)
    known = since(worlds.commit(data.open(tmp_path), frame), 28)
    assert known.verdict == "worse"
    assert "holds even if the usual late conversions" in known.sentence("en")


def test_an_outcome_counts_with_what_versions_tell(remembered, steady):
    store = remembered(steady)
    known = since(store, 28)
    assert known.verdict == "same"
    assert "young days count with what they will come to" in known.sentence("en")
    truth = worlds_ratio(steady, LAST - dt.timedelta(days=27), known.days)
    assert known.after.low <= truth <= known.after.high
    late = np.array([(LAST - local).days < 28 for local in steady["local_date"]])
    more = steady.assign(conversions=np.where(late, steady["conversions"] * 2, steady["conversions"]))
    assert since(remembered(more), 28).verdict == "better"


def worlds_ratio(frame, first, days):
    """Cost for one conversion once all have come."""
    keep = [first <= local < first + dt.timedelta(days=days) for local in frame["local_date"]]
    return frame[keep]["cost_micros"].sum() / 1e6 / frame[keep]["conversions"].sum()
