"""What a page may ask for, and what it gets: changed regions only, errors as sentences, never more."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.widgets.session import Session


@pytest.fixture
def session(panel):
    """A session whose page has been sent."""
    talk = Session(panel)
    talk.page()
    return talk


def ask(session, act, key="", value="", live=False):
    """Send one message; returns the reply."""
    return session.receive({"act": act, "key": key, "value": value, "live": live, "seq": 7})[0]


def notice(session):
    """The sentences that stand above the panel."""
    return " ".join(item.sentence for item in session.panel.notices)


def test_a_page_gets_everything_once_and_then_what_changed(session):
    reply = ask(session, "set", "share", "bar")
    assert (reply["kind"], reply["seq"], reply["push"]) == ("page", 7, True)
    assert set(reply["regions"]) == {"title", "share"}
    assert set(reply["charts"]) == {"share"}
    assert reply["query"] == "share=bar"


def test_the_same_again_sends_nothing(session):
    ask(session, "set", "share", "bar")
    reply = ask(session, "set", "share", "bar")
    assert (reply["regions"], reply["charts"]) == ({}, {})


def test_a_move_of_the_slider_sends_data_and_no_specs(session):
    ask(session, "set", "days", "40", live=True)
    reply = ask(session, "set", "days", "41", live=True)
    assert {"kpis", "breakdown", "controls"} <= set(reply["regions"])
    assert "trend" in reply["charts"]
    assert not [name for name, chart in reply["charts"].items() if "spec" in chart]
    assert len(json.dumps(reply, ensure_ascii=False)) < 60_000


def test_slow_answers_wait_until_the_slider_rests(session):
    reply = ask(session, "set", "days", "40", live=True)
    assert not {"findings", "heat"} & set(reply["regions"])
    assert "heat" not in reply["charts"]
    assert not reply["push"]
    reply = ask(session, "set", "days", "40")
    assert "findings" in reply["regions"]
    assert "heat" in reply["charts"]
    assert reply["push"]


def test_the_page_after_a_drag_is_the_page_of_a_fresh_panel(session):
    for days in ("30", "60", "90"):
        ask(session, "set", "days", days, live=True)
    ask(session, "set", "days", "90")
    fresh = wb.widgets.Campaigns(session.panel.store, days=90)
    fresh.history = session.panel.history
    assert session._sent["regions"] == Session(fresh).page()["regions"]


def test_a_whole_drag_is_one_step_to_undo(session):
    ask(session, "set", "metric", "roas")
    for days in ("30", "60", "90"):
        ask(session, "set", "days", days, live=True)
    ask(session, "set", "days", "90")
    ask(session, "undo")
    assert (session.panel.state.period, session.panel.state.metric) == ("last_28_days", "roas")
    ask(session, "undo")
    assert session.panel.state.metric == "cpa"
    assert ask(session, "undo")["query"] == ""


def test_what_a_page_asks_by_itself_ends_no_drag(session):
    ask(session, "set", "share", "bar")
    for period in ("last_7_days", "last_14_days", "last_90_days"):
        ask(session, "set", "period", period, live=True)
        ask(session, "await")
    ask(session, "set", "period", "last_90_days")
    assert ask(session, "undo")["query"] == "share=bar"


def test_undo_and_reset_leave_language_and_theme_alone(session):
    ask(session, "set", "metric", "roas")
    ask(session, "set", "lang", "zh")
    ask(session, "set", "theme", "dark")
    ask(session, "undo")
    assert session.panel.query == "lang=zh&theme=dark"
    ask(session, "set", "metric", "ctr")
    ask(session, "reset")
    assert session.panel.query == "lang=zh&theme=dark"
    ask(session, "undo")
    assert session.panel.state.metric == "ctr"


def test_drilling_down_and_up(session):
    state = session.panel.state
    ask(session, "down", "channel", "search")
    campaign = session.panel.answers["breakdown"].table["campaign"].iloc[0]
    ask(session, "down", "campaign", campaign)
    assert (state.level, state.path) == ("creative", ("search", campaign))
    ask(session, "down", "creative", "anything")
    assert state.path == ("search", campaign)
    ask(session, "up")
    assert state.path == ("search",)
    ask(session, "down", "campaign", campaign)
    ask(session, "up", "channel")
    assert state.path == ()
    ask(session, "up")
    assert state.path == ()


def test_a_late_click_on_a_row_that_is_gone_does_nothing(session):
    ask(session, "down", "campaign", "search")
    assert session.panel.state.path == ()


def test_levels_are_chosen_one_by_one(session):
    ask(session, "level", "2", "region")
    assert session.panel.state.by == ("channel", "region", "creative")
    ask(session, "level", "2", "")
    assert session.panel.state.by == ("channel", "creative")
    ask(session, "level", "1", "creative")
    assert session.panel.state.by == ("creative",)


def test_sorting_by_a_heading_turns_round_the_second_time(session):
    for key, first, second in (
        ("cpa", "-cpa", "cpa"),
        ("name", "name", "-name"),
        ("change", "-change", "change"),
    ):
        ask(session, "sort", key)
        assert session.panel.state.sort == first
        ask(session, "sort", key)
        assert session.panel.state.sort == second


def test_filters_come_and_go(session):
    ask(session, "toggle", "channel", "search")
    ask(session, "toggle", "channel", "social")
    ask(session, "drop", "channel", "search")
    assert session.panel.state.filters == {"channel": ("social",)}
    ask(session, "toggle", "channel", "social")
    assert session.panel.state.filters == {}
    ask(session, "toggle", "region", session.panel.store.members("region")[0])
    ask(session, "clear")
    assert session.panel.query == ""


def test_a_finding_opens_where_one_acts(session):
    found = session.panel.answers["findings"]
    assert found, "the demo world plants something to find"
    ask(session, "open", found[0].id)
    assert session.panel.state.metric == found[0].state["metric"]
    assert "no clicks" not in notice(session)
    ask(session, "open", "made-up")
    assert "Unknown finding" in notice(session)


@pytest.mark.parametrize(
    ("act", "key", "value"),
    [
        ("set", "period", "<script>"),
        ("set", "metric", "nothing"),
        ("set", "store", "/etc"),
        ("set", "filters", "x"),
        ("set", "__class__", "x"),
        ("toggle", "channel", "made up"),
        ("toggle", "store", "x"),
        ("level", "9", "channel"),
        ("level", "1", "store"),
        ("card", "", "nothing"),
        ("view", "../../secrets", ""),
        ("view", "none", ""),
        ("save", "", "/"),
        ("download", "store", ""),
        ("__init__", "", ""),
        ("", "", ""),
    ],
)
def test_a_browser_cannot_set_what_is_not_listed(session, act, key, value):
    before = session.panel.state.snapshot()
    reply = ask(session, act, key, value)
    assert session.panel.state.snapshot() == before
    assert reply["regions"]["notice"].count('role="alert"') == 1
    assert "Traceback" not in reply["regions"]["notice"]
    assert "<script>" not in reply["regions"]["notice"]


def test_a_refused_value_is_shown_as_it_was(session):
    reply = ask(session, "set", "period", "evil")
    assert 'value="last_28_days" selected' in reply["regions"]["controls"]


def test_the_next_move_takes_the_error_away(session):
    ask(session, "set", "period", "evil")
    assert ask(session, "set", "share", "bar")["regions"]["notice"] == ""


@settings(max_examples=40, deadline=None)
@given(
    message=st.one_of(
        st.none(),
        st.text(),
        st.lists(st.integers(), max_size=3),
        st.fixed_dictionaries(
            {},
            optional={
                "act": st.sampled_from(
                    ["set", "toggle", "drop", "up", "down", "level", "card", "query", "save"]
                )
                | st.integers()
                | st.text(max_size=5),
                "key": st.sampled_from(["period", "days", "channel", "path", "1"])
                | st.none()
                | st.text(max_size=5),
                "value": st.none() | st.text(max_size=12) | st.floats() | st.lists(st.text(max_size=3)),
                "live": st.booleans() | st.text(max_size=3),
                "seq": st.integers() | st.text(max_size=3),
            },
        ),
    )
)
def test_no_message_breaks_a_session(hostile_store, message):
    session = Session(wb.widgets.Campaigns(hostile_store))
    reply, files = session.receive(message)
    assert reply["kind"] == "page"
    assert files == []
    assert "Traceback" not in json.dumps(reply)
    json.dumps(reply, allow_nan=False)


def test_what_nobody_expected_becomes_a_sentence_and_a_log_line(session, caplog):
    class Odd(dict):
        def get(self, name, default=None):
            if name == "value":
                raise ZeroDivisionError("secret detail")
            return super().get(name, default)

    with caplog.at_level(logging.ERROR, "workbench.widgets"):
        reply, _ = session.receive(Odd(act="set", key="period", seq=1))
    assert "Something went wrong" in reply["regions"]["notice"]
    assert "secret detail" not in reply["regions"]["notice"]
    assert "secret detail" in caplog.text


def test_a_download_leaves_a_line_in_the_audit_log(session):
    from workbench.privacy import audit

    rows = len(session.panel.answers["breakdown"].table)
    session.receive({"act": "download", "key": "breakdown"})
    line = audit.frame(session.panel.store.path).iloc[0]
    assert (line["what"], line["counts"]) == ("export", {"rows": rows})
    assert line["about"] == {"table": "campaigns-breakdown"}


def test_a_download_is_the_answer_for_spreadsheets(session):
    reply, files = session.receive({"act": "download", "key": "breakdown"})
    assert reply["kind"] == "file"
    assert reply["name"] == "campaigns-breakdown-2026-10-04_2026-10-31.csv"
    assert files == [session.panel.answers["breakdown"].to_csv()]
    assert files[0].startswith(b"\xef\xbb\xbfchannel,")


def test_views_are_saved_and_opened_again(demo_store, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_store, "path", tmp_path)
    session = Session(wb.widgets.Campaigns(demo_store))
    ask(session, "set", "metric", "roas")
    ask(session, "toggle", "channel", "search")
    ask(session, "save", value=" Search 复盘 ")
    assert "Saved as “Search 复盘”, for you alone." in notice(session)
    assert [Path(file.name).stem for file in (tmp_path / "views").iterdir()] == ["search-复盘"]
    ask(session, "reset")
    reply = ask(session, "view", "search-复盘")
    assert reply["query"] == "channel=search&metric=roas"
    ask(session, "save", value="search 复盘")
    assert "exists already" in notice(session)


def test_back_and_forward_set_the_state_without_a_new_entry(session):
    ask(session, "set", "metric", "roas")
    reply = ask(session, "query", value="period=2026-10")
    assert (reply["query"], reply["push"]) == ("period=2026-10", False)
    assert session.panel.state.metric == "cpa"


def test_code_that_sets_the_state_reaches_the_page(session):
    sent = []
    session.push = sent.append
    session.panel.state.metric = "roas"
    assert sent[-1]["query"] == "metric=roas"
    assert "trend" in sent[-1]["regions"]
    ask(session, "undo")
    assert session.panel.query == ""


def test_the_script_of_charts_is_handed_over_on_demand(session):
    reply, _ = session.receive({"act": "vega"})
    assert reply["kind"] == "asset"
    assert "vegaEmbed" in reply["text"]


def test_the_widget_takes_no_state_from_a_browser(panel):
    widget = panel.widget
    before = widget.get_state()
    widget.set_state({"page": {"frame": "<b>evil</b>"}, "_esm": "evil()", "layout": "x"})
    after = widget.get_state()
    assert after["_esm"] == before["_esm"]
    assert "evil" not in after["page"]["frame"]


def test_the_widget_sends_replies(panel, monkeypatch):
    sent = []
    widget = panel.widget
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append((content, buffers)))
    widget._handle_custom_msg({"act": "set", "key": "metric", "value": "roas", "seq": 3}, [])
    assert (sent[0][0]["seq"], sent[0][0]["query"]) == (3, "metric=roas")


def test_a_front_end_that_comes_later_gets_the_page_of_now(panel):
    panel.state.update(metric="roas")
    assert panel.widget.get_state()["page"]["query"] == "metric=roas"
