"""Questions that take a rule: parts add up to the whole, and nobody is chosen by what came later."""

from __future__ import annotations

import datetime as dt

import pytest
import rule_world
from rule_world import DAY

import workbench as wb
from workbench import segments as sg
from workbench.errors import QuestionError, WorkbenchError

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


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A small world in which a segment is saved."""
    store = wb.open(tmp_path_factory.mktemp("named") / "w")
    rule_world.commit(store, 7)
    sg.save(store, sg.rule(sg.ordered(2)), "Loyal twice")
    return store


NAMED = {
    "purchases": lambda store, only: wb.customers.purchases(store, DAY, currency="CNY", segment=only),
    "rfm": lambda store, only: sg.rfm(store, DAY, currency="CNY", segment=only),
    "interactions": lambda store, only: wb.customers.interactions(store, "all", None, segment=only),
    "pressing": lambda store, only: wb.customers.pressing(store, DAY, segment=only),
    "attribute": lambda store, only: wb.attribution.attribute(store, "last", 30, goal="lead", segment=only),
    "fit_clv": lambda store, only: wb.customers.fit_clv(store, DAY, currency="CNY", segment=only),
    "backtest": lambda store, only: wb.customers.backtest(store, DAY, 30, currency="CNY", segment=only),
    "propensity": lambda store, only: wb.customers.propensity(store, currency="CNY", segment=only),
    "worth": lambda store, only: sg.worth(store, DAY, currency="CNY", segment=only),
    "target_market": lambda store, only: sg.target_market(store, only, as_of=DAY, currency="CNY"),
    "lookalikes": lambda store, only: sg.lookalikes(store, only, as_of=DAY, currency="CNY"),
    "size": lambda store, only: sg.size(store, only, DAY),
    "within": lambda store, only: wb.customers.purchases(sg.within(store, only, DAY), DAY, currency="CNY"),
    "overlap": lambda store, only: sg.overlap(store, [only, sg.rule(sg.tagged("vip"), "vip")], DAY),
    "of_segment": lambda store, only: wb.audiences.of_segment(
        store, only, "marketing", "email", "google_ads", at=dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_saved_segment_may_be_named_wherever_a_segment_is_asked_for(shelf, name):
    """Name, rule, expression and JSON mean the same; a question that says too little says it of each."""
    rule = sg.load(shelf, "loyal TWICE")
    told = [_told(NAMED[name], shelf, only) for only in (rule, "Loyal twice", rule.id, rule.to_plain())]
    assert told[0] == told[1] == told[2]
    assert name == "overlap" or told[3] == told[0]


@pytest.mark.parametrize("name", NAMED)
def test_a_segment_that_nobody_saved_is_told_with_the_nearest_name(shelf, name):
    with pytest.raises(QuestionError, match=r"nknown segment 'Loyal twise'\. Did you mean 'Loyal twice'\?"):
        NAMED[name](shelf, "Loyal twise")
    with pytest.raises(WorkbenchError, match=r"int is no rule|7 is no group"):
        NAMED[name](shelf, 7)


def _told(ask, store, only):
    try:
        answer = ask(store, only)
    except WorkbenchError as error:
        return str(error)
    table = answer if isinstance(answer, tuple) else getattr(answer, "table", answer)
    return str(table)
