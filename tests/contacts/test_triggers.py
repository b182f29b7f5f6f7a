"""What is due: found where it was planted, on the right day, and never where it must not be."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from card_rows import DAY, NOON, case, contact, days_ago, fill, order, permit
from icalendar import Calendar
from trigger_rows import LAST, granted_now, people, yes

import workbench as wb
from workbench.contacts import TriggerRules, triggers
from workbench.contacts.due.ends import days_until_lapse
from workbench.customers import bgnbd
from workbench.errors import WorkbenchError


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("WORKBENCH_USER", "tester")


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


@pytest.fixture(scope="module")
def found(demo_store):
    """What is due in the demo world, birthdays left out."""
    return triggers(demo_store, LAST)


def due(store, kinds, **more):
    """customer → day on which it is due."""
    table = triggers(store, DAY, kinds=kinds, **more).table
    return dict(zip(table["customer_id"], table["day"].dt.date, strict=True))


def in_days(days):
    return DAY + dt.timedelta(days=days)


def contract(number, customer, start, end, **more):
    """A contract from one day to another, both in days after today."""
    begun = {**days_ago(-start), "end_date": in_days(end), "kind": "contract"}
    return order(number, 0, 100, **{"customer_id": customer, **begun, **more})


# complaints


def test_a_complaint_is_due_until_it_is_solved(store):
    fill(
        store,
        customers=people("old", "new", "solved", "later", "closed", "asked", "ancient", "two"),
        interactions=[
            case(1, 10, customer_id="old"),
            case(2, 1, customer_id="new"),
            case(3, 10, customer_id="solved", resolved_time=NOON - dt.timedelta(days=1)),
            case(4, 10, customer_id="later", resolved_time=NOON + dt.timedelta(days=2)),
            case(5, 10, customer_id="closed", result="closed"),
            case(6, 10, customer_id="asked", kind="inquiry"),
            case(7, 200, customer_id="ancient"),
            case(8, 9, customer_id="two"),
            case(9, 2, customer_id="two"),
            contact(10, 5, customer_id="old"),
        ],
    )
    answer = triggers(store, DAY, kinds="complaint")
    rows = answer.table.set_index("customer_id")
    assert rows["day"].dt.date.to_dict() == {"old": DAY, "later": DAY, "two": DAY, "new": in_days(2)}
    assert rows["overdue"].to_dict() == {"old": 7, "later": 7, "two": 6, "new": 0}
    assert rows.loc["old", "why_en"] == "A complaint of 20 Jun 2026 has been open for 10 days."
    assert rows.loc["two", "why_en"].startswith("2 complaints are open, the first of them since 21 Jun 2026")
    assert rows.loc["two", "why_zh"] == "2 件投诉未结，最早一件始于2026年6月21日，已 9 天。"
    assert set(rows["method"]) == {"chat"}
    assert due(store, "complaint", days_ahead=1).keys() == {"old", "later", "two"}


def test_the_open_complaints_of_the_demo_world_are_all_found(demo_store, found):
    cases = demo_store.query(
        "SELECT customer_id, min(local_date) AS opened FROM interactions WHERE kind = 'complaint' "
        "AND direction = 'inbound' AND resolved_time IS NULL AND coalesce(result, '') <> 'resolved' "
        "AND local_date >= DATE '2026-05-04' GROUP BY 1"
    ).to_pandas()
    rows = found.table[found.table["kind"] == "complaint"].set_index("customer_id")
    assert len(rows) == len(cases) > 300
    opened = cases.set_index("customer_id")["opened"].reindex(rows.index)
    assert (pd.to_datetime(opened) == rows["event"]).all()
    expected = np.maximum(pd.to_datetime(opened) + pd.Timedelta(days=3), pd.Timestamp(LAST))
    assert (rows["day"] == expected).all()
    assert (rows["held"] == "").all()


# mentions


def test_a_public_word_wants_an_answer_for_two_weeks(store):
    told = [
        ("bad", 1, {"kind": "review", "score": 1.0}),
        ("good", 1, {"kind": "review", "score": 5.0}),
        ("moody", 3, {"kind": "mention", "mood": "negative"}),
        ("private", 1, {"kind": "nps", "score": 0.0}),
        ("late", 15, {"kind": "review", "score": 1.0}),
        ("answered", 5, {"kind": "review", "score": 1.0}),
    ]
    fill(
        store,
        customers=people(*(name for name, *_ in told), "heard"),
        feedback=[
            {"feedback_id": f"f{at}", "customer_id": name, "time": NOON - dt.timedelta(days=days), **more}
            for at, (name, days, more) in enumerate(told)
        ],
        interactions=[
            contact(1, 4, customer_id="answered"),
            contact(2, 9, customer_id="bad"),
            case(3, 2, kind="mention", customer_id="heard"),
        ],
    )
    rows = triggers(store, DAY, kinds="mention").table.set_index("customer_id")
    assert rows["reason"].to_dict() == {
        "bad": "mention_bad", "moody": "mention_bad", "good": "mention", "heard": "mention"
    }  # fmt: skip
    assert rows["day"].dt.date.to_dict() == {
        "bad": in_days(1), "good": in_days(1), "moody": DAY, "heard": DAY
    }  # fmt: skip
    assert rows.loc["moody", "overdue"] == 1
    assert rows.loc["bad", "priority"] < rows.loc["good", "priority"]


# contracts


def test_a_contract_that_ends_with_nothing_to_follow_is_due_a_month_before(store):
    fill(
        store,
        customers=people("soon", "near", "over", "renewed", "called_off", "far", "talked", "to_come"),
        transactions=[
            contract(1, "soon", -300, 40),
            contract(2, "near", -300, 5),
            contract(3, "over", -300, -1),
            contract(4, "renewed", -300, 5),
            contract(5, "renewed", 6, 371),
            contract(6, "called_off", -300, 5),
            contract(7, "called_off", 6, 371, status="cancelled"),
            contract(8, "far", -300, 45),
            contract(9, "talked", -300, 10),
            contract(10, "to_come", 2, 30),
        ],
        interactions=[contact(1, 3, customer_id="talked"), contact(2, 60, customer_id="near")],
    )
    assert due(store, "contract") == {"soon": in_days(10), "near": DAY, "called_off": DAY}
    assert due(store, "contract", rules=TriggerRules(contract_days=3), days_ahead=2) == {
        "near": in_days(2), "called_off": in_days(2)
    }  # fmt: skip
    near = triggers(store, DAY, kinds="contract").table.set_index("customer_id").loc["near"]
    assert (near["overdue"], near["until"].date(), near["row_id"]) == (25, in_days(5), "t2")
    assert near["why_en"] == "The contract ends on 5 Jul 2026, and nothing follows on."


# lapses


def test_the_day_of_a_lapse_is_the_day_on_which_p_alive_crosses(demo_store):
    model = wb.customers.fit_clv(demo_store, LAST)
    params = tuple(model.params[name] for name in bgnbd.NAMES)
    x, last, age = model.history.x, model.history.last, model.history.age
    for alive in (0.3, 0.5, 0.8):
        away = days_until_lapse(model, alive)
        assert np.isinf(away[x == 0]).all()
        again = x > 0
        crossing = (age + away)[again]
        there = bgnbd.p_alive(params, x[again], last[again], crossing)
        before = bgnbd.p_alive(params, x[again], last[again], np.maximum(crossing - 1, last[again]))
        assert (there <= alive + 1e-9).all()
        assert ((before > alive - 1e-9) | (crossing == last[again])).all()


def test_most_who_are_said_to_fall_silent_have_left_and_most_others_have_not(demo_store, found):
    rows = found.table[(found.table["kind"] == "lapse") & (found.table["event"] <= pd.Timestamp(LAST))]
    gone = wb.demo.natures().set_index("customer_id")["left_on"] <= pd.Timestamp(LAST)
    model = wb.customers.fit_clv(demo_store, LAST)
    names, away = model.history.customer_id, days_until_lapse(model, 0.5)
    loyal = names[(away > 0) & np.isfinite(away)]
    assert len(rows) > 200
    assert len(loyal) > 5_000
    assert 0.5 < gone.reindex(rows["customer_id"]).mean() < 0.7
    assert gone.reindex(loyal).mean() < 0.4
    assert (away[names.isin(rows["customer_id"])] <= 0).all()


def test_who_buys_often_is_missed_sooner(demo_store, found):
    rows = found.table[found.table["kind"] == "lapse"]
    orders = demo_store.query(
        "SELECT customer_id, count(DISTINCT local_date) AS days, max(local_date) AS last FROM transactions "
        "WHERE kind = 'order' GROUP BY 1"
    ).to_pandas()
    mine = orders.set_index("customer_id").reindex(rows["customer_id"])
    silent = (rows["event"].to_numpy() - pd.to_datetime(mine["last"]).to_numpy()).astype("timedelta64[D]")
    often = (mine["days"] >= 8).to_numpy()
    assert often.sum() > 20
    assert np.median(silent[often]) < 0.8 * np.median(silent[mine["days"].to_numpy() == 2])


def test_too_short_a_history_is_said_and_the_rest_is_answered(store):
    fill(
        store,
        customers=people("ann"),
        transactions=[order(1, 10, 5)],
        interactions=[case(1, 10, customer_id="ann")],
    )
    answer = triggers(store, DAY)
    assert list(answer.table["kind"]) == ["complaint"]
    assert any("silent" in line for line in answer.sentences("en"))


# consent


def test_no_candidate_lacks_a_consent_that_it_needs(demo_store, found):
    granted = granted_now(demo_store)
    asked = found.candidates()
    wanted = asked[asked["message"] == "lapse"]
    assert len(wanted) > 500
    assert set(zip(wanted["customer_id"], wanted["method"], strict=True)) <= granted
    refused = asked[asked["message"] == "mention"]
    assert set(zip(refused["customer_id"], refused["method"], strict=True)) <= granted
    assert set(asked["method"]) == {"email", "wechat", "sms", "call"}
    held = found.table[found.table["held"] == "no_consent"]["customer_id"]
    assert not set(held) & {who for who, _ in granted}


def test_no_decision_is_no_consent_and_a_refusal_is_one(store):
    word = {"kind": "review", "score": 1.0, "time": NOON - dt.timedelta(days=1)}
    names = ("granted", "open", "refused", "barred", "withdrew")
    fill(
        store,
        customers=people(*names),
        feedback=[{"feedback_id": f"f{name}", "customer_id": name, **word} for name in names],
        consent=[
            *yes("granted", "withdrew"),
            permit("email", False, 5, customer="refused"),
            permit("all", False, 5, purpose="all", customer="barred"),
            permit("email", False, -1, customer="withdrew"),
        ],
    )
    answer = triggers(store, DAY, kinds="mention")
    assert answer.table.set_index("customer_id")["held"].to_dict() == {
        "granted": "", "open": "", "refused": "no_consent", "withdrew": "no_consent",
        "barred": "do_not_contact",
    }  # fmt: skip
    assert set(answer.candidates()["customer_id"]) == {"granted", "open"}
    assert len(answer.lines()) == 2
    assert answer.counts() == {"mention": 2}


def test_consents_of_a_plan_say_no_where_nothing_was_decided(demo_store):
    table = wb.contacts.consents(demo_store, ["email", "visit"])
    granted = granted_now(demo_store)
    yes_ = table[table["allowed"]]
    assert set(zip(yes_["customer_id"], yes_["method"], strict=True)) == {
        pair for pair in granted if pair[1] == "email"
    }
    by_call = wb.contacts.consents(demo_store, ["visit"], consent_of={"visit": "call"})
    assert set(by_call.loc[by_call["allowed"], "customer_id"]) == {
        who for who, channel in granted if channel == "call"
    }
    some = table[table["method"] == "email"].head(400)
    asked = some[["customer_id", "method"]].assign(value=1.0)
    capacity = pd.DataFrame({"marketer": ["a"], "method": ["email"], "day": [1], "contacts": [400]})
    plan = wb.optimize.plan_contacts(asked, capacity, {"consent": table})
    assert set(plan.table["customer_id"]) == set(some.loc[some["allowed"], "customer_id"])
    assert 0 < len(plan.table) < 400
    assert "every candidate is taken to have" not in plan.sentence("en")
    assert "every candidate is taken to have" in wb.optimize.plan_contacts(asked, capacity, {}).sentence("en")


# onwards


def test_what_is_due_becomes_a_plan_within_consent_capacity_and_days(found):
    days = pd.date_range("2026-11-02", "2026-11-13", freq="B")
    slots = [(who, method, day) for who in ("a", "b") for method in ("call", "email") for day in days]
    capacity = pd.DataFrame(slots, columns=["marketer", "method", "day"]).assign(contacts=6)
    candidates = found.candidates(methods=["call", "email"])
    plan = wb.optimize.plan_contacts(candidates, capacity, {"caps": (1, 14)})
    assert 200 < len(plan.table) <= 2 * 2 * len(days) * 6
    made = plan.table.merge(candidates, on=["customer_id", "method", "message"], suffixes=("", "_asked"))
    assert len(made) == len(plan.table)
    assert (made["day"] >= made["ready"]).all()
    assert (made["day"] <= made["due_asked"]).all()
    assert plan.table["customer_id"].is_unique
    first = plan.table["priority"] == 1
    assert first.sum() > 100
    assert plan.gap <= 1e-6
    assert "unchecked" not in {note.code for note in plan.notes}


def test_a_line_keeps_its_uid_from_day_to_day_and_moves(store):
    fill(store, customers=people("ann"), interactions=[case(1, 10, customer_id="ann")])
    books = [triggers(store, DAY + dt.timedelta(days=more), kinds="complaint").lines("zh") for more in (0, 1)]
    assert books[0]["uid"].tolist() == books[1]["uid"].tolist()
    assert "ann" not in books[0]["uid"][0]
    assert [book["day"][0] for book in books] == [DAY, in_days(1)]
    text = wb.contacts.calendar(books[1], "Asia/Shanghai", "待办", "zh")
    assert [str(event["summary"]) for event in Calendar.from_ical(text).events] == ["未结投诉：ann"]


def test_values_are_chances_times_worth(found):
    plain = found.candidates()
    assert plain["value"].between(0, 1).all()
    one = plain["customer_id"].iloc[0]
    valued = found.candidates(worth={one: 200.0})
    assert (valued["value"] == plain["value"] * 200).where(plain["customer_id"] == one, True).all()
    assert (valued.loc[valued["customer_id"] != one, "value"] == 0).all()
    frame = pd.DataFrame({"customer_id": [one], "clv": [200.0]})
    assert found.candidates(worth=frame).equals(valued)


def test_a_segment_narrows_whom_it_is_about(demo_store, found):
    rule = wb.segments.rule(wb.segments.field("value_class") == "high")
    some = triggers(demo_store, LAST, kinds=["complaint", "mention"], segment=rule)
    all_of_them = found.table[found.table["kind"].isin(["complaint", "mention"])]
    expected = all_of_them[all_of_them["segment"] == "high"]
    assert set(some.table["row_id"]) == set(expected["row_id"])
    assert len(some.table) > 50


def test_both_languages_say_the_same_counts(found):
    for lang in ("en", "zh"):
        said = found.sentences(lang)[0]
        for count in found.counts().values():
            assert f"{count:,}" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kinds": "birth"}, "Unknown trigger 'birth'. Did you mean 'birthday'?"),
        ({"kinds": []}, "No kind of trigger is asked for."),
        ({"days_ahead": -1}, "days_ahead is -1,"),
        ({"days_ahead": 1.5}, "days_ahead is 1.5,"),
        ({"as_of": "soon"}, "as_of is 'soon', which is no day."),
        ({"group": "shoe_size"}, "Unknown customer attribute 'shoe_size'."),
        ({"segment": "loyal"}, "Unknown segment 'loyal'."),
    ],
)
def test_a_question_that_makes_no_sense_is_told_why(demo_store, more, said):
    with pytest.raises(WorkbenchError) as error:
        triggers(demo_store, **{"as_of": LAST, "kinds": "complaint", **more})
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"alive": 1.0}, "alive is 1.0."),
        ({"complaint_days": -1}, "complaint_days is -1,"),
        ({"mention_span": True}, "mention_span is True,"),
        ({"priority": {"birth": 1}}, "Unknown trigger 'birth'."),
    ],
)
def test_rules_that_make_no_sense_are_told(rules, said):
    with pytest.raises(WorkbenchError) as error:
        TriggerRules(**rules)
    assert said in str(error.value)


def test_a_frame_is_no_store_and_methods_and_worths_are_checked(found):
    with pytest.raises(WorkbenchError, match="asked of a store, and this is a DataFrame"):
        triggers(pd.DataFrame(), DAY)
    with pytest.raises(WorkbenchError, match="Unknown method 'fax'"):
        found.candidates(methods="fax")
    with pytest.raises(WorkbenchError, match="The worths are a list"):
        found.candidates(worth=[1])
    with pytest.raises(WorkbenchError, match="no column 'worth'"):
        found.candidates(worth=pd.DataFrame({"a": [1]}))
