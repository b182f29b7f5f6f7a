"""The brief of a period: its parts add up, what is usual covers, and what was planted is found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import workbench as wb
from workbench.errors import QuestionError
from workbench.findings.drivers import leading, logarithmic_mean, parts_of_change
from workbench.findings.usual import FEWEST, WINDOWS, usual_change, windows


def test_the_parts_of_a_change_add_up_to_it():
    generator = np.random.default_rng(7)
    for _ in range(50):
        now, before = (dict(zip("abc", generator.lognormal(1, 1, 3), strict=True)) for _ in range(2))
        parts = parts_of_change(now, before)
        assert sum(parts.values()) == pytest.approx(math.prod(now.values()) - math.prod(before.values()))
    backwards = parts_of_change(before, now)
    assert backwards == pytest.approx({name: -part for name, part in parts.items()})


def test_a_factor_that_stands_still_has_no_part_and_one_alone_has_all():
    parts = parts_of_change({"a": 3.0, "b": 5.0}, {"a": 2.0, "b": 5.0})
    assert parts == pytest.approx({"a": 5.0, "b": 0.0})
    assert parts_of_change({"a": 0.0, "b": 5.0}, {"a": 2.0, "b": 5.0}) == {}
    assert logarithmic_mean(4.0, 4.0) == 4.0
    grid = np.linspace(0, 1, 20_001)  # L(a, b) is the integral of a^s·b^(1−s)
    assert logarithmic_mean(9.0, 2.0) == pytest.approx(
        np.trapezoid(9.0**grid * 2.0 ** (1 - grid), grid), rel=1e-6
    )


def test_who_leads_a_change_and_who_stands_against_it():
    assert leading({"a": 5.0, "b": -2.0, "c": 9.0, "d": 1.0, "e": -3.0}, 10.0) == (["c", "a"], "e")
    assert leading({"a": 5.0, "b": -9.0}, -4.0) == (["b"], "a")
    assert leading({}, 0.0) == ([], "")


def test_usual_changes_are_those_of_a_t_distribution_about_none():
    values = np.array([100, 110, 95, 105, 100, 120, 99.0, 104])
    steps = np.diff(np.log(values))
    reach = stats.t.ppf(0.975, len(steps)) * np.sqrt(np.mean(steps**2))
    assert usual_change(values) == pytest.approx((np.exp(-reach) - 1, np.exp(reach) - 1))


def test_usual_changes_hold_95_percent_of_further_ones():
    generator = np.random.default_rng(11)
    inside = 0
    for _ in range(4000):
        steps = generator.normal(0, 0.1, WINDOWS)
        low, high = usual_change(np.exp(np.cumsum(np.r_[0, steps[:-1]])))
        inside += low <= math.expm1(steps[-1]) <= high
    assert inside / 4000 == pytest.approx(0.95, abs=0.012)


def test_too_short_a_past_says_nothing():
    low, high = usual_change(np.arange(1.0, FEWEST + 1))
    assert math.isnan(low)
    assert math.isnan(high)
    assert math.isnan(usual_change(np.zeros(20))[0])


def test_windows_end_where_they_should_and_leave_a_broken_first_one_out():
    days = np.arange(100, 131)  # 31 days: four whole weeks, three days over
    sums = np.ones(31) * np.repeat([1.0, 2.0], [24, 7])
    assert windows(days, sums, 130, 7).tolist() == [7.0, 7.0, 7.0, 14.0]
    assert windows(days, sums, 123, 7).tolist() == [7.0, 7.0, 7.0]
    assert windows(days, sums, 130, 7, out=2).tolist() == [5.0, 5.0, 5.0, 10.0]
    assert len(windows(np.zeros(0), np.zeros(0), 130, 7)) == 0


@pytest.fixture(scope="module")
def month(demo_store):
    return wb.findings.brief(demo_store, "last_full_month", by="campaign")


def test_the_planted_launch_is_what_made_the_month(month):
    """The demo world's October holds a launch with planted effect: it leads the change of conversions."""
    assert "serum" in month.why("en")[1].split(";")[0]
    assert month.happened[0].metric.id == "conversions"
    assert month.happened[0].verdict == "good"
    assert "better than chance" in month.lead("en")
    assert "并非偶然" in month.lead("zh")


def test_figures_are_those_of_the_questions(month, demo_store):
    asked = {"period": "last_full_month", "compare": "previous_period"}
    row = wb.metrics.kpis(demo_store, (), ("conversions", "cpa", "cost"), **asked).table.iloc[0]
    figures = {one.metric.id: one for one in month.happened}
    for name in ("cpa", "cost"):
        seen = figures[name].seen
        assert figures[name].value == row[name]
        assert seen.change == row[f"{name}_change"]
        assert (seen.diff_low, seen.diff_high) == (row[f"{name}_diff_low"], row[f"{name}_diff_high"])
    assert figures["cpa"].late
    assert not figures["cost"].late


def test_parts_add_up_to_the_change_of_days_that_are_equally_old(month, demo_store):
    """The newest day of the month has too little of its conversions: it is left out on both sides."""
    row = wb.metrics.kpis(
        demo_store, (), ("conversions",), "2026-10-01..2026-10-30", "2026-09-01..2026-09-29"
    ).table.iloc[0]
    change = row["conversions"] - row["conversions_before"]
    assert sum(month.members.values()) == pytest.approx(change)
    assert sum(month.factors.values()) == pytest.approx(change)
    assert month.happened[0].told.change == pytest.approx(row["conversions_change"])
    assert "equal age" in month.why("en")[0]


def test_a_week_is_held_against_the_weeks_before_it(demo_store):
    found = wb.findings.brief(demo_store)
    one = found.happened[0]
    weeks = wb.metrics.trend(demo_store, ["conversions"], period="2026-07-13..2026-10-18", grain="day").table
    sums = weeks["conversions"].to_numpy(float).reshape(-1, 7).sum(axis=1)[-WINDOWS:]
    assert (one.told.low, one.told.high) == pytest.approx(usual_change(sums))
    assert one.windows == WINDOWS
    assert ("as usual" in one.sentence("en")) == (one.told.low <= one.change <= one.told.high)


def test_without_a_comparison_nothing_is_explained(demo_store):
    found = wb.findings.brief(demo_store, compare=None)
    assert found.why("en") == []
    assert {one.verdict for one in found.happened} == {"unknown"}
    assert found.to_dict()["compare"] is None


def test_an_empty_workspace_has_nothing_to_report(tmp_path):
    found = wb.findings.brief(wb.open(tmp_path / "none"))
    assert found.lead("en") == "There is no delivery to report on yet."
    assert found.to_do == ()


def test_a_wrong_dimension_or_currency_is_refused(demo_store):
    with pytest.raises(QuestionError, match="chanel"):
        wb.findings.brief(demo_store, by="chanel")
    with pytest.raises(QuestionError):
        wb.findings.brief(demo_store, currency="yuan")
