"""The Compare and Incrementality panels: state, regions in both languages, picking, links, code."""

from __future__ import annotations

import re

import pytest
from test_panel_regions import Page

import workbench as wb
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError


@pytest.fixture
def compare(demo_store, known_answers):
    found = wb.widgets.Compare(demo_store)
    found._answers = known_answers
    return found


@pytest.fixture
def geo(demo_store, known_answers):
    found = wb.widgets.Incrementality(demo_store, treated=["Sichuan"], start="2026-10-04", metric="cvr")
    found._answers = known_answers
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("name", ["compare", "geo"])
def test_the_page_is_well_formed_and_whole(request, name, lang, live):
    panel = request.getfixturevalue(name)
    panel.state.update(lang=lang)
    html = panel.to_html(live=live)
    page = Page(html)
    assert not page.wrong
    assert not page.stack
    assert "wb-broken" not in html
    if not live:
        assert not page.all("button") or all(item["data-act"] == "theme" for item, _ in page.all("button"))


def test_the_ranking_says_what_the_question_says(compare, demo_store):
    answer = wb.compare.campaigns(demo_store)
    html = compare.to_html()
    assert answer.sentence("en") in html
    best = answer.table.iloc[0]["arm"]
    assert best in html
    assert "really better" in html
    assert "really worse" in html


def test_picking_two_rows_puts_them_head_to_head(compare):
    session = Session(compare)
    session.page()
    first = wb.compare.head_to_head(compare.store, *compare.answers["duel"].details["pair"], metrics=["roas"])
    assert first.table["arm"].iloc[0] == compare.answers["ranking"].table["arm"].iloc[0]
    for name in ("Metro light boxes", "Lumi brand keywords", "Elevator screens"):
        session.receive({"act": "down", "key": "campaign", "value": name})
    assert compare.state.pair == ("Lumi brand keywords", "Elevator screens")
    assert compare.answers["funnel"].details["member"] == "Lumi brand keywords"
    assert "is really better than Elevator screens" in compare.to_html()
    session.receive({"act": "pick", "key": "", "value": "Lumi brand keywords"})
    assert compare.state.pair == ("Elevator screens",)


def test_the_two_of_a_head_to_head_stand_over_their_columns(compare):
    duel = compare.to_html().split('data-region="duel"')[1].split('data-region="funnel"')[0]
    heads = [words for words in re.findall(r'<th scope="col"[^>]*>([^<]*)', duel) if words]
    assert heads[1:3] == list(compare.answers["duel"].details["pair"])
    assert len(heads) == 4


def test_the_checks_call_a_region_by_its_name(geo):
    geo.state.update(lang="zh")
    checks = geo.to_html().split('data-region="checks"')[1].split('data-region="beside"')[0]
    assert "浙江" in checks
    assert "Zhejiang" not in checks


def test_another_dimension_forgets_the_pair_and_itself_as_a_stratum(compare):
    compare.state.update(pair=["Lumi brand keywords"], alike=["region", "channel"])
    compare.state.update(by="region")
    assert compare.state.pair == ()
    assert compare.state.alike == ("channel",)


def test_a_link_and_the_code_give_the_same_panel(compare, demo_store):
    compare.state.update(by="creative", metric="cvr", alike=["region"], age="7", correction="bh", worn="cvr")
    again = wb.widgets.Compare.from_query(demo_store, compare.query)
    assert again.state.snapshot() == compare.state.snapshot()
    assert "adjust=['region'], age=7, correction='bh'" in compare.to_code()
    scope = {}
    exec(compare.to_code(), scope)
    assert scope["ranking"].sentence() == compare.answers["ranking"].sentence()


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"metric": "clicks"}, "how much there is"),
        ({"by": "week"}, "Unknown dimension"),
        ({"alike": ["account"]}, "Unknown dimension"),
        ({"age": "5"}, "Unknown age"),
        ({"correction": "tukey"}, "Unknown correction"),
        ({"pair": ["Nobody"]}, "Unknown campaign"),
        ({"compare": "target"}, "no member and no past"),
        ({"worn": "roas"}, "Unknown metric of fatigue"),
    ],
)
def test_a_wrong_setting_of_compare_gets_a_sentence(compare, setting, sentence):
    with pytest.raises(StateError, match=sentence):
        compare.state.update(**setting)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"treated": ["Atlantis"]}, "Unknown region"),
        ({"start": "soon"}, "no day"),
        ({"start": "2020-01-01"}, "outside of the data"),
        ({"metric": "magic"}, "Unknown metric"),
        ({"method": "guess"}, "Unknown method"),
        ({"before": "1"}, "Unknown length"),
    ],
)
def test_a_wrong_setting_of_incrementality_gets_a_sentence(geo, setting, sentence):
    with pytest.raises(StateError, match=sentence):
        geo.state.update(**setting)


