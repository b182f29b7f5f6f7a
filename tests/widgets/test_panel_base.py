"""What a panel without period, comparison and filters gets from the base; panels side by side."""

from __future__ import annotations

import json
from typing import ClassVar

import pandas as pd
import pytest
from test_panel_regions import Page

import workbench as wb
from workbench import exports, saved
from workbench.errors import WorkbenchError
from workbench.tables.html import join, tag
from workbench.widgets import shell, views
from workbench.widgets.answers import Ask
from workbench.widgets.panel import Panel
from workbench.widgets.saving import content
from workbench.widgets.scene import Region
from workbench.widgets.session import Session
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting


class QuietState(State):
    """One setting of its own."""

    size = Setting("small", one_of("size", ("small", "large")), "How large.")


class Quiet(Panel):
    """A panel that knows no days."""

    id: ClassVar[str] = "data"
    kind: ClassVar[type[State]] = QuietState

    @property
    def blank(self):
        return False

    def questions(self):
        return {"kpis": Ask("metrics.kpis", {"by": ()})}

    def regions(self):
        size = self.state.size
        return {
            "bar": shell.bar,
            "title": lambda scene: shell.title(scene, tag("p", "one line more")),
            "notice": shell.notice,
            "body": lambda _scene: Region(tag("p", size)),
        }

    def layout(self, place):
        return join(place("bar"), place("title"), place("notice"), place("body"))


@pytest.fixture
def quiet(demo_store, monkeypatch):
    """The panel without days; its title is a text of the shell."""
    monkeypatch.setattr("workbench.widgets.scene.text", lambda key, lang, **values: f"{key} {values or ''}")
    return Quiet(demo_store)


def test_a_state_without_days_has_only_what_every_panel_has(quiet):
    assert list(quiet.state.settings()) == ["size", "lang", "theme"]
    with pytest.raises(WorkbenchError, match="Unknown setting 'period'"):
        quiet.state.update(period="2026-10")
    quiet.state.update(lang="zh", size="large")
    assert quiet.query == "size=large&lang=zh"


def test_a_link_of_another_panel_opens_it_and_only_strange_keys_are_said(demo_store):
    panel = Quiet.from_query(demo_store, "period=2026-10&channel=search&days=30&size=large&lang=zh&foo=1")
    assert (panel.state.size, panel.state.lang) == ("large", "zh")
    (said,) = panel.notices
    assert "foo" in said.sentence
    assert "period" not in said.sentence


def test_its_shell_has_no_period_and_no_filters(quiet):
    drawn = quiet.draw(live=True)
    assert "one line more" in drawn["title"].html
    assert "shell.stamp " in drawn["title"].html
    assert "CNY" not in drawn["title"].html
    assert "wb-broken" not in "".join(region.html for region in drawn.values())


@pytest.mark.parametrize("act", ["toggle", "drop", "clear"])
def test_acts_of_filters_are_refused_where_there_are_none(quiet, act):
    reply, _ = Session(quiet).receive({"act": act, "key": "channel", "value": "search"})
    assert "something this panel does not know" in reply["regions"]["notice"]


def test_a_panel_may_show_itself_in_an_empty_workspace(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.widgets.scene.text", lambda key, lang, **values: key)
    panel = Quiet(wb.data.open(tmp_path))
    monkeypatch.setattr(Quiet, "questions", lambda self: {})
    assert "stamp_empty" in panel.to_html()
    assert "small" in panel.to_html()


PAGES = [
    {"id": "campaigns", "href": "/campaigns", "en": "Campaigns", "zh": "广告投放"},
    {"id": "data", "href": "/data", "en": "Data", "zh": "数据"},
    {"id": "mine", "href": "/mine?x=1", "en": "Mine", "zh": "我的"},
]


def links(panel) -> list[tuple[str | None, str | None]]:
    """(address, is here) of the navigation."""
    html = panel.draw(live=True)["bar"].html
    return [(attrs.get("href"), attrs.get("aria-current")) for attrs, _ in Page(html).all("a")]


def test_the_navigation_takes_along_what_other_panels_understand(panel, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PAGES", json.dumps(PAGES))
    monkeypatch.setenv("SCRIPT_NAME", "/base/campaigns")
    panel.state.update(period="2026-10", filters={"channel": ["search"]}, metric="roas", lang="zh")
    taken = "period=2026-10&channel=search&lang=zh"
    assert links(panel) == [(None, "page"), (f"/data?{taken}", None), (f"/mine?x=1&{taken}", None)]


def test_a_copied_notebook_is_marked_as_the_page_it_is(panel, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PAGES", json.dumps(PAGES))
    monkeypatch.setenv("SCRIPT_NAME", "/mine")
    assert [here for _, here in links(panel)] == [None, None, "page"]


def test_an_empty_workspace_points_to_where_data_comes_in(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PAGES", json.dumps(PAGES))
    monkeypatch.setenv("SCRIPT_NAME", "/campaigns")
    panel = wb.widgets.Campaigns(wb.data.open(tmp_path))
    (link,) = Page(panel.draw(live=True)["notice"].html).all("a")
    assert link == ({"href": "/data"}, "Open the Data page")


def test_each_panel_lists_its_own_views_and_refuses_those_of_another(panel, demo_store, tmp_path):
    for name, each in (("one", panel), ("two", Quiet(demo_store))):
        saved.create(tmp_path, views.KIND, name, content(each), "mia", shared=True)
    assert [view.name for view in views.shelf(tmp_path, "campaigns").others] == ["one"]
    assert [view.name for view in views.shelf(tmp_path, "data").others] == ["two"]


def test_a_download_without_days_is_named_by_its_data_version(quiet, monkeypatch):
    class Rows:
        table = (1,)

        def to_csv(self):
            return exports.csv(pd.DataFrame({"a": [1]}), mark=False)

    monkeypatch.setattr(Quiet, "answer", lambda self, name: {"rows": Rows()}.get(name))
    reply, files = Session(quiet).receive({"act": "download", "key": "rows"})
    assert (reply["name"], files) == (f"data-rows-v{quiet.store.version}.csv", [b"a\r\n1\r\n"])


GROUPED = [
    {"id": "campaigns", "href": "/campaigns", "group": "ads", "en": "Campaigns", "zh": "广告投放"},
    {"id": "budget", "href": "/budget", "group": "plans", "en": "Budget", "zh": "预算"},
    {"id": "compare", "href": "/compare", "group": "ads", "en": "Compare", "zh": "对比"},
    {"id": "data", "href": "/data", "group": "", "en": "Data", "zh": "数据"},
]


def test_pages_of_a_group_share_a_menu_and_one_alone_is_a_link(panel, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PAGES", json.dumps(GROUPED))
    monkeypatch.setenv("SCRIPT_NAME", "/compare")
    page = Page(panel.draw(live=True)["bar"].html)
    assert [words for _, words in page.all("summary")] == ["Ads"]
    assert [words for _, words in page.all("a")] == ["Campaigns", "Compare", "Budget", "Data"]
    assert [words for attrs, words in page.all("summary") if "data-here" in attrs] == ["Ads"]
