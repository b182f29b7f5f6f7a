"""State: wrong values fail with a sentence; link, saved view and keywords say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.widgets import views
from workbench.widgets.campaigns.state import CampaignsState

WRONG = [
    ("period", "last_moon", "last_N_days"),
    ("period", 28, "no text"),
    ("compare", "previous_yeer", "previous_year"),
    ("lang", "fr", "en, zh"),
    ("theme", "pink", "dark"),
    ("metric", "cpaa", "Did you mean 'cpa'"),
    ("metric", "lift", "compare.experiment"),
    ("metrics", [], "1 to 10"),
    ("by", ["chanel"], "Did you mean 'channel'"),
    ("by", ["channel", "channel"], "each once"),
    ("by", ["channel", "campaign", "creative", "region"], "1 to 3"),
    ("path", ["nowhere"], "Allowed"),
    ("path", ["search", "x", "y"], "below the last level"),
    ("sort", "-colour", "Allowed"),
    ("share", "donut", "bar, pie"),
    ("filters", {"chanel": ["search"]}, "Did you mean 'channel'"),
    ("filters", {"channel": ["serch"]}, "Did you mean 'search'"),
    ("filters", "channel", "channel"),
    ("days", 5, "7 to 180"),
    ("days", "many", "7 to 180"),
    ("days", True, "7 to 180"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_wrong_value_fails_at_assignment_and_says_what_is_allowed(panel, name, value, says):
    before = panel.state.snapshot()
    with pytest.raises(TraitError) as caught:
        setattr(panel.state, name, value)
    assert isinstance(caught.value, WorkbenchError)
    assert says in str(caught.value)
    assert panel.state.snapshot() == before


def test_an_unknown_keyword_is_refused_by_name(demo_store):
    with pytest.raises(TraitError, match=r"Unknown setting 'metrik'.*Did you mean 'metric'"):
        wb.widgets.Campaigns(demo_store, metrik="cpa")


def test_several_settings_change_together_or_not_at_all(panel):
    before = panel.state.snapshot()
    with pytest.raises(TraitError):
        panel.state.update(metric="roas", period="last_7_days", by=["nothing"])
    assert panel.state.snapshot() == before


def test_days_is_sugar_for_a_period(panel):
    panel.state.days = 45
    assert panel.state.period == "last_45_days"
    panel.state.period = "2026-10"
    assert panel.state.days == 31


def test_another_breakdown_begins_at_its_top(panel):
    panel.state.update(path=["search"])
    panel.state.update(by=["region", "channel"])
    assert panel.state.path == ()


def test_a_way_down_counts_as_a_filter(panel):
    panel.state.update(filters={"region": panel.store.members("region")[:2]}, path=["search"])
    assert panel.state.where == {"region": panel.store.members("region")[:2], "channel": ("search",)}


def test_a_link_leaves_out_defaults(panel):
    assert panel.query == ""
    panel.state.update(period="2026-10", filters={"channel": ["search", "social"]}, lang="zh")
    assert panel.query == "period=2026-10&channel=search,social&lang=zh"


def test_names_in_links_survive_whatever_they_hold(hostile):
    from hostile_names import EVIL

    hostile.state.update(
        filters={"region": ["a,b&c=d+e %41"], "account": [EVIL]}, by="channel,campaign,creative"
    )
    hostile.state.update(path=["feed", "春季 新品"])
    again = wb.widgets.Campaigns.from_query(hostile.store, f"?{hostile.query}")
    assert again.state.snapshot() == hostile.state.snapshot()
    assert hostile.query.isascii()
    assert not set(hostile.query) & set(' "<>#')


def some_state(store):
    """States a user can reach."""
    dims = st.permutations(["channel", "campaign", "region", "device", "advertiser"])
    filters = st.fixed_dictionaries(
        {},
        optional={
            name: st.lists(st.sampled_from(store.members(name)), min_size=1, max_size=3, unique=True)
            for name in ("channel", "region", "device")
        },
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "period": st.sampled_from(["last_7_days", "2026-10", "2026-10-05..2026-10-20", "this_month"]),
            "compare": st.sampled_from(["none", "previous_year", "previous_period", "2026-05"]),
            "filters": filters,
            "lang": st.sampled_from(["en", "zh"]),
            "metric": st.sampled_from(["roas", "ctr", "cost"]),
            "metrics": st.lists(st.sampled_from(["cost", "cpa", "ctr", "cvr"]), min_size=1, unique=True),
            "by": dims.map(lambda names: tuple(names[:2])),
            "sort": st.sampled_from(["name", "-cpa", "change"]),
            "share": st.sampled_from(["pie", "bar"]),
        },
    )


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_link_view_and_keywords_are_the_same_state(demo_store, data):
    panel = wb.widgets.Campaigns(demo_store, **data.draw(some_state(demo_store)))
    expected = panel.state.snapshot()
    assert wb.widgets.Campaigns.from_query(demo_store, panel.query).state.snapshot() == expected
    assert wb.widgets.Campaigns.from_toml(demo_store, panel.to_toml("x")).state.snapshot() == expected
    assert wb.widgets.Campaigns(demo_store, **panel.state.changed()).state.snapshot() == expected


@settings(max_examples=60, deadline=None)
@given(query=st.text(alphabet="periodmetrchanl=&,%+?2026-1_ü中🙂\x00", max_size=60))
def test_no_link_breaks_a_panel(demo_store, query):
    panel = wb.widgets.Campaigns.from_query(demo_store, query)
    assert isinstance(panel.state.snapshot(), dict)


def test_a_link_keeps_what_fits_and_says_what_does_not(demo_store):
    link = "metric=roas&period=soon&channel=serch&utm_source=mail&token=secret"
    panel = wb.widgets.Campaigns.from_query(demo_store, link)
    assert panel.state.metric == "roas"
    assert panel.state.period == "last_28_days"
    said = " ".join(notice.sentence for notice in panel.notices)
    assert "'soon' names no period" in said
    assert "Did you mean 'search'" in said
    assert "utm_source" in said
    assert "secret" not in said
    assert "token" not in said


def test_under_voila_the_link_goes_before_the_notebook(demo_store, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    monkeypatch.setenv("QUERY_STRING", "metric=ctr")
    panel = wb.widgets.Campaigns(demo_store, metric="roas", period="last_7_days")
    assert (panel.state.metric, panel.state.period) == ("ctr", "last_7_days")


def test_every_setting_is_documented():
    assert all(setting.doc for setting in CampaignsState.settings().values())


def test_a_view_of_an_earlier_workbench_is_read(panel, tmp_path):
    panel.state.update(filters={"channel": ["search"]}, metric="roas")
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "双十一-复盘.toml").write_text(panel.to_toml("双十一 / 复盘"), encoding="utf-8")
    (view,) = views.shelf(tmp_path, "campaigns").others
    assert (view.name, view.owner) == ("双十一 / 复盘", "")
    assert views.checked(view.content)["state"] == {"filters": {"channel": ["search"]}, "metric": "roas"}
    assert views.shelf(tmp_path, "budget").others == ()


@pytest.mark.parametrize(
    "wrong",
    [{"period": None}, {"metric": None}, {"by": None}, {"days": float("inf")}, {"days": float("nan")}],
)
def test_what_is_no_value_is_refused_in_a_sentence(demo_store, wrong):
    with pytest.raises(WorkbenchError):
        wb.widgets.Campaigns(demo_store, **wrong)
