"""Past advice judged: on planted curves it wins, and the arithmetic is that of its definition."""

from __future__ import annotations

import json

import fits
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import plans
from workbench.errors import QuestionError
from workbench.plans.backtest import total, wilson


@pytest.fixture(scope="module")
def truth():
    return wb.demo.truth()


def test_following_the_plan_beats_the_split_before_in_nine_of_ten_seeds(truth):
    judge = truth.response_curves
    tests = [
        plans.backtest(fits.world(truth, seed), fits.elastic, judge=judge, least=52, horizon=4)
        for seed in range(20)
    ]
    won = [test.gain > 0 for test in tests]
    assert np.mean(won) >= 0.9
    assert np.mean([test.gain for test in tests]) > 0.01
    every = pd.concat([test.table for test in tests])
    assert every["won"].mean() >= 0.9


def test_following_the_plan_beats_the_split_before_on_the_demo_world(demo_store, truth):
    frame = plans.history(demo_store, ["channel", "region"])
    test = plans.backtest(frame, fits.elastic, judge=truth.response_curves, least=40, horizon=6)
    assert test.plans >= 5
    assert test.share >= 0.9
    assert test.low <= test.share <= test.high
    assert "would have beaten" in test.sentence("en")
    assert "优于" in test.sentence("zh")
    written = json.loads(json.dumps(test.to_dict()))
    assert len(written["rows"]) == test.plans


def test_the_figures_are_those_of_the_definition(truth):
    frame, judge = fits.world(truth, 3), truth.response_curves
    test = plans.backtest(frame, fits.elastic, judge=judge, least=52, horizon=4, move=0.3)
    row = test.table.iloc[0]
    wide = frame.pivot(index="time", columns="cell", values="spend")[judge["cell"]]
    before, after = wide.iloc[48:52].mean().to_numpy(), wide.iloc[52:56].mean().to_numpy()
    split = before * after.sum() / before.sum()
    assert row["origin"] == 51
    assert row["budget"] == pytest.approx(after.sum())
    assert row["last"] == pytest.approx(fits.hill(judge, split).sum())
    assert row["actual"] == pytest.approx(fits.hill(judge, after).sum())
    curves = fits.elastic(frame[frame["time"] < 52]).set_index("cell").loc[judge["cell"]].reset_index()
    bounded = curves.assign(min=0.7 * split, max=1.3 * split)
    advice = wb.optimize.allocate(bounded, budget=after.sum()).table["spend"].to_numpy()
    assert row["plan"] == pytest.approx(fits.hill(judge, advice).sum())
    assert row["gain"] == pytest.approx(row["plan"] / row["last"] - 1)
    moved, advised = after - split, advice - split
    assert row["followed"] == pytest.approx(moved @ advised / (advised @ advised))


def test_a_fit_sees_only_the_past_and_the_judge_only_up_to_the_end(truth):
    frame, seen, judged = fits.world(truth, 1), [], []

    def fit(part):
        seen.append((part["time"].min(), part["time"].max()))
        return fits.elastic(part)

    def judge(part):
        judged.append(part["time"].max())
        return fits.elastic(part)

    test = plans.backtest(frame, fit, judge=judge, least=50, horizon=3, step=4, window=40)
    assert seen == [(10, 49), (14, 53)]
    assert judged == [52, 56]
    assert test.table["origin"].tolist() == [49, 53]


def test_a_total_is_that_of_the_curves(truth):
    curves = truth.response_curves
    spend = curves["current"].to_numpy()
    assert total(curves, spend) == pytest.approx(fits.hill(curves, spend).sum(), rel=1e-9)


def test_the_interval_of_a_share_is_wilsons():
    from statsmodels.stats.proportion import proportion_confint

    for wins, count in ((9, 10), (0, 5), (5, 5), (47, 60)):
        assert wilson(wins, count) == pytest.approx(
            proportion_confint(wins, count, method="wilson"), abs=1e-12
        )


def test_a_history_that_is_too_short_or_lacks_a_column_is_refused(truth):
    frame = fits.world(truth, 0)
    with pytest.raises(QuestionError, match="has no column 'response'"):
        plans.backtest(frame.drop(columns="response"), fits.elastic)
    with pytest.raises(QuestionError, match="There are 10 periods"):
        plans.backtest(frame[frame["time"] < 10], fits.elastic)


@pytest.mark.parametrize(
    ("asked", "says"),
    [({"horizon": 0}, "horizon=0"), ({"step": -1}, "step=-1"), ({"move": -0.2}, "move=-0.2")],
    ids=["horizon", "step", "move"],
)
def test_a_back_test_that_is_none_is_refused(truth, asked, says):
    with pytest.raises(QuestionError, match=says):
        plans.backtest(fits.world(truth, 0), fits.elastic, **asked)


def test_a_judge_without_a_cell_is_named(truth):
    with pytest.raises(QuestionError, match="The judge has no curve of cell"):
        plans.backtest(fits.world(truth, 0), fits.elastic, judge=truth.response_curves.iloc[1:], least=52)


def test_a_plan_that_may_not_move_wins_nothing(truth):
    test = plans.backtest(fits.world(truth, 0), fits.elastic, judge=truth.response_curves, least=52, move=0.0)
    assert test.wins == 0
