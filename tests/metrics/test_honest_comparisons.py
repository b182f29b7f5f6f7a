"""Breakdown by default, partly known comparisons, tested sums, rows that know one side, currencies."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import worlds
from scipy import stats

import workbench.metrics as metrics
from workbench.metrics.periods import Period


def codes(answer):
    return [note.code for note in answer.notes]


def test_channels_are_the_default_and_nothing_is_the_total(random_store):
    assert metrics.kpis(random_store).by == ("channel",)
    assert metrics.slots(random_store).by == ("channel", "hour_of_week")
    for by in (None, [], ()):
        assert len(metrics.kpis(random_store, by).table) == 1
        assert len(metrics.slots(random_store, by=by).table) == 168


def test_a_period_partly_before_the_data_compares_ratios_only(random_store):
    answer = metrics.kpis(
        random_store, "channel", ["cost", "cvr"], "2026-02-01..2026-03-31", "previous_period"
    )
    table = answer.table
    sums = ["cost_change", "cost_diff", "cost_diff_low", "cost_diff_high", "cost_diff_p"]
    assert table[sums].isna().all(axis=None)
    assert (
        table[["cost_before", "cvr_change", "cvr_diff", "cvr_diff_low", "cvr_diff_p"]].notna().all(axis=None)
    )
    note = next(note for note in answer.notes if note.code == "before_incomplete")
    assert note.values == {"known": 31, "all": 59, "days": 59}
    assert "31" in note.sentence("zh")
    daily = metrics.trend(random_store, "cost", period="2026-02-01..2026-03-31", compare="previous_period")
    assert daily.table["cost_change"].notna().sum() == 31, "a day is compared with a whole day"
    whole = metrics.kpis(random_store, None, "cost", "2026-03", "previous_period")
    assert codes(whole) == []
    assert whole.table["cost_change"].notna().all()


def test_a_period_wholly_before_the_data_is_nothing_to_compare_with(random_store):
    assert "nothing_before" in codes(metrics.kpis(random_store, None, "cost", "2026-03", "previous_year"))


def test_an_unfinished_month_is_compared_with_as_many_days(random_store):
    answer = metrics.kpis(random_store, None, "cost", "2026-04", "previous_period")
    assert (answer.compare.start, answer.compare.end) == (dt.date(2026, 3, 1), dt.date(2026, 3, 10))
    named = metrics.kpis(random_store, None, "cost", "this_month", "previous_period")
    assert answer.table["cost_diff_p"][0] == named.table["cost_diff_p"][0]


def daily(frame, fact, first, last, **where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return frame.groupby("local_date")[fact].sum().reindex(days, fill_value=0).to_numpy(float)


@pytest.mark.parametrize(
    ("now", "before"), [("2026-03-12..2026-03-31", "2026-02-20..2026-03-11"), ("2026-03", "2026-02")]
)
def test_sums_are_tested_by_their_days_like_scipy(new_store, now, before):
    frame = worlds.facts(4, rows=260)
    worlds.commit(new_store, frame)
    answer = metrics.kpis(new_store, "channel", ["cost", "clicks"], now, before)
    for row in answer.table.to_dict("records"):
        if row["channel"] is None:
            continue
        spans = (answer.period, answer.compare)
        parts = [daily(frame, "clicks", part.start, part.end, channel=row["channel"]) for part in spans]
        assert (parts[0] == 0).any(), "days without data count 0"
        found = stats.ttest_ind(*(len(part) * part for part in parts), equal_var=False)
        low, high = found.confidence_interval()
        assert row["clicks_diff_p"] == pytest.approx(found.pvalue, rel=1e-9)
        assert (row["clicks_diff_low"], row["clicks_diff_high"]) == pytest.approx((low, high), rel=1e-9)
        assert row["clicks_diff_low"] < row["clicks_diff"] < row["clicks_diff_high"]
        if len(parts[0]) == len(parts[1]):
            plain = stats.ttest_ind(*parts, equal_var=False)
            assert row["clicks_diff_p"] == pytest.approx(plain.pvalue, rel=1e-9)


def test_few_days_test_no_sum(random_store):
    short = metrics.kpis(random_store, None, "cost", "last_7_days", "previous_period").table
    assert np.isnan(short["cost_diff_p"][0])
    assert short["cost_diff"].notna().all()
    weekday = metrics.kpis(random_store, "weekday", "cost", "last_28_days", "previous_period").table
    assert weekday["cost_diff_p"].isna().all(), "four Mondays"
    weeks = metrics.kpis(
        random_store,
        "weekday",
        "cost",
        "2026-02-10..2026-04-10",
        Period(dt.date(2026, 1, 1), dt.date(2026, 3, 1), "x"),
    ).table
    assert weeks["cost_diff_p"].notna().all()


def test_rows_that_know_one_side_of_a_ratio_are_told(new_store):
    frame = worlds.facts(5, rows=900)
    blank = (frame["channel"] == "video").to_numpy()
    frame["clicks"] = frame["clicks"].astype("Int64").mask(blank)
    worlds.commit(new_store, frame)
    answer = metrics.kpis(new_store, [], ["ctr", "cpc", "cpa", "clicks"], "all")
    note = next(note for note in answer.notes if note.code == "unknown_part")
    shares = {metric.id: share for metric, share in note.values["metrics"]}
    assert set(shares) == {"ctr", "cpc"}
    for metric, fact in (("ctr", "impressions"), ("cpc", "cost_micros")):
        assert shares[metric] == pytest.approx(frame[fact][blank].sum() / frame[fact].sum())
    assert answer.table["ctr"][0] == pytest.approx(frame["clicks"].sum() / frame["impressions"].sum())
    assert "CTR" in note.sentence("en")
    assert "%" in note.sentence("zh")
    assert "unknown_part" not in codes(metrics.kpis(new_store, "channel", ["ctr"], "all")), "nothing blends"
    assert "unknown_part" not in codes(metrics.kpis(new_store, [], ["cpa", "clicks"], "all"))


def test_the_reporting_currency_is_that_of_most_rows(new_store):
    frame = worlds.facts(8, rows=600)
    frame["currency"] = np.select(
        [frame["campaign"] == "c1", frame["campaign"] == "c2"], ["JPY", "USD"], "XXX"
    )
    frame.loc[frame["campaign"] == "c1", "cost_micros"] *= 1000
    frame = frame[(frame["campaign"] != "c1") | (frame["region"] == "north")]
    worlds.commit(new_store, frame)
    answer = metrics.kpis(new_store, None, "cost", "all")
    assert answer.currency == "USD"
    assert "workbench.toml" in answer.notes[0].sentence("en")
    assert "workbench.toml" in answer.notes[0].sentence("zh")
