"""The markup of a panel: well-formed, escaped, labelled for everyone, complete in both languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hostile_names import EVIL

import workbench as wb
from workbench.tables.html import VOID
from workbench.widgets import assets
from workbench.widgets.session import Session


class Page(HTMLParser):
    """Elements of a fragment, with the text inside of each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.stack: list[str] = []
        self.wrong: list[str] = []
        self.words: dict[int, str] = {}
        self._open: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) < len(attrs):
            self.wrong.append(f"{tag} has an attribute twice")
        if tag not in VOID and tag not in ("rect", "path"):
            self.stack.append(tag)
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in ("rect", "path"):
            return
        if not self.stack or self.stack[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.stack[-1:]}")
            return
        self.stack.pop()
        self._open.pop()

    def handle_data(self, data):
        for index in self._open:
            self.words[index] = self.words.get(index, "") + data

    def all(self, tag: str) -> list[tuple[dict, str]]:
        """(attributes, text) of the elements called `tag`."""
        found = enumerate(self.elements)
        return [(attrs, self.words.get(index, "")) for index, (name, attrs) in found if name == tag]


@pytest.fixture(params=[("en", True), ("zh", True), ("en", False), ("zh", False)], ids=str)
def page(panel, request):
    """The panel in one language, live or in a report, one level down and with a filter."""
    lang, live = request.param
    panel.state.update(lang=lang, path=["search"], filters={"region": panel.store.members("region")[:2]})
    return Page(panel.to_html(live=live))


def test_the_markup_is_well_formed(page):
    assert not page.wrong
    assert not page.stack
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_everything_has_a_name_for_a_screen_reader(page):
    for attrs, words in page.all("button"):
        assert attrs["type"] in ("button", "submit")
        assert attrs.get("aria-label") or words.strip()
    for attrs, _ in [*page.all("select"), *page.all("nav")]:
        assert attrs.get("aria-label")
    described = {attrs["aria-describedby"] for attrs, _ in page.all("button") if "aria-describedby" in attrs}
    hints = {attrs["id"] for attrs, _ in page.all("span") if attrs.get("role") == "tooltip"}
    assert described == hints
    assert hints


def test_the_table_says_what_it_is(page):
    (caption,) = page.all("caption")
    assert caption[1].strip()
    assert {attrs["scope"] for attrs, _ in page.all("th")} == {"col", "row"}
    assert [attrs["aria-sort"] for attrs, _ in page.all("th") if "aria-sort" in attrs] == ["descending"]


def test_one_heading_leads_and_regions_are_marked(page):
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) == 7
    assert len(page.all("main")) == 1
    assert [attrs for _, attrs in page.elements if attrs.get("aria-live") == "polite"]


def test_a_report_has_no_control_that_needs_a_kernel(panel):
    page = Page(panel.to_html())
    assert {attrs["data-act"] for _, attrs in page.elements if "data-act" in attrs} == {"theme"}
    assert not page.all("input")
    assert not page.all("select")


def test_a_report_says_in_words_what_is_shown(panel):
    panel.state.update(period="2026-10", filters={"channel": ["search"]}, compare="previous_year")
    words = panel.to_html()
    assert "1 Oct 2026 – 31 Oct 2026 · compared with 1 Oct 2025 – 31 Oct 2025" in words
    assert "Channel: Search" in words


def test_every_control_does_something(panel):
    panel.state.update(path=["search"], filters={"channel": ["search"]}, by=["channel", "campaign"])
    session = Session(panel)
    page = Page(panel.to_html(live=True))
    acts = {attrs["data-act"] for _, attrs in page.elements if "data-act" in attrs}
    in_the_page = {"theme", "copy", "help"}
    assert all(f"{act}" in assets.panel_js() for act in in_the_page)
    assert acts - in_the_page - {"download"} <= set(session._acts)
    keys = {attrs["data-key"] for _, attrs in page.elements if attrs.get("data-act") == "set"}
    assert keys <= {*panel.state.settings(), "days"}


def test_every_region_has_a_place(panel):
    html = panel.to_html(live=True)
    places = re.findall(r'data-region="(\w+)"', html)
    assert sorted(places) == sorted(panel.regions())


def test_names_from_data_are_text_and_never_markup(hostile):
    hostile.state.update(filters={"account": [EVIL]}, by=["campaign"])
    for html in (hostile.to_html(live=True), hostile.to_html()):
        page = Page(html)
        assert not page.wrong
        assert not page.all("img")
        assert any(EVIL in words for _, words in page.all("table"))
        assert "</script>" not in html.split('class="wb-charts">')[1].removesuffix("</script></div>")


