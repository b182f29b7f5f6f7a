"""Rules over periods that contradict each other: the sentence says the nearest values."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import optimize

CURVES = pd.DataFrame(
    {
        "cell": ["a", "b"],
        "form": "michaelis_menten",
        "scale": [90.0, 70.0],
        "half_saturation": 30.0,
        "min": [10.0, 5.0],
        "max": 40.0,
        "group": ["one", "two"],
        "co2": [2.0, 0.5],
    }
)


def test_a_limit_below_what_floors_need_says_what_they_need():
    plan = optimize.allocate_periods(CURVES, 120, 3, limits={"co2": 30.0})
    floors = 3 * (10 * 2 + 5 * 0.5)
    assert plan.status == "infeasible"
    assert "limit co2 of at most 30" in plan.sentence("en")
    assert "67.5" in plan.sentence("en")
    assert "67.5" in plan.sentence("zh")
    note = dict(plan.notes[0].values)
    assert note["nearest"] == pytest.approx(floors, rel=1e-6)
    spent = plan.by_cell().set_index("cell")["spend"]
    assert 2 * spent["a"] + 0.5 * spent["b"] == pytest.approx(floors, rel=1e-6)
    assert plan.to_dict()["status"] == "infeasible"


def test_a_least_beyond_the_budget_says_how_much_can_be_reached():
    """All money into `a`, but for the floor of `b`, and no more than its cap."""
    plan = optimize.allocate_periods(CURVES, 90, 3, limits={"co2": (200.0, None)})
    assert dict(plan.notes[0].values)["nearest"] == pytest.approx(2 * (90 - 15) + 0.5 * 15, rel=1e-6)
    assert plan.notes[0].code == "limit_min"


def test_groups_give_way_where_limits_are_not_in_the_way():
    plan = optimize.allocate_periods(
        CURVES, 200, 3, period_budget=(0, 25.0), groups={"one": (60.0, 200.0), "two": (50.0, 90.0)}
    )
    assert plan.status == "infeasible"
    notes = [note for note in plan.notes if "nearest" in dict(note.values)]
    given = {note.code: dict(note.values) for note in notes}
    assert set(given) <= {"group_min", "period_max"}
    moved = sum(abs(one["nearest"] - one["bound"]) for one in given.values())
    assert moved == pytest.approx(60 + 50 - 75, rel=1e-6)
    assert "the nearest that can is" in plan.sentence("en")
    kept = optimize.allocate_periods(CURVES, 200, 3, period_budget=(0, 25.0), groups={"one": (30.0, 45.0)})
    assert kept.status == "optimal"


def test_what_no_rule_can_mend_is_said_plainly():
    """50 to 60 a period, where one cell alone brings no 50 and two need 77."""
    jumpy = CURVES.assign(min=0.0, min_if_active=[38.0, 39.0], max=40.0)
    plan = optimize.allocate_periods(jumpy, 60, 1, period_budget=(50.0, 60.0))
    assert plan.status == "infeasible"
    assert "No plan was found" in plan.sentence("en")
