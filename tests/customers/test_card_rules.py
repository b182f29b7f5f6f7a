"""The next best action: first things first, and nobody is written to who must not be."""

from __future__ import annotations

import datetime as dt

import pytest
from card_rows import DAY, case, contact, days_ago, fill, order, permit, person

import workbench as wb
from workbench.customers.cards.facts import Facts, days_to_birthday
from workbench.customers.cards.permits import Permit, Permits
from workbench.customers.cards.rules import FACTS, Rule, Table, actions, applies, builtin, checked
from workbench.errors import QuestionError

YES = Permits((Permit("marketing", "email", True, "granted", None),))
NO = Permits((Permit("marketing", "email", False, "refused", None),))
OPEN = Permits((Permit("marketing", "email", False, "no_decision", None),))
BARRED = Permits((Permit("marketing", "email", False, "do_not_contact", None),))
EVERYTHING = {
    "complaint_days": 3, "waiting_days": 1, "contract_days_left": 20, "low_score_days": 4, "lapse_risk": 0.8,
    "top": 0.05, "birthday_in": 2, "orders": 1, "days_since_first_order": 10, "days_since_contact": 40,
    "channels_allowed": 0, "channels_undecided": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


def found(known, permits=YES, contacts=0):
    return [(item.id, item.held) for item in actions(builtin(), Facts(known), permits, contacts)]


def test_first_things_come_first():
    assert [name for name, _ in found(EVERYTHING)] == [rule.id for rule in builtin().rules]
    for number, rule in enumerate(builtin().rules):
        rest = {name: value for name, value in EVERYTHING.items() if name not in _facts(number)}
        assert not [
            name for name, _ in found(rest) if name in [row.id for row in builtin().rules[: number + 1]]
        ]
        assert applies(rule, Facts(EVERYTHING))


def _facts(number):
    """Facts of the rules up to one."""
    return {name for rule in builtin().rules[: number + 1] for name, *_ in rule.when}


MARKETING = ("lapse", "birthday", "first_order", "offer")


@pytest.mark.parametrize(
    ("permits", "contacts", "held"),
    [
        (YES, 0, {}),
        (YES, 4, dict.fromkeys(MARKETING, "pressure")),
        (NO, 0, dict.fromkeys(MARKETING, "no_consent")),
        (Permits(), 0, dict.fromkeys(MARKETING, "no_consent")),
        (BARRED, 0, {rule.id: "do_not_contact" for rule in builtin().rules if rule.needs != "nothing"}),
    ],
    ids=["allowed", "often", "refused", "unknown", "barred"],
)
def test_who_may_not_be_contacted_is_not(permits, contacts, held):
    assert {name: why for name, why in found(EVERYTHING, permits, contacts) if why} == held
    order_of = [bool(why) for _, why in found(EVERYTHING, permits, contacts)]
    assert order_of == sorted(order_of)


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_that_is_not_known_holds_nothing(name):
    known = {fact: value for fact, value in EVERYTHING.items() if fact != name}
    gone = {rule.id for rule in builtin().rules if name in {fact for fact, *_ in rule.when}}
    assert gone
    assert {name for name, _ in found(known)} == {rule.id for rule in builtin().rules} - gone


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("dance", (("orders", "=", 1),)), "Unknown rule 'dance'"),
        (Rule("offer", (("mood", "=", 1),)), "Unknown fact 'mood'"),
        (Rule("offer", (("orders", ">", 1),)), "Unknown comparison '>'"),
        (Rule("offer", (("orders", "=", 1),), "luck"), "Unknown need of a rule 'luck'"),
        (Rule("offer", ()), "has no condition"),
    ],
    ids=["rule", "fact", "comparison", "need", "empty"],
)
def test_a_rule_that_cannot_be_read_is_refused(rule, said):
    with pytest.raises(QuestionError, match=said):
        checked(Table((rule,), 4))


def ann(store, **tables):
    more = {"customers": [person()], "consent": [permit("email", True, 90), permit("sms", False, 90)]}
    return wb.customers.card(fill(store, **{**more, **tables}), "ann", as_of=DAY)


def test_an_open_complaint_says_since_when_and_where(store):
    card = ann(
        store, interactions=[case(1, 12), case(2, 40, resolved_time=dt.datetime(2026, 6, 1, tzinfo=dt.UTC))]
    )
    assert card.next_action.id == "complaint"
    assert card.sentence("en") == (
        "Settle the open complaint: a complaint by chat (topic: delivery) is still open, "
        "12 days after 18 Jun 2026."
    )
    assert "12 天未解决" in card.sentence("zh")
    assert (card.figures.complaints, card.figures.open_complaints) == (2, 1)