def test_the_geo_page_says_what_the_question_says(geo, demo_store):
    answer = wb.compare.geo_test(demo_store, "Sichuan", "2026-10-04", metric="cvr")
    assert answer.sentence("en") in geo.to_html()
    assert all(check.sentence("en") in geo.to_html() for check in answer.details["checks"])
    session = Session(geo)
    session.page()
    session.receive({"act": "treat", "key": "", "value": "Hubei"})
    assert geo.state.treated == ("Sichuan", "Hubei")
    session.receive({"act": "treat", "key": "", "value": "Hubei"})
    session.receive({"act": "treat", "key": "", "value": "Sichuan"})
    assert geo.state.treated == ("Sichuan",)
    session.receive({"act": "set", "key": "start", "value": "2026-10-05"})
    assert geo.state.start == "2026-10-05"


@pytest.mark.parametrize("name", ["kpis", "ranking", "duel", "funnel", "fatigue"])
def test_every_answer_can_be_taken_home(compare, name):
    session = Session(compare)
    session.page()
    reply, files = session.receive({"act": "download", "key": name, "value": ""})
    assert reply["kind"] == "file"
    assert len(files[0].decode("utf-8-sig").splitlines()) > len(compare.answers[name].table)


@pytest.mark.parametrize("method", ["did", "its", "synthetic_control"])
def test_every_method_draws_its_page(geo, method):
    geo.state.update(method=method, metric="conversions")
    assert "wb-broken" not in geo.to_html()


def test_a_question_that_cannot_be_answered_says_so_in_place(geo):
    geo.state.update(treated=geo.store.members("region"))
    html = geo.to_html()
    assert "stayed untreated" in html
    assert "Traceback" not in html


def test_names_that_are_markup_stay_text(hostile_store):
    for panel in (
        wb.widgets.Compare(hostile_store, metric="ctr"),
        wb.widgets.Incrementality(hostile_store, metric="clicks"),
    ):
        html = panel.to_html(live=True)
        assert not Page(html).wrong
        assert "<img" not in html
        assert "<script>alert" not in html


@pytest.mark.parametrize("kind", [wb.widgets.Compare, wb.widgets.Incrementality])
def test_an_empty_workspace_says_what_to_do(tmp_path, kind):
    html = kind(wb.data.open(tmp_path)).to_html(live=True)
    assert "wb-broken" not in html
    assert "wb-notice" in html


@pytest.mark.parametrize(("metric", "meaning"), [("cvr", "better"), ("cpa", "better"), ("cost", "apart")])
def test_the_treated_have_the_colour_of_what_happened_to_them(geo, metric, meaning):
    """The rate went up and the cost of a conversion down: both are good; of a cost nobody can say."""
    geo.state.update(method="synthetic_control", metric=metric)
    drawn = geo._scene(live=True, dragging=False)
    ratio = drawn.answer("effect").details["placebos"]["ratio"].iloc[0]
    assert metric == "cost" or (ratio > 0) == (metric == "cvr")
    first, *rest = geo.regions()["beside"](drawn).charts["beside"].data
    assert first["k"] == meaning
    assert {row["k"] for row in rest} == {"plain"}
