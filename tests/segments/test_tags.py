"""Tags by hand and by rule: what they change, undo, audit, order of rules, rings, use in rules."""

from __future__ import annotations

import datetime as dt

import pytest
import rule_world

import workbench as wb
from workbench import saved
from workbench import segments as sg
from workbench.errors import InputError, QuestionError
from workbench.privacy import audit


@pytest.fixture
def store(tmp_path):
    """A store with customers, orders and some tags."""
    made = wb.open(tmp_path / "w")
    rule_world.commit(made, 5)
    return made


def holders(store, tag, origin=None):
    rows = store.query(store.table("tags")).to_pylist()
    return sorted(r["customer_id"] for r in rows if r["tag"] == tag and origin in (None, r["origin"]))


def test_a_tag_by_hand_is_set_audited_used_and_undone(store):
    before = holders(store, "vip")
    done = sg.tag(store, ["k01", "k02", "k01"], "gold  club", "1st", who="mia")
    assert (done.tag, done.added, done.removed) == ("gold club", 2, 0)
    row = next(r for r in store.query(store.table("tags")).to_pylist() if r["tag"] == "gold club")
    assert (row["value"], row["origin"], row["author"]) == ("1st", "hand", "mia")
    assert abs(row["time"] - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    found = sg.rule(sg.tagged("gold club", "1st")).members(store).table
    assert found["customer_id"].tolist() == ["k01", "k02"]
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(2)
    assert sg.rule(sg.tagged("gold club")).members(store, yesterday).table.empty
    assert sg.tag(store, ["k02"], "gold club", "1st").import_id == ""
    line = audit.frame(store.path).iloc[0]
    assert (line["what"], line["who"], line["counts"]) == ("tagged", "mia", {"added": 2, "removed": 0})
    assert wb.data.imports(store).table.iloc[0]["import_id"] == done.import_id
    assert wb.data.past_review(store, done.import_id).rows_ok == 2
    wb.data.undo(store, done.import_id)
    assert holders(store, "gold club") == []
    assert holders(store, "vip") == before


def test_a_tag_taken_off_comes_back_with_undo(store):
    had = holders(store, "vip")
    done = sg.untag(store, had[:3], "vip")
    assert (done.added, done.removed) == (0, 3)
    assert holders(store, "vip") == had[3:]
    assert sg.untag(store, had[:3], "vip").import_id == ""
    wb.data.undo(store, done.import_id)
    assert holders(store, "vip") == had


def test_a_tag_by_rule_follows_the_data_and_leaves_those_by_hand(store):
    rule = sg.rule(sg.ordered(3))
    means = rule.members(store).table["customer_id"].tolist()
    outside = next(who for who in rule_world.PEOPLE if who not in means)
    sg.tag(store, [means[0], outside], "regular")
    item = sg.tag_by_rule(store, rule, "regular", "A")
    (done,) = sg.refresh_tags(store)
    assert (done.added, done.removed) == (len(means) - 1, 0)
    assert holders(store, "regular", "rule") == means[1:]
    assert holders(store, "regular", "hand") == sorted([means[0], outside])
    assert sg.refresh_tags(store)[0].import_id == ""
    sg.tag_by_rule(store, sg.rule(sg.ordered(5)), "regular", "A", base=item)
    fewer = set(sg.rule(sg.ordered(5)).members(store).table["customer_id"])
    (after,) = sg.refresh_tags(store, ["regular"])
    assert after.removed == len(set(means[1:]) - fewer) > 0
    assert set(holders(store, "regular", "rule")) == fewer - {means[0]}
    wb.data.undo(store, after.import_id)
    assert holders(store, "regular", "rule") == means[1:]


def test_rules_that_rest_on_other_tags_come_after_them_and_rings_are_refused(store):
    sg.tag_by_rule(store, sg.rule(sg.tagged("b") | sg.tagged("vip")), "a")
    base = sg.tag_by_rule(store, sg.rule(sg.ordered(4)), "b")
    assert [done.tag for done in sg.refresh_tags(store)] == ["b", "a"]
    assert set(holders(store, "a")) == {*holders(store, "b"), *holders(store, "vip")}
    with pytest.raises(QuestionError, match="rest on one another in a ring: b → a → b"):
        sg.tag_by_rule(store, sg.rule(~sg.tagged("a")), "b", base=base)
    sg.save(store, sg.rule(sg.tagged("c")), "those")
    with pytest.raises(QuestionError, match="in a ring: c → c"):
        sg.tag_by_rule(store, sg.rule(sg.in_segment("those")), "c")
    assert [item.name for item in saved.items(store.path, "tag")] == ["a", "b"]


def test_faults_are_sentences_and_change_nothing(store):
    version = store.version
    with pytest.raises(InputError, match="1 of 2 customers are not in the workspace, such as 'nobody'"):
        sg.tag(store, ["k01", "nobody"], "x")
    with pytest.raises(InputError, match="'  ' is no name of a tag"):
        sg.tag(store, ["k01"], "  ")
    with pytest.raises(QuestionError, match=r"Tag 'x' has no rule\. With a rule: none yet"):
        sg.refresh_tags(store, ["x"])
    assert store.version == version


def test_a_tag_has_one_rule_whoever_wrote_it(store):
    first = sg.tag_by_rule(store, sg.rule(sg.ordered()), "buyer", who="mia")
    with pytest.raises(QuestionError, match="Tag 'buyer' has a rule already, by mia"):
        sg.tag_by_rule(store, sg.rule(sg.never("orders")), "buyer", who="tom")
    changed = sg.tag_by_rule(store, sg.rule(sg.ordered(2)), "buyer", base=first, who="tom")
    assert changed.revision == first.revision + 1
