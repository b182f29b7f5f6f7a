"""Differences in differences against statsmodels and by hand, coverage, pre-trends, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from geo_worlds import frame, series
from scipy import stats

import workbench as wb
from workbench.compare.causal import did
from workbench.compare.causal.grid import grid
from workbench.errors import InputError, WorkbenchError


def asked(table, **wishes):
    return wb.compare.incremental(table, "region", "day", "orders", "treated", **wishes)


def panel(rng, units=12, times=20, treated=4, start=12, effect=0.0, memory=0.5):
    values = (
        20
        + rng.normal(size=(units, 1))
        + rng.normal(size=times).cumsum()
        + series(rng, (units, times), memory)
    )
    values[:treated, start:] += effect
    return values


@pytest.fixture(scope="module")
def table():
    return frame(panel(np.random.default_rng(0), effect=2.0), treated=4, start=12)


def test_a_two_way_regression_gives_the_same_effect_and_error(table):
    answer = asked(table, errors="CR1").table.iloc[0]
    groups = table["region"].astype("category").cat.codes
    oracle = smf.ols("orders ~ treated + C(region) + C(day)", table).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    assert answer["effect"] == pytest.approx(oracle.params["treated"], abs=1e-9)
    assert answer["std_error"] == pytest.approx(oracle.bse["treated"], abs=1e-9)
    assert answer["freedom"] == 11


def test_the_default_error_is_that_of_welch_on_the_units_changes(table):
    answer = asked(table).table.iloc[0]
    found = grid(table, "region", "day", "orders", "treated")
    change = found.outcome @ did.pieces(found)[0].coefficients
    oracle = sm.OLS(change, sm.add_constant(found.treated.astype(float))).fit(cov_type="HC2")
    assert answer["effect"] == pytest.approx(oracle.params[1], abs=1e-9)
    assert answer["std_error"] == pytest.approx(oracle.bse[1], abs=1e-9)
    welch = stats.ttest_ind(change[:4], change[4:], equal_var=False)
    assert answer["p_value"] == pytest.approx(welch.pvalue, abs=1e-9)
    assert answer["freedom"] == pytest.approx(welch.df, abs=1e-9)
    low, high = welch.confidence_interval()
    assert (answer["low"], answer["high"]) == pytest.approx((low, high), abs=1e-9)


def test_staggered_starts_give_the_group_time_effects_by_hand():
    rng = np.random.default_rng(3)
    values = panel(rng, units=10, treated=0)
    starts = {0: 8, 1: 8, 2: 14, 3: 14, 4: 14}
    table = frame(values, treated=0)
    day = (table["day"] - table["day"].min()).dt.days
    unit = table["region"].str[1:].astype(int)
    table["treated"] = (day >= unit.map(starts).fillna(99)).astype(int)
    table["orders"] += 3.0 * table["treated"] + 0.5 * table["treated"] * (day - unit.map(starts).fillna(0))
    wide = table.pivot_table(index="region", columns="day", values="orders").to_numpy()
    total, weight = 0.0, 0
    for start, members in ((8, [0, 1]), (14, [2, 3, 4])):
        for time in range(start, 20):
            change = wide[:, time] - wide[:, :start].mean(axis=1)
            total += len(members) * (change[members].mean() - change[5:].mean())
            weight += len(members)
    answer = asked(table)
    assert answer.table["effect"].iloc[0] == pytest.approx(total / weight, rel=1e-9)
    assert "several_starts" in {item.code for item in answer.warnings}
    with pytest.raises(InputError, match="would take treated units as controls"):
        asked(table, errors="CR1")


def test_without_the_never_treated_those_not_treated_yet_are_the_controls():
    rng = np.random.default_rng(4)
    table = frame(panel(rng, units=6, treated=0), treated=0)
    day = (table["day"] - table["day"].min()).dt.days
    start = table["region"].map({"r00": 8, "r01": 8, "r02": 14, "r03": 14, "r04": 16, "r05": 16})
    table["treated"] = (day >= start).astype(int)
    found = grid(table, "region", "day", "orders", "treated")
    used = [piece for piece in did.pieces(found) if piece.treated[0]]
    assert len(used) == 16 - 8
    for piece in used:
        time = int(np.flatnonzero(piece.coefficients > 0)[0])
        assert (found.start[piece.control] > time).all()


@pytest.mark.parametrize(("units", "treated"), [(16, 6), (20, 8), (30, 15)])
def test_the_interval_covers_and_placebos_are_not_significant(units, treated):
    rng, hits = np.random.default_rng(9), []
    for _ in range(200):
        spread = np.where(np.arange(units) < treated, 2.0, 1.0)[:, None]
        values = 20 + spread * series(rng, (units, 16), 0.6) + rng.normal(size=16).cumsum()
        values[:treated, 10:] += 1.5
        found = did.effect(grid(frame(values, treated, 10), "region", "day", "orders", "treated"))
        low, high = found.limits()
        hits.append(low <= 1.5 <= high)
    assert 0.915 < np.mean(hits) <= 0.985


def test_one_treated_unit_borrows_the_spread_of_the_controls_and_says_so():
    rng, hits = np.random.default_rng(12), []
    for _ in range(200):
        values = 20 + series(rng, (10, 16), 0.5)
        found = did.effect(grid(frame(values, 1, 10), "region", "day", "orders", "treated"))
        low, high = found.limits()
        hits.append(low <= 0 <= high)
    assert 0.925 < np.mean(hits) < 0.98
    answer = asked(frame(values, 1, 10))
    assert "one_treated_lent" in {item.code for item in answer.warnings}
    assert {check.status for check in answer.details["checks"]} == {"PASS", "REVIEW"}


def test_a_trend_before_the_start_is_seen_and_a_common_one_is_not():
    rng = np.random.default_rng(6)
    values = panel(rng, units=16, treated=6)
    alike = asked(frame(values, 6, 12)).details["checks"][0]
    values[:6] += 0.4 * np.arange(20)
    apart = asked(frame(values, 6, 12)).details["checks"][0]
    assert alike.status == "PASS"
    assert apart.status == "FAIL"
    assert "drifted apart" in apart.sentence("en")
    assert "分离" in apart.sentence("zh")


def test_one_unit_that_carries_the_result_is_named():
    rng = np.random.default_rng(7)
    values = panel(rng, units=14, treated=5)
    values[2, 12:] += 25
    check = asked(frame(values, 5, 12)).details["checks"][1]
    assert check.status == "REVIEW"
    assert "r02" in check.sentence()


def test_the_event_study_has_no_effect_before_and_the_effect_after(table):
    events = asked(table).details["events"]
    before, after = events[events["last"] < 0], events[events["first"] >= 0]
    assert len(before) == 6
    assert ((before["low"] <= 0) & (before["high"] >= 0)).mean() >= 0.8
    assert after["effect"].mean() == pytest.approx(asked(table).table["effect"].iloc[0], rel=1e-9)
    assert before["effect"].mean() == pytest.approx(0, abs=1e-9)


def test_money_has_fieller_s_interval_where_the_spend_is_estimated_too(table):
    rng = np.random.default_rng(8)
    table = table.assign(cost=1 + table["treated"] * 3 + rng.normal(0, 0.2, len(table)))
    money = asked(table, spend="cost", value=5.0).details["money"]
    assert money.incremental == pytest.approx(asked(table).table["effect"].iloc[0] * 4 * 8)
    assert money.iroas == pytest.approx(5 * money.incremental / money.spend)
    assert money.iroas_low < money.iroas < money.iroas_high
    assert money.cost_each_high == pytest.approx(5 / money.iroas_low)
    fixed = asked(table, spend=money.spend, value=5.0).details["money"]
    assert fixed.iroas_low == pytest.approx(5 * fixed.incremental_low / fixed.spend)
    unsure = asked(frame(panel(rng), 4, 12), spend=100.0)
    assert unsure.details["money"].cost_each_high == np.inf
    assert "is open" in unsure.sentence()


@pytest.mark.parametrize("kind", ["polars-like", "arrow"])
def test_other_tables_give_the_same_answer(table, kind):
    import pyarrow as pa

    other = pa.Table.from_pandas(table, preserve_index=False)
    if kind == "polars-like":
        import ibis

        other = ibis.memtable(table)
    assert asked(other).table["effect"].iloc[0] == pytest.approx(asked(table).table["effect"].iloc[0])


def test_gaps_are_left_out_or_zero_and_said(table):
    gappy = table.drop(index=table.index[[3, 150]])
    answer = asked(gappy)
    assert answer.table["n"].iloc[0] == 3
    assert "units_left_out" in {item.code for item in answer.warnings}
    assert asked(gappy, missing="zero").table["n"].iloc[0] == 4
    unknown = table.assign(orders=table["orders"].where(table.index != 5))
    assert {"rows_without_value", "units_left_out"} <= {item.code for item in asked(unknown).warnings}


BAD = [
    (lambda t: t.assign(treated=0), "No unit is treated"),
    (lambda t: t[t["treated"] == 1], "no time before"),
    (lambda t: t.assign(treated=1), "no time before"),
    (lambda t: t[t["region"] < "r05"], "1 control unit"),
    (lambda t: t[t["region"] < "r04"], "no control unit"),
    (lambda t: pd.concat([t, t]), "several rows"),
    (lambda t: t.assign(treated=t["treated"] * 2), "holds 2"),
    (lambda t: t.assign(orders="many"), "no number"),
    (lambda t: t.assign(orders=np.nan), "No row has"),
    (lambda t: t.drop(columns="orders"), "Unknown column 'orders'"),
    (
        lambda t: t.assign(treated=((t["treated"] == 1) & (t["day"] < "2026-01-18")).astype(int)),
        "ends before",
    ),
    (
        lambda t: t[(t["treated"] == 0) | (t["day"] < "2026-01-18")],
        "No treated unit has a value at every time",
    ),
    (lambda t: 7, "no table"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_a_frame_that_allows_no_comparison_gets_a_sentence(table, change, sentence):
    with pytest.raises(InputError, match=sentence):
        asked(change(table))


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"method": "magic"}, "Unknown method"),
        ({"errors": "HC9"}, "Unknown value of errors"),
        ({"seasons": 7}, "Did you mean 'season'"),
        ({"missing": "guess"}, "Unknown value of missing"),
        ({"spend": -5.0}, "no amount"),
        ({"start": "soon"}, "no time like"),
    ],
)
def test_a_wish_that_makes_no_sense_gets_a_sentence(table, wishes, sentence):
    with pytest.raises(WorkbenchError, match=sentence):
        asked(table, **wishes)


def test_start_says_when_where_the_column_says_who(table):
    who = table.assign(treated=(table["region"] < "r04").astype(int))
    answer = asked(who, start="2026-01-13")
    assert answer.table["effect"].iloc[0] == pytest.approx(asked(table).table["effect"].iloc[0])
