"""A question that is none gets one sentence that says what, where and the way out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import optimize
from workbench.errors import QuestionError

GOOD = pd.DataFrame(
    {
        "cell": ["search", "social"],
        "form": ["hill", "log"],
        "scale": [100.0, 50.0],
        "half_saturation": [10.0, 20.0],
        "shape": [2.0, 1.0],
        "min": [1.0, 0.0],
        "max": [50.0, 40.0],
        "group": ["paid", "paid"],
        "current": [5.0, 5.0],
    }
)


def changed(name, value):
    table = GOOD.astype({name: object}) if name in GOOD else GOOD.copy()
    table[name] = [value, GOOD[name].iloc[1]] if name in GOOD else value
    return table


@pytest.mark.parametrize(
    ("table", "more", "says"),
    [
        (GOOD.iloc[:0], {}, "no row"),
        (GOOD.drop(columns="scale"), {}, "no column 'scale'"),
        ([1, 2], {}, "not a table"),
        (changed("scale", np.nan), {}, "cell 'search': Column 'scale' is nan"),
        (changed("scale", "many"), {}, "'many'"),
        (changed("scale", -1.0), {}, "0 or more"),
        (changed("half_saturation", 0.0), {}, "half-saturation point must be above 0"),
        (changed("max", np.nan), {}, "Write inf where there is no cap"),
        (changed("min", -3.0), {}, "'min' is -3"),
        (changed("current", -3.0), {}, "'current' is -3"),
        (changed("shape", 0.0), {}, "shape above 0"),
        (changed("form", "power"), {}, "at most 1"),
        (changed("form", "sigmoid"), {}, "Unknown form 'sigmoid'"),
        (changed("cell", "social"), {}, "more than once"),
        (changed("min", 60.0), {}, "floor of 60 above its cap of 50"),
        (GOOD, {"budget": 0.5}, "below the floors and locks"),
        (GOOD, {"budget": -5}, "budget is -5"),
        (GOOD, {"budget": float("nan")}, "budget is nan"),
        (GOOD, {"budget": None}, "needs a budget"),
        (GOOD, {"mode": "most"}, "Unknown mode 'most'"),
        (GOOD, {"target": 3}, "has no target"),
        (GOOD, {"mode": "target_roas"}, "needs a target"),
        (GOOD, {"mode": "target_roas", "target": 0}, "target is 0"),
        (GOOD, {"locked": {"searhc": 3}}, "Did you mean 'search'"),
        (GOOD, {"locked": {"search": -1}}, "lock of cell 'search' is -1"),
        (GOOD.drop(columns="current"), {"locked": ["search"]}, "needs the column 'current'"),
        (GOOD, {"groups": {"payd": 3}}, "Did you mean 'paid'"),
        (GOOD, {"groups": {"paid": (9, 3)}}, "least of 9 above its most of 3"),
        (GOOD, {"groups": {"paid": 0.5}}, "floors and locks in group 'paid' add up to 1"),
        (GOOD, {"groups": {"paid": (95, 99)}, "budget": 100}, "caps in group 'paid' add up to 90"),
        (GOOD, {"groups": {"paid": (80, 90)}}, "below what the groups must spend"),
        (GOOD, {"groups": {"paid": {"max": 9, "parent": "paid"}}}, "inside itself"),
        (GOOD, {"groups": {"paid": {"max": 9, "parent": "all"}}}, "Unknown group 'all'"),
        (GOOD.drop(columns="group"), {"groups": {"paid": 9}}, "no column 'group'"),
        (GOOD, {"draws": GOOD}, "no column 'draw'"),
        (GOOD, {"draws": GOOD.iloc[:1].assign(draw=0)}, "Draw 0 does not have the cells"),
        (GOOD, {"draws": GOOD.assign(draw=0, form="tanh")}, "other forms"),
    ],
)
def test_one_sentence_says_what_is_wrong(table, more, says):
    with pytest.raises(QuestionError) as caught:
        optimize.allocate(table, **{"budget": 20, **more})
    assert says in str(caught.value)
    assert caught.value.fix
    assert "\n" not in str(caught.value)


def test_a_line_without_end_needs_a_budget():
    table = changed("form", "power").assign(shape=1.0, max=np.inf, form="power")
    with pytest.raises(QuestionError, match="straight line without a cap"):
        optimize.allocate(table, mode="target_roas", target=1.0)
    assert optimize.allocate(table, budget=30).total_spend == pytest.approx(30)


def test_a_budget_over_the_caps_is_no_error_and_the_rest_is_said():
    plan = optimize.allocate(GOOD, budget=100)
    assert plan.total_spend == pytest.approx(90)
    assert plan.unspent == pytest.approx(10)
    assert "10 of the budget is left" in plan.sentence("en")
    assert plan.shadow_prices["budget"] == 0


def test_one_cell_only_is_planned_and_said():
    plan = optimize.allocate(GOOD.iloc[:1], budget=20)
    assert plan.table["spend"].tolist() == pytest.approx([20])
    assert "one cell only" in plan.sentence("en")


def test_money_that_brings_nothing_stays():
    plan = optimize.allocate(changed("scale", 0.0), budget=50)
    assert plan.table["spend"].tolist() == pytest.approx([1, 40])
    assert plan.unspent == pytest.approx(9)


def test_rules_that_no_plan_keeps_are_infeasible():
    table = GOOD.assign(min=0.0, min_if_active=30.0)
    plan = optimize.allocate(table, budget=80, groups={"paid": (20, 25)})
    assert plan.status == "infeasible"
    assert "No plan was found" in plan.sentence("en")


def test_the_table_that_was_given_is_not_changed():
    before = GOOD.copy()
    optimize.allocate(GOOD, budget=20)
    pd.testing.assert_frame_equal(GOOD, before)
