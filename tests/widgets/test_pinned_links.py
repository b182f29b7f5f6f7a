"""A link to these numbers stays at its data version; one to the newest follows the data."""

from __future__ import annotations

import datetime as dt
import html

import pyarrow as pa
import pytest

import workbench as wb
from workbench.data import Change
from workbench.widgets.session import Session

DAY = dt.date(2026, 6, 1)


def rows(days, clicks, since=0):
    """Delivery of one channel: `days` days from the 1st of June on."""
    return Change(
        "performance",
        pa.Table.from_pylist(
            [
                {
                    "source": "generic",
                    "account": "a",
                    "channel": "search",
                    "campaign": "Spring",
                    "creative": "x",
                }
                | {"grain": "ad", "currency": "EUR", "local_date": DAY + dt.timedelta(days=since + day)}
                | {"impressions": 1000, "clicks": clicks, "cost_micros": 10_000_000}
                for day in range(days)
            ]
        ),
    )


@pytest.fixture
def linked(tmp_path, monkeypatch):
    """A workspace whose data came twice, as an app's page opens it: query of the link → its store."""
    store = wb.data.open(tmp_path / "ws")
    store.commit([rows(10, 30)])
    store.commit([rows(10, 50, since=10)])
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0")
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(store.path))

    def opened(query):
        monkeypatch.setenv("QUERY_STRING", query)
        return wb.open()

    return opened


def page(panel):
    return Session(panel).page()


def test_a_link_to_these_numbers_shows_them_after_new_data_came(linked):
    panel = wb.widgets.Campaigns(linked("metric=ctr&version=1"))
    assert (panel.store.version, panel.store.is_past, panel.state.metric) == (1, True, "ctr")
    assert panel.answer("kpis").table["ctr"].item() == 0.03  # 50 of 1000 on the days that came later
    assert not panel.notices  # the version is no setting that a panel does not know
    shown = page(panel)
    banner = html.unescape(shown["regions"]["notice"])
    assert "You see version 1, of " in banner
    assert "The newest is version 2." in banner
    assert 'href="?metric=ctr"' in banner
    assert (shown["query"], shown["pin"]) == ("metric=ctr&version=1", "1")


def test_a_link_without_a_version_follows_the_data(linked):
    store = linked("metric=ctr")
    shown = page(wb.widgets.Campaigns(store))
    assert (store.version, store.is_past) == (2, False)
    assert (shown["query"], shown["pin"], shown["regions"]["notice"]) == ("metric=ctr", "", "")


@pytest.mark.parametrize("query", ["metric=ctr", "metric=ctr&version=1"])
def test_both_links_are_offered_wherever_one_is(linked, query):
    store = linked(query)
    title = page(wb.widgets.Campaigns(store))["regions"]["title"]
    assert f'data-link="metric=ctr&amp;version={store.version}"' in title
    assert 'data-link="metric=ctr"' in title


def test_the_other_pages_are_opened_at_the_same_version(linked, monkeypatch):
    monkeypatch.setenv(
        "WORKBENCH_PAGES", '[{"id":"campaigns","href":"/campaigns"},{"id":"data","href":"/data"}]'
    )
    bar = page(wb.widgets.Campaigns(linked("period=last_7_days&version=1")))["regions"]["bar"]
    assert 'href="/data?period=last_7_days&amp;version=1"' in bar


def test_a_version_that_is_the_newest_says_that_it_stays(linked):
    banner = page(wb.widgets.Campaigns(linked("version=2")))["regions"]["notice"]
    assert "This page stays at version 2, of " in banner
    assert "href" not in banner


@pytest.mark.parametrize(
    ("version", "said"), [(1, "This is a past version"), (2, "This page stays at data version 2")]
)
def test_the_form_of_targets_calls_only_an_older_version_past(linked, version, said):
    assert said in page(wb.widgets.Home(linked(f"version={version}")))["regions"]["targets"]


@pytest.mark.parametrize("asked", ["1", "77", "<b>"])
@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "The link names data version {}, which is not kept here. You see the newest, version 2: "),
        ("zh", "链接指定的第 {} 版数据已不再保留。当前显示最新的第 2 版，"),
    ],
)
def test_a_version_that_is_not_kept_is_said_and_the_newest_shown(linked, asked, lang, sentence):
    whole = linked("")
    wb.data.vacuum(whole, keep_days=0, keep_versions=1, grace_hours=0)
    store = linked(f"version={asked}&lang={lang}")
    shown = page(wb.widgets.Campaigns(store))
    banner = html.unescape(shown["regions"]["notice"])
    assert (store.version, store.is_past, shown["pin"]) == (2, False, "")
    assert sentence.format(asked) in banner
    assert str(store.path) not in banner  # where it lies is no visitor's business


def test_only_the_workspace_of_the_app_is_pinned(linked, tmp_path):
    other = wb.data.open(tmp_path / "other")
    other.commit([rows(3, 5)])
    other.commit([rows(3, 7, since=3)])
    linked("version=1")
    assert wb.open(other.path).version == 2
    assert wb.open(other.path, version=1).version == 1


def test_outside_of_the_app_an_address_pins_nothing(linked, monkeypatch):
    linked("version=1")
    monkeypatch.delenv("SERVER_SOFTWARE")
    assert wb.open().version == 2
