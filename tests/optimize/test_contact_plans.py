"""Contact plans against an integer program, against every rule, and against what they claim of themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from contact_cases import best, broken, case
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import optimize
from workbench.errors import QuestionError

CASES = range(60)


def planned(asked):
    return optimize.plan_contacts(asked.candidates, asked.capacity, asked.rules)


@pytest.fixture(scope="module")
def solved():
    """(question, plan, best value by the integer program) of random small cases."""
    asked = [case(seed) for seed in CASES]
    return [(one, planned(one), best(one)) for one in asked]


def test_no_plan_is_above_its_bound_and_no_bound_below_the_best(solved):
    for at, (_, plan, value) in enumerate(solved):
        assert plan.objective <= plan.upper_bound + 1e-9, at
        assert value <= plan.upper_bound + 1e-7 * max(1, value), at


def test_the_gap_is_what_it_says(solved):
    for at, (_, plan, value) in enumerate(solved):
        assert plan.gap == pytest.approx((plan.upper_bound - plan.objective) / max(plan.upper_bound, 1e-300))
        assert value - plan.objective <= plan.gap * plan.upper_bound + 1e-7, at


def test_plans_are_near_the_best(solved):
    lost = np.array([(value - plan.objective) / value for _, plan, value in solved if value > 0])
    assert (lost < 1e-6).mean() > 0.85
    assert lost.mean() < 0.01


def test_without_time_and_with_one_cap_a_plan_is_the_best_to_the_digit():
    for seed in range(200, 230):
        asked = case(seed, timed=False)
        asked.rules.pop("caps", None)
        asked.rules.pop("history", None)
        plan = planned(asked)
        assert plan.objective == pytest.approx(best(asked), abs=1e-7), seed
        assert plan.gap < 1e-9
        assert plan.status == "optimal"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(1_000, 1_000_000), customers=st.integers(1, 25))
def test_no_rule_is_ever_broken(seed, customers):
    asked = case(seed, customers)
    assert broken(asked, planned(asked)) == []


def test_a_judge_sees_broken_rules():
    """The judge of the property above is not blind."""
    asked = case(3, timed=False)
    asked.rules |= {"caps": [(1, 9)], "consent": dict.fromkeys(asked.capacity["method"].unique(), ())}
    plan = planned(asked)
    assert plan.table.empty
    asked.rules.pop("consent")
    whole = planned(asked)
    assert not whole.table.empty
    asked.rules["consent"] = {}
    assert broken(asked, whole)


BIG = 3_000


def crowd(customers=BIG, seed=5, methods=("call", "email", "sms", "wechat")):
    rng = np.random.default_rng(seed)
    who = [f"c{at:05d}" for at in range(customers)]
    frame = pd.DataFrame({"customer_id": np.repeat(who, len(methods)), "method": list(methods) * customers})
    frame["value"] = rng.lognormal(0, 1, customers).repeat(len(methods)) * rng.uniform(0.05, 0.4, len(frame))
    return frame


def room(contacts, marketers=4, days=3, methods=("call", "email", "sms", "wechat")):
    slots = [(f"m{k}", m, d) for k in range(marketers) for m in methods for d in range(days)]
    return pd.DataFrame(slots, columns=["marketer", "method", "day"]).assign(contacts=contacts)


def test_many_customers_are_planned_to_the_digit():
    """Against scipy's linear program over customers × methods, the days being alike."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    frame, capacity = crowd(), room(20)
    plan = optimize.plan_contacts(frame, capacity)
    at = np.arange(len(frame))
    method = pd.factorize(frame["method"])[0]
    rows = np.concatenate([at // 4, BIG + method])
    upper = csr_array((np.ones(2 * len(frame)), (rows, np.concatenate([at, at]))))
    most = np.concatenate([np.ones(BIG), np.full(4, 240.0)])
    oracle = linprog(-frame["value"], A_ub=upper, b_ub=most, bounds=(0, 1))
    assert plan.objective == pytest.approx(-oracle.fun, rel=1e-9)
    assert plan.gap < 1e-9
    assert len(plan.table) == 960
    prices = {name: plan.shadow_prices[f"contacts:{name}"] for name in frame["method"].unique()}
    mine = sum(240 * price for price in prices.values())
    best_of = (
        frame.assign(net=frame["value"] - frame["method"].map(prices)).groupby("customer_id")["net"].max()
    )
    assert mine + best_of.clip(lower=0).sum() == pytest.approx(-oracle.fun, rel=1e-9)


def test_equal_customers_share_what_there_is():
    frame = crowd(2_000).assign(value=1.0)
    plan = optimize.plan_contacts(frame, room(30, methods=("call", "email", "sms", "wechat")))
    assert len(plan.table) == 1_440
    assert plan.status == "optimal"
    assert set(plan.table.groupby(["marketer", "method", "day"]).size()) == {30}


def test_a_weekly_cap_holds_in_a_plan_of_ten_days_and_costs_little():
    plan = optimize.plan_contacts(crowd(600), room(10, marketers=2, days=10), {"caps": (1, 7)})
    apart = plan.table.sort_values(["customer_id", "day"]).groupby("customer_id")["day"].diff().dropna()
    assert len(apart) > 50
    assert (apart >= 7).all()
    assert plan.gap < 0.05


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_money_does_not_matter(factor):
    frame, capacity = crowd(400), room(6)
    plain = optimize.plan_contacts(frame, capacity)
    scaled = optimize.plan_contacts(frame.assign(value=frame["value"] * factor), capacity)
    pd.testing.assert_frame_equal(
        plain.table.drop(columns="expected_value"), scaled.table.drop(columns="expected_value")
    )
    assert scaled.upper_bound == pytest.approx(plain.upper_bound * factor, rel=1e-9)


def test_the_order_of_rows_does_not_matter():
    frame, capacity = crowd(300), room(5)
    plan = optimize.plan_contacts(frame, capacity)
    mixed = optimize.plan_contacts(frame.sample(frac=1, random_state=1), capacity)
    assert mixed.objective == pytest.approx(plan.objective, rel=1e-12)


def test_the_price_of_a_contact_is_what_one_more_brings():
    frame, capacity = crowd(500), room(5, marketers=1, days=1)
    plan = optimize.plan_contacts(frame, capacity)
    more = capacity.assign(contacts=capacity["contacts"] + (capacity["method"] == "call"))
    gained = optimize.plan_contacts(frame, more).objective - plan.objective
    less = capacity.assign(contacts=capacity["contacts"] - (capacity["method"] == "call"))
    lost = plan.objective - optimize.plan_contacts(frame, less).objective
    price = plan.shadow_prices["contacts:call"]
    assert gained - 1e-9 <= price <= lost + 1e-9
    assert price > 0


TIMED = {"minutes": {"call": 9, "email": 1, "sms": 1, "wechat": 4}, "hours": (9, 11)}


def test_the_price_of_an_hour_is_what_time_brings():
    frame, capacity = crowd(1_000), room(np.inf, marketers=1, days=1)
    short, plan, long = (
        optimize.plan_contacts(frame, capacity, {**TIMED, "hours": (9, end)}) for end in (10.5, 11, 11.5)
    )
    price = plan.shadow_prices["hour"]
    assert (long.objective - plan.objective) / 0.5 < price * 1.1
    assert (plan.objective - short.objective) / 0.5 > price * 0.9
    assert plan.load["hour_price"].iloc[0] == pytest.approx(price)
    assert plan.load["hours"].iloc[0] <= 2 + 1e-9
    assert plan.load["used"].iloc[0] > 0.97


def test_the_load_is_where_an_hour_is_worth_what_it_costs():
    frame, capacity = crowd(800), room(np.inf, marketers=2, days=2)
    free = optimize.plan_contacts(frame, capacity, {**TIMED, "hours": (9, 12)})
    cost = free.shadow_prices["hour"]
    found = optimize.contact_load(frame, capacity, TIMED, cost, hours=[2, 3, 4])
    assert found.hours_a_day == pytest.approx(3, abs=0.15)
    assert found.contacts_a_day == pytest.approx(free.contacts_a_day, rel=0.05)
    worth = found.table.set_index("hours")["hour_worth"]
    assert worth[2] > cost > worth[4]
    assert worth[3] == pytest.approx(cost, rel=1e-6)
    assert found.table["value"].is_monotonic_increasing
    for lang, word in (("en", "contacts a day"), ("zh", "每天宜处理")):
        assert word in found.sentence(lang)
    dear = optimize.contact_load(frame, capacity, TIMED, 2 * cost, hours=[2])
    assert dear.contacts_a_day < found.contacts_a_day


@pytest.mark.parametrize(
    ("rules", "more", "says"),
    [
        ({}, {}, "Contacts take no time"),
        (TIMED, {"hours": [25]}, "A day of 25 hours is none"),
        (TIMED, {"hours": [-1]}, "length of a day is -1"),
        (TIMED, {"hour_cost": "much"}, "cost of an hour is 'much'"),
    ],
)
def test_one_sentence_says_what_is_wrong_with_a_load(rules, more, says):
    with pytest.raises(QuestionError) as caught:
        optimize.contact_load(crowd(5), room(2), rules, **{"hour_cost": 1.0, **more})
    assert says in str(caught.value)


def test_a_contact_that_brings_less_than_its_time_costs_is_not_made():
    frame, capacity = crowd(200), room(np.inf, marketers=1, days=1)
    cost = 3.0
    plan = optimize.plan_contacts(frame, capacity, {**TIMED, "hours": (9, 17), "hour_cost": cost})
    minutes = plan.table["method"].map(TIMED["minutes"])
    assert (plan.table["expected_value"] > cost / 60 * minutes).all()
    assert plan.cost == pytest.approx(cost / 60 * minutes.sum())
    assert plan.objective == pytest.approx(plan.total_value - plan.cost)


def test_priority_goes_first_one_for_one():
    frame = crowd(300).assign(priority=2)
    frame.loc[frame.index[:80], "priority"] = 1
    plan = optimize.plan_contacts(
        frame, room(1, marketers=2, days=1, methods=("call", "email", "sms", "wechat"))
    )
    assert set(plan.table["priority"]) == {1}
    assert plan.total_value == pytest.approx(plan.table["expected_value"].sum())


def test_a_segment_gets_what_it_gets_at_least():
    frame = crowd(300)
    poor = frame["customer_id"] < "c00100"
    frame = frame.assign(
        segment=np.where(poor, "low", "high"), value=frame["value"] * np.where(poor, 0.01, 1)
    )
    free = optimize.plan_contacts(frame, room(3, marketers=2, days=2))
    fair = optimize.plan_contacts(frame, room(3, marketers=2, days=2), {"least": {"low": 12}})
    assert (free.table["segment"] == "low").sum() == 0
    assert (fair.table["segment"] == "low").sum() == 12
    assert fair.status == "optimal"
    assert free.objective - fair.objective == pytest.approx(12 * fair.shadow_prices["least:low"], rel=0.2)


def test_a_segment_that_cannot_get_it_is_told():
    frame = crowd(50).assign(segment="low")
    plan = optimize.plan_contacts(frame, room(1, marketers=1, days=1), {"least": {"low": 9}})
    assert plan.status == "infeasible"
    assert "5" in plan.sentence("en")
    assert "细分 low" in plan.sentence("zh")


def test_dates_come_back_as_dates():
    capacity = room(2, marketers=1, days=2)
    days = pd.to_datetime(["2026-11-30", "2026-12-01"])
    dated = capacity.assign(day=days[capacity["day"]])
    frame = crowd(20).assign(due=pd.Timestamp("2026-11-30"))
    plan = optimize.plan_contacts(frame, dated)
    assert set(plan.table["day"]) == {days[0]}
    assert plan.to_dict()["rows"][0]["day"] == "2026-11-30"


def test_frames_of_other_libraries_and_nothing_to_plan():
    import polars as pl

    frame, capacity = crowd(20), room(2, marketers=1, days=1)
    assert len(optimize.plan_contacts(pl.from_pandas(frame), pl.from_pandas(capacity)).table) == 8
    nobody = optimize.plan_contacts(frame.assign(value=-1.0), capacity)
    assert nobody.table.empty
    assert nobody.gap == 0
    assert nobody.status == "optimal"


GOOD = crowd(3, methods=("call", "email"))
ROOM = room(2, marketers=2, days=1, methods=("call", "email"))
HOURS = {"minutes": {"call": 5, "email": 1}}


def changed(frame, name, value):
    return frame.astype({name: object} if name in frame else {}).assign(
        **{name: [value, *frame.get(name, frame.iloc[:, 0])[1:]]}
    )


@pytest.mark.parametrize(
    ("frame", "capacity", "rules", "says"),
    [
        ([1], ROOM, {}, "not a table"),
        (GOOD.iloc[:0], ROOM, {}, "no row"),
        (GOOD.drop(columns="value"), ROOM, {}, "Column 'value' is missing in the candidates"),
        (changed(GOOD, "value", np.nan), ROOM, {}, "customer 'c00000': Column 'value'"),
        (changed(GOOD, "value", "much"), ROOM, {}, "'much'"),
        (changed(GOOD, "value", np.inf), ROOM, {}, "has no end"),
        (changed(GOOD, "customer_id", None), ROOM, {}, "'customer_id' of the candidates is empty"),
        (changed(GOOD, "method", "cal"), ROOM, {}, "Did you mean 'call'"),
        (pd.concat([GOOD, GOOD.iloc[:1]]), ROOM, {}, "there twice for 'call'"),
        (GOOD.assign(due="soon"), ROOM, {}, "no column of days"),
        (GOOD.assign(ready=1.5), ROOM, {}, "no column of days"),
        (GOOD.assign(marketer="m7"), ROOM, {}, "Unknown marketer 'm7'"),
        (GOOD.assign(priority="high"), ROOM, {}, "no number"),
        (GOOD, ROOM.iloc[:0], {}, "no row"),
        (GOOD, ROOM.drop(columns="day"), {}, "Column 'day' is missing in the capacity"),
        (GOOD, changed(ROOM, "contacts", -1), {}, "is -1"),
        (GOOD, changed(ROOM, "contacts", np.nan), {}, "no number"),
        (GOOD, changed(ROOM, "marketer", None), {}, "is empty"),
        (GOOD, pd.concat([ROOM, ROOM.iloc[:1]]), {}, "there twice for one day"),
        (GOOD, ROOM.assign(day="someday"), {}, "no column of days"),
        (GOOD, ROOM, {"cap": 3}, "Did you mean 'caps'"),
        (GOOD, ROOM, [3], "The rules are a list"),
        (GOOD, ROOM, {"caps": (1, 0)}, "The cap is (1, 0)"),
        (GOOD, ROOM, {"caps": "weekly"}, "The cap is"),
        (GOOD, ROOM, {"caps": -1}, "The cap is (-1"),
        (GOOD, ROOM, {"caps": [(1.5, 7)]}, "The cap is (1.5, 7)"),
        (GOOD, ROOM, {"consent": {"fax": []}}, "Unknown method 'fax'"),
        (GOOD, ROOM, {"consent": GOOD.drop(columns="method")}, "'method' is missing in the consent"),
        (GOOD, ROOM, {"history": GOOD.assign(day=0)}, "reaches into the plan"),
        (GOOD, ROOM, {"skills": {"m0": ["call"]}}, "'m1' is missing in the skills"),
        (GOOD, ROOM, {"skills": {"m0": ["cal"], "m1": []}}, "Unknown skill 'cal'"),
        (GOOD, ROOM, {"skills": {"m9": []}}, "Unknown marketer 'm9'"),
        (GOOD, ROOM, {"languages": {"m0": ["zh"]}}, "'m1' is missing in the languages"),
        (GOOD, ROOM, {"minutes": {"call": 5}}, "'email' has no minutes"),
        (GOOD, ROOM, {"minutes": {"call": -5, "email": 1}}, "is -5"),
        (GOOD, ROOM, {"hours": (9, 18)}, "contacts take no time"),
        (GOOD, ROOM, {**HOURS, "hours": (9, 30)}, "from 0 to 24"),
        (GOOD, ROOM, {**HOURS, "hours": (18, 9)}, "the later one last"),
        (GOOD, ROOM, {**HOURS, "hours": {"m0": (9, 18)}}, "'m1' is missing in the working hours"),
        (GOOD, ROOM, {"quiet_hours": 21}, "The quiet hours are 21"),
        (GOOD, ROOM, {"hour_cost": 30}, "contacts take no time"),
        (GOOD, ROOM, {**HOURS, "hour_cost": -1}, "cost of an hour is -1"),
        (GOOD, ROOM, {"least": {"low": 2}}, "Unknown segment 'low'"),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_wrong(frame, capacity, rules, says):
    with pytest.raises(QuestionError) as caught:
        optimize.plan_contacts(frame, capacity, rules)
    assert says in str(caught.value)
    assert caught.value.fix
    assert "\n" not in str(caught.value)


def test_a_few_precious_customers_do_not_spoil_the_prices_of_hours():
    """Most customers choose early, for values are skewed; longer days are never worth less."""
    rng = np.random.default_rng(2)
    minutes, customers = {"call": 6.5, "email": 0.2, "sms": 0.1, "wechat": 1.8}, 4_000
    worth = rng.lognormal(0, 1.2, customers)
    parts = [
        pd.DataFrame(
            {
                "customer_id": np.arange(customers),
                "method": name,
                "value": worth * rate * rng.uniform(1, 3, customers),
            }
        )
        for name, rate in (("call", 0.04), ("email", 0.01), ("sms", 0.008), ("wechat", 0.022))
    ]
    candidates = pd.concat(parts)
    candidates = candidates[rng.random(len(candidates)) < 0.6]
    slots = [(who, name, day) for who in range(6) for name in minutes for day in range(5)]
    capacity = pd.DataFrame(slots, columns=["marketer", "method", "day"]).assign(contacts=np.inf)
    plans = [
        optimize.plan_contacts(candidates, capacity, {"minutes": minutes, "hours": (9, 9 + hours)})
        for hours in (0.25, 0.5, 1, 1.5)
    ]
    assert all(plan.gap < 0.07 for plan in plans)  # a call of 6.5 minutes leaves parts of a quarter unused
    assert (np.diff([plan.total_value for plan in plans]) > 0).all()
    assert (np.diff([plan.shadow_prices["hour"] for plan in plans]) < 0).all()
