"""Rules: members against a naive evaluation, size, consent, overlap, days, JSON, saved segments, faults."""

from __future__ import annotations

import datetime as dt
import json
from itertools import product

import pandas as pd
import pyarrow as pa
import pytest
import rule_trees
import rule_world
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_naive import Naive
from rule_world import DAY, SCORES, ZONE

import workbench as wb
from workbench import saved
from workbench import segments as sg
from workbench import settings as workspace_settings
from workbench.errors import QuestionError, StoreError
from workbench.privacy import consent

SEEDS = st.integers(0, 10**9)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store and its rows."""
    folder = tmp_path_factory.mktemp("rules") / "w"
    wb.open(folder)
    workspace_settings.save(folder, workspace_settings.Settings(name="w", timezone=ZONE))
    store = wb.open(folder)
    return store, rule_world.commit(store, 7)


@pytest.fixture
def shelf(tmp_path):
    """An empty workspace to save segments in."""
    return wb.open(tmp_path / "w")


def ids(rule, store, **options):
    return sg.rule(rule).members(store, DAY, **options).table["customer_id"].tolist()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_any_rule_means_whom_a_naive_evaluation_finds(world, seed):
    store, rows = world
    tree = rule_trees.tree(seed)
    naive = Naive(rows, DAY, ZONE, SCORES)
    rule = sg.rule(tree)
    assert ids(rule, store) == naive.members(tree["rule"])
    assert rule.count(store, DAY) == len(naive.members(tree["rule"]))
    found = rule.size(store, DAY)
    assert (found.unknown, found.everybody) == (naive.unknown(tree["rule"]), len(naive.people()))


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(0, 40))
def test_a_rule_of_an_earlier_day_does_not_look_ahead(world, seed, back):
    store, rows = world
    day = DAY - dt.timedelta(back)
    tree = rule_trees.tree(seed)
    found = sg.rule(tree).members(store, day.isoformat())
    assert found.as_of == day
    assert found.table["customer_id"].tolist() == Naive(rows, day, ZONE, SCORES).members(tree["rule"])


def test_every_node_and_operator_has_been_drawn():
    text = json.dumps([rule_trees.tree(seed) for seed in range(400)])
    for word in ("all", "any", "not", "tag", "field", "rfm", "behaviour", "score", "between", "not_in"):
        assert f'"{word}"' in text
    for word in (*rule_trees.TEXTS, "ago", "mean", "first", "within_days", "where", "starts_with"):
        assert f'"{word}"' in text


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_a_rule_goes_through_json_and_both_languages_say_it(seed):
    rule = sg.rule(rule_trees.tree(seed))
    again = sg.Rule.from_json(rule.to_json())
    assert again.tree == rule.tree
    assert again.to_json() == rule.to_json()
    for lang, end in (("en", "."), ("zh", "。")):
        said = rule.sentence(lang)
        assert said.endswith(end)
        assert "{" not in said
        assert again.sentence(lang) == said


def test_unknown_stays_unknown_under_not(world):
    store, rows = world
    north = sg.field("region") == "north"
    people = Naive(rows, DAY, ZONE, SCORES).people()
    regions = [row["region"] for row in people]
    assert len(ids(north, store)) == regions.count("north")
    assert len(ids(~north, store)) == len(regions) - regions.count("north") - regions.count(None)
    assert len(ids(sg.field("region").unknown(), store)) == regions.count(None) > 0
    assert ids(north | ~north | sg.field("region").unknown(), store) == sorted(
        r["customer_id"] for r in people
    )


def test_equal_values_are_on_one_side_of_every_bound(world):
    store, _ = world
    for times in (1, 2, 3):
        at, over, under = (ids(test, store) for test in (
            sg.behaviour("orders") == times, sg.behaviour("orders") > times, sg.behaviour("orders") < times
        ))  # fmt: skip
        assert sorted(at + over + under) == ids(sg.behaviour("orders").known(), store)
        assert not {*at} & {*over} | {*at} & {*under}


def test_rfm_in_a_rule_is_rfm(world):
    store, rows = world
    everyone = {row["customer_id"] for row in Naive(rows, DAY, ZONE, SCORES).people()}
    answer = sg.rfm(store, DAY, currency="CNY")
    table = answer.table[answer.table["customer_id"].isin(everyone)]
    for segment in sg.SEGMENTS:
        mine = table.loc[table["segment"] == segment, "customer_id"].tolist()
        assert ids(sg.rfm_value(currency="CNY") == segment, store) == mine
    for score, value in product("rfm", range(1, 6)):
        mine = table.loc[table[score] >= value, "customer_id"].tolist()
        assert ids(sg.rfm_value(score, currency="CNY") >= value, store) == mine
    fixed = sg.rfm_value("r", {"recency_days": [1, 2, 3, 4]}, "CNY") == 1
    assert ids(fixed, store) == table.loc[table["recency_days"] > 4, "customer_id"].tolist()


def test_size_counts_money_and_consent_as_their_own_questions_do(world):
    store, rows = world
    rule = sg.rule(sg.ordered() | sg.tagged("vip"))
    who = ids(rule, store)
    size = rule.size(store, DAY)
    assert (
        size.customers == len(who) == rule.count(store, DAY) == rule.members(store, DAY).profile()["size"][0]
    )
    naive = Naive(rows, DAY, ZONE, SCORES)
    year = [r for r in naive.sources["orders"] if (DAY - r["day"]).days < 365 and r["customer_id"] in who]
    for row in size.money.to_dict("records"):
        mine = [
            r for r in year if (r["currency"] or "XXX") == row["currency"] and r["amount_micros"] is not None
        ]
        assert row["spent"] == sum(r["amount_micros"] for r in mine) / 1e6
        assert row["customers"] == len({r["customer_id"] for r in mine})
    assert set(size.money["currency"]) == {"CNY", "USD", "XXX"}
    end = dt.datetime.combine(DAY, dt.time(15, 59, 59), dt.UTC)
    pairs = size.consent[["purpose", "channel"]].to_numpy().tolist()
    assert pairs == [list(pair) for pair in product(["marketing", "service"], ["call", "email"])]
    for row in size.consent.to_dict("records"):
        verdict = consent.allowed(store, who, row["purpose"], row["channel"], end)
        assert row["allowed"] == int(verdict["allowed"].sum())
    assert size.consent["allowed"].max() > 0
    assert f"{size.customers} customers" in size.sentence("en")
    assert f"{size.customers} 位客户" in size.sentence("zh")
    assert json.loads(json.dumps(size.to_dict()))["rows"][0]["customers"] == size.customers


def test_scores_come_from_a_table_of_the_store_or_with_the_question(world):
    store, rows = world
    known = {r["customer_id"]: r["p_alive"] for r in rows[SCORES]}
    high = [who for who in ids(sg.behaviour("orders").known(), store) if (known.get(who) or 0) >= 0.5]
    assert ids(sg.score(SCORES, "p_alive") >= 0.5, store) == high
    frame = pd.DataFrame(rows[SCORES])
    assert ids(sg.score("mine", "p_alive") >= 0.5, store, scores={"mine": frame}) == high
    with pytest.raises(QuestionError, match=r"table of scores 'model_score'\. Did you mean 'model_scores'"):
        ids(sg.score("model_score") > 1, store)
    with pytest.raises(QuestionError, match="Unknown column of 'model_scores' 'score'"):
        ids(sg.score(SCORES) > 1, store)
    with pytest.raises(QuestionError, match="no column customer_id"):
        ids(sg.score("mine") > 1, store, scores={"mine": frame[["rank"]]})


@settings(max_examples=12, deadline=None)
@given(st.lists(SEEDS, min_size=2, max_size=30, unique=True))
def test_overlap_is_what_counting_sets_gives(world, seeds):
    store, rows = world
    naive = Naive(rows, DAY, ZONE, SCORES)
    trees = {f"s{seed}": rule_trees.tree(seed, 2) for seed in seeds}
    sets = {name: {*naive.members(tree["rule"])} for name, tree in trees.items()}
    found = sg.overlap(store, trees, DAY)
    for one, other in product(sets, sets):
        assert found.sizes.loc[one, other] == len(sets[one] & sets[other])
        share = found.shares.loc[one, other]
        assert pd.isna(share) if not sets[one] else share == len(sets[one] & sets[other]) / len(sets[one])
    exact = {}
    for person in naive.people():
        key = " + ".join(name for name, held in sets.items() if person["customer_id"] in held)
        exact[key] = exact.get(key, 0) + 1
    assert found.nobody == exact.pop("", 0)
    assert dict(zip(found.combos["segments"], found.combos["customers"], strict=True)) == exact
    assert found.everybody == len(naive.people())


def test_members_of_many_rules_together_are_those_of_each(world):
    store, rows = world
    naive = Naive(rows, DAY, ZONE, SCORES)
    trees = {f"s{seed}": rule_trees.tree(seed, 2) for seed in range(70)}
    found = sg.members(store, trees, DAY)
    assert list(found) == list(trees)
    for name, tree in trees.items():
        assert found[name].table["customer_id"].tolist() == naive.members(tree["rule"]), name
    one = sg.rule(trees["s3"]).members(store, DAY)
    assert (found["s3"].everybody, found["s3"].said) == (one.everybody, one.said)
    pd.testing.assert_frame_equal(found["s3"].table, one.table)
    assert sg.members(store, {}, DAY) == {}


def test_what_was_added_up_for_an_overlap_answers_counts_until_the_data_change(world, monkeypatch):
    from workbench.segments.rules import preview

    store = wb.open(world[0].path)
    trees = [rule_trees.tree(seed, 2) for seed in range(8)]
    sizes = sg.overlap(store, [sg.rule(tree, str(place)) for place, tree in enumerate(trees)], DAY).sizes
    monkeypatch.setattr(store, "query", lambda _: pytest.fail("the store was asked again"))
    counts = [sg.rule(tree).count(store, DAY) for tree in trees]
    assert counts == [sizes.iloc[place, place] for place in range(len(trees))]
    monkeypatch.undo()
    monkeypatch.setattr(preview, "MOST_CELLS", 10)
    fresh = wb.open(store.path)
    assert [sg.rule(tree).count(fresh, DAY) for tree in trees] == counts
    assert fresh not in preview._HELD


def test_overlap_takes_2_to_30_segments(world):
    store, _ = world
    one = sg.ordered()
    for many in (1, 31):
        with pytest.raises(QuestionError, match=f"{many} segments are asked for; an overlap takes 2 to 30"):
            sg.overlap(store, {str(n): one for n in range(many)})
    with pytest.raises(QuestionError, match="Two segments are called 'a'"):
        sg.overlap(store, [sg.rule(one, "a"), sg.rule(~one, "a")])


def test_each_table_is_read_once_for_all_tests(world):
    store, _ = world
    many = sg.all_of(*(sg.did("click", n, n * 10) | (sg.days_since("interactions") > n) for n in range(1, 8)))
    sql = sg.rule(many).members(store, DAY).sql
    assert sql.count('"events"') == sql.count('"interactions"') == sql.count('"customers"') == 1


def test_a_part_of_the_store_answers_for_its_customers(world):
    store, _ = world
    rule = sg.rule(sg.field("gender") == "female", "women")
    who = set(ids(rule, store))
    part = sg.within(store, rule, DAY)
    whole = wb.customers.purchases(store, DAY, currency="CNY").table
    mine = wb.customers.purchases(part, DAY, currency="CNY").table
    pd.testing.assert_frame_equal(mine, whole[whole["customer_id"].isin(who)].reset_index(drop=True))
    assert set(wb.segments.rfm(part, DAY, currency="CNY").table["customer_id"]) == set(mine["customer_id"])
    tags = part.query(part.table("tags")).to_pandas()
    assert set(tags["customer_id"]) <= who
    assert part.query(part.table("products")).num_rows == 6
    assert sg.rule(sg.ordered()).size(part, DAY).everybody == len(who)
    with pytest.raises(QuestionError, match="Delivery is not kept by customer, so segment 'women' cannot"):
        wb.metrics.kpis(part)
    with pytest.raises(QuestionError, match="SQL names whole tables"):
        part.query("SELECT 1")
    with pytest.raises(StoreError, match="'women' is only read"):
        part.commit([])


def test_many_segments_without_names_are_refused(shelf):
    rule_world.commit(shelf, 3)
    with pytest.raises(QuestionError, match=r"segments=list is of the wrong kind\. Give a dict"):
        sg.members(shelf, ["repeat"])
    with pytest.raises(QuestionError, match="Name at least two"):
        sg.overlap(shelf, [sg.rule(sg.ordered(2))])


def test_a_part_moves_with_its_store(tmp_path):
    store = wb.open(tmp_path / "w")
    rule_world.commit(store, 1)
    part = sg.within(store, sg.tagged("vip"), DAY)
    before = part.query(part.table("customers")).num_rows
    other = wb.open(tmp_path / "w")
    tag = {"customer_id": rule_world.PEOPLE, "tag": ["vip"] * len(rule_world.PEOPLE)}
    other.commit([wb.data.Change("tags", pa.table(tag), "all")])
    assert part.query(part.table("customers")).num_rows == before
    assert part.refresh() == other.version
    assert part.query(part.table("customers")).num_rows == len(
        sg.rule(sg.tagged("vip")).members(store, DAY).table
    )
    past = part.at(store.version - 1)
    assert past.query(past.table("customers")).num_rows == before


def test_a_part_whose_store_moved_mixes_no_two_versions(tmp_path):
    """The store moves alone, as another question makes it: rows and who they are of move together."""
    store = wb.open(tmp_path / "w")
    rule_world.commit(store, 1)
    part = sg.within(store, sg.tagged("vip"), DAY)
    part.query(part.table("customers"))
    tag = {"customer_id": rule_world.PEOPLE, "tag": ["vip"] * len(rule_world.PEOPLE)}
    store.commit([wb.data.Change("tags", pa.table(tag), "all")])
    assert part.version == store.version
    members = sg.rule(sg.tagged("vip")).members(store, DAY).table["customer_id"]
    assert set(part.query(part.table("customers"))["customer_id"].to_pylist()) == set(members)
    assert sg.rule(sg.tagged("vip")).count(part, DAY) == len(members)


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_a_saved_rule_is_the_rule_also_after_a_change(tmp_path_factory, seed, other):
    store = wb.open(tmp_path_factory.mktemp("saved") / "w")
    first, second = sg.rule(rule_trees.tree(seed)), sg.rule(rule_trees.tree(other))
    item = sg.save(store, first, "回头客 & co")
    assert sg.load(store, "回头客 & CO").tree == first.tree
    changed = sg.save(store, second, base=item)
    assert sg.load(store, item.id).tree == second.tree
    assert changed.revision == (1 if first.tree == second.tree else 2)


def test_segments_of_segments(shelf):
    rule_world.commit(shelf, 3)
    item = sg.save(shelf, sg.rule(sg.ordered(2)), "repeat")
    sg.save(shelf, sg.rule(sg.in_segment("repeat") & sg.tagged("vip")), "repeat vip")
    plain = ids(sg.ordered(2) & sg.tagged("vip"), shelf)
    assert ids(sg.in_segment("repeat vip"), shelf) == plain
    saved.rename(shelf.path, item, "came back")
    assert (
        sg.load(shelf, "repeat vip")
        .sentence("en", {"repeat": "came back"})
        .startswith("Customers where the customer is in segment “came back” and")
    )
    assert ids(sg.in_segment("repeat vip"), shelf) == plain
    assert [rule.name for rule in sg.listed(shelf)] == ["came back", "repeat vip"]
    assert sg.overlap(shelf, ["came back", "repeat vip"], DAY).sizes.iloc[0, 1] == len(plain)
    assert len(sg.within(shelf, "came back", DAY).customers.execute()) == len(ids(sg.ordered(2), shelf))


def test_a_ring_of_segments_is_refused_with_its_names(shelf):
    rule_world.commit(shelf, 3)
    for name, names in (("c", None), ("b", "c"), ("a", "b")):
        sg.save(shelf, sg.rule(sg.in_segment(names) if names else sg.ordered()), name)
    ring = sg.rule(sg.tagged("vip") | ~sg.in_segment("a"))
    with pytest.raises(QuestionError, match="in a ring: c → a → b → c"):
        sg.save(shelf, ring, base=sg.find(shelf, "c"))
    saved.update(shelf.path, sg.find(shelf, "c"), ring.to_plain())
    with pytest.raises(QuestionError, match="in a ring: b → c → a → b"):
        ids(sg.in_segment("b"), shelf)
    with pytest.raises(QuestionError, match="in a ring: a → b → c → a"):
        sg.load(shelf, "a").size(shelf, DAY)


def test_others_see_shared_segments_and_changes_that_cross_are_told(shelf):
    item = sg.save(shelf, sg.rule(sg.ordered()), "mine", who="mia")
    with pytest.raises(QuestionError, match="Unknown segment 'mine'"):
        sg.load(shelf, "mine", who="tom")
    saved.share(shelf.path, item, who="mia")
    seen = sg.find(shelf, "mine", who="tom")
    sg.save(shelf, sg.rule(sg.ordered(2)), base=seen, who="tom")
    with pytest.raises(saved.Conflict, match="tom"):
        sg.save(shelf, sg.rule(sg.ordered(3)), base=seen, who="mia")
    with pytest.raises(QuestionError, match="Did you mean 'mine'"):
        sg.load(shelf, "mina", who="tom")


def test_a_saved_thing_that_is_no_rule_or_was_edited_badly_is_told(shelf):
    saved.create(shelf.path, "segment", "points", {"kind": "cluster"})
    saved.create(shelf.path, "segment", "broken", {"rule": {"field": "regin", "op": "==", "value": "x"}})
    with pytest.raises(QuestionError, match="'points' is no rule"):
        sg.load(shelf, "points")
    with pytest.raises(QuestionError, match="rule: Segment 'broken': Unknown attribute 'regin'"):
        sg.load(shelf, "broken")
    assert sg.listed(shelf) == []


def test_other_bounds_are_counted_from_memory_and_new_data_from_the_store(shelf, monkeypatch):
    rule_world.commit(shelf, 3)
    asked = []
    query = type(shelf).query
    monkeypatch.setattr(type(shelf), "query", lambda self, what: asked.append(what) or query(self, what))
    sg.rule(sg.ordered(1, 90) & (sg.field("region") == "north")).count(shelf, DAY)
    begun = len(asked)
    for times in range(1, 4):
        rule = sg.rule(~(sg.ordered(times, 90) | (sg.field("region") != "south")))
        found = rule.count(shelf, DAY)
        assert len(asked) == begun
        assert found == len(rule.members(shelf, DAY).table)
        begun = len(asked)
    rule_world.commit(shelf, 4)
    assert rule.count(shelf, DAY) == len(rule.members(shelf, DAY).table)


def test_everybody_is_who_ordered_where_no_customers_are_known(shelf):
    made = rule_world.rows(4)["transactions"]
    shelf.commit([wb.data.Change("transactions", pa.Table.from_pylist(made))])
    size = sg.rule(sg.ordered(2)).size(shelf, DAY)
    known = {r["customer_id"] for r in made if r["local_date"] and r["local_date"] <= DAY} - {None}
    assert size.everybody == len(known)
    assert size.customers > 0
    assert ids(sg.field("region") == "north", shelf) == []
    assert size.consent.empty


def test_an_empty_store_answers(shelf):
    size = sg.rule(sg.ordered() | (sg.rfm_value() == "loyal") | sg.tagged("x")).size(shelf, DAY)
    assert (size.customers, size.everybody, size.unknown) == (0, 0, 0)
    assert size.sentence("en").startswith("0 customers")
    assert sg.rule(sg.ordered()).members(shelf).profile().empty


def test_faults_of_the_whole(world):
    store, _ = world
    deep = {"tag": "x"}
    for _ in range(31):
        deep = {"not": deep}
    with pytest.raises(QuestionError, match="more than 30 levels deep"):
        sg.rule({"rule": deep})
    with pytest.raises(QuestionError, match="has 401 tests"):
        sg.rule({"rule": {"any": [{"tag": str(n)} for n in range(401)]}})
    for text, said in (("{", "not valid JSON"), ("[1]", "It is no rule"), ('{"version": 2}', "of version 2")):
        with pytest.raises(QuestionError, match=said):
            sg.Rule.from_json(text)
    with pytest.raises(QuestionError, match="Join rules with &"):
        _ = sg.ordered() and sg.spent(1)
    with pytest.raises(QuestionError, match="is no rule"):
        _ = sg.ordered() & True
    with pytest.raises(QuestionError, match="Value is no rule"):
        sg.rule(sg.field("region"))
    with pytest.raises(QuestionError, match="Amounts are in CNY, USD, XXX"):
        ids(sg.spent(1), store)
    with pytest.raises(QuestionError, match="Unknown currency 'EUR'"):
        ids(sg.spent(1, currency="EUR"), store)
    with pytest.raises(QuestionError, match="which is no day"):
        sg.rule(sg.ordered()).members(store, "soon")


def test_the_way_a_rule_is_built_makes_no_difference():
    built = (
        (sg.field("region") == "north")
        & sg.ordered(2, within_days=90, channel=["search", "social"])
        & ~sg.answered(score=("<=", 6))
    )
    places, bad = {"channel": ["search", "social"]}, {"score": {"op": "<=", "value": 6}}
    said = {
        "all": [
            {"field": "region", "op": "==", "value": "north"},
            {"behaviour": "orders", "within_days": 90, "where": places, "op": ">=", "value": 2},
            {"not": {"behaviour": "feedback", "where": bad, "op": ">=", "value": 1}},
        ]
    }
    assert sg.rule(built) == sg.rule({"rule": said}) == sg.rule(json.dumps({"rule": said}))
    assert sg.rule(~~sg.ordered()) == sg.rule(sg.ordered())
    assert sg.none_of(sg.ordered()) == ~sg.any_of(sg.ordered())


def test_questions_about_customers_take_a_segment(demo_store):
    store, day = demo_store, demo_store.as_of
    rule = sg.rule((sg.field("gender") == "female") & sg.ordered(), "women who order")
    who = set(rule.members(store, day).table["customer_id"])
    assert 0 < len(who) < rule.size(store, day).everybody
    assert set(wb.customers.purchases(store, day, segment=rule).table["customer_id"]) == who
    assert set(wb.segments.rfm(store, day, segment=rule).table["customer_id"]) == who
    assert len(wb.customers.fit_clv(store, day, segment=rule).predict(180, 100)) == len(who)
    own = wb.attribution.attribute(store, "last", segment=rule, draws=0).table["conversions"].sum()
    parts = own + wb.attribution.attribute(store, "last", segment=~rule, draws=0).table["conversions"].sum()
    unsure = wb.attribution.attribute(
        store, "last", draws=0, segment=sg.rule(sg.ordered() & sg.field("gender").unknown())
    )
    whole = wb.attribution.attribute(store, "last", draws=0).table["conversions"].sum()
    assert own > 0
    assert parts + unsure.table["conversions"].sum() == whole


def test_an_experiment_of_a_segment_is_chosen_before_it_began(demo_store):
    from workbench.compare import assigned

    name = assigned.names(demo_store)[0]
    women = sg.rule(sg.field("gender") == "female")
    found = wb.compare.experiment(demo_store, "orders", name=name, segment=women)
    split = wb.compare.experiment(demo_store, "orders", name=name, by="gender").table
    rows = split[split["gender"] == "female"]
    assert found.table["n"].tolist() == rows["n"].tolist()
    assert found.table["effect"].tolist() == pytest.approx(rows["effect"].tolist(), rel=1e-9)
    table = demo_store.table("assignments").filter(lambda t: t.experiment == name)
    first = demo_store.query(table)["time"].to_pandas().min().tz_convert("Asia/Shanghai").date()
    came_later = sg.rule(sg.field("created_date") >= first)
    with pytest.raises(QuestionError):
        wb.compare.experiment(demo_store, "orders", name=name, segment=came_later)


def test_what_is_no_segment_of_a_store_is_told(world):
    store, _ = world
    with pytest.raises(QuestionError, match=r"Unknown segment 'women'. There is none yet."):
        wb.customers.purchases(store, DAY, segment="women")
    frame = pd.DataFrame({"customer_id": ["a"], "order_time": [DAY], "amount": [1.0]})
    with pytest.raises(QuestionError, match="this is a frame"):
        wb.segments.rfm(frame, DAY, segment=sg.rule(sg.ordered()))
    units = pd.DataFrame({"variant": ["A", "B"], "x": [1.0, 2.0]})
    with pytest.raises(QuestionError, match="this is a frame"):
        wb.compare.experiment(units, "x", segment=sg.rule(sg.ordered()))
    with pytest.raises(QuestionError, match="this is a frame"):
        wb.attribution.attribute(frame, segment=sg.rule(sg.ordered()))
