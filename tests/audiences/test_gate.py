"""The gate: who is held back, and why; every count by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from privacy_helpers import NOON, load

import workbench as wb
from workbench import audiences, privacy
from workbench.audiences import REASONS, Cap
from workbench.segments.answer import Segmentation

AT = NOON + dt.timedelta(days=10)
HELD = {"withdrawn": 10, "refused": 10, "no_decision": 10, "do_not_contact": 5, "over_the_cap": 5}


def ids(store):
    """Pseudonyms of all customers."""
    return store.query("SELECT customer_id FROM customers ORDER BY 1")["customer_id"].to_pylist()


def ask(store, members=None, form="google_ads", **more):
    """The gate, for everybody unless told otherwise."""
    members = ids(store) if members is None else members
    return audiences.prepare(store, members, "marketing", "email", form, **{"at": AT, **more})


def held(audience):
    """Reason → customers."""
    return {one.reason: one.customers for one in audience.held()}


def test_everybody_held_back_is_counted_with_the_reason(people):
    found = ask(people)
    assert held(found) == HELD
    assert found.size == 180 - 40
    assert found.size + sum(HELD.values()) == len(found.table)
    assert found.ids == [name for name in ids(people) if name in set(found.ids)]


@pytest.mark.parametrize("lang", wb.i18n.LANGUAGES)
def test_every_reason_is_a_sentence_in_both_languages(people, lang):
    sentences = [one.sentence for one in ask(people).held(lang)]
    assert len(sentences) == len(HELD)
    assert all("{" not in text and any(char.isdigit() for char in text) for text in sentences)
    for reason in (*REASONS, "released"):
        assert f"audiences.{reason}" in wb.i18n.texts()


def test_the_cap_counts_all_channels_together_and_only_what_we_began(people):
    assert held(ask(people, cap=Cap(5, 7))).get("over_the_cap") is None
    assert held(ask(people, cap=Cap(4, 8)))["over_the_cap"] == 10
    assert held(ask(people, cap=Cap(1, 30)))["over_the_cap"] == 10
    assert held(ask(people, at=AT + dt.timedelta(days=30))).get("over_the_cap") is None


def test_the_cap_of_the_workspace_holds(people):
    file = people.path / "workbench.toml"
    file.write_text(file.read_text() + "\ncontact_cap = { contacts = 3 }\n")
    assert held(ask(wb.data.open(people.path)))["over_the_cap"] == 10
    file.write_text(file.read_text().replace("contacts", "contracts"))
    with pytest.raises(wb.WorkbenchError, match="has no 'contracts'"):
        ask(wb.data.open(people.path))


def test_too_few_hold_everybody_back(people):
    few = ids(people)[:60]
    found = ask(people, few)
    assert not found.is_released
    assert found.size == 0
    assert sum(held(found).values()) == 60
    assert held(found)["too_small"] > 0
    assert ask(people, few, form="work_list").is_released
    assert not ask(people, minimum=141).is_released
    assert ask(people, minimum=140).is_released


def test_strangers_and_forgotten_customers_are_no_customers(people):
    gone = ids(people)[100]
    privacy.forget(people, gone, reason="their request")
    found = ask(people, [*ids(people), gone, "somebody else"])
    assert held(found)["not_a_customer"] == 2


def test_members_may_come_as_any_table_and_twice(people):
    names = ids(people)
    frame = pd.DataFrame({"customer_id": names, "segment": ["a"] * 90 + ["b"] * 90})
    parts = Segmentation(frame, AT.date(), {}, "CNY", (), None, "")
    assert len(ask(people, parts, segment="b").table) == 90
    with pytest.raises(wb.WorkbenchError, match=r"has 2 segments.*segment='a'"):
        ask(people, parts)
    with pytest.raises(wb.WorkbenchError, match="Unknown segment 'c'"):
        ask(people, parts, segment="c")
    arrow = people.query("SELECT customer_id FROM customers ORDER BY 1")
    assert held(ask(people, arrow)) == held(ask(people, frame[["customer_id"]])) == HELD
    assert len(ask(people, names + names).table) == len(names)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"form": "myspace"}, "Unknown audience format 'myspace'"),
        ({"members": []}, "no customers"),
        ({"members": pd.DataFrame({"client": ["a"]})}, "Unknown column 'customer_id'"),
        ({"at": AT.replace(tzinfo=None)}, "no time zone"),
    ],
)
def test_what_cannot_be_asked_is_said(people, more, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence):
        ask(people, **more)


def test_a_purpose_nobody_was_asked_for_is_named(people):
    with pytest.raises(wb.WorkbenchError, match="purpose of consent 'marketting'"):
        audiences.prepare(people, ids(people), "marketting", "email", "google_ads")


@pytest.mark.parametrize("numbers", [(0, 7), (4, 0)])
def test_a_cap_that_lets_nobody_through_is_refused(numbers):
    with pytest.raises(wb.WorkbenchError, match="lets nobody through"):
        Cap(*numbers)


def test_published_counts_show_no_small_group_and_none_by_subtraction(people):
    table = ask(people).published().table
    assert table["people"].dropna().ge(audiences.LEAST_PEOPLE).all()
    assert table["suppressed"].sum() >= 2


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=220), st.sampled_from(["google_ads", "work_list"]))
def test_nobody_without_consent_is_ever_released(people, numbers, form):
    names = ids(people)
    chosen = [names[number] if number < len(names) else f"nobody {number}" for number in numbers]
    found = ask(people, chosen, form=form)
    lawful = set(privacy.allowed(people, chosen, "marketing", "email", AT).query("allowed")["customer_id"])
    assert set(found.ids) <= lawful & set(names)
    assert len(found.table) == len(set(chosen))
    assert found.size == 0 or found.size >= found.minimum


def test_a_later_contact_changes_the_answer(people):
    before = ask(people).size
    one = people.query("SELECT customer_id FROM customers")["customer_id"].to_pylist()
    assert before == 140
    load(
        people,
        "interactions",
        [
            {
                "interaction_id": f"N{turn}",
                "customer_id": "CRM-00100",
                "direction": "outbound",
                "time": AT - dt.timedelta(hours=turn),
            }
            for turn in range(4)
        ],
    )  # fmt: skip
    people.refresh()
    assert ask(people, one).size == before - 1


def test_a_rule_is_a_group_and_gives_its_name(people):
    rule = wb.segments.rule(wb.segments.field("region") == "north", "northerners")
    told = ask(people, rule)
    assert (told.name, len(told.table)) == ("northerners", len(rule.members(people).table))
    assert ask(people, rule.members(people)).name == "northerners"


def test_a_row_without_a_customer_is_nobody(people):
    frame = pd.DataFrame({"customer_id": [*ids(people), None, float("nan")]})
    assert held(ask(people, frame)) == HELD


def test_contacts_that_nobody_says_who_began_fill_the_cap(people):
    rows = [
        {"interaction_id": f"U{turn}", "customer_id": "CRM-00100", "time": AT - dt.timedelta(hours=turn)}
        for turn in range(4)
    ]
    load(people, "interactions", rows)
    people.refresh()
    assert held(ask(people))["over_the_cap"] == HELD["over_the_cap"] + 1
