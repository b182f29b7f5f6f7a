"""Month-ends: what they come to on days of the past, against targets, and in words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from day_series import long, one, weekly

import workbench as wb
from workbench.errors import QuestionError
from workbench.forecast import month_end


def test_the_end_of_past_months_lies_in_the_interval():
    """40 series, each projected on the 12th: at least 87% of the 95% intervals hold the month's sum."""
    values = weekly("wandering", 365, 40, 6)
    frame = long(values)
    answer = month_end(frame, as_of="2025-11-12", by="series", value="value")
    days = np.datetime64("2025-01-01") + np.arange(365)
    month = (days >= np.datetime64("2025-11-01")) & (days <= np.datetime64("2025-11-30"))
    came = dict(zip(frame["series"].unique(), values[:, month].sum(axis=1), strict=True))
    table = answer.table
    sums = table["series"].map(came)
    assert ((sums >= table["low"]) & (sums <= table["high"])).mean() >= 0.87
    even = table["actual"] / 12 * 30
    assert np.abs(table["projected"] - sums).mean() < np.abs(even - sums).mean() * 1.1
    assert (table["low"] >= table["actual"]).all()


def test_numbers_of_pacing_are_those_of_the_glossary():
    values = np.full(100, 10.0) + np.random.default_rng(0).normal(0, 0.2, 100)
    answer = month_end(one(values, "2026-01-01"), as_of="2026-03-21", target=400.0)
    row = answer.table.iloc[0]
    so_far = values[59:80].sum()
    assert row["actual"] == pytest.approx(so_far)
    assert row["planned"] == pytest.approx(400 * 21 / 31)
    assert row["pacing"] == pytest.approx(so_far / row["planned"])
    assert row["needed"] == pytest.approx((400 - so_far) / 10)
    assert row["projected"] == pytest.approx(310, rel=0.01)
    assert (row["status"], answer.days_left) == ("under", 10)
    assert row["chance"] < 0.01
    said = answer.sentence("en")
    assert "31 Mar 2026" in said
    assert "falls short" in said
    days = answer.days
    assert days["actual"].notna().sum() == 21
    assert days["projected"].iloc[-1] == pytest.approx(row["projected"])
    assert days["planned"].iloc[-1] == pytest.approx(400)


def test_a_month_that_is_over_is_certain():
    values = weekly("steady", 90, 1, 2)[0]
    answer = month_end(one(values, "2026-01-01"), as_of="2026-02-28")
    row = answer.table.iloc[0]
    assert row["low"] == row["high"] == row["projected"] == pytest.approx(values[31:59].sum())
    assert answer.days_left == 0
    assert row["status"] == ""


def test_targets_of_the_store_and_the_months_of_the_demo(demo_store):
    answer = wb.forecast.month_end(demo_store, "cost", as_of="2026-03-12", by="channel")
    month = wb.metrics.kpis(demo_store, ["channel"], ["cost"], "2026-03", "target").table.set_index("channel")
    table = answer.table.set_index("channel")
    assert dict(table["target"]) == pytest.approx(dict(month["cost_before"]))
    inside = (month["cost"] >= table["low"].loc[month.index]) & (
        month["cost"] <= table["high"].loc[month.index]
    )
    assert inside.sum() >= 5
    assert answer.as_of == dt.date(2026, 3, 12)
    assert answer.to_dict()["days_left"] == 19
    late = wb.forecast.month_end(demo_store, "conversions")
    assert late.table["projected"].iloc[0] >= late.table["actual"].iloc[0]
    regions = wb.forecast.month_end(demo_store, "cost", as_of="2026-03-12", by="region")
    assert "no_target_here" in [note.code for note in regions.notes]


def test_what_does_not_add_up_is_refused(demo_store):
    with pytest.raises(QuestionError, match="does not add up"):
        wb.forecast.month_end(demo_store, "cpa")
    with pytest.raises(QuestionError, match="within the data"):
        wb.forecast.month_end(demo_store, "cost", as_of="2030-01-01")
    with pytest.raises(QuestionError, match="no target"):
        wb.forecast.month_end(demo_store, "cost", by="channel", target=5.0)
