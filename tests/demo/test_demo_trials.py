"""The loyalty programme and the experiments, found again in the stored tables."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.demo import truth


@pytest.fixture(scope="module")
def planted():
    return truth()


def frame(store, sql):
    return store.query(sql).to_pandas()


def lift_interval(treated, control):
    """Lift of means with its 95% log-ratio interval."""
    mean, base = treated.mean(), control.mean()
    se = np.sqrt(treated.var(ddof=1) / len(treated) / mean**2 + control.var(ddof=1) / len(control) / base**2)
    return mean / base - 1, mean / base * np.exp(-1.96 * se) - 1, mean / base * np.exp(1.96 * se) - 1


def arms(store, experiment):
    return frame(store, f"SELECT * FROM assignments WHERE experiment = '{experiment}'")


def test_the_hold_out_recovers_the_programme(demo_store, planted):
    programme = planted.programme
    table = arms(demo_store, programme["id"])
    treated = table[table["variant"] == programme["treated"]]
    control = table[table["variant"] == programme["control"]]
    assert len(control) / len(table) == pytest.approx(programme["hold_out"], abs=0.02)
    for metric, plant in (("converted", "repurchase_lift"), ("revenue", "sales_lift")):
        lift, low, high = lift_interval(treated[metric], control[metric])
        assert low < programme[plant] < high, metric
        assert low > 0, metric
        assert lift == pytest.approx(programme[plant], abs=0.1)
    before, low, high = lift_interval(treated["revenue_before"], control["revenue_before"])
    assert low < 0 < high, before


def test_the_programme_invites_high_value_customers_from_before_its_start(demo_store, planted):
    odd = frame(
        demo_store,
        "SELECT count(*) FILTER (c.value_class <> 'high') AS others, "
        f"count(*) FILTER (c.created_date >= '{planted.programme['start']}') AS late "
        "FROM assignments a JOIN customers c USING (customer_id) "
        f"WHERE experiment = '{planted.programme['id']}'",
    )
    assert odd.iloc[0].tolist() == [0, 0]


def test_experiment_intervals_contain_the_planted_effects(demo_store, planted):
    for experiment in planted.experiments.itertuples():
        table = arms(demo_store, experiment.experiment)
        treated = table[table["variant"] == experiment.treated]
        control = table[table["variant"] == experiment.control]
        split = len(treated) / len(table)
        assert abs(split - 0.5) < 2.6 * 0.5 / np.sqrt(len(table)), "sample ratio"
        for metric, plant in (
            ("converted", experiment.converted_lift),
            ("revenue", experiment.revenue_lift),
        ):
            _, low, high = lift_interval(treated[metric], control[metric])
            assert low < plant < high, (experiment.experiment, metric)
            if plant:
                assert low > 0, (experiment.experiment, metric)
            else:
                assert low < 0 < high, (experiment.experiment, metric)


def test_the_period_before_makes_experiments_sharper(demo_store, planted):
    """CUPED: regressing on revenue_before narrows the interval."""
    for experiment in planted.experiments["experiment"]:
        table = arms(demo_store, experiment)
        correlation = np.corrcoef(table["revenue"], table["revenue_before"])[0, 1]
        assert np.sqrt(1 - correlation**2) < 0.96
