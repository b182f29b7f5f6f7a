"""The Segments panel: picks become a rule, which is written in place, saved, compared and gated."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pyarrow as pa
import pytest
from test_panel_answers import same

import workbench as wb
from workbench.data import Change
from workbench.segments import field, ordered, picked, rule, tagged
from workbench.widgets.answers import Answers
from workbench.widgets.segments.state import written
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError


@pytest.fixture(scope="module")
def workspace(demo_store, tmp_path_factory):
    """The demo world as a workspace that segments may be saved in."""
    folder = tmp_path_factory.mktemp("segments") / "ws"
    shutil.copytree(demo_store.path, folder, ignore=shutil.ignore_patterns("segments", "trash"))
    return folder


@pytest.fixture(scope="module")
def answers(workspace):
    return Answers(wb.data.open(workspace))


@pytest.fixture
def panel(workspace, answers, monkeypatch):
    monkeypatch.setenv("WORKBENCH_USER", "tester")
    shutil.rmtree(workspace / "segments", ignore_errors=True)
    found = wb.widgets.Segments(answers._store)
    found._answers = answers
    return found


@pytest.fixture
def page(panel):
    """Sends what a page would send and gives the drawn regions."""
    session = Session(panel)

    def send(act, key="", value="", **more):
        session.receive({"act": act, "key": key, "value": value, "seq": 1, **more})
        return {name: str(region.html) for name, region in panel.draw(live=True).items()}

    return send


def tree_of(panel):
    return panel.state.tree


def test_picks_become_a_rule_with_its_exact_size(panel, page):
    page("pick", "", "champions")
    drawn = page("down", "cell", "r5f1")
    wanted = rule(picked(["champions", "r5f1"]))
    assert rule(tree_of(panel)).count(panel.store) == wanted.count(panel.store)
    assert f"{wanted.count(panel.store):,}" in drawn["count"]
    page("pick", "", "champions")
    assert panel.state.picks == ("r5f1",)
    page("unpick")
    assert tree_of(panel) is None
    drawn = page("brush", "r4f4", "r5f5")
    assert panel.state.picks == ("r4f4", "r5f4", "r4f5", "r5f5")
    assert drawn["cells"].count("checked") == 4


def test_orders_in_several_currencies_have_a_map_of_that_of_most(tmp_path):
    """Every third order is in dollars: the map, the flow and what is picked are of yuan, and it says so."""
    n, day = 300, dt.date(2026, 5, 1)
    orders = {
        "transaction_id": [f"o{at}" for at in range(n)],
        "customer_id": [f"客户{at * at % 97}" for at in range(n)],
        "kind": ["order"] * n,
        "local_date": [day + dt.timedelta(at % 150) for at in range(n)],
        "currency": ["CNY" if at % 3 else "USD" for at in range(n)],
        "amount_micros": [(10 + at % 70) * 1_000_000 for at in range(n)],
    }
    store = wb.data.open(tmp_path / "w")
    store.commit([wb.data.Change("transactions", pa.table(orders))])
    panel = wb.widgets.Segments(store, picks=["champions", "r5f1"])
    session = Session(panel)
    session.receive({"act": "pick", "key": "", "value": "new", "seq": 1})
    shown = {name: str(region.html) for name, region in panel.draw(live=True).items()}
    assert "another currency" in shown["map"]
    assert not any("different currencies are never added up" in html for html in shown.values())
    session.receive({"act": "unpick", "key": "", "value": "", "seq": 2})
    session.receive({"act": "pick", "key": "", "value": "loyal", "seq": 3})
    session.receive({"act": "take", "key": "", "value": "", "seq": 4})
    rfm = wb.segments.rfm(store, wb.segments.rfm_map(store, currency="CNY").as_of, currency="CNY").table
    assert rule(panel.state.tree).count(store) == (rfm["segment"] == "loyal").sum() > 0


def test_purposes_and_channels_of_consent_are_called_in_the_reader_s_language(panel, page):
    panel.state.update(lang="zh", rule=written(picked(["new"])))
    shown = page("set", "channel", "call")
    assert "营销 · 电话" in shown["size"]
    assert "拒绝 营销（电话）" in shown["audience"]
    assert ">营销<" in shown["audience"]


def test_the_chart_marks_what_is_picked(panel, page):
    page("pick", "", "r5f5")
    rows = panel.draw(live=True)["map"].charts["map"].data
    assert [row["key"] for row in rows if row["on"]] == ["r5f5"]


def test_a_rule_of_its_own_is_not_lost_by_picking(panel, page):
    page("edit", "/add", "field:region")
    before = panel.state.rule
    page("pick", "", "new")
    assert panel.state.rule == before
    drawn = page("take", "add")
    both = rule(tree_of(panel))
    assert both.count(panel.store) == rule(rule_of(before) & picked(["new"])).count(panel.store)
    assert "wb-broken" not in "".join(drawn.values())
    page("take")
    assert rule(tree_of(panel)).count(panel.store) == rule(picked(["new"])).count(panel.store)
    page("undo")
    assert panel.state.rule == written(both.tree)


def rule_of(words):
    return wb.segments.Rule.from_json(words)


def test_a_fault_stands_at_its_control_and_leaves_the_rule(panel, page):
    page("edit", "/add", "orders")
    before = panel.state.rule
    drawn = page("edit", "0/value", "many")
    assert panel.state.rule == before
    assert re.search(r'data-id="rule-0">.*wb-fault.*many', drawn["builder"], re.S)
    assert "wb-notice" not in drawn["notice"]
    drawn = page("edit", "0/value", "3")
    assert "wb-fault" not in drawn["builder"]
    assert '"value":3' in panel.state.rule


def test_while_a_number_is_typed_the_count_follows_alone(panel, page):
    page("edit", "/add", "orders")
    session = Session(panel)
    reply, _ = session.receive({"act": "edit", "key": "0/value", "value": "4", "live": True, "seq": 2})
    assert f"{rule(ordered(4)).count(panel.store):,}" in reply["regions"]["count"]
    assert not {"size", "audience"} & set(reply["regions"])


def test_segments_are_saved_opened_changed_renamed_and_trashed(panel, page):
    page("pick", "", "champions")
    page("segment_save", "private", "Best")
    assert panel.base.name == "Best"
    assert wb.segments.load(panel.store, "Best").tree == tree_of(panel)
    page("edit", "/add", "tag")
    assert "Save changes to “Best”" in page("dismiss")["builder"]
    page("segment_resave", panel.base.id)
    assert wb.segments.load(panel.store, "Best").tree == tree_of(panel)
    ident = panel.base.id
    page("segment_rename", ident, "Very best")
    page("segment_share", ident, "shared")
    page("new")
    assert (panel.state.segment, tree_of(panel)) == ("", None)
    drawn = page("segment_view", ident)
    assert "Very best" in drawn["builder"]
    assert tree_of(panel) == wb.segments.load(panel.store, "Very best").tree
    drawn = page("segment_trash", ident)
    assert panel.base is None
    assert "restore it under Saved segments" in drawn["notice"]
    assert "Very best" in page("segment_restore", ident)["saved"]


def test_a_change_that_crosses_anothers_is_told_and_nothing_is_lost(panel, page, monkeypatch):
    page("pick", "", "champions")
    page("segment_save", "shared", "Ours")
    store, base = panel.store, panel.base
    wb.segments.save(store, rule(picked(["new"])), base=base)
    page("edit", "/add", "orders")
    drawn = page("segment_resave", base.id)
    assert "Ours" in drawn["notice"]
    assert "wb-bad" in drawn["notice"]
    assert rule(wb.segments.load(store, "Ours")).tree == picked(["new"])


def test_overlap_and_profile_follow_what_is_saved(panel, page):
    store = panel.store
    one = wb.segments.save(store, rule(picked(["champions"])), "One")
    two = wb.segments.save(store, rule(ordered(2)), "Two")
    drawn = page("dismiss")
    answer = wb.segments.overlap(store, ["One", "Two"])
    chart = panel.draw(live=True)["overlap"].charts["overlap"]
    cells = {(row["y"][3:], row["x"][3:]): row for row in chart.data}
    assert cells["One", "Two"]["n"] == answer.sizes.loc["One", "Two"]
    assert cells["One", "Two"]["m"] == pytest.approx(answer.shares.loc["One", "Two"], rel=1e-5)
    assert f"{answer.sizes.loc['Two', 'Two']:,}" in drawn["overlap"]
    wb.segments.save(store, rule(ordered(4)), base=two)
    assert f"{rule(ordered(4)).count(store):,}" in page("dismiss")["overlap"]
    page("compare", one.id)
    assert "overlap" not in panel.questions()


def test_the_gate_says_who_is_held_back_and_the_page_writes_nothing(panel, page):
    page("pick", "", "champions")
    page("segment_save", "private", "Best of all")
    drawn = page("set", "channel", "email")
    found = wb.audiences.of_segment(panel.store, "Best of all", "marketing", "email", "google_ads")
    assert found.sentence("en") in drawn["audience"]
    names = {"email": panel.store.labels("en")["method", "email"]}
    assert all(held.sentence in drawn["audience"] for held in found.held("en", names))
    command = re.search(r"<code>(workbench audience .*?)</code>", drawn["audience"])[1]
    assert "--channel email --format google_ads" in command
    assert not [act for act in panel.acts() if "export" in act]


def test_the_code_gives_the_numbers_of_the_panel(panel, page):
    page("pick", "", "loyal")
    wb.segments.save(panel.store, rule(picked(["champions"])), "A")
    wb.segments.save(panel.store, rule(ordered(2)), "B")
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    found = panel.answers
    assert cell["count"] == found["count"]
    assert same(cell["size"], found["size"])
    assert cell["map"].cells.equals(found["map"].cells)
    assert cell["overlap"].sizes.equals(found["overlap"].sizes)
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_a_link_opens_the_same_view_and_wrong_values_are_said(panel):
    panel.state.update(rule=written(picked(["new"])), picks=("new", "r1f1"), measure="money", lang="zh")
    again = wb.widgets.Segments.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.Segments.from_query(panel.store, "measure=age&segment=nothing&picks=r9f9")
    assert len([notice for notice in odd.notices if notice.status == "bad"]) == 3
    assert odd.state.segment == ""
    for wrong in ({"rule": "{}"}, {"days": "12"}, {"picks": 3}, {"form": "fax"}):
        with pytest.raises(StateError):
            wb.widgets.Segments(panel.store, **wrong)


def test_a_report_names_a_segment_has_no_controls_and_no_small_counts(panel):
    wb.segments.save(panel.store, rule((field("region") == "Hubei") & ordered(2)), "Hubei regulars")
    shown = wb.widgets.Segments(panel.store, segment="Hubei regulars", channel="email")
    html = shown.to_html()
    assert "data-act" not in html.replace('data-act="theme"', "")
    assert "wb-broken" not in html
    assert rule(wb.segments.load(panel.store, "Hubei regulars")).sentence("en") in html
    found = wb.audiences.of_segment(panel.store, "Hubei regulars", "marketing", "email", "google_ads")
    hidden = found.published().table
    assert hidden.suppressed.any()
    gate = re.search(r'data-region="audience".*?</section>', html, re.S)[0]
    assert gate.count("few, not shown") == hidden.suppressed.sum()


def test_the_words_are_chinese(panel, page):
    page("edit", "/add", "orders")
    panel.state.update(lang="zh")
    html = panel.to_html(live=True)
    shown = re.sub(r"<script.*?</script>|<pre.*?</pre>|<[^>]*>", " ", html, flags=re.S)
    assert "客户细分" in shown
    assert not re.search(r"\b(customers|orders|Rule|Condition|Segment)\b", shown)


@pytest.mark.parametrize("tables", ["none", "attributes"])
def test_without_orders_there_is_no_map_and_rules_work(tmp_path, tables):
    store = wb.data.open(tmp_path / "w")
    if tables == "attributes":
        people = {"customer_id": ["a", "b", "c"], "region": ["Hubei", "Hubei", None]}
        store.commit([Change("customers", pa.table(people))])
        wb.segments.tag(store, ["a"], "vip")
    panel = wb.widgets.Segments(store)
    html = panel.to_html(live=True)
    assert "wb-broken" not in html
    if tables == "none":
        assert "no customers and no orders" in html
        return
    assert "No orders yet" in html
    panel.state.update(rule=written((field("region") == "Hubei") & ~tagged("vip")))
    assert panel.answers["count"] == 1
    drawn = panel.draw(live=True)
    assert "nobody may be contacted" in str(drawn["audience"].html)
    assert "wb-broken" not in panel.to_html(live=True)


def test_a_square_or_a_bar_becomes_the_rule(panel, page):
    from workbench import segments

    for name, tree in (("two", ordered(2)), ("women", field("gender") == "female")):
        segments.save(panel.store, rule(tree), name)
    items = {item.name: item for item in panel._compared().values()}
    order = [*items]
    drawn = page("down", "both", f"{order.index('two')}:{order.index('women')}")
    assert (
        panel.state.tree
        == rule(segments.in_segment(items["two"].id) & segments.in_segment(items["women"].id)).tree
    )
    assert "in segment “two”" in drawn["builder"]
    page("down", "both", f"{order.index('two')}:{order.index('two')}")
    assert [leaf.segment for leaf in panel.state.tree.parts] == [items["two"].id]
    page("down", "after", "loyal")
    (test,) = panel.state.tree.parts
    assert (test.value, len(test.of.thresholds)) == ("loyal", 3)
    page("down", "both", "9:x")
    assert panel.notices[0].look == "bad" if hasattr(panel.notices[0], "look") else panel.notices


def test_a_value_that_nobody_has_is_said_beside_the_size(panel, page):
    drawn = page("edit", "/add", "tag")
    drawn = page("edit", "0/tag", "vpi")
    assert "No customer has the tag “vpi”." in drawn["size"]
    panel.state.update(lang="zh")
    found = {name: str(region.html) for name, region in panel.draw(live=True).items()}
    assert "没有客户带有标签“vpi”" in found["size"]


def test_a_name_is_suggested_until_a_segment_has_it(panel, page):
    page("edit", "/add", "field:region")
    name = re.search('aria-label="[^"]*" value="([^"]+)"', page("edit", "0/op", "known")["builder"]).group(1)
    assert name == "Region is known"
    drawn = page("segment_save", "private", name)
    assert f'value="{name}"' not in drawn["builder"]
