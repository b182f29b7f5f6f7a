"""Every model against plain Python on small random journeys, ties and repeats included."""

from __future__ import annotations

import brute
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.attribution import tracks
from workbench.attribution.answer import DIRECT

CHANNELS = ("a", "b", "c", "d")
RULES = {
    "last": brute.last,
    "first": brute.first,
    "linear": brute.linear,
    "shapley": brute.shapley,
    "position": brute.position,
    "time_decay": brute.time_decay(7),
}
EVENT = st.tuples(
    st.integers(1, 4),  # customer
    st.integers(0, 40).map(lambda half: half * 43200.0),  # half days: many ties
    st.sampled_from(CHANNELS),
    st.sampled_from((0, 0, 1)),
    st.sampled_from((0.0, 1.5, 20.0)),
)
EVENTS = st.lists(EVENT, min_size=1, max_size=40).filter(lambda events: any(event[3] for event in events))
WINDOW = 5


def frame(events):
    table = pd.DataFrame(events, columns=["customer_id", "time", "channel", "converted", "value"])
    return table.assign(time=pd.to_datetime(table.time, unit="s", utc=True))


def split(events):
    """(touches, conversions): every conversion apart from its touch, at the same instant."""
    whole = frame(events)
    wins = whole[whole.converted == 1]
    return whole[["customer_id", "time", "channel"]], wins[["customer_id", "time", "value"]]


def credits(answer):
    table = answer.table.set_index(answer.by)
    return {name: (row.conversions, row.value) for name, row in table.iterrows()}


def assert_same(found, expected):
    names = {name for name, values in expected.items() if any(values)}
    assert {name for name, values in found.items() if abs(values[0]) > 1e-12} == {
        name for name in names if expected[name][0]
    }
    for name in names:
        assert found[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-9), name


@pytest.fixture(autouse=True, scope="module", params=["in memory", "by the engine"])
def way(request):
    """Small streams are cut in memory, long ones by their engine: both must be right."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracks, "MOST_ROWS", tracks.MOST_ROWS if request.param == "in memory" else -1)
        yield


@settings(max_examples=25, deadline=None)
@given(events=EVENTS)
def test_rules_and_chain_agree_with_plain_python(events):
    cut = brute.journeys(events, WINDOW)
    answers = wb.attribution.compare_models(frame(events), window_days=WINDOW, draws=0)
    total = sum(event[3] for event in events), sum(event[4] for event in events if event[3])
    for model, share in RULES.items():
        assert_same(credits(answers[model]), brute.by_rule(cut, share))
    effects = brute.removal_effects(cut, CHANNELS)
    whole = [sum(part) for part in zip(*effects.values(), strict=True)]
    expected = {
        channel: [
            amount * part / (all_ or 1) for amount, part, all_ in zip(total, effect, whole, strict=True)
        ]
        for channel, effect in effects.items()
    }
    assert_same(credits(answers["markov"]), expected)
    for answer in answers.answers:
        assert answer.table.conversions.sum() == pytest.approx(total[0], rel=1e-12)
        assert answer.table.value.sum() == pytest.approx(total[1], rel=1e-12, abs=1e-12)
        assert answer.table.share.sum() == pytest.approx(1, rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(touches=EVENTS, wins=EVENTS)
def test_conversions_in_a_table_of_their_own(touches, wins):
    parts = split(touches)[0], split(wins)[1]
    events = [(c, t, channel, 0, 0.0) for c, t, channel, _, _ in touches]
    events += [(c, t, None, 1, value) for c, t, _, conv, value in wins if conv]
    cut = brute.journeys(events, WINDOW)
    bare = [value for found, time, value in cut if time is not None and not found]
    if len(bare) == sum(event[3] for event in wins):
        return
    answers = wb.attribution.compare_models(parts[0], window_days=WINDOW, conversions=parts[1], draws=0)
    for model, share in RULES.items():
        expected = brute.by_rule(cut, share) | ({DIRECT: [len(bare), sum(bare)]} if bare else {})
        assert_same(credits(answers[model]), expected)
        assert answers[model].table.share.sum() == pytest.approx(1, rel=1e-12)
    effects = brute.removal_effects(cut, {event[2] for event in touches})
    found = answers["markov"].table.set_index("channel").removal_effect
    for channel, (effect, _) in effects.items():
        assert found[channel] == pytest.approx(effect, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(events=EVENTS, order=st.sampled_from((2, 3)))
def test_chains_that_remember_more(events, order):
    cut = brute.journeys(events, WINDOW)
    answer = wb.attribution.attribute(frame(events), window_days=WINDOW, order=order, draws=0)
    found = answer.table.set_index("channel").removal_effect
    for channel, (effect, _) in brute.removal_effects(cut, found.index, order).items():
        assert found[channel] == pytest.approx(effect, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(events=EVENTS)
def test_shapley_in_closed_form_is_the_definition(events):
    cut = brute.journeys(events, WINDOW)
    answer = wb.attribution.attribute(frame(events), "shapley", WINDOW, draws=0)
    assert_same(credits(answer), brute.shapley_by_subsets(cut, CHANNELS))
