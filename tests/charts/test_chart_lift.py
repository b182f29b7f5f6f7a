"""The lift curve and the reliability of propensity, in both languages; their rows are the answer's."""

from __future__ import annotations

import datetime as dt
import json
import re
from types import SimpleNamespace

import altair
import numpy as np
import pandas as pd
import pytest

from workbench import charts
from workbench.customers import PropensityModel, calibration
from workbench.customers.propensity import _held_out
from workbench.segments import lookalikes


def propensity(outcome):
    """A model whose hold-out is drawn from a known law."""
    rng = np.random.default_rng(7)
    truth = rng.beta(1, 5, 3_000)
    raw = truth**0.8
    happened = (rng.random(3_000) < truth).astype(float)
    moved = calibration.learn(raw, happened)
    held = _held_out(
        SimpleNamespace(score=lambda _table: raw), moved, SimpleNamespace(table=None, happened=happened)
    )
    return PropensityModel(
        outcome=outcome,
        as_of=dt.date(2026, 10, 31),
        horizon_days=60,
        kind="logistic",
        windows=(dt.date(2026, 9, 1),),
        learnt=9_000,
        holdout=held,
        remarks=(),
        data_version=1,
        seed=0,
        estimator=None,
        calibration=moved,
        tried=(None, moved),
        test=(pd.DataFrame(), happened),
        today=pd.DataFrame(),
    )


def alike():
    rng = np.random.default_rng(2)
    spend = rng.lognormal(3, 1, 2_000)
    frame = pd.DataFrame({"customer_id": np.arange(2_000), "spend": spend, "visits": rng.poisson(4, 2_000)})
    return lookalikes(frame, frame.customer_id[rng.random(2_000) < spend / 120])


ANSWERS = {"buy": lambda: propensity("buy"), "churn": lambda: propensity("churn"), "alike": alike}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", list(ANSWERS))
def test_the_curve_is_valid_drawn_and_says_what_it_is_worth(kind, lang):
    chart = charts.lift(ANSWERS[kind](), lang, best=0.2)
    altair.Chart.from_dict(chart.to_vegalite("dark"), validate=True)
    json.dumps(chart.to_dict(), allow_nan=False)
    svg = chart.to_svg(width=340)
    texts = " ".join(re.findall(r">([^<>]+)</text>", svg))
    assert not {"NaN", "null", "undefined", "Infinity"} & set(re.findall(r"\w+", texts))
    assert "20%" in chart.alt
    assert bool(re.search("[\u4e00-\u9fff]", chart.alt)) == (lang == "zh")


def test_its_rows_are_the_measured_curve_from_nobody_to_everybody():
    model = propensity("buy")
    chart = charts.lift(model, best=0.31)
    gains = model.holdout.gains
    assert chart.data[0] == {"c": 0, "v": 0, "lo": 0, "hi": 0}
    assert [row["c"] for row in chart.data[1:]] == gains["depth"].tolist()
    np.testing.assert_allclose([row["v"] for row in chart.data[1:]], gains["share"], rtol=1e-4)
    assert all(row["lo"] <= row["v"] <= row["hi"] for row in chart.data)
    marked = [row for row in chart.data if "name" in row]
    assert [row["c"] for row in marked] == [0.3]
    row = gains[gains["depth"] == 0.3].iloc[0]
    assert marked[0]["name"] == f"{100 * row['share']:.0f}% · {row['lift']:.1f}×"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_probabilities_before_and_after_calibration_stand_side_by_side(lang):
    model = propensity("respond")
    chart = charts.reliability(model, lang)
    altair.Chart.from_dict(chart.to_vegalite("light"), validate=True)
    assert len(chart.data) == len(model.holdout.curve) + len(model.holdout.curve_raw)
    assert len({row["which"] for row in chart.data}) == 2
    for name in ("ece", "ece_raw"):
        assert f"{100 * model.holdout.figures[name]:.1f}%" in chart.alt
    assert ("响应" if lang == "zh" else "responded") in chart.alt


def test_a_small_hold_out_has_fewer_groups_and_none_of_few_persons():
    model = propensity("buy")
    _, happened = model.test
    raw = np.linspace(0.05, 0.9, 170)
    held = _held_out(
        SimpleNamespace(score=lambda _table: raw),
        model.calibration,
        SimpleNamespace(table=None, happened=happened[:170]),
    )
    assert len(held.lift) == 3
    assert held.lift["n"].min() >= 50
    assert held.lift["captured"].iloc[-1] == pytest.approx(1)
    assert len(model.holdout.lift) == 10
