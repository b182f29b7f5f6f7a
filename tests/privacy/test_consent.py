"""Consent against a slow rule in plain Python."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from privacy_helpers import rows

import workbench as wb
from workbench import privacy
from workbench.data import Change

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ALL = "all"


def decision(customer, purpose, channel, granted, hours):
    """One row of table `consent`."""
    time = START + dt.timedelta(hours=hours)
    return {"customer_id": customer, "purpose": purpose, "channel": channel, "granted": granted, "time": time}


def slow(decisions, customer, purpose, channel, at):
    """The rule as the docstring says it, one customer at a time."""
    told = [row for row in decisions if row["customer_id"] == customer and row["time"] <= at]

    def latest(scope_rows):
        last = max((row["time"] for row in scope_rows), default=None)
        return None if last is None else all(row["granted"] for row in scope_rows if row["time"] == last)

    for scope in (channel, ALL):
        if latest([r for r in told if r["purpose"] == ALL and r["channel"] == scope]) is False:
            return False, "do_not_contact"
    own = [row for row in told if row["purpose"] == purpose and row["channel"] in (channel, ALL)]
    verdict = latest(own)
    if verdict is None:
        return False, "no_decision"
    if verdict:
        return True, "granted"
    return False, "withdrawn" if any(row["granted"] for row in own) else "refused"


DECISIONS = st.lists(
    st.builds(
        decision,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["marketing", "service", ALL]),
        st.sampled_from(["email", "sms", ALL]),
        st.booleans(),
        st.integers(0, 6),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One workspace for all examples: each replaces the decisions."""
    return wb.data.open(tmp_path_factory.mktemp("consent") / "w")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DECISIONS, st.integers(-1, 7))
def test_every_verdict_is_that_of_the_slow_rule(shared, decisions, hours):
    anchor = [decision("z", p, c, True, 0) for p in ("marketing", "service") for c in ("email", "sms")]
    shared.commit([Change("consent", rows("consent", [*decisions, *anchor]), "all")])
    at = START + dt.timedelta(hours=hours)
    answer = privacy.allowed(shared, ["c", "a", "b", "nobody"], "marketing", "email", at)
    assert answer["customer_id"].tolist() == ["c", "a", "b", "nobody"]
    expected = [slow(decisions, name, "marketing", "email", at) for name in ("c", "a", "b", "nobody")]
    assert list(zip(answer["allowed"].tolist(), answer["reason"].tolist(), strict=True)) == expected


def test_do_not_contact_beats_a_later_grant_until_it_is_lifted(store):
    told = [
        decision("a", ALL, ALL, False, 1),
        decision("a", "marketing", "email", True, 2),
        decision("b", "marketing", ALL, True, 0),
        decision("b", ALL, "email", False, 1),
        decision("b", ALL, "email", True, 2),
    ]
    store.commit([Change("consent", rows("consent", told))])
    answer = privacy.allowed(store, ["a", "b"], "marketing", "email").set_index("customer_id")
    assert answer.loc["a", "reason"] == "do_not_contact"
    assert answer.loc["b", "allowed"]
    assert answer.loc["a", "decided_at"] == START + dt.timedelta(hours=1)


def test_a_grant_of_everything_grants_no_purpose(store):
    store.commit([Change("consent", rows("consent", [decision("a", ALL, ALL, True, 1)]))])
    assert privacy.allowed(store, "a", "marketing", "email")["reason"].tolist() == ["no_decision"]


def test_a_purpose_that_no_decision_names_is_a_typing_error(store):
    store.commit([Change("consent", rows("consent", [decision("a", "marketing", "email", True, 1)]))])
    with pytest.raises(wb.WorkbenchError, match="Did you mean 'marketing'"):
        privacy.allowed(store, ["a"], "marketting", "email")


def test_a_time_without_a_zone_is_refused(store):
    with pytest.raises(wb.WorkbenchError, match="no time zone"):
        privacy.allowed(store, ["a"], "marketing", "email", dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_all_customers_of_the_demo_get_a_verdict(demo_store):
    answer = privacy.allowed(demo_store, None, "marketing", "email")
    people = demo_store.query("SELECT count(*) AS n FROM customers")["n"][0].as_py()
    assert len(answer) == people == answer["customer_id"].nunique()
    assert set(answer["reason"]) >= {"granted", "refused", "withdrawn"}
    assert (answer["allowed"] == (answer["reason"] == "granted")).all()