def test_an_unknown_member_can_be_opened(hostile):
    session = Session(hostile)
    session.receive({"act": "down", "key": "channel", "value": "feed"})
    assert "(unknown)" in session.page()["regions"]["breakdown"]
    session.receive({"act": "down", "key": "campaign", "value": "(unknown)"})
    assert hostile.state.path == ("feed", "(unknown)")
    assert (
        hostile.answers["kpis"].table["clicks" if "clicks" in hostile.state.metrics else "cost"].iloc[0] > 0
    )


def test_data_without_hours_say_so(hostile):
    drawn = hostile.draw(live=False)["heat"]
    assert "only know the day" in drawn.html + drawn.charts["heat"].alt


def test_a_region_that_fails_leaves_the_others_alone(panel, monkeypatch, caplog):
    from workbench import charts

    def broken(*_args, **_options):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(charts, "heat", broken)
    drawn = panel.draw(live=True)
    assert "Something went wrong here" in drawn["heat"].html
    assert "secret detail" not in drawn["heat"].html
    assert "secret detail" in caplog.text
    assert "wb-broken" not in "".join(region.html for name, region in drawn.items() if name != "heat")


def test_a_workspace_without_data_says_what_to_do(tmp_path):
    panel = wb.widgets.Campaigns(wb.data.open(tmp_path), lang="zh")
    assert "还没有投放数据" in panel.to_html()
    assert "wb-broken" not in panel.to_html(live=True)
    assert Session(panel).receive({"act": "set", "key": "lang", "value": "en"})[0]["regions"]["notice"]


def test_the_stamp_names_freshness_version_currency_and_zone(panel):
    expected = f"Data to 31 Oct 2026 · version {panel.store.version} · CNY · Asia/Shanghai"
    assert expected in panel.to_html()


def test_a_page_says_which_workspace_it_shows(tmp_path):
    panel = wb.widgets.Reports(wb.data.open(tmp_path / "North <b>"))
    assert '<p class="wb-stamp">North &lt;b&gt; · No delivery data yet' in panel.to_html(live=True)
    assert "North" not in panel.draw(live=False)["title"].html


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_number_is_shown_as_nan(hostile, lang):
    hostile.state.update(lang=lang, metrics=["cost", "roas", "cpa", "conversions"], by=["campaign"])
    words = re.sub(r"<[^>]*>", " ", hostile.to_html().split("<script")[0])
    assert not re.search(r"\b(nan|NaN|inf|None|NaT)\b", words)


def test_static_and_live_show_the_same_numbers(panel):
    value = re.compile(r'class="wb-value"[^>]*>([^<]+)<')
    assert value.findall(panel.to_html()) == value.findall(panel.to_html(live=True))


def test_a_notebook_shows_the_widget_live_and_a_fragment_elsewhere(panel, monkeypatch):
    for name in ("SERVER_SOFTWARE", "JPY_SESSION_NAME", "WORKBENCH_LIVE"):
        monkeypatch.delenv(name, raising=False)
    assert panel._repr_mimebundle_()["text/html"].startswith('<div class="wb wb-panel"')
    monkeypatch.setenv("JPY_SESSION_NAME", "x.ipynb")
    assert "application/vnd.jupyter.widget-view+json" in str(panel._repr_mimebundle_())
    monkeypatch.setenv("WORKBENCH_LIVE", "0")
    assert "text/html" in panel._repr_mimebundle_()


def test_styles_stay_inside_the_panel():
    css = re.sub(r"/\*.*?\*/", "", (assets.STATIC / "panel.css").read_text(encoding="utf-8"), flags=re.S)
    css = re.sub(r"@keyframes[^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}", "", css)
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", css):
        selector = selectors.strip().split("{")[-1].strip()
        assert selector.startswith((".wb", "body[data-workbench=app]", ".jp-OutputArea .wb", "@")), selector
    assert "http" not in css
    assert "@import" not in css


def test_the_navigation_lists_the_pages_of_the_app(panel, monkeypatch):
    listed = [
        {"id": "campaigns", "href": "/campaigns", "en": "Campaigns", "zh": "广告投放"},
        {"id": "own", "href": "/own?a=1&b=2", "en": "My <page>", "zh": "我的页面"},
    ]
    monkeypatch.setenv("WORKBENCH_PAGES", json.dumps(listed))
    links = Page(panel.draw(live=True)["bar"].html).all("a")
    assert [(attrs.get("href"), attrs.get("aria-current"), words) for attrs, words in links] == [
        (None, "page", "Campaigns"),
        ("/own?a=1&b=2", None, "My <page>"),
    ]
    monkeypatch.setenv("WORKBENCH_PAGES", "{no json")
    assert [words for _, words in Page(panel.draw(live=True)["bar"].html).all("a")] == ["Campaigns"]
