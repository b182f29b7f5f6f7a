"""Past advice of the demo world: the plans of the room itself, judged by what came after."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from fits import hill

from workbench import plans
from workbench.demo import truth
from workbench.errors import QuestionError
from workbench.findings.hits import final
from workbench.plans.advice import _judged, _up_to


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
    curves = truth().response_curves
    found = plans.propose(demo_store)
    each = found.table.set_index("channel")
    share = curves["current"] / curves.groupby("channel")["current"].transform("sum")
    worth = {
        name: hill(curves, np.maximum(curves["channel"].map(each[name]) * share, 1e-9)).sum()
        for name in ("spend", "today")
    }
    assert worth["spend"] > worth["today"]


def planted(spends):
    """Responses of a week by the planted curves, each channel's money shared out as its cells have it."""
    curves = truth().response_curves
    share = curves["current"] / curves.groupby("channel")["current"].transform("sum")
    return hill(curves, np.maximum(curves["channel"].map(spends) * share, 1e-9)).sum()


@pytest.fixture(scope="module")
def ends(demo_store):
    last = final(demo_store)
    return [last - dt.timedelta(days=28), last]


def test_a_split_advised_on_a_past_day_is_judged_as_the_planted_curves_judge_it(demo_store, ends):
    (found,) = plans.advised(demo_store, ends[::-1])
    assert found.end == ends[0]
    assert 0 < found.low < found.claimed
    assert sum(found.split.values()) == pytest.approx(sum(found.today.values()))
    assert found.won == (planted(found.split) > planted(found.today))
    assert found.gain == pytest.approx(planted(found.split) - planted(found.today), rel=0.5)


def test_later_curves_can_say_that_advice_was_wrong(demo_store, ends):
    then = _up_to(demo_store, ends[0], None, "conversions")
    fine = _judged(ends[0], then, then.curves)
    more = then.curves["cell"].map(fine.split) > then.curves["cell"].map(fine.today)
    gone = then.curves.assign(scale=then.curves["scale"].where(~more, then.curves["scale"] / 1000))
    assert fine.won
    assert not _judged(ends[0], then, gone).won


def test_days_before_which_there_is_too_little_are_left_out(demo_store, ends):
    assert plans.advised(demo_store, ends[:1]) == ()
    early = dt.date(2025, 6, 1)
    with pytest.raises(QuestionError):
        plans.advised(demo_store, [early, early - dt.timedelta(days=28)])
