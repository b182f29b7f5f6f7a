"""Simulation with known truth at a size that can fail, real public data, and the demo world's experiments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from trial_frames import row

import workbench as wb
from workbench.compare.cube import Moments
from workbench.compare.estimates import estimate
from workbench.compare.inference import Once, difference
from workbench.compare.measures import Measure
from workbench.errors import QuestionError


def trials(means: np.ndarray, variances: np.ndarray, n: np.ndarray):
    """Differences of many simulated experiments at once, from the moments of each arm.

    Args:
        means, variances: (experiments, 2) of control and arm.
        n: Units of each arm.
    """
    count = len(means)
    sizes = np.broadcast_to(n, (count, 1, 2)).astype(float)
    spread = (variances * (n - 1))[:, None, :, None, None]
    blank = np.full(sizes.shape, np.nan)
    cells = Moments(sizes, means[:, None, :, None], spread, blank, blank)
    found = estimate(Measure("x", ("x", None)), cells)
    given = (found.value[:, 1], found.value[:, 0], found.variance(1), found.variance(0))
    return difference(*given, found.covariance(1, 0), found.degrees(1, 0), sizes.sum((1, 2)), Once(), 0.05)


def shares(random: np.random.Generator, rates: tuple[float, float], n: int, count: int):
    """Differences of simulated shares of buyers."""
    found = random.binomial(n, rates, (count, 2)) / n
    return trials(found, found * (1 - found) * n / (n - 1), np.array([n, n]))


def test_the_interval_of_a_lift_covers_it_19_times_in_20():
    """1,000 users an arm and 2% buyers, true lift +20%; a naive interval of the ratio covers 90%."""
    random = np.random.default_rng(11)
    made = shares(random, (0.02, 0.024), 1000, 40_000)
    inside = (made.lift_low <= 0.2) & (made.lift_high >= 0.2)
    assert inside.mean() == pytest.approx(0.95, abs=0.01)
    base = made.effect / np.where(made.lift == 0, np.nan, made.lift)
    naive = np.abs(made.lift - 0.2) <= 1.96 * made.se / base
    assert naive[np.isfinite(base)].mean() < 0.93


def test_the_interval_of_the_effect_covers_it_too():
    made = shares(np.random.default_rng(12), (0.02, 0.024), 1000, 40_000)
    assert ((made.low <= 0.004) & (made.high >= 0.004)).mean() == pytest.approx(0.95, abs=0.01)


def test_p_values_of_a_a_tests_are_uniform():
    random = np.random.default_rng(13)
    values = random.gamma(2.0, 10.0, (4000, 2, 150))
    made = trials(values.mean(2), values.var(2, ddof=1), np.array([150, 150]))
    assert stats.kstest(made.p_value, "uniform").pvalue > 0.01
    assert (made.p_value < 0.05).mean() == pytest.approx(0.05, abs=0.011)


def test_cuped_covers_with_strong_covariates_and_unequal_arms():
    """2,000 experiments as segments of one question: lift of a mean of 10 to 11, correlation 0.8."""
    random = np.random.default_rng(14)
    count, sizes = 2000, (60, 140)
    segment = np.repeat(np.arange(count), sum(sizes))
    arm = np.tile(np.repeat(["A", "B"], sizes), count)
    before = random.normal(10, 2, len(segment))
    after = 10 + 0.8 * (before - 10) * 1.5 + random.normal(0, 1.5, len(segment)) + 1.0 * (arm == "B")
    data = pd.DataFrame({"segment": segment, "variant": arm, "x": after, "before": before})
    table = wb.compare.experiment(data, "x", by="segment", covariates=["before"]).table
    assert ((table["low"] <= 1) & (table["high"] >= 1)).mean() == pytest.approx(0.95, abs=0.015)
    assert ((table["lift_low"] <= 0.1) & (table["lift_high"] >= 0.1)).mean() == pytest.approx(0.95, abs=0.015)
    assert table["reduction"].mean() > 0.5


def test_differences_of_quantiles_cover_their_truth():
    """Medians of lognormal waits, 300 a group, 1,500 experiments; the interval may be a little wide."""
    from workbench.compare.quantiles import compare, order

    random, inside = np.random.default_rng(15), []
    width, true = stats.norm.ppf(0.975), 1.2 * np.e - np.e
    waits = random.lognormal(1, 1, (1500, 2, 300))
    arms = {g: order(1.2 * waits[g, 1], 0.5, width) for g in range(1500)}
    control = {g: order(waits[g, 0], 0.5, width) for g in range(1500)}
    made = compare(arms, control, list(range(1500)), width, Once(), 0.05)
    inside = (made.low <= true) & (made.high >= true)
    assert 0.94 <= inside.mean() <= 0.975
    ratio = (made.lift_low <= 0.2) & (made.lift_high >= 0.2)
    assert 0.94 <= ratio.mean() <= 0.975


def test_hillstrom(shared_data):
    """Published: visits 10.617, 18.276, 15.140% and spend 0.65279, 1.42262, 1.07720 dollars."""
    mails = pd.read_csv(shared_data / "hillstrom.csv")
    answer = wb.compare.experiment(
        mails,
        ["visit", "spend"],
        variant="segment",
        control="No E-Mail",
        covariates=None,
        rollout=1_000_000,
    )
    expected = {"Mens E-Mail": (0.18276, 1.42262), "Womens E-Mail": (0.15140, 1.07720)}
    for name, (visit, spend) in expected.items():
        seen, paid = row(answer, "visit", name), row(answer, "spend", name)
        assert (seen["mean"], seen["mean_control"]) == pytest.approx((visit, 0.10617), abs=5e-6)
        assert (paid["mean"], paid["mean_control"]) == pytest.approx((spend, 0.65279), abs=5e-6)
        rows, control = (mails[mails["segment"] == arm] for arm in (name, "No E-Mail"))
        for metric, found in (("visit", seen), ("spend", paid)):
            welch = stats.ttest_ind(rows[metric], control[metric], equal_var=False)
            assert (found["low"], found["high"]) == pytest.approx(welch.confidence_interval(), rel=1e-9)
            assert found["lift_low"] < found["lift"] < found["lift_high"]
            assert found["p_adjusted"] < 0.01
    assert answer.srm.ok
    assert answer.units == {"visit": "percent", "spend": "money"}
    assert answer.verdict.startswith("Mens E-Mail is really better than No E-Mail in visit: +72.1%")


@pytest.fixture(scope="module")
def planted():
    return wb.demo.truth()


def test_the_demo_worlds_experiments_are_recovered(demo_store, planted):
    for truth in planted.experiments.itertuples():
        answer = wb.compare.experiment(
            demo_store,
            ["converted", "revenue"],
            name=truth.experiment,
            control=truth.control,
            covariates={"revenue": ["revenue_before"], "converted": ["orders_before"]},
        )
        assert answer.srm.ok
        for metric, lift in (("converted", truth.converted_lift), ("revenue", truth.revenue_lift)):
            found = row(answer, metric, truth.treated)
            assert found["lift_low"] < lift < found["lift_high"], (truth.experiment, metric)
            assert (found["p_adjusted"] < 0.05) == (lift > 0), (truth.experiment, metric)
            assert found["reduction"] > 0
        assert ("really better" in answer.verdict) == (truth.converted_lift > 0)
        assert answer.data_version == demo_store.version
        assert (answer.currency, answer.as_of) == ("CNY", dt.date(2026, 10, 31))


def test_the_programmes_hold_out_is_recovered(demo_store, planted):
    programme = planted.programme
    answer = wb.compare.experiment(
        demo_store,
        ["converted", "revenue"],
        name=programme["id"],
        control=programme["control"],
        shares={programme["control"]: 0.3, programme["treated"]: 0.7},
        covariates={"revenue": ["revenue_before"]},
    )
    for metric, plant in (("converted", "repurchase_lift"), ("revenue", "sales_lift")):
        found = row(answer, metric, programme["treated"])
        assert found["lift_low"] < programme[plant] < found["lift_high"]
        assert found["low"] > 0


def test_outcomes_of_a_store_are_those_that_were_recorded(demo_store):
    """Orders and revenue from the transactions against what the assignments table says, refunds apart."""
    asked = {"name": "bundle_landing_page", "covariates": {"orders": ["orders_before"]}}
    answer = wb.compare.experiment(demo_store, ["converted", "orders", "revenue"], **asked)
    recorded = demo_store.query(
        "SELECT * FROM assignments WHERE experiment = 'bundle_landing_page'"
    ).to_pandas()
    oracle = wb.compare.experiment(recorded, ["converted", "orders"], covariates=asked["covariates"])
    for metric in ("converted", "orders"):
        for name in ("effect", "p_value", "n"):
            assert row(answer, metric)[name] == pytest.approx(row(oracle, metric)[name], rel=1e-9)
    refunds = demo_store.query(
        "SELECT sum(t.amount_micros) / 1e6 AS x FROM assignments a JOIN transactions t USING (customer_id) "
        "WHERE a.experiment = 'bundle_landing_page' AND a.variant = 'B' AND t.kind = 'refund' "
        "AND t.time >= a.time"
    )["x"][0].as_py()
    gross = recorded.loc[recorded["variant"] == "B", "revenue"].sum()
    net = row(answer, "revenue")["mean"] * row(answer, "revenue")["n"]
    assert net == pytest.approx(gross + refunds, rel=1e-9)


def test_a_look_and_a_follow_up_cut_every_unit_alike(demo_store):
    answer = wb.compare.experiment(
        demo_store, ["orders"], name="bundle_landing_page", until="2026-09-30", days=21, keep=["region"]
    )
    oracle = demo_store.query(
        "SELECT a.variant, count(t.transaction_id) FILTER (t.kind = 'order' "
        "AND epoch(t.time) - epoch(a.time) >= 0 AND epoch(t.time) - epoch(a.time) < 21 * 86400) AS n "
        "FROM assignments a LEFT JOIN transactions t USING (customer_id) "
        "WHERE a.experiment = 'bundle_landing_page' GROUP BY 1"
    ).to_pylist()
    counts = {found["variant"]: found["n"] for found in oracle}
    found = row(answer, "orders")
    assert found["mean"] * found["n"] == pytest.approx(counts["B"])
    assert found["mean_control"] * found["n_control"] == pytest.approx(counts["A"])
    assert answer.as_of == dt.date(2026, 9, 30)
    assert {"follow_up", "early_look"} <= {item.code for item in answer.warnings}
    regions = answer.slice(by="region").table
    assert regions["n"].sum() == found["n"]


def test_an_arm_that_began_later_is_compared_at_equal_age(tmp_path):
    """B began 20 days after A and converts alike at equal age; compared as it stands it looks far worse."""
    store = late_arm(tmp_path)
    answer = wb.compare.experiment(store, ["orders"])
    assert {item.code for item in answer.warnings} >= {"equal_age"}
    found = row(answer, "orders")
    assert found["mean"] == pytest.approx(found["mean_control"], abs=0.08)
    plain = wb.compare.experiment(store, ["orders"], days=1)
    assert row(plain, "orders")["mean"] < 0.2
    with pytest.raises(QuestionError, match="No unit has 300 days"):
        wb.compare.experiment(store, ["orders"], days=300)


def late_arm(folder):
    """1,000 customers, each buying on one in ten days, 20 and 40 days before the end."""
    import pyarrow as pa

    from workbench.schema import TABLES
    from workbench.store.changes import Change

    random = np.random.default_rng(7)
    end = dt.datetime(2026, 6, 30, 15, tzinfo=dt.UTC)
    people = [(f"c{i}", "AB"[i % 2], end - dt.timedelta(40 - 20 * (i % 2))) for i in range(1000)]
    orders = []
    for name, _, begun in people:
        for day in range((end - begun).days):
            if random.random() < 0.1:
                at = begun + dt.timedelta(day, 3600)
                told = {"transaction_id": f"{name} {day}", "customer_id": name, "kind": "order", "time": at}
                orders.append(told | {"local_date": at.date(), "currency": "CNY", "amount_micros": 10**7})
    rows = [{"experiment": "late", "customer_id": n, "variant": v, "time": t} for n, v, t in people]
    store = wb.open(folder / "late")
    store.commit(
        [
            Change("assignments", pa.Table.from_pylist(rows, TABLES["assignments"].arrow())),
            Change("transactions", pa.Table.from_pylist(orders, TABLES["transactions"].arrow())),
        ]
    )
    return store


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "The store holds 3 experiments"),
        ({"name": "nothing"}, "Unknown experiment 'nothing'"),
        ({"name": "bundle_landing_page", "metrics": "ctr"}, "Unknown metric 'ctr'"),
        ({"name": "bundle_landing_page", "by": "email"}, "Unknown attribute 'email'"),
        ({"name": "bundle_landing_page", "until": "soon"}, "'soon' is no day"),
        ({"name": "bundle_landing_page", "until": "2020-01-01"}, "Nobody was assigned"),
        ({"name": "bundle_landing_page", "days": 0}, "follow-up of 0 days"),
        ({"name": "bundle_landing_page", "currency": "EUR"}, "Unknown currency"),
    ],
)
def test_a_store_says_what_it_does_not_hold(demo_store, asked, words):
    with pytest.raises(QuestionError, match=words):
        wb.compare.experiment(demo_store, **asked)


def test_every_look_is_the_question_until_that_day(demo_store):
    answer = wb.compare.looks(demo_store, "bundle_landing_page", "revenue", covariates=["revenue_before"])
    assert len(answer.table) == 11
    assert answer.table["look"].iloc[-1] == dt.date(2026, 10, 31)
    for at in (1, 5, 10):
        found = answer.table.iloc[at]
        same = wb.compare.experiment(
            demo_store,
            ["revenue"],
            name="bundle_landing_page",
            until=found["look"],
            covariates=["revenue_before"],
        )
        assert row(same, "revenue")["effect"] == pytest.approx(found["effect"], rel=1e-9)
        assert row(same, "revenue")["se"] == pytest.approx(found["se"], rel=1e-9)
    assert "first time" in answer.verdict
    once = wb.compare.looks(demo_store, "bundle_landing_page", "revenue", sequential=None)
    widths = [(item.table["high"] - item.table["low"]) / item.table["se"] for item in (answer, once)]
    assert (widths[0] > widths[1]).all()
    assert widths[0].is_monotonic_decreasing


def test_a_transaction_that_only_knows_its_day_counts_at_noon_of_it(tmp_path):
    """Beijing's noon is 04:00 UTC: assigned at 03:00, the same day counts; assigned at 05:00, it does not."""
    import pyarrow as pa

    from workbench.schema import TABLES
    from workbench.store.changes import Change

    store = wb.open(tmp_path / "days")
    (store.path / "workbench.toml").write_text(
        (store.path / "workbench.toml").read_text(encoding="utf-8") + '\ntimezone = "Asia/Shanghai"\n',
        encoding="utf-8",
    )
    store = wb.open(store.path)
    day = dt.date(2026, 5, 4)
    people = [("early", "B", 3), ("late", "B", 5), ("other", "A", 3), ("none", "A", 5)]
    rows = [{"experiment": "x", "customer_id": name, "variant": arm,
             "time": dt.datetime(2026, 5, 4, hour, tzinfo=dt.UTC)} for name, arm, hour in people]  # fmt: skip
    sold = {"kind": "order", "local_date": day, "currency": "CNY", "amount_micros": 5_000_000}
    bought = [sold | {"transaction_id": name, "customer_id": name} for name in ("early", "late", "other")]
    store.commit(
        [
            Change("assignments", pa.Table.from_pylist(rows, TABLES["assignments"].arrow())),
            Change("transactions", pa.Table.from_pylist(bought, TABLES["transactions"].arrow())),
        ]
    )
    found = row(wb.compare.experiment(store, ["revenue"]), "revenue")
    assert (found["mean"], found["mean_control"]) == (2.5, 2.5)
