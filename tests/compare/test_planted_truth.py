"""The demo world's planted effects over many seeds: intervals hold them as often as they claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from binomial import held, held_together, limits
from planted_worlds import programme, reactions, regions, trials

import workbench as wb
from workbench.compare.causal.regions import BEFORE

COVARIATES = {"revenue": ["revenue_before"], "converted": ["orders_before"]}


def sizes(quick: int, long: int) -> Callable:
    """How many worlds a test looks at: in every run, and in `make soak`."""
    return pytest.mark.parametrize("count", [quick, pytest.param(long, marks=pytest.mark.soak)])


@pytest.fixture(scope="module")
def planted():
    return wb.demo.truth()


def test_the_limits_can_fail_on_both_sides():
    """What a 90% interval and one that never misses would give."""
    random = np.random.default_rng(1)
    assert limits(200) == (181, 197)
    assert not held(np.ones(200, bool))
    assert not held_together(np.ones((60, 15), bool))
    for level, right in ((0.9, False), (0.95, True), (0.99, False)):
        drawn = random.random((400, 600)) < level
        assert (np.mean([held(row) for row in drawn]) > 0.95) == right
        assert held_together(drawn[:60, :15]) == right


def trial_names():
    known = wb.demo.truth()
    return [known.programme["id"], *known.experiments["experiment"]]


@pytest.fixture(scope="module")
def assigned():
    """Assignments by number of worlds, each made once."""
    made = {}

    def of(count):
        if count not in made:
            made[count] = trials(range(1000, 1000 + count))
        return made[count]

    return of


def asked_of(planted, name):
    """Control, shares and planted lifts of a trial."""
    held_out = planted.programme
    if name == held_out["id"]:
        shares = {held_out["control"]: held_out["hold_out"], held_out["treated"]: 1 - held_out["hold_out"]}
        return held_out["control"], shares, held_out["repurchase_lift"], held_out["sales_lift"]
    entry = planted.experiments.set_index("experiment").loc[name]
    return entry["control"], None, entry["converted_lift"], entry["revenue_lift"]


@pytest.mark.parametrize("covariates", [None, COVARIATES], ids=["plain", "cuped"])
@pytest.mark.parametrize("name", trial_names())
@sizes(200, 1500)
def test_trials_of_many_worlds_hold_their_planted_lifts(assigned, planted, name, covariates, count):
    """Every world is a segment of one question; where nothing was planted, one in 20 looks real."""
    table = assigned(count)
    control, shares, converted, revenue = asked_of(planted, name)
    answer = wb.compare.experiment(
        table.filter(pc.equal(table["experiment"], name)),
        list(COVARIATES)[::-1],
        by="world",
        control=control,
        shares=shares,
        covariates=covariates,
    )
    for metric, lift in (("converted", converted), ("revenue", revenue)):
        found = answer.table[answer.table["metric"] == metric]
        assert len(found) == count
        assert held((found["lift_low"] <= lift) & (lift <= found["lift_high"])), metric
        seen = (found["p_value"] < 0.05).mean()
        assert seen > 0.6 if lift else held(found["p_value"] >= 0.05), metric


@sizes(160, 1000)
def test_the_programme_of_many_worlds_lies_inside_its_intervals(planted, count):
    """By the hold-out (sharpened by the time before) and by differences in differences."""
    lifts = {"converted": "repurchase_lift", "revenue": "sales_lift"}
    inside: dict[tuple[str, str], list[bool]] = {}
    for seed in range(count):
        table = programme(seed)
        for outcome, name in lifts.items():
            for method in ("holdout", "did"):
                asked = (table, "customer", "half", outcome, "treated", method)
                inside.setdefault((outcome, method), []).append(holds(asked, planted.programme[name]))
    for asked, hits in inside.items():
        assert held(np.array(hits)), (asked, np.mean(hits))


def holds(asked: tuple, lift: float, **wishes) -> bool:
    """Whether the interval of `incremental` holds a lift."""
    found = wb.compare.incremental(*asked, **wishes).table.iloc[0]
    return bool(found["lift_low"] <= lift <= found["lift_high"])


@sizes(60, 400)
def test_the_effect_matrix_of_many_worlds_is_covered_on_average(planted, count):
    """Partly pooled intervals promise their level on average over cells, not in every cell."""
    known = planted.method_effects.set_index(["value_class", "method"])["reaction_probability"]
    first, every = [], []
    for seed in range(count):
        table = reactions(seed)
        law = table.groupby(["group", "method"])["chance"].mean()
        first.append(cells(table[table["first"]], known))
        every.append(cells(table, law))
    assert held_together(np.array(first)), np.mean(first)
    assert held_together(np.array(every)), np.mean(every)


def cells(table: pd.DataFrame, truth: pd.Series) -> np.ndarray:
    """Whether each cell's pooled interval holds its truth."""
    found = wb.compare.effects(table, group="group", unit="customer").table
    found = found.sort_values(["group", "arm"])
    planted = truth.loc[list(zip(found["group"], found["arm"], strict=True))].to_numpy()
    return ((found["shrunk_low"] <= planted) & (planted <= found["shrunk_high"])).to_numpy()


@sizes(100, 600)
def test_the_geo_test_of_many_worlds_lies_inside_its_intervals(planted, count):
    """Synthetic control, as the guide recommends, of conversions and of the conversion rate."""
    test = planted.geo_test
    inside: dict[tuple[str, float], list[bool]] = {}
    for seed in range(count):
        table = regions(seed, test["start"] - dt.timedelta(days=BEFORE), test["end"])
        table["treated"] = table["region"].isin(test["regions"]).astype(int)
        for outcome in ("conversions", "cvr"):
            asked = (table, "region", "day", outcome, "treated", "synthetic_control", test["start"])
            for level in (0.95, 0.8):
                hit = holds(asked, test["lift"], level=level)
                inside.setdefault((outcome, level), []).append(hit)
            inside.setdefault((outcome, 0.0), []).append(not holds(asked, 0.0))
    for outcome, seen in (("conversions", 0.6), ("cvr", 0.9)):
        assert np.mean(inside.pop((outcome, 0.0))) > seen
    for (outcome, level), hits in inside.items():
        assert held(np.array(hits), level), (outcome, level, np.mean(hits))


def test_the_geo_test_of_the_shared_world_is_found(demo_store, planted):
    """From the store, as an analyst asks: +25% in two regions, and nothing in two others."""
    test = planted.geo_test
    for metric in ("conversions", "cvr"):
        answer = wb.compare.geo_test(demo_store, test["regions"], test["start"], test["end"], metric)
        found = answer.table.iloc[0]
        assert found["lift_low"] < test["lift"] < found["lift_high"], metric
        assert found["low"] > 0, metric
    other = ["Beijing", "Shaanxi"]
    where = {"region": [name for name in demo_store.members("region") if name not in test["regions"]]}
    quiet = wb.compare.geo_test(demo_store, other, test["start"], test["end"], "cvr", where=where).table.iloc[
        0
    ]
    assert quiet["low"] < 0 < quiet["high"]
