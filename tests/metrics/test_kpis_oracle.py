"""KPIs against a recomputation in pandas on random facts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench.metrics as metrics
from workbench.catalogue import builtin

LAST = dt.date(2026, 4, 10)
SUMS = ("impressions", "clicks", "cost", "conversions", "revenue", "orders")
RATIOS = {
    "ctr": ("clicks", "impressions", 1),
    "cpm": ("cost", "impressions", 1000),
    "cpc": ("cost", "clicks", 1),
    "cvr": ("conversions", "clicks", 1),
    "cpa": ("cost", "conversions", 1),
    "aov": ("revenue", "orders", 1),
    "roas": ("revenue", "cost", 1),
    "acos": ("cost", "revenue", 1),
}


@pytest.fixture(scope="module")
def frame(random_facts):
    day = pd.to_datetime(random_facts["local_date"])
    out = random_facts.assign(
        cost=random_facts["cost_micros"] / 1e6,
        revenue=random_facts["revenue_micros"] / 1e6,
        orders=random_facts["conversions"],
        date=day,
        week=day - pd.to_timedelta(day.dt.weekday, unit="D"),
        month=day.dt.to_period("M").dt.to_timestamp(),
        weekday=day.dt.weekday,
        hour=random_facts["local_hour"].astype("Int64"),
    )
    out["hour_of_week"] = out["weekday"] * 24 + out["hour"]
    out["channel"] = out["channel"].astype(object).where(out["channel"].notna(), None)
    return out


def oracle(frame, by, start, end, where):
    rows = frame[(frame["date"] >= pd.Timestamp(start)) & (frame["date"] <= pd.Timestamp(end))]
    for name, values in where.items():
        wanted = [None if value == "(unknown)" else value for value in values]
        rows = rows[rows[name].isin(wanted)]
    if not by:
        sums = rows[list(SUMS)].sum(min_count=1).to_frame().T
        sums["n"] = rows["date"].nunique()
    else:
        groups = rows.groupby(by, dropna=False)
        sums = groups[list(SUMS)].sum(min_count=1).assign(n=groups["date"].nunique()).reset_index()
    for name, (top, bottom, scale) in RATIOS.items():
        sums[name] = scale * sums[top] / sums[bottom].where(sums[bottom] != 0)
    return sums


def key(row, by):
    return tuple("" if pd.isna(row[name]) else str(row[name]) for name in by)


def equal(answer, expected, by, names):
    found = {key(row, by): row for row in answer.to_dict("records")}
    wanted = {key(row, by): row for row in expected.to_dict("records")}
    assert set(found) == set(wanted)
    for place, row in wanted.items():
        for name in names:
            left, right = found[place][name], row[name]
            assert (pd.isna(left) and pd.isna(right)) or left == pytest.approx(right, rel=1e-12), (
                place,
                name,
            )


BY = st.lists(
    st.sampled_from(
        [
            "channel",
            "campaign",
            "creative",
            "region",
            "date",
            "week",
            "month",
            "weekday",
            "hour",
            "hour_of_week",
        ]
    ),
    max_size=3,
    unique=True,
)
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.lists(st.sampled_from(["search", "feed", "(unknown)"]), min_size=1, unique=True),
        "campaign": st.lists(st.sampled_from(["c1", "c2"]), min_size=1, unique=True),
        "weekday": st.lists(st.integers(0, 6), min_size=1, unique=True),
        "hour": st.lists(st.integers(0, 23), min_size=1, unique=True),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by=BY, where=WHERE, start=st.integers(0, 99), days=st.integers(1, 100))
def test_any_breakdown_filter_and_period_equals_pandas(random_store, frame, by, where, start, days):
    first = worlds.START + dt.timedelta(days=start)
    last = min(first + dt.timedelta(days=days - 1), LAST)
    names = [*SUMS, *RATIOS]
    answer = metrics.kpis(random_store, by, names, f"{first}..{last}", where=where)
    equal(answer.table, oracle(frame, by, first, last, where), by, [*names, "n"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by=BY.filter(lambda names: len(names) > 0), days=st.integers(2, 50))
def test_sums_of_a_breakdown_add_up_to_the_total(random_store, by, days):
    period = f"last_{days}_days"
    total = metrics.kpis(random_store, None, SUMS, period).table.iloc[0]
    parts = metrics.kpis(random_store, by, SUMS, period).table
    for name in SUMS:
        assert parts[name].sum() == pytest.approx(total[name], rel=1e-12)


def test_both_periods_of_a_comparison_equal_two_questions(random_store):
    for by in ([], ["channel"], ["campaign", "weekday"]):
        both = metrics.kpis(random_store, by, ["cost", "cvr"], "last_28_days", "previous_period").table
        before = metrics.kpis(random_store, by, ["cost", "cvr"], both_days(random_store)).table
        joined = (
            both.merge(before, on=by, how="left", suffixes=("", "_alone"))
            if by
            else both.join(before, rsuffix="_alone")
        )
        for name in ("cost", "cvr"):
            np.testing.assert_allclose(joined[f"{name}_before"], joined[f"{name}_alone"], rtol=1e-13)
            change = (joined[name] - joined[f"{name}_before"]) / joined[f"{name}_before"].abs()
            np.testing.assert_allclose(joined[f"{name}_change"], change)
            np.testing.assert_allclose(joined[f"{name}_diff"], joined[name] - joined[f"{name}_before"])


def both_days(store):
    return metrics.kpis(store, None, "cost", "last_28_days", "previous_period").compare


def test_overlapping_periods_count_their_common_days_in_both(random_store):
    answer = metrics.kpis(random_store, None, "clicks", "2026-03-01..2026-03-31", "2026-03-15..2026-04-05")
    alone = metrics.kpis(random_store, None, "clicks", "2026-03-15..2026-04-05")
    assert answer.table["clicks_before"][0] == alone.table["clicks"][0]


def test_an_earlier_period_stands_beside_now_by_day_week_and_month(random_store):
    daily = metrics.kpis(random_store, "date", "cost", "2026-03", "previous_period").table
    february = metrics.kpis(random_store, "date", "cost", "2026-02").table
    np.testing.assert_allclose(daily["cost_before"][:28], february["cost"])
    assert daily["cost_before"][28:].isna().all()
    monthly = metrics.kpis(random_store, "month", "cost", "2026-03", "previous_period").table
    assert monthly["cost_before"].tolist() == pytest.approx([february["cost"].sum()])
    back = metrics.kpis(random_store, "date", "cost", "2026-02", "2026-03").table
    assert len(back) == 28, "days 29 to 31 stand beside no day of February"


def test_the_order_of_rows_changes_nothing(tmp_path, random_store, random_facts):
    from workbench import data

    shuffled = worlds.commit(data.open(tmp_path), random_facts.sample(frac=1, random_state=5))
    for by in (None, "channel", ["campaign", "week"]):
        left, right = (
            metrics.kpis(store, by, compare="previous_period") for store in (random_store, shuffled)
        )
        pd.testing.assert_frame_equal(left.table, right.table, rtol=1e-12)


def test_the_same_filter_written_otherwise_gives_the_same(random_store):
    one = metrics.kpis(random_store, "channel", where={"channel": "search", "ad": ["k1"]})
    two = metrics.kpis(random_store, ["channel"], where={"channel": ["search"], "creative": ("k1",)})
    pd.testing.assert_frame_equal(one.table, two.table)
    row = metrics.kpis(random_store, ["channel", "ad"]).table
    row = row[(row["channel"] == "search") & (row["creative"] == "k1")]
    assert one.table["cost"][0] == row["cost"].iloc[0]


def test_every_metric_of_the_catalogue_is_answered_or_says_who_does(random_store):
    from workbench.errors import QuestionError

    for name, metric in builtin().items():
        if metric.answered_by:
            with pytest.raises(QuestionError, match=metric.answered_by):
                metrics.kpis(random_store, "channel", name)
        else:
            assert name in metrics.kpis(random_store, "channel", name).table


def test_unknown_facts_are_null_and_zero_denominators_too(new_store):
    frame = worlds.facts(1, rows=400)
    frame["conversions"] = 0.0
    frame["revenue_micros"] = None
    frame.loc[frame["channel"] == "feed", "cost_micros"] = None
    frame = frame.assign(cost_micros=frame["cost_micros"].astype("Int64"))
    worlds.commit(new_store, frame)
    table = metrics.kpis(new_store, "channel", [*SUMS, *RATIOS, "opens", "engagement_rate"], "all").table
    assert table[["revenue", "aov", "roas", "cpa", "opens", "engagement_rate"]].isna().all().all()
    assert (table["cvr"] == 0).all()
    feed = table[table["channel"] == "feed"]
    assert feed[["cost", "cpc", "cpm"]].isna().all().all()
    assert feed["clicks"].notna().all()


def test_a_group_known_only_before_keeps_its_row(new_store):
    frame = worlds.facts(2)
    ended = (frame["campaign"] == "c5") & (frame["local_date"] > dt.date(2026, 3, 1))
    worlds.commit(new_store, frame[~ended])
    table = metrics.kpis(new_store, "campaign", "cost", "last_28_days", "2026-02").table.set_index("campaign")
    assert np.isnan(table.loc["c5", "cost"])
    assert table.loc["c5", "cost_before"] > 0
    assert np.isnan(table.loc["c5", "cost_change"])


def test_time_leads_in_order_and_members_by_size(random_store):
    daily = metrics.kpis(random_store, ["week", "channel"], "cost").table
    assert daily["week"].is_monotonic_increasing
    channels = metrics.kpis(random_store, "channel", ["impressions", "cost"]).table
    assert channels["cost"].is_monotonic_decreasing
    assert None in set(channels["channel"])


def test_one_compiled_query_serves_every_period(random_store):
    from workbench.metrics import query

    metrics.kpis(random_store, "region", "cost", "last_7_days")
    known = len(query._compiled[random_store])
    answers = [metrics.kpis(random_store, "region", "cost", f"last_{n}_days") for n in (9, 30)]
    assert len(query._compiled[random_store]) == known
    assert answers[0].sql != answers[1].sql
    assert "MAKE_DATE(1601" not in answers[0].sql


def test_the_compiled_query_names_the_days_that_stand_for_periods(random_store):
    from workbench.metrics import query

    spec = query.shape(("channel",), ("cost_micros",), {}, 2)
    sql = random_store.sql(query.expression(random_store.table(query.ROLLUP), spec))
    assert all(random_store.literal(day) in sql for marks in query._MARKS for day in marks)


def test_money_adds_up_to_the_micro(new_store):
    frame = worlds.facts(4, rows=300)
    frame["cost_micros"] = np.random.default_rng(0).integers(1, 2 * 10**13, len(frame))
    worlds.commit(new_store, frame)
    total = metrics.kpis(new_store, None, "cost", "all").table["cost"][0]
    assert total == int(frame["cost_micros"].sum()) / 1e6