def test_a_complaint_solved_later_was_open_then(store):
    solved = case(1, 12, resolved_time=dt.datetime(2026, 6, 25, 4, tzinfo=dt.UTC), result="resolved")
    card = ann(store, interactions=[solved])
    past = wb.customers.card(store, "ann", as_of=DAY - dt.timedelta(days=8))
    assert card.figures.open_complaints == 0
    assert past.figures.open_complaints == 1
    assert past.next_action.id == "complaint"


def test_an_unanswered_message_comes_before_marketing(store):
    rows = [case(1, 2, kind="inquiry"), contact(2, 45)]
    assert ann(store, interactions=rows, transactions=[order(1, 50, 10)]).next_action.id == "waiting"


def test_a_contract_that_ends_soon_unless_it_was_renewed(store):
    ends = order(1, 300, 900, kind="contract", end_date=DAY + dt.timedelta(days=31))
    card = ann(store, transactions=[ends])
    assert card.next_action.id == "contract"
    assert "ends in 31 days, on 31 Jul 2026" in card.sentence("en")
    renewed = order(2, 5, 900, kind="contract", end_date=DAY + dt.timedelta(days=396))
    fill(store, transactions=[ends, renewed])
    after = wb.customers.card(store, "ann", as_of=DAY)
    assert "contract" not in [action.id for action in after.actions]


def test_a_first_order_is_followed_up_on_allowed_channels_only(store):
    card = ann(store, transactions=[order(1, 10, 129)])
    assert card.next_action.id == "first_order"
    assert card.next_action.channels == ("email",)
    assert card.sentence("en").startswith("Follow up on the first order by e-mail: ")
    assert "¥129" in card.sentence("en")
    assert card.sentence("zh").startswith("通过电子邮件首单回访：")


def test_bad_feedback_is_asked_about(store):
    said = {"feedback_id": "f1", "customer_id": "ann", "kind": "nps", "score": 3.0, **days_ago(2)}
    assert ann(store, feedback=[said]).next_action.id == "low_score"
    fine = {**said, "feedback_id": "f2", "score": 9.0, **days_ago(1)}
    fill(store, feedback=[said, fine])
    assert wb.customers.card(store, "ann", as_of=DAY).next_action is None


def test_a_birthday_is_known_only_when_it_was_opened(store):
    card = ann(store)
    assert card.next_action is None
    assert card.sentence("en").startswith("Nothing suggests itself")
    opened = wb.customers.card(store, "ann", as_of=DAY, reason="birthday letters")
    assert opened.next_action.id == "birthday"
    assert "in 4 days" in opened.sentence("en")


def test_missing_consent_is_asked_for(store):
    asked = [permit("email", True, 9, customer="bob"), permit("sms", False, 9)]
    card = ann(store, consent=asked, transactions=[order(1, 100, 10), order(2, 90, 10)])
    assert card.next_action.id == "consent"
    assert [(action.id, action.held) for action in card.actions] == [
        ("consent", ""),
    ]
    assert "1 are undecided" in card.sentence("en")


def test_do_not_contact_is_said(store):
    rows = [permit("email", True, 90), permit("all", False, 3, purpose="all")]
    card = ann(store, consent=rows, transactions=[order(1, 10, 10)])
    assert card.permits.barred
    assert card.next_action is None
    assert card.sentence("en").endswith("but the customer said: do not contact.")
    assert "不再联络" in card.sentence("zh")


def test_birthdays_come_every_year():
    day = dt.date(2026, 6, 30)
    assert days_to_birthday(dt.date(1990, 6, 30), day) == 0
    assert days_to_birthday(dt.date(1990, 6, 29), day) == 364
    assert days_to_birthday(dt.date(2000, 2, 29), dt.date(2026, 2, 27)) == 2
    assert days_to_birthday(dt.date(2000, 2, 29), dt.date(2028, 2, 27)) == 2


def test_own_rules_take_the_place_of_the_table(store):
    card = wb.customers.card(
        fill(store, customers=[person()], transactions=[order(1, 10, 10)]),
        "ann", DAY, rules=Table((Rule("offer", (("orders", ">=", 1),), "nothing"),), 1),
    )  # fmt: skip
    assert [action.id for action in card.actions] == ["offer"]
