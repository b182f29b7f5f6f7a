"""Plans as things to keep: saved with versions, compared, taken out, and held against what happened."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import plans, saved
from workbench.errors import QuestionError

CURVES = pd.DataFrame(
    {
        "cell": ["search", "video", "social"],
        "form": ["michaelis_menten", "log", "exponential"],
        "scale": [900.0, 400, 500],
        "half_saturation": [20_000.0, 30_000, 10_000],
        "max": [60_000.0, 60_000, 60_000],
        "current": [15_000.0, 15_000, 10_000],
    }
)
START, END = dt.date(2026, 1, 5), dt.date(2026, 2, 1)


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def plan():
    return wb.optimize.allocate(CURVES, budget=40_000)


def keep(store, plan, name="Spring 春季", who="mia", **more):
    return plans.create(store, name, plan, START, END, days=7, who=who, shared=True, **more)


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_plan_comes_back_as_it_was_saved(store, plan):
    keep(store, plan)
    back = plans.read(store, "spring 春季", "bo")
    pd.testing.assert_series_equal(back.table["spend"], plan.table["spend"])
    assert back.table["cell"].tolist() == plan.table["cell"].tolist()
    assert (back.start, back.end, back.days, back.by) == (START, END, 7, ("channel",))
    assert back.totals["response"] == plan.total_response
    assert back.totals["status"] == "optimal"
    assert back.item.owner == "mia"
    assert [one.name for one in plans.items(store, "bo")] == ["Spring 春季"]


def test_versions_stay_readable(store, plan):
    first = keep(store, plan)
    more = wb.optimize.allocate(CURVES, budget=60_000)
    second = plans.update(store, first, more, who="bo")
    third = plans.update(store, second, plan, who="mia")
    assert third.versions == (1, 2, 3)
    assert third.version(2).totals["spend"] == pytest.approx(60_000)
    assert third.version(1).table["spend"].sum() == pytest.approx(40_000)
    assert third.version(3) is third
    assert plans.read(store, third.item.id, "mia").version(2).revision == 2
    with pytest.raises(QuestionError, match="no revision 9"):
        third.version(9)


def test_a_change_that_stands_on_an_older_state_is_refused(store, plan):
    first = keep(store, plan)
    plans.update(store, first, wb.optimize.allocate(CURVES, budget=50_000), who="bo")
    with pytest.raises(saved.Conflict, match="bo changed"):
        plans.update(store, first, wb.optimize.allocate(CURVES, budget=60_000), who="mia")
    trashed = saved.trash(store.path, plans.read(store, "Spring 春季", "mia").item, "mia")
    assert not plans.items(store, "mia")
    saved.restore(store.path, trashed, "mia")
    assert plans.read(store, "Spring 春季", "mia").totals["spend"] == pytest.approx(50_000)


def test_other_saved_plans_are_no_budget_plans(store, plan):
    saved.create(store.path, "plan", "Notes", {"text": "later"}, "mia")
    with pytest.raises(QuestionError, match="'Notes' is no budget plan"):
        plans.read(store, "Notes", "mia")
    assert plans.items(store, "mia") == ()


def test_cells_of_several_dimensions_need_their_parts(store, plan):
    with pytest.raises(QuestionError, match="needs its parts"):
        keep(store, plan, by=["channel", "region"])
    parts = CURVES[["cell"]].assign(channel=CURVES["cell"], region="Beijing")
    kept = keep(store, plan, by=["channel", "region"], cells=parts)
    assert kept.table["region"].tolist() == ["Beijing"] * 3
    again = plans.update(store, kept, wb.optimize.allocate(CURVES, budget=1000), who="mia")
    assert again.table["region"].tolist() == ["Beijing"] * 3
    with pytest.raises(QuestionError, match="not among the cells"):
        keep(store, plan, name="X", by=["channel", "region"], cells=parts.iloc[:2])
    with pytest.raises(QuestionError, match="before it starts"):
        plans.create(store, "Y", plan, END, START, who="mia")


def test_scenarios_side_by_side(plan):
    more = wb.optimize.allocate(CURVES, budget=60_000)
    found = plans.compare({"now": plan, "more": more})
    first, second = found.table.to_dict("records")
    assert second["spend_change"] == pytest.approx(20_000)
    assert second["response_change"] == pytest.approx(more.total_response - plan.total_response)
    assert second["marginal_cost"] == pytest.approx(20_000 / second["response_change"])
    assert first["cost_per_response"] == pytest.approx(40_000 / plan.total_response)
    assert np.isnan(first["marginal_cost"])
    assert found.cells["more"].sum() == pytest.approx(60_000)
    assert "more brings most" in found.sentence("en")
    assert "more" in found.sentence("zh")
    assert json.loads(json.dumps(found.to_dict()))["baseline"] == "now"
    assert plans.compare({"now": plan, "more": more}, baseline="more").sentence("en").endswith("than more.")
    with pytest.raises(QuestionError, match="two plans or more"):
        plans.compare({"now": plan})
    with pytest.raises(QuestionError, match="Unknown scenario"):
        plans.compare({"now": plan, "more": more}, baseline="less")


def test_budgets_for_google_ads_editor(store, plan):
    kept = keep(store, plan)
    content = plans.google_ads_editor(
        kept, {"search": {"Brand": 0.25, "Generic 通用": 0.75}, "video": "Films"}
    )
    found = rows(content)
    spend = plan.table.set_index("cell")["spend"]
    assert list(found[0]) == ["Campaign", "Campaign Daily Budget", "Campaign Status"]
    assert [row["Campaign"] for row in found] == ["Brand", "Generic 通用", "Films"]
    daily = [0.25 * spend["search"] / 7, 0.75 * spend["search"] / 7, spend["video"] / 7]
    assert [float(row["Campaign Daily Budget"]) for row in found] == pytest.approx(daily, abs=0.0051)
    assert {row["Campaign Status"] for row in found} == {""}


def test_nothing_planned_is_paused_and_no_budget_of_zero_is_written(plan):
    none = wb.optimize.allocate(CURVES, budget=40_000, locked={"video": 0})
    google = rows(plans.google_ads_editor(none, {"video": "Films"}, days=7))
    assert google == [{"Campaign": "Films", "Campaign Daily Budget": "", "Campaign Status": "Paused"}]
    meta = rows(plans.meta_bulk(none, {"video": "cg:120200001", "social": "7"}, days=7))
    assert meta[0] == {
        "Campaign ID": "cg:120200001",
        "Campaign Daily Budget": "",
        "Campaign Status": "PAUSED",
    }
    assert float(meta[1]["Campaign Daily Budget"]) > 0
    sets = rows(plans.meta_bulk(none, {"social": "c:1"}, level="ad_set", days=7))
    assert list(sets[0]) == ["Ad Set ID", "Ad Set Daily Budget", "Ad Set Run Status"]


@pytest.mark.parametrize(
    ("campaigns", "more", "says"),
    [
        ({"search": "=cmd()"}, {"days": 7}, "begins like a formula"),
        ({"tv": "A"}, {"days": 7}, "Unknown cell 'tv'"),
        ({"search": {"A": 0.5}}, {"days": 7}, "do not add up to 1"),
        ({"search": "A"}, {}, "for how many days"),
        ({"search": {"A": -0.2, "B": 1.2}}, {"days": 7}, "share of cell 'search' is below 0"),
        ({}, {"days": 7}, "No campaign is named"),
    ],
)
def test_uploads_that_would_go_wrong_are_refused(plan, campaigns, more, says):
    with pytest.raises(QuestionError) as caught:
        plans.google_ads_editor(plan, campaigns, **more)
    assert says in str(caught.value)
    assert caught.value.fix


def test_plans_over_periods_are_kept_and_taken_out(store):
    weeks = [START + dt.timedelta(weeks=w) for w in range(4)]
    plan = wb.optimize.allocate_periods(CURVES, 160_000, weeks, season=[1, 1, 2, 1])
    kept = plans.create(store, "Weeks", plan, START, END, who="mia", shared=True)
    assert kept.days == 7
    back = plans.read(store, "Weeks", "mia")
    assert back.table["period"].tolist() == plan.table["period"].tolist()
    content = plans.google_ads_editor(back, {"search": "Brand"}, period=weeks[2])
    wide = plan.table.pivot(index="cell", columns="period", values="spend")
    assert float(rows(content)[0]["Campaign Daily Budget"]) == pytest.approx(
        wide.loc["search", weeks[2]] / 7, abs=0.0051
    )
    assert plans.google_ads_editor(back, {"search": "Brand"}, period=str(weeks[2])) == content
    with pytest.raises(QuestionError, match=r"over several periods.*period='2026-01-05'"):
        plans.meta_bulk(back, {"search": "c:1"})


def test_tables_for_spreadsheets_are_harmless(tmp_path):
    from openpyxl import load_workbook

    evil = CURVES.assign(cell=["=1+1", "video", "social"])
    plan = wb.optimize.allocate(evil, budget=40_000)
    assert rows(plans.csv(plan, tmp_path / "plan.csv"))[0]["cell"] == "'=1+1"
    book = load_workbook(io.BytesIO(plans.xlsx(plan, tmp_path / "plan.xlsx")))
    assert book.sheetnames == ["plan", "about"]
    assert book["plan"]["A2"].data_type == "s"
    assert (tmp_path / "plan.xlsx").exists()


def demo_plan(store, demo_store, weekly, **more):
    """A plan for four weeks of the demo world, saved elsewhere: weekly spend by channel."""
    end = demo_store.as_of - dt.timedelta(days=7)
    start = end - dt.timedelta(days=27)
    curves = pd.DataFrame(
        {"cell": list(weekly), "form": "log", "scale": 100.0, "half_saturation": 1000.0, "current": 1.0}
    )
    plan = wb.optimize.allocate(curves, budget=sum(weekly.values()), locked=weekly)
    return plans.create(store, "Four weeks", plan, start, end, days=7, currency="CNY", who="mia", **more)


def test_a_plan_is_held_against_what_happened(store, demo_store):
    kept = demo_plan(store, demo_store, {"search": 50_000.0, "display": 30_000.0})
    found = plans.judge(demo_store, kept)
    asked = f"{kept.start}..{kept.end}"
    actual = wb.metrics.kpis(demo_store, ["channel"], ["cost", "conversions"], asked).table
    actual = actual.set_index("channel")
    table = found.table.set_index("cell")
    for channel, weekly in (("search", 50_000.0), ("display", 30_000.0)):
        row = table.loc[channel]
        assert row["planned_spend"] == pytest.approx(4 * weekly)
        assert row["spend"] == pytest.approx(actual.loc[channel, "cost"])
        assert row["pacing"] == pytest.approx(row["spend"] / row["planned_spend"])
        assert row["response"] == pytest.approx(actual.loc[channel, "conversions"])
        assert row["cost_per_response"] == pytest.approx(row["spend"] / row["response"])
    assert table.loc["(outside)", "spend"] == pytest.approx(actual.drop(["search", "display"])["cost"].sum())
    assert found.spend == pytest.approx(actual["cost"].sum())
    assert found.days == found.of == 28
    assert "28 of 28 days" in found.sentence("en")
    assert "28 天" in found.sentence("zh")
    assert json.loads(json.dumps(found.to_dict()))["days"] == 28


def test_a_plan_that_runs_is_judged_up_to_today(store, demo_store):
    kept = demo_plan(store, demo_store, {"search": 50_000.0})
    half = plans.judge(demo_store, kept, until=kept.start + dt.timedelta(days=13))
    assert half.days == 14
    assert half.table.iloc[0]["planned_spend"] == pytest.approx(100_000)
    assert half.pacing == pytest.approx(half.spend / 100_000)
    late = plans.create(
        store,
        "Later",
        wb.optimize.allocate(CURVES, budget=1000),
        demo_store.as_of + dt.timedelta(days=1),
        demo_store.as_of + dt.timedelta(days=7),
        who="mia",
    )
    with pytest.raises(QuestionError, match="the data end on"):
        plans.judge(demo_store, late)


def test_the_weeks_that_are_over_count_in_a_plan_over_periods(store, demo_store):
    end = demo_store.as_of
    start = end - dt.timedelta(days=27)
    weeks = [start + dt.timedelta(weeks=w) for w in range(4)]
    plan = wb.optimize.allocate_periods(CURVES, 160_000, weeks, season=[1, 3, 1, 1])
    kept = plans.create(store, "Weeks", plan, start, end, currency="CNY", who="mia")
    found = plans.judge(demo_store, kept, until=start + dt.timedelta(days=9))
    wide = plan.table.pivot(index="cell", columns="period", values="spend")
    expected = wide[weeks[0]] + wide[weeks[1]] * 3 / 7
    planned = found.table[found.table["cell"] != "(outside)"].set_index("cell")["planned_spend"]
    np.testing.assert_allclose(planned[expected.index], expected)


def test_a_band_says_whether_what_came_was_inside(store, demo_store):
    rng = np.random.default_rng(0)
    draws = pd.concat(
        [CURVES.assign(draw=d, scale=CURVES["scale"] * rng.lognormal(0, 0.3, 3)) for d in range(20)]
    )
    plan = wb.optimize.allocate(CURVES, budget=40_000, draws=draws)
    end = demo_store.as_of - dt.timedelta(days=7)
    kept = plans.create(
        store, "Bands", plan, end - dt.timedelta(days=6), end, days=7, currency="CNY", who="mia"
    )
    table = plans.judge(demo_store, kept).table
    row = table[table["cell"] == "search"].iloc[0]
    band = plan.bands.set_index("cell").loc["search"]
    assert bool(row["inside"]) == (band["response_low"] <= row["response"] <= band["response_high"])


def test_the_history_of_a_workspace_adds_up(demo_store):
    found = plans.history(demo_store, "channel")
    weeks = sorted(found["time"].unique())
    period = f"{weeks[0]}..{weeks[-1] + dt.timedelta(days=6)}"
    whole = wb.metrics.kpis(demo_store, None, ["cost", "conversions"], period).table.iloc[0]
    assert found["spend"].sum() == pytest.approx(whole["cost"], rel=1e-9)
    assert found["response"].sum() == pytest.approx(whole["conversions"], rel=1e-9)
    assert (found.groupby("cell").size() == len(weeks)).all()
    assert all(week.weekday() == 0 for week in weeks)


def test_weeks_whose_conversions_still_arrive_are_left_out_of_the_history(demo_store):
    from workbench.sources.maturity import moving

    every = plans.history(demo_store, "channel", final=False)
    found = plans.history(demo_store, "channel")
    first = min(source.first_open for source in moving(demo_store))
    assert found["time"].max() + dt.timedelta(days=6) < first <= found["time"].max() + dt.timedelta(days=13)
    assert every["time"].max() > found["time"].max()


def test_a_judgement_says_until_when_conversions_still_arrive(store, demo_store):
    kept = demo_plan(store, demo_store, {"search": 50_000.0})
    found = plans.judge(demo_store, kept)
    assert found.final == kept.end + dt.timedelta(days=30)
    assert "still arrive until" in found.sentence("en")
    assert "回传" in found.sentence("zh")
    early = dt.date(2026, 1, 5)
    plan = wb.optimize.allocate(CURVES, 40_000)
    old = plans.create(
        store, "Old", plan, early, early + dt.timedelta(days=6), days=7, currency="CNY", who="mia"
    )
    judged = plans.judge(demo_store, old)
    assert judged.final is None
    assert "still arrive" not in judged.sentence("en")
    assert json.loads(json.dumps(judged.to_dict()))["final"] is None


def test_spend_on_what_was_planned_at_nothing_is_said(store, demo_store):
    weekly = {"display": 30_000.0, "search": 0.0}
    kept = demo_plan(store, demo_store, weekly)
    found = plans.judge(demo_store, kept)
    furthest = found.table.loc[(found.table["spend"] - found.table["planned_spend"]).abs().idxmax()]
    assert np.isnan(furthest["pacing"])
    assert "nothing was planned" in found.sentence("en")
    assert "(outside)" not in found.sentence("en")


def test_an_update_of_another_kind_counts_its_own_days(store, plan):
    first = plans.create(store, "Both", plan, START, END, who="mia", shared=True)
    assert first.days == 28
    weeks = [START + dt.timedelta(weeks=w) for w in range(4)]
    weekly = wb.optimize.allocate_periods(CURVES, 160_000, weeks)
    second = plans.update(store, first, weekly, who="mia")
    assert second.days == 7
    assert plans.update(store, second, plan, days=14, who="mia").days == 14


def test_periods_that_are_days_say_how_long_they_are(store):
    months = [dt.date(2026, month, 1) for month in (1, 2, 3)]
    plan = wb.optimize.allocate_periods(CURVES, 100_000, [START + dt.timedelta(weeks=w) for w in range(3)])
    assert plans.create(store, "Weeks", plan, START, END, who="mia").days == 7
    wide = wb.optimize.allocate_periods(CURVES, 100_000, months)
    assert plans.create(store, "Months", wide, months[0], dt.date(2026, 3, 31), who="mia").days == 30
    with pytest.raises(QuestionError, match="cannot be for 0 days"):
        plans.create(store, "None", plan, START, END, days=0, who="mia")


def test_budgets_have_the_coins_of_their_currency(store, plan):
    yen = keep(store, plan, name="Yen", currency="JPY")
    daily = float(plan.table.set_index("cell").loc["search", "spend"]) / 7
    assert rows(plans.google_ads_editor(yen, {"search": "A"}))[0]["Campaign Daily Budget"] == f"{daily:.0f}"


@pytest.mark.parametrize(
    ("campaigns", "says"),
    [
        ({"search": {"A": float("nan"), "B": 1.0}}, "do not add up to 1"),
        ({"search": 120208812345.0}, "is no name or id"),
        ({"search": " "}, "is no name or id"),
    ],
    ids=["nan", "number", "blank"],
)
def test_names_and_shares_that_would_pause_a_campaign_are_refused(plan, campaigns, says):
    with pytest.raises(QuestionError, match=says):
        plans.google_ads_editor(plan, campaigns, days=7)


def test_a_plan_that_breaks_its_rules_is_not_taken_out():
    curves = CURVES.assign(group="all")
    none = wb.optimize.allocate_periods(
        curves, 60_000, 3, period_budget=(0, 10_000.0), groups={"all": (50_000, 60_000)}
    )
    assert none.status == "infeasible"
    with pytest.raises(QuestionError, match="does not keep its own rules"):
        plans.google_ads_editor(none, {"search": "A"}, days=7, period=1)


def test_plans_of_unlike_sums_are_not_compared(store, plan):
    weeks = [START + dt.timedelta(weeks=w) for w in range(4)]
    over = wb.optimize.allocate_periods(CURVES, 160_000, weeks)
    with pytest.raises(QuestionError, match="different periods: 1 and 4"):
        plans.compare({"week": plan, "month": over})
    yuan, yen = (keep(store, plan, name=code, currency=code) for code in ("CNY", "JPY"))
    with pytest.raises(QuestionError, match="different currency: CNY and JPY"):
        plans.compare([yuan, yen])
    month = plans.create(store, "Month", plan, START, END, days=28, who="mia", currency="CNY")
    with pytest.raises(QuestionError, match="different days: 28 and 7"):
        plans.compare([yuan, month])


def test_months_are_judged_by_their_own_days(store, demo_store):
    months = [dt.date(2026, month, 1) for month in (1, 2, 3)]
    plan = wb.optimize.allocate_periods(CURVES, 150_000, months)
    kept = plans.create(store, "Q1", plan, months[0], dt.date(2026, 3, 31), currency="CNY", who="mia")
    planned = plan.by_period().set_index("period")["spend"]
    for until, expected in (
        (dt.date(2026, 2, 28), planned[months[0]] + planned[months[1]]),
        (dt.date(2026, 3, 10), planned[months[0]] + planned[months[1]] + planned[months[2]] * 10 / 31),
    ):
        assert plans.judge(demo_store, kept, until).planned_spend == pytest.approx(expected)
    with pytest.raises(QuestionError, match="Period 2026-03-01 is not between"):
        plans.create(store, "Late", plan, months[0], dt.date(2026, 2, 28), who="mia")


def test_a_quotient_is_no_response_of_a_plan(store, plan, demo_store):
    with pytest.raises(QuestionError, match="'cpa' is a quotient"):
        plans.history(demo_store, metric="cpa")
    with pytest.raises(QuestionError, match="'cvr' is a quotient"):
        keep(store, plan, metric="cvr")


def test_days_may_be_written_as_text_and_what_is_no_day_is_refused(store, plan):
    kept = plans.create(store, "Text", plan, "2026-01-05", "2026-02-01", days=7)
    assert (kept.start, kept.end) == (START, END)
    with pytest.raises(QuestionError, match="'soon' is no day of a plan"):
        plans.create(store, "Soon", plan, "soon", END, days=7)


def test_curves_that_say_no_number_of_days_are_refused(store):
    curves = CURVES.copy()
    curves.attrs = {"period_days": "week", "source": "own"}
    plan = wb.optimize.allocate(curves, budget=40_000)
    with pytest.raises(QuestionError, match="Give days=7"):
        plans.create(store, "Week", plan, START, END)
    assert plans.create(store, "Week", plan, START, END, days=7).days == 7


def test_without_data_nothing_is_judged(store, plan):
    kept = keep(store, plan)
    with pytest.raises(QuestionError, match="no day with data"):
        plans.judge(store, kept)


def test_a_plan_that_misses_its_target_is_not_called_the_best(plan):
    missed = wb.optimize.allocate(CURVES, mode="min_cost", target=1e9)
    more = wb.optimize.allocate(CURVES, budget=50_000)
    found = plans.compare({"now": plan, "missed": missed, "more": more})
    assert found.table["response"].idxmax() == 1
    assert found.sentence("en").startswith("more brings most")
