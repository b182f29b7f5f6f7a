"""Past advice of the demo world: the plans of the room itself, judged by what came after."""

from __future__ import annotations

from workbench import plans
from workbench.demo import truth


def test_advice_of_the_past_beat_the_split_before_it(demo_store):
    found = plans.past_advice(demo_store)
    assert found.plans >= 10
    assert found.share >= 0.9
    assert found.gain > 0.02
    assert abs(found.claimed - found.gain) < 0.03
    assert plans.past_advice(demo_store) is found
    assert b"gain_actual" in found.to_csv()


def test_the_planted_curves_agree_that_it_did(demo_store):
    """The judge is a fit; the truth of the world says the same of the newest plan."""
    import numpy as np
    from fits import hill

    curves = truth().response_curves
    found = plans.propose(demo_store)
    each = found.table.set_index("channel")
    share = curves["current"] / curves.groupby("channel")["current"].transform("sum")
    worth = {
        name: hill(curves, np.maximum(curves["channel"].map(each[name]) * share, 1e-9)).sum()
        for name in ("spend", "today")
    }
    assert worth["spend"] > worth["today"]
