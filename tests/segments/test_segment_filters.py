"""Questions that take a rule: parts add up to the whole, and nobody is chosen by what came later."""

from __future__ import annotations

import datetime as dt

import pytest

import workbench as wb
from workbench import segments as sg
from workbench.errors import QuestionError

WOMEN = sg.rule(sg.field("gender") == "female", "women")
OTHERS = sg.rule((sg.field("gender") != "female") | sg.field("gender").unknown(), "others")


def test_worth_of_a_rule_is_its_part_of_the_whole(demo_store):
    day = demo_store.as_of
    whole, women, others = (sg.worth(demo_store, day, 90, segment=only) for only in (None, WOMEN, OTHERS))
    assert women.total + others.total == pytest.approx(whole.total)
    assert women.customers + others.customers == whole.customers
    assert women.low < women.total < women.high < whole.high
    assert "women" in women.sentence("en")
    with pytest.raises(QuestionError, match=r"Unknown segment 'champion'\. Did you mean 'champions'"):
        sg.worth(demo_store, day, segment="champion")


def test_a_backtest_chooses_its_customers_on_each_origin(demo_store):
    """A rule about the last 90 days, decided today, would know who came back."""
    recent = sg.rule(sg.ordered(1, within_days=90))
    origin = demo_store.as_of - dt.timedelta(90)
    found = wb.customers.backtest(demo_store, demo_store.as_of, 90, 1, draws=100, segment=recent)
    then = wb.customers.purchases(demo_store, origin, segment=recent).table
    assert [origin.n for origin in found.origins] == [len(then)]
    now = wb.customers.purchases(demo_store, demo_store.as_of, segment=recent).table
    assert set(then["customer_id"]) != set(now["customer_id"])


def test_propensity_learns_from_those_who_were_in_the_segment_then(demo_store):
    recent = sg.rule(sg.ordered(1, within_days=120))
    found = wb.customers.propensity(demo_store, "buy", horizon_days=60, model="logistic", segment=recent)
    origin = found.as_of - dt.timedelta(60)
    then = wb.customers.purchases(demo_store, origin, segment=recent).table
    today = wb.customers.purchases(demo_store, found.as_of, segment=recent).table
    assert found.holdout.figures["n"] == len(then)
    assert set(found.predict()["customer_id"]) == set(today["customer_id"])


def test_interactions_of_the_parts_are_those_of_all(demo_store):
    found = [wb.customers.interactions(demo_store, segment=only) for only in (None, WOMEN, OTHERS)]
    cases = [part.times.set_index("measure")["n"] for part in found]
    assert (cases[1] + cases[2] == cases[0]).all()
    assert {part.period for part in found} == {found[0].period}
    waiting = wb.customers.pressing(demo_store, limit=500)
    women = wb.customers.pressing(demo_store, limit=500, segment=WOMEN)
    members = set(WOMEN.members(demo_store).table["customer_id"])
    assert [item for item in waiting if item.customer_id in members] == list(women) != []


def test_the_last_look_of_a_segment_is_its_experiment(demo_store):
    name = wb.compare.experiments(demo_store)[0].name
    looks = wb.compare.looks(demo_store, name, "orders", sequential=None, segment=WOMEN).table
    found = wb.compare.experiment(demo_store, ["orders"], name=name, segment=WOMEN).table
    assert looks["n"].iloc[-1] == found["n"].iloc[0]
    assert looks["effect"].iloc[-1] == pytest.approx(found["effect"].iloc[0])


def test_claims_of_platforms_are_not_held_against_a_segment(demo_store):
    with pytest.raises(QuestionError, match="Platforms claim conversions of everybody"):
        wb.attribution.claims(demo_store, segment=WOMEN)
