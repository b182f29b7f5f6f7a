"""Edits of a rule: each does what it says and no more, and whatever is clicked, the rule stays whole."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from workbench.errors import WorkbenchError
from workbench.segments import behaviour, field, in_segment, ordered, rfm_value, tagged
from workbench.segments.rules import editing, starting
from workbench.segments.rules.check import whole
from workbench.segments.rules.edits import edited
from workbench.segments.rules.nodes import All, Either, Not, leaves
from workbench.segments.rules.operands import OPERATORS, SOURCES
from workbench.segments.rules.starting import Known, measures, subjects

KNOWN = Known(
    dt.date(2026, 10, 31),
    {"customers.region": ("Sichuan", "Hubei"), "orders.channel": ("search",), "tags.tag": ("vip",)},
    {"s1": "Regulars"},
)
TREE = (field("region") == "Sichuan") & (ordered(2, 90) | tagged("vip")) & ~(field("gender") == "male")


def after(*steps, tree=None):
    for key, words in steps:
        tree = edited(tree, key, words, KNOWN)
    return tree


def test_a_rule_is_built_by_its_controls_alone():
    made = after(
        ("/add", "field:region"),
        ("0/op", "in"),
        ("0/toggle", "Hubei"),
        ("/add", "group:any"),
        ("1.0/what", "orders"),
        ("1.0/value", "2"),
        ("1.0/days", "90"),
        ("1.0/where", "channel"),
        ("1/add", "orders"),
        ("1.1/measure", "sum:amount"),
        ("1.1/value", "1,500.5"),
        ("1.1/op", "<"),
        ("/add", "ago:created_date"),
        ("2/op", "between"),
        ("2/low", "10"),
        ("2/high", "20"),
        ("2/not", ""),
    )
    wanted = (
        field("region").is_in(["Sichuan", "Hubei"])
        & (ordered(2, 90, channel="search") | (behaviour("orders", "sum", "amount") < 1500.5))
        & ~field("created_date").days_ago.between(10, 20)
    )
    assert made == whole(wanted)


@pytest.mark.parametrize("kind", editing.GROUPS)
def test_a_group_becomes_any_other_kind_and_back(kind):
    made = after(("1/kind", kind), tree=TREE)
    assert editing.kind_of(editing.at(made, (1,))) == kind
    assert after(("1/kind", "any"), tree=made) == TREE


def test_the_last_test_takes_its_group_along_and_the_last_of_all_the_rule():
    assert after(("1.1/drop", ""), ("1.0/drop", ""), tree=TREE) == All((TREE.parts[0], TREE.parts[2]))
    assert after(("0/drop", ""), tree=All((field("region") == "Hubei",))) is None


def test_turning_twice_is_nothing_and_a_negation_survives_other_edits():
    assert after(("1/not", ""), ("1/not", ""), tree=TREE) == TREE
    made = after(("2/value", "female"), tree=TREE)
    assert made.parts[2] == ~(field("gender") == "female")


def test_only_the_named_place_changes():
    made = after(("1.0/value", "7"), tree=TREE)
    assert made.parts[0] == TREE.parts[0]
    assert made.parts[1].parts[1] == TREE.parts[1].parts[1]
    assert made.parts[1].parts[0] == ordered(7, 90)


@pytest.mark.parametrize("about", [name for group in subjects(KNOWN).values() for name in group])
def test_every_subject_begins_whole_under_every_operator(about):
    test = starting.fresh(about, KNOWN)
    assert starting.subject(whole(test)) == about
    for op in OPERATORS[test.of.type] if hasattr(test, "of") else ():
        assert whole(starting.with_operator(test, op, KNOWN)).op == op


@pytest.mark.parametrize("source", list(SOURCES))
def test_every_measure_of_every_source_is_whole(source):
    for measure in measures(source):
        test = starting.with_measure(starting.fresh(source, KNOWN), measure, KNOWN)
        assert starting.measure_of(whole(test).of) == measure


@pytest.mark.parametrize(
    ("key", "words", "said"),
    [
        ("1.0/value", "many", "'many' is no"),
        ("1.0/days", "0", "'0'|0 is no number of days"),
        ("1.0/value", "1.5", "no whole number"),
        ("0/op", "<", "Unknown operator"),
        ("7/drop", "", "no part '7'"),
        ("x/drop", "", "no part 'x'"),
        ("0/shape", "", "Unknown part of a test"),
        ("0/add", "tag", "no group"),
        ("/add", "field:email", "Unknown subject"),
        ("1/kind", "some", "no kind of group"),
        ("1.1/tag", " ", "no name"),
    ],
)
def test_a_fault_is_said_and_changes_nothing(key, words, said):
    with pytest.raises(WorkbenchError, match=said):
        edited(TREE, key, words, KNOWN)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_clicked_the_rule_is_whole_or_the_click_is_refused(seed):
    chance, tree, done = random.Random(seed), None, 0
    abouts = [name for group in subjects(KNOWN).values() for name in group]
    parts = ("op", "value", "low", "high", "days", "measure", "where", "tag", "segment", "not", "what", "add",
             "kind", "drop", "toggle")  # fmt: skip
    words = ["", "5", "Hubei", "2026-01-01", "in", "between", "==", "known", "count", "sum:amount", "channel",
             "group:none", "none", "all", *abouts]  # fmt: skip
    for _ in range(400):
        place = ".".join(str(chance.randrange(3)) for _ in range(chance.randrange(3)))
        try:
            tree = edited(tree, f"{place}/{chance.choice(parts)}", chance.choice(words), KNOWN)
        except WorkbenchError:
            continue
        done += 1
        if tree is not None:
            assert whole(tree) == tree
            assert isinstance(editing.bare(tree)[0], All | Either)
            assert list(leaves(tree))
    assert done > 20


def test_saved_segments_and_scores_are_kept_as_they_are():
    tree = All((in_segment("s1"), rfm_value() == "loyal", Not(tagged("staff"))))
    made = after(("1/value", "new"), tree=tree)
    assert made.parts[0] == tree.parts[0]
    assert made.parts[2] == tree.parts[2]
